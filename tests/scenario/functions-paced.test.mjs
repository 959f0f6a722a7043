// Numbers with a pace of their own, of which a take brings no more than it is told to: what functions/take.lua promises
// about their queues.

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { Functions, Partition } from './lib/functions.mjs';

const SLOW = '+15550100';
const QUICK = '+15550101';
const MINUTE = 60_000;

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);

beforeEach(async () => {
	p.now -= p.now % MINUTE;
	await pace(SLOW);
});

const customerOf = (i) => `+1555${String(i).padStart(7, '0')}`;
const pace = (...numbers) => p.call('mt_paced', { carrier: 'acme', numbers: numbers.join('|') });
const take = (named = {}) => p.call('mt_take', { carrier: 'acme', max: 10, paces: '1', ...named });
const some = (count, named) => take({ numbers: `${SLOW} ${count}`, ...named });
const ids = (taken) => taken.slice(1).filter((each) => each.length === 3).map(([id]) => id);
const told = (taken) => taken.slice(1).filter((each) => each.length === 4);
const names = (prefix, count) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const divert = (from = '') => p.call('mt_divert', { carrier: 'acme', class: 'interactive', from });

// Each message to a customer of its own.
async function fill(prefix, count, { ours = SLOW, from = 0, ...named } = {}) {
	for (const [i, id] of names(prefix, count).entries()) {
		const customer = customerOf(from + i);
		const conv = await p.connected('ann', { customer, ours });
		await p.accept({ conv, id, ...named });
	}
}

