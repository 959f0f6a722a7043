// The simulated carrier's SMSC: takes binds, delivers what phones send and keeps it until it is
// taken, answers submit_sm, returns receipts, and misbehaves on demand.
//
// Emits: `binds`; `submit` ({ pdu, messageId }); `trace` (a line about a PDU); `trouble` when it, or what
// was done wrong so far, has changed.

import { EventEmitter } from 'node:events';

import { smpp, statusName } from './peer.mjs';
import { answerOf, checked, HEALTHY, misshapen, receiptsOf, statusOf, taken } from './trouble.mjs';

const ANSWER_TIMEOUT_MS = 10_000;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;

const STATES = { ENROUTE: 1, DELIVRD: 2, UNDELIV: 5 };

// What was done wrong, as the page counts it.
const DONE = {
	throttled: 'throttled',
	status: 'refused',
	lost: 'answers lost',
	half: 'half PDUs',
	length: 'wrong lengths',
	rubbish: 'rubbish',
	drop: 'links dropped',
};
const DONE_RAW = ['half', 'length', 'rubbish'];

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
		this.done = {}; // what was done wrong, how often
		this.steps = []; // of a scenario, those to come
		this.timers = new Set();
	}

	// Takes up a scenario (trouble.mjs): its steps come when they are due.
	play(steps) {
		for (const timer of this.timers) clearTimeout(timer);
		this.timers.clear();
		this.steps = steps.filter(({ after_submits }) => after_submits !== undefined);
		for (const step of steps) {
			if (step.after_submits === undefined) this.#later(step.after_ms ?? 0, () => this.#step(step));
		}
	}

	set(changes) {
		this.trouble = { ...this.trouble, ...checked(changes) };
		this.emit('trouble');
	}

	heal() {
		this.trouble = { ...HEALTHY };
		this.emit('trouble');
	}

	#step({ healthy, set, do: action }) {
		if (healthy) this.heal();
		this.set(set);
		if (action) this[action]();
	}

	#later(ms, then) {
		const timer = setTimeout(() => {
			this.timers.delete(timer);
			if (!this.stopped) then();
		}, ms);
		this.timers.add(timer);
	}

	#wrong(what) {
		this.done[what] = (this.done[what] ?? 0) + 1;
		this.emit('trouble');
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
		for (const timer of this.timers) clearTimeout(timer);
		this.drop();
		return new Promise((resolve) => this.server.close(resolve));
	}

	// Breaks every link without a word; the gateway has to come back by itself.
	drop() {
		for (const session of this.server.sessions.slice()) session.socket.destroy();
	}

	// Ends every bind as SMPP has it; the gateway has to come back by itself.
	unbind() {
		for (const session of this.binds) session.unbind(() => session.close());
	}

	#session(session) {
		session.on('error', () => session.socket.destroy());
		session.on('close', () => {
			if (this.binds.delete(session)) this.emit('binds');
		});
		session.on('pdu', (pdu) => this.#pdu(session, pdu));
	}

	#pdu(session, pdu) {
		if (session.silent) return;
		if (pdu.command.startsWith('bind_') && !pdu.isResponse()) this.#bind(session, pdu);
		else if (pdu.command === 'enquire_link') session.send(pdu.response());
		else if (pdu.command === 'unbind') session.send(pdu.response(), () => session.close());
		else if (pdu.command === 'submit_sm' && this.binds.has(session)) this.#submit(session, pdu);
		else if (!pdu.isResponse())
			session.send(pdu.response({ command_status: smpp.ESME_RINVBNDSTS }));
	}

	#bind(session, pdu) {
		const known = pdu.system_id === this.systemId && pdu.password === this.password;
		const refused = known && this.trouble.refuseBinds > 0;
		const status = refused
			? statusOf(this.trouble.refuseStatus)
			: known
				? smpp.ESME_ROK
				: smpp.ESME_RINVPASWD;
		session.send(
			pdu.response({ command_status: status, system_id: 'sim', sc_interface_version: 0x34 }),
		);
		this.#trace('in', pdu.command, statusName(status));
		if (refused) {
			this.trouble.refuseBinds -= 1;
			this.#wrong('binds refused');
		}
		if (status !== smpp.ESME_ROK) return;
		session.receives = pdu.command !== 'bind_transmitter';
		this.binds.add(session);
		this.emit('binds');
	}

	#submit(session, pdu) {
		this.submits += 1;
		while (this.steps.length && this.steps[0].after_submits <= this.submits) this.#step(this.steps.shift());
		const { answerDelayMs, receiptFirst, receiptDelayMs } = this.trouble;
		const answer = answerOf(this.trouble, this.submits);
		// Unlike any of an earlier run: what was sent then may still wait for its receipt.
		const messageId = this.run + this.submits.toString(16).padStart(8, '0');
		if (taken(answer)) {
			this.emit('submit', { pdu, messageId, lost: this.trouble.receipts === 'failed' });
			const states = pdu.registered_delivery & 3 ? receiptsOf(this.trouble) : [];
			const begin = receiptFirst ? 0 : answerDelayMs + receiptDelayMs;
			this.#later(begin, () => this.#receipts(pdu, messageId, states));
		}
		const wait = answerDelayMs + (receiptFirst && taken(answer) ? receiptDelayMs : 0);
		if (wait) this.#later(wait, () => this.#answer(session, pdu, answer, messageId));
		else this.#answer(session, pdu, answer, messageId);
	}

	#answer(session, pdu, { what, status }, messageId) {
		const response = pdu.response({ command_status: status, message_id: messageId });
		this.#trace('in', 'submit_sm', what === 'ok' || status ? statusName(status) : what);
		if (what !== 'ok') this.#wrong(DONE[what]);
		if (what === 'lost') return;
		if (what === 'drop') session.socket.destroy();
		else if (DONE_RAW.includes(what)) this.#write(session, what, response);
		else session.send(response);
	}

	// Octets that are no answer. After half a PDU nothing more comes, so that the gateway has to find out.
	#write(session, what, response) {
		session.silent = what === 'half';
		session.socket.write(misshapen(what, response.toBuffer(), this.submits));
	}

	#receipts(pdu, messageId, states) {
		states.forEach((state, i) => {
			if (i > 0) this.#wrong(state === states[i - 1] ? 'receipts doubled' : 'receipts contradicted');
			this.#receipt(pdu, messageId, state);
		});
	}

	// SMPP 3.4 Appendix B, with the TLVs of §5.3.2.12 and §5.3.2.35 beside the text.
	#receipt(pdu, messageId, state) {
		const date = new Date().toISOString().replace(/\D/g, '').slice(2, 12);
		const delivered = state === 'DELIVRD';
		const text =
			`id:${messageId} sub:001 dlvrd:${delivered ? '001' : '000'} submit date:${date} ` +
			`done date:${date} stat:${state} err:${state === 'UNDELIV' ? '001' : '000'} text:`;
		// One behind the other, unless each is to come on whatever bind is next.
		const lane = this.trouble.receiptSpread ? `receipt ${messageId} ${this.turn}` : `receipt ${messageId}`;
		this.deliver(lane, {
			source_addr: pdu.destination_addr,
			destination_addr: pdu.source_addr,
			esm_class: 0x04,
			data_coding: 0,
			short_message: Buffer.from(text, 'latin1'),
			receipted_message_id: messageId,
			message_state: STATES[state],
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
		const receivers = [...this.binds].filter((session) => session.receives && !session.silent);
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
