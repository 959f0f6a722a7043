// Messages that wait for a carrier and are worth nothing any more: over by the clock, whoever has the carrier.
// functions/outbound.lua, dispatch.lua, reroute.lua.

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { Functions, Partition } from './lib/functions.mjs';

const MINUTE = 60_000;
const CUSTOMER = '+15550199';
const PAIR = `+15550100:${CUSTOMER}`;

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);

beforeEach(async () => {
	p.now -= p.now % MINUTE;
});

const waiting = (names, seconds, named) => p.waiting(names, { expires: p.now + seconds * 1000, ...named });
const ids = (taken) => taken.slice(1).map(([id]) => id);
const due = (named) => p.call('later_due', named);
const pass = (seconds) => {
	p.now += seconds * 1000;
};
const state = async (id) => (await p.hash(`msg:${id}`)).state;
const left = () => redis.call('ZCARD', `${p.tag}:waits`);

describe('a message that waits for a carrier', () => {
	it('is over when its time is up, not before, and that is an event', async () => {
		const conv = await waiting(['m1'], 10);
		pass(9.999);
		assert.deepEqual(await due(), []);
		pass(0.001);
		const [told] = await due();
		const { id, ...event } = (await p.events()).at(-1);
		assert.equal(told[0], id);
		assert.deepEqual(event, {
			e: 'state', c: conv, m: 'm1', st: 'expired', why: 'expired', s: 'connected', a: 'ann', n: '1',
			carrier: 'acme', at: String(p.now),
		});
		assert.equal(await state('m1'), 'expired');
		assert.equal((await p.hash('msg:m1')).reason, 'expired');
		assert.deepEqual(ids(await p.taken()), []);
		assert.equal(await p.count('expired'), 1);
		assert.equal(await left(), 0);
		assert.deepEqual(await due(), []);
	});

	it('without an end waits for ever', async () => {
		await p.waiting(['m1']);
		pass(1e9);
		assert.deepEqual(await due(), []);
		assert.deepEqual(ids(await p.taken()), ['m1']);
	});

	it('that is taken is the gateway\'s to end', async () => {
		await waiting(['m1'], 10);
		assert.deepEqual(ids(await p.taken()), ['m1']);
		assert.equal(await left(), 0);
		pass(11);
		assert.deepEqual(await due(), []);
		assert.deepEqual(Object.keys(await p.hash('flight:acme')), ['m1']);
	});

	it('that a gateway gave back keeps its time', async () => {
		await waiting(['m1', 'm2'], 10);
		await p.taken();
		await p.call('mt_reroute', { carrier: 'acme', id: 'm1', back: '1' });
		assert.deepEqual(await p.hash('busy'), { [PAIR]: 'm1' });
		pass(10);
		assert.equal((await due()).length, 2);
		assert.deepEqual(await p.hash('busy'), {});
		assert.deepEqual([await state('m1'), await state('m2')], ['expired', 'expired']);
	});

	it('lets go of those behind it that have more time', async () => {
		await waiting(['m1'], 10);
		await waiting(['m2'], 60);
		await p.taken(1);
		await p.call('mt_reroute', { carrier: 'acme', id: 'm1', back: '1' });
		pass(10);
		await due();
		assert.deepEqual(ids(await p.taken()), ['m2']);
	});

	it('keeps its time at the next carrier of its route, however it came there', async () => {
		await waiting(['m1', 'm2'], 10, { route: 'acme|beta' });
		await p.taken(1);
		await p.call('mt_reroute', { carrier: 'acme', id: 'm1' });
		await p.call('mt_divert', { carrier: 'acme', class: 'interactive', from: '' });
		assert.equal(await left(), 2);
		pass(10);
		assert.equal((await due()).length, 2);
		assert.deepEqual(await p.hash('moved'), {});
		assert.deepEqual(await p.stream('mt:beta:interactive'), []);
	});

	it('is nobody else\'s to end than the one\'s who has the partition', async () => {
		await waiting(['m1'], 10);
		pass(10);
		assert.deepEqual(await due({ fence: 'x' }), []);
		assert.equal(await state('m1'), 'queued');
	});

	it('is one of a thousand, which are ended a few at a time', async () => {
		await waiting(Array.from({ length: 300 }, (_, i) => `m${i}`), 10);
		pass(10);
		const counts = [(await due()).length, (await due()).length, (await due()).length];
		assert.deepEqual(counts, [250, 50, 0]);
		assert.deepEqual(await p.stream('mt:acme:interactive'), []);
	});
});

describe('a message that waits for its hours', () => {
	const bulk = (seconds, w) => waiting(['m1'], seconds, { class: 'bulk', w });

	it('is over when its time is up before they come', async () => {
		const minute = p.now / MINUTE;
		await bulk(90, `${minute + 10}-${minute + 20}`);
		pass(60);
		assert.deepEqual(await due(), []);
		pass(60);
		assert.equal((await due()).length, 1);
		assert.equal((await p.hash('msg:m1')).reason, 'expired');
		assert.equal(await redis.call('EXISTS', `${p.tag}:later:pairs`), 0);
	});

	it('keeps its time when they have come', async () => {
		const minute = p.now / MINUTE;
		await bulk(90, `${minute + 1}-${minute + 20}`);
		pass(60);
		assert.deepEqual(await due(), []);
		assert.equal(await left(), 1);
		pass(30);
		assert.equal((await due()).length, 1);
		assert.equal(await left(), 0);
	});
});