describe('a number with a pace of its own', () => {
	it('goes as far as it is told to, from a queue of its own', async () => {
		await fill('s', 5);
		assert.deepEqual(await take(), [0, [SLOW, 5, 0, 1]]);
		const two = await some(2);
		assert.deepEqual(ids(two), ['s0', 's1']);
		assert.deepEqual(told(two), [[SLOW, 3, 0, 1]]);
		assert.deepEqual(ids(await take()), []);
		const rest = await some(9, { only: '1' });
		assert.deepEqual(ids(rest), ['s2', 's3', 's4']);
		assert.deepEqual(told(rest), [[SLOW, 0, 0, 0]]);
		assert.deepEqual(await redis.keys(`${p.tag}:mt:acme:${SLOW}:*`), []);
		assert.deepEqual(await redis.keys(`${p.tag}:queued:*`), []);
	});

	it('is taken in the call that finds it, where it may be', async () => {
		await fill('s', 3);
		const taken = await some(2);
		assert.deepEqual(ids(taken), ['s0', 's1']);
		assert.deepEqual(told(taken), [[SLOW, 1, 0, 1]]);
	});

	it('goes before what is of a lower class, also in the call that finds it', async () => {
		await fill('q', 3, { ours: QUICK, from: 500, class: 'bulk' });
		await fill('s', 1);
		assert.deepEqual(ids(await some(1, { max: 1 })), ['s0']);
	});

	it('is in nobody else’s way, however much of it waits', async () => {
		await fill('s', 300);
		await fill('q', 2, { ours: QUICK, from: 500 });
		const taken = [];
		let calls = 0;
		for (let more = 1; more; calls++) {
			const answer = await take();
			taken.push(...ids(answer));
			more = answer[0];
		}
		assert.deepEqual(taken, ['q0', 'q1']);
		assert.equal(calls, 5);
		await fill('r', 1, { ours: QUICK, from: 600 });
		assert.deepEqual(ids(await take()), ['r0']);
	});

	it('shares the slots with those that have none', async () => {
		await fill('s', 12);
		await fill('q', 12, { ours: QUICK, from: 500 });
		await take({ max: 1 });
		const taken = ids(await some(10, { max: 8 }));
		assert.equal(taken.filter((id) => id[0] === 's').length, 4);
		assert.equal(taken.length, 8);
		const others = ids(await some(1, { max: 8 })).filter((id) => id[0] === 'q');
		assert.equal(others.length, 7);
	});

	it('keeps its order, from queue to queue', async () => {
		await p.waiting(['m0', 'm1', 'm2']);
		await take();
		await p.waiting(['m3']);
		const order = [];
		for (let i = 0; i < 4; i++) {
			const taken = ids(await some(5));
			assert.equal(taken.length, 1);
			order.push(...taken);
			await p.result(taken[0], 'sent');
		}
		assert.deepEqual(order, ['m0', 'm1', 'm2', 'm3']);
	});

	it('of which nothing is free to go says so, until it is', async () => {
		await p.waiting(['m0', 'm1']);
		assert.deepEqual(ids(await some(5)), ['m0']);
		assert.deepEqual(told(await some(5, { only: '1' })), [[SLOW, 1, 1, 1]]);
		await p.result('m0', 'sent');
		assert.deepEqual(ids(await some(5, { only: '1' })), ['m1']);
	});

	it('has its higher classes first, and one in eight of the lower', async () => {
		await fill('i', 30);
		await fill('b', 30, { from: 100, class: 'bulk' });
		const taken = [];
		while (taken.length < 17) taken.push(...ids(await some(1)));
		assert.equal(taken[0], 'i0');
		assert.equal(taken.filter((id) => id[0] === 'b').length, 2);
	});

	it('is asked for what is interactive alone, too', async () => {
		await fill('b', 3, { class: 'bulk' });
		await fill('i', 1, { from: 100 });
		assert.deepEqual(ids(await some(5, { urgent: '1' })), ['i0']);
		assert.deepEqual(ids(await some(5)), ['b0', 'b1', 'b2']);
	});

	it('sends nothing after a STOP that came while it waited there', async () => {
		await fill('s', 2);
		await take();
		await redis.call('HSET', `${p.tag}:opt:${customerOf(0)}`, 'p:shop', 'keyword 1-0');
		assert.deepEqual(ids(await some(5)), ['s1']);
		assert.equal(await p.count('blocked'), 1);
	});

	it('waits while what its customer texted is not read', async () => {
		await fill('s', 1);
		await take();
		await p.heard('mo', customerOf(0));
		assert.deepEqual(await some(5, { only: '1' }), [2, [SLOW, 1, 0, 1]]);
	});

	it('loses what is worth nothing any more', async () => {
		await fill('s', 2, { expires: p.now + 10_000 });
		await take();
		p.now += 10_000;
		await p.call('later_due');
		assert.equal((await p.hash('msg:s1')).state, 'expired');
		const { carrier } = (await p.events()).at(-1);
		assert.equal(carrier, 'acme');
		assert.deepEqual(told(await some(5)), [[SLOW, 0, 0, 0]]);
		assert.equal(await redis.call('ZCARD', `${p.tag}:waits`), 0);
	});

	it('leaves nothing to expire of what was taken', async () => {
		await fill('s', 2, { expires: p.now + 10_000 });
		assert.equal(ids(await some(5)).length, 2);
		assert.equal(await redis.call('ZCARD', `${p.tag}:waits`), 0);
	});

	it('goes to another carrier, what waits in its queue first', async () => {
		const route = { route: 'acme|beta' };
		await p.waiting(['m0', 'm1'], route);
		await take();
		await p.waiting(['m2'], route);
		const [moved, from] = await divert();
		assert.equal(moved, 2);
		assert.deepEqual(await divert(from), [1, '', 0]);
		assert.deepEqual((await p.entries('mt:beta:interactive')).map(({ fields }) => fields.m), ['m0', 'm1', 'm2']);
		assert.deepEqual(await redis.keys(`${p.tag}:queued:*`), []);
		assert.deepEqual(await redis.keys(`${p.tag}:mt:acme:${SLOW}:*`), []);
	});

	it('goes to another carrier a page at a time', async () => {
		const all = names('m', 300);
		await p.waiting(all, { route: 'acme|beta' });
		for (let i = 0; i < 3; i++) await take();
		for (let from = ''; ; ) {
			const [, next] = await divert(from);
			if (!next) break;
			from = next;
		}
		assert.deepEqual((await p.entries('mt:beta:interactive')).map(({ fields }) => fields.m), all);
	});

	it('that comes back from its carrier keeps those behind it waiting', async () => {
		await p.waiting(['m0', 'm1']);
		await some(1);
		assert.deepEqual(await p.call('mt_reroute', { carrier: 'acme', id: 'm0', back: '1' }), [1, 'acme']);
		assert.deepEqual(ids(await some(5)), ['m0']);
	});

	it('is counted with what waits', async () => {
		await fill('s', 3);
		await fill('q', 2, { ours: QUICK, from: 500 });
		await take({ max: 1 });
		assert.equal(await p.call('mt_waiting', { carrier: 'acme' }), 4);
	});

	it('is told of with all others, where that is asked', async () => {
		await pace(SLOW, QUICK);
		await fill('s', 1);
		await fill('q', 1, { ours: QUICK, from: 500, class: 'bulk' });
		await take();
		assert.deepEqual(told(await take()), []);
		assert.deepEqual(told(await take({ all: '1' })).sort(), [[SLOW, 1, 0, 1], [QUICK, 1, 0, 0]]);
	});
});

