// Outbound messages of several classes, with long backlogs, and with more than one carrier to go by:
// what outbound.lua promises about shares, order and routes.

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { Functions, Partition } from './lib/functions.mjs';

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);

const customerOf = (i) => `+1555${String(i).padStart(7, '0')}`;
const ids = (taken) => taken.slice(1).map(([id]) => id);
const conversations = new Map();
beforeEach(() => conversations.clear());

async function waiting(names, { customer = '+15550199', ...named } = {}) {
	if (!conversations.has(customer)) conversations.set(customer, p.connected('ann', { customer }));
	const conv = await conversations.get(customer);
	const replies = await Promise.all(names.map((id) => p.accept({ conv, id, ...named })));
	for (const reply of replies) assert.equal(reply[0], 'ok');
}
const optOut = (customer) => redis.call('HSET', `${p.tag}:opt:${customer}`, 'p:shop', 'keyword 1-0');

describe('classes', () => {
	// Each message of a customer of its own.
	async function fill(counts) {
		let i = 0;
		for (const [name, n] of Object.entries(counts)) {
			for (let j = 0; j < n; j++, i++)
				await waiting([`${name}${j}`], { customer: customerOf(i), class: name });
		}
	}
	const tally = (names) => {
		const counts = { interactive: 0, transactional: 0, bulk: 0 };
		for (const name of names) counts[name.replace(/\d+$/, '')] += 1;
		return Object.values(counts);
	};

	for (const step of [1, 3, 8, 16]) {
		it(`of the slots, handed out by ${step}, one in eight goes below`, async () => {
			await fill({ interactive: 100, transactional: 40, bulk: 40 });
			const taken = [];
			while (taken.length < 64) taken.push(...ids(await p.taken(Math.min(step, 64 - taken.length))));
			const [interactive, transactional, bulk] = tally(taken);
			assert.equal(interactive, 56);
			assert.equal(transactional, 7);
			assert.equal(bulk, 1);
		});
	}

	it('a slot that nobody below can use goes to the class above', async () => {
		await fill({ interactive: 30 });
		await waiting(['x'], { customer: customerOf(900) });
		assert.ok(ids(await p.taken(99)).includes('x'));
		await waiting(['bulk0'], { customer: customerOf(900), class: 'bulk' });
		await fill2();
		assert.equal(ids(await p.taken(16)).length, 16);
		async function fill2() {
			for (let i = 0; i < 20; i++) await waiting([`more${i}`], { customer: customerOf(500 + i) });
		}
	});

	it('bulk alone has all slots', async () => {
		await fill({ bulk: 20 });
		assert.equal(ids(await p.taken(16)).length, 16);
	});
});

describe('a long backlog', () => {
	it('of one pair does not hide what is behind it', async () => {
		await waiting(Array.from({ length: 5000 }, (_, i) => `m${i}`));
		await waiting(['behind1', 'behind2'], { customer: '+15550198' });
		assert.deepEqual(ids(await p.taken()), ['m0']);
		const seen = [];
		for (let i = 0; i < 6 && seen.length === 0; i++) seen.push(...ids(await p.taken()));
		assert.deepEqual(seen, ['behind1']);
	});

	it('is taken whole, each pair in its order, whatever lands when', async () => {
		let state = 7;
		const random = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % n;
		const pairs = 40;
		const next = Array(pairs).fill(0);
		const total = 2500;
		for (let i = 0; i < total; i++) {
			// Two pairs have most of it.
			const at = random(10) < 7 ? random(2) : random(pairs);
			await waiting([`${at}.${next[at]++}`], { customer: customerOf(at) });
		}
		const expected = Array(pairs).fill(0);
		const flying = [];
		let got = 0;
		let idle = 0;
		while (got < total) {
			const taken = ids(await p.taken(1 + random(12)));
			for (const id of taken) {
				const [at, n] = id.split('.').map(Number);
				assert.equal(n, expected[at]++, `pair ${at}`);
				flying.push(id);
			}
			got += taken.length;
			idle = taken.length ? 0 : idle + 1;
			assert.ok(idle < 40, `stuck at ${got}`);
			const land = Math.min(flying.length, random(8) + 1);
			const landed = Array.from({ length: land }, () => flying.splice(random(flying.length), 1)[0]);
			await Promise.all(landed.map((id) => p.result(id, 'sent')));
			if (got % 16 === 0) await p.take();
		}
	});
});

