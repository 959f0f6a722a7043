// STOP, HELP and START: what the customer is answered, what the agent may still do, and what the
// carrier sees of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, waitFor, World } from './lib/index.mjs';
import { partitionOf } from './lib/load.mjs';

const CUSTOMER = '+15550199';
const SISTER = '+15550102'; // another number of the same programme
const STRANGER = '+15550103'; // a number of another programme

const STOPPED = 'You are unsubscribed and will get no more messages.';
const HELPED = 'Shop: call 555 0100. Reply STOP to end.';
const STARTED = 'You are subscribed again.';

const refused = (error) => {
	assert.equal(error.code, 'suppressed', error.message);
	return true;
};

async function open(t, changes) {
	const world = await World.start(t, { changes });
	const { carrier } = world;
	const ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
	// Says something from the customer's handset and waits until our side has done its part.
	const say = async (text, options = {}) => {
		const before = await world.metric(world.base, 'bindery_mo_total');
		await carrier.deliver({ from: CUSTOMER, to: OURS, text, ...options });
		await world.metricIs(world.base, 'bindery_mo_total', before + 1);
	};
	return { world, carrier, ann, say };
}

test('STOP is confirmed once and locks the composer; HELP answers even then; START lifts it', async (t) => {
	const { world, carrier, ann, say } = await open(t);
	await say('Hello');
	const { id } = await ann.acceptNext(CUSTOMER);

	await say('Stop!');
	await carrier.expectSubmit({ from: OURS, to: CUSTOMER, text: STOPPED });
	const { message } = await ann.event('message', (event) => event.message.keyword === 'opt_out');
	assert.equal(message.text, 'Stop!');
	assert.equal((await ann.event('opt')).opted_out, true);
	const confirmation = await ann.event('message', (event) => event.message.automatic);
	assert.equal(confirmation.message.text, STOPPED);
	await assert.rejects(ann.send(id, 'But why?'), refused);

	await say('STOP');
	await say('help');
	await carrier.expectSubmit({ text: HELPED });
	await assert.rejects(ann.send(id, 'Please?'), refused);

	await say('  "START".');
	await carrier.expectSubmit({ text: STARTED });
	assert.equal((await ann.event('opt', (event) => !event.opted_out)).opted_out, false);
	await ann.send(id, 'Welcome back.');
	await carrier.expectSubmit({ text: 'Welcome back.' });

	// All that went out, which shows that the second STOP was not answered.
	assert.deepEqual(
		carrier.submits.all.map(({ text }) => text),
		[STOPPED, HELPED, STARTED, 'Welcome back.'],
	);
	const thread = await ann.thread(id);
	assert.deepEqual(
		thread.filter(({ direction }) => direction === 'in').map(({ text, keyword }) => [text, keyword]),
		[['Hello', undefined], ['Stop!', 'opt_out'], ['STOP', 'opt_out'], ['help', 'help'],
			['  "START".', 'opt_in']],
	);
	const ledger = [];
	for (const key of await world.redis.keys('{c*}:ledger'))
		for (const { fields } of await world.redis.stream(key)) ledger.push(fields.what);
	assert.deepEqual(ledger, ['revoke', 'revoke-again', 'grant']);
});

test('a new STOP after START is a new episode with its own confirmation', async (t) => {
	const { carrier, say } = await open(t);
	for (const [word, answer] of [['STOP', STOPPED], ['START', STARTED], ['STOP', STOPPED]]) {
		await say(word);
		await carrier.expectSubmit({ text: answer });
	}
	assert.equal(carrier.submits.all.length, 3);
});

test('an answer to START or HELP that has not gone when STOP comes never goes', async (t) => {
	const { world, carrier, ann, say } = await open(t);
	await say('Hello');
	const { id } = await ann.acceptNext(CUSTOMER);
	// The carrier answers nothing, and one message of a customer at a time is under way.
	const held = [];
	carrier.onSubmit = (submit) => held.push(submit);
	await ann.send(id, 'Hi');
	await carrier.expectSubmit({ text: 'Hi' });
	for (const word of ['START', 'HELP', 'STOP', 'HELP']) await say(word);
	// The confirmation alone is worth nothing after five minutes, from the text on (47 CFR 64.1200(a)(12)).
	const ends = await world.redis.call('ZRANGE', `{c${partitionOf(CUSTOMER)}}:waits`, 0, -1, 'WITHSCORES');
	const left = ends.filter((_, i) => i % 2).map((at) => Number(at) - Date.now());
	assert.equal(left.length, 4);
	assert.equal(left.filter((ms) => ms > 0 && ms <= 300_000).length, 1);
	carrier.onSubmit = (submit) => submit.answer();
	held.forEach((submit) => submit.answer());
	await carrier.expectSubmit({ text: HELPED });
	assert.deepEqual(carrier.submits.all.map(({ text }) => text), ['Hi', STOPPED, HELPED]);
	const states = (await ann.thread(id)).filter(({ direction }) => direction === 'out').map(({ text, state }) => [text, state]);
	assert.deepEqual(states.slice(0, 3), [['Hi', 'sent'], [STARTED, 'suppressed'], [HELPED, 'suppressed']]);
	const blocked = (await world.happened()).filter(({ fields }) => fields.e === 'blocked');
	assert.deepEqual(blocked.map(({ fields }) => [fields.where, fields.scope]), [['dispatch', 'p:shop'], ['dispatch', 'p:shop']]);
});

