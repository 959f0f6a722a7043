// What the gateway sends, octet by octet: its binds, its submits in each carrier's habit, and how it
// takes its leave.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { waitFor } from './lib/index.mjs';
import { RawPeers } from './lib/peers.mjs';
import { pdu } from './lib/raw.mjs';
import { heard, submitted } from './lib/record.mjs';

const OURS = '01013135353537373730313030 00'; // +15557770100
const SUBMIT_SM_RESP = 0x80000004;
const BIND_RESP = 0x80000009;

// What each carrier asks for in bindery.conf.
const CARRIERS = {
	acme: {},
	transmitter: { bind_type: 'transmitter', system_type: 'SMPP' },
	receiver: { bind_type: 'receiver' },
	udh16: { concatenation: 'udh16' },
	sar: { concatenation: 'sar' },
	old: { concatenation: 'sar' },
	payload: { concatenation: 'payload' },
	latin1: { latin1: true },
	demanding: {
		validity_period: 'relative',
		tlvs: [{ tag: 0x1401, text: 'promo' }, { tag: 0x1402, hex: '01ff' }],
		languages: ['turkish'],
		validity_s: 86430,
	},
	typed: { service_type: 'CMT', address_range: '^1555', address_range_ton: 1, address_range_npi: 8 },
	ranked: { priority: { interactive: 2, transactional: 1, bulk: 0 } },
	formal: { addresses: { e164_ton: 1, e164_npi: 8, plus: true } },
};

// The sc_interface_version that it answers, where it does.
const VERSIONS = { old: '33' };

function hex(text) {
	return Buffer.from(text, 'latin1').toString('hex');
}

function wire(words) {
	return words.replace(/\s+/g, '').toLowerCase();
}

// The customer's address in a submit_sm.
function theirs(digits) {
	return `0101 ${hex(digits)} 00`;
}

