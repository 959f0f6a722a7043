// Flash messages: what a program asks for is message class 0 on the wire, in every alphabet.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { program } from './lib/api.mjs';
import { OURS, World } from './lib/index.mjs';

const PATH = '/api/v2/conversations/messages/agentless';
const CUSTOMER = '+447700900199';
const message = (more = {}) => ({
	fromAddress: OURS, toAddress: CUSTOMER, toAddressMessengerType: 'sms', textBody: 'Fire drill', ...more,
});

const carrier = (world, more) => ({
	carriers: [
		{ name: 'acme', hosts: [{ host: '127.0.0.1', port: world.carrier.port }], system_id: world.carrier.systemId,
			password: world.carrier.password, latin1: true, ...more },
	],
});

// default alphabet, text → data_coding of each segment, and of the same text that is not flash
for (const [alphabet, text, flash, plain] of [
	['gsm7', 'Fire drill', 0x10, 0],
	['gsm7', 'Łódź', 0x18, 8],
	['gsm7', 'Blé ê', 0x18, 3], // data_coding 3 has no class
	['gsm7', 'long '.repeat(40), 0x10, 0],
	['gsm7', 'długi '.repeat(20), 0x18, 8],
	['gsm7_packed', 'Fire drill', 0x10, 0],
	['latin1', 'Blé ê', 0x10, 0],
	['ascii', 'Fire drill', 0x10, 0],
]) {
	const how = text.length > 20 ? 'a long text' : `“${text}”`;
	test(`${how} with the default alphabet ${alphabet} is 0x${flash.toString(16)}`, async (t) => {
		const world = await World.start(t, { changes: (made) => carrier(made, { default_alphabet: alphabet }) });
		const shop = await program(world, 'conversations');
		for (const [asked, coding] of [[true, flash], [false, plain]]) {
			const { status, body } = await shop('POST', PATH, message({ textBody: text, flash: asked }));
			assert.deepEqual([status, body.flash], [202, asked]);
			const { parts } = await world.carrier.expectMessage({ to: CUSTOMER });
			assert.equal(parts.length, body.segmentCount);
			for (const { pdu } of parts) {
				assert.equal(pdu.data_coding, coding);
				assert.equal(pdu.esm_class, parts.length > 1 ? 0x40 : 0);
			}
		}
	});
}

test('a key that was used for a message that is not flash is not used for one that is', async (t) => {
	const world = await World.start(t, { gateway: false });
	const shop = await program(world, 'conversations');
	const key = { 'idempotency-key': 'drill' };
	assert.equal((await shop('POST', PATH, message(), key)).status, 202);
	assert.equal((await shop('POST', PATH, message({ flash: false }), key)).status, 202);
	assert.equal((await shop('POST', PATH, message({ flash: true }), key)).status, 422);
	const wrong = await shop('POST', PATH, message({ flash: 'yes' }));
	assert.deepEqual([wrong.status, wrong.body.code], [400, 'bad.request']);
});
