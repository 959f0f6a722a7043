// Two carriers that use the same ids and write them in different ways, four binds, and receipts as no
// carrier should send them: every message ends in the state that its first final receipt names.
// BINDERY_RECEIPTS sets how many messages there are; 100000 for the full measure.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Carrier } from './lib/carrier.mjs';
import { OURS, World } from './lib/index.mjs';
import { enqueue, partitionOf } from './lib/load.mjs';
import { waitFor } from './lib/wait.mjs';

const MESSAGES = Number(process.env.BINDERY_RECEIPTS ?? 1000);
const TIMEOUT = 60_000 + MESSAGES * 20;
const STATES = { DELIVRD: 'delivered', UNDELIV: 'failed', REJECTD: 'failed', DELETED: 'failed', EXPIRED: 'expired' };
const FINAL = Object.keys(STATES);

function generator(seed) {
	let state = seed >>> 0;
	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 4294967296) * n);
	};
}

const random = generator(Number(process.env.BINDERY_SEED ?? 1));
const pick = (list) => list[random(list.length)];
const padded = (text) => '0'.repeat(random(4)) + text;

// How each carrier writes the number `n` in its answer and in its receipts.
const FORMS = {
	acme: { answer: (n) => padded(n.toString(16).toUpperCase()), receipt: (n) => padded(String(n)) },
	beta: { answer: (n) => padded(String(n)), receipt: (n) => pick([padded, String])(String(n)) },
};

class Hostile {
	constructor(name, carrier) {
		this.name = name;
		this.carrier = carrier;
		this.ids = 1000;
		this.expected = new Map(); // by the customer's number
		this.open = 0;
		this.counts = { early: 0, repeated: 0, regressed: 0, intermediate: 0 };
		this.failures = [];
		carrier.onSubmit = (submit) => {
			this.open += 1;
			this.#handle(submit)
				.catch((error) => this.failures.push(error))
				.finally(() => (this.open -= 1));
		};
	}

	async #receipt(submit, n, state) {
		const status = await submit.receipt({
			state,
			messageId: FORMS[this.name].receipt(n),
			form: pick(['text', 'tlv', 'both']),
			bind: random(2),
			timeout: TIMEOUT,
		});
		assert.equal(status, 'ESME_ROK');
	}

	async #handle(submit) {
		const n = this.ids++;
		const first = pick(FINAL);
		const early = random(3) === 0;
		const answer = () => submit.answer({ messageId: FORMS[this.name].answer(n) });
		this.expected.set(`+${submit.destination.replace(/^\+/, '')}`, STATES[first]);
		if (!early) answer();
		if (random(4) === 0) {
			await this.#receipt(submit, n, pick(['ENROUTE', 'ACCEPTD']));
			this.counts.intermediate += 1;
		}
		await this.#receipt(submit, n, first);
		const after = random(6);
		if (after === 0) await this.#receipt(submit, n, first);
		if (after === 1) await this.#receipt(submit, n, pick(FINAL.filter((state) => STATES[state] !== STATES[first])));
		if (early) {
			this.counts.early += 1;
			answer();
		} else if (after <= 1) {
			this.counts[after === 0 ? 'repeated' : 'regressed'] += 1;
		}
		if (random(5) === 0) {
			await this.#receipt(submit, n, pick(['ENROUTE', 'ACCEPTD']));
			this.counts.intermediate += 1;
		}
	}
}

// `count` messages wait for two such carriers. Answers { world, both, messages }, both lists by carrier.
async function hostile(t, count) {
	const second = await Carrier.start({ keepLog: false });
	t.after(() => second.close());
	const world = await World.start(t, {
		carrier: { keepLog: false },
		changes: ({ carrier }) => {
			const common = { binds: 2, window: 50, response_timeout_s: 60 };
			return {
				log: { level: 'info' },
				carriers: [
					carrier.entry({ message_id_form: 'hex_to_decimal', ...common }),
					second.entry({ name: 'beta', ...common }),
				],
			};
		},
	});
	await world.carrier.bound(2);
	await second.bound(2);
	const both = [new Hostile('acme', world.carrier), new Hostile('beta', second)];
	const messages = both.map(({ name }, c) =>
		Array.from({ length: count / 2 }, (_, i) => ({
			id: `${name}-${i}`,
			customer: `+1555${c}${String(i).padStart(6, '0')}`,
		})),
	);
	await Promise.all(both.map(({ name }, c) => enqueue(world.redis, messages[c], { carrier: name })));
	return { world, both, messages };
}

// Until every receipt was answered and nothing waits for the router; then each message is as its carrier said first.
async function settled({ world, both, messages }) {
	await waitFor(
		async () => {
			for (const { failures } of both) if (failures.length) throw failures[0];
			if (both.some((one, c) => one.open > 0 || one.expected.size < messages[c].length)) return false;
			const left = await Promise.all(
				Array.from({ length: 32 }, (_, i) =>
					world.redis.call('XLEN', `{c${i >> 1}}:${i % 2 ? 'back' : 'in'}`),
				),
			);
			return left.every((n) => n === 0);
		},
		{ timeout: TIMEOUT, what: () => JSON.stringify(both.map(({ open, expected, failures }) => [open, expected.size, String(failures[0])])) },
	);
	// On a machine that is too slow for this many, answers come too late and messages are sent again: then two
	// submits have receipts of their own, and what is expected here is the second one's.
	assert.equal(await world.metric(world.gatewayBase, 'bindery_mt_resent_total'), 0, 'a message was sent again');
	for (const [c, { expected }] of both.entries()) {
		for (const { id, customer } of messages[c]) {
			const tag = `{c${partitionOf(customer)}}`;
			assert.equal(await world.redis.call('HGET', `${tag}:msg:${id}`, 'state'), expected.get(customer), id);
		}
	}
	for (let p = 0; p < 16; p++) {
		assert.equal(await world.redis.call('ZCARD', `{d${p}}:parked`), 0);
		assert.equal(await world.redis.call('ZCARD', `{c${p}}:overdue`), 0);
		assert.equal(await world.redis.call('HLEN', `{c${p}}:busy`), 0);
	}
}

