// How long events are kept: by age and by number, never past what a projection has been through; and that what
// is gone all the same is told.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it, test } from 'node:test';

import { Functions } from './lib/functions.mjs';
import { OURS, waitFor, World } from './lib/index.mjs';

const TAG = '{acd}';
const EVENTS = `${TAG}:events`;

describe('events_keep', () => {
	let functions;
	before(async () => {
		functions = await Functions.start();
	});
	after(() => functions.stop());
	beforeEach(() => functions.forget());

	const keep = (named = {}) => functions.call('events_keep', TAG, { before: 0, most: 0, follows: 1, ...named });
	const cursor = (id) => functions.redis.call('SET', `${TAG}:cursor`, id);
	const ids = async () => (await functions.redis.stream(EVENTS)).map(({ id }) => id);
	// An event in each second from 1 on.
	async function written(count) {
		for (let i = 1; i <= count; i++) await functions.redis.call('XADD', EVENTS, `${i}000-0`, 'e', 'agent', 'at', i);
	}

	it('cuts what is older, in whole nodes, and says what is left', async () => {
		await written(1000);
		await cursor('1000000-0');
		const [old, many, kept, oldest, ever] = await keep({ before: 500_000 });
		const left = await ids();
		assert.ok(old > 400 && old < 500, old);
		assert.deepEqual([many, kept, oldest, ever], ['0', String(left.length), left[0], '1']);
		assert.ok(left.includes('500000-0'));
		assert.equal(left.at(-1), '1000000-0');
	});

	it('cuts nothing that its projection has not been through, by age or by number', async () => {
		await written(1000);
		await cursor('300000-0');
		for (let i = 0; i < 20; i++) await keep({ before: 900_000, most: 10 });
		const left = await ids();
		assert.ok(left.includes('300000-0') && left.length > 700, `${left.length}`);
		assert.ok(left.length < 900, `${left.length}`);
		assert.equal((await functions.call('events_cursor', TAG))[1], 'whole');
	});

	it('cuts nothing that the day’s figures have not been through', async () => {
		await written(1000);
		await cursor('1000000-0');
		await functions.redis.call('SET', `${TAG}:today:cursor`, '200000-0');
		await keep({ before: 900_000 });
		assert.ok((await ids()).includes('200000-0'));
	});

	it('cuts nothing where no projection has begun, and all where there is none', async () => {
		await written(1000);
		assert.deepEqual((await keep({ before: 900_000, most: 10 })).slice(0, 3), ['0', '0', '1000']);
		assert.equal((await keep())[4], '');
		assert.ok((await keep({ before: 900_000, follows: 0 }))[0] > 800);
	});

	it('cuts what is more than that many, a page at a time', async () => {
		await written(1000);
		await cursor('1000000-0');
		let cut = 0;
		for (let many = 1; many > 0; cut += many) many = Number((await keep({ most: 500 }))[1]);
		const left = await ids();
		assert.ok(left.length >= 500 && left.length < 600, `${left.length}`);
		assert.equal(cut, 1000 - left.length);
	});

	it('of nothing says nothing', async () => {
		assert.deepEqual(await keep(), ['0', '0', '0', '', '']);
		assert.deepEqual(await functions.call('events_cursor', TAG), ['0-0', 'whole', '']);
	});

	it('a cursor whose event is gone is told, one at the oldest is not', async () => {
		await written(10);
		await cursor('4000-0');
		assert.deepEqual(await functions.call('events_cursor', TAG), ['4000-0', 'whole', '1000-0']);
		await functions.redis.call('XTRIM', EVENTS, 'MINID', '4000-0');
		assert.deepEqual(await functions.call('events_cursor', TAG), ['4000-0', 'whole', '4000-0']);
		await functions.redis.call('XTRIM', EVENTS, 'MINID', '5000-0');
		assert.deepEqual(await functions.call('events_cursor', TAG), ['4000-0', 'lost', '5000-0']);
		await functions.redis.call('DEL', EVENTS);
		assert.deepEqual(await functions.call('events_cursor', TAG), ['4000-0', 'lost', '']);
	});
});

const MOST = 10_000;

test('the router cuts when its projection has passed, says how far back it goes, and what was lost', async (t) => {
	const world = await World.start(t, { changes: { events: { keep_h: 1, keep_most: MOST } } });
	const gauge = (name) => world.metric(world.base, name, { stream: 'acd' });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	// Another's doing, of which this router hears when it reads on.
	const many = Array.from({ length: MOST + 2000 }, (_, i) => world.redis.call('FCALL', 'agent_presence', 1, TAG,
		'agent', 'ann', 'presence', i % 2 ? 'Away' : 'Available', 'now', Date.now()));
	await Promise.all(many);
	await waitFor(async () => (await gauge('bindery_events_kept')) >= MOST + 2000);
	assert.ok((await gauge('bindery_events_cut_total')) < 100, 'no more than what stood before it');
	await ann.goOffQueue();
	await waitFor(async () => (await gauge('bindery_events_kept')) < MOST + 100);
	assert.ok((await gauge('bindery_events_cut_total')) >= 1900);
	assert.ok((await world.redis.call('XLEN', EVENTS)) >= MOST);
	await world.router.says(/event=events_cut /);
	const { stdout } = await world.command('bindery-router', ['status']);
	assert.match(stdout, /^events\t100\d\d of the floor, since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m);
	assert.match(stdout, /^events\t\d+ of conversations, all of them$/m);

	await world.router.kill();
	await world.startRouter();
	assert.equal(await world.metric(world.base, 'bindery_events_lost'), 0);
	await world.router.kill();
	await world.redis.call('XTRIM', EVENTS, 'MAXLEN', 0);
	await world.startRouter();
	await world.metricIs(world.base, 'bindery_events_lost', 1);
	await world.router.says(/event=events_lost /);
	// It goes on all the same.
	await ann.connect();
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' });
	await ann.acceptNext('+15550199');
});

test('where a projection goes on is asked for until it is known', async (t) => {
	const world = await World.start(t);
	const log = () => readFileSync(join(world.folder, 'bindery-router.log'), 'utf8');
	const cursor = `${TAG}:cursor`;
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await waitFor(async () => world.redis.call('GET', cursor));
	await world.router.kill();
	await world.redis.call('RENAME', cursor, `${cursor}:kept`);
	await world.redis.call('LPUSH', cursor, 'what nobody reads');
	await world.startRouter({ ready: false });
	await waitFor(() => log().split(`event=projection_repeated source=${EVENTS} `).length > 2);
	assert.equal((await fetch(`${world.base}/readyz`)).status, 503);
	await world.redis.call('RENAME', `${cursor}:kept`, cursor);
	await waitFor(async () => (await fetch(`${world.base}/readyz`)).ok);
	assert.equal(await world.metric(world.base, 'bindery_events_lost'), 0);
	await ann.connect();
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' });
	await ann.acceptNext('+15550199');
});
