// Thousands of random calls of the floor's functions beside a model of what they promise: the same
// verdicts, the same state, no conversation lost, none with two agents, nothing that rings for ever.

import assert from 'node:assert/strict';
import { it } from 'node:test';

import { placeOf } from './lib/floor.mjs';
import { fieldsOf, Functions } from './lib/functions.mjs';

const TAG = '{acd}';
const CALLS = Number(process.env.BINDERY_MODEL_CALLS ?? 6000);
const SEED = Number(process.env.BINDERY_MODEL_SEED ?? 1);
const AGENTS = ['ann', 'bob', 'cy', 'dee'];
const CONVERSATIONS = Array.from({ length: 10 }, (_, i) => `c${i}`);
const ROUTERS = ['r1', 'r2'];

const functions = Functions.forTests();

// mulberry32: the same seed walks the same road.
function generator(seed) {
	let state = seed >>> 0;
	return (n) => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) % n;
	};
}

class Model {
	constructor(random) {
		this.random = random;
		this.now = 1_700_000_000_000;
		this.epoch = 0;
		this.steps = 0;
		this.conversations = new Map();
		this.agents = new Map();
	}

	pick(list) {
		return list[this.random(list.length)];
	}

	agent(name) {
		return this.agents.get(name) ?? { on: false, missed: false, cap: 0, conns: new Set() };
	}

	known(name, cap) {
		this.agents.set(name, { ...this.agent(name), cap });
		return this.agents.get(name);
	}

	has(name, state) {
		const mine = [...this.conversations].filter(
			([, c]) => c.agent === name && (!state || c.state === state));
		return mine.map(([id]) => id).sort();
	}

	fit(name) {
		const agent = this.agent(name);
		return agent.on && !agent.missed && agent.conns.size > 0 && this.has(name).length < agent.cap;
	}

	back(id) {
		Object.assign(this.conversations.get(id), { state: 'waiting', agent: '' });
	}

	rescind(name) {
		const ringing = this.has(name, 'alerting');
		for (const id of ringing) this.back(id);
		return ringing.length;
	}

	lose(name) {
		const agent = this.agent(name);
		agent.away ??= this.now;
		return this.rescind(name) + 1;
	}

	// An epoch that is mostly the right one.
	guess(id) {
		const epoch = this.conversations.get(id)?.epoch ?? 0;
		return this.random(4) ? epoch : this.random(this.epoch + 2);
	}
}

