// A carrier's SMSC for tests: the npm package `smpp` as the server, and everything that went over
// the wire in order. It answers by itself as a healthy SMSC does until a test says otherwise.

import { EventEmitter } from 'node:events';

import { halvesOf, octetsOf, smpp, statusName } from '../../sim/peer.mjs';
import { concatenationOf, segmentsOf, textOf } from '../../sim/text.mjs';
import { DEFAULT_TIMEOUT_MS, freePort, Inbox, waitFor } from './wait.mjs';

const BIND_COMMANDS = ['bind_receiver', 'bind_transmitter', 'bind_transceiver'];

// One submit_sm that the carrier has got.
export class Submit {
	constructor(carrier, bind, pdu, at) {
		this.carrier = carrier;
		this.bind = bind;
		this.pdu = pdu;
		this.at = at; // ms, performance.now()
		this.source = pdu.source_addr;
		this.destination = pdu.destination_addr;
		this.octets = octetsOf(pdu);
		const { udh, body } = halvesOf(pdu);
		this.udh = udh;
		this.text = textOf(body, pdu.data_coding); // of this segment, by our own reading
		this.concatenation = concatenationOf(udh, pdu);
		this.messageId = null;
		this.answered = false;
	}

	// Answers it once. `messageId` is what receipts will name.
	answer({ status = 0, messageId = this.carrier.nextMessageId(), tlvs = {} } = {}) {
		if (this.answered) throw new Error(`submit_sm ${this.pdu.sequence_number}: answered twice`);
		this.answered = true;
		this.messageId = status === 0 ? messageId : null;
		this.bind.send(
			this.pdu.response({ command_status: status, message_id: messageId, ...tlvs }),
		);
		return this;
	}

	// Its delivery receipt; see Carrier.receipt().
	receipt(options = {}) {
		return this.carrier.receipt(this, options);
	}
}

// One bound connection of the gateway.
class Bind {
	constructor(carrier, session, pdu) {
		this.carrier = carrier;
		this.session = session;
		this.type = pdu.command;
		this.systemId = pdu.system_id;
		this.pdu = pdu;
		this.open = true;
	}

	get receives() {
		return this.type !== 'bind_transmitter';
	}

	send(pdu, answered) {
		this.carrier.note('out', this, pdu);
		return this.session.send(pdu, answered);
	}

	// A request of ours; resolves to its answer, rejects when the link closes first.
	request(pdu, { timeout = DEFAULT_TIMEOUT_MS } = {}) {
		return new Promise((resolve, reject) => {
			const finish = (settle, value) => {
				clearTimeout(timer);
				this.session.removeListener('close', lost);
				settle(value);
			};
			const lost = () => finish(reject, new LinkLost(`${pdu.command}: the link closed first`));
			const timer = setTimeout(
				() => finish(reject, new Error(`${pdu.command}: no answer within ${timeout} ms`)),
				timeout,
			);
			this.session.once('close', lost);
			if (!this.open || !this.send(pdu, (answer) => finish(resolve, answer))) lost();
		});
	}

	// Bytes as they are, however wrong.
	write(octets) {
		this.session.socket.write(octets);
	}

	// The connection is gone without an unbind.
	drop() {
		this.session.socket.destroy();
	}
}

export class LinkLost extends Error {}

export class Carrier extends EventEmitter {
	// `keepLog: false` for loads where the log of PDUs would only eat memory.
	constructor({ systemId = 'bindery', password = 'secret', keepLog = true } = {}) {
		super();
		this.setMaxListeners(0);
		this.systemId = systemId;
		this.password = password;
		this.keepLog = keepLog;
		this.binds = [];
		this.log = []; // { at, direction: 'in' | 'out', bind, command, status, sequence, pdu }
		this.submits = new Inbox('carrier: submit_sm');
		this.sessions = new Set();
		this.errors = []; // PDUs that the package could not read
		this.counts = { bind: 0, submit_sm: 0, enquire_link: 0, unbind: 0 };
		// What is done with a submit_sm: the default answers ROK at once.
		this.onSubmit = (submit) => submit.answer();
		// Fields of the answer to any other request, such as query_sm; null refuses it.
		this.onRequest = () => null;
		this.bindStatus = () => 0;
		this.scInterfaceVersion = 0x34;
		this.answerEnquireLink = true;
		this.ids = 0;
	}

	// What bindery.conf says of it.
	entry(changes = {}) {
		return {
			name: 'acme',
			hosts: [{ host: '127.0.0.1', port: this.port }],
			system_id: this.systemId,
			password: this.password,
			...changes,
		};
	}

