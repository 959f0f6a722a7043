// What nearly all calls are is told by the order of the arguments: that comes to the same as by their names. And what is
// kept of conversations as it was before they were one text is read, and goes on.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventsOf, Floor, keepAsBefore, placeOf, TAG } from './lib/floor.mjs';
import { Functions, Partition } from './lib/functions.mjs';

const ORDER = {
	offer_make: 'now fence conv agent until auto how q ring need members_only behind seen',
	offer_accept: 'now fence conv agent epoch',
	conv_release:
		'now fence source id prev conv leg part why from acw had had_q acw_until acw_holds ' +
		'next agent until auto how q ring need members_only behind seen',
	connect: 'fence now conv leg agent scopes idle',
	close: 'fence now conv agent ref mode pending acw_until acw_holds wrapup notes queue',
};
const FENCE = 'router1:1';

const functions = Functions.forTests();
const floor = Floor.staffedForTests(functions);
const partition = Partition.forTests(functions);
const { redis } = functions;

// As the router does: to the last that there is, with '' for what there is not.
function ordered(name, named) {
	const names = ORDER[name].split(' ');
	for (const field of Object.keys(named)) assert.ok(names.includes(field), `${name} takes ${field}`);
	if (name === 'conv_release' && !named.next) names.length = names.indexOf('next');
	return ['', ...names.map((field) => named[field] ?? '')];
}

// A function of `functions`, its arguments by name or in order.
const said = (inOrder) => async (name, tag, named) => {
	const all = inOrder && ORDER[name] ? ordered(name, named) : Object.entries(named).flat();
	const answer = await redis.call('FCALL', name, 1, tag, ...all);
	return typeof answer === 'string' ? answer : answer.map((value) => `${value}`.replace(/^\d+-\d+(?=\0)/, 'id'));
};

const VALUES = {
	string: (key) => redis.call('GET', key),
	hash: (key) => redis.hash(key),
	set: async (key) => (await redis.call('SMEMBERS', key)).sort(),
	zset: (key) => redis.call('ZRANGE', key, 0, -1, 'WITHSCORES'),
	stream: async (key) => (await redis.stream(key)).map(({ fields }) => fields),
};

// All that is in Redis, but for ids of entries.
async function everything() {
	const all = {};
	for (const key of await redis.keys('*')) all[key] = await VALUES[await redis.call('TYPE', key)](key);
	return JSON.parse(JSON.stringify(all).replace(/\b\d{13,}-\d+\b/g, 'id'));
}

// Two texts of two customers; ann takes the first, with all that can be said of an offer, ends it, and is offered the
// second in the same step; then that ends with after-call work. → what was answered, and what is there
async function day(inOrder) {
	const call = said(inOrder);
	const answers = [];
	const { now } = floor;
	const at = { now, fence: FENCE };
	const ask = async (name, tag, named) => {
		answers.push(await call(name, tag, named));
		return answers.at(-1);
	};
	await redis.call('SET', `${TAG}:lease`, FENCE);
	await partition.mo({ conv: 'c1' });
	await partition.mo({ conv: 'c2', customer: '+15550198' });
	await floor.enqueue('c1', { skills: 'swedish', last: 'ann', entered: now - 9000 });
	await floor.enqueue('c2', { customer: '+15550198' });
	await functions.call('skill_put', TAG, { now, a: 'ann', skill: 'swedish', level: 3, by: 'eve' });
	const offer = { agent: 'ann', until: now + 30000, how: 'standard', q: 'front', ring: 0, need: 'swedish', seen: '5-1' };
	const work = { mode: 'mandatory', pending: 0, acw_until: 0, acw_holds: 0 };
	const own = { fence: partition.fence, now };
	await ask('offer_make', TAG, { ...at, conv: 'c2', ...offer, behind: 'c1' });
	await ask('offer_make', TAG, { ...at, conv: 'c1', ...offer, agent: 'bob' });
	await ask('offer_make', TAG, { ...at, conv: 'c1', ...offer });
	await ask('offer_accept', TAG, { ...at, conv: 'c1', agent: 'ann', epoch: 2 });
	await ask('offer_accept', TAG, { ...at, conv: 'c1', agent: 'ann', epoch: 1 });
	await ask('connect', partition.tag, { ...own, conv: 'c1', leg: 1, agent: 'ann', scopes: 'all', idle: 90000 });
	const close = { ...own, agent: 'ann', ...work, queue: 'front', wrapup: 'Resolved', notes: 'All\0well' };
	await ask('close', partition.tag, { ...close, conv: 'c1', ref: 'r1', queue: 'back' });
	await ask('close', partition.tag, { ...close, conv: 'c1', ref: 'r1' });
	const step = { ...at, source: '{c3}:events', part: 3, leg: 1 };
	await ask('conv_release', TAG, { ...step, id: '90-1', conv: 'c1', why: 'agent', next: 'c2', ...offer, auto: 1 });
	await ask('connect', partition.tag, { ...own, conv: 'c2', leg: 1, agent: 'ann', scopes: 'all', idle: 0 });
	const forced = { mode: 'forced', pending: 1, acw_until: now + 5000, acw_holds: 1 };
	await ask('close', partition.tag, { ...close, ...forced, conv: 'c2', ref: 'r2' });
	await ask('conv_release', TAG, {
		...step, id: '90-2', prev: '90-1', conv: 'c2', why: 'agent', acw: 'pending', had: 'ann', had_q: 'front',
		acw_until: now + 5000, acw_holds: 1,
	});
	return { answers, all: await everything() };
}

