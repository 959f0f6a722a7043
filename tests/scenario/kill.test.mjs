// kill -9 in the midst of traffic. A hundred customers write at once, agents answer every text, and at
// moments drawn by lot the gateway, the router or Redis is killed and started again. Afterwards:
// every deliver_sm answered ROK is in one conversation, once, in order; every reply that an agent was
// told is accepted was submitted or is visible as unknown; nobody was assigned twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, Random, waitFor, Worker, World } from './lib/index.mjs';

const CUSTOMERS = 80;
const TEXTS = 8;
const AGENTS = 4;
const PATIENCE = { timeout: 60_000 };

async function open(t, onUnknown) {
	const world = await World.start(t, {
		changes: (w) => ({
			log: { level: 'info' },
			carriers: [
				{
					name: 'acme',
					hosts: [{ host: '127.0.0.1', port: w.carrier.port }],
					system_id: w.carrier.systemId,
					password: w.carrier.password,
					binds: 2,
					window: 10,
					backoff_min_ms: 50,
					backoff_max_ms: 500,
					on_unknown: onUnknown,
				},
			],
		}),
		carrier: { keepLog: false },
	});
	const random = new Random(t);
	// An SMSC that takes a moment for each, so that there is always something in the windows.
	world.carrier.onSubmit = (submit) =>
		setTimeout(() => {
			if (submit.bind.open) submit.answer();
		}, random.between(0, 20));
	const workers = [];
	for (let i = 0; i < AGENTS; i++) workers.push(await Worker.start(world, `agent${i}`));
	t.after(() => workers.forEach((worker) => worker.stop()));
	return { t, world, workers, random };
}

// Each also says whether the next kill may come before it is ready again.
const KILLS = {
	async gateway(world, ready) {
		await world.gateway.kill();
		await world.startGateway({ ready });
	},
	async router(world, ready) {
		await world.router.kill();
		await world.startRouter({ ready });
	},
	async redis(world) {
		await world.redis.kill();
		await world.redis.start();
	},
};

// What each customer writes, in order; every fourth text needs two parts.
function script() {
	const texts = new Map();
	for (let i = 0; i < CUSTOMERS; i++) {
		const from = `+1555${String(1000 + i)}`;
		texts.set(
			from,
			Array.from({ length: TEXTS }, (_, k) => {
				const text = `${from} says ${k}`;
				return k % 4 === 2 ? text.padEnd(200, String(k)) : text;
			}),
		);
	}
	return texts;
}

// Everybody writes; after a number of texts and replies that is drawn by lot one of `victims` is killed.
async function drive({ t, world, random }, texts, victims, kills) {
	let taken = 0;
	const total = 2 * CUSTOMERS * TEXTS;
	const done = () => taken + world.carrier.submits.all.length;
	const chains = [...texts].map(async ([from, list]) => {
		for (const [k, text] of list.entries()) {
			await world.carrier.deliverUntilTaken({ from, to: OURS, text, reference: k + 1 });
			taken += 1;
		}
	});
	const all = Promise.all(chains);
	all.catch(() => {});
	const log = [];
	for (let i = 0; i < kills; i++) {
		const mark = Math.floor((total * (i + random.next())) / kills);
		await waitFor(() => done() >= mark, { ...PATIENCE, what: () => `${mark} done; ${done()} are` });
		const victim = random.one(victims);
		log.push(`${victim} after ${taken}+${done() - taken}`);
		await KILLS[victim](world, random.next() < 0.5);
	}
	await all;
	t.diagnostic(`killed: ${log.join(', ')}`);
}

// Every message of every conversation as Redis has it: [{ conv, customer, messages }]
async function conversations(world) {
	const found = [];
	for (const key of await world.redis.keys('{c*}:conv:*:msgs')) {
		const conv = key.replace(/:msgs$/, '');
		const { customer } = await world.redis.hash(conv);
		const tag = key.slice(0, key.indexOf('}') + 1);
		const messages = [];
		for (const { fields } of await world.redis.stream(key)) {
			const facts = fields.m ? await world.redis.hash(`${tag}:msg:${fields.m}`) : {};
			messages.push({ ...fields, state: facts.state, resent: Number(facts.resent ?? 0) });
		}
		found.push({ conv: conv.slice(conv.lastIndexOf(':') + 1), customer, messages });
	}
	return found;
}

async function settled({ world, workers }) {
	const failures = () => workers.flatMap((worker) => worker.failures);
	await waitFor(
		() => {
			if (failures().length) return true;
			const replies = workers.reduce((sum, worker) => sum + worker.accepted.length, 0);
			return replies >= CUSTOMERS * TEXTS && workers.every((worker) => worker.waiting === 0);
		},
		{
			...PATIENCE,
			what: () =>
				`every text answered; ${workers.map((w) => `${w.accepted.length}+${w.waiting}`)}`,
		},
	);
	assert.deepEqual(failures(), []);
	let found;
	await waitFor(
		async () => {
			found = await conversations(world);
			return found.every(({ messages }) =>
				messages.every(({ d, state }) => d === 'i' || ['sent', 'unknown'].includes(state)),
			);
		},
		{ ...PATIENCE, what: 'every reply is sent or unknown' },
	);
	return found;
}

