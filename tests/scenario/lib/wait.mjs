// Waiting for conditions, never for time.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const POLL_MS = 10;

export const DEFAULT_TIMEOUT_MS = Number(process.env.BINDERY_TEST_TIMEOUT_MS ?? 15_000);

// Calls `condition` until it returns something truthy (a promise is awaited) and returns that.
// `what` says what was waited for when it does not happen in time.
export async function waitFor(condition, { timeout = DEFAULT_TIMEOUT_MS, what } = {}) {
	const deadline = Date.now() + timeout;
	let last;
	for (;;) {
		try {
			const value = await condition();
			if (value) return value;
			last = undefined;
		} catch (error) {
			last = error;
		}
		if (Date.now() >= deadline) {
			const name = typeof what === 'function' ? what() : (what ?? condition.toString());
			throw new Error(`not within ${timeout} ms: ${name}`, { cause: last });
		}
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
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

	// Takes the first item not taken yet that fits, waiting for it if need be.
	take(fits = () => true, { timeout = DEFAULT_TIMEOUT_MS, what = fits.toString() } = {}) {
		const at = this.untaken.findIndex(fits);
		if (at >= 0) return Promise.resolve(this.untaken.splice(at, 1)[0]);
		return new Promise((resolve, reject) => {
			const waiter = { fits, resolve };
			waiter.timer = setTimeout(() => {
				this.waiters.splice(this.waiters.indexOf(waiter), 1);
				reject(new Error(`${this.name}: not within ${timeout} ms: ${what}`));
			}, timeout);
			this.waiters.push(waiter);
		});
	}
}

// Ports below those that the system gives to whoever connects: one of these is not taken by a connection while its
// owner is killed and begins again. Each process begins at a place of its own.
const LOWEST = 10_000;
const PORTS = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]) - LOWEST;
let tried = process.pid * 61;

const listens = (port) =>
	new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', (error) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});

// A port of 127.0.0.1 that nobody listens on now.
export async function freePort() {
	if (PORTS < 1) throw new Error('the system gives all ports from 10000 on to connections (ip_local_port_range)');
	for (let i = 0; i < PORTS; i++) {
		const port = LOWEST + (tried++ % PORTS);
		if (await listens(port)) return port;
	}
	throw new Error('no port is free');
}