// Each makes up a call: [arguments, verdict, number of events]; the model has moved when it returns.
const CALLED = {
	conv_enqueue(m) {
		const conv = m.pick(CONVERSATIONS);
		const again = m.steps > 0 && m.random(8) === 0;
		const id = again ? `${m.steps}-0` : `${(m.steps += 1)}-0`;
		const at = m.now - m.random(100000);
		const named = { source: 's', id, conv, part: 3, leg: 1, queue: 'q', at, ours: 'o', customer: 'k', last: '' };
		if (again || m.conversations.has(conv)) return [named, 'done', 0];
		m.conversations.set(conv, { state: 'waiting', agent: '', epoch: 0, at });
		return [named, 'ok', 1];
	},
	conv_release(m) {
		const conv = m.pick(CONVERSATIONS);
		const leg = 1 + (m.random(8) === 0);
		const named = { source: 's', id: `${(m.steps += 1)}-0`, conv, leg };
		const rings = m.conversations.get(conv)?.state === 'alerting';
		if (leg !== 1 || !m.conversations.delete(conv)) return [named, 'done', 0];
		return [named, 'ok', rings ? 2 : 1];
	},
	offer_make(m) {
		const waiting = [...m.conversations].filter(([, c]) => c.state === 'waiting').map(([id]) => id);
		const conv = m.random(4) && waiting.length ? m.pick(waiting) : m.pick(CONVERSATIONS);
		const agent = m.pick(AGENTS);
		const until = m.now + 30000;
		const named = { conv, agent, until, how: 'standard' };
		const c = m.conversations.get(conv);
		if (c?.state !== 'waiting' || !m.fit(agent)) return [named, 'no', 0];
		m.epoch += 1;
		Object.assign(c, { state: 'alerting', agent, epoch: m.epoch, until });
		return [named, 'ok', 1];
	},
	offer_accept(m) {
		const conv = m.pick(CONVERSATIONS);
		const c = m.conversations.get(conv);
		const agent = m.random(3) && c?.agent ? c.agent : m.pick(AGENTS);
		const epoch = m.guess(conv);
		const named = { conv, agent, epoch };
		if (!c || c.agent !== agent || c.epoch !== epoch) return [named, 'conflict', 0];
		const again = c.state === 'connected';
		c.state = 'connected';
		return again ? [named, 'again', 0] : [named, 'ok', 1];
	},
	offer_end(m) {
		const conv = m.pick(CONVERSATIONS);
		const c = m.conversations.get(conv);
		const why = m.pick(['declined', 'timeout', 'rescinded']);
		const agent = why === 'declined' ? m.pick(AGENTS) : '';
		const epoch = m.guess(conv);
		const named = { conv, agent, epoch, why };
		if (c?.state !== 'alerting' || c.epoch !== epoch || (agent && agent !== c.agent))
			return [named, 'conflict', 0];
		const name = c.agent;
		m.back(conv);
		if (why === 'rescinded') return [named, 'ok', 1];
		m.agent(name).missed = true;
		return [named, 'ok', 1 + m.rescind(name)];
	},
	agent_status(m) {
		const agent = m.pick(AGENTS);
		const on = m.random(3) > 0;
		const cap = m.random(5);
		Object.assign(m.known(agent, cap), { on, missed: false });
		return [{ agent, on: on ? '1' : '0', cap }, 'ok', 1 + (on ? 0 : m.rescind(agent))];
	},
	agent_up(m) {
		const agent = m.pick(AGENTS);
		const conn = `${m.pick(ROUTERS)}:${m.random(2)}`;
		const cap = m.random(5);
		const a = m.known(agent, cap);
		a.conns.add(conn);
		a.away = undefined;
		return [{ agent, conn, cap }, 'ok', 1];
	},
	agent_down(m) {
		const agent = m.pick(AGENTS);
		const conn = `${m.pick(ROUTERS)}:${m.random(2)}`;
		const a = m.agent(agent);
		if (!a.conns.delete(conn)) return [{ agent, conn }, 'ok', 0];
		if (a.conns.size) return [{ agent, conn }, 'ok', 1];
		return [{ agent, conn }, 'ok', m.lose(agent)];
	},
	agent_sweep(m) {
		if (m.random(10)) return CALLED.offer_make(m);
		const router = m.pick(ROUTERS);
		let events = 0;
		for (const [name, a] of m.agents) {
			const lost = [...a.conns].filter((conn) => conn.startsWith(`${router}:`));
			for (const conn of lost) a.conns.delete(conn);
			if (lost.length) events += a.conns.size ? 1 : m.lose(name);
		}
		return [{ router }, 'ok', events, 'agent_sweep'];
	},
	agent_gone(m) {
		const before = m.now - m.random(20000);
		let events = 0;
		for (const a of m.agents.values()) {
			if (a.away === undefined || a.away > before) continue;
			a.away = undefined;
			if (!a.on || a.conns.size) continue;
			Object.assign(a, { on: false, missed: false });
			events += 1;
		}
		return [{ before }, 'ok', events];
	},
};

