// Receipts in every form and at every moment: an agent's ticks say what the carrier said.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Carrier } from './lib/carrier.mjs';
import { OURS, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';

// A world in which ann has the customer's conversation; submits wait for the test to answer them.
async function connected(t, changes = {}) {
	const world = await World.start(t, { changes });
	const { carrier } = world;
	await carrier.bound(2);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	carrier.onSubmit = () => {};
	return { world, ann, carrier, id };
}

// What the thread says of an outbound message.
async function shown(agent, id, message) {
	const found = (await agent.thread(id)).find((each) => each.id === message);
	return [found.state, found.reason ?? ''];
}

for (const form of ['text', 'tlv', 'both']) {
	test(`a receipt in ${form} form makes the tick`, async (t) => {
		const { ann, carrier, id } = await connected(t);
		const reply = await ann.send(id, 'Hi');
		const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer();
		await ann.state(reply.id, 'sent');
		assert.equal(await submit.receipt({ form }), 'ESME_ROK');
		await ann.state(reply.id, 'delivered');
		assert.deepEqual(await shown(ann, id, reply.id), ['delivered', '']);
	});
}

for (const form of ['text', 'tlv']) {
	test(`a receipt in ${form} form without its esm_class is one where the carrier is said to send such`, async (t) => {
		const { world, ann, carrier, id } = await connected(t, ({ carrier }) => ({
			carriers: [carrier.entry({ binds: 2, sniff_receipts: true })],
		}));
		const reply = await ann.send(id, 'Hi');
		const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer();
		await ann.state(reply.id, 'sent');
		assert.equal(await submit.receipt({ form, fields: { esm_class: 0 } }), 'ESME_ROK');
		await ann.state(reply.id, 'delivered');
		await carrier.deliver({ from: CUSTOMER, to: OURS, text: 'my id: 7, stat what?' });
		await ann.event('message', ({ message }) => message.text === 'my id: 7, stat what?');
		assert.equal(await world.metric(world.gatewayBase, 'bindery_receipts_total'), 1);
	});
}

for (const [how, write] of [
	['with equals signs', (id) => `id=${id} sub=001 dlvrd=001 stat=UNDELIV err=027 text=`],
	['in quotation marks', (id) => `id:"${id}" stat:"UNDELIV" err:"027" text:"stat:DELIVRD"`],
	['with state for stat', (id) => `id:${id} state:UNDELIV error:027`],
	['by other names', (id) => `Message_ID: ${id}\nStatus: undeliverable\nErr Code: 027`],
]) {
	test(`a receipt that is written ${how} is read`, async (t) => {
		const { world, ann, carrier, id } = await connected(t);
		const reply = await ann.send(id, 'Hi');
		const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer();
		await ann.state(reply.id, 'sent');
		const short_message = Buffer.from(write(submit.messageId));
		assert.equal(await submit.receipt({ form: 'text', fields: { short_message } }), 'ESME_ROK');
		assert.match((await ann.state(reply.id, 'failed')).reason, /undeliverable, error 027/);
		assert.equal(await world.metric(world.base, 'bindery_aside_total'), 0);
	});
}

test('a receipt in UCS-2 is read', async (t) => {
	const { ann, carrier, id } = await connected(t);
	const reply = await ann.send(id, 'Hi');
	const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer();
	const short_message = Buffer.from(`id:${submit.messageId} stat:DELIVRD err:000`, 'utf16le').swap16();
	await submit.receipt({ form: 'text', fields: { data_coding: 8, short_message } });
	await ann.state(reply.id, 'delivered');
});

for (const form of ['text', 'tlv']) {
	test(`a carrier that says UNKNOWN in ${form} form ends the waiting, and may know more later`, async (t) => {
		const { world, ann, carrier, id } = await connected(t);
		const reply = await ann.send(id, 'Hi');
		const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer();
		await ann.state(reply.id, 'sent');
		const intermediate = { form, state: 'UNKNOWN', fields: { esm_class: 0x20 } };
		assert.equal(await submit.receipt(intermediate), 'ESME_ROK');
		await world.metricIs(world.base, 'bindery_receipts_total', 1);
		assert.deepEqual(await shown(ann, id, reply.id), ['sent', '']);
		for (let i = 0; i < 2; i++) await submit.receipt({ form, state: 'UNKNOWN', error: '099' });
		assert.match((await ann.state(reply.id, 'unknown')).reason, /^unknown/);
		await submit.receipt({ form });
		await ann.state(reply.id, 'delivered');
		await submit.receipt({ form, state: 'UNKNOWN' });
		await world.metricIs(world.base, 'bindery_receipts_total', 5);
		assert.deepEqual(await shown(ann, id, reply.id), ['delivered', '']);
	});
}

test('a receipt of UNKNOWN before its submit_sm_resp ends it too', async (t) => {
	const { world, ann, carrier, id } = await connected(t);
	const reply = await ann.send(id, 'Hi');
	const submit = await carrier.expectSubmit({ to: CUSTOMER });
	await carrier.receipt(submit, { messageId: 'early3', state: 'UNKNOWN' });
	await world.metricIs(world.base, 'bindery_receipts_total', 1);
	submit.answer({ messageId: 'early3' });
	await ann.state(reply.id, 'unknown');
});

test('a receipt before its submit_sm_resp is kept until that comes', async (t) => {
	const { world, ann, carrier, id } = await connected(t);
	const reply = await ann.send(id, 'Hi');
	const submit = await carrier.expectSubmit({ to: CUSTOMER });
	assert.equal(await carrier.receipt(submit, { messageId: 'early1' }), 'ESME_ROK');
	await world.metricIs(world.base, 'bindery_receipts_total', 1);
	submit.answer({ messageId: 'early1' });
	await ann.state(reply.id, 'delivered');
	assert.deepEqual(await shown(ann, id, reply.id), ['delivered', '']);
});

test('a receipt of failure before its submit_sm_resp shows the failure', async (t) => {
	const { world, ann, carrier, id } = await connected(t);
	const reply = await ann.send(id, 'Hi');
	const submit = await carrier.expectSubmit({ to: CUSTOMER });
	await carrier.receipt(submit, { messageId: 'early2', state: 'UNDELIV', error: '042' });
	await world.metricIs(world.base, 'bindery_receipts_total', 1);
	submit.answer({ messageId: 'early2' });
	const { reason } = await ann.state(reply.id, 'failed');
	assert.match(reason, /undeliverable/);
});

test('a receipt may come on the other bind', async (t) => {
	const { ann, carrier, id } = await connected(t);
	const reply = await ann.send(id, 'Hi');
	const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer();
	const other = carrier.binds.find((bind) => bind !== submit.bind);
	assert.equal(await submit.receipt({ bind: other }), 'ESME_ROK');
	await ann.state(reply.id, 'delivered');
});

test('what a transmitter has sent gets its receipts by the receiver of the same account', async (t) => {
	const rx = await Carrier.start();
	t.after(() => rx.close());
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [
				carrier.entry({ bind_type: 'transmitter' }),
				rx.entry({ name: 'rx', bind_type: 'receiver', account: 'acme' }),
			],
		}),
	});
	await world.carrier.bound();
	await rx.bound();
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await rx.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	const reply = await ann.send(id, 'Hi');
	const submit = await world.carrier.expectSubmit({ to: CUSTOMER });
	await ann.state(reply.id, 'sent');
	assert.equal(await rx.receipt(submit), 'ESME_ROK');
	await ann.state(reply.id, 'delivered');
});

