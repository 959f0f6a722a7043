// What the gateway asks of a carrier about messages that it has: query_sm where a receipt is overdue,
// cancel_sm where the customer has opted out.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const CUSTOMER = '+15550199';
const STATES = { enroute: 1, delivered: 2, undeliverable: 5 };

async function start(t, carrierSettings) {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [
				{
					name: 'acme',
					hosts: [{ host: '127.0.0.1', port: carrier.port }],
					system_id: carrier.systemId,
					password: carrier.password,
					binds: 2,
					...carrierSettings,
				},
			],
		}),
	});
	world.asked = [];
	world.carrier.onRequest = (pdu) => {
		world.asked.push(pdu);
		return world.answer?.(pdu) ?? null;
	};
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	return { world, ann, id };
}

for (const [form, answered] of Object.entries({ as_is: '00ab', hex_to_decimal: '00AB', decimal_to_hex: '171', hex: 'ab' })) {
	test(`an overdue message is asked about, ids ${form}`, async (t) => {
		const { world, ann, id } = await start(t, { receipt_timeout_s: 1, query: true, message_id_form: form });
		world.carrier.onSubmit = (submit) => submit.answer({ messageId: answered });
		world.answer = (pdu) => ({ message_id: pdu.message_id, message_state: STATES.delivered });
		const sent = await ann.send(id, 'Did it arrive?');
		await ann.state(sent.id, 'sent');
		await ann.state(sent.id, 'delivered');
		assert.deepEqual(world.asked.map(({ command }) => command), ['query_sm']);
		assert.equal(world.asked[0].message_id, answered);
		assert.equal(world.asked[0].source_addr, OURS.slice(1));
	});
}

test('a carrier that may not be asked is not asked', async (t) => {
	const { world, ann, id } = await start(t, { receipt_timeout_s: 1 });
	const sent = await ann.send(id, 'Did it arrive?');
	await ann.state(sent.id, 'unknown');
	assert.deepEqual(world.asked, []);
});

test('a STOP cancels what the carrier has not delivered, and nothing else', async (t) => {
	const { world, ann, id } = await start(t, { cancel: true });
	world.answer = () => ({});
	const done = await ann.send(id, 'This one arrives.');
	const first = await world.carrier.expectSubmit({ text: 'This one arrives.' });
	await ann.state(done.id, 'sent');
	await first.receipt();
	await ann.state(done.id, 'delivered');
	const open = await ann.send(id, 'This one is on its way.');
	const second = await world.carrier.expectSubmit({ text: 'This one is on its way.' });
	await ann.state(open.id, 'sent');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'STOP' });
	await ann.state(open.id, 'failed');
	assert.deepEqual(world.asked.map(({ command, message_id: smsc }) => [command, smsc]), [['cancel_sm', second.messageId]]);
	const { destination_addr: destination, source_addr: source } = world.asked[0];
	assert.deepEqual([source, destination], [OURS.slice(1), CUSTOMER.slice(1)]);
	await waitFor(() => world.carrier.counts.submit_sm === 3);
	assert.equal(world.asked.length, 1);
});
