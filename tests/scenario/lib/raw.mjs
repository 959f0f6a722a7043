// An SMSC of bare octets: nothing is decoded for it, so that it can be as wrong as it likes, and
// what the gateway sent is kept as it stood on the wire, for tshark to judge.

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

import { run } from './process.mjs';
import { waitFor } from './wait.mjs';

const RESPONSE = 0x80000000;
const SUBMIT_SM = 0x04;
const UNBIND = 0x06;
const ENQUIRE_LINK = 0x15;
const BINDS = [0x01, 0x02, 0x09];
const BARRIER = 0x7abcd000; // sequence_numbers of our own enquiries

// A PDU of hex words, its length counted: pdu(0x80000004, 0, 7, '616200').
export function pdu(command, status, sequence, body = '') {
	const octets = Buffer.alloc(16 + body.length / 2);
	octets.writeUInt32BE(octets.length, 0);
	octets.writeUInt32BE(command, 4);
	octets.writeUInt32BE(status, 8);
	octets.writeUInt32BE(sequence, 12);
	octets.write(body, 16, 'hex');
	return octets;
}

// The whole PDUs at the start of `octets`, and what is left of them.
export function cut(octets) {
	const whole = [];
	let at = 0;
	while (octets.length - at >= 4 && octets.length - at >= octets.readUInt32BE(at)) {
		whole.push(octets.subarray(at, at + octets.readUInt32BE(at)));
		at += octets.readUInt32BE(at);
	}
	return { whole, rest: octets.subarray(at) };
}

// destination_addr of a submit_sm.
function destinationOf(octets) {
	const serviceType = octets.indexOf(0, 16);
	const source = octets.indexOf(0, serviceType + 3);
	const destination = octets.indexOf(0, source + 3);
	return octets.toString('latin1', source + 3, destination);
}

// One connection of the gateway.
class Link {
	constructor(smsc, socket) {
		this.smsc = smsc;
		this.socket = socket;
		this.bind = null; // its bind_*, once it came
		this.bound = false; // we said so
		this.open = true;
		this.answers = []; // responses, but for those to our own enquiries
		this.sent = []; // every PDU of the gateway's
		this.enquiries = []; // sequence_numbers of enquire_links not answered
		this.barriers = 0;
		this.passed = new Set();
		let rest = Buffer.alloc(0);
		socket.setNoDelay(true);
		socket.on('error', () => {});
		socket.on('close', () => (this.open = false));
		socket.on('data', (chunk) => {
			const { whole, rest: left } = cut(Buffer.concat([rest, chunk]));
			rest = left;
			for (const octets of whole) this.#hear(octets);
		});
	}

	#hear(octets) {
		const command = octets.readUInt32BE(4);
		const sequence = octets.readUInt32BE(12);
		this.sent.push(octets);
		if (command >= RESPONSE) {
			if (sequence > BARRIER && sequence <= BARRIER + this.barriers) this.passed.add(sequence);
			else this.answers.push(octets);
		} else if (BINDS.includes(command)) {
			this.bind = octets;
			if (this.smsc.answersBinds) this.answerBind();
		} else if (command === SUBMIT_SM) {
			this.smsc.submits.push({ link: this, octets, sequence, to: destinationOf(octets) });
		} else if (command === ENQUIRE_LINK) {
			if (this.smsc.answersEnquiries) this.write(pdu(RESPONSE + ENQUIRE_LINK, 0, sequence));
			else this.enquiries.push(sequence);
		} else if (command === UNBIND) {
			this.socket.end(pdu(RESPONSE + UNBIND, 0, sequence));
		}
	}

	get bindSequence() {
		return this.bind.readUInt32BE(12);
	}

	answerBind() {
		const command = RESPONSE + this.bind.readUInt32BE(4);
		this.write(pdu(command, 0, this.bindSequence, this.smsc.bindBody));
		this.bound = true;
	}

	write(octets) {
		if (this.open) this.socket.write(octets);
	}

	// Octet by octet, or in pieces where it is long.
	async drip(octets) {
		const size = Math.ceil(octets.length / 400);
		for (let at = 0; at < octets.length; at += size) {
			this.write(octets.subarray(at, at + size));
			await new Promise(setImmediate);
		}
	}

	// Resolves once the gateway has heard all that was written before.
	async barrier() {
		this.barriers += 1;
		const sequence = BARRIER + this.barriers;
		this.write(pdu(ENQUIRE_LINK, 0, sequence));
		await waitFor(() => this.passed.has(sequence) || !this.open, { what: 'a barrier' });
		if (!this.open) throw new Error('the gateway closed the link');
	}
}

