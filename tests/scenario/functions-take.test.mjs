// What a take brings while more comes back than the router applies. functions/take.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Functions, Partition } from './lib/functions.mjs';

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);

const take = (named = {}) => p.call('mt_take', { carrier: 'acme', max: 10, ...named });
const ids = (taken) => taken.slice(1).map(([id]) => id);

const behind = () => redis.call('SET', `${p.tag}:behind`, '1');

// One message of each class.
async function fill() {
	const customers = { bulk: '+15550101', transactional: '+15550102', interactive: '+15550103' };
	for (const [kind, customer] of Object.entries(customers)) await p.waiting([kind], { class: kind, customer });
}

describe('a take while the router does not keep up', () => {
	it('brings no bulk, and says that it is held back', async () => {
		await fill();
		await behind();
		const first = await take();
		assert.deepEqual([first[0], ids(first)], [2, ['interactive', 'transactional']]);
		assert.deepEqual(await take(), [2]);
		await redis.call('DEL', `${p.tag}:behind`);
		const then = await take();
		assert.deepEqual([then[0], ids(then)], [0, ['bulk']]);
	});

	it('asked for what is interactive alone, says nothing of the rest', async () => {
		await fill();
		await behind();
		const first = await take({ urgent: '1' });
		assert.deepEqual([first[0], ids(first)], [0, ['interactive']]);
	});
});