describe('a call', () => {
	it('in order comes to the same as one by names', async () => {
		const named = await day(false);
		await functions.forget();
		partition.begin();
		await partition.take();
		floor.steps = 0;
		for (const [agent, cap] of [['ann'], ['bob'], ['full', 0]]) await floor.onQueue(agent, cap);
		const placed = await day(true);
		assert.deepEqual(placed, named);
		assert.deepEqual(named.answers.map(([word]) => word), [
			'no', 'no', 'ok', 'conflict', 'ok', 'ok', 'queue', 'ok', 'ok', 'ok', 'ok', 'ok',
		]);
		assert.equal(named.answers[8].length, 4, 'it was released, offered and accepted in one');
	});

	it('in order is refused to who has lost the floor', async () => {
		await floor.enqueue();
		await redis.call('SET', `${TAG}:lease`, 'router2:7');
		for (const [name, named] of Object.entries({
			offer_make: { conv: 'c1', agent: 'ann', until: floor.now, how: 'standard', q: 'front', ring: 0 },
			offer_accept: { conv: 'c1', agent: 'ann', epoch: 0 },
			conv_release: { source: '{c3}:events', id: '9-1', conv: 'c1', leg: 1, part: 3 },
		})) {
			for (const fence of [FENCE, '']) {
				const args = ordered(name, { now: floor.now, fence, ...named });
				assert.deepEqual(await redis.call('FCALL', name, 1, TAG, ...args), ['fenced'], name);
			}
		}
		assert.equal((await placeOf(redis, 'c1')).state, 'waiting');
	});
});

describe('a conversation that is kept as it was before', () => {
	it('is offered, accepted and released', async () => {
		await floor.enqueue('c1', { skills: 'swedish', last: 'ann', pref: 'ann:3', pref_until: floor.now + 9 });
		const before = await placeOf(redis, 'c1');
		await keepAsBefore(redis, 'c1');
		const epoch = await floor.offered();
		assert.deepEqual(await placeOf(redis, 'c1'), {
			...before, state: 'alerting', agent: 'ann', epoch, until: String(floor.now + 30000), how: 'standard', ring: '0',
		});
		await keepAsBefore(redis, 'c1');
		const [told] = eventsOf(await floor.accept(epoch));
		assert.deepEqual([told.e, told.skills, told.a], ['accepted', 'swedish', 'ann']);
		await keepAsBefore(redis, 'c1');
		assert.equal(eventsOf(await floor.step('conv_release', { leg: 1 }))[0].e, 'released');
		assert.deepEqual(await placeOf(redis, 'c1'), {});
	});

	it('is read with the floor, and goes back to its place', async () => {
		await floor.enqueue('c1', { skills: 'swedish' });
		const rows = await floor.read('waiting');
		await keepAsBefore(redis, 'c1');
		assert.deepEqual(await floor.read('waiting'), rows);
		const epoch = await floor.offered();
		await keepAsBefore(redis, 'c1');
		await floor.call('offer_end', { conv: 'c1', agent: 'ann', epoch, why: 'declined' });
		const place = await placeOf(redis, 'c1');
		assert.deepEqual([place.state, place.agent, place.until], ['waiting', undefined, undefined]);
		await floor.holdsTogether();
	});
});
