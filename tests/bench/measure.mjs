// The measurements: each starts the world that it needs and returns rows for the table.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { cpuRows, row } from './row.mjs';
import { suppression } from './suppression.mjs';
import { versus } from './versus.mjs';
import { wire } from './wire.mjs';
import { BIN, command, World } from './world.mjs';

const SEND_BURST = 80; // sends of one agent that its connection's rate lets through at once
const CAPACITY = 25;
const MIB = 1 << 20;

function latencyRows(what, runs) {
	return ['p50_us', 'p99_us', 'max_us'].map((key) =>
		row(`${what}: ${key.slice(0, -3)}`, 'ms', runs, (run) => run.end[key] / 1000, 2),
	);
}

async function repeat(options, one) {
	const runs = [];
	for (let n = 0; n < options.runs; n++) {
		runs.push(await one(n));
		options.told(runs.at(-1));
	}
	return runs;
}

// deliver_sm → ROK, with the append-only file synced in between; gateway and Redis alone.
async function intake(options) {
	const world = await World.start('intake');
	const rows = [];
	const count = options.quick ? 10_000 : 60_000;
	await world.order(`mo count=5000 window=100 customers=1000`);
	for (const window of [10, 100, 1000]) {
		const runs = await repeat(options, async () => {
			const run = await world.order(`mo count=${count} window=${window} customers=1000`);
			await world.forgetUnapplied();
			return run;
		});
		const what = `MO intake, window ${window}`;
		rows.push(row(what, 'messages/s', runs, (run) => run.sent / run.answered_s));
		rows.push(row(`${what}: p99`, 'ms', runs, (run) => run.answer.p99_us / 1000, 2));
		if (window === 100) rows.push(...cpuRows(what, runs));
	}
	await world.finish();
	return rows;
}

async function memory(options) {
	const conversations = options.quick ? 2_000 : 10_000;
	const agents = 10;
	const world = await World.start('memory', { agents, customers: 20_000 });
	const runs = [{ complete: true }];
	const rows = [];
	const note = (name, unit, value, digits = 1) => rows.push(row(name, unit, runs, () => value, digits));
	const sizes = async () => ({
		gateway: world.gateway.rss(),
		router: world.router.rss(),
		redis: await world.redisMemory(),
	});
	await sleep(500);
	const rest = await sizes();
	for (const name of ['gateway', 'router'])
		note(`RSS at rest: ${name}`, 'MiB', rest[name] / MIB);
	note('Redis data at rest', 'MiB', rest.redis / MIB);
	await world.connect(agents * CAPACITY);
	const few = await sizes();
	const more = conversations - agents * CAPACITY;
	runs[0] = await world.order(
		`open first=${agents * CAPACITY} count=${more} connected=${agents * CAPACITY} window=100`,
	);
	options.told(runs[0]);
	for (let tries = 0; tries < 300 && (await world.unapplied()) > 0; tries++) await sleep(100);
	await sleep(1500);
	const many = await sizes();
	for (const name of ['gateway', 'router'])
		note(
			`RSS per 10,000 open conversations: ${name}`,
			'MiB',
			((many[name] - few[name]) / MIB / more) * 10_000,
		);
	note('Redis per open conversation', 'octets', (many.redis - few.redis) / more, 0);
	await world.finish();
	return rows;
}

// One world for what needs agents with conversations.
async function desk(options) {
	const agents = options.quick ? 20 : 100;
	const conversations = agents * CAPACITY;
	const world = await World.start('desk', { agents });
	const rows = [];
	const opened = await world.connect(conversations);
	options.told(opened);
	rows.push(
		row('Conversations opened, offered, accepted', '/s', [opened], (run) => conversations / run.all_s),
	);
	for (const [name, measure] of Object.entries(DESK)) {
		if (options.wants(name)) rows.push(...(await measure(options, world, conversations)));
	}
	await world.finish();
	return rows;
}

async function mo(options, world, conversations) {
	const count = options.quick ? 5_000 : 40_000;
	const order = `mo count=${count} window=100 backlog=2000 customers=${conversations} seen=1`;
	const runs = await repeat(options, () => world.order(order));
	const what = "MO, wire → agent's frame";
	return [row(what, 'messages/s', runs, (run) => run.seen / run.seen_s), ...cpuRows(what, runs)];
}

