// The floor at its size on the whole road: agents on their WebSockets, conversations that customers have opened,
// many of them waiting in one queue that need different skills. Agents close conversations, and what is measured is
// how long it takes until the next offer is on that agent's wire.

import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort, waitFor } from '../scenario/lib/wait.mjs';
import { row } from './row.mjs';
import { FOLDER, LINKS, OURS, World } from './world.mjs';

const SETS = 40; // of skills, two of SKILLS each
const SKILLS = 10;
const SKILLS_EACH = 6;
const RATE = 2000;
const SESSION_MS = 3_600_000;

const skill = (n) => `skill${n % SKILLS}`;

class Floor extends World {
	static async start({ agents, queues, capacity, customers }) {
		const world = new Floor();
		world.folder = join(FOLDER, 'wire');
		world.socket = join(world.folder, 'redis.sock');
		rmSync(world.folder, { recursive: true, force: true });
		mkdirSync(join(world.folder, 'redis'), { recursive: true });
		world.ports = { smpp: await freePort(), http: await freePort(), gateway: await freePort() };
		const names = Array.from({ length: queues }, (_, n) => `queue${n}`);
		world.configure(0, {
			queues: names.map((name) => ({ name, alerting_timeout_s: 60, wrap_up_codes: ['Resolved'] })),
			numbers: Array.from({ length: SETS }, (_, n) => ({
				address: `+${Number(OURS) + n}`,
				carrier: 'bench',
				queue: 'queue0',
				programme: 'bench',
				skills: [skill(n), skill(n + 1 + Math.floor(n / SKILLS))],
			})),
		});
		await world.startRedis();
		await world.startDaemon('router', world.ports.http);
		await world.addAgent('agent0', capacity);
		await world.staff(agents, queues);
		await world.router.stop();
		await world.startDaemon('router', world.ports.http);
		world.startLoad(agents, customers, SETS);
		await world.startDaemon('gateway', world.ports.gateway);
		await world.order(`links links=${LINKS}`);
		return world;
	}

	// Agents as the first one, who is signed in, with members and skills. Each password costs a tenth of a second of
	// scrypt, so that they all have the first one's.
	async staff(agents, queues) {
		const now = Date.now();
		const fields = (await this.cli('hgetall', '{u}:user:agent0')).trim().split('\n').join(' ');
		const lines = [];
		const tokens = [];
		for (let n = 0; n < agents; n++) {
			const name = `agent${n}`;
			const token = createHash('sha256').update(name).digest('hex');
			const hash = createHash('sha256').update(token).digest('hex');
			tokens.push(token);
			lines.push(
				`HSET {u}:user:${name} ${fields}`,
				`SADD {u}:users ${name}`,
				`HSET {acd}:user:${name} state active`, // a user to the floor, too
				`HSET {u}:session:${hash} name ${name} begun_ms ${now + 1000} until_ms ${now + SESSION_MS}`,
			);
			for (const queue of ['queue0', `queue${1 + (n % (queues - 1))}`])
				lines.push(`FCALL member_put 1 {acd} now 1 q ${queue} a ${name} ring 1 by bench`);
			for (let i = 0; i < SKILLS_EACH; i++)
				lines.push(`FCALL skill_put 1 {acd} now 1 a ${name} skill ${skill(n + i)} level 3 by bench`);
		}
		await this.feed(lines);
		writeFileSync(join(this.folder, 'cookies'), `${tokens.join('\n')}\n`, { mode: 0o600 });
	}

	async metric(name) {
		const text = await (await fetch(`http://127.0.0.1:${this.ports.http}/metrics`)).text();
		return Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);
	}
}

// Conversations are closed as they are offered, or at a pace.
export async function wire(options) {
	const size = options.quick
		? { agents: 200, queues: 100, capacity: 10, waiting: 2_000, freed: 1_000 }
		: { agents: 5_000, queues: 5_000, capacity: 10, waiting: 50_000, freed: 20_000 };
	const connected = size.agents * size.capacity;
	// What is closed and offered is opened beforehand, so that never fewer wait.
	const open = connected + size.waiting + 2 * size.freed * options.runs;
	const world = await Floor.start({ ...size, customers: open });
	await world.must('agents idle_s=60');
	const empty = await world.redisMemory();
	await world.must(`open count=${open} connected=${connected} window=100 idle_s=60`);
	await waitFor(async () => (await world.metric('bindery_waiting')) === open - connected, {
		timeout: 120_000,
		what: () => `${open - connected} conversations wait`,
	});
	const many = await world.redisMemory();
	const fast = [];
	const paced = [];
	for (let n = 0; n < options.runs; n++) {
		fast.push(await world.must(`free count=${size.freed} backlog=64 idle_s=20`));
		paced.push(await world.must(`free count=${size.freed} rate=${RATE} idle_s=20`));
		options.told({ fast: fast.at(-1), paced: paced.at(-1) });
	}
	for (const run of [...fast, ...paced]) run.sweep_found = await world.metric('bindery_sweep_found');
	await world.finish();
	const what = `${size.waiting.toLocaleString('en-US')} waiting`;
	return [
		row(`Closed, offered, accepted, ${what}`, '/s', fast, (run) => run.seen / run.seen_s),
		...['p50_us', 'p99_us', 'max_us'].map((key) =>
			row(`Agent's close → offer on their wire, at ${RATE}/s: ${key.slice(0, -3)}`, 'ms', paced, (run) => run.end[key] / 1000, 2),
		),
		row('Redis, per conversation, a third of them connected', 'octets', [fast[0]], () => (many - empty) / open),
	];
}
