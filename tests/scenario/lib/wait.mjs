// Waiting for conditions, never for time.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

const POLL_MS = 10;
const LEFT_SHOWN = 6;

// How long a test waits for what does not come: it bounds how long a failure takes, and nothing else.
export const DEFAULT_TIMEOUT_MS = Number(process.env.BINDERY_TEST_TIMEOUT_MS ?? 45_000);

// A question that is asked in time and not answered so much later is given up.
const UNANSWERED_MS = 60_000;

// What `condition` answers; an error once it has not answered until `deadline` and a while.
async function answered(condition, deadline) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error('it was asked, and there was no answer')), deadline - Date.now() + UNANSWERED_MS);
	});
	try {
		return await Promise.race([condition(), late]);
	} finally {
		clearTimeout(timer);
	}
}

// Calls `condition` until it returns something truthy (a promise is awaited) and returns that.
// `what` says what was waited for when it does not happen in time, and what it threw last is said too.
export async function waitFor(condition, { timeout = DEFAULT_TIMEOUT_MS, what } = {}) {
	const deadline = Date.now() + timeout;
	let last;
	for (;;) {
		try {
			const value = await answered(condition, deadline);
			if (value) return value;
			last = undefined;
		} catch (error) {
			last = error;
		}
		if (Date.now() >= deadline) {
			const name = typeof what === 'function' ? what() : (what ?? condition.toString());
			throw new Error(`not within ${timeout} ms: ${name}${last ? `; at last: ${last.message}` : ''}`, { cause: last });
		}
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
	}
}

// Reads until what was read is deeply equal to `wanted`.
export async function settles(read, wanted, { what = read.toString(), ...options } = {}) {
	let seen;
	await waitFor(async () => isDeepStrictEqual((seen = await read()), wanted), {
		what: () => `${what}: it is ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`,
		...options,
	});
}

// One thing of an inbox in some words.
function brief(item) {
	const { type, code, source, destination, text, ...rest } = item ?? {};
	const told = source === undefined ? { type, code, text, ...rest } : { source, destination, text };
	try {
		return JSON.stringify(told).slice(0, 200);
	} catch {
		return String(type ?? item);
	}
}

// A list that can be waited on: push() wakes whoever waits for an item that fits. What was taken
// is not taken again; `all` keeps everything in its order.
export class Inbox {
	constructor(name) {
		this.name = name;
		this.all = [];
		this.untaken = [];
		this.waiters = [];
	}

	push(item) {
		this.all.push(item);
		const at = this.waiters.findIndex((waiter) => waiter.fits(item));
		if (at < 0) {
			this.untaken.push(item);
			return;
		}
		const [waiter] = this.waiters.splice(at, 1);
		clearTimeout(waiter.timer);
		waiter.resolve(item);
	}

	// The last of those that nobody has taken.
	#left() {
		return this.untaken.slice(-LEFT_SHOWN).map(brief).join(' ') || 'none';
	}

	// Takes the first item not taken yet that fits, waiting for it if need be.
	take(fits = () => true, { timeout = DEFAULT_TIMEOUT_MS, what = fits.toString() } = {}) {
		const at = this.untaken.findIndex(fits);
		if (at >= 0) return Promise.resolve(this.untaken.splice(at, 1)[0]);
		return new Promise((resolve, reject) => {
			const waiter = { fits, resolve };
			// What nobody waits for any more keeps no process.
			waiter.timer = setTimeout(() => {
				this.waiters.splice(this.waiters.indexOf(waiter), 1);
				reject(new Error(`${this.name}: not within ${timeout} ms: ${what}; not taken of ${this.all.length}: ${this.#left()}`));
			}, timeout).unref();
			this.waiters.push(waiter);
		});
	}
}

// Ports below those that the system gives to whoever connects: one of these is not taken by a connection while its
// owner is killed and begins again. Each process has a block of its own, for as long as it listens on the first of it:
// nobody else is given a port between its being found free here and its being listened on.
const LOWEST = 10_000;
const BLOCK = 256;
const BLOCKS = Math.floor((Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]) - LOWEST) / BLOCK);
let block;
let tried = 0;

// The server that listens on a port of 127.0.0.1 now; null where somebody does already.
const listener = (port) =>
	new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', (error) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
		server.listen(port, '127.0.0.1', () => resolve(server));
	});

async function ownBlock() {
	for (let i = 0; i < BLOCKS; i++) {
		const first = LOWEST + ((process.pid + i) % BLOCKS) * BLOCK;
		const held = await listener(first);
		if (!held) continue;
		held.unref();
		return first;
	}
	throw new Error(`no block of ports is free, of ${Math.max(0, BLOCKS)} from ${LOWEST} on (ip_local_port_range)`);
}

// A port of 127.0.0.1 that nobody listens on now.
export async function freePort() {
	const first = await (block ??= ownBlock());
	for (let i = 1; i < BLOCK; i++) {
		const port = first + 1 + (tried++ % (BLOCK - 1));
		const found = await listener(port);
		if (!found) continue;
		await new Promise((resolve) => found.close(resolve));
		return port;
	}
	throw new Error(`no port is free of ${first} to ${first + BLOCK - 1}`);
}