// Walks the floor's events: whoever is offered a conversation or has it, nobody else is offered it.
async function assertOneAgentEach(world) {
	const held = new Map();
	for (const { fields } of await world.redis.stream('{acd}:events')) {
		const { e, c, a, epoch } = fields;
		const now = held.get(c);
		if (e === 'offer') {
			assert.equal(now, undefined, `${c} offered to ${a} while ${now?.agent} has it`);
			held.set(c, { agent: a, epoch, accepted: false });
		} else if (e === 'unoffered') {
			assert.deepEqual(now, { agent: a, epoch, accepted: false });
			held.delete(c);
		} else if (e === 'accepted') {
			assert.deepEqual(now, { agent: a, epoch, accepted: false });
			now.accepted = true;
		}
	}
	assert.equal([...held.values()].filter(({ accepted }) => accepted).length, CUSTOMERS);
}

function assertHeard(found, texts) {
	assert.equal(found.length, CUSTOMERS, 'one conversation each');
	for (const { customer, messages } of found) {
		const heard = messages.filter(({ d }) => d === 'i').map(({ t }) => t);
		assert.deepEqual(heard, texts.get(customer));
	}
}

// The segments of a reply as the carrier sees them; those of two parts are plain GSM-7.
const segmentsOf = ({ t, n }) => (n === '1' ? [t] : [t.slice(0, 153), t.slice(153)]);

// Each accepted reply stands in its thread once, and was submitted or is unknown. What was submitted
// again says so; with `hold` nothing is.
function assertAnswered({ world, workers }, found, onUnknown) {
	const seen = new Map();
	for (const { destination, text } of world.carrier.submits.all) {
		const key = `+${destination} ${text}`;
		seen.set(key, (seen.get(key) ?? 0) + 1);
	}
	const accepted = workers.flatMap((worker) => worker.accepted.map((reply) => reply.accepted.id));
	const out = found.flatMap(({ customer, messages }) =>
		messages.filter(({ d }) => d === 'o').map((message) => ({ customer, ...message })),
	);
	assert.deepEqual(out.map(({ m }) => m).sort(), [...accepted].sort());
	for (const message of out) {
		for (const text of segmentsOf(message)) {
			const times = seen.get(`${message.customer} ${text}`) ?? 0;
			if (message.state === 'sent') assert.ok(times >= 1, `sent and never submitted: ${text}`);
			assert.ok(times <= 1 + message.resent, `${times} times, ${message.resent} again: ${text}`);
			if (onUnknown === 'hold') assert.ok(times <= 1, text);
		}
	}
	return out.filter(({ state }) => state === 'unknown').length;
}

// Between one customer and us replies go out in the order in which they were accepted.
function assertOrder({ world }, found) {
	const first = new Map();
	world.carrier.submits.all.forEach(({ destination, text }, at) => {
		const key = `+${destination} ${text}`;
		if (!first.has(key)) first.set(key, at);
	});
	for (const { customer, messages } of found) {
		const places = messages
			.filter(({ d }) => d === 'o')
			.flatMap(segmentsOf)
			.map((text) => first.get(`${customer} ${text}`))
			.filter((at) => at !== undefined);
		assert.deepEqual(places, [...places].sort((a, b) => a - b));
	}
}

function assertScreens({ workers }) {
	for (const { agent } of workers) {
		assert.deepEqual(agent.doubled, []);
		const heard = agent.events.all
			.filter(({ type, message }) => type === 'message' && message.direction === 'in')
			.map(({ conversation, message }) => `${conversation} ${message.id}`);
		assert.equal(new Set(heard).size, heard.length, `${agent.name} saw a message twice`);
	}
}

async function survives(t, victims, { kills = 6, onUnknown = 'resubmit' } = {}) {
	const stage = await open(t, onUnknown);
	const texts = script();
	await drive(stage, texts, victims, kills);
	const found = await settled(stage);
	assertHeard(found, texts);
	const unknown = assertAnswered(stage, found, onUnknown);
	assertOrder(stage, found);
	assertScreens(stage);
	await assertOneAgentEach(stage.world);
	assert.equal(await stage.world.metric(stage.world.base, 'bindery_aside_total'), 0);
	t.diagnostic(`${unknown} replies of unknown outcome`);
}

test('the gateway is killed under load: resubmitted replies say so', (t) => survives(t, ['gateway']));

test('the gateway is killed under load: held replies are not sent twice', (t) =>
	survives(t, ['gateway'], { onUnknown: 'hold' }));

test('the router is killed under load', (t) => survives(t, ['router']));

test('Redis is killed under load', (t) => survives(t, ['redis']));

test('any of the three is killed under load', (t) =>
	survives(t, ['gateway', 'router', 'redis'], { kills: 10 }));
