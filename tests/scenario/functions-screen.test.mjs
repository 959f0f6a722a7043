// The Redis Functions of an agent's screen: screen.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Functions } from './lib/functions.mjs';

const functions = Functions.forTests();
const { redis } = functions;

describe('push', () => {
	const SCREEN = '{a:ann}';
	const push = (source, ...pairs) => redis.call('FCALL', 'push', 1, SCREEN, source, ...pairs);
	const frames = async () => (await functions.events(SCREEN)).map(({ j }) => j);

	it('shows frames in the order of their events', async () => {
		assert.equal(await push('s', '5-1', 'a', '5-2', 'b', '10-0', 'c'), 3);
		assert.deepEqual(await frames(), ['a', 'b', 'c']);
	});

	it('shows the frames of one event together', async () => {
		assert.equal(await push('s', '5-1', 'a', '5-1', 'b'), 2);
		assert.deepEqual(await frames(), ['a', 'b']);
	});

	it('shows nothing twice when a router begins again', async () => {
		await push('s', '5-1', 'a', '5-2', 'b');
		assert.equal(await push('s', '5-1', 'a', '5-2', 'b'), 0);
		assert.equal(await push('s', '5-2', 'b', '5-3', 'c'), 1);
		assert.equal(await push('s', '4-9', 'x', '5-3', 'c'), 0);
		assert.deepEqual(await frames(), ['a', 'b', 'c']);
	});

	it('compares ids as numbers', async () => {
		await push('s', '9-9', 'a');
		assert.equal(await push('s', '9-10', 'b', '10-0', 'c'), 2);
		assert.deepEqual(await frames(), ['a', 'b', 'c']);
	});

	it('knows its sources apart', async () => {
		await push('{c3}:events', '5-1', 'a');
		assert.equal(await push('{c4}:events', '5-1', 'b'), 1);
		assert.equal(await push('{acd}:events', '4-0', 'c'), 1);
		assert.deepEqual(await frames(), ['a', 'b', 'c']);
	});

	it('of nothing does nothing', async () => {
		assert.equal(await push('s'), 0);
		assert.deepEqual(await redis.keys('*'), []);
	});
});