test('a keyword alone asks for no agent', async (t) => {
	const { world, carrier, ann, say } = await open(t);
	await say('HELP');
	await carrier.expectSubmit({ text: HELPED });
	await say('A question');
	const offer = await ann.offer();
	assert.equal(offer.customer, CUSTOMER);
	assert.equal((await world.floorEvents('waiting')).length, 1);
});

test('keywords of every language, and words that only look like them', async (t) => {
	const { world, carrier, ann } = await open(t);
	const words = ['STOP', 'stopall', 'Unsubscribe', 'CANCEL', 'End', 'quit', 'Arrêt', 'ARRET', 'parar',
		'baja', '  stop  ', 'st\u200bop', 'STOP.'];
	for (const [i, text] of words.entries()) {
		const from = `+1555020${String(i).padStart(2, '0')}`;
		await carrier.deliver({ from, to: OURS, text });
		await carrier.expectSubmit({ to: from, text: STOPPED });
	}
	const others = ['please stop by at noon', 'stopping', 'no', 'End of the road', 'dont'];
	for (const [i, text] of others.entries()) {
		const from = `+1555030${i}`;
		await carrier.deliver({ from, to: OURS, text });
		await ann.offer(from);
	}
	assert.equal(carrier.submits.all.length, words.length);
	const stopped = (await world.redis.keys('{c*}:opt:*')).length;
	assert.equal(stopped, words.length);
});

test('a STOP in two parts, the second first, is a STOP', async (t) => {
	const { carrier, ann, say } = await open(t);
	await say('Hello');
	const { id } = await ann.acceptNext(CUSTOMER);
	const part = (sequence, text) => ({
		source_addr: CUSTOMER,
		destination_addr: OURS,
		esm_class: 0x40,
		data_coding: 0,
		short_message: Buffer.concat([Buffer.from([5, 0, 3, 42, 2, sequence]), Buffer.from(text)]),
	});
	assert.equal(await carrier.deliverPdu(part(2, 'OP')), 'ESME_ROK');
	assert.equal(await carrier.deliverPdu(part(1, 'ST')), 'ESME_ROK');
	await carrier.expectSubmit({ text: STOPPED });
	await assert.rejects(ann.send(id, 'Hm'), refused);
});

test('a STOP covers its programme: its other numbers, and no other programme', async (t) => {
	const number = (address, programme) => ({ address, carrier: 'acme', queue: 'support', programme });
	const programme = (name) => ({
		name, scope: 'programme', stop_text: STOPPED, help_text: HELPED, start_text: STARTED,
	});
	const { carrier, ann, say } = await open(t, {
		programmes: [programme('shop'), programme('news')],
		numbers: [number(OURS, 'shop'), number(SISTER, 'shop'), number(STRANGER, 'news')],
	});
	const conversations = {};
	for (const to of [OURS, SISTER, STRANGER]) {
		await say('Hello', { to });
		conversations[to] = (await ann.acceptNext(CUSTOMER)).id;
	}
	await say('STOP');
	await carrier.expectSubmit({ from: OURS, text: STOPPED });
	await assert.rejects(ann.send(conversations[OURS], 'One'), refused);
	await assert.rejects(ann.send(conversations[SISTER], 'Two'), refused);
	await ann.send(conversations[STRANGER], 'Three');
	await carrier.expectSubmit({ from: STRANGER, text: 'Three' });
	assert.equal(carrier.submits.all.length, 2);
});

// Every reply's state at its end, once none is on the way any more.
async function ends(ann, conversations) {
	let states;
	await waitFor(
		async () => {
			states = [];
			for (const id of conversations)
				for (const message of await ann.thread(id))
					if (message.author) states.push(message.state);
			return states.every((state) => ['sent', 'suppressed'].includes(state));
		},
		{ timeout: 60_000, what: () => `all replies ended; they are ${[...new Set(states)]}` },
	);
	return {
		sent: states.filter((state) => state === 'sent').length,
		suppressed: states.filter((state) => state === 'suppressed').length,
	};
}

