// STOP in every disguise, over a socket: whatever a handset, an SMSC or a customer makes of the four letters, the
// number is opted out and confirmed once; and what only resembles it is a message to an agent.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, waitFor, World } from './lib/index.mjs';

const STOPPED = 'You are unsubscribed and will get no more messages.';
const GSM7 = 0;
const LATIN1 = 3;
const UCS2 = 8;

const ucs2 = (text) => Buffer.from(text, 'utf16le').swap16();
const fullWidth = (text) => text.replace(/[!-~]/g, (letter) => String.fromCodePoint(letter.codePointAt(0) + 0xfee0));

// Septets of ASCII letters, which GSM 7 has where ASCII has them, packed behind `header` octets (3GPP TS 23.040 §9.2.3.24).
function pack(text, header = 0) {
	const fill = (7 - ((header * 8) % 7)) % 7;
	const octets = Buffer.alloc(Math.ceil((fill + text.length * 7) / 8));
	[...text].forEach((letter, i) => {
		for (let bit = 0; bit < 7; bit++) {
			const at = fill + i * 7 + bit;
			octets[at >> 3] |= ((letter.charCodeAt(0) >> bit) & 1) << (at & 7);
		}
	});
	return octets;
}

const whole = (data_coding, body) => [{ data_coding, short_message: body }];
const payload = (data_coding, body) => [{ data_coding, short_message: Buffer.alloc(0), message_payload: body }];
const udh8 = (data_coding, ...bodies) =>
	bodies.map((body, i) => ({
		data_coding,
		esm_class: 0x40,
		short_message: Buffer.concat([Buffer.from([5, 0, 3, 42, bodies.length, i + 1]), body]),
	}));
const udh16 = (data_coding, ...bodies) =>
	bodies.map((body, i) => ({
		data_coding,
		esm_class: 0x40,
		short_message: Buffer.concat([Buffer.from([6, 8, 4, 1, 42, bodies.length, i + 1]), body]),
	}));
const sar = (data_coding, ...bodies) =>
	bodies.map((body, i) => ({
		data_coding,
		short_message: body,
		sar_msg_ref_num: 42,
		sar_total_segments: bodies.length,
		sar_segment_seqnum: i + 1,
	}));
const text = (letters) => Buffer.from(letters, 'latin1');

const BOLD = '\u{1D412}\u{1D413}\u{1D40E}\u{1D40F}';
const LETTERS = [...'STOP'];

const DISGUISES = {
	'GSM 7': whole(GSM7, text('STOP')),
	'Latin 1': whole(LATIN1, text('Stop.')),
	'UCS-2': whole(UCS2, ucs2('stop')),
	'a payload of GSM 7': payload(GSM7, text('STOP')),
	'a payload of UCS-2': payload(UCS2, ucs2('Stop')),
	'two parts': udh8(GSM7, text('ST'), text('OP')),
	'two parts, the second first': udh8(GSM7, text('S'), text('TOP')).reverse(),
	'a letter a part': udh8(GSM7, ...LETTERS.map(text)),
	'a letter a part, backwards': udh16(GSM7, ...LETTERS.map(text)).reverse(),
	'parts by SAR': sar(GSM7, text('STO'), text('P')),
	'parts by SAR, out of order': sar(UCS2, ...LETTERS.map(ucs2)).sort((a, b) => (b.sar_segment_seqnum % 2) - (a.sar_segment_seqnum % 2)),
	'a part twice': ((parts) => [parts[0], parts[0], parts[1]])(udh8(GSM7, text('ST'), text('OP'))),
	'parts of UCS-2': udh8(UCS2, ucs2('sto'), ucs2('p')),
	'a pair of surrogates parted': udh8(UCS2, ucs2(BOLD).subarray(0, 6), ucs2(BOLD).subarray(6)),
	'an empty part': udh8(GSM7, text('STOP'), text('')),
	'full width': whole(UCS2, ucs2(fullWidth('STOP'))),
	'full width in parts': udh8(UCS2, ucs2(fullWidth('ST')), ucs2(fullWidth('OP!'))).reverse(),
	'no width between': whole(UCS2, ucs2('S\u200bT\u200cO\u200dP\ufeff')),
	'no width where parts meet': udh8(UCS2, ucs2('ST\u200b'), ucs2('\u2060OP')),
	accents: whole(UCS2, ucs2('Št\u00f3p')),
	'accents of GSM 7': whole(GSM7, Buffer.from([0x53, 0x74, 0x7c, 0x70])), // Stöp
	'Arrêt with a mark of its own': whole(UCS2, ucs2('ARRE\u0302T')),
	'Cyrillic letters': whole(UCS2, ucs2('\u0405\u0422\u041e\u0420')),
	'one Greek letter, in parts': udh8(UCS2, ucs2('S\u03a4'), ucs2('OP')),
	'letters on squares': whole(UCS2, ucs2('\u{1F182}\u{1F183}\u{1F17E}\u{1F17F}')),
	digits: whole(GSM7, text('5T0P')),
	'letters apart': whole(GSM7, text('s.t.o.p')),
	'letters repeated': udh8(GSM7, text('STOOO'), text('OOPPP')),
	'a signature': whole(GSM7, text('STOP\nSent from my iPhone')),
	'a signature in the last part': udh8(GSM7, text('QUIT\n-'), text('-\nMaria\nSales')),
	'right to left': whole(UCS2, ucs2('\u202eSTOP\u202c')),
	courtesy: udh8(GSM7, text('Please st'), text('op. Thank you')),
	'a phrase whose words are parted': udh8(GSM7, text('Take me of'), text('f your list')).reverse(),
};

