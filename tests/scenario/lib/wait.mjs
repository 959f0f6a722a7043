// Waiting for conditions, never for time.

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

// A port of 127.0.0.1 that nobody listens on now.
export function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}
