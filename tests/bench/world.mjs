// What a measurement runs against: a Redis of its own with an fsync before every answer, the release
// binaries, and the load generator as carrier and agents. Everything is under build/bench/ and is
// ended by its pid.

import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { libconfig } from '../scenario/lib/libconfig.mjs';
import { freePort, waitFor } from '../scenario/lib/wait.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = process.env.BINDERY_BIN ?? join(ROOT, 'build/release/bin');
export const FOLDER = join(ROOT, 'build/bench');
export const OURS = '15550100';
const PASSWORD = 'a password of the benchmark';
const CAPACITY = 25;
export const LINKS = 2;
const ADDING_AT_ONCE = 2;

const running = new Set();

export function command(file, args, input) {
	return new Promise((resolve, reject) => {
		const child = execFile(file, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
			error ? reject(new Error(`${file} ${args.join(' ')}: ${stderr}`)) : resolve(stdout),
		);
		child.stdin.on('error', () => {});
		child.stdin.end(input);
	});
}

export class Process {
	constructor(name, file, args, folder, stdin = 'ignore') {
		this.name = name;
		this.log = join(folder, `${name}.log`);
		const log = openSync(this.log, 'a');
		const stdout = stdin === 'pipe' ? 'pipe' : log;
		this.child = spawn(file, args, { stdio: [stdin, stdout, log] });
		closeSync(log);
		this.over = new Promise((resolve) => {
			this.child.on('error', (error) => {
				this.error = error;
				resolve();
			});
			this.child.on('exit', () => {
				this.ended = true;
				resolve();
			});
		});
		running.add(this);
		this.over.then(() => running.delete(this));
	}

	get pid() {
		return this.child.pid;
	}

	// CPU seconds so far, of all its threads.
	cpu() {
		let nanoseconds = 0;
		for (const task of readdirSync(`/proc/${this.pid}/task`)) {
			const [onCpu] = readFileSync(`/proc/${this.pid}/task/${task}/schedstat`, 'utf8').split(' ');
			nanoseconds += Number(onCpu);
		}
		return nanoseconds / 1e9;
	}

	// Resident octets.
	rss() {
		const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
		return Number(status.match(/VmRSS:\s+(\d+)/)[1]) * 1024;
	}

	tail() {
		return readFileSync(this.log, 'utf8').split('\n').slice(-12).join('\n');
	}

	async stop() {
		if (this.ended) return;
		this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
		await this.over;
		clearTimeout(timer);
	}
}

export function stopAll() {
	return Promise.all([...running].map((process) => process.stop()));
}

export class World {
	// `agents` of them on queue, each with a capacity of 25. Without any, the router only loads
	// the Redis Functions and is stopped again, unless it is to be kept.
	// `wake` (s) is how long after a break, such as the
	// gateway's start, every message is held against its thread as a possible repetition.
	static async start(name, { agents = 0, customers = 20_000, wake = 0, router = agents > 0 } = {}) {
		const world = new World();
		world.folder = join(FOLDER, name);
		world.socket = join(world.folder, 'redis.sock');
		rmSync(world.folder, { recursive: true, force: true });
		mkdirSync(join(world.folder, 'redis'), { recursive: true });
		world.ports = { smpp: await freePort(), http: await freePort(), gateway: await freePort() };
		world.configure(wake);
		await world.startRedis();
		await world.startDaemon('router', world.ports.http);
		if (agents > 0) await world.addAgents(agents);
		if (!router) await world.router.stop();
		world.startLoad(agents, customers);
		await world.startDaemon('gateway', world.ports.gateway);
		await world.order(`links links=${LINKS}`);
		return world;
	}

	// A Redis and a router, without a carrier.
	static async alone(name) {
		const world = await World.bare(name);
		world.ports = { http: await freePort(), gateway: await freePort(), smpp: await freePort() };
		world.configure(0);
		await world.startDaemon('router', world.ports.http);
		return world;
	}

	// A Redis alone.
	static async bare(name) {
		const world = new World();
		world.folder = join(FOLDER, name);
		world.socket = join(world.folder, 'redis.sock');
		rmSync(world.folder, { recursive: true, force: true });
		mkdirSync(join(world.folder, 'redis'), { recursive: true });
		await world.startRedis();
		return world;
	}

