// What the events say: every one, each of its fields and values stands in router/EVENTS.md, and what stands there
// happens in a long day on the floor, or in what seldom does.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { complaints, documented, neverTold, streamOf } from './lib/told.mjs';
import { seldom } from './lib/seldom.mjs';
import { Story } from './lib/story.mjs';

async function everything(redis) {
	const all = [];
	for (const key of (await redis.keys('{*}:events')).filter((name) => !name.startsWith('{a:')))
		for (const { fields } of await redis.stream(key)) all.push([streamOf(key), fields]);
	return all;
}

test('every event is as EVENTS.md has it, and all that is there happens', async (t) => {
	const story = await Story.start(t);
	await story.whole();
	const events = [...(await everything(story.world.redis)), ...(await seldom(everything))];
	const streams = documented();
	const amiss = new Set(events.flatMap(([name, fields]) => complaints(streams, name, fields)));
	assert.deepEqual([...amiss], []);
	assert.deepEqual(neverTold(streams, events), []);
});
