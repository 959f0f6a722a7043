// Text as it really comes and goes: alphabets, parts in every form and order, and what is missing.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';

// A world with two binds up and an agent on queue.
async function open(t, changes = {}) {
	const world = await World.start(t, { changes });
	await world.carrier.bound(2);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	return { world, ann, carrier: world.carrier };
}

// What came from the customer, as the thread has it, once `count` messages are there.
async function heard(agent, id, count = 1) {
	let messages = [];
	await waitFor(
		async () => {
			messages = (await agent.thread(id)).filter(({ direction }) => direction === 'in');
			return messages.length >= count;
		},
		{ what: () => `${count} messages of the customer; there are ${messages.length}` },
	);
	return messages;
}

test('three parts with emoji, out of order, on two binds, one of them twice, are one text', async (t) => {
	const { world, ann, carrier } = await open(t);
	const text = `Grüße 👋🏽 ${'aus Łódź, где снег идёт, '.repeat(6)}und 🇵🇱 auch 👨‍👩‍👧 ende`;
	const parts = carrier.segments({ from: CUSTOMER, to: OURS, text, reference: 77 });
	assert.equal(parts.length, 3);
	for (const [part, bind] of [[2, 0], [0, 1], [2, 1], [1, 0], [0, 0]])
		assert.equal(await carrier.deliverPdu(parts[part], { bind }), 'ESME_ROK');

	const { id } = await ann.acceptNext(CUSTOMER);
	await world.metricIs(world.base, 'bindery_mo_repeated_total', 2);
	const messages = await heard(ann, id);
	assert.deepEqual(messages.map((message) => message.text), [text]);
	assert.equal(messages[0].segments, 3);
	assert.ok(!messages[0].partial);
	assert.equal(await world.metric(world.base, 'bindery_mo_total'), 1);
});

test('a reference is used again for the next text', async (t) => {
	const { ann, carrier } = await open(t);
	const texts = ['a', 'b'].map((letter) => letter.repeat(200));
	for (const text of texts) await carrier.deliver({ from: CUSTOMER, to: OURS, text, reference: 5 });
	const { id } = await ann.acceptNext(CUSTOMER);
	await carrier.deliver({ from: CUSTOMER, to: OURS, text: 'c' });
	assert.deepEqual((await heard(ann, id, 3)).map(({ text }) => text), [...texts, 'c']);
});

test('GSM-7 with its extension table is read', async (t) => {
	const { ann, carrier } = await open(t);
	const text = 'Cost: 5 € {or} [less] ~ ^ | \\ @£$¥ èéùìò ÄÖÑÜ§ ¿äöñüà Δ_ΦΓΛΩΠΨΣΘΞ';
	await carrier.deliver({ from: CUSTOMER, to: OURS, text, coding: 'gsm7' });
	const { id } = await ann.acceptNext(CUSTOMER);
	assert.deepEqual((await heard(ann, id)).map((message) => message.text), [text]);
});

for (const [name, options] of [
	['with 8-bit references', {}],
	['with 16-bit references', { bits: 16, reference: 0xbeef }],
	['with SAR TLVs', { form: 'sar', reference: 0x1234 }],
	['in message_payload', { form: 'payload' }],
]) {
	test(`a long text ${name} is put together`, async (t) => {
		const { ann, carrier } = await open(t);
		const texts = [`${'€{}'.repeat(70)} fin`, `${'дом '.repeat(60)}🏠`];
		for (const text of texts) {
			const parts = carrier.segments({ from: CUSTOMER, to: OURS, text, ...options });
			for (const [i, part] of parts.reverse().entries())
				assert.equal(await carrier.deliverPdu(part, { bind: i % 2 }), 'ESME_ROK');
		}
		const { id } = await ann.acceptNext(CUSTOMER);
		assert.deepEqual((await heard(ann, id, 2)).map(({ text }) => text), texts);
	});
}

test('a text with a part missing is shown as partial, and completed by the late part', async (t) => {
	const { world, ann, carrier } = await open(t, { router: { parts_timeout_s: 4 } });
	const text = `${'one '.repeat(38)}${'two '.repeat(38)}three`;
	const parts = carrier.segments({ from: CUSTOMER, to: OURS, text, reference: 9 });
	assert.equal(parts.length, 3);
	await carrier.deliverPdu(parts[0]);
	await carrier.deliverPdu(parts[2]);
	const { id } = await ann.acceptNext(CUSTOMER);
	await world.metricIs(world.base, 'bindery_partial_total', 1);
	const [before] = await heard(ann, id);
	assert.equal(before.partial, true);
	// The gap is marked, and the beginning and the end stand around it.
	assert.equal(before.text, `${text.slice(0, 153)}…${text.slice(306)}`);

	await carrier.deliverPdu(parts[1]);
	const { message } = await ann.event(
		'message',
		(event) => event.message.id === before.id && event.message.text === text,
	);
	assert.ok(!message.partial);
	assert.deepEqual((await heard(ann, id)).map((each) => [each.id, each.text]), [[before.id, text]]);
});

