// The handset page and its few calls: GET / and its files, GET /events (server-sent events),
// POST /send, /trouble, /heal, /drop, /unbind with JSON. GET /state is the whole as JSON, for tests.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { TEXT_MAX } from './handset.mjs';
import { FIELDS, Wrong } from './trouble.mjs';

const PAGE = {
	'/': ['index.html', 'text/html; charset=utf-8'],
	'/page.css': ['page.css', 'text/css; charset=utf-8'],
	'/page.js': ['page.js', 'text/javascript; charset=utf-8'],
};
const BODY_OCTETS_MAX = 64 * 1024;
const TRACE_MAX = 60;
const CARRIER_MS = 100;

async function jsonOf(request) {
	if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
		throw new Wrong('the body must be application/json');
	let text = '';
	for await (const chunk of request) {
		text += chunk;
		if (text.length > BODY_OCTETS_MAX) throw new Wrong('the body is too long');
	}
	try {
		return JSON.parse(text);
	} catch {
		throw new Wrong('the body is not JSON');
	}
}

export class Web {
	constructor({ smsc, handsets, numbers }) {
		this.smsc = smsc;
		this.handsets = handsets;
		this.numbers = numbers;
		this.listeners = new Set();
		this.trace = [];
		handsets.on('bubble', (bubble) => this.#tell('bubble', bubble));
		for (const what of ['binds', 'trouble']) smsc.on(what, () => this.#carrierSoon());
		smsc.on('trace', (line) => {
			this.trace = [...this.trace.slice(1 - TRACE_MAX), line];
			this.#tell('trace', line);
			this.#carrierSoon(); // it counts
		});
	}

	listen(port) {
		this.server = createServer((request, answer) => this.#handle(request, answer));
		return new Promise((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(port, '127.0.0.1', () => resolve(this.server.address().port));
		});
	}

	close() {
		clearTimeout(this.soon);
		for (const answer of this.listeners) answer.end();
		return new Promise((resolve) => {
			this.server.close(resolve);
			this.server.closeAllConnections?.();
		});
	}

	// Not for each of many in a moment.
	#carrierSoon() {
		this.soon ??= setTimeout(() => {
			this.soon = undefined;
			this.#tell('carrier', this.#carrier());
		}, CARRIER_MS);
	}

	#carrier() {
		const { binds, trouble, done, submits } = this.smsc;
		return { binds: binds.size, trouble, done, submits };
	}

	#state() {
		return {
			numbers: this.numbers,
			fields: FIELDS,
			carrier: this.#carrier(),
			bubbles: this.handsets.list(),
			trace: this.trace,
		};
	}

	#tell(name, value) {
		for (const answer of this.listeners)
			answer.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
	}

	async #handle(request, answer) {
		const { pathname } = new URL(request.url, 'http://localhost');
		try {
			if (request.method === 'GET') await this.#get(pathname, request, answer);
			else if (request.method === 'POST') await this.#post(pathname, request, answer);
			else this.#json(answer, 405, { error: 'GET or POST' });
		} catch (error) {
			const wrong = error instanceof Wrong;
			if (!wrong) console.error(error);
			if (!answer.headersSent) this.#json(answer, wrong ? 400 : 500, { error: error.message });
		}
	}

	async #get(pathname, request, answer) {
		if (pathname === '/events') {
			answer.writeHead(200, {
				'content-type': 'text/event-stream',
				'cache-control': 'no-store',
			});
			answer.write(`event: state\ndata: ${JSON.stringify(this.#state())}\n\n`);
			this.listeners.add(answer);
			request.on('close', () => this.listeners.delete(answer));
		} else if (pathname === '/state') {
			this.#json(answer, 200, this.#state());
		} else if (PAGE[pathname]) {
			const [file, type] = PAGE[pathname];
			const text = await readFile(fileURLToPath(new URL(`page/${file}`, import.meta.url)));
			answer.writeHead(200, {
				'content-type': type,
				'cache-control': 'no-cache',
				'content-security-policy': "default-src 'self'; img-src 'self' data:",
			});
			answer.end(text);
		} else {
			this.#json(answer, 404, { error: 'there is no such page' });
		}
	}

	async #post(pathname, request, answer) {
		const body = await jsonOf(request);
		if (pathname === '/send') this.#json(answer, 202, this.#send(body));
		else if (pathname === '/trouble') this.#json(answer, 200, this.#setTrouble(body));
		else if (pathname === '/heal') this.#json(answer, 200, this.#act('heal'));
		else if (pathname === '/drop') this.#json(answer, 200, this.#act('drop'));
		else if (pathname === '/unbind') this.#json(answer, 200, this.#act('unbind'));
		else this.#json(answer, 404, { error: 'there is no such call' });
	}

	#send({ customer, ours, text }) {
		if (!/^\+?\d{3,15}$/.test(customer ?? ''))
			throw new Wrong('a customer number has 3 to 15 digits');
		if (!this.numbers.includes(ours)) throw new Wrong(`${ours} is not one of our numbers`);
		if (typeof text !== 'string' || !text || text.length > TEXT_MAX)
			throw new Wrong(`a text has 1 to ${TEXT_MAX} characters`);
		return this.handsets.send(customer, ours, text);
	}

	#setTrouble(changes) {
		this.smsc.set(changes);
		return this.#carrier();
	}

	#act(what) {
		this.smsc[what]();
		return this.#carrier();
	}

	#json(answer, status, value) {
		answer.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
		answer.end(JSON.stringify(value));
	}
}