test('a carrier with another name gets the receipts of the former where that is its account', async (t) => {
	const { world, ann, carrier, id } = await connected(t);
	const reply = await ann.send(id, 'Hi');
	const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer();
	await ann.state(reply.id, 'sent');
	world.configure({
		carriers: [carrier.entry({ name: 'other', account: 'acme' })],
		numbers: [{ address: OURS, carrier: 'other', queue: 'support', programme: 'shop' }],
	});
	for (const daemon of [world.router, world.gateway]) daemon.child.kill('SIGHUP');
	await world.router.says(/event=reloaded/);
	await world.gateway.says(/event=bound carrier=other/);
	assert.equal(await submit.receipt({ bind: carrier.binds.at(-1) }), 'ESME_ROK');
	await ann.state(reply.id, 'delivered');
});

test('a receipt that comes twice, or after a final one, changes nothing', async (t) => {
	const { world, ann, carrier, id } = await connected(t);
	const reply = await ann.send(id, 'Hi');
	const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer();
	for (const state of ['DELIVRD', 'DELIVRD', 'ENROUTE', 'UNDELIV'])
		assert.equal(await submit.receipt({ state }), 'ESME_ROK');
	await world.metricIs(world.base, 'bindery_receipts_total', 4);
	await ann.state(reply.id, 'delivered');
	const next = await ann.send(id, 'More');
	(await carrier.expectSubmit({ text: 'More' })).answer();
	await ann.state(next.id, 'sent');
	assert.deepEqual(await shown(ann, id, reply.id), ['delivered', '']);
	const told = ann.events.all.filter(
		(event) => event.type === 'message_state' && event.message === reply.id,
	);
	assert.deepEqual(told.map(({ state }) => state).filter((state) => state === 'delivered').length, 1);
});

test('a failure is shown with the carrier\'s reason', async (t) => {
	const { ann, carrier, id } = await connected(t);
	const refused = await ann.send(id, 'One');
	(await carrier.expectSubmit({ text: 'One' })).answer({ status: 0x0b });
	const first = await ann.state(refused.id, 'failed');
	assert.match(first.reason, /ESME_RINVDSTADR.*0x0000000B/);

	const lost = await ann.send(id, 'Two');
	const submit = (await carrier.expectSubmit({ text: 'Two' })).answer();
	await submit.receipt({ state: 'UNDELIV', error: '027' });
	const second = await ann.state(lost.id, 'failed');
	assert.match(second.reason, /undeliverable.*027/);

	const vendor = await ann.send(id, 'Three');
	(await carrier.expectSubmit({ text: 'Three' })).answer({ status: 0x0420 });
	assert.match((await ann.state(vendor.id, 'failed')).reason, /0x00000420/);

	const old = await ann.send(id, 'Four');
	await (await carrier.expectSubmit({ text: 'Four' })).answer().receipt({ state: 'EXPIRED' });
	await ann.state(old.id, 'expired');
	assert.deepEqual((await shown(ann, id, lost.id))[0], 'failed');
});