describe('a number that has no pace any more', () => {
	it('goes as it can, what waits in its queue before what comes later', async () => {
		await p.waiting(['m0', 'm1']);
		await fill('s', 3, { from: 100 });
		await take();
		assert.deepEqual(await pace(), [SLOW]);
		await p.waiting(['m2']);
		assert.deepEqual(ids(await take()), ['m0', 's0', 's1', 's2']);
		await p.result('m0', 'sent');
		assert.deepEqual(ids(await take()), ['m1']);
		await p.result('m1', 'sent');
		assert.deepEqual(ids(await take()), ['m2']);
		await p.result('m2', 'sent');
		await p.waiting(['m3']);
		assert.deepEqual(await take(), [0, ['m3', 4, 'mt record']]);
		assert.deepEqual(await redis.keys(`${p.tag}:queued:*`), []);
		assert.deepEqual(await redis.keys(`${p.tag}:stray:*`), []);
	});

	it('has nothing newer taken while its queue is not empty', async () => {
		await fill('s', 5, { from: 100 });
		await p.waiting(['m0']);
		await take();
		await pace();
		await p.waiting(['m1']);
		const order = [];
		while (order.length < 6) order.push(...ids(await take({ max: 2 })));
		assert.deepEqual(order, ['s0', 's1', 's2', 's3', 's4', 'm0']);
		await p.result('m0', 'sent');
		assert.deepEqual(ids(await take()), ['m1']);
	});

	it('says that there is more of it', async () => {
		await fill('s', 5);
		await take();
		await pace(QUICK);
		assert.equal((await take({ max: 3 }))[0], 1);
		assert.equal((await take({ max: 3 }))[0], 0);
	});

	it('has it again', async () => {
		await fill('s', 2);
		await take();
		await pace();
		await pace(SLOW);
		assert.deepEqual(ids(await take()), []);
		assert.deepEqual(ids(await some(5)), ['s0', 's1']);
	});
});

describe('a number that gets a pace', () => {
	const entry = (m, o, c) =>
		redis.call('XADD', `${p.tag}:mt:acme:bulk`, '*', 'm', m, 'c', c, 'o', o, 's', 'all', 'x', '', 'n', '1', 'r', 'rec');

	// What a walk left behind it because its conversation was busy is older than what it comes to.
	it('in the middle of a walk keeps its order', async () => {
		const [mine, busy] = [customerOf(1), customerOf(2)];
		const blocked = (from, to) =>
			Promise.all(names('q', to - from).map((name, i) => entry(`${name}.${from + i}`, QUICK, busy)));
		await pace();
		await entry('n0', SLOW, mine);
		await entry('q', QUICK, busy);
		assert.deepEqual(ids(await take()), ['n0', 'q']);
		await blocked(0, 1100);
		await entry('n1', SLOW, mine);
		await blocked(1100, 3500);
		await entry('n2', SLOW, mine);
		assert.deepEqual(ids(await take()), []);
		await pace(SLOW);
		await redis.call('HDEL', `${p.tag}:busy`, `${SLOW}:${mine}`);
		await redis.call('HDEL', `${p.tag}:flight:acme`, 'n0');
		const order = [];
		for (let i = 0; i < 6; i++) {
			for (const id of ids(await some(5))) {
				order.push(id);
				await redis.call('HDEL', `${p.tag}:busy`, `${SLOW}:${mine}`);
			}
		}
		assert.deepEqual(order, ['n1', 'n2']);
	});
});

// Those of before 0.2.0, the oldest version that these functions serve.
describe('a gateway that knows of no such queues', () => {
	it('has nothing while there is such a number, and all of it when there is none any more', async () => {
		await fill('s', 3);
		await take();
		await fill('q', 1, { ours: QUICK, from: 500 });
		assert.deepEqual(await take({ paces: '' }), [2]);
		await pace();
		assert.deepEqual(await take({ paces: '' }), [2]);
		assert.deepEqual(ids(await take()), ['s0', 's1', 's2', 'q0']);
		await fill('r', 1, { ours: QUICK, from: 600 });
		assert.deepEqual(ids(await take({ paces: '' })), ['r0']);
	});
});

describe('mt_paced', () => {
	it('is left alone by a gateway that has not the carrier any more', async () => {
		await redis.call('HSET', `${p.tag}:tenures`, 'acme', '7');
		await p.call('mt_paced', { carrier: 'acme', tenure: 6, numbers: QUICK });
		assert.deepEqual(await redis.call('SMEMBERS', `${p.tag}:paced:acme`), [SLOW]);
	});
});