export class RawSmsc {
	// Listens on a port of its own.
	static async start() {
		const smsc = new RawSmsc();
		smsc.server = createServer((socket) => {
			smsc.links.push(new Link(smsc, socket));
		});
		await new Promise((resolve) => smsc.server.listen(0, '127.0.0.1', resolve));
		smsc.port = smsc.server.address().port;
		return smsc;
	}

	constructor() {
		this.links = [];
		this.submits = [];
		this.answersBinds = true;
		this.answersEnquiries = true;
		this.bindBody = '736d736300'; // of bind_*_resp, hex
	}

	get link() {
		return this.links.findLast(({ open }) => open);
	}

	// The link that stands now, bound.
	bound() {
		return waitFor(() => this.link?.bound && this.link, { what: 'a bind' });
	}

	// Takes the next submit_sm to this number.
	async submit(to) {
		const fits = (each) => each.to === to;
		await waitFor(() => this.submits.some(fits), { what: `a submit_sm to ${to}` });
		return this.submits.splice(this.submits.findIndex(fits), 1)[0];
	}

	// Everything that the gateway sent, as [link][PDU].
	get sent() {
		return this.links.map(({ sent }) => sent);
	}

	async close() {
		for (const { socket } of this.links) socket.destroy();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

const PORT = 2775;

// One IPv4 packet that carries `octets` in a stream at offset `at`, as pcap's LINKTYPE_RAW has it.
function packet(octets, port, at) {
	const header = Buffer.alloc(40);
	header.writeUInt16BE(0x4500, 0);
	header.writeUInt16BE(40 + octets.length, 2);
	header.writeUInt16BE(0x4006, 8);
	header.writeUInt32BE(0x7f000001, 12);
	header.writeUInt32BE(0x7f000001, 16);
	header.writeUInt16BE(port, 20);
	header.writeUInt16BE(PORT, 22);
	header.writeUInt32BE(1 + at, 24);
	header.writeUInt32BE(1, 28);
	header.writeUInt16BE(0x5018, 32);
	header.writeUInt16BE(0xffff, 34);
	return Buffer.concat([header, octets]);
}

// Writes the PDUs of each link as a stream of its own into a capture that Wireshark reads.
export function writeCapture(path, links) {
	const file = [Buffer.from('d4c3b2a1020004000000000000000000ffff000065000000', 'hex')];
	links.forEach((pdus, i) => {
		let at = 0;
		for (const octets of pdus) {
			const body = packet(octets, 10000 + i, at);
			const record = Buffer.alloc(16);
			record.writeUInt32LE(1, 0);
			record.writeUInt32LE(body.length, 8);
			record.writeUInt32LE(body.length, 12);
			file.push(record, body);
			at += octets.length;
		}
	});
	writeFileSync(path, Buffer.concat(file));
}

// What tshark makes of a capture: the number of PDUs, and the lines that it calls malformed.
export async function judge(path) {
	const read = async (filter) => {
		const { code, stdout, stderr } = await run('tshark', [
			'-r', path, '-d', `tcp.port==${PORT},smpp`, '-Y', filter,
			'-T', 'fields', '-e', 'frame.number', '-e', 'smpp.command_id', '-e', '_ws.expert.message',
		]);
		if (code !== 0) throw new Error(`tshark: ${stderr}`);
		return stdout.split('\n').filter(Boolean);
	};
	return {
		pdus: (await read('smpp')).length,
		malformed: await read('_ws.malformed || _ws.expert.severity == 8388608'),
	};
}