test(`${MESSAGES} messages with receipts as hostile as they come`, { timeout: TIMEOUT * 2 }, async (t) => {
	const run = await hostile(t, MESSAGES);
	await settled(run);
	const { world, both } = run;
	const metric = (name) => world.metric(world.base, `bindery_receipt_${name}_total`);
	const sum = (what) => both.reduce((total, { counts }) => total + counts[what], 0);
	await waitFor(async () => (await metric('intermediate')) === sum('intermediate'));
	assert.equal(await metric('orphan'), 0);
	assert.ok((await metric('early')) >= sum('early'));
	assert.ok((await metric('repeated')) >= sum('repeated'));
	assert.ok((await metric('regressed')) >= sum('regressed'));
});

test('receipts that a router had parked when it died are applied in their order', async (t) => {
	const world = await World.start(t, { router: 'gone' });
	const [id, customer] = ['m1', '+15550199'];
	const tag = `{c${partitionOf(customer)}}`;
	world.carrier.onSubmit = async (submit) => {
		for (const state of ['UNDELIV', 'EXPIRED']) await submit.receipt({ state, messageId: 'x1' });
		submit.answer({ messageId: 'x1' });
	};
	await enqueue(world.redis, [{ id, customer }]);
	await waitFor(async () => (await world.redis.call('XLEN', `${tag}:back`)) === 3);

	// It has met all three, and taken the first off; nothing of the answer is applied.
	const fields = ['k', 'name', 'ttl', 'state', 'target'];
	const steps = [['dr', 'failed', ''], ['dr', 'expired', ''], ['rs', '', `${partitionOf(customer)} ${id} 0`]];
	await world.redis.call(
		'FCALL', 'meet', 1, `{d${partitionOf('acme:x1')}}`, fields.length, ...fields,
		...steps.flatMap(([kind, ...rest]) => [kind, 'acme:x1', 60_000, ...rest]),
	);
	const [first] = await world.redis.stream(`${tag}:back`);
	await world.redis.call('XDEL', `${tag}:back`, first.id);

	await world.startRouter();
	await waitFor(async () => (await world.redis.call('XLEN', `${tag}:back`)) === 0);
	const message = await world.redis.hash(`${tag}:msg:${id}`);
	assert.equal(message.state, 'failed');
	assert.ok(Number(message.wat) > 0, 'when it was written is known');
	assert.equal(await world.metric(world.base, 'bindery_aside_total'), 0);
	// What is read again of what was parked is no repetition.
	await world.metricIs(world.base, 'bindery_receipt_early_total', (found) => found === 1);
	await world.metricIs(world.base, 'bindery_receipt_repeated_total', (found) => found === 0);
});

// The functions that were called, each with its arguments.
async function called(world, name) {
	const log = await world.redis.call('SLOWLOG', 'GET', 10_000);
	return log.map(([, , , args]) => args.map(String)).filter((args) => args[0] === 'FCALL' && args[1] === name);
}

for (const [how, early, asked, state] of [
	['follows it, and does not ask where it belongs', [], ['rs'], 'delivered'],
	['does ask where others came before the answer', ['UNDELIV'], ['dr', 'rs', 'dr'], 'failed'],
])
	test(`a receipt that is read right behind its answer ${how}`, async (t) => {
		const world = await World.start(t, { router: 'gone' });
		const [id, customer] = ['m1', '+15550199'];
		const tag = `{c${partitionOf(customer)}}`;
		world.carrier.onSubmit = async (submit) => {
			for (const state of early) await submit.receipt({ state, messageId: 'x1' });
			submit.answer({ messageId: 'x1' });
			await waitFor(async () => (await world.redis.call('XLEN', `${tag}:back`)) === early.length + 1);
			await submit.receipt({ messageId: 'x1' });
		};
		await enqueue(world.redis, [{ id, customer }]);
		await waitFor(async () => (await world.redis.call('XLEN', `${tag}:back`)) === early.length + 2);
		await world.redis.call('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 10_000);
		await world.startRouter();
		await waitFor(async () => (await world.redis.call('XLEN', `${tag}:back`)) === 0);
		assert.equal((await world.redis.hash(`${tag}:msg:${id}`)).state, state);
		assert.deepEqual(await world.redis.hash(`${tag}:flight:acme`), {});
		const met = (await called(world, 'meet')).reverse().flatMap((args) => args.filter((arg) => /^(rs|dr)$/.test(arg)));
		assert.deepEqual(met, asked);
		if (early.length) return;
		const [applied] = await called(world, 'outcomes');
		assert.deepEqual(applied.filter((arg) => /^[Sd]$/.test(arg)), ['S', 'd'], 'both in one call');
	});

test('a message without a receipt in time is unknown, and a late receipt still counts', async (t) => {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({ carriers: [carrier.entry({ receipt_timeout_s: 1 })] }),
	});
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext('+15550199');
	const sent = await ann.send(id, 'Did it arrive?');
	const submit = await world.carrier.expectSubmit({ to: '+15550199' });
	await ann.state(sent.id, 'sent');
	await ann.state(sent.id, 'unknown');
	assert.equal(await submit.receipt(), 'ESME_ROK');
	await ann.state(sent.id, 'delivered');
	for (const name of ['overdue', 'late'])
		await waitFor(async () => (await world.metric(world.base, `bindery_receipt_${name}_total`)) === 1);
});