// The same while every message is looked for in its thread, as after a reconnection.
async function wake(options) {
	const agents = options.quick ? 10 : 20;
	const conversations = agents * CAPACITY;
	const world = await World.start('wake', { agents, wake: 3600 });
	await world.connect(conversations);
	const count = options.quick ? 5_000 : 20_000;
	const order = `mo count=${count} window=100 backlog=2000 customers=${conversations} seen=1`;
	const runs = await repeat(options, () => world.order(order));
	await world.finish();
	const what = 'MO after a break, wire → frame';
	return [
		row(what, 'messages/s', runs, (run) => run.seen / run.seen_s),
		...cpuRows(what, runs).filter((line) => line.name.endsWith('redis')),
	];
}

async function latency(options, world, conversations) {
	const seconds = options.quick ? 3 : 20;
	const order = `mo count=${500 * seconds} rate=500 window=1000 customers=${conversations} seen=1`;
	const runs = await repeat({ ...options, runs: options.quick ? 1 : options.runs }, () =>
		world.order(order),
	);
	const what = "MO at 500/s, wire → agent's frame";
	return [...latencyRows(what, runs), ...cpuRows(what, runs)];
}

async function mt(options, world, conversations) {
	const agents = conversations / CAPACITY;
	const burst = agents * SEND_BURST - agents * 5;
	const rows = [];
	const full = await repeat(options, async () => {
		await sleep(2500); // until the agents' connections may burst again
		return world.order(
			`mt count=${burst} customers=${conversations} window=1000 receipts=1 idle_s=10`,
		);
	});
	const what = "MT, agent's send → submit_sm";
	rows.push(row(what, 'messages/s', full, (run) => run.seen / run.seen_s));
	rows.push(
		row(
			'MT with receipts, send → delivered tick',
			'messages/s',
			full,
			(run) => run.delivered / run.all_s,
		),
	);
	rows.push(...cpuRows(what, full));
	const seconds = options.quick ? 3 : 10;
	const paced = await repeat({ ...options, runs: 1 }, async () => {
		await sleep(2500);
		return world.order(
			`mt count=${500 * seconds} rate=500 customers=${conversations} window=1000 receipts=1`,
		);
	});
	return [...rows, ...latencyRows("MT at 500/s, agent's send → submit_sm", paced)];
}

// Who gets what at the size that the floor is made for: agents are freed, and what is measured is how long it
// takes until Redis has made their offer. Growth compares it with a short queue.
async function floor(options) {
	const size = options.quick ? { agents: 200, queues: 100, waiting: 5_000, connected: 2_000 } : { agents: 5_000, queues: 5_000, waiting: 50_000, connected: 50_000 };
	const run = async (waiting) => {
		const world = await World.bare('floor');
		const named = { socket: world.socket, agents: size.agents, queues: size.queues, waiting, open: waiting + size.connected, assignments: options.quick ? 2_000 : 20_000, rate: 2_000 };
		const args = Object.entries(named).flatMap(([name, value]) => [`--${name}`, `${value}`]);
		const measured = JSON.parse(await command(join(BIN, 'bindery-bench-floor'), args));
		await world.finish();
		return measured;
	};
	const few = await repeat(options, () => run(size.waiting / 100));
	const many = await repeat(options, () => run(size.waiting));
	const what = `${size.waiting.toLocaleString('en-US')} waiting in 40 sets of skills`;
	return [
		row(`Assignments, ${what}`, '/s', many, (one) => one.per_s),
		row(`Assignments, a hundredth of that waiting`, '/s', few, (one) => one.per_s),
		...['p50_ms', 'p99_ms', 'max_ms'].map((key) =>
			row(`Agent freed → offer made, at 2,000/s: ${key.slice(0, -3)}`, 'ms', many, (one) => one[key], 2),
		),
		row('The floor in Redis, per waiting conversation', 'octets', many, (one) => one.waiting_octets),
		row('The floor in Redis, per connected conversation', 'octets', many, (one) => one.connected_octets),
	];
}

const DESK = { mo, latency, mt };
export const NAMES = ['intake', ...Object.keys(DESK), 'wake', 'memory', 'floor', 'wire', 'suppression', 'kannel'];

export async function measureAll(options) {
	const rows = [];
	if (options.wants('intake')) rows.push(...(await intake(options)));
	if (Object.keys(DESK).some(options.wants)) rows.push(...(await desk(options)));
	if (options.wants('wake')) rows.push(...(await wake(options)));
	if (options.wants('memory')) rows.push(...(await memory(options)));
	if (options.wants('floor')) rows.push(...(await floor(options)));
	if (options.wants('wire')) rows.push(...(await wire(options)));
	if (options.wants('suppression')) rows.push(...(await suppression(options)));
	if (options.wants('kannel')) rows.push(...(await versus(options)));
	return rows;
}
