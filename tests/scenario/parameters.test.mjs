// Optional parameters of a vendor's: named in the configuration, kept with texts and receipts, shown.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { smpp } from '../sim/peer.mjs';
import { program } from './lib/api.mjs';
import { OURS, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';
const { types } = smpp;
smpp.addTLV('vendor_network', { id: 0x1403, type: types.tlv.cstring });
smpp.addTLV('vendor_price', { id: 0x1404, type: types.tlv.int16 });
smpp.addTLV('vendor_trace', { id: 0x1405, type: types.tlv.buffer });
smpp.addTLV('vendor_secret', { id: 0x1577, type: types.tlv.buffer });
for (let i = 0; i < 20; i++) smpp.addTLV(`vendor_many_${i}`, { id: 0x2000 + i, type: types.tlv.int8 });

const tlv_names = [
	{ tag: 0x1403, name: 'mccmnc' },
	{ tag: 0x1404, name: 'price', form: 'number' },
	{ tag: 0x1405, name: 'trace-id', form: 'hex' },
];
const SENT = { vendor_network: '26201', vendor_price: 513, vendor_trace: Buffer.from([1, 0xfe]), vendor_secret: Buffer.from('Hi') };
const SHOWN = [
	{ name: 'mccmnc', value: '26201' },
	{ name: 'price', value: '513' },
	{ name: 'trace-id', value: '0x01fe' },
	{ name: '0x1577', value: '0x4869' },
];
const byName = (all) => [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
const LINES = SHOWN.map(({ name, value }) => `${name} ${value}`);

async function start(t) {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [
				{ name: 'acme', hosts: [{ host: '127.0.0.1', port: carrier.port }], system_id: carrier.systemId,
					password: carrier.password, tlv_names },
			],
		}),
	});
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	return { world, ann, carrier: world.carrier };
}

const deliver = (carrier, text, more) =>
	carrier.deliverPdu({ source_addr: CUSTOMER, destination_addr: OURS, short_message: Buffer.from(text), ...more });

test('a text has them in its event, in the thread, on the wire to the agent and in the API', async (t) => {
	const { world, ann, carrier } = await start(t);
	assert.equal(await deliver(carrier, 'Hello', SENT), 'ESME_ROK');
	const { id } = await ann.acceptNext(CUSTOMER);
	const [first] = await ann.thread(id);
	assert.deepEqual(byName(first.parameters), byName(SHOWN));
	await deliver(carrier, 'And more', SENT);
	const { message } = await ann.event('message', (event) => event.message.text === 'And more');
	assert.deepEqual(byName(message.parameters), byName(SHOWN));
	await deliver(carrier, 'Plain', { source_port: 7 });
	const plain = await ann.event('message', (event) => event.message.text === 'Plain');
	assert.equal(plain.message.parameters, undefined);
	const told = (await world.happened()).find(({ fields }) => fields.e === 'mo');
	assert.deepEqual(told.fields.tlvs.trim().split('\n').sort(), [...LINES].sort());
	const shop = await program(world, 'conversations');
	const { body } = await shop('GET', `/api/v2/conversations/${id}/messages`);
	assert.deepEqual(byName(body.entities[0].parameters), byName(SHOWN));
	assert.equal(body.entities[2].parameters, undefined);
});

for (const when of ['behind', 'before']) {
	test(`what was sent has those of its receipt, which comes ${when} the answer`, async (t) => {
		const { world, ann, carrier } = await start(t);
		await deliver(carrier, 'Hello');
		const { id } = await ann.acceptNext(CUSTOMER);
		if (when === 'before') carrier.onSubmit = () => {};
		const sent = await ann.send(id, 'Hi');
		const submit = await carrier.expectSubmit({ to: CUSTOMER });
		if (when === 'behind') await ann.state(sent.id, 'sent');
		await submit.receipt({ messageId: when === 'before' ? 'r1' : undefined, fields: SENT });
		if (when === 'before') submit.answer({ messageId: 'r1' });
		await ann.state(sent.id, 'delivered');
		const shown = (await ann.thread(id)).find((each) => each.id === sent.id);
		assert.deepEqual(byName(shown.parameters), byName(SHOWN));
		const told = (await world.happened()).find(({ fields }) => fields.e === 'state' && fields.st === 'delivered');
		assert.deepEqual(told.fields.tlvs.trim().split('\n').sort(), [...LINES].sort());
	});
}

test('what is too much is left out and counted; the text comes', async (t) => {
	const { world, ann, carrier } = await start(t);
	const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`vendor_many_${i}`, i]));
	await deliver(carrier, 'Hello', { ...many, vendor_secret: Buffer.alloc(200) });
	const { id } = await ann.acceptNext(CUSTOMER);
	const [{ text, parameters }] = await ann.thread(id);
	assert.deepEqual([text, parameters.length], ['Hello', 16]);
	await world.metricIs(world.base, 'bindery_parameters_left_out_total', 5);
});

test('pdu knows a carrier’s names', async (t) => {
	const { world } = await start(t);
	const pdu = new smpp.PDU('deliver_sm', { source_addr: '1', short_message: 'x', ...SENT });
	pdu.sequence_number = 1;
	const input = `${pdu.toBuffer().toString('hex')}\n`;
	const tlvs = async (...args) => {
		const { stdout, code } = await world.command('bindery-gateway', ['pdu', ...args], { input });
		assert.equal(code, 0);
		return JSON.parse(stdout).tlvs.map(({ tag, name, told }) => [tag, name, told]).sort();
	};
	assert.deepEqual(await tlvs('--carrier', 'acme'), [
		['0x1403', 'mccmnc', '26201'], ['0x1404', 'price', '513'], ['0x1405', 'trace-id', '0x01fe'],
		['0x1577', 'unknown', undefined],
	]);
	assert.ok((await tlvs()).every(([, name, told]) => name === 'unknown' && told === undefined));
	const { code, stderr } = await world.command('bindery-gateway', ['pdu', '--carrier', 'nobody'], { input });
	assert.equal(code, 1);
	assert.match(stderr, /no carrier "nobody"; the file has acme/);
});
