// A private Redis as the appliance runs it: a unix socket, an append-only file, fsync always.

import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Child } from './process.mjs';
import { waitFor } from './wait.mjs';

const PAGE = 1000; // entries of a stream that are read at once
const CONFIG = fileURLToPath(new URL('../../../config/redis.conf', import.meta.url));

// Reads one RESP2 value of `buffer` at `at`: [value, next], or null when it is not all there.
function readValue(buffer, at) {
	const end = buffer.indexOf('\r\n', at);
	if (end < 0) return null;
	const head = buffer.toString('utf8', at + 1, end);
	const next = end + 2;
	switch (buffer[at]) {
		case 0x2b: // +
			return [head, next];
		case 0x2d: // -
			return [new Error(head), next];
		case 0x3a: // :
			return [Number(head), next];
		case 0x24: {
			// $
			const length = Number(head);
			if (length < 0) return [null, next];
			if (buffer.length < next + length + 2) return null;
			return [buffer.toString('utf8', next, next + length), next + length + 2];
		}
		default: {
			// *
			const count = Number(head);
			if (count < 0) return [null, next];
			const list = [];
			let cursor = next;
			for (let i = 0; i < count; i++) {
				const item = readValue(buffer, cursor);
				if (!item) return null;
				list.push(item[0]);
				cursor = item[1];
			}
			return [list, cursor];
		}
	}
}

// One connection to the socket at `path`; send() answers in order.
export class Connection {
	constructor(path) {
		this.waiting = [];
		this.buffer = Buffer.alloc(0);
		this.socket = createConnection(path);
		this.socket.on('data', (chunk) => this.#read(chunk));
		this.socket.on('error', (error) => this.#fail(error));
		this.socket.on('close', () => this.#fail(new Error('redis: connection closed')));
	}

	#read(chunk) {
		this.buffer = Buffer.concat([this.buffer, chunk]);
		let at = 0;
		for (let item; at < this.buffer.length && (item = readValue(this.buffer, at)); at = item[1]) {
			const { resolve, reject } = this.waiting.shift();
			if (item[0] instanceof Error) reject(item[0]);
			else resolve(item[0]);
		}
		this.buffer = this.buffer.subarray(at);
	}

	#fail(error) {
		this.broken = true;
		for (const { reject } of this.waiting.splice(0)) reject(error);
	}

	send(args) {
		return new Promise((resolve, reject) => {
			this.waiting.push({ resolve, reject });
			const parts = [`*${args.length}\r\n`];
			for (const arg of args.map(String))
				parts.push(`$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
			this.socket.write(parts.join(''));
		});
	}

	end() {
		this.socket.destroy();
	}
}

// The fields of an entry of a stream. An event may stand in it as one text, with a NUL between its fields and values.
export function entryFields(entry) {
	const flat = entry.length === 2 && entry[0] === 'x' ? entry[1].split('\0') : entry;
	const fields = {};
	for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
	return fields;
}

export class Redis {
	// `folder` holds its socket, its data and its log; what stands there already is read.
	constructor(folder) {
		this.folder = folder;
		this.socket = join(folder, 'redis.sock');
		mkdirSync(join(folder, 'redis'), { recursive: true });
	}

	static async start(folder) {
		const redis = new Redis(folder);
		await redis.start().catch(async (error) => {
			await redis.kill();
			throw error;
		});
		return redis;
	}

	async start() {
		this.child = new Child(
			'redis',
			'redis-server',
			[CONFIG, '--unixsocket', this.socket, '--dir', join(this.folder, 'redis'),
				'--logfile', '', '--supervised', 'no', '--daemonize', 'no', '--pidfile', ''],
			{ log: join(this.folder, 'redis.log') },
		);
		await waitFor(() => this.child.over || this.call('PING').then((pong) => pong === 'PONG'), {
			what: () => `redis answers; it said:\n${this.child.output.slice(-2000)}`,
		});
		if (this.child.over) throw new Error(`redis ended:\n${this.child.output}`);
	}

	// kill -9; start() brings it back with what its append-only file holds.
	async kill() {
		this.#disconnect();
		await this.child.kill();
	}

	async stop() {
		this.#disconnect();
		await this.child.stop();
	}

	// One command, its answer as strings, numbers, null and lists of them.
	call(...args) {
		if (!this.connection || this.connection.broken) this.connection = new Connection(this.socket);
		return this.connection.send(args);
	}

	// Every key that fits the pattern, sorted.
	async keys(pattern) {
		return (await this.call('KEYS', pattern)).sort();
	}

	async hash(key) {
		const flat = await this.call('HGETALL', key);
		const fields = {};
		for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
		return fields;
	}

	// A stream from its beginning, or from behind the entry `after`, page by page: [{ id, fields }]
	async stream(key, after) {
		const entries = [];
		let from = after ? `(${after}` : '-';
		for (let page; !page || page.length === PAGE; from = `(${page.at(-1)[0]}`) {
			page = await this.call('XRANGE', key, from, '+', 'COUNT', PAGE);
			for (const [id, flat] of page) entries.push({ id, fields: entryFields(flat) });
			if (!page.length) break;
		}
		return entries;
	}

	#disconnect() {
		this.connection?.end();
		this.connection = null;
	}
}