test('a message of several segments is delivered when all are, and failed when one is', async (t) => {
	const { ann, carrier, id } = await connected(t);
	const text = 'long '.repeat(90);
	const reply = await ann.send(id, text);
	const parts = [];
	for (let i = 0; i < 3; i++) parts.push((await carrier.expectSubmit({ to: CUSTOMER })).answer());
	await ann.state(reply.id, 'sent');
	await parts[2].receipt({ form: 'text' });
	await parts[0].receipt({ form: 'tlv' });
	assert.deepEqual(await shown(ann, id, reply.id), ['sent', '']);
	await parts[1].receipt();
	await ann.state(reply.id, 'delivered');

	const second = await ann.send(id, text);
	const others = [];
	for (let i = 0; i < 3; i++) others.push((await carrier.expectSubmit({ to: CUSTOMER })).answer());
	await ann.state(second.id, 'sent');
	await others[0].receipt();
	await others[1].receipt({ state: 'REJECTD', error: '008' });
	await others[2].receipt();
	assert.match((await ann.state(second.id, 'failed')).reason, /rejected.*008/);
});

test('ids match whatever their case and leading zeros', async (t) => {
	const { ann, carrier, id } = await connected(t);
	const reply = await ann.send(id, 'Hi');
	const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer({ messageId: '00ABCDEF01' });
	await submit.receipt({ messageId: 'abcdef01' });
	await ann.state(reply.id, 'delivered');
});

test('a receipt in decimal for an id in hex matches where the carrier is said to write so', async (t) => {
	const { ann, carrier, id } = await connected(t, (world) => ({
		carriers: [world.carrier.entry({ binds: 2, message_id_form: 'hex_to_decimal' })],
	}));
	const reply = await ann.send(id, 'Hi');
	const submit = (await carrier.expectSubmit({ to: CUSTOMER })).answer({ messageId: '1F4AB3C2D1E0F9A8FFFFFFFFFFFFFFFF' });
	await submit.receipt({ messageId: BigInt('0x1F4AB3C2D1E0F9A8FFFFFFFFFFFFFFFF').toString() });
	await ann.state(reply.id, 'delivered');
});

for (const message_id_form of ['as_is', 'decimal', 'decimal_to_hex']) {
	test(`ids longer than 64 bits that differ in a digit are of two messages, ${message_id_form}`, async (t) => {
		const { ann, carrier, id } = await connected(t, (world) => ({
			carriers: [world.carrier.entry({ binds: 2, message_id_form })],
		}));
		// The same but for the last digit, and the same in the last 64 bits.
		const ids = [90071992547409930001n, 90071992547409930002n, 90071992547409930001n + 2n ** 64n];
		const inReceipt = (each) => message_id_form === 'decimal_to_hex' ? each.toString(16).toUpperCase() : `000${each}`;
		const sent = [];
		for (const [i, each] of ids.entries()) {
			const reply = await ann.send(id, `Number ${i}`);
			const submit = (await carrier.expectSubmit({ text: `Number ${i}` })).answer({ messageId: `${each}` });
			await ann.state(reply.id, 'sent');
			sent.push({ reply, submit });
		}
		for (const [i, state, form] of [[2, 'EXPIRED', 'tlv'], [0, 'DELIVRD', 'text'], [1, 'UNDELIV', 'both']])
			await sent[0].submit.receipt({ messageId: inReceipt(ids[i]), state, form });
		for (const [i, state] of ['delivered', 'failed', 'expired'].entries()) await ann.state(sent[i].reply.id, state);
	});
}

test('a throttled segment goes again later, before those behind it', async (t) => {
	const { world, ann, carrier, id } = await connected(t);
	let refused = 0;
	carrier.onSubmit = (submit) => {
		if (submit.text === 'One' && refused++ === 0) submit.answer({ status: 0x58 });
		else submit.answer();
	};
	const first = await ann.send(id, 'One');
	const second = await ann.send(id, 'Two');
	await ann.state(first.id, 'sent');
	await ann.state(second.id, 'sent');
	assert.deepEqual(carrier.submits.all.map(({ text }) => text), ['One', 'One', 'Two']);
	assert.equal(await world.metric(world.gatewayBase, 'bindery_throttled_total'), 1);
});

test('a receipt of a message that nobody sent is taken and counted', async (t) => {
	const { world, ann, carrier, id } = await connected(t);
	const stranger = { source: OURS.slice(1), destination: CUSTOMER.slice(1), messageId: 'stranger' };
	assert.equal(await carrier.receipt(stranger), 'ESME_ROK');
	await world.metricIs(world.base, 'bindery_receipts_total', 1);
	const reply = await ann.send(id, 'Hi');
	await (await carrier.expectSubmit({ text: 'Hi' })).answer().receipt();
	await ann.state(reply.id, 'delivered');
	assert.equal(await world.metric(world.base, 'bindery_aside_total'), 0);
});
