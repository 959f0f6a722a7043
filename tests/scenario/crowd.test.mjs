// Nobody twice: a crowd of agents who accept, decline, let it ring and drop their connections by lot while
// customers write, two routers on one Redis, of which the one that works is killed now and then. Afterwards the
// events tell whether a conversation had two agents, was stuck, lost, or overtaken by one behind it that needs the
// same skills.
// BINDERY_CROWD_AGENTS and BINDERY_CROWD_TEXTS set the size; 500 and 10000 for the full measure.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, OURS, PASSWORD, Random, Refused, waitFor, World } from './lib/index.mjs';
import { Pair } from './lib/pair.mjs';

const AGENTS = Number(process.env.BINDERY_CROWD_AGENTS ?? 60);
const TEXTS = Number(process.env.BINDERY_CROWD_TEXTS ?? 600);
const KILLS = 3;
const FRENCH = '+15550101'; // what comes here asks for a skill that every other agent has
const PATIENCE = { timeout: 60_000 + TEXTS * 100 };

class Hand {
	constructor(pair, agent, random) {
		Object.assign(this, { pair, agent, random, open: new Set(), over: false, refusals: [] });
		agent.onEvent = (event) => this.#on(event);
		for (const { id } of agent.snapshot.conversations) this.open.add(id);
		this.loops = [this.#keepUp(), this.#work()];
	}

	async stop() {
		this.over = true;
		this.agent.socket.terminate();
		await Promise.all(this.loops);
	}

	// What is asked again later if there was no answer, and let go of if it was refused.
	async #try(what) {
		try {
			await what();
			return true;
		} catch (error) {
			// Said on a connection that has not been greeted yet, or while nobody could answer.
			if (!(error instanceof Refused) || ['unavailable', 'hello_first'].includes(error.code)) return false;
			this.refusals.push(error.code);
			return true;
		}
	}

	#on(event) {
		if (event.type === 'connected') this.open.add(event.conversation.id);
		else if (event.type === 'closed') this.open.delete(event.conversation);
		else if (event.type === 'snapshot') this.open = new Set(event.conversations.map(({ id }) => id));
		else if (event.type === 'offer') this.#offered(event.offer);
	}

	#offered(offer) {
		const lot = this.random.next();
		if (lot < 0.03) this.agent.socket.terminate();
		else if (lot < 0.05) return; // let it ring
		else if (lot < 0.15) this.#try(() => this.agent.decline(offer));
		else this.#try(() => this.agent.accept(offer));
	}

	async #keepUp() {
		while (!this.over) {
			await this.agent.closed;
			while (!this.over) {
				const door = await this.pair.working(PATIENCE);
				this.agent.base = door.base;
				if (await this.agent.connect().then(() => true, () => false)) break;
			}
		}
	}

	// Closes what is open, and comes back after what was declined or missed.
	async #work() {
		while (!this.over) {
			for (const id of [...this.open]) {
				if (await this.#try(() => this.agent.close(id, 'Resolved'))) this.open.delete(id);
			}
			const facts = this.agent.events.all.findLast?.(({ type }) => type === 'agent')?.agent;
			if (!facts || !['idle', 'interacting'].includes(facts.routing))
				await this.#try(() => this.agent.request('status', { routing: 'on_queue' }, { timeout: 2000 }));
			await new Promise((resolve) => setTimeout(resolve, 20 + this.random.between(0, 60)));
		}
	}
}

// Is stream id x behind y?
function later(x, y) {
	const [[xm, xs], [ym, ys]] = [x, y].map((id) => id.split('-').map(Number));
	return xm > ym || (xm === ym && xs > ys);
}

// Follows every conversation through the events of the floor. One is overtaken where a younger one that needs the
// same is offered by a choice that knew that it waits.
function judge(events) {
	const at = new Map(); // conversation → { state, agent, epoch, since, from: the event by which it waits }
	const held = new Map(); // agent → conversations
	let overtaken = 0;
	for (const { id, e, c, a, epoch, since, skills, seen } of events) {
		const now = at.get(c);
		if (e === 'waiting') {
			assert.equal(now, undefined, `${c} waits twice`);
			at.set(c, { state: 'waiting', since: Number(since), skills, from: id });
		} else if (e === 'offer') {
			assert.match(seen, /^\d+-\d+$/, 'an offer says what its choice knew of');
			assert.equal(now?.state, 'waiting', `${c} offered to ${a} while it is ${now?.state} with ${now?.agent}`);
			for (const other of at.values())
				overtaken += other.state === 'waiting' && other.skills === now.skills && other.since < now.since && !later(other.from, seen);
			at.set(c, { ...now, state: 'alerting', agent: a, epoch });
			held.set(a, (held.get(a) ?? new Set()).add(c));
		} else if (e === 'unoffered') {
			assert.deepEqual([now.state, now.agent, now.epoch], ['alerting', a, epoch]);
			at.set(c, { ...now, state: 'waiting', agent: '', from: id });
			held.get(a).delete(c);
		} else if (e === 'accepted') {
			assert.deepEqual([now.state, now.agent, now.epoch], ['alerting', a, epoch]);
			now.state = 'connected';
		} else if (e === 'released') {
			assert.equal(now.state, 'connected');
			held.get(now.agent).delete(c);
			now.state = 'over';
		}
	}
	return { at, held, overtaken };
}