	static async start(options = {}) {
		const carrier = new Carrier(options);
		await carrier.listen(options.port ?? (await freePort()));
		return carrier;
	}

	// The port stays the same when it listens again after close().
	listen(port = this.port) {
		return new Promise((resolve, reject) => {
			this.server = smpp.createServer((session) => this.#session(session));
			this.server.once('error', reject);
			this.server.listen(port, '127.0.0.1', () => {
				this.port = this.server.address().port;
				resolve();
			});
		});
	}

	// Stops listening and drops every connection, as a machine that lost its power.
	async close() {
		const closed = new Promise((resolve) => this.server.close(resolve));
		for (const session of this.sessions) session.socket.destroy();
		await closed;
	}

	note(direction, bind, pdu) {
		if (!this.keepLog) return;
		this.log.push({
			at: performance.now(),
			direction,
			bind,
			command: pdu.command,
			status: pdu.command_status,
			sequence: pdu.sequence_number,
			pdu,
		});
	}

	nextMessageId() {
		this.ids += 1;
		return `sc${this.ids.toString(16).padStart(8, '0')}`;
	}

	#session(session) {
		let bind = null;
		session.setMaxListeners(0);
		this.sessions.add(session);
		session.on('error', (error) => {
			if (!['ECONNRESET', 'EPIPE'].includes(error.code)) this.errors.push(error);
			session.socket.destroy();
		});
		session.on('close', () => {
			this.sessions.delete(session);
			if (bind) {
				bind.open = false;
				this.binds = this.binds.filter((other) => other !== bind);
				this.emit('lost', bind);
			}
		});
		session.on('pdu', (pdu) => {
			const at = performance.now();
			this.note('in', bind, pdu);
			this.emit('pdu', pdu, bind);
			if (BIND_COMMANDS.includes(pdu.command)) bind = this.#bind(session, pdu);
			else this.#request(session, bind, pdu, at);
		});
	}

