// An older copy of Redis is restored. Nothing is sent until its ledger holds all that was exported, whoever is
// quicker, and the reason is to be seen.

import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { OURS, run, BIN, waitFor, World } from './lib/index.mjs';
import { ledgerIn } from './lib/world.mjs';

const [EARLY, LATE] = ['+15550199', '+15550198'];
const STOPPED = 'You are unsubscribed and will get no more messages.';

const dataOf = (world) => join(world.folder, 'redis');

async function say(world, from, text) {
	const before = await world.metric(world.base, 'bindery_mo_total');
	await world.carrier.deliver({ from, to: OURS, text });
	await world.metricIs(world.base, 'bindery_mo_total', before + 1);
}

async function covered(world, records) {
	await world.metricIs(world.base, 'bindery_ledger_records', records);
	await world.metricIs(world.base, 'bindery_ledger_covered', records);
}

async function readiness(world) {
	const answer = await fetch(`${world.base}/readyz`);
	return { status: answer.status, text: await answer.text() };
}

async function saysReady(world, pattern) {
	let last;
	await waitFor(async () => pattern.test((last = await readiness(world)).text), { what: () => `${pattern}; it is ${last.text}` });
	return last;
}

async function isReady(world) {
	for (const base of [world.base, world.gatewayBase])
		await waitFor(async () => (await fetch(`${base}/readyz`)).ok, { what: () => `${base} is ready` });
}

// Two customers have told us to stop; the copy was made between them. `later` is a copy of the end.
async function twoStops(t) {
	const world = await World.start(t, { changes: (w) => ({ ledger: ledgerIn(w.folder, { head_interval_s: 1 }) }) });
	const ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
	await say(world, LATE, 'Hello');
	const { id } = await ann.acceptNext(LATE);
	await say(world, EARLY, 'STOP');
	await world.carrier.expectSubmit({ to: EARLY, text: STOPPED });
	await covered(world, 1);
	const older = join(world.folder, 'older');
	cpSync(dataOf(world), older, { recursive: true });
	await say(world, LATE, 'STOP');
	await world.carrier.expectSubmit({ to: LATE, text: STOPPED });
	await covered(world, 2);
	return { world, ann, id, older };
}

async function restore(world, copy) {
	await world.gateway.kill();
	await world.router.kill();
	await world.redis.stop();
	rmSync(dataOf(world), { recursive: true });
	cpSync(copy, dataOf(world), { recursive: true });
	await world.redis.start();
}

// The gateway has asked for work many times, and for nothing else does it ask so often.
async function askedOften(world) {
	const calls = async () => Number((await world.redis.call('INFO', 'commandstats')).match(/cmdstat_fcall:calls=(\d+)/)[1]);
	const before = await calls();
	await waitFor(async () => (await calls()) > before + 300, { timeout: 60_000, what: () => 'the gateway asked often' });
}

test('an older copy sends nothing, and says why; the newer one does', async (t) => {
	const { world, older } = await twoStops(t);
	await world.redis.stop();
	await world.redis.start();
	await isReady(world);
	const newer = join(world.folder, 'newer');
	cpSync(dataOf(world), newer, { recursive: true });

	await restore(world, older);
	// The gateway is first, and there is nobody yet who could forbid it anything.
	await world.startGateway();
	await world.carrier.bound(2);
	const sent = world.carrier.submits.all.length;
	await askedOften(world);
	const early = await world.command('bindery-router', ['status']);
	assert.equal(early.code, 1);
	assert.match(early.stdout, /^sending\tlocked\tNo router has held the ledger against its last exported head yet\.$/m);
	await world.startRouter({ ready: false });
	const { status, text } = await saysReady(world, /locked/);
	assert.equal(status, 503);
	assert.match(text, /Sending is locked: the ledger of partition \d+ has 0 records, its last exported head 1\./);
	assert.equal(await world.metric(world.base, 'bindery_sending_locked'), 1);
	await waitFor(() => world.router.output.includes('event=sending_locked'), { what: () => 'the log says so' });

	const late = await world.command('bindery-router', ['status']);
	assert.equal(late.code, 1);
	assert.match(late.stdout, /^redis\tready\nsending\tlocked\tSending is locked: the ledger of partition \d+ has 0 records, its last exported head 1\.\nledger\t1 records, 2 of them under the last exported head\nevents\t\d+ of the floor, .*\nevents\t\d+ of conversations, .*\n$/);

	// The opt-out that the copy does not know of: an agent's text to that customer is taken, and stays.
	const waiting = await waitingFor(world, LATE, 'Are you there?');
	await askedOften(world);
	assert.equal(world.carrier.submits.all.length, sent);
	assert.deepEqual(await waiting(), ['queued']);

	await restore(world, newer);
	await world.startRouter();
	await world.startGateway();
	await isReady(world);
	const open = await world.command('bindery-router', ['status']);
	assert.match(open.stdout, /^redis\tready\nsending\topen\nledger\t2 records, 2 of them under the last exported head\nevents\t/);
	await say(world, '+15550197', 'STOP');
	await world.carrier.expectSubmit({ to: '+15550197', text: STOPPED });
	assert.deepEqual(world.carrier.submits.all.slice(sent).map(({ destination }) => destination), ['15550197']);
});

