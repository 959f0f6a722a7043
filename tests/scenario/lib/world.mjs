// Everything that one scenario needs: a folder, a Redis, a carrier, bindery.conf, the two daemons.
//
//	const world = await World.start(t, { queues: [...] });
//	const ann = await world.agent('ann');
//	await ann.goOnQueue();
//	await world.carrier.deliver({ from: '+15550199', to: '+15550100', text: 'Hello' });
//
// What it started ends with the test `t`, and at once where it does not start; a sanitizer's word in either daemon
// fails the test.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Agent } from './agent.mjs';
import { Carrier } from './carrier.mjs';
import { libconfig } from './libconfig.mjs';
import { Child, run } from './process.mjs';
import { Redis } from './redis.mjs';
import { freePort, waitFor } from './wait.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const BIN = resolve(process.env.BINDERY_BIN ?? join(ROOT, 'build/dev/bin'));
const FOLDERS = join(ROOT, 'build/scenario');

const SANITIZER_ENV = {
	ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:handle_abort=1',
	UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};

export const OURS = '+15550100';
const BINDS = 2;
export const PASSWORD = 'correct horse battery';

export const QUEUE = {
	name: 'support',
	alerting_timeout_s: 30,
	wrap_up_codes: ['Resolved', 'Follow-up'],
};

// The ledger's folder and keys in a folder of a test's own.
export const ledgerIn = (folder, more = {}) => ({
	directory: join(folder, 'ledger'),
	number_key_file: join(folder, 'numbers.key'),
	signing_key_file: join(folder, 'signing.pem'),
	...more,
});

