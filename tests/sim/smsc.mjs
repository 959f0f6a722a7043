// The simulated carrier's SMSC: takes binds, delivers what phones send and keeps it until it is
// taken, answers submit_sm, returns receipts, and misbehaves on demand.
//
// Emits: `binds`; `submit` ({ pdu, messageId }); `trace` (a line about a PDU).

import { EventEmitter } from 'node:events';

import { smpp, statusName } from './peer.mjs';

const ANSWER_TIMEOUT_MS = 10_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;
const RECEIPT_DELAY_MS = 400;

// What can be made to go wrong, and its healthy value.
export const HEALTHY = {
	receipts: 'delivered', // delivered, failed, none
	receiptFirst: false, // the receipt comes before the submit_sm_resp
	throttleEvery: 0, // every nth submit_sm is answered ESME_RTHROTTLED; 0 = none
	answerDelayMs: 0, // before each submit_sm_resp
};

function digits(address) {
	return address.replace(/^\+/, '');
}

export class Smsc extends EventEmitter {
	constructor({ systemId, password }) {
		super();
		this.systemId = systemId;
		this.password = password;
		this.trouble = { ...HEALTHY };
		this.binds = new Set(); // sessions that are bound
		this.turn = 0;
		this.run = Date.now().toString(16);
		this.submits = 0;
		this.queues = new Map(); // what waits for the gateway, a list for each lane
		this.stopped = false;
	}

	listen(port) {
		this.server = smpp.createServer((session) => this.#session(session));
		return new Promise((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(port, '127.0.0.1', () => resolve(this.server.address().port));
		});
	}

	close() {
		this.stopped = true;
		this.drop();
		return new Promise((resolve) => this.server.close(resolve));
	}

	// Breaks every link without a word; the gateway has to come back by itself.
	drop() {
		for (const session of this.server.sessions.slice()) session.socket.destroy();
	}

	#session(session) {
		session.on('error', () => session.socket.destroy());
		session.on('close', () => {
			if (this.binds.delete(session)) this.emit('binds');
		});
		session.on('pdu', (pdu) => this.#pdu(session, pdu));
	}

	#pdu(session, pdu) {
		if (pdu.command.startsWith('bind_') && !pdu.isResponse()) this.#bind(session, pdu);
		else if (pdu.command === 'enquire_link') session.send(pdu.response());
		else if (pdu.command === 'unbind') session.send(pdu.response(), () => session.close());
		else if (pdu.command === 'submit_sm' && this.binds.has(session)) this.#submit(session, pdu);
		else if (!pdu.isResponse())
			session.send(pdu.response({ command_status: smpp.ESME_RINVBNDSTS }));
	}

