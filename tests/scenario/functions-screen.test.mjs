// The Redis Functions of an agent's screen: screen.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Functions } from './lib/functions.mjs';

const functions = Functions.forTests();
const { redis } = functions;

describe('push', () => {
	const SCREEN = '{a:ann}';
	// → the newest entry before, and of each frame its entry, '' where it was left out.
	const write = async (...triples) => (await redis.call('FCALL', 'push', 1, SCREEN, ...triples)).split('\0');
	// Frames of one source; how many were new.
	const push = async (source, ...pairs) => {
		const triples = pairs.flatMap((value, i) => (i % 2 ? [value] : [source, value]));
		return (await write(...triples)).slice(1).filter(Boolean).length;
	};
	const entries = () => redis.call('XRANGE', `${SCREEN}:events`, '-', '+');
	const framesOf = ([, fields]) => fields.filter((_, i) => fields[i - 1] === 'j' && i % 2);
	const frames = async () => (await entries()).flatMap(framesOf);
	// As the router writes behind the newest entry that it knows of.
	const append = (newest, events, ...texts) => {
		const [ms, number] = newest.split('-').map(Number);
		const id = `${ms}-${(Math.floor(number / 1024) + 1) * 1024}`;
		return redis.call('XADD', `${SCREEN}:events`, id, 's', events, ...texts.flatMap((text) => ['j', text]));
	};

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

	it('takes frames of several sources in one call, in the order that they are given in', async () => {
		await write('c', '5-1', 'a', 'acd', '7-0', 'b', 'c', '5-2', 'c', 'acd', '6-0', 'd');
		assert.deepEqual(await frames(), ['a', 'b', 'c', 'd']);
		assert.equal(await push('c', '5-2', 'x', '5-3', 'e'), 1);
		assert.equal(await push('acd', '7-0', 'x'), 0);
		assert.deepEqual(await frames(), ['a', 'b', 'c', 'd', 'e']);
	});

	it('says what it wrote, and behind what: an entry has the id of its last frame', async () => {
		const ids = async () => (await entries()).map(([id]) => id);
		const first = await write('s', '5-1', 'a', 's', '5-2', 'b');
		const [entry] = await ids();
		const [ms, number] = entry.split('-');
		assert.equal(number % 1024, 0);
		assert.deepEqual(first, ['', `${ms}-${number - 1}`, entry]);
		const second = await write('s', '5-2', 'b', 's', '5-3', 'c');
		assert.deepEqual(second, [entry, '', (await ids())[1]]);
		assert.deepEqual(await write('s', '5-3', 'c'), [second[2], '']);
	});

	it('knows what was written without it', async () => {
		const [, entry] = await write('s', '5-1', 'a');
		const next = await append(entry, 's 5-3 {acd}:events 7-0', 'b', 'c');
		assert.deepEqual(await write('s', '5-3', 'x', '{acd}:events', '7-0', 'x'), [next, '', '']);
		assert.equal(await push('s', '5-2', 'x', '5-4', 'd'), 1);
		assert.deepEqual((await write('s', '5-3', 'x', '{acd}:events', '7-0', 'x')).slice(1), ['', '']);
		assert.deepEqual(await frames(), ['a', 'b', 'c', 'd']);
	});

	it('lets one of those who write behind the same entry', async () => {
		const [, entry] = await write('s', '5-1', 'a');
		await append(entry, 's 5-2', 'b', 'c', 'd');
		await assert.rejects(append(entry, 's 5-2', 'x'), /equal or smaller/);
		await write('s', '5-3', 'e');
		await assert.rejects(append(entry, 's 5-4', 'x'), /equal or smaller/);
		assert.deepEqual(await frames(), ['a', 'b', 'c', 'd', 'e']);
	});

	it('goes on behind an entry that is of a later time', async () => {
		const far = Date.now() + 60_000;
		await redis.call('XADD', `${SCREEN}:events`, `${far}-7`, 'j', 'of a former version');
		assert.deepEqual(await write('s', '5-1', 'a', 's', '5-2', 'b'), [`${far}-7`, `${far}-1023`, `${far}-1024`]);
		assert.deepEqual(await write('s', '5-3', 'c'), [`${far}-1024`, `${far}-2048`]);
	});

	it('knows what a former version has written', async () => {
		await redis.call('XADD', `${SCREEN}:events`, '5-0', 'j', 'a');
		await redis.call('HSET', `${SCREEN}:from`, 'last', '5-0', 's', '5-1');
		assert.equal(await push('s', '5-1', 'x', '5-2', 'b'), 1);
		assert.deepEqual(await frames(), ['a', 'b']);
	});

	it('of nothing does nothing', async () => {
		assert.deepEqual(await write(), ['']);
		assert.deepEqual(await redis.keys('*'), []);
	});
});