describe('mt_reroute', () => {
	const reroute = (id, carrier = 'acme') => p.call('mt_reroute', { carrier, id });

	it('takes a message to the next carrier of its route, with its place', async () => {
		await waiting(['m1', 'm2'], { route: 'acme|beta' });
		await p.taken();
		await p.redis.call('HSET', `${p.tag}:msg:m1`, 'cut', '1.0.0.0.0.0.20');
		assert.deepEqual(await reroute('m1'), [1, 'beta']);
		assert.deepEqual(ids(await p.taken()), []);
		assert.deepEqual(await p.taken(10, 'beta'), [0, ['m1', 1, 'mt record']]);
		assert.deepEqual(await p.hash('flight:acme'), {});
		const { state, carrier, tried, cut } = await p.hash('msg:m1');
		assert.deepEqual([state, carrier, tried, cut], ['queued', 'beta', 'acme', undefined]);
		await p.result('m1', 'sent');
		assert.deepEqual(ids(await p.taken()), ['m2']);
		assert.equal(await p.count('rerouted'), 1);
	});

	it('says when every carrier was tried', async () => {
		await waiting(['m1'], { route: 'acme|beta|gamma' });
		await p.taken();
		assert.deepEqual(await reroute('m1'), [1, 'beta']);
		await p.taken(10, 'beta');
		assert.deepEqual(await reroute('m1', 'beta'), [1, 'gamma']);
		await p.taken(10, 'gamma');
		assert.deepEqual(await reroute('m1', 'gamma'), [3]);
		assert.deepEqual(Object.keys(await p.hash('flight:gamma')), ['m1']);
	});

	it('has nowhere to go without a route', async () => {
		await waiting(['m1']);
		await p.taken();
		assert.deepEqual(await reroute('m1'), [3]);
	});

	it('gives a message back to the same carrier, before what is behind it', async () => {
		await waiting(['m1', 'm2'], { route: 'acme|beta' });
		await p.taken();
		assert.deepEqual(await p.call('mt_reroute', { carrier: 'acme', id: 'm1', back: '1' }), [1, 'acme']);
		assert.deepEqual(await p.hash('flight:acme'), {});
		assert.equal((await p.hash('msg:m1')).tried, '');
		assert.deepEqual(ids(await p.taken()), ['m1']);
		await p.result('m1', 'sent');
		assert.deepEqual(ids(await p.taken()), ['m2']);
	});

	it('is done once', async () => {
		await waiting(['m1'], { route: 'acme|beta' });
		await p.taken();
		await reroute('m1');
		assert.deepEqual(await reroute('m1'), [0]);
		assert.equal((await p.stream('mt:beta:interactive')).length, 1);
	});

	it('ends what an opt-out covers', async () => {
		await waiting(['m1'], { route: 'acme|beta' });
		await p.taken();
		await optOut('+15550199');
		assert.deepEqual(await reroute('m1'), [0]);
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['m1']);
		assert.deepEqual(await p.hash('busy'), {});
	});

	it('frees the pair when an opt-out ends it while it waits for the other carrier', async () => {
		await waiting(['m1'], { route: 'acme|beta' });
		await p.taken();
		await reroute('m1');
		await optOut('+15550199');
		assert.deepEqual(ids(await p.taken(10, 'beta')), []);
		assert.deepEqual(await p.hash('busy'), {});
	});
});

describe('mt_divert', () => {
	const divert = (carrier = 'acme', from = '') =>
		p.call('mt_divert', { carrier, class: 'interactive', from });

	it('moves what has another way, in its order, and leaves the rest', async () => {
		await waiting(['m1', 'm2'], { route: 'acme|beta' });
		await waiting(['n1'], { customer: '+15550198' });
		assert.deepEqual(await divert(), [2, '', 1]);
		assert.deepEqual(ids(await p.taken()), ['n1']);
		assert.deepEqual(ids(await p.taken(10, 'beta')), ['m1']);
		await p.result('m1', 'sent');
		assert.deepEqual(ids(await p.taken(10, 'beta')), ['m2']);
		assert.deepEqual(await p.hash('moved'), {});
	});

	it('goes before what is accepted later, also where that is for the first carrier', async () => {
		await waiting(['m1', 'm2'], { route: 'acme|beta' });
		await divert();
		await waiting(['m3'], { route: 'acme|beta' });
		assert.deepEqual(ids(await p.taken()), []);
		assert.deepEqual(ids(await p.taken(10, 'beta')), ['m1']);
		await p.result('m1', 'sent');
		assert.deepEqual(ids(await p.taken()), []);
		assert.deepEqual(ids(await p.taken(10, 'beta')), ['m2']);
		await p.result('m2', 'sent');
		assert.deepEqual(ids(await p.taken()), ['m3']);
	});

	it('goes behind what a gateway had taken of it and gave back', async () => {
		await waiting(['m1', 'm2', 'm3'], { route: 'acme|beta' });
		await divert();
		assert.deepEqual(ids(await p.taken(10, 'beta')), ['m1']);
		assert.deepEqual(await p.call('mt_reroute', { carrier: 'beta', id: 'm1', back: '1' }), [1, 'beta']);
		for (const next of ['m1', 'm2', 'm3']) {
			assert.deepEqual(ids(await p.taken(10, 'beta')), [next]);
			await p.result(next, 'sent');
		}
	});

	it('goes round until one of them has a bind', async () => {
		await waiting(['m1'], { route: 'acme|beta' });
		await divert();
		assert.deepEqual(await divert('beta'), [1, '', 0]);
		assert.deepEqual(ids(await p.taken()), ['m1']);
		assert.deepEqual(await p.hash('moved'), {});
	});

	it('leaves out carriers that have no bind either, until one of them has', async () => {
		const round = (carrier, unbound) =>
			p.call('mt_divert', { carrier, class: 'interactive', from: '', unbound });
		await waiting(['m1'], { route: 'acme|beta|gamma' });
		assert.deepEqual(await round('acme', '|acme|beta|gamma|'), [0, '', 1]);
		assert.deepEqual(await round('acme', '|acme|beta|'), [1, '', 0]);
		assert.deepEqual(await round('gamma', '|gamma|beta|'), [1, '', 0]);
		assert.deepEqual(ids(await p.taken()), ['m1']);
		assert.equal(await p.count('diverted'), 2);
	});

	it('goes on where it stopped', async () => {
		const names = Array.from({ length: 300 }, (_, i) => `m${i}`);
		await waiting(names, { route: 'acme|beta' });
		const [moved, from] = await divert();
		assert.equal(moved, 256);
		assert.deepEqual(await divert('acme', from), [44, '', 0]);
		assert.deepEqual((await p.entries('mt:beta:interactive')).map(({ fields }) => fields.m), names);
		assert.equal(await p.count('diverted'), 300);
	});
});
