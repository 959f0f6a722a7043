// Whose turn it is where the carrier is slower than all who wait for it: what is interactive goes first, of a number with
// a pace of its own as of one without, and one turn in eight is for the rest.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { customers, enqueue } from './lib/load.mjs';
import { waitFor } from './lib/wait.mjs';

const OTHER = '+15550101';
const THIRD = '+15550102';
const PACE = { throughput: 40, throughput_burst: 10 };

// The last digit of the number of each submit is what is looked at.
function start(t, limits, ...rest) {
	const numbers = [OURS, OTHER, THIRD].slice(0, 1 + rest.length);
	return World.start(t, {
		router: 'gone',
		gateway: false,
		changes: ({ carrier }) => ({
			log: { level: 'info' },
			carriers: [carrier.entry({ binds: 1, window: 20, ...limits })],
			numbers: numbers.map((address, i) => ({ address, carrier: 'acme', ...[PACE, ...rest][i] })),
		}),
	});
}
const SLOTS = { throughput: 20, throughput_burst: 1 }; // one at a time
const line = (all) => all.map(({ source }) => source.at(-1)).join('');
const of = (text, digit) => text.split(digit).length - 1;

async function submits(world, count) {
	const { all } = world.carrier.submits;
	await waitFor(() => all.length >= count, { timeout: 30_000, what: () => `${count} submits; there are ${all.length}` });
	return line(all.slice(0, count));
}

// Bulk of our number runs, then `count` that are interactive come from the other one. → what went from the first of these
// to the last
async function jumped(world, count) {
	await enqueue(world.redis, customers(400));
	await world.startGateway();
	const before = (await submits(world, 20)).length;
	await enqueue(world.redis, customers(count, 10_000), { ours: OTHER, kind: 'interactive' });
	const all = () => line(world.carrier.submits.all.slice(before));
	await waitFor(() => of(all(), '1') === count, { timeout: 30_000, what: () => `${count} of the other: ${all()}` });
	return all().slice(all().indexOf('1'), all().lastIndexOf('1'));
}

for (const [name, pace] of [['none', {}], ['one', PACE]]) {
	test(`what is interactive passes bulk of a paced number that runs, its own number having ${name}`, async (t) => {
		const world = await start(t, SLOTS, pace);
		const until = await jumped(world, 30);
		assert.ok(of(until, '0') <= 10, until);
		assert.ok(of(until, '0') >= 2, `one in eight for bulk: ${until}`);
	});

	test(`what is interactive is before bulk of a paced number that waits as long, its own number having ${name}`, async (t) => {
		const world = await start(t, SLOTS, pace);
		await enqueue(world.redis, customers(200));
		await enqueue(world.redis, customers(150, 10_000), { ours: OTHER, kind: 'interactive' });
		await world.startGateway();
		const first = (await submits(world, 120)).slice(20);
		assert.ok(of(first, '1') >= 80, first);
		// Each partition brings seven that are interactive before it comes to anything else.
		assert.ok(of(first.slice(-48), '0') >= 5, first);
	});
}

test('numbers with nothing but bulk have equal turns', async (t) => {
	const world = await start(t, SLOTS, PACE, PACE);
	for (const [i, ours] of [OURS, OTHER, THIRD].entries()) await enqueue(world.redis, customers(100, i * 1000), { ours });
	await world.startGateway();
	const all = (await submits(world, 100)).slice(10);
	for (const digit of '012') assert.ok(of(all, digit) >= 24, all);
});

test('bulk of a number without a pace has its half beside one with a pace', async (t) => {
	const world = await start(t, SLOTS, {});
	await enqueue(world.redis, customers(200));
	await enqueue(world.redis, customers(200, 10_000), { ours: OTHER });
	await world.startGateway();
	const all = (await submits(world, 100)).slice(20);
	for (const digit of '01') assert.ok(of(all, digit) >= 30, all);
});

test('what is interactive passes bulk of a paced number where the window is what is short', async (t) => {
	const world = await start(t, { window: 2 }, {});
	world.carrier.onSubmit = (submit) => setTimeout(() => submit.answer(), 50);
	const until = await jumped(world, 40);
	assert.ok(of(until, '0') <= 14, until);
});

// Customers are in all partitions, and each of those has one turn where there is one slot.
for (const [kind, mark] of [['interactive', '+'], ['transactional', '-']]) {
	test(`what is ${kind} passes bulk of other partitions where there is one slot, without any pace`, async (t) => {
		const world = await World.start(t, {
			router: 'gone',
			gateway: false,
			changes: ({ carrier }) => ({
				log: { level: 'info' },
				carriers: [carrier.entry({ binds: 1, window: 1 })],
				numbers: [OURS, OTHER].map((address) => ({ address, carrier: 'acme' })),
			}),
		});
		const { all } = world.carrier.submits;
		world.carrier.onSubmit = (submit) => setTimeout(() => submit.answer(), 30);
		await enqueue(world.redis, customers(400));
		await world.startGateway();
		await submits(world, 20);
		for (let i = 0; i < 8; i++) {
			const before = all.length;
			const [one] = customers(1, 10_000 + i);
			await enqueue(world.redis, [one], { ours: OTHER, kind, mark });
			const passed = () => line(all.slice(before)).indexOf('1');
			await waitFor(() => passed() >= 0, { what: () => line(all.slice(before)) });
			assert.ok(passed() <= 3, `${passed()} were before the ${i}th`);
		}
	});
}
