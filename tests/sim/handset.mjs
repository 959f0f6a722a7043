// The phones: what each sent and got, joined from segments as a phone joins them. In memory only.
//
// Emits `bubble` whenever one is new or has changed.

import { EventEmitter } from 'node:events';

import { halvesOf, octetsOf } from './peer.mjs';
import { concatenationOf, segmentsOf, textOf } from './text.mjs';

const BUBBLES_MAX = 5000;
export const TEXT_MAX = 2000;

function plus(address) {
	return /^\d{7,}$/.test(address) ? `+${address}` : address;
}

// What the page shows of one segment: `sequence` counts from 1.
function rawSegment({ octets, dataCoding, esmClass, concatenation, text, status }) {
	return {
		sequence: concatenation?.sequence ?? 1,
		total: concatenation?.total ?? 1,
		reference: concatenation?.reference ?? null,
		octets: octets.toString('hex'),
		udhOctets: esmClass & 0x40 && octets.length ? octets[0] + 1 : 0,
		dataCoding,
		esmClass,
		text,
		status,
	};
}

export class Handsets extends EventEmitter {
	constructor(smsc) {
		super();
		this.smsc = smsc;
		this.bubbles = new Map();
		this.joining = new Map(); // what a concatenated message is known by → its bubble
		this.ids = 0;
		this.references = 0;
		smsc.on('submit', (submit) => this.#arrived(submit));
	}

	list() {
		return [...this.bubbles.values()];
	}

	#add(bubble) {
		this.ids += 1;
		bubble.id = this.ids;
		bubble.at = Date.now();
		this.bubbles.set(bubble.id, bubble);
		if (this.bubbles.size > BUBBLES_MAX) this.bubbles.delete(this.bubbles.keys().next().value);
		return bubble;
	}

	// A customer presses send.
	send(customer, ours, text) {
		this.references = (this.references + 1) & 0xff;
		const fields = segmentsOf(text, { reference: this.references });
		const bubble = this.#add({
			from: 'customer',
			customer,
			ours,
			text,
			state: 'sending',
			segments: fields.map((each) => this.#sentSegment(each)),
		});
		this.emit('bubble', bubble);
		fields.forEach((each, at) =>
			this.smsc.deliver(
				`phone ${customer} ${ours}`,
				{ source_addr: customer, destination_addr: ours, ...each },
				(what, status) => this.#told(bubble, at, what, status),
			),
		);
		return bubble;
	}

	#sentSegment({ short_message, data_coding, esm_class }) {
		const { udh, body } = halvesOf({ short_message, esm_class });
		return rawSegment({
			octets: short_message,
			dataCoding: data_coding,
			esmClass: esm_class,
			concatenation: concatenationOf(udh),
			text: textOf(body, data_coding),
			status: 'sending',
		});
	}

	#told(bubble, at, what, status) {
		bubble.segments[at].status = status;
		const taken = bubble.segments.every((segment) => segment.status === 'ESME_ROK');
		bubble.state = taken ? 'sent' : what === 'waiting' ? 'waiting' : bubble.state;
		this.emit('bubble', bubble);
	}

	// A segment of the business came in.
	#arrived({ pdu, messageId, lost }) {
		const { udh, body } = halvesOf(pdu);
		const concatenation = concatenationOf(udh, pdu);
		const customer = plus(pdu.destination_addr);
		const ours = plus(pdu.source_addr);
		const segment = rawSegment({
			octets: octetsOf(pdu),
			dataCoding: pdu.data_coding,
			esmClass: pdu.esm_class,
			concatenation,
			text: textOf(body, pdu.data_coding),
			status: lost ? 'undelivered' : messageId,
		});
		const key = concatenation
			? [customer, ours, concatenation.reference, concatenation.total].join(' ')
			: null;
		const bubble =
			(key && this.joining.get(key)) ??
			this.#add({ from: 'business', customer, ours, text: '', segments: [], total: segment.total });
		if (bubble.segments.some(({ sequence }) => sequence === segment.sequence)) return;
		bubble.segments.push(segment);
		bubble.segments.sort((a, b) => a.sequence - b.sequence);
		const complete = bubble.segments.length === bubble.total;
		if (key && complete) this.joining.delete(key);
		else if (key) this.joining.set(key, bubble);
		bubble.text = bubble.segments.map(({ text }) => text).join('');
		bubble.state = lost ? 'undelivered' : complete ? 'received' : 'partial';
		this.emit('bubble', bubble);
	}
}
