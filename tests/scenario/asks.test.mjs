// What the gateway asks of a carrier about messages that it has: query_sm where a receipt is overdue,
// cancel_sm where the customer has opted out.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { pdu, RawSmsc } from './lib/raw.mjs';
import { heard } from './lib/record.mjs';
import { waitFor } from './lib/wait.mjs';

const CUSTOMER = '+15550199';
const QUERY_SM = 0x03;
const QUERY_SM_RESP = 0x80000003;
const STATES = { enroute: 1, delivered: 2, undeliverable: 5 };

async function start(t, carrierSettings) {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({ carriers: [carrier.entry({ binds: 2, ...carrierSettings })] }),
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

test('an answer that comes too late is not taken for that to a later question', async (t) => {
	const smsc = await RawSmsc.start();
	t.after(() => smsc.close());
	const world = await World.start(t, {
		router: 'gone',
		changes: ({ carrier }) => ({
			carriers: [
				carrier.entry({ hosts: [{ host: '127.0.0.1', port: smsc.port }], response_timeout_s: 1, query: true }),
			],
		}),
	});
	const link = await smsc.bound();
	const ask = async (id) => {
		await world.redis.call('XADD', '{c0}:ask:acme', '*', 'op', 'query', 'm', id, 'i', id, 'o', OURS, 'c', CUSTOMER);
		const named = (octets) => octets.readUInt32BE(4) === QUERY_SM && octets.toString('latin1', 16, 16 + id.length) === id;
		return (await waitFor(() => link.sent.find(named), { what: `a query of ${id}` })).readUInt32BE(12);
	};
	const answer = (sequence, id, state) =>
		link.write(pdu(QUERY_SM_RESP, 0, sequence, `${Buffer.from(id).toString('hex')}0000${state}00`));
	const first = await ask('aa');
	await world.gateway.says(/event=response_timeout/);
	const second = await ask('bb');
	answer(first, 'aa', '02');
	answer(second, 'bb', '05');
	await world.gateway.says(/event=query_answered carrier=acme smsc_id=bb .*state=5/);
	await link.barrier();
	const receipts = await heard(world.redis, 'dr');
	// receipted_message_id, then message_state
	assert.deepEqual(receipts.map(({ record }) => record.tlvs.toString('hex')), ['001e00026262' + '0427000105']);
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

test('a STOP cancels also what the carrier accepts after it', async (t) => {
	const { world, ann, id } = await start(t, { cancel: true });
	world.answer = () => ({});
	world.carrier.onSubmit = (submit) => submit.text.startsWith('On its way') || submit.answer();
	const sent = await ann.send(id, 'On its way.');
	const submit = await world.carrier.expectSubmit({ text: 'On its way.' });
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'STOP' });
	await ann.event('message', ({ message }) => message.text === 'STOP');
	submit.answer();
	await ann.state(sent.id, 'failed');
	assert.deepEqual(world.asked.map(({ command, message_id: smsc }) => [command, smsc]), [['cancel_sm', submit.messageId]]);
});