const PACKED = {
	whole: whole(GSM7, pack('STOP')),
	'in parts': udh8(GSM7, pack('ST', 6), pack('OP', 6)),
	'in parts, the second first': udh8(GSM7, pack('STO', 6), pack('P', 6)).reverse(),
	'in parts of sixteen bits': udh16(GSM7, pack('S', 7), pack('TOP', 7)),
	'as a payload': payload(GSM7, pack('STOP')),
};

const customerOf = (i) => `+1555020${String(i).padStart(4, '0')}`;

// Each disguise from a number of its own; `confirmation` is the octets that it is answered with.
async function sendAll(world, disguises, confirmation) {
	const names = Object.keys(disguises);
	for (const [i, name] of names.entries()) {
		for (const part of disguises[name]) {
			const status = await world.carrier.deliverPdu({ source_addr: customerOf(i), destination_addr: OURS, ...part });
			assert.equal(status, 'ESME_ROK', name);
		}
	}
	const answered = (i) => world.carrier.submits.all.some(({ destination }) => destination.replace(/^\+?/, '+') === customerOf(i));
	const unanswered = () => names.filter((_, i) => !answered(i));
	await waitFor(() => unanswered().length === 0, { what: () => `an answer to: ${unanswered().join(', ')}` });
	assert.equal((await world.redis.keys('{c*}:opt:*')).length, names.length);
	assert.deepEqual(world.carrier.submits.all.map(({ octets }) => octets.toString('hex')), names.map(() => confirmation.toString('hex')));
}

test('STOP in every disguise is a STOP, and is confirmed once', async (t) => {
	const world = await World.start(t);
	await sendAll(world, DISGUISES, text(STOPPED));
});

test('STOP packed into octets is a STOP', async (t) => {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [{
				name: 'acme', hosts: [{ host: '127.0.0.1', port: carrier.port }], system_id: carrier.systemId, password: carrier.password,
				binds: 1, window: 10, default_alphabet: 'gsm7_packed',
			}],
		}),
	});
	await sendAll(world, PACKED, pack(STOPPED));
});

test('what only resembles it goes to an agent, and is answered by nobody else', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
	const others = [
		whole(UCS2, ucs2('\u041f\u0440\u0438\u0432\u0435\u0442')),
		udh8(GSM7, text('do not st'), text('op')),
		udh8(GSM7, text('where is the bus st'), text('op?')).reverse(),
		whole(UCS2, ucs2(fullWidth('POST'))),
		payload(GSM7, text('I will stop by at noon')),
	];
	for (const [i, parts] of others.entries()) {
		for (const part of parts)
			assert.equal(await world.carrier.deliverPdu({ source_addr: customerOf(i), destination_addr: OURS, ...part }), 'ESME_ROK');
		await ann.offer(customerOf(i));
	}
	assert.deepEqual(await world.redis.keys('{c*}:opt:*'), []);
	assert.deepEqual(world.carrier.submits.all, []);
});
