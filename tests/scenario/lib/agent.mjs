// An agent at work: signs in over HTTP for the cookie, talks over the WebSocket as
// router/door/asyncapi.yaml says, keeps every event, and resumes after a break.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { DEFAULT_TIMEOUT_MS, Inbox, waitFor } from './wait.mjs';

// The packages stand in tests/node_modules, beside this folder's parent.
const require = createRequire(fileURLToPath(new URL('../../package.json', import.meta.url)));
export const { WebSocket } = require('ws');

export const SIGN_IN_PATH = '/api/v2/sign-in';
export const SIGN_OUT_PATH = '/api/v2/sign-out';
export const SUBPROTOCOL = 'bindery.agent.v1';

// The server answered `error`; `code` is of asyncapi.yaml's list.
export class Refused extends Error {
	constructor(frame) {
		super(`${frame.code}: ${frame.message}`);
		this.code = frame.code;
		this.frame = frame;
	}
}

// For assert.rejects(): refused with that code, in words that have these.
export const refusedWith = (code, words = '') => (error) => error.code === code && error.message.includes(words);

// { status, headers, cookie } of one attempt to sign in; cookie is null where it failed.
export async function signIn(base, name, password) {
	const answer = await fetch(`${base}${SIGN_IN_PATH}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', 'x-bindery-csrf': '1', origin: base },
		body: JSON.stringify({ name, password }),
	});
	await answer.arrayBuffer();
	const set = answer.headers.get('set-cookie');
	return { status: answer.status, headers: answer.headers, cookie: set ? set.split(';')[0] : null };
}

// What the server answers to the session of this cookie signing out: its status.
export async function signOut(base, cookie) {
	const answer = await fetch(`${base}${SIGN_OUT_PATH}`, {
		method: 'POST',
		headers: { 'x-bindery-csrf': '1', origin: base, cookie },
	});
	await answer.arrayBuffer();
	return answer.status;
}

export class Agent {
	constructor(base, name, cookie) {
		this.base = base;
		this.name = name;
		this.cookie = cookie;
		this.events = new Inbox(`agent ${name}`);
		this.lastId = null;
		this.seen = new Set();
		this.doubled = []; // ids of events that came twice
		this.refs = 0;
		this.asked = new Map();
		this.snapshot = null;
		this.onEvent = null; // called with every event too
		this.prefix = Math.random().toString(36).slice(2, 8);
	}

	// Signs in and says hello; events come from here on.
	static async start(base, name, password) {
		const { status, cookie } = await signIn(base, name, password);
		if (!cookie) throw new Error(`agent ${name}: signing in was answered ${status}`);
		const agent = new Agent(base, name, cookie);
		await agent.connect();
		return agent;
	}

	// Opens the WebSocket and says hello, with the last event seen where there is one. After the
	// first time the events missed come as events, or a snapshot does.
	async connect({ last = this.lastId, origin = this.base } = {}) {
		const socket = new WebSocket(`${this.base.replace(/^http/, 'ws')}/agent`, SUBPROTOCOL, {
			origin,
			headers: { cookie: this.cookie },
		});
		this.socket = socket;
		this.closed = new Promise((resolve) =>
			socket.once('close', (code) => {
				this.#lost(socket, code);
				resolve(code);
			}),
		);
		await new Promise((resolve, reject) => {
			socket.once('open', resolve);
			socket.once('error', reject);
			socket.once('unexpected-response', (_, answer) => {
				socket.terminate();
				reject(new Error(`/agent was answered ${answer.statusCode}`));
			});
		});
		socket.on('error', () => {});
		socket.on('message', (data) => this.#frame(socket, JSON.parse(data.toString('utf8'))));
		await this.request('hello', last ? { last } : {});
		if (!last) await waitFor(() => this.snapshot, { what: `agent ${this.name}: a snapshot` });
	}

	#frame(socket, frame) {
		if (socket !== this.socket) return;
		if (frame.type === 'ack' || frame.type === 'error') {
			const waiting = this.asked.get(frame.ref);
			this.asked.delete(frame.ref);
			if (frame.type === 'ack') waiting?.resolve(frame);
			else if (waiting) waiting.reject(new Refused(frame));
			else this.events.push(frame);
			return;
		}
		if (frame.type === 'snapshot') this.snapshot = frame;
		else if (this.seen.has(frame.id)) this.doubled.push(frame.id);
		this.seen.add(frame.id);
		this.lastId = frame.id;
		this.events.push(frame);
		this.onEvent?.(frame);
	}

	#lost(socket, code) {
		if (socket !== this.socket) return;
		for (const { reject } of this.asked.values())
			reject(new Error(`agent ${this.name}: closed with ${code} before the answer`));
		this.asked.clear();
	}

	// Sends one frame; resolves to its ack, rejects with Refused. Give `ref` to say it again.
	request(type, fields = {}, { ref = this.ref(), timeout = DEFAULT_TIMEOUT_MS } = {}) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.asked.delete(ref);
				reject(new Error(`agent ${this.name}: ${type} not answered within ${timeout} ms`));
			}, timeout);
			const settle = (how) => (value) => {
				clearTimeout(timer);
				how(value);
			};
			this.asked.set(ref, { resolve: settle(resolve), reject: settle(reject) });
			this.socket.send(JSON.stringify({ type, ref, ...fields }), (error) => {
				if (error) settle(reject)(error);
			});
		});
	}

	ref() {
		this.refs += 1;
		return `${this.prefix}-${this.refs}`;
	}

	// Takes the next event of this type that fits; see Inbox.
	event(type, fits = () => true, options = {}) {
		return this.events.take((event) => event.type === type && fits(event), {
			what: `event ${type} ${fits}`,
			...options,
		});
	}

	// Another window of the same agent, with the same cookie.
	async window() {
		const other = new Agent(this.base, this.name, this.cookie);
		await other.connect();
		return other;
	}

	// Waits until the agent's routing status is this one, and returns what the screen then shows.
	async routing(status, options) {
		return (await this.event('agent', ({ agent }) => agent.routing === status, options)).agent;
	}

	goOnQueue() {
		return this.request('status', { routing: 'on_queue' });
	}

	goOffQueue() {
		return this.request('status', { routing: 'off_queue' });
	}

	// Waits for an offer (of this customer, where one is given) and returns it.
	async offer(customer, options) {
		const event = await this.event(
			'offer',
			({ offer }) => customer === undefined || offer.customer === customer,
			options,
		);
		return event.offer;
	}

	accept({ conversation, epoch }) {
		return this.request('accept', { conversation, epoch });
	}

	decline({ conversation, epoch }) {
		return this.request('decline', { conversation, epoch });
	}

	// Takes an offer and returns the conversation once it is this agent's.
	async acceptNext(customer) {
		const offer = await this.offer(customer);
		await this.accept(offer);
		const { conversation } = await this.event(
			'connected',
			(event) => event.conversation.id === offer.conversation,
		);
		return conversation;
	}

	// The whole thread, oldest first.
	async thread(conversation) {
		let messages = [];
		for (let before; ; before = messages[0].at) {
			const page = await this.request('thread', { conversation, before, limit: 200 });
			messages = [...page.messages, ...messages];
			if (!page.more || !page.messages.length) return messages;
		}
	}

	// Replies; returns the message that was accepted.
	async send(conversation, text, options) {
		return (await this.request('send', { conversation, text }, options)).message;
	}

	// Waits until the message is in this state, as its ticks would show it.
	state(message, state, options) {
		return this.event(
			'message_state',
			(event) => event.message === message && event.state === state,
			options,
		);
	}

	close(conversation, wrapup, notes) {
		return this.request('close', { conversation, wrapup, notes });
	}

	// The connection breaks without a word; connect() resumes.
	async drop() {
		this.socket.terminate();
		await this.closed;
	}

	async leave() {
		this.socket.close(1000);
		await this.closed;
	}
}
