// What the events say. Every one, each of its fields and values stands in router/EVENTS.md, and what stands there
// happens in a long day on the floor, or in what seldom does; and from them alone every report comes out as that
// day was.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { by, counts, report, sums } from './lib/report.mjs';
import { seldom } from './lib/seldom.mjs';
import { MODES, Story } from './lib/story.mjs';
import { complaints, documented, neverTold, streamOf, written } from './lib/told.mjs';

const CLOCKS_MS = 5; // the router's clock is read once in each turn of its loop

// Every stream of events but the screens': [stream, fields], each in its order.
async function everything(redis) {
	const all = [];
	for (const key of (await redis.keys('{*}:events')).filter((name) => !name.startsWith('{a:')))
		for (const { fields } of await redis.stream(key)) all.push([streamOf(key), fields]);
	return all;
}

const reported = (events) => report({
	conversations: events.filter(([name]) => name === '{c<p>}').map(([, fields]) => fields),
	floor: events.filter(([name]) => name === '{acd}').map(([, fields]) => fields),
});

let story;
let events;
let rare;
let measures;
const cleanups = [];

before(async () => {
	story = await Story.start({ after: (cleanup) => cleanups.push(cleanup) });
	await story.whole();
	events = await everything(story.world.redis);
	rare = await seldom(everything);
	measures = reported(events);
});
after(async () => {
	for (const cleanup of cleanups) await cleanup();
});

describe('EVENTS.md', () => {
	it('has every event that the functions write, and which of them does', () => {
		const told = {};
		for (const { events: of } of Object.values(documented()))
			for (const [e, { by: files }] of Object.entries(of)) told[e] = [...new Set([...(told[e] ?? []), ...files])].sort();
		const found = Object.entries(written()).map(([e, files]) => [e, [...files].sort()]);
		assert.deepEqual(told, Object.fromEntries(found));
	});

	it('has every event that happened, with its fields and their values', () => {
		const streams = documented();
		const amiss = [...events, ...rare].flatMap(([name, fields]) => complaints(streams, name, fields));
		assert.deepEqual([...new Set(amiss)], []);
	});

	it('has nothing that does not happen', () => {
		assert.deepEqual(neverTold(documented(), [...events, ...rare]), []);
	});
});

// How long it was from one thing in the story to another, as it saw them: [at least, at most].
function from(one, other) {
	const { [one]: a, [other]: b } = story.marks;
	return [b[0] - a[1] - CLOCKS_MS, b[1] - a[0] + CLOCKS_MS];
}

const plus = ([a, b], [c, d]) => [a + c, b + d];

// What one measure came to, by something of it, against spans.
function within(what, of, expected) {
	const found = by(measures, what, of);
	assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), what);
	for (const [key, spans] of Object.entries(expected)) {
		assert.equal(found[key].length, spans.length, `${what} of ${key}: ${found[key]}`);
		for (const [i, [least, most]] of spans.entries())
			assert.ok(least <= found[key][i] && found[key][i] <= most, `${what} ${i} of ${key}: ${found[key][i]}, not ${least} to ${most}`);
	}
}

const ofEachMode = Object.fromEntries(MODES.map((mode) => [mode, 1]));

