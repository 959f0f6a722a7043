// The npm package `smpp`, opened where a test must look closer than the package lets it: the
// octets of a message as they stood on the wire, beside the text that the package made of them.
//
// The package decodes short_message and message_payload in place, { message, udh }, and forgets
// the octets. Here the same object carries them too, as `octets`, UDH included; not enumerable,
// so that the package's encoder does not see it.

import { createRequire } from 'node:module';

const smpp = createRequire(import.meta.url)('smpp');

const decode = smpp.filters.message.decode;
smpp.filters.message.decode = function decodeAndKeep(value, skipUdh) {
	const result = decode.call(this, value, skipUdh);
	if (Buffer.isBuffer(value) && result && typeof result === 'object' && !Buffer.isBuffer(result))
		Object.defineProperty(result, 'octets', { value: Buffer.from(value) });
	return result;
};

// The octets of a message as they came: short_message, or message_payload where it is empty.
export function octetsOf(pdu) {
	const short = pdu.short_message?.octets ?? pdu.short_message;
	if (Buffer.isBuffer(short) && short.length) return short;
	const payload = pdu.message_payload?.octets ?? pdu.message_payload;
	return Buffer.isBuffer(payload) ? payload : Buffer.alloc(0);
}

export const UDHI = 0x40;

// The PDU's user data in its two halves: { udh, body }, udh null where there is none.
export function halvesOf(pdu) {
	const octets = octetsOf(pdu);
	if (!(pdu.esm_class & UDHI) || !octets.length || octets[0] + 1 > octets.length)
		return { udh: null, body: octets };
	return { udh: octets.subarray(0, octets[0] + 1), body: octets.subarray(octets[0] + 1) };
}

// The name of a command_status, `ESME_ROK`, or its number in hex.
export function statusName(status) {
	for (const [name, value] of Object.entries(smpp.errors)) if (value === status) return name;
	return `0x${status.toString(16).padStart(8, '0').toUpperCase()}`;
}

export { smpp };