// bindery.conf as an object, every part replaceable: { carriers: [...], queues: [...] }.
function settings(world, changes) {
	const { carrier, ports } = world;
	return {
		redis: { socket: world.redis.socket, partitions: 16 },
		log: { level: 'debug' },
		http: {
			listen: '127.0.0.1',
			port: ports.http,
			console: join(ROOT, 'router/console/dist'),
			docs: join(ROOT, 'router/door'),
			secure_cookies: false,
			origins: [world.base],
		},
		gateway: { listen: '127.0.0.1', port: ports.gateway },
		ledger: ledgerIn(world.folder),
		carriers: [carrier.entry({ binds: BINDS, window: 10 })],
		programmes: [
			{
				name: 'shop',
				scope: 'programme',
				stop_text: 'You are unsubscribed and will get no more messages.',
				help_text: 'Shop: call 555 0100. Reply STOP to end.',
				start_text: 'You are subscribed again.',
				hours: { preset: 'none' }, // at whatever hour the tests run
			},
		],
		queues: [QUEUE],
		numbers: [{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop' }],
		...changes,
	};
}

export class World {
	agents = [];

	// `changes` replaces whole parts of bindery.conf (an object, or a function of this world);
	// `carrier` are the Carrier's options. `router` or `gateway` false leaves that one unstarted.
	// A router that is 'gone' was there, so that messages may be sent, and was killed.
	// `asan` is added to ASAN_OPTIONS of both.
	static async start(t, options = {}) {
		const world = new World();
		t?.after?.(() => world.finish());
		try {
			await world.#start(options);
		} catch (error) {
			await world.finish().catch(() => {}); // of which the first error is the cause
			throw error;
		}
		return world;
	}

	async #start({ changes = {}, carrier = {}, router = true, gateway = true, asan }) {
		this.env = { ...SANITIZER_ENV };
		if (asan) this.env.ASAN_OPTIONS += `:${asan}`;
		mkdirSync(FOLDERS, { recursive: true });
		this.folder = mkdtempSync(join(FOLDERS, 'w-'));
		this.redis = await Redis.start(this.folder);
		this.carrier = await Carrier.start(carrier);
		this.ports = { http: await freePort(), gateway: await freePort() };
		this.base = `http://127.0.0.1:${this.ports.http}`;
		this.gatewayBase = `http://127.0.0.1:${this.ports.gateway}`;
		this.configure(changes);
		if (router) await this.startRouter();
		if (router === 'gone') await this.router.kill();
		if (gateway) await this.startGateway();
		// A link that begins later makes what was said before it and comes again a repetition.
		if (gateway && this.binds) await this.metricIs(this.gatewayBase, 'bindery_bound', this.binds);
	}

	// Writes bindery.conf; a daemon reads it when it starts.
	configure(changes = {}) {
		this.config = join(this.folder, 'bindery.conf');
		const parts = typeof changes === 'function' ? changes(this) : changes;
		this.binds = parts.carriers ? null : BINDS; // of the carrier that nobody has changed
		writeFileSync(this.config, libconfig(settings(this, parts)));
	}

	#daemon(name) {
		return new Child(name, join(BIN, name), ['-c', this.config], {
			env: this.env,
			log: join(this.folder, `${name}.log`),
		});
	}

	// Started, and ready unless `ready` is false.
	async startGateway({ ready = true } = {}) {
		this.gateway = this.#daemon('bindery-gateway');
		if (ready) await this.ready(this.gateway, this.gatewayBase);
	}

	async startRouter({ ready = true } = {}) {
		this.router = this.#daemon('bindery-router');
		if (ready) await this.ready(this.router, this.base);
	}

	// Waits for 200 from /readyz; a router that lacks nothing but a bind will do, since the carrier
	// may be away on purpose.
	async ready(child, base) {
		await waitFor(
			async () => {
				if (child.over) return true;
				if (!child.listensOn(Number(new URL(base).port))) return false;
				const answer = await fetch(`${base}/readyz`);
				const said = await answer.text();
				return answer.status === 200 || said.includes('No carrier has a bind');
			},
			{ what: () => `${child.name} is ready; it said:\n${child.output.slice(-4000)}` },
		);
		if (child.over) throw new Error(`${child.name} ended:\n${child.output.slice(-4000)}`);
	}

	// One of the two programs with a verb: { code, stdout, stderr }.
	command(program, args, options = {}) {
		const env = { ...SANITIZER_ENV, ...options.env };
		return run(join(BIN, program), ['-c', this.config, ...args], { ...options, env });
	}

	async addUser(name, { role = 'agent', password = PASSWORD, capacity } = {}) {
		const { code, stderr } = await this.command(
			'bindery-router',
			['user', 'add', name, '--role', role, '--password-stdin',
				...(capacity === undefined ? [] : ['--capacity', String(capacity)])],
			{ input: `${password}\n` },
		);
		if (code !== 0) throw new Error(`user add ${name}: ${stderr}`);
		return password;
	}

	// The events of one kind on the floor ({acd}), oldest first.
	async floorEvents(kind) {
		const entries = await this.redis.stream('{acd}:events');
		return entries.map(({ fields }) => fields).filter(({ e }) => e === kind);
	}

	// Waits until a counter or gauge has come to `wanted`, or to what `wanted` is true of.
	async metricIs(base, name, wanted, options) {
		let value;
		const fits = typeof wanted === 'function' ? wanted : (found) => found === wanted;
		await waitFor(async () => fits((value = await this.metric(base, name))), {
			what: () => `${name} is ${wanted}; it is ${value}`,
			...options,
		});
		return value;
	}

	// A new user who signs in and has said hello.
	async agent(name, options = {}) {
		await this.addUser(name, options);
		const agent = await Agent.start(this.base, name, options.password ?? PASSWORD);
		this.agents.push(agent);
		return agent;
	}

	// A counter or gauge of /metrics, summed over the label sets that hold all of `labels`.
	async metric(base, name, labels = {}) {
		const text = await (await fetch(`${base}/metrics`)).text();
		let sum = 0;
		for (const line of text.split('\n')) {
			const match = line.match(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([-+.\deE]+)$/);
			if (!match || match[1] !== name) continue;
			const fits = Object.entries(labels).every(([key, value]) =>
				(match[2] ?? '').includes(`${key}="${value}"`),
			);
			if (fits) sum += Number(match[3]);
		}
		return sum;
	}

	// Every event of every partition, in each partition's order: [{ partition, id, fields }]
	async happened() {
		const all = [];
		for (const key of await this.redis.keys('{c*}:events')) {
			for (const entry of await this.redis.stream(key)) all.push({ partition: key, ...entry });
		}
		return all;
	}

	async finish() {
		for (const agent of this.agents) agent.socket?.terminate();
		const failures = [];
		for (const daemon of [this.router, this.gateway]) {
			if (!daemon) continue;
			if (!daemon.over) await daemon.stop().catch((error) => failures.push(error));
			try {
				daemon.assertClean();
			} catch (error) {
				failures.push(error);
			}
		}
		await this.carrier?.close();
		await this.redis?.child?.kill();
		this.redis?.connection?.end();
		if (failures.length) {
			failures[0].message += `\n(the logs are in ${this.folder})`;
			throw failures[0];
		}
		if (!process.env.BINDERY_KEEP && this.folder) rmSync(this.folder, { recursive: true, force: true });
	}
}