// An agent of the restored copy writes to that customer. Returns what reads the states of the texts.
async function waitingFor(world, customer, text) {
	const ann = await world.agent('eve', { capacity: 25 });
	await ann.goOnQueue();
	await world.carrier.deliver({ from: customer, to: OURS, text: 'Hello?' });
	const key = (await world.redis.keys(`{c*}:thread:${OURS}:${customer}`))[0];
	const conversation = await world.redis.call('HGET', key, 'conv');
	const tag = key.split(':')[0];
	const fence = await world.redis.call('GET', `${tag}:lease`);
	await world.redis.call('FCALL', 'mt_accept', 1, tag, 'fence', fence, 'now', String(Date.now()), 'conv', conversation, 'agent', 'ann', 'ref', 'r1',
		'id', 'm1', 'text', text, 'carrier', 'acme', 'class', 'interactive', 'record', 'x', 'scopes', `all|p:shop|n:${OURS}`, 'segs', '1');
	return async () => [await world.redis.call('HGET', `${tag}:msg:m1`, 'state')];
}

test('new records do not make up for those that were lost; to go on without them is somebody’s word', async (t) => {
	const { world, older } = await twoStops(t);
	await restore(world, older);
	await world.startRouter({ ready: false });
	await world.startGateway();
	await world.carrier.bound(2);
	await saysReady(world, /has 0 records, its last exported head 1\./);
	const sent = world.carrier.submits.all.length;
	// As long as the head, but with another record.
	await say(world, LATE, 'STOP');
	await saysReady(world, /Sending is locked: the ledger of partition \d+ does not continue its last exported head of 1 records\./);
	await askedOften(world);
	assert.equal(world.carrier.submits.all.length, sent);

	const usage = await world.command('bindery-router', ['ledger', 'resume']);
	assert.equal(usage.code, 2);
	const resumed = await world.command('bindery-router', ['ledger', 'resume', '--by', 'kim', '--reason', 'disk lost, case 7']);
	assert.equal(resumed.code, 0, resumed.stderr);
	await isReady(world);
	await world.carrier.expectSubmit({ to: LATE, text: STOPPED });
	await covered(world, 2);
	const { stdout } = await world.command('bindery-router', ['ledger', 'export']);
	const verified = await run(join(BIN, 'bindery-router'), ['ledger', 'verify', '-', '--key', join(world.folder, 'ledger/public.pem')], { input: stdout });
	assert.equal(verified.code, 0, verified.stdout);
	assert.match(readFileSync(join(world.folder, 'ledger', givenUp(world)), 'utf8'), /^given-up\tat=\d+\tby=kim\treason=disk lost, case 7\n$/);
});

function givenUp(world) {
	return readdirSync(join(world.folder, 'ledger')).find((name) => name.startsWith('given-up-'));
}

const filesOf = (world, pattern) => readdirSync(join(world.folder, 'ledger')).filter((name) => pattern.test(name));
const sizeOf = (world, name) => statSync(join(world.folder, 'ledger', name)).size;
const rowsOf = (world) => filesOf(world, /^leaves-/).filter((name) => sizeOf(world, name)).map((name) => [name, sizeOf(world, name) / 48]);

// Heads are signed as the router stops, and else once an hour.
const seldom = (w) => ({ ledger: ledgerIn(w.folder, { head_interval_s: 3600 }) });

