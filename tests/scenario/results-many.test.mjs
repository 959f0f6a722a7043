// A thousand results that waited while no router was there go to Redis many in a call, and each counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from './lib/index.mjs';
import { enqueue, returned } from './lib/load.mjs';
import { waitFor } from './lib/wait.mjs';

const COUNT = 1000;

test('results that waited are applied many in a call', async (t) => {
	const world = await World.start(t, { router: 'gone' });
	const messages = Array.from({ length: COUNT }, (_, i) => ({
		id: `m${i}`, customer: `+1555${String(i).padStart(7, '0')}`,
	}));
	const total = async (command, suffix) => {
		const sizes = Array.from({ length: 16 }, (_, i) => world.redis.call(command, `{c${i}}:${suffix}`));
		return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
	};
	await world.carrier.bound(2);
	await enqueue(world.redis, messages);
	let waiting;
	await waitFor(async () => (waiting = await returned(world.redis)) === COUNT,
		{ what: () => `${waiting} of ${COUNT} results wait` });
	await world.redis.call('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 100_000);
	await world.startRouter();
	await waitFor(async () => (await total('XLEN', 'back')) === 0, { what: () => 'every result is applied' });
	const log = await world.redis.call('SLOWLOG', 'GET', 100_000);
	const calls = log.filter(([, , , [command, name]]) => command === 'FCALL' && ['meet', 'outcomes'].includes(name)).length;
	// One by one they are two calls each.
	assert.ok(calls > 0 && calls < COUNT, `${calls} calls`);
	assert.equal(await total('HLEN', 'flight:acme'), 0);
	assert.equal(await total('HLEN', 'busy'), 0);
	assert.equal(await total('ZCARD', 'overdue'), COUNT); // each waits for its receipt
});