	configure(wake, changes = {}) {
		this.config = join(this.folder, 'bindery.conf');
		writeFileSync(
			this.config,
			libconfig({
				redis: { socket: this.socket },
				log: { level: 'info' },
				http: {
					listen: '127.0.0.1',
					port: this.ports.http,
					console: '',
					docs: join(ROOT, 'router/door'),
					secure_cookies: false,
				},
				gateway: { listen: '127.0.0.1', port: this.ports.gateway },
				ledger: {
					directory: join(this.folder, 'ledger'),
					number_key_file: join(this.folder, 'numbers.key'),
					signing_key_file: join(this.folder, 'signing.pem'),
				},
				router: { duplicate_window_s: wake },
				carriers: [
					{
						name: 'bench',
						hosts: [{ host: '127.0.0.1', port: this.ports.smpp }],
						system_id: 'bench',
						password: 'bench',
						binds: LINKS,
						window: 1000,
						backoff_max_ms: 1000,
					},
				],
				programmes: [{ name: 'bench', scope: 'programme' }],
				queues: [{ name: 'bench', alerting_timeout_s: 60, wrap_up_codes: ['Resolved'] }],
				numbers: [
					{ address: `+${OURS}`, carrier: 'bench', queue: 'bench', programme: 'bench' },
				],
				...changes,
			}),
		);
	}

	async startRedis() {
		this.redis = new Process(
			'redis',
			'redis-server',
			[join(ROOT, 'config/redis.conf'), '--dir', join(this.folder, 'redis')].concat([
				'--unixsocket',
				this.socket,
				'--unixsocketperm',
				'700',
			]),
			this.folder,
		);
		await waitFor(async () => (await this.cli('ping')).trim() === 'PONG', { what: 'Redis' });
	}

	// Many commands at once, a line each.
	async feed(lines) {
		const said = await command('redis-cli', ['-s', this.socket, '--pipe'], `${lines.join('\n')}\n`);
		if (!said.includes('errors: 0')) throw new Error(said);
	}

	cli(...args) {
		return command('redis-cli', ['-s', this.socket, ...args]);
	}

	async redisMemory() {
		return Number((await this.cli('info', 'memory')).match(/used_memory:(\d+)/)[1]);
	}

	// Entries that the router has not applied.
	async unapplied() {
		const lua = `local n = 0 for p = 0, 15 do for _, s in ipairs({'in', 'back'}) do
			n = n + redis.call('XLEN', '{c' .. p .. '}:' .. s) end end return n`;
		return Number(await this.cli('eval', lua, '0'));
	}

	// What was heard and never will be applied.
	async forgetUnapplied() {
		const keys = Array.from({ length: 16 }, (_, p) => `{c${p}}:in`);
		await this.cli('unlink', ...keys);
	}

	async startDaemon(name, port) {
		const daemon = new Process(name, join(BIN, `bindery-${name}`), ['-c', this.config], this.folder);
		this[name] = daemon;
		// The router is started before the gateway has a bind, the gateway maybe without a router.
		const path = name === 'router' ? 'readyz' : 'healthz';
		await waitFor(
			async () => {
				if (daemon.ended || daemon.error) return true;
				const answer = await fetch(`http://127.0.0.1:${port}/${path}`);
				const said = await answer.text();
				return answer.status === 200 || said.includes('No carrier has a bind');
			},
			{ what: () => `bindery-${name} is ready; it said:\n${daemon.tail()}` },
		);
		if (daemon.error) throw daemon.error;
		if (daemon.ended) throw new Error(`bindery-${name} ended:\n${daemon.tail()}`);
	}

	async addAgents(count) {
		const names = Array.from({ length: count }, (_, n) => `agent${n}`);
		const cookies = [];
		const waiting = [...names];
		const one = async () => {
			for (let name = waiting.pop(); name; name = waiting.pop()) {
				await this.addAgent(name);
				cookies.push(await this.signIn(name));
			}
		};
		await Promise.all(Array.from({ length: ADDING_AT_ONCE }, one));
		writeFileSync(join(this.folder, 'cookies'), `${cookies.join('\n')}\n`, { mode: 0o600 });
	}