// The floor as Redis has it, in the words of the model.
async function seen() {
	const { redis } = functions;
	const scored = async (list) => fieldsOf(await redis.call('ZRANGE', `${TAG}:${list}`, 0, -1, 'WITHSCORES'));
	const members = async (key) => (await redis.call('SMEMBERS', `${TAG}:${key}`)).sort();
	const [waiting, alerting, away] = await Promise.all(['waiting', 'alerting', 'away'].map(scored));
	const agents = {};
	for (const name of AGENTS) {
		const [facts, load, alert, conns] = await Promise.all([
			redis.hash(`${TAG}:agent:${name}`), members(`agent:${name}:load`),
			members(`agent:${name}:alert`), members(`agent:${name}:conns`),
		]);
		agents[name] = { on: facts.on === '1', missed: facts.nr === '1', load, alert, conns };
	}
	const conversations = {};
	for (const id of CONVERSATIONS) {
		const { state, agent = '', epoch } = await placeOf(redis, id);
		if (state) conversations[id] = { state, agent, epoch: Number(epoch) };
	}
	return { waiting, alerting, away: Object.keys(away).sort(), agents, conversations };
}

function expected(m) {
	const of = (state, score) =>
		Object.fromEntries([...m.conversations].filter(([, c]) => c.state === state)
			.map(([id, c]) => [id, String(c[score])]));
	const agents = {};
	for (const name of AGENTS) {
		const { on, missed, conns } = m.agent(name);
		agents[name] = { on, missed, load: m.has(name), alert: m.has(name, 'alerting'), conns: [...conns].sort() };
	}
	const conversations = {};
	for (const id of CONVERSATIONS) {
		const c = m.conversations.get(id);
		if (c) conversations[id] = { state: c.state, agent: c.agent, epoch: c.epoch };
	}
	const away = [...m.agents].filter(([, a]) => a.away !== undefined).map(([name]) => name).sort();
	return { waiting: of('waiting', 'at'), alerting: of('alerting', 'until'), away, agents, conversations };
}

// Promises that are none of the model's: they are held against what Redis has.
function holdsTogether({ waiting, alerting, agents, conversations }) {
	for (const [id, { state, agent }] of Object.entries(conversations)) {
		const holders = AGENTS.filter((name) => agents[name].load.includes(id));
		assert.deepEqual(holders, state === 'waiting' ? [] : [agent], `${id} is ${state}`);
		assert.equal(id in waiting, state === 'waiting', `${id} waits`);
		assert.equal(id in alerting, state === 'alerting', `${id} has a deadline`);
	}
	for (const { load, alert, conns } of Object.values(agents)) {
		for (const id of load) assert.ok(conversations[id], `${id} is in a load and nowhere else`);
		for (const id of alert) assert.ok(load.includes(id) && id in alerting, `${id} rings`);
		assert.ok(conns.length || !alert.length, 'nothing rings at an agent who is away');
	}
}

it(`${CALLS} random calls do as the model does, seed ${SEED}`, async () => {
	const model = new Model(generator(SEED));
	const names = Object.keys(CALLED);
	const road = [];
	const verdicts = new Map();
	for (let i = 0; i < CALLS; i++) {
		model.now += model.random(3000);
		const asked = model.pick(names);
		const [named, verdict, events] = CALLED[asked](model);
		const name = 'router' in named ? 'agent_sweep' : asked === 'agent_sweep' ? 'offer_make' : asked;
		road.push(`${name} ${JSON.stringify(named)}`);
		const reply = await functions.call(name, TAG, { now: model.now, ...named });
		const told = verdict === 'ok' ? reply.length - 1 : 0;
		const where = `call ${i}:\n${road.slice(-12).join('\n')}`;
		assert.deepEqual([reply[0], told], [verdict, events], where);
		verdicts.set(`${name} ${verdict}`, (verdicts.get(`${name} ${verdict}`) ?? 0) + 1);
		if (i % 10 && i !== CALLS - 1) continue;
		const state = await seen();
		assert.deepEqual(state, expected(model), where);
		holdsTogether(state);
	}
	for (const name of names) assert.ok(verdicts.get(`${name} ok`) > 20, `${name} was done`);
	for (const name of ['offer_make no', 'offer_accept conflict', 'offer_accept again', 'conv_enqueue done'])
		assert.ok(verdicts.get(name) > 20, `${name} was met`);
});
