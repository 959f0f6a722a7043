// Our numbers with a pace of their own, on a carrier with others: what waits of them waits in Redis, in nobody's way, and
// goes in its order whatever dies or is configured anew.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { customers, enqueue, middleSecond } from './lib/load.mjs';
import { waitFor } from './lib/wait.mjs';

const QUICK = '+15550101';
const SLOW = { throughput: 20, throughput_burst: 2 };
const numbers = (...slow) => [...slow, { address: QUICK, carrier: 'acme' }];
const slow = (address = OURS, limits = SLOW) => ({ address, carrier: 'acme', ...limits });

function configured(limits, ...paced) {
	return ({ carrier }) => ({
		log: { level: 'info' },
		carriers: [carrier.entry({ binds: 2, window: 20, ...limits })],
		numbers: numbers(...paced),
	});
}

const start = (t, paced, { limits = {}, ...rest } = {}) =>
	World.start(t, { router: 'gone', changes: configured(limits, ...paced), ...rest });

async function reload(world, ...paced) {
	const said = () => world.gateway.output.split('event=reloaded').length;
	const before = said();
	world.configure(configured({}, ...paced)(world));
	world.gateway.child.kill('SIGHUP');
	await waitFor(() => said() > before, { what: 'the reload' });
}

async function sum(world, command, pattern) {
	const sizes = (await world.redis.keys(pattern)).map((key) => world.redis.call(command, key));
	return (await Promise.all(sizes)).reduce((a, b) => a + Number(b), 0);
}
const inFlight = (world) => sum(world, 'HLEN', '{c*}:flight:acme');
const waiting = async (world) => Number(await world.metric(world.gatewayBase, 'bindery_mt_waiting'));

test('many numbers that wait fill neither the gateway nor the window', async (t) => {
	const many = Array.from({ length: 60 }, (_, i) => `+15551${String(100000 + i)}`);
	const world = await start(t, many.map((address) => slow(address, { throughput: 1, throughput_burst: 1 })));
	await world.carrier.bound(2);
	for (const [i, ours] of many.entries()) await enqueue(world.redis, customers(60, i * 100), { ours });
	await enqueue(world.redis, customers(400, 10_000), { ours: QUICK });
	const { all } = world.carrier.submits;
	const quick = () => all.filter(({ source }) => source.endsWith('5550101')).length;
	await waitFor(() => quick() === 400, { what: () => `400 of the quick one; there are ${quick()}` });
	// Each of the many goes at its pace, none starves.
	const of = () => new Set(all.map(({ source }) => source)).size;
	await waitFor(() => of() === 61, { what: () => `all numbers; there are ${of()}` });
	const seconds = (all.at(-1).at - all[0].at) / 1000;
	assert.ok(all.length - quick() <= 60 * (2 + seconds), `${all.length - quick()} in ${seconds} s`);
	// None of them waits in the gateway: what was taken was written. No router takes results in here, so all of it is told.
	const told = await sum(world, 'HLEN', '{c*}:flight:acme');
	assert.ok(told - all.length <= 60, `${told} taken, ${all.length} written`);
});

test('what waits for its number’s pace is counted with what waits', async (t) => {
	const world = await start(t, [slow(OURS, { throughput: 1, throughput_burst: 1 })]);
	await world.carrier.bound(2);
	await enqueue(world.redis, customers(100));
	await waitFor(async () => (await waiting(world)) >= 80, { timeout: 20_000, what: '80 that wait' });
});

test('a gateway that is killed while a number waits loses nothing of it, and doubles only what was in flight', async (t) => {
	const world = await start(t, [slow(OURS, { throughput: 100, throughput_burst: 20 })]);
	const { all } = world.carrier.submits;
	await world.startRouter(); // which takes in what the dead one had told
	await enqueue(world.redis, customers(300));
	let flying = 0;
	for (const next of [60, 150]) {
		await waitFor(() => all.length >= next, { what: () => `${next} submits; there are ${all.length}` });
		await world.gateway.kill();
		await waitFor(async () => (await sum(world, 'XLEN', '{c*}:back')) === 0);
		flying += await inFlight(world);
		await world.startGateway();
	}
	const texts = () => new Set(all.map(({ text }) => text));
	await waitFor(() => texts().size === 300, { what: () => `300 messages; there are ${texts().size}`, timeout: 30_000 });
	assert.ok(all.length - 300 <= flying, `${all.length - 300} twice, ${flying} were in flight`);
});

test('a number that gets a pace, loses it and is started anew keeps the order of its conversations', async (t) => {
	const world = await start(t, [slow(OURS, {})], { gateway: false });
	await world.startRouter();
	const { all } = world.carrier.submits;
	const talk = Array.from({ length: 300 }, (_, i) => ({
		id: `t${i}`, customer: `+155500001${String(i % 10).padStart(2, '0')}`, text: `${i % 10}.${Math.floor(i / 10)}`,
	}));
	await enqueue(world.redis, talk.slice(0, 150));
	world.configure(configured({}, slow())(world));
	await world.startGateway();
	await waitFor(() => all.length >= 12, { what: '12 at their pace' });
	await world.gateway.stop();
	await world.startGateway();
	await waitFor(() => all.length >= 24, { what: '24 at their pace' });
	const before = all.slice();
	const seconds = (before.at(-1).at - before[0].at) / 1000;
	// Two buckets were full, one of each start; and more of it waits in its queue than goes here.
	assert.ok(before.length <= 2 * 2 + 20 * seconds + 2, `${before.length} in ${seconds} s`);
	assert.ok(before.length < 110, `${before.length} of 150 by then`);
	await enqueue(world.redis, talk.slice(150));
	await reload(world, slow(OURS, {}));
	const from = all.length;
	await waitFor(() => all.length >= from + 90, { what: '90 more, by no pace' });
	// By the look of every second alone it is one of each conversation: 9 s.
	const took = (all[from + 89].at - all[from].at) / 1000;
	assert.ok(took < 6, `90 in ${took} s`);
	await reload(world, slow(OURS, { throughput: 200, throughput_burst: 5 }));
	await waitFor(() => all.length >= 300, { what: () => `300; there are ${all.length}`, timeout: 30_000 });
	const doubled = all.map(({ text }) => text).filter((text, i, texts) => texts.indexOf(text) < i);
	assert.deepEqual(doubled, []);
	for (let pair = 0; pair < 10; pair++) {
		const texts = all.map(({ text }) => text).filter((text) => text.startsWith(`${pair}.`));
		assert.deepEqual(texts, Array.from({ length: 30 }, (_, i) => `${pair}.${i}`));
	}
});

test('messages of several segments go at the pace of segments', async (t) => {
	const world = await start(t, [slow(OURS, { throughput: 60, throughput_burst: 6 })]);
	const { all } = world.carrier.submits;
	await enqueue(world.redis, customers(200).map((each) => ({ ...each, text: 'x'.repeat(0x17f) })));
	await waitFor(() => all.length >= 300, { what: () => `300 segments; there are ${all.length}` });
	const times = all.slice(0, 300).map(({ at }) => at - all[0].at);
	assert.ok(times[299] > 1000 * ((300 - 6) / 60 - 0.2), `300 in ${times[299]} ms`);
	const second = middleSecond(times);
	assert.ok(second >= 48 && second <= 66, `${second} in the middle second`);
});