// The same by what the conversations themselves tell: nobody is connected to one that somebody has, and only who
// has it closes it. → how many were closed.
function judgeConversations(events) {
	const has = new Map();
	let closed = 0;
	for (const { e, c, a } of events) {
		if (e === 'connected') {
			assert.equal(has.get(c), undefined, `${c} is connected to ${a} and ${has.get(c)}`);
			has.set(c, a);
		} else if (e === 'closed') {
			assert.equal(has.get(c), a);
			has.delete(c);
			closed += 1;
		}
	}
	assert.deepEqual([...has], []);
	return closed;
}

test(`${AGENTS} agents and ${TEXTS} conversations, two routers, ${KILLS} of them killed`, { timeout: 2 * PATIENCE.timeout }, async (t) => {
	const world = await World.start(t, {
		router: false,
		carrier: { keepLog: false },
		changes: { router: { instance: 'router-1' }, queues: [{ name: 'support', alerting_timeout_s: 7, wrap_up_codes: ['Resolved'] }], numbers: [OURS, FRENCH].map((address) => ({ address, carrier: 'acme', queue: 'support', programme: 'shop', skills: address === FRENCH ? ['french'] : [] })), log: { level: 'info' } },
	});
	const pair = await Pair.start(world);
	const hands = [];
	try {
		await run(t, world, pair, hands);
	} finally {
		await Promise.all(hands.map((hand) => hand.stop()));
		await pair.stop();
	}
});

async function run(t, world, pair, hands) {
	const random = new Random(t);
	const first = await pair.working();
	const idle = pair.other(first);
	await waitFor(async () => (await fetch(`${idle.base}/readyz`).then((answer) => answer.text())).includes('stands by'));
	const refused = await fetch(`${idle.base}/api/v2/users/me`);
	assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1']);

	for (let i = 0; i < AGENTS; i++) {
		await world.addUser(`agent${i}`, { capacity: random.between(1, 4) });
		if (i % 2) await world.command('bindery-router', ['user', 'skill', `agent${i}`, 'french', '3']);
		hands.push(new Hand(pair, await Agent.start(first.base, `agent${i}`, PASSWORD), random));
	}
	let taken = 0;
	const customers = Array.from({ length: TEXTS }, (_, i) => `+1555${String(100_000 + i)}`);
	const write = async () => {
		for (let from = customers.pop(); from; from = customers.pop()) {
			await world.carrier.deliverUntilTaken({ from, to: random.next() < 0.5 ? OURS : FRENCH, text: `I am ${from}` });
			taken += 1;
		}
	};
	const writing = Promise.all(Array.from({ length: 8 }, write));
	for (let i = 0; i < KILLS; i++) {
		const mark = Math.floor((TEXTS * (i + random.next())) / KILLS);
		await waitFor(() => taken >= mark, PATIENCE);
		const victim = await pair.working(PATIENCE);
		await pair.kill(victim);
		await pair.working(PATIENCE);
		pair.startOne(victim);
	}
	await writing;

	const events = [];
	const readOn = async () => {
		const more = await world.redis.stream('{acd}:events', events.at(-1)?.id);
		for (const { id, fields } of more) events.push({ ...fields, id });
		return more.map(({ fields }) => fields);
	};
	const last = new Map();
	await waitFor(
		async () => {
			for (const event of await readOn()) last.set(event.c, event);
			return [...last.values()].filter(({ e }) => e === 'released').length === TEXTS;
		},
		{
			...PATIENCE,
			what: () => `${TEXTS} conversations are over; not so ${JSON.stringify([...last.values()].filter(({ e, c }) => c && e !== 'released').slice(0, 5))} of ${last.size}`,
		},
	);
	const { at, held, overtaken } = judge(events);
	assert.equal(at.size, TEXTS, 'every conversation came to the floor');
	assert.deepEqual([...at.values()].filter(({ state }) => state !== 'over'), []);
	assert.equal(overtaken, 0);
	let closed = 0;
	for (let p = 0; p < 16; p++) closed += judgeConversations((await world.redis.stream(`{c${p}}:events`)).map(({ fields }) => fields));
	assert.equal(closed, TEXTS);
	const french = events.filter(({ e, skills }) => e === 'offer' && skills === 'french');
	assert.ok(french.length > 0);
	for (const { a } of french) assert.equal(Number(a.slice(5)) % 2, 1, `${a} speaks no French`);
	assert.deepEqual([...held.values()].filter(({ size }) => size), []);
	for (let i = 0; i < AGENTS; i++) assert.equal(await world.redis.call('SCARD', `{acd}:agent:agent${i}:load`), 0);
	const door = await pair.working();
	await waitFor(async () => (await world.metric(door.base, 'bindery_sweeps_total')) > 0, { timeout: 60_000, what: 'a sweep' });
	assert.equal(await world.metric(door.base, 'bindery_sweep_found'), 0);
	assert.deepEqual(hands.flatMap(({ agent }) => agent.doubled), []);
	// A late accept or decline loses cleanly, and nothing else is refused.
	assert.deepEqual([...new Set(hands.flatMap(({ refusals }) => refusals))].filter((code) => code !== 'conflict'), []);
}
