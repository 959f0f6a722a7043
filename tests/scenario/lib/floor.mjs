// The floor's functions as the router calls them, and what must hold on the floor whatever was called.

import assert from 'node:assert/strict';
import { beforeEach } from 'node:test';

import { fieldsOf } from './functions.mjs';

export const TAG = '{acd}';

// What a conversation on the floor is kept as, in order (offer.lua).
const KEPT = [
	'state', 'agent', 'queue', 'epoch', 'at', 'until', 'last', 'tried', 'leg', 'prio', 'skills', 'entered', 'kind', 'from',
	'pref', 'pref_until', 'part', 'ours', 'customer', 'ring', 'how', 'alone', 'began', 'asked',
];

// A conversation on the floor, without what is empty; {} where there is none.
export async function placeOf(redis, id) {
	const text = await redis.call('GET', `${TAG}:conv:${id}`);
	const values = text === null ? [] : text.split('\0');
	if (text !== null) assert.equal(values.length, KEPT.length + 1);
	return Object.fromEntries(KEPT.map((field, i) => [field, values[i]]).filter(([, value]) => value));
}

// It is kept as it was before it was one text, without `fields`.
export async function keepAsBefore(redis, id, without = []) {
	const place = Object.entries(await placeOf(redis, id)).filter(([field]) => !without.includes(field));
	await redis.call('DEL', `${TAG}:conv:${id}`);
	await redis.call('HSET', `${TAG}:conv:${id}`, ...place.flat());
}

// The events in a function's answer.
export const eventsOf = ([, ...events]) => events.map((e) => ({ id: e[0], ...fieldsOf(e.slice(1)) }));

export class Floor {
	constructor(functions, now = 1_700_000_000_000) {
		Object.assign(this, { functions, redis: functions.redis, now, steps: 0 });
	}

	// For all tests of a file: empty before each.
	static forTests(functions, now = 1_700_000_000_000) {
		const floor = new Floor(functions, now);
		beforeEach(() => {
			Object.assign(floor, { now, steps: 0 });
		});
		return floor;
	}

	// The same with ann and bob on queue, and one who can have nothing.
	static staffedForTests(functions, now) {
		const floor = Floor.forTests(functions, now);
		beforeEach(async () => {
			await floor.onQueue('ann');
			await floor.onQueue('bob');
			await floor.onQueue('full', 0);
		});
		return floor;
	}

	call(name, named) {
		return this.functions.call(name, TAG, { now: this.now, ...named });
	}

	// A step, as an event of a conversation asks for it.
	step(name, named) {
		this.steps += 1;
		return this.call(name, { source: '{c3}:events', id: `${this.steps}-0`, conv: 'c1', part: 3, leg: 1, ...named });
	}

	enqueue(conv = 'c1', named = {}) {
		return this.step('conv_enqueue', {
			conv, queue: 'front', at: this.now - 5000, ours: '+15550100', customer: '+15550199', last: '', ...named,
		});
	}

	async onQueue(agent = 'ann', cap = 3) {
		await this.call('agent_status', { agent, on: 1, cap });
		await this.call('agent_up', { agent, conn: `r1:${agent}`, cap });
	}

	// Offers what waits to the agent; → its epoch.
	async offered(conv = 'c1', agent = 'ann') {
		const reply = await this.call('offer_make', { conv, agent, until: this.now + 30000, how: 'standard' });
		assert.equal(reply[0], 'ok', `${reply}`);
		return eventsOf(reply)[0].epoch;
	}

	accept(epoch, conv = 'c1', agent = 'ann') {
		return this.call('offer_accept', { conv, agent, epoch });
	}

	async connected(conv = 'c1', agent = 'ann', named = {}) {
		await this.enqueue(conv, named);
		const epoch = await this.offered(conv, agent);
		assert.equal((await this.accept(epoch, conv, agent))[0], 'ok');
		return epoch;
	}

	// All pages of what floor_read reads of a list.
	async read(of, limit = 100) {
		const rows = new Map();
		for (let cursor = '0', page; page === undefined || cursor !== '0'; ) {
			page = await this.call('floor_read', { of, cursor, limit });
			[cursor] = page;
			for (const row of page[3]) rows.set(row[0], row);
		}
		return [...rows.values()];
	}

	conv(id = 'c1') {
		return placeOf(this.redis, id);
	}

	async members(key) {
		return (await this.redis.call('SMEMBERS', `${TAG}:${key}`)).sort();
	}

	async scored(key) {
		return fieldsOf(await this.redis.call('ZRANGE', `${TAG}:${key}`, 0, -1, 'WITHSCORES'));
	}

	// What must hold: every conversation is in the one list of its state and in the sets of its agent alone, and
	// nothing else is in any of them.
	async holdsTogether() {
		const lists = { waiting: [], alerting: [], connected: [], parked: [] };
		const timed = [];
		const agents = await this.members('agents');
		for (const key of await this.redis.keys(`${TAG}:conv:*`)) {
			const id = key.slice(`${TAG}:conv:`.length);
			const c = await this.conv(id);
			const { state, agent = '' } = c;
			lists[state].push([id, agent]);
			if (state === 'parked' && c.until !== '0') timed.push(id);
			assert.equal(agent === '', state === 'waiting', `${id} is ${state} with agent "${agent}"`);
			assert.ok(c.part && c.leg && c.queue && c.at && c.entered, `${id} knows where it stands`);
			if (!id.endsWith('~c')) continue;
			assert.equal(c.kind, 'consult');
			const { state: whole, agent: from } = await this.conv(id.slice(0, -2));
			assert.deepEqual([whole, from], ['connected', c.from], `${id} is asked beside who has it`);
		}
		const of = (name, ...states) =>
			states.flatMap((state) => lists[state]).filter(([, agent]) => agent === name).map(([id]) => id).sort();
		for (const name of agents) {
			assert.deepEqual(await this.members(`agent:${name}:load`), of(name, 'alerting', 'connected'), `load of ${name}`);
			assert.deepEqual(await this.members(`agent:${name}:alert`), of(name, 'alerting'), `what rings at ${name}`);
			assert.deepEqual(await this.members(`agent:${name}:parked`), of(name, 'parked'), `parked by ${name}`);
		}
		for (const list of ['waiting', 'alerting'])
			assert.deepEqual(Object.keys(await this.scored(list)).sort(), lists[list].map(([id]) => id).sort(), list);
		assert.deepEqual(Object.keys(await this.scored('parked')).sort(), timed.sort(), 'deadlines of what is parked');
		await this.#afterCallWork(agents);
	}

	async #afterCallWork(agents) {
		const due = {};
		for (const name of agents) {
			const entries = await this.redis.hash(`${TAG}:agent:${name}:acw`);
			for (const [leg, entry] of Object.entries(entries)) {
				const [until] = entry.split(' ');
				if (until !== '0') due[`3 ${leg.split(' ')[1]} ${leg.split(' ')[0]} ${name}`] = until;
			}
		}
		const told = await this.scored('acw'); // later where it was told already
		assert.deepEqual(Object.keys(told).sort(), Object.keys(due).sort(), 'deadlines of after-call work');
		for (const [leg, next] of Object.entries(told)) assert.ok(next >= due[leg], `${leg} is told after its time`);
	}
}