test('a record that no head covers yet is lost all the same: nothing is sent before somebody answers for it', async (t) => {
	const world = await World.start(t, { changes: seldom });
	await say(world, EARLY, 'STOP');
	await world.carrier.expectSubmit({ to: EARLY, text: STOPPED });
	await world.metricIs(world.base, 'bindery_ledger_records', 1);
	const older = join(world.folder, 'older');
	cpSync(dataOf(world), older, { recursive: true });
	await say(world, LATE, 'STOP');
	await world.carrier.expectSubmit({ to: LATE, text: STOPPED });
	await world.metricIs(world.base, 'bindery_ledger_records', 2);
	const kept = rowsOf(world);
	assert.deepEqual(kept.map(([, rows]) => rows), [1, 1]);
	await restore(world, older);
	assert.deepEqual(filesOf(world, /^head-/), []);

	await world.startRouter({ ready: false });
	await world.startGateway();
	await world.carrier.bound(2);
	const sent = world.carrier.submits.all.length;
	const { status, text } = await saysReady(world, /locked/);
	assert.equal(status, 503);
	assert.match(text, /Sending is locked: the ledger of partition \d+ has 0 records, leaves were kept of 1\./);
	await askedOften(world);
	// A new record does not make up for it, nor does another start.
	await say(world, LATE, 'STOP');
	await saysReady(world, /Sending is locked: the ledger of partition \d+ has another record 0 than the one that its leaf was kept of\./);
	await world.router.kill();
	await world.startRouter({ ready: false });
	await saysReady(world, /has another record 0 than the one that its leaf was kept of\./);
	await askedOften(world);
	assert.equal(world.carrier.submits.all.length, sent);
	assert.deepEqual(rowsOf(world), kept);
	assert.deepEqual(filesOf(world, /^lost-/), []);

	const resumed = await world.command('bindery-router', ['ledger', 'resume', '--by', 'kim', '--reason', 'disk lost, case 8']);
	assert.equal(resumed.code, 0, resumed.stderr);
	await isReady(world);
	await world.carrier.expectSubmit({ to: LATE, text: STOPPED });
	await world.metricIs(world.base, 'bindery_ledger_records', 2);
	assert.deepEqual(rowsOf(world), kept);
	const [lost, ...more] = filesOf(world, /^lost-\d+-0-\d{8}T\d{9}Z$/);
	assert.deepEqual([sizeOf(world, lost), more], [48, []]);
	await world.router.stop();
	const { stdout } = await world.command('bindery-router', ['ledger', 'export']);
	const verified = await run(join(BIN, 'bindery-router'), ['ledger', 'verify', '-', '--key', join(world.folder, 'ledger/public.pem')], { input: stdout });
	assert.equal(verified.code, 0, verified.stdout);
	// What somebody has answered for is not asked again.
	await world.startRouter();
});

test('so it is with records behind the last head; the whole copy opens by itself', async (t) => {
	const world = await World.start(t, { changes: seldom });
	await say(world, LATE, 'STOP');
	await world.metricIs(world.base, 'bindery_ledger_records', 1);
	await world.router.stop();
	await world.startRouter();
	assert.equal(filesOf(world, /^head-/).length, 1);
	const older = join(world.folder, 'older');
	cpSync(dataOf(world), older, { recursive: true });
	await say(world, LATE, 'START');
	await say(world, LATE, 'STOP');
	await world.metricIs(world.base, 'bindery_ledger_records', 3);
	const [[leaves]] = rowsOf(world);
	const whole = readFileSync(join(world.folder, 'ledger', leaves));
	const newer = join(world.folder, 'newer');
	cpSync(dataOf(world), newer, { recursive: true });
	await restore(world, older);
	await world.startGateway();
	await world.startRouter({ ready: false });
	await saysReady(world, /Sending is locked: the ledger of partition \d+ has 1 records, leaves were kept of 3\./);
	await restore(world, newer);
	assert.deepEqual(readFileSync(join(world.folder, 'ledger', leaves)), whole);
	await world.startRouter();
	await world.startGateway();
	await isReady(world);
	assert.equal(await world.metric(world.base, 'bindery_ledger_records'), 3);
	assert.deepEqual(readFileSync(join(world.folder, 'ledger', leaves)), whole);
	assert.deepEqual(filesOf(world, /^lost-/), []);
});

test('Redis killed and started again is the same ledger: sending goes on', async (t) => {
	const { world, ann } = await twoStops(t);
	await world.redis.kill();
	await world.redis.start();
	await isReady(world);
	await say(world, '+15550197', 'STOP');
	await world.carrier.expectSubmit({ to: '+15550197', text: STOPPED });
	await ann.leave();
});