test('a repeated part of a partial text does not double it', async (t) => {
	const { world, ann, carrier } = await open(t, { router: { parts_timeout_s: 4 } });
	const text = 'x'.repeat(200);
	const parts = carrier.segments({ from: CUSTOMER, to: OURS, text, reference: 3 });
	await carrier.deliverPdu(parts[0]);
	const { id } = await ann.acceptNext(CUSTOMER);
	await carrier.deliverPdu(parts[0]);
	await world.metricIs(world.base, 'bindery_mo_repeated_total', 1);
	await carrier.deliverPdu(parts[1]);
	await ann.event('message', ({ message }) => message.text === text);
	assert.equal((await heard(ann, id)).length, 1);
});

test('Latin-1 is read; binary and unknown codings are kept and shown as hex', async (t) => {
	const { ann, carrier } = await open(t);
	const from = { source_addr: CUSTOMER, destination_addr: OURS };
	const latin1 = Buffer.from('Ça coûte 5£, señor ÿ', 'latin1');
	await carrier.deliverPdu({ ...from, data_coding: 3, short_message: latin1 });
	await carrier.deliverPdu({ ...from, data_coding: 4, short_message: Buffer.from('0001feff', 'hex') });
	await carrier.deliverPdu({ ...from, data_coding: 0x0b, short_message: Buffer.from('c0de', 'hex') });
	await carrier.deliverPdu({ ...from, data_coding: 0, short_message: Buffer.alloc(0) });
	await carrier.deliver({ from: CUSTOMER, to: OURS, text: 'end' });
	const { id } = await ann.acceptNext(CUSTOMER);
	const texts = (await heard(ann, id, 5)).map(({ text }) => text);
	assert.equal(texts[0], 'Ça coûte 5£, señor ÿ');
	assert.match(texts[1], /00\s?01\s?fe\s?ff/i);
	assert.match(texts[2], /c0\s?de/i);
	assert.deepEqual(texts.slice(3), ['', 'end']);
});

// A carrier's settings with another way to write long texts.
const written = (concatenation) => ({ world }) => ({
	carriers: [
		{
			name: 'acme',
			hosts: [{ host: '127.0.0.1', port: world.carrier.port }],
			system_id: world.carrier.systemId,
			password: world.carrier.password,
			binds: 2,
			concatenation,
		},
	],
});

const LONG = {
	'of GSM-7': {
		text: `${'Everything at 5 € {or less} for you. '.repeat(14)}`.slice(0, 499) + '€',
		parts: 4,
	},
	'of UCS-2': { text: `${'Всё по 5 € 🙂 '.repeat(40)}`.slice(0, 498) + '🏁', parts: 8 },
};

for (const concatenation of ['udh8', 'udh16', 'sar', 'payload']) {
	for (const [name, { text, parts: wanted }] of Object.entries(LONG)) {
		test(`a reply of 500 characters ${name} by ${concatenation} reads the same on the phone`, async (t) => {
			const { ann, carrier } = await open(t, (world) => written(concatenation)({ world }));
			await carrier.deliver({ from: CUSTOMER, to: OURS, text: 'How much?' });
			const { id } = await ann.acceptNext(CUSTOMER);
			const { plan } = await ann.request('plan', { conversation: id, text });
			const reply = await ann.send(id, text);
			const { text: read, parts } = await carrier.expectMessage({ to: CUSTOMER });
			assert.equal(read, text);
			// With message_payload the SMSC cuts, so we count what it will.
			assert.equal(plan.segments, wanted);
			assert.equal(reply.segments, wanted);
			assert.equal(parts.length, concatenation === 'payload' ? 1 : wanted);
			await ann.state(reply.id, 'sent');
			// No part begins or ends within a character: our own reading of each says so.
			assert.equal(parts.map((part) => part.text).join(''), text);
			for (const { text: piece } of parts) assert.ok(piece.isWellFormed?.() ?? true);
			assert.deepEqual(carrier.errors, []);
		});
	}
}

test('two long replies to one customer have references of their own', async (t) => {
	const { ann, carrier } = await open(t);
	await carrier.deliver({ from: CUSTOMER, to: OURS, text: 'How much?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	for (const letter of ['a', 'b']) await ann.send(id, letter.repeat(400));
	const first = await carrier.expectMessage({ to: CUSTOMER });
	const second = await carrier.expectMessage({ to: CUSTOMER });
	assert.deepEqual([first.text, second.text], ['a'.repeat(400), 'b'.repeat(400)]);
	assert.notEqual(
		first.parts[0].concatenation.reference,
		second.parts[0].concatenation.reference,
	);
});
