// The day's figures as they come from the floor's events (today.lua): each event counts once, in its day.

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { Floor, keepAsBefore, TAG } from './lib/floor.mjs';
import { fieldsOf, Functions } from './lib/functions.mjs';
import { entryFields } from './lib/redis.mjs';

const DAY_MS = 86_400_000;
const DAY = 20_000;
const NOON = DAY * DAY_MS + DAY_MS / 2;

const functions = Functions.forTests();
let floor;
let figures; // what was told of today, by field

beforeEach(async () => {
	floor = new Floor(functions, NOON);
	figures = {};
});

// Folds until nothing is left, `limit` events at a time.
async function fold({ limit = 250, offset = 0, now = floor.now } = {}) {
	for (;;) {
		const [word, , day, ...told] = await functions.call('today_fold', TAG, { now, limit, offset });
		Object.assign(figures, fieldsOf(told));
		if (word === 'ok') return day;
	}
}

// What the router tells of an event (daybook.c): what most of them are in a few values, any other as one text.
const FIELDS = ['e', 'c', 'a', 'q', 'at', 'leg', 'kind', 'consult', 'from', 'entered', 'since', 'why', 'how', 'acw', 'from_q', 'talk'];
function toldOf(event) {
	const routing = event.ars === event.at ? event.ar : '';
	const number = event.e === 'accepted' && !event.consult ? event.entered
		: event.e === 'released' && event.a && event.acw !== 'pending' ? event.talk : '';
	if (number) return [event.e, event.a, event.q, event.at, number, routing];
	return ['', [...FIELDS.map((name) => event[name] ?? ''), routing].map((value) => `${value}\0`).join('')];
}

const later = (ms) => {
	floor.now += ms;
};
const decline = (epoch, why = 'declined') =>
	floor.call('offer_end', { conv: 'c1', agent: why === 'timeout' ? '' : 'ann', epoch, why });

// ann answers c1 after 10 s, talks for 60 s, and wraps up for 5 s.
async function oneLeg() {
	await floor.onQueue('ann');
	await floor.enqueue('c1', { queue: 'support', at: floor.now });
	later(10_000);
	await floor.accept(await floor.offered('c1', 'ann'));
	later(60_000);
	await floor.step('conv_release', { conv: 'c1', leg: 1, acw: 'pending', acw_until: 0, acw_holds: '0' });
	later(5_000);
	await floor.step('acw_end', { conv: 'c1', leg: 1, agent: 'ann' });
}

