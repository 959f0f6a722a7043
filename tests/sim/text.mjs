// Text as a phone writes it: GSM 03.38 (one septet an octet, as SMPP carries it) or UCS-2, cut into
// segments with a UDH, and the way back. Kept apart from the C code on purpose, so that the two can
// prove each other wrong. 3GPP TS 23.038 §6.2.1, TS 23.040 §9.2.3.24.

const BASIC =
	'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
	'¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = new Map([
	[0x0a, '\f'],
	[0x14, '^'],
	[0x28, '{'],
	[0x29, '}'],
	[0x2f, '\\'],
	[0x3c, '['],
	[0x3d, '~'],
	[0x3e, ']'],
	[0x40, '|'],
	[0x65, '€'],
]);
const ESCAPE = 0x1b;

const SEPTETS = new Map();
[...BASIC].forEach((character, code) => {
	if (code !== ESCAPE) SEPTETS.set(character, [code]);
});
for (const [code, character] of EXTENSION) SEPTETS.set(character, [ESCAPE, code]);

export const DATA_CODING = { gsm7: 0, latin1: 3, ucs2: 8 };

// Room for one message alone, and for each segment of several, by length of the reference in bits;
// gsm7 counts septets, the others octets.
const ROOM = {
	gsm7: { alone: 160, 8: 153, 16: 152 },
	latin1: { alone: 140, 8: 134, 16: 133 },
	ucs2: { alone: 140, 8: 134, 16: 132 },
};

export function codingOf(text) {
	return [...text].every((character) => SEPTETS.has(character)) ? 'gsm7' : 'ucs2';
}

// One Buffer for each character, so that nothing that belongs together is ever parted.
function unitsOf(text, coding) {
	return [...text].map((character) => {
		if (coding === 'gsm7') return Buffer.from(SEPTETS.get(character) ?? SEPTETS.get('?'));
		if (coding === 'latin1') return Buffer.from(character, 'latin1');
		return Buffer.from(character, 'utf16le').swap16();
	});
}

function fill(units, room) {
	const segments = [];
	let current = [];
	let length = 0;
	for (const unit of units) {
		if (length + unit.length > room) {
			segments.push(Buffer.concat(current));
			current = [];
			length = 0;
		}
		current.push(unit);
		length += unit.length;
	}
	segments.push(Buffer.concat(current));
	return segments;
}

export function concatenationUdh(reference, total, sequence, bits = 8) {
	if (bits === 16)
		return Buffer.from([6, 0x08, 4, (reference >> 8) & 0xff, reference & 0xff, total, sequence]);
	return Buffer.from([5, 0x00, 3, reference & 0xff, total, sequence]);
}

// `text` as the PDU fields of its segments, ready for deliver_sm: [{ esm_class, data_coding,
// short_message }], with TLVs where `form` is `sar`, and one with message_payload where it is
// `payload`. `reference` is only used when there is more than one.
export function segmentsOf(text, options = {}) {
	const { coding = codingOf(text), reference = 1, bits = 8, form = 'udh' } = options;
	const data_coding = DATA_CODING[coding];
	const units = unitsOf(text, coding);
	const whole = Buffer.concat(units);

	if (form === 'payload')
		return [{ esm_class: 0, data_coding, short_message: Buffer.alloc(0), message_payload: whole }];
	if (whole.length <= ROOM[coding].alone && !options.always)
		return [{ esm_class: 0, data_coding, short_message: whole }];

	const bodies = fill(units, ROOM[coding][bits]);
	return bodies.map((body, at) => {
		if (form === 'sar') {
			return {
				esm_class: 0,
				data_coding,
				short_message: body,
				sar_msg_ref_num: reference,
				sar_total_segments: bodies.length,
				sar_segment_seqnum: at + 1,
			};
		}
		const udh = concatenationUdh(reference, bodies.length, at + 1, bits);
		return { esm_class: 0x40, data_coding, short_message: Buffer.concat([udh, body]) };
	});
}

function gsm7Text(octets) {
	let text = '';
	for (let at = 0; at < octets.length; at++) {
		const code = octets[at] & 0x7f;
		if (code === ESCAPE) {
			at++;
			text += EXTENSION.get(octets[at]) ?? BASIC[octets[at] & 0x7f] ?? ' ';
		} else {
			text += BASIC[code];
		}
	}
	return text;
}

// What a phone shows for a body without its UDH.
export function textOf(octets, dataCoding) {
	if (dataCoding === 8) {
		const even = Buffer.from(octets.subarray(0, octets.length & ~1));
		return even.swap16().toString('utf16le');
	}
	if (dataCoding === 3) return octets.toString('latin1');
	return gsm7Text(octets);
}

// The elements of a UDH: [{ id, data }]; stops at the first that does not fit.
export function udhElements(udh) {
	const elements = [];
	for (let at = 1; at + 1 < udh.length; ) {
		const end = at + 2 + udh[at + 1];
		if (end > udh.length) break;
		elements.push({ id: udh[at], data: udh.subarray(at + 2, end) });
		at = end;
	}
	return elements;
}

// { reference, total, sequence } of a segment of several, or null.
export function concatenationOf(udh, tlvs = {}) {
	for (const { id, data } of udh ? udhElements(udh) : []) {
		if (id === 0x00 && data.length === 3)
			return { reference: data[0], total: data[1], sequence: data[2] };
		if (id === 0x08 && data.length === 4)
			return { reference: data.readUInt16BE(0), total: data[2], sequence: data[3] };
	}
	if (tlvs.sar_total_segments > 1) {
		return {
			reference: tlvs.sar_msg_ref_num,
			total: tlvs.sar_total_segments,
			sequence: tlvs.sar_segment_seqnum,
		};
	}
	return null;
}