describe('from the events alone', () => {
	it('what was offered, answered, given up and given on, by queue', () => {
		assert.deepEqual(counts(measures, 'offered', 'queue'), { front: 6, billing: 2, slow: 3, rings: 1, ...ofEachMode });
		assert.deepEqual(counts(measures, 'answered', 'queue'), { front: 6, billing: 2, slow: 1, rings: 1, ...ofEachMode });
		assert.deepEqual(counts(measures, 'abandoned', 'queue'), { slow: 1 });
		assert.deepEqual(counts(measures, 'flow-out', 'queue'), { slow: 1 });
		assert.deepEqual(counts(measures, 'transfer', 'queue'), { front: 1, billing: 1, slow: 1 });
		assert.deepEqual(counts(measures, 'over service level', 'queue'), { rings: 1 });
	});

	it('the same by agent, by skill, and by how it was routed', () => {
		assert.deepEqual(counts(measures, 'alerted', 'agent'), { ann: 15, bob: 3, cid: 1 });
		assert.deepEqual(counts(measures, 'answered', 'agent'), { ann: 13, bob: 1, cid: 1 });
		assert.deepEqual(counts(measures, 'taken over', 'agent'), { bob: 1 });
		assert.deepEqual(counts(measures, 'declined', 'agent'), { ann: 1 });
		assert.deepEqual(counts(measures, 'timeout', 'agent'), { bob: 1 });
		assert.deepEqual(counts(measures, 'rescinded', 'agent'), { ann: 1 });
		assert.deepEqual(counts(measures, 'answered', 'skills'), { '': 12, french: 3 });
		assert.deepEqual(counts(measures, 'answered', 'how'),
			{ standard: 11, last: 1, transfer: 1, manual: 1, bullseye: 1 });
		assert.deepEqual(counts(measures, 'talk', 'how'),
			{ standard: 11, last: 1, transfer: 1, manual: 1, bullseye: 1, consult: 1 });
		assert.deepEqual(counts(reported(rare), 'answered', 'how'), { preferred: 1, standard: 1 });
	});

	it('the same by hour: whatever happened, it was in the hours that the story took', () => {
		const [first, last] = [story.marks['plain comes'][0], story.marks.abandoned[1]].map((ms) => Math.floor(ms / 3_600_000));
		for (const what of ['offered', 'answered', 'talk', 'segments out']) {
			const hours = counts(measures, what, 'hour');
			const whole = Object.values(counts(measures, what, 'what')).concat(0)[0];
			assert.equal(Object.values(hours).reduce((sum, n) => sum + n, 0), whole);
			assert.deepEqual(Object.keys(hours).map(Number).filter((hour) => hour < first || hour > last), []);
		}
	});

	it('how long customers waited and agents let it ring', () => {
		const one = (label) => [from(`${label} comes`, `${label} taken`)];
		const modes = Object.fromEntries(MODES.map((mode) => [mode, one(mode)]));
		const front = ['plain', 'again', 'given', 'consulted', 'dropped'].flatMap(one);
		const billing = [from('given to billing', 'given again taken'), from('given to ann', 'given back taken')];
		within('wait', 'queue',
			{ front: [...front, from('waits moved', 'waits taken')], billing, slow: one('manual'), rings: one('rings'), ...modes });
		within('wait in all', 'queue', { front: [...front, ...one('waits')], billing, slow: one('manual'), rings: one('rings'), ...modes });
		within('abandon wait', 'queue', { slow: [from('abandoned comes', 'abandoned')] });
		within('flow-out wait', 'queue', { slow: [from('waits comes', 'waits moved')] });
		within('alert', 'agent', {
			ann: [
				from('plain comes', 'plain taken'), from('again comes', 'again taken'), from('given comes', 'given declined'),
				from('given rings again', 'given taken'), from('given to ann', 'given back taken'),
				from('consulted comes', 'consulted taken'), from('manual given', 'manual taken'),
				[from('dropped comes', 'dropped')[0], from('dropped comes', 'dropped rings again')[1]],
				from('dropped rings again', 'dropped taken'), from('waits moved', 'waits taken'), ...MODES.flatMap(one),
			],
			bob: [from('given to billing', 'given again taken'), from('consulted asks', 'consulted handed over'),
				from('manual comes', 'manual timed out')],
			cid: [from('rings comes', 'rings taken')],
		});
		assert.ok(by(measures, 'wait', 'queue').rings[0] >= 2000, 'the second ring was asked after two seconds');
		assert.ok(by(measures, 'alert', 'agent').bob[2] >= 7000, 'it rang at bob for seven seconds');
	});

	it('what conversations took: talk, after-call work, both', () => {
		const talk = (label) => from(`${label} taken`, `${label} closed`);
		const ended = (mode) => from(`${mode} taken`, `${mode} ended`);
		const first = from('consulted taken', 'consulted handed over');
		const back = from('given back taken', 'given disconnected');
		const given = from('given taken', 'given to billing');
		const billing = from('given again taken', 'given to ann');
		const second = from('consulted handed over', 'consulted closed');
		const modes = Object.fromEntries(MODES.map((mode) => [mode, [ended(mode)]]));
		within('talk', 'queue', {
			front: [talk('plain'), talk('again'), given, first, second, talk('dropped'), talk('waits')],
			billing: [billing, back], slow: [talk('manual')], rings: [talk('rings')], ...modes,
		});
		const after = {
			front: [from('given to billing', 'given wrapped'), from('consulted handed over', 'consulted wrapped')],
			billing: [from('given to ann', 'given away over'), from('given disconnected', 'given closed')],
			...Object.fromEntries(['mandatory', 'timeout', 'forced'].map((mode) => [mode, [from(`${mode} ended`, `${mode} over`)]])),
		};
		within('after-call work', 'queue', after);
		for (const queue of ['billing', 'timeout', 'forced'])
			assert.ok(by(measures, 'after-call work', 'queue')[queue].every((ms) => ms >= 1000), `${queue} had its second`);
		const { optional, ...over } = modes; // whose code has not come yet
		assert.equal(optional.length, 1);
		for (const mode of ['mandatory', 'timeout', 'forced']) over[mode] = [plus(over[mode][0], after[mode][0])];
		within('handle', 'queue', {
			front: [talk('plain'), talk('again'), plus(given, after.front[0]), plus(first, after.front[1]), second,
				talk('dropped'), talk('waits')],
			billing: [plus(billing, after.billing[0]), plus(back, after.billing[1])], slow: [talk('manual')], rings: [talk('rings')], ...over,
		});
	});

	it('how long customers waited for a first answer, and for each', () => {
		within('first response', 'agent', {
			ann: [from('plain comes', 'plain answered')],
			bob: [from('given comes', 'given answered'), from('consulted comes', 'consulted answered')],
		});
		within('response', 'agent', {
			ann: [from('plain taken', 'plain answered'), from('plain asks again', 'plain answered again')],
			bob: [from('given again taken', 'given answered'), from('consulted handed over', 'consulted answered')],
		});
	});

	it('segments both ways, and what carriers made of messages', () => {
		assert.deepEqual(sums(measures, 'segments out', 'queue'), { front: 4, billing: 1, slow: 4 });
		assert.deepEqual(sums(measures, 'segments out', 'agent'), { ann: 3, bob: 2, '': 4 });
		assert.deepEqual(sums(measures, 'segments in', 'queue'), { front: 7, slow: 7, rings: 1, ...ofEachMode });
		assert.deepEqual(counts(measures, 'sent', 'queue'), { front: 3, billing: 1, slow: 4 });
		assert.deepEqual(counts(measures, 'delivered', 'agent'), { ann: 1 });
		assert.deepEqual(counts(measures, 'failed', 'agent'), { ann: 1 });
	});
});