describe('the day of a queue and of an agent', () => {
	it('has what was offered and answered, in time, with wait, talk and after-call work', async () => {
		await oneLeg();
		assert.equal(await fold(), DAY);
		const q = (figure) => Number(figures[`q support ${figure}`] ?? 0);
		assert.deepEqual(
			['offered', 'answered', 'in_time', 'wait_ms', 'wait_max_ms', 'talk_ms', 'acw_ms', 'legs', 'abandoned'].map(q),
			[1, 1, 1, 10_000, 10_000, 60_000, 5_000, 1, 0],
		);
		const a = (figure) => Number(figures[`a ann ${figure}`] ?? 0);
		assert.deepEqual(['handled', 'talk_ms', 'acw_ms', 'idle_ms', 'interacting_ms'].map(a),
			[1, 60_000, 5_000, 10_000, 60_000]);
	});

	it('is the same whatever the events are folded by, and however often', async () => {
		await oneLeg();
		await fold({ limit: 1 });
		const once = { ...figures };
		await fold();
		await fold({ limit: 3 });
		assert.deepEqual(figures, once);
		const [, kept] = await functions.call('today_read', TAG, { day: DAY, cursor: 0 });
		assert.deepEqual(Object.fromEntries(Object.entries(fieldsOf(kept))), Object.fromEntries(
			Object.entries(once).map(([field, value]) => [field, String(value)])));
	});

	it('is the same of events that a router tells of and nobody reads', async () => {
		await fold();
		let [, behind] = await functions.call('today_fold', TAG, { now: floor.now, limit: 1, offset: 0 });
		const told = {};
		await oneLeg();
		await floor.connected('c2', 'ann', { queue: 'support', at: floor.now });
		later(3000);
		await floor.call('consult_begin', { conv: 'c2', agent: 'ann', queue: 'sales', target: '', until: floor.now + 30000 });
		await floor.onQueue('bob');
		await floor.accept(await floor.offered('c2~c', 'bob'), 'c2~c', 'bob');
		later(2000);
		await floor.step('conv_park', { conv: 'c2', leg: 2, agent: 'bob', until: 0 });
		later(4000);
		await floor.step('conv_assign', { conv: 'c2', leg: 2, agent: 'bob', how: 'resume' });
		later(1000);
		await floor.step('conv_release', { conv: 'c2', leg: 2 });
		const events = await functions.redis.call('XRANGE', `${TAG}:events`, '-', '+');
		let short = 0;
		for (const [id, flat] of events) {
			const event = entryFields(flat);
			short += toldOf(event).length > 2;
			const call = (cursor) => functions.redis.call('FCALL', 'today_told', 1, TAG, floor.now, 0, cursor, id, ...toldOf(event));
			const [word, cursor, day, ...sums] = await call(behind);
			assert.deepEqual([word, cursor, day], ['ok', id, DAY]);
			Object.assign(told, fieldsOf(sums));
			assert.deepEqual(await call(behind), ['moved'], 'once');
			behind = id;
		}
		assert.deepEqual([short, told['q support talk_ms'], told['q sales talk_ms'], told['a ann talk_ms'], told['a bob talk_ms']],
			[3, 63_000, 3000, 63_000, 3000]);
		assert.deepEqual([told['q support legs'], told['q sales legs']], [2, 2]);
		assert.deepEqual(await functions.redis.call('HGETALL', `${TAG}:today:open`), []);
		await functions.redis.call('DEL', `${TAG}:today:cursor`, ...(await functions.redis.keys(`${TAG}:today:*`)));
		await functions.redis.call('SET', `${TAG}:today:cursor`, '0-1');
		await fold();
		assert.ok(Object.keys(figures).length > 8);
		assert.deepEqual(told, figures);
	});

	it('is the same of what a router has summed up, each sum once', async () => {
		await fold();
		let [, behind] = await functions.call('today_fold', TAG, { now: floor.now, limit: 1, offset: 0 });
		await floor.onQueue('ann');
		await floor.onQueue('bob');
		for (const [conv, agent] of [['c1', 'ann'], ['c2', 'ann'], ['c3', 'bob']]) {
			await floor.enqueue(conv, { queue: 'support', at: floor.now });
			later(conv === 'c2' ? 25_000 : 5000);
			await floor.accept(await floor.offered(conv, agent), conv, agent);
		}
		for (const conv of ['c1', 'c3']) await floor.step('conv_release', { conv, leg: 1 });
		const events = (await functions.redis.call('XRANGE', `${TAG}:events`, '-', '+'))
			.map(([id, flat]) => [id, entryFields(flat)]).filter(([id]) => id > behind);
		const rest = events.filter(([, { e }]) => e !== 'accepted' && e !== 'released' && e !== 'offer');
		const states = events.filter(([, { e, ars, at }]) => (e === 'accepted' || e === 'released') && ars === at)
			.map(([, { a, ar, at }]) => ['state', a, ar, at]);
		const lumps = [
			['agent', 'ann', NOON + 5000, 2, 30_000], ['agent', 'bob', NOON + 35_000, 1, 0],
			['queue', 'support', NOON + 5000, 3, 2, 35_000, 25_000, 2, 30_000],
			['agent', 'carl', NOON, '', ''], ['queue', 'sales', NOON, '', '', '', '', '', ''],
		];
		const all = [...rest.map(([, event]) => toldOf(event)), ...states, ...lumps].flat();
		const call = () => functions.redis.call('FCALL', 'today_told', 1, TAG, floor.now, 0, behind, events.at(-1)[0], ...all);
		const [word, cursor, day, ...sums] = await call();
		assert.deepEqual([word, cursor, day], ['ok', events.at(-1)[0], DAY]);
		assert.deepEqual(await call(), ['moved'], 'once');
		const points = async () => {
			const keys = await functions.redis.keys(`${TAG}:points:*`);
			return Promise.all(keys.map(async (key) => [key, await functions.redis.hash(key)]));
		};
		const [told, drawn] = [fieldsOf(sums), await points()];
		await functions.redis.call('DEL', ...(await functions.redis.keys(`${TAG}:today:*`)), ...drawn.map(([key]) => key));
		await functions.redis.call('SET', `${TAG}:today:cursor`, behind);
		figures = {};
		await fold();
		assert.equal(figures['q support wait_max_ms'], 25_000);
		assert.deepEqual(told, figures);
		assert.deepEqual(drawn, await points());
		assert.ok(drawn.length > 1);
	});

	it('has an offer that was declined, and one that nobody answered', async () => {
		await floor.onQueue('ann');
		await floor.enqueue('c1', { queue: 'support', at: floor.now });
		await decline(await floor.offered('c1', 'ann'));
		await floor.onQueue('ann');
		await decline(await floor.offered('c1', 'ann'), 'timeout');
		await fold();
		assert.deepEqual([figures['a ann declined'], figures['a ann missed'], figures['q support not_answered']], [1, 1, 2]);
		assert.equal(figures['q support answered'], undefined);
	});

	it('has what was given up while it waited, and what went to another queue', async () => {
		await floor.enqueue('c1', { queue: 'support', at: floor.now });
		await floor.enqueue('c2', { queue: 'support', at: floor.now });
		later(1000);
		await floor.step('conv_release', { conv: 'c1', leg: 1 });
		await floor.step('conv_move', { conv: 'c2', leg: 1, queue: 'sales', why: 'transfer' });
		await fold();
		assert.deepEqual(['offered', 'abandoned', 'flow_out'].map((x) => figures[`q support ${x}`]), [2, 1, 1]);
		assert.equal(figures['q sales offered'], 1);
	});

	it('has what an agent gave to another queue as a transfer, not as flow-out', async () => {
		await floor.onQueue('ann');
		await floor.enqueue('c1', { queue: 'support', at: floor.now });
		await floor.accept(await floor.offered('c1', 'ann'));
		later(7000);
		await floor.step('conv_move', { conv: 'c1', leg: 2, queue: 'sales', why: 'transfer', from: 'ann' });
		await fold();
		assert.deepEqual([figures['q support transfers'], figures['q support flow_out'], figures['a ann transfers'],
			figures['q support talk_ms'], figures['q sales offered']], [1, undefined, 1, 7000, 1]);
	});

	it('answers too late where the queue promises less', async () => {
		await functions.redis.call('HSET', `${TAG}:queue:support`, 'service_level_s', 9);
		await oneLeg();
		await fold();
		assert.equal(figures['q support answered'], 1);
		assert.equal(figures['q support in_time'], undefined);
	});

	it('has the after-call work of who handed a conversation over in the queue that they had it in', async () => {
		await floor.onQueue('ann');
		await floor.onQueue('bob');
		await floor.enqueue('c1', { queue: 'support', at: floor.now });
		await floor.accept(await floor.offered('c1', 'ann'));
		await floor.call('consult_begin', { conv: 'c1', agent: 'ann', queue: 'sales', target: '', until: floor.now + 30000 });
		await floor.accept(await floor.offered('c1~c', 'bob'), 'c1~c', 'bob');
		await floor.step('acw_begin', { agent: 'ann', had_q: 'support', acw_until: 0, acw_holds: '0' });
		later(4000);
		await floor.step('acw_end', { agent: 'ann' });
		await fold();
		assert.deepEqual(['q support acw_ms', 'a ann acw_ms', 'q support legs'].map((field) => figures[field]), [4000, 4000, 1]);
	});

	it('has talks that began before their events told how long they were', async () => {
		await floor.onQueue('ann');
		await floor.connected('c1', 'ann', { queue: 'support', at: floor.now });
		await fold();
		await keepAsBefore(functions.redis, 'c1', ['began']);
		await functions.redis.call('HSET', `${TAG}:today:open`, 'c1', `${floor.now} ann support`);
		later(9000);
		await floor.step('conv_release', { conv: 'c1', leg: 1 });
		await fold();
		assert.deepEqual(['q support talk_ms', 'a ann talk_ms', 'q support legs'].map((field) => figures[field]), [9000, 9000, 1]);
		assert.deepEqual(await functions.redis.call('HGETALL', `${TAG}:today:open`), []);
	});

	it('has talks that an older router took down, whose ends it did not count', async () => {
		const told = (e, c, more) => functions.redis.call('XADD', `${TAG}:events`, '*', ...Object.entries(
			{ e, at: floor.now, a: 'ann', c, q: 'support', leg: 1, since: floor.now, entered: floor.now, ...more }).flat());
		await told('accepted', 'c1', { epoch: 1 });
		await told('assigned', 'c2', { how: 'outbound' });
		later(9000);
		await told('released', 'c1', { why: 'agent', acw: '' });
		await fold();
		assert.deepEqual(['q support answered', 'q support talk_ms', 'a ann talk_ms', 'q support legs', 'a ann handled'].map((field) => figures[field]),
			[1, 9000, 9000, 1, 2]);
		later(1000);
		await told('parked', 'c2', { until: 0 });
		await fold();
		assert.deepEqual([figures['q support talk_ms'], await functions.redis.call('HGETALL', `${TAG}:today:open`)], [19_000, []]);
	});

	it('ends at midnight of the router’s own day, and the time of a status is divided there', async () => {
		const offset = 3_600_000;
		floor.now = (DAY + 1) * DAY_MS - offset - 4000; // four seconds before it
		await floor.onQueue('ann');
		later(10_000);
		await floor.call('agent_status', { agent: 'ann', on: 0, cap: 3 });
		assert.equal(await fold({ offset }), DAY + 1);
		assert.equal(figures['a ann idle_ms'], 6000);
		const [, before] = await functions.call('today_read', TAG, { day: DAY, cursor: 0 });
		assert.equal(fieldsOf(before)['a ann idle_ms'], '4000');
	});
});

describe('the points of a day', () => {
	it('have what happened and the most that stood in each minute, of a queue and of the floor', async () => {
		await oneLeg();
		await fold();
		await functions.redis.call('FCALL', 'today_sample', 1, TAG, NOON, 'support', 2, 3, '', 2, 3);
		await functions.redis.call('FCALL', 'today_sample', 1, TAG, NOON + 5000, 'support', 1, 4);
		for (const [q, most] of [['support', '4'], ['', '3']]) {
			const hours = await functions.call('points_read', TAG, { q, hours: 1, now: floor.now });
			assert.equal(hours.length, 2);
			assert.deepEqual([Number(hours[1][0]), fieldsOf(hours[1][1])], [NOON,
				{ '0 offered': '1', '0 answered': '1', '0 in_time': '1', '0 waiting': '2', '0 on_queue': most }]);
		}
	});
});