describe('what the gateway sends', () => {
	const peers = RawPeers.forTests(CARRIERS, {
		prepare(smsc, name) {
			if (VERSIONS[name]) smsc.bindBody = `00${wire(`0210 0001 ${VERSIONS[name]}`)}`;
		},
	});
	const { smscs } = peers;
	let made = 0;


	const BINDS = {
		acme: '00000026 00000009 00000000 00000001 62696E6465727900 736563726574373800 00 34 00 00 00',
		transmitter:
			'0000002A 00000002 00000000 00000001 62696E6465727900 736563726574373800 534D505000 34 00 00 00',
		receiver: '00000026 00000001 00000000 00000001 62696E6465727900 736563726574373800 00 34 00 00 00',
		typed: '0000002B 00000009 00000000 00000001 62696E6465727900 736563726574373800 00 34 01 08 5E3135353500',
	};
	for (const [name, octets] of Object.entries(BINDS)) {
		test(`a bind as ${name} is laid out as SMPP 3.4 §4.1 has it`, () => {
			assert.equal(smscs[name].links[0].bind.toString('hex'), wire(octets));
		});
	}

	// Sends one message and answers its submits; resolves to their bodies in hex.
	async function bodies(carrier, { text, count = 1, reference = 7, receipt, kind }) {
		made += 1;
		const digits = String(15559100000 + made);
		const id = `s${made}`;
		await submitted(peers.world.redis, { carrier, id, to: `+${digits}`, text, reference, receipt, kind });
		const found = [];
		for (let i = 0; i < count; i++) {
			const submit = await smscs[carrier].submit(carrier === 'formal' ? `+${digits}` : digits);
			found.push(submit.octets.toString('hex', 16));
			submit.link.write(pdu(SUBMIT_SM_RESP, 0, submit.sequence, '696400'));
		}
		const results = [];
		await waitFor(async () => {
			results.push(...(await heard(peers.world.redis, 'rs')).filter(({ record }) => record.id === id));
			return results.length === count;
		});
		return { found, to: theirs(digits), digits };
	}

	test('a short text is one submit_sm that asks for a receipt', async () => {
		const { found, to } = await bodies('acme', { text: 'Hello' });
		assert.deepEqual(found, [
			wire(`00 ${OURS} ${to} 00 00 00 00 00 01 00 00 00 05 48656C6C6F`),
		]);
	});

	test('a receipt is asked for only where it is wanted', async () => {
		const { found, to } = await bodies('acme', { text: 'Hi', receipt: false });
		assert.deepEqual(found, [wire(`00 ${OURS} ${to} 00 00 00 00 00 00 00 00 00 02 4869`)]);
	});

	test('a transmitter sends too', async () => {
		const { found, to } = await bodies('transmitter', { text: 'Hi' });
		assert.deepEqual(found, [wire(`00 ${OURS} ${to} 00 00 00 00 00 01 00 00 00 02 4869`)]);
	});

	test('a service_type is in each submit_sm of a carrier that wants one', async () => {
		const { found, to } = await bodies('typed', { text: 'Hi' });
		assert.deepEqual(found, [wire(`434D5400 ${OURS} ${to} 00 00 00 00 00 01 00 00 00 02 4869`)]);
	});

	for (const [kind, flag] of Object.entries(CARRIERS.ranked.priority)) {
		test(`what is ${kind} has the priority_flag that its carrier wants of such`, async () => {
			const { found, to } = await bodies('ranked', { text: 'Hi', kind });
			assert.deepEqual(found, [wire(`00 ${OURS} ${to} 00 00 0${flag} 00 00 01 00 00 00 02 4869`)]);
		});
	}

	test('the euro sign is an escape pair of the default alphabet', async () => {
		const { found, to } = await bodies('acme', { text: '€@' });
		assert.deepEqual(found, [wire(`00 ${OURS} ${to} 00 00 00 00 00 01 00 00 00 03 1B6500`)]);
	});

	test('what the default alphabet lacks goes as UCS-2', async () => {
		const { found, to } = await bodies('acme', { text: 'Ж😀' });
		assert.deepEqual(found, [
			wire(`00 ${OURS} ${to} 00 00 00 00 00 01 00 08 00 06 0416 D83DDE00`),
		]);
	});

	test('what Latin-1 keeps goes as Latin-1 where the carrier takes it', async () => {
		const { found, to } = await bodies('latin1', { text: 'É û' });
		assert.deepEqual(found, [wire(`00 ${OURS} ${to} 00 00 00 00 00 01 00 03 00 03 C920FB`)]);
	});

	test('a long text goes in parts of 153 septets with an 8-bit reference', async () => {
		const { found, to } = await bodies('acme', { text: 'A'.repeat(161), count: 2 });
		const head = `00 ${OURS} ${to} 40 00 00 00 00 01 00 00 00`;
		assert.deepEqual(found, [
			wire(`${head} 9F 050003070201 ${'41'.repeat(153)}`),
			wire(`${head} 0E 050003070202 ${'41'.repeat(8)}`),
		]);
	});

	test('a long text goes in parts of 152 septets with a 16-bit reference', async () => {
		const text = 'A'.repeat(161);
		const { found, to } = await bodies('udh16', { text, count: 2, reference: 0x1234 });
		const head = `00 ${OURS} ${to} 40 00 00 00 00 01 00 00 00`;
		assert.deepEqual(found, [
			wire(`${head} 9F 06080412340201 ${'41'.repeat(152)}`),
			wire(`${head} 10 06080412340202 ${'41'.repeat(9)}`),
		]);
	});

	test('a long text goes in parts with SAR parameters', async () => {
		const text = 'A'.repeat(161);
		const { found, to } = await bodies('sar', { text, count: 2, reference: 0x1234 });
		const head = `00 ${OURS} ${to} 00 00 00 00 00 01 00 00 00`;
		const sar = (n) => `020C 0002 1234 020E 0001 02 020F 0001 0${n}`;
		assert.deepEqual(found, [
			wire(`${head} 98 ${'41'.repeat(152)} ${sar(1)}`),
			wire(`${head} 09 ${'41'.repeat(9)} ${sar(2)}`),
		]);
	});

	test('a carrier of version 3.3 gets no parameters, but a header', async () => {
		const text = 'A'.repeat(161);
		const { found, to } = await bodies('old', { text, count: 2, reference: 0x1234 });
		const head = `00 ${OURS} ${to} 40 00 00 00 00 01 00 00 00`;
		assert.deepEqual(found, [
			wire(`${head} 9F 06080412340201 ${'41'.repeat(152)}`),
			wire(`${head} 10 06080412340202 ${'41'.repeat(9)}`),
		]);
	});

	test('a late answer to the bind changes nothing of that', async () => {
		const link = await smscs.sar.bound();
		link.write(pdu(BIND_RESP, 0, 1, wire('00 0210 0001 33')));
		await link.barrier();
		const { found } = await bodies('sar', { text: 'A'.repeat(161), count: 2 });
		assert.match(found[0], /020c00020007020e000102020f000101$/);
	});

	test('a long text goes as one message_payload', async () => {
		const { found, to } = await bodies('payload', { text: 'A'.repeat(161) });
		assert.deepEqual(found, [
			wire(`00 ${OURS} ${to} 00 00 00 00 00 01 00 00 00 00 0424 00A1 ${'41'.repeat(161)}`),
		]);
	});

	test('a carrier gets the parameters, the time and the shift table that it asks for', async () => {
		const { found, to } = await bodies('demanding', { text: `ışık ${'a'.repeat(70)}` });
		const day = '30303030303130303030'; // 00 months, 01 day, 00:00
		const seconds = '3[0-9]3[0-9]';
		assert.match(found.join(), new RegExp(
			wire(`^00 ${OURS} ${to} 40 00 00 00 ${day}`) + seconds + wire(`30303052 00 01 00 00 00 52
				03240101 1B69 1B73 1B69 6B 20 (?:61){70} 1401 0005 ${hex('promo')} 1402 0002 01FF$`)));
	});

	test('a carrier gets its own numbering plan and the plus', async () => {
		const { found, digits } = await bodies('formal', { text: 'Hi' });
		assert.deepEqual(found, [
			wire(`00 0108 2B3135353537373730313030 00 0108 2B${hex(digits)} 00
				00 00 00 00 00 01 00 00 00 02 4869`),
		]);
	});

	test('whoever stops it gets an unbind from each bind, and the answers before', async () => {
		const links = Object.values(smscs).map((smsc) => smsc.link);
		assert.equal(await peers.world.gateway.stop(), 0);
		for (const link of links) {
			const last = link.sent.at(-1);
			assert.equal(last.toString('hex', 0, 12), wire('00000010 00000006 00000000'));
			assert.ok(last.readUInt32BE(12) > 0);
		}
	});
});