	#bind(session, pdu) {
		const known = pdu.system_id === this.systemId && pdu.password === this.password;
		const status = known ? smpp.ESME_ROK : smpp.ESME_RINVPASWD;
		session.send(
			pdu.response({ command_status: status, system_id: 'sim', sc_interface_version: 0x34 }),
		);
		this.#trace('in', pdu.command, statusName(status));
		if (!known) return;
		session.receives = pdu.command !== 'bind_transmitter';
		this.binds.add(session);
		this.emit('binds');
	}

	#submit(session, pdu) {
		const { throttleEvery, answerDelayMs, receiptFirst } = this.trouble;
		this.submits += 1;
		const throttled = throttleEvery > 0 && this.submits % throttleEvery === 0;
		const status = throttled ? smpp.ESME_RTHROTTLED : smpp.ESME_ROK;
		// Unlike any of an earlier run: what was sent then may still wait for its receipt.
		const messageId = this.run + this.submits.toString(16).padStart(8, '0');
		const answer = () => {
			session.send(pdu.response({ command_status: status, message_id: messageId }));
			this.#trace('in', 'submit_sm', statusName(status));
			if (!throttled && !receiptFirst) setTimeout(receipt, RECEIPT_DELAY_MS);
		};
		const receipt = () => this.#receipt(pdu, messageId);
		if (!throttled) this.emit('submit', { pdu, messageId, lost: this.trouble.receipts === 'failed' });
		if (!throttled && receiptFirst) receipt();
		setTimeout(answer, answerDelayMs + (receiptFirst ? RECEIPT_DELAY_MS : 0));
	}

	// SMPP 3.4 Appendix B, with the TLVs of §5.3.2.12 and §5.3.2.35 beside the text.
	#receipt(pdu, messageId) {
		const { receipts } = this.trouble;
		if (receipts === 'none' || !(pdu.registered_delivery & 3)) return;
		const failed = receipts === 'failed';
		const date = new Date().toISOString().replace(/\D/g, '').slice(2, 12);
		const text =
			`id:${messageId} sub:001 dlvrd:${failed ? '000' : '001'} submit date:${date} ` +
			`done date:${date} stat:${failed ? 'UNDELIV' : 'DELIVRD'} ` +
			`err:${failed ? '001' : '000'} text:`;
		this.deliver(`receipt ${messageId}`, {
			source_addr: pdu.destination_addr,
			destination_addr: pdu.source_addr,
			esm_class: 0x04,
			data_coding: 0,
			short_message: Buffer.from(text, 'latin1'),
			receipted_message_id: messageId,
			message_state: failed ? 5 : 2,
		});
	}

	// Puts one deliver_sm behind the others of its lane; one of a lane is on its way at a time, so
	// a customer's segments keep their order. `told` hears ('waiting' | 'taken', status name).
	deliver(lane, fields, told = () => {}) {
		const item = { fields, told, attempt: 0 };
		const queue = this.queues.get(lane);
		if (queue) {
			queue.push(item);
			return;
		}
		this.queues.set(lane, [item]);
		this.#drain(lane);
	}

	async #drain(lane) {
		const queue = this.queues.get(lane);
		while (queue.length && !this.stopped) {
			const [item] = queue;
			const status = await this.#attempt(item.fields);
			this.#trace('out', 'deliver_sm', status);
			if (status === 'ESME_ROK') {
				queue.shift();
				item.told('taken', status);
				continue;
			}
			item.told('waiting', status);
			await this.#pause(Math.min(RETRY_FIRST_MS * 2 ** item.attempt++, RETRY_MAX_MS));
		}
		this.queues.delete(lane);
	}

	// Until the time is over, or the gateway has bound anew.
	#pause(ms) {
		return new Promise((resolve) => {
			const over = () => {
				clearTimeout(timer);
				this.off('binds', bound);
				resolve();
			};
			const bound = () => this.binds.size && over();
			const timer = setTimeout(over, ms);
			this.setMaxListeners(0);
			this.on('binds', bound);
		});
	}

	// The status name of one try, or why there was no answer.
	#attempt(fields) {
		const receivers = [...this.binds].filter((session) => session.receives);
		if (!receivers.length) return Promise.resolve('no bind');
		const session = receivers[this.turn++ % receivers.length];
		const pdu = new smpp.PDU('deliver_sm', {
			source_addr_ton: 1,
			source_addr_npi: 1,
			dest_addr_ton: 1,
			dest_addr_npi: 1,
			...fields,
			source_addr: digits(fields.source_addr),
			destination_addr: digits(fields.destination_addr),
		});
		return new Promise((resolve) => {
			const finish = (status) => {
				clearTimeout(timer);
				session.removeListener('close', lost);
				resolve(status);
			};
			const lost = () => finish('link lost');
			const timer = setTimeout(() => finish('no answer'), ANSWER_TIMEOUT_MS);
			session.setMaxListeners(0);
			session.once('close', lost);
			if (!session.send(pdu, (answer) => finish(statusName(answer.command_status)))) lost();
		});
	}

	#trace(direction, command, status) {
		this.emit('trace', { at: Date.now(), direction, command, status });
	}
}
