// What comes back of a partition's messages while an entry is on its way is gathered in one: each of it counts, once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from './lib/index.mjs';
import { customers, enqueue, partitionOf, returned } from './lib/load.mjs';
import { waitFor } from './lib/wait.mjs';

const COUNT = 400;
const PARTITIONS = Array.from({ length: 16 }, (_, i) => i);

const total = async (world, command, suffix) =>
	(await Promise.all(PARTITIONS.map((i) => world.redis.call(command, `{c${i}}:${suffix}`))))
		.reduce((sum, size) => sum + size, 0);

const counted = async (world, what) =>
	(await Promise.all(PARTITIONS.map((i) => world.redis.call('HGET', `{c${i}}:count`, what))))
		.reduce((sum, count) => sum + Number(count ?? 0), 0);

// How many of the messages have which state.
async function states(world, messages) {
	const found = {};
	for (const { id, customer } of messages) {
		const state = await world.redis.call('HGET', `{c${partitionOf(customer)}}:msg:${id}`, 'state');
		found[state] = (found[state] ?? 0) + 1;
	}
	return found;
}

// A world without a router in which as many results and receipts wait as there are messages, in fewer entries.
async function waiting(t) {
	const world = await World.start(t, { router: 'gone' });
	const messages = customers(COUNT);
	await world.carrier.bound(2);
	world.carrier.onSubmit = (submit) => {
		submit.answer();
		void submit.receipt();
	};
	await enqueue(world.redis, messages);
	let items;
	await waitFor(async () => (items = await returned(world.redis)) === 2 * COUNT,
		{ what: () => `${items} of ${2 * COUNT} wait` });
	const entries = await total(world, 'XLEN', 'back');
	assert.ok(entries < 2 * COUNT, `${entries} entries`);
	return { world, messages };
}

// How often each message was told of as delivered: how many are told of so often.
async function told(world) {
	const times = {};
	for (const i of PARTITIONS) {
		for (const [, fields] of await world.redis.call('XRANGE', `{c${i}}:events`, '-', '+')) {
			const rows = fields[fields.indexOf('rows') + 1];
			if (fields[1] !== 'states') continue;
			for (const [id, , state] of rows.split('\n').map((row) => row.split('\t')))
				if (state === 'delivered') times[id] = (times[id] ?? 0) + 1;
		}
	}
	const found = {};
	for (const often of Object.values(times)) found[often] = (found[often] ?? 0) + 1;
	return found;
}

async function settled(world, messages) {
	let left;
	await waitFor(async () => (left = await returned(world.redis)) === 0, { what: () => `${left} are left` });
	assert.equal(await total(world, 'XLEN', 'back'), 0);
	assert.deepEqual(await states(world, messages), { delivered: COUNT });
	assert.deepEqual(await told(world), { 1: COUNT });
	assert.equal(await total(world, 'HLEN', 'flight:acme'), 0);
	assert.equal(await total(world, 'HLEN', 'busy'), 0);
	assert.equal(await total(world, 'ZCARD', 'overdue'), 0);
	for (const what of ['receipt_repeated', 'receipt_regressed', 'receipt_orphan', 'result_orphan'])
		assert.equal(await counted(world, what), 0, what);
}

// What is not in a bundle has an id of its own, and would be another when it comes again.
const copyBundles = (world, from, to) =>
	Promise.all(PARTITIONS.map((i) => world.redis.call('EVAL', `
		for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
			if entry[2][2] == 'many' then
				redis.call('XADD', KEYS[2], '*', unpack(entry[2]))
			end
		end`, 2, `{c${i}}:${from}`, `{c${i}}:${to}`)));

test('all of it counts, once, and what a router that died had done already changes nothing', async (t) => {
	const { world, messages } = await waiting(t);
	await copyBundles(world, 'back', 'kept');
	await world.startRouter();
	await settled(world, messages);
	await world.router.kill();
	await copyBundles(world, 'kept', 'back');
	await world.startRouter();
	await settled(world, messages);
});

test('a router that is killed in the middle of it loses nothing, and tells nothing twice', async (t) => {
	const { world, messages } = await waiting(t);
	for (let left = 2 * COUNT, kills = 0; kills < 3 && left > 0; kills++) {
		const before = left;
		await world.startRouter({ ready: false });
		await waitFor(async () => (left = await returned(world.redis)) < before, { what: () => `of ${before} some go` });
		await world.router.kill();
	}
	await world.startRouter();
	await settled(world, messages);
});

test('a bundle that Redis does not let go is done again, until it does', async (t) => {
	const { world } = await waiting(t);
	await copyBundles(world, 'back', 'kept');
	await Promise.all(PARTITIONS.map((i) => world.redis.call('DEL', `{c${i}}:back`)));
	await copyBundles(world, 'kept', 'back');
	await world.redis.call('ACL', 'SETUSER', 'default', '-xdel');
	await world.startRouter();
	await world.router.says(/event=bundle_stays /);
	await world.redis.call('ACL', 'SETUSER', 'default', '+xdel');
	let left;
	await waitFor(async () => (left = await returned(world.redis)) === 0, { what: () => `${left} are left` });
	for (const what of ['receipt_repeated', 'receipt_regressed']) assert.equal(await counted(world, what), 0, what);
});

test('what cannot be read is put aside by itself; what is no bundle, whole', async (t) => {
	const world = await World.start(t, { router: 'gone' });
	const item = (kind, record) => `${kind}\u0000\u0000\u0000\u0000${String.fromCharCode(record.length)}${record}`;
	const add = (record) => world.redis.call('XADD', '{c3}:back', '*', 'k', 'many', 'c', '', 'r', record);
	await add(item('\u0001', 'one') + item('\u0002', 'other'));
	await add(item('\u0003', 'of no kind'));
	await add(`${item('\u0001', 'one')}and more`);
	await add('');
	await world.startRouter();
	await waitFor(async () => (await world.redis.call('XLEN', '{c3}:back')) === 0, { what: () => 'all of it is aside' });
	const aside = await world.redis.call('XRANGE', '{c3}:aside', '-', '+');
	assert.deepEqual(aside.map(([, [, why, , record]]) => [why, record]), [
		['unreadable', 'one'], ['unreadable', 'other'], ['unreadable', item('\u0003', 'of no kind')],
		['unreadable', `${item('\u0001', 'one')}and more`], ['unreadable', ''],
	]);
});

test('a router that reads more of a partition than it takes in says so there, and there alone', async (t) => {
	const world = await World.start(t, { router: 'gone' });
	for (const i of [3, 4])
		for (let left = i === 3 ? 20 : 2; left > 0; left--)
			await world.redis.call('XADD', `{c${i}}:back`, '*', 'k', 'rs', 'c', '', 'r', 'cannot be read');
	await world.redis.call('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 10_000);
	await world.startRouter();
	await waitFor(async () => (await total(world, 'XLEN', 'aside')) === 22, { what: () => 'all of it is aside' });
	const log = await world.redis.call('SLOWLOG', 'GET', 10_000);
	const said = log.map(([, , , args]) => args.map(String)).filter(([name, key]) => name === 'SET' && /:behind$/.test(key));
	assert.deepEqual([...new Set(said.map(([, key]) => key))], ['{c3}:behind']);
	assert.ok(said.every(([, , , px, ms]) => px === 'PX' && Number(ms) > 0));
	await waitFor(async () => (await world.redis.call('EXISTS', '{c3}:behind')) === 0, { what: () => 'it is forgotten' });
});
