// A child process whose output is kept and whose end is known. Whatever a test leaves running is
// killed, by its pid, when the test process ends.

import { spawn } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { waitFor } from './wait.mjs';

const SANITIZER = /ERROR: (AddressSanitizer|LeakSanitizer)|runtime error: /;
const LISTEN = '0A'; // of /proc/net/tcp
const KEPT_OCTETS_MAX = 8 * 1024 * 1024;

const running = new Set();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

export class Child {
	// Starts `command` with `args`; `log` is a file that its output is added to.
	constructor(name, command, args, { env = {}, log, cwd } = {}) {
		this.name = name;
		this.output = '';
		this.code = null;
		this.signal = null;
		this.child = spawn(command, args, {
			cwd,
			env: { ...process.env, ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		running.add(this.child);
		const file = log ? createWriteStream(log, { flags: 'a' }) : null;
		for (const stream of [this.child.stdout, this.child.stderr]) {
			stream.on('data', (chunk) => {
				this.output = (this.output + chunk).slice(-KEPT_OCTETS_MAX);
				file?.write(chunk);
			});
		}
		this.ended = new Promise((resolve) => {
			this.child.on('error', (error) => {
				this.output += `${error.message}\n`;
				this.#end(null, null, resolve);
			});
			this.child.on('close', (code, signal) => {
				file?.end();
				this.#end(code, signal, resolve);
			});
		});
	}

	#end(code, signal, resolve) {
		running.delete(this.child);
		this.over = true;
		this.code = code;
		this.signal = signal;
		resolve();
	}

	get pid() {
		return this.child.pid;
	}

	// Whether it is this process that listens on the port: else somebody else may answer there in its place.
	listensOn(port) {
		const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
		const inodes = ['/proc/net/tcp', '/proc/net/tcp6']
			.flatMap((table) => readFileSync(table, 'utf8').trim().split('\n').slice(1))
			.map((row) => row.trim().split(/\s+/))
			.filter(([, local, , state]) => state === LISTEN && local.endsWith(wanted))
			.map((row) => `socket:[${row[9]}]`);
		const folder = `/proc/${this.pid}/fd`;
		try {
			return readdirSync(folder).some((fd) => inodes.includes(readlinkSync(`${folder}/${fd}`)));
		} catch {
			return false; // it is gone, or a descriptor of it is
		}
	}

	// kill -9, and gone when this returns.
	async kill() {
		this.child.kill('SIGKILL');
		await this.ended;
	}

	// SIGTERM; returns the exit code, or throws when it does not end in time.
	async stop(timeout = 30_000) {
		this.child.kill('SIGTERM');
		await waitFor(() => this.over, { timeout, what: `${this.name} ends on SIGTERM` }).catch(
			async (error) => {
				await this.kill();
				throw error;
			},
		);
		return this.code;
	}

	// Resident memory in octets, as the kernel counts it.
	async residentOctets() {
		const { readFile } = await import('node:fs/promises');
		const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
		return Number(status.match(/^VmRSS:\s+(\d+) kB/m)[1]) * 1024;
	}

	// Waits until a line of the output matches.
	says(pattern, options) {
		return waitFor(() => this.output.match(pattern), {
			what: () => `${this.name} says ${pattern}; it said:\n${this.output.slice(-2000)}`,
			...options,
		});
	}

	// Throws when a sanitizer has spoken, or when it ended by itself with a failure.
	assertClean() {
		const at = this.output.search(SANITIZER);
		if (at >= 0) throw new Error(`${this.name}: ${this.output.slice(at, at + 6000)}`);
		if (this.over && this.signal && this.signal !== 'SIGKILL' && this.signal !== 'SIGTERM')
			throw new Error(`${this.name} died of ${this.signal}:\n${this.output.slice(-4000)}`);
	}
}

// Runs a command to its end: { code, stdout, stderr }. `input` goes to its standard input; a list of it is answers,
// one for each time that it asks on standard output with a colon at the end.
export function run(command, args, { input = '', env = {}, cwd } = {}) {
	const answers = Array.isArray(input) ? [...input] : null;
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
		let stdout = '';
		let stderr = '';
		child.stdout.on('data', (chunk) => {
			stdout += chunk;
			if (answers?.length && /: $/.test(stdout)) child.stdin.write(answers.shift());
		});
		child.stderr.on('data', (chunk) => (stderr += chunk));
		child.on('error', reject);
		child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
		child.stdin.on('error', () => {});
		if (!answers) child.stdin.end(input);
	});
}