	#bind(session, pdu) {
		this.counts.bind += 1;
		let status = this.bindStatus(pdu);
		if (status === 0 && (pdu.system_id !== this.systemId || pdu.password !== this.password))
			status = smpp.ESME_RINVPASWD;
		const bind = status === 0 ? new Bind(this, session, pdu) : null;
		const answer = pdu.response({
			command_status: status,
			system_id: 'carrier',
			sc_interface_version: this.scInterfaceVersion,
		});
		this.note('out', bind, answer);
		session.send(answer);
		if (bind) {
			this.binds.push(bind);
			this.emit('bound', bind);
		}
		return bind;
	}

	#request(session, bind, pdu, at) {
		if (pdu.command in this.counts) this.counts[pdu.command] += 1;
		if (pdu.command === 'enquire_link') {
			if (this.answerEnquireLink) session.send(pdu.response());
		} else if (pdu.command === 'unbind') {
			session.send(pdu.response(), () => session.close());
		} else if (pdu.command === 'submit_sm' && bind) {
			const submit = new Submit(this, bind, pdu, at);
			this.submits.push(submit);
			this.emit('submit', submit);
			this.onSubmit(submit);
		} else if (!pdu.isResponse()) {
			session.send(pdu.response(this.onRequest(pdu) ?? { command_status: smpp.ESME_RINVBNDSTS }));
		}
	}

	// Waits until `count` binds are up.
	bound(count = 1, options) {
		return waitFor(() => this.binds.length >= count, {
			what: () => `${count} binds; there are ${this.binds.length}`,
			...options,
		});
	}

	// One that is named by its number may be on its way; where any will do and there is none, that is told.
	async #receiver(bind) {
		if (typeof bind === 'object') return bind;
		const receivers = () => this.binds.filter((each) => each.receives);
		if (bind !== undefined)
			return waitFor(() => receivers()[bind], { what: () => `bind ${bind} that receives; there are ${receivers().length}` });
		const all = receivers();
		if (!all.length) throw new LinkLost('no bind that receives');
		return all[this.turn++ % all.length];
	}

	turn = 0;

	// Sends one deliver_sm with these fields; resolves to the answer's status name, `ESME_ROK`.
	// `bind` is a Bind or its number among those that receive; without it they take turns.
	async deliverPdu(fields, { bind, timeout } = {}) {
		const pdu = new smpp.PDU('deliver_sm', {
			source_addr_ton: 1,
			source_addr_npi: 1,
			dest_addr_ton: 1,
			dest_addr_npi: 1,
			...fields,
			source_addr: (fields.source_addr ?? '').replace(/^\+/, ''),
			destination_addr: (fields.destination_addr ?? '').replace(/^\+/, ''),
		});
		const answer = await (await this.#receiver(bind)).request(pdu, { timeout });
		return statusName(answer.command_status);
	}

	// The fields of each segment of a text from a customer, for deliverPdu().
	segments({ from, to, text, ...options }) {
		return segmentsOf(text, options).map((fields) => ({
			source_addr: from,
			destination_addr: to,
			...fields,
		}));
	}

	// A customer texts: all its segments, in order, each answered ROK. `bind` as in deliverPdu().
	async deliver({ from, to, text, bind, ...options }) {
		const statuses = [];
		for (const fields of this.segments({ from, to, text, ...options }))
			statuses.push(await this.deliverPdu(fields, { bind }));
		const wrong = statuses.find((status) => status !== 'ESME_ROK');
		if (wrong) throw new Error(`deliver_sm to ${to} was answered ${wrong}`);
		return statuses;
	}

	// As deliver(), and again for as long as the answer says that it is not taken or does not come:
	// what a real SMSC does. Resolves to the number of attempts.
	async deliverUntilTaken({ from, to, text, timeout = 120_000, ...options }) {
		let attempts = 0;
		for (const fields of this.segments({ from, to, text, ...options })) {
			await waitFor(
				async () => {
					attempts += 1;
					return (await this.deliverPdu(fields, { timeout: 30_000 })) === 'ESME_ROK';
				},
				{ timeout, what: () => `deliver_sm from ${from} taken` },
			);
		}
		return attempts;
	}

	// Takes the next submit_sm that fits: { from, to, text } are compared, `fits` is asked.
	expectSubmit({ from, to, text, fits = () => true, timeout } = {}) {
		const wanted = JSON.stringify({ from, to, text });
		return this.submits.take(
			(submit) =>
				(from === undefined || plain(submit.source) === plain(from)) &&
				(to === undefined || plain(submit.destination) === plain(to)) &&
				(text === undefined || submit.text === text) &&
				fits(submit),
			{ timeout, what: `submit_sm ${wanted}` },
		);
	}

	// Takes submits to `to` until they make a whole message; parts may come in any order. Resolves
	// to { text, parts }, text as the npm package decoded it, joined by the parts' numbers.
	async expectMessage({ to, timeout } = {}) {
		const first = await this.expectSubmit({ to, timeout });
		const parts = [first];
		const concatenation = first.concatenation;
		while (concatenation && parts.length < concatenation.total) {
			parts.push(
				await this.expectSubmit({
					to,
					timeout,
					fits: ({ concatenation: other }) => other?.reference === concatenation.reference,
				}),
			);
		}
		if (concatenation)
			parts.sort((a, b) => a.concatenation.sequence - b.concatenation.sequence);
		return { text: parts.map(packageText).join(''), parts };
	}

	// The receipt of a submit (or of { source, destination, messageId }). `form`: text, tlv, both.
	async receipt(submit, options = {}) {
		const { state = 'DELIVRD', form = 'both', bind, messageId = submit.messageId } = options;
		const fields = {
			source_addr: submit.destination,
			destination_addr: submit.source,
			esm_class: 0x04,
			data_coding: 0,
			short_message: form === 'tlv' ? Buffer.alloc(0) : receiptText(messageId, state, options),
			...options.fields,
		};
		if (form !== 'text') {
			fields.receipted_message_id = messageId;
			fields.message_state = MESSAGE_STATES[state];
		}
		return this.deliverPdu(fields, { bind });
	}
}

const MESSAGE_STATES = {
	ENROUTE: 1,
	DELIVRD: 2,
	EXPIRED: 3,
	DELETED: 4,
	UNDELIV: 5,
	ACCEPTD: 6,
	UNKNOWN: 7,
	REJECTD: 8,
};

// SMPP 3.4 Appendix B.
export function receiptText(messageId, state, { error = '000', text = '' } = {}) {
	const delivered = state === 'DELIVRD' ? '001' : '000';
	const date = '2601011200';
	return Buffer.from(
		`id:${messageId} sub:001 dlvrd:${delivered} submit date:${date} done date:${date} ` +
			`stat:${state} err:${error} text:${text.slice(0, 20)}`,
		'latin1',
	);
}

function plain(address) {
	return address.replace(/^\+/, '');
}

// The text as the package itself reads it, which is the point of having it.
function packageText(submit) {
	const { pdu } = submit;
	const read = octetsOf(pdu).length && pdu.short_message?.message?.length
		? pdu.short_message.message
		: (pdu.message_payload?.message ?? '');
	return typeof read === 'string' ? read : read.toString('latin1');
}
