// A process that has no file descriptors left: whoever wants to connect waits, it does not spin, what is
// connected goes on, and once there are descriptors again everybody is accepted.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { run } from './lib/process.mjs';
import { freePort, waitFor } from './lib/wait.mjs';

const CUSTOMER = '+15550199';
const WATCHED_MS = 2000;
const METRIC = 'bindery_accepts_failed_total';

async function limitFiles(child, files) {
	const { code, stderr } = await run('prlimit', [`--pid=${child.pid}`, `--nofile=${files}:`]);
	assert.equal(code, 0, stderr);
}

// No descriptor but those that are open now: a new one would have to be lower than the limit.
async function exhaust(child) {
	const open = new Set(readdirSync(`/proc/${child.pid}/fd`).map(Number));
	let free = 0;
	while (open.has(free)) free++;
	await limitFiles(child, free);
}

const softLimit = (child) =>
	Number(readFileSync(`/proc/${child.pid}/limits`, 'utf8').match(/^Max open files\s+(\d+)/m)[1]);

// Seconds of CPU that it has used.
function cpuOf(child) {
	const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

function knock(t, port) {
	const socket = connect(port, '127.0.0.1');
	socket.on('error', () => {});
	t.after(() => socket.destroy());
	return socket;
}

// Knocks until there is no descriptor left, and looks for a while: { cpu, lines }.
async function starve(t, child, port) {
	const before = softLimit(child);
	const knocking = [];
	await exhaust(child);
	await waitFor(() => {
		if (/event=accept_failed/.test(child.output)) return true;
		knocking.push(knock(t, port));
		return false;
	});
	const from = Date.now();
	const cpu = cpuOf(child);
	await waitFor(() => Date.now() - from >= WATCHED_MS);
	const used = cpuOf(child) - cpu;
	assert.equal(child.output.match(/event=accept_failed/g).length, 1);
	assert.match(child.output, new RegExp(`event=accept_failed port=${port} times=1 files_max=\\d+ why="Too many`));
	assert.ok(used < WATCHED_MS / 4000, `${used} s of CPU in ${WATCHED_MS} ms`);
	return { knocking, before };
}

async function feed(child, { knocking, before }) {
	for (const socket of knocking) socket.destroy();
	await limitFiles(child, before);
	await child.says(/event=accept_recovered/);
}

test('the gateway without descriptors keeps its binds, waits, and answers /metrics again', async (t) => {
	const world = await World.start(t);
	const starved = await starve(t, world.gateway, world.ports.gateway);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Still there?' });
	await feed(world.gateway, starved);
	const failed = await world.metric(world.gatewayBase, METRIC, { listener: 'metrics' });
	assert.ok(failed >= 1 && failed < 30, `${failed} failures`);
});

test('nor does it spin over an SMSC that wants to say outbind', async (t) => {
	const port = await freePort();
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [carrier.entry({ outbind: { port, system_id: 'smsc', password: 'out' } })],
		}),
	});
	await world.gateway.says(new RegExp(`event=listening .*port=${port}`));
	const starved = await starve(t, world.gateway, port);
	await feed(world.gateway, starved);
	const failed = await world.metric(world.gatewayBase, METRIC, { carrier: 'acme' });
	assert.ok(failed >= 1 && failed < 30, `${failed} failures`);
});

test('the router without descriptors keeps its agents, waits, and lets others in again', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const starved = await starve(t, world.router, world.ports.http);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Still there?' });
	await ann.acceptNext(CUSTOMER);
	await feed(world.router, starved);
	const failed = await world.metric(world.base, METRIC, { listener: 'door' });
	assert.ok(failed >= 1 && failed < 30, `${failed} failures`);
});
