// Messages that may be sent in some windows alone: where they wait, in which order they go. functions/outbound.lua.

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { fieldsOf, Functions, Partition } from './lib/functions.mjs';

const MINUTE = 60_000;
const DAY = 1440;

const functions = Functions.forTests();
let minute; // of now, since 1970

const p = Partition.forTests(functions);

beforeEach(async () => {
	p.now = 1_700_000_040_000 - (1_700_000_040_000 % MINUTE);
	minute = p.now / MINUTE;
});

const bulk = (names, w, named = {}) => p.waiting(names, { class: 'bulk', w, ...named });
const ids = async (max = 10) => (await p.call('mt_take', { carrier: 'acme', max })).slice(1).map(([id]) => id);
const due = () => p.call('later_due', {});
const pass = (minutes) => {
	p.now += minutes * MINUTE;
};

describe('a window', () => {
	it('that is open lets a message go at once', async () => {
		await bulk(['m1'], `${minute}-${minute + 5}`);
		assert.deepEqual(await ids(), ['m1']);
	});

	it('that has not opened holds it back until then, to the minute', async () => {
		await bulk(['m1'], `${minute + 10}-${minute + 20}`);
		assert.deepEqual(await ids(), []);
		pass(9);
		await due();
		assert.deepEqual(await ids(), []);
		pass(1);
		await due();
		assert.deepEqual(await ids(), ['m1']);
		assert.equal(await p.redis.call('EXISTS', `${p.tag}:later:pairs`), 0);
	});

	it('that closes while it waits puts it off to the next', async () => {
		await bulk(['m1'], `${minute - 5}-${minute + 5},${minute + DAY}-${minute + DAY + 60}`);
		pass(5);
		assert.deepEqual(await ids(), []);
		await due();
		assert.deepEqual(await ids(), []);
		pass(DAY - 5);
		await due();
		assert.deepEqual(await ids(), ['m1']);
	});

	it('that was the last ends it, visibly', async () => {
		const conv = await bulk(['m1'], `${minute - 5}-${minute + 5}`);
		pass(5);
		assert.deepEqual(await ids(), []);
		const [told] = await due();
		const fields = fieldsOf(told.slice(1));
		assert.deepEqual([fields.e, fields.c, fields.m, fields.st, fields.why], ['state', conv, 'm1', 'expired', 'quiet hours']);
		assert.equal((await p.hash('msg:m1')).state, 'expired');
		assert.deepEqual(await due(), []);
	});

	it('does not hold what an agent writes', async () => {
		await bulk(['m1'], `${minute + 10}-${minute + 20}`);
		await p.waiting(['a1']);
		assert.deepEqual(await ids(), ['a1']);
	});

	it('keeps what was taken and not begun from being written when it has closed', async () => {
		await bulk(['m1'], `${minute}-${minute + 5},${minute + DAY}-${minute + DAY + 5}`);
		assert.deepEqual(await ids(), ['m1']);
		pass(5);
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1' }), 0);
		assert.deepEqual(await ids(), []);
		pass(DAY - 5);
		await due();
		assert.deepEqual(await ids(), ['m1']);
	});

	it('leaves it to the lease to open it', async () => {
		await bulk(['m1'], `${minute + 1}-${minute + 20}`);
		pass(1);
		assert.deepEqual(await p.call('later_due', { fence: 'x' }), []);
		assert.deepEqual(await ids(), []);
	});
});

describe('order', () => {
	it('of a pair is kept, whatever waits for its window', async () => {
		const w = `${minute + 10}-${minute + 20}`;
		await bulk(['m1', 'm2'], w);
		pass(10); // open, and nobody has looked yet
		await bulk(['m3'], w);
		await bulk(['x1'], w, { customer: '+15550142' });
		assert.deepEqual(await ids(), ['x1']);
		await due();
		const order = [];
		for (let i = 0; i < 3; i++) {
			const [id] = await ids();
			order.push(id);
			await p.result(id, 'sent');
		}
		assert.deepEqual(order, ['m1', 'm2', 'm3']);
	});

	it('of a pair is not that of the carrier without a bind from which they came', async () => {
		await bulk(['m1', 'm2'], `${minute - 5}-${minute + 5}`, { route: 'acme|beta' });
		await p.call('mt_divert', { carrier: 'acme', class: 'bulk', from: '' });
		await p.waiting(['a1'], { carrier: 'beta' });
		pass(5);
		const taken = [await p.taken(10, 'beta'), await p.taken(10, 'beta'), await p.taken(10, 'beta')];
		assert.deepEqual(taken.flatMap(([, ...all]) => all.map(([id]) => id)), ['a1']);
		assert.equal((await due()).length, 2);
		assert.deepEqual(await p.hash('moved'), {});
	});

	it('of a thousand is that of their coming, some of them in a step', async () => {
		const w = `${minute + 10}-${minute + 20}`;
		const conv = await p.connected();
		for (let i = 0; i < 1000; i++) await p.accept({ conv, id: `m${i}`, class: 'bulk', w });
		pass(10);
		await due();
		assert.equal((await p.stream('mt:acme:bulk')).length, 500);
		await due();
		const waiting = await p.entries('mt:acme:bulk');
		assert.deepEqual(waiting.map(({ fields }) => fields.m), Array.from({ length: 1000 }, (_, i) => `m${i}`));
	});
});

it('an opt-out ends what waits for its window when that opens', async () => {
	await bulk(['m1'], `${minute + 10}-${minute + 20}`);
	await p.keyword('OPT_OUT', { answer: '' });
	pass(10);
	await due();
	assert.deepEqual(await ids(), []);
	assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['m1']);
});