test('the STOP race: of hundreds that wait the carrier sees those in the window alone', async (t) => {
	const numbers = Array.from({ length: 20 }, (_, i) => `+155504${String(i).padStart(2, '0')}`);
	const window = 4;
	const { world, carrier, ann, say } = await open(t, (w) => ({
		numbers: numbers.map((address) => ({
			address, carrier: 'acme', queue: 'support', programme: 'shop',
		})),
		carriers: [
			{
				name: 'acme',
				hosts: [{ host: '127.0.0.1', port: w.carrier.port }],
				system_id: w.carrier.systemId,
				password: w.carrier.password,
				binds: 2,
				window,
			},
		],
	}));
	await carrier.bound(2);
	const conversations = [];
	for (const to of numbers) {
		await say('Hello', { to });
		conversations.push((await ann.acceptNext(CUSTOMER)).id);
	}
	// The carrier answers nothing, so the windows fill and the rest waits.
	const held = [];
	carrier.onSubmit = (submit) => held.push(submit);
	const replies = 400;
	const filler = 'x'.repeat(150);
	for (let screen = 0; screen < 5; screen++) {
		const other = await ann.window();
		for (let i = 0; i < 4; i++)
			await Promise.all(conversations.map((id) => other.send(id, `Reply ${i} ${filler}`)));
		await other.leave();
	}
	await waitFor(() => held.length === 2 * window, { what: () => `${held.length} in the windows` });

	await carrier.deliver({ from: CUSTOMER, to: numbers[7], text: 'STOP' });
	const inWindow = carrier.submits.all.length;
	assert.equal(inWindow, 2 * window);
	carrier.onSubmit = (submit) => submit.answer();
	for (const submit of held) submit.answer();

	await carrier.expectSubmit({ from: numbers[7], text: STOPPED });
	const { sent, suppressed } = await ends(ann, conversations);
	assert.equal(sent + suppressed, replies);
	const after = carrier.submits.all.slice(inWindow);
	assert.deepEqual(after.map(({ text }) => text), [STOPPED]);
	// Each of these has a second segment that was never written.
	assert.ok(sent <= inWindow);
	for (const id of conversations) await assert.rejects(ann.send(id, 'Still?'), refused);
	assert.equal(await world.metric(world.base, 'bindery_aside_total'), 0);
});

test('the STOP race at full speed: behind the answer comes only the confirmation', async (t) => {
	const { world, carrier, ann } = await open(t, (w) => ({
		carriers: [
			{
				name: 'acme',
				hosts: [{ host: '127.0.0.1', port: w.carrier.port }],
				system_id: w.carrier.systemId,
				password: w.carrier.password,
				binds: 1,
				window: 10,
			},
		],
	}));
	await carrier.bound(1);
	// Where in the order of the wire each customer's STOP was answered.
	const order = [];
	carrier.on('submit', (submit) => order.push({ to: submit.destination, text: submit.text }));
	carrier.on('pdu', (pdu) => {
		if (pdu.command === 'deliver_sm_resp') order.push({ answered: pdu.sequence_number });
	});
	const rounds = 10;
	for (let round = 0; round < rounds; round++) {
		const customer = `+1555050${round}`;
		await carrier.deliver({ from: customer, to: OURS, text: 'Hello' });
		const { id } = await ann.acceptNext(customer);
		order.length = 0;
		const other = await ann.window();
		const sends = Array.from({ length: 40 }, (_, i) =>
			other.send(id, `Reply ${i}`).catch((error) => error),
		);
		// The STOP comes in the midst of them: after another number of submits each round.
		await waitFor(() => order.length >= round * 3, { what: 'submits under way' });
		await carrier.deliver({ from: customer, to: OURS, text: 'STOP' });
		await carrier.expectSubmit({ to: customer, text: STOPPED });
		const outcomes = await Promise.all(sends);
		for (const outcome of outcomes) if (outcome instanceof Error) refused(outcome);
		await ends(other, [id]);
		await other.leave();
		const answered = order.findIndex((each) => each.answered !== undefined);
		assert.ok(answered >= 0);
		assert.deepEqual(order.slice(answered + 1).map(({ text }) => text), [STOPPED], `round ${round}`);
		await ann.close(id, 'Resolved');
	}
	assert.equal(
		carrier.submits.all.filter(({ text }) => text === STOPPED).length,
		rounds,
	);
	assert.equal(await world.metric(world.base, 'bindery_aside_total'), 0);
});
