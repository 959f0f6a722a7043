// What a router reads of the floor when it begins: floor_read of agent.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Floor, TAG } from './lib/floor.mjs';
import { Functions } from './lib/functions.mjs';

const NOW = 1_700_000_000_000;

const functions = Functions.forTests();
const { redis } = functions;
const floor = Floor.forTests(functions, NOW);

describe('floor_read', () => {
	it('of nobody is empty', async () => {
		for (const of of ['queues', 'agents', 'waiting', 'alerting'])
			assert.deepEqual(await floor.call('floor_read', { of, cursor: '0', limit: 10 }), ['0', 0, 0, [], '']);
	});

	it('shows agents, what waits and what rings, and how many', async () => {
		await floor.onQueue();
		await floor.enqueue('c1', { at: 1, last: 'bob' });
		await floor.enqueue('c2', { at: 2 });
		await floor.call('offer_make', { conv: 'c1', agent: 'ann', until: NOW + 30000, how: 'standard' });
		assert.deepEqual(await floor.read('agents'), [['ann', 'idle', 1, 3, 1, String(NOW), String(NOW), '', '0', 0]]);
		const fields = (row) => row.slice(0, 13);
		assert.deepEqual((await floor.read('waiting')).map(fields), [
			['c2', 'waiting', '', 'front', '0', '2', '', '', '', '1', '0', '', '2'],
		]);
		assert.deepEqual((await floor.read('alerting')).map(fields), [
			['c1', 'alerting', 'ann', 'front', '1', '1', String(NOW + 30000), 'bob', '', '1', '0', '', '1'],
		]);
		const [, waiting, ringing] = await floor.call('floor_read', { of: 'queues', cursor: '0', limit: 10 });
		assert.deepEqual([waiting, ringing], [1, 1]);
		const [newest] = (await redis.stream(`${TAG}:events`)).slice(-1);
		assert.equal((await floor.call('floor_read', { of: 'queues', cursor: '0', limit: 10 }))[4], newest.id);
	});

	it('shows a queue of ten thousand members', async () => {
		const members = Array.from({ length: 10_000 }, (_, i) => [`agent${i}`, 1]).flat();
		await redis.call('HSET', `${TAG}:queue:front:members`, ...members);
		await redis.call('SADD', `${TAG}:staffed`, 'front');
		assert.equal((await floor.read('queues'))[0].length, 20_001);
	});

	it('comes to everything page by page', async () => {
		for (let i = 0; i < 300; i++) await floor.enqueue(`c${i}`);
		let pages = 0;
		const ids = new Set();
		for (let cursor = '0'; pages === 0 || cursor !== '0'; pages++) {
			const [next, , , rows] = await floor.call('floor_read', { of: 'waiting', cursor, limit: 50 });
			for (const [id] of rows) ids.add(id);
			cursor = next;
		}
		assert.ok(pages > 3, `${pages} pages`);
		assert.equal(ids.size, 300);
	});
});