	addAgent(name, capacity = CAPACITY) {
		const verb = ['user', 'add', name, '--role', 'agent', '--capacity', `${capacity}`];
		return command(
			join(BIN, 'bindery-router'),
			['-c', this.config, ...verb, '--password-stdin'],
			`${PASSWORD}\n`,
		);
	}

	async signIn(name) {
		const answer = await fetch(`http://127.0.0.1:${this.ports.http}/api/v2/sign-in`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', 'X-Bindery-CSRF': '1' },
			body: JSON.stringify({ name, password: PASSWORD }),
		});
		const cookie = answer.headers.get('set-cookie')?.match(/bindery_session=([^;]+)/);
		if (!cookie) throw new Error(`${name} cannot sign in: ${answer.status} ${await answer.text()}`);
		await answer.arrayBuffer();
		return cookie[1];
	}

	startLoad(agents, customers, numbers = 1) {
		this.customers = customers;
		const args = ['--smpp-port', this.ports.smpp, '--http-port', this.ports.http];
		args.push('--ours', OURS, '--numbers', numbers, '--customers', customers);
		if (agents > 0) args.push('--cookies', join(this.folder, 'cookies'));
		this.load = new Process('load', join(BIN, 'bindery-bench'), args.map(String), this.folder, 'pipe');
		this.answers = [];
		let text = '';
		this.load.child.stdout.on('data', (data) => {
			text += data;
			const lines = text.split('\n');
			text = lines.pop();
			for (const line of lines) this.answers.shift()?.resolve(JSON.parse(line));
		});
		this.load.over.then(() => {
			for (const waiting of this.answers) waiting.reject(new Error(this.load.tail()));
		});
	}

	// Another generator in the place of the one there is, which has forgotten everything.
	async restartLoad(between = async () => {}) {
		await this.load.stop();
		await between();
		this.startLoad(0, this.customers);
	}

	// Gives the load generator an order; what it measured, with the CPU seconds of each process.
	async order(line) {
		const processes = ['gateway', 'router', 'redis', 'bearerbox', 'smsbox', 'load'].filter(
			(name) => this[name] && !this[name].ended,
		);
		const before = Object.fromEntries(processes.map((name) => [name, this[name].cpu()]));
		const answer = await new Promise((resolve, reject) => {
			this.answers.push({ resolve, reject });
			this.load.child.stdin.write(`${line}\n`);
		});
		if (answer.error) throw new Error(`${line}: ${answer.error}\n${this.load.tail()}`);
		answer.order = line;
		answer.cpu = {};
		for (const name of processes) {
			if (this[name].ended) throw new Error(`${name} ended:\n${this[name].tail()}`);
			answer.cpu[name] = this[name].cpu() - before[name];
		}
		return answer;
	}

	// All agents on queue, and the first `conversations` customers connected to them.
	async connect(conversations) {
		await this.must('agents idle_s=20');
		return this.must(`open count=${conversations} connected=${conversations} window=100 idle_s=20`);
	}

	async must(line) {
		const answer = await this.order(line);
		if (!answer.complete)
			throw new Error(`${line}: not done: ${JSON.stringify(answer)}\n${this.load.tail()}`);
		return answer;
	}

	async finish() {
		for (const name of ['gateway', 'router', 'smsbox', 'bearerbox', 'load', 'redis'])
			await this[name]?.stop();
	}
}

export async function versions() {
	const run = promisify(execFile);
	const one = async (file, ...args) =>
		run(file, args).then(
			({ stdout }) => stdout.trim(),
			() => '?',
		);
	const [redis, kernel, file] = await Promise.all([
		one('redis-server', '--version'),
		one('uname', '-sr'),
		one('stat', '-f', '-c', '%T', FOLDER),
	]);
	const model = readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*:\s*(.*)/)?.[1] ?? '?';
	return { redis: redis.match(/v=([\d.]+)/)?.[1] ?? '?', kernel, file, model };
}
