// What an operator sees and does: status, trace, captures, metrics, and the doors of carriers.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { BIN } from './lib/world.mjs';
import { OURS, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';
const SECRET = 'The code is 4711';
const RTHROTTLED = 0x58;
const VENDOR = 0x455;

// A running `trace acme`; `lines` is what it said so far.
class Trace {
	static begin(world, args = []) {
		const trace = new Trace();
		trace.child = spawn(
			join(BIN, 'bindery-gateway'),
			['-c', world.config, 'trace', 'acme', ...args],
			{ stdio: ['ignore', 'pipe', 'pipe'] },
		);
		trace.out = '';
		trace.err = '';
		trace.child.stdout.on('data', (data) => (trace.out += data));
		trace.child.stderr.on('data', (data) => (trace.err += data));
		trace.over = new Promise((resolve) => trace.child.on('close', resolve));
		return trace;
	}

	static async start(world, args = []) {
		const trace = Trace.begin(world, args);
		await trace.begun(world);
		return trace;
	}

	begun(world) {
		return waitFor(
			async () => (await world.metric(world.gatewayBase, 'bindery_tracing')) === 1,
			{ what: () => `a trace; it said ${this.err}` },
		);
	}

	get lines() {
		return this.out.split('\n').filter(Boolean);
	}

	says(pattern) {
		return waitFor(() => this.lines.find((line) => pattern.test(line)), {
			what: () => `${pattern} in the trace; it said ${this.out}`,
		});
	}

	async stop() {
		this.child.kill('SIGINT');
		return this.over;
	}
}

const text = (world, body = SECRET) =>
	world.carrier.deliver({ from: CUSTOMER, to: OURS, text: body });

test('a trace shows each PDU, and neither text nor whole numbers', async (t) => {
	const world = await World.start(t, { router: false });
	const trace = await Trace.start(world);
	await text(world);
	const line = await trace.says(/< deliver_sm /);
	assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} bind=\d < deliver_sm seq=\d+ /);
	assert.match(line, / from=\*+0199 to=\*+0100 coding=0\(gsm7\) length=16/);
	await trace.says(/> deliver_sm_resp seq=\d+ ok/);
	assert.equal(await trace.stop(), 0);
	assert.doesNotMatch(trace.out, /4711|5550/);

	await t.test('and ends when nobody looks any more', () =>
		waitFor(async () => (await world.metric(world.gatewayBase, 'bindery_tracing')) === 0, {
			what: () => 'the end of the trace',
		}));
});

test('a trace shows text and numbers to who asks for them', async (t) => {
	const world = await World.start(t, { router: false });
	const trace = await Trace.start(world, ['--text', '--numbers', '--count', '2']);
	await text(world, 'Grüße 漢字');
	assert.equal(await trace.over, 0);
	assert.match(trace.out, /from=15550199 to=15550100 .*text="Grüße 漢字"/);
});

test('a trace in JSON has the PDU as the verb pdu has it', async (t) => {
	const world = await World.start(t, { router: false });
	const trace = await Trace.start(world, ['--json']);
	await text(world);
	await trace.says(/deliver_sm_resp/);
	await trace.stop();
	const [heard] = trace.lines.map((line) => JSON.parse(line));
	assert.equal(heard.carrier, 'acme');
	assert.equal(heard.direction, 'in');
	assert.equal(heard.pdu.command, 'deliver_sm');
	assert.ok(Math.abs(heard.at_ms - Date.now()) < 60_000);
	assert.equal(Buffer.from(heard.pdu.short_message, 'hex').toString(), 'x'.repeat(16));
});

const tshark = (file, ...args) =>
	execFileSync('tshark', ['-r', file, ...args], { encoding: 'utf8', stdio: 'pipe' })
		.split('\n')
		.filter(Boolean);

test('a capture is read by tshark, from the bind on, and holds no secret', async (t) => {
	const world = await World.start(t, { router: false });
	const file = join(world.folder, 'acme.pcap');
	const trace = await Trace.start(world, ['--pcap', file]);
	for (const bind of world.carrier.binds.slice()) bind.drop();
	await trace.says(/> bind_transceiver .*password=6 octets/);
	await world.carrier.bound(2);
	const long = `${SECRET}, and a long story behind it. `.repeat(8);
	await text(world, long);
	await text(world, `${SECRET} €`);
	await waitFor(() => trace.lines.filter((line) => /> deliver_sm_resp/.test(line)).length >= 3);
	assert.equal(await trace.stop(), 0);

	assert.equal(statSync(file).mode & 0o777, 0o600);
	const seen = tshark(file, '-T', 'fields', '-e', 'smpp.command_id', '-Y', 'smpp');
	assert.equal(seen.flatMap((row) => row.split(',')).length, trace.lines.length);
	assert.deepEqual(tshark(file, '-Y', '_ws.malformed || _ws.expert.severity >= 0x800000'), []);
	assert.deepEqual(tshark(file, '-Y', 'tcp.analysis.flags'), []);
	assert.ok(tshark(file, '-Y', 'smpp.command_id == 0x00000009').length >= 2);
	const octets = readFileSync(file).toString('latin1');
	for (const secret of ['secret', '4711', '15550199']) assert.ok(!octets.includes(secret));
});

test('status says which bind is away, since when, and why', async (t) => {
	const world = await World.start(t, { router: false });
	const status = (...args) => world.command('bindery-gateway', ['status', ...args]);
	let answer;
	await waitFor(async () => /^acme: bound, 2 of 2 binds, window 0 of 20/.test((answer = await status()).stdout), { what: () => answer.stdout });
	assert.equal(answer.code, 0);
	assert.match(answer.stdout, /^ +1 {2}bound_trx .* 127\.0\.0\.1:\d+$/m);

	await world.carrier.close();
	await waitFor(async () => /^ +0 {2}waiting .*attempt \d+ in \d+ ms/m.test((await status()).stdout));
	answer = await status('--json');
	const [acme] = answer.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
	assert.equal(acme.carrier, 'acme');
	assert.equal(acme.bound, 0);
	assert.equal(acme.bind_list.length, 2);
	assert.ok(acme.bind_list.every(({ state }) => state !== 'bound_trx'));

	await world.gateway.kill();
	await waitFor(async () => (await status()).code === 1);
	assert.match((await status()).stdout, /^acme: SILENT/);
	await world.redis.kill();
	answer = await status();
	assert.equal(answer.code, 1);
	assert.match(answer.stderr, /^bindery-gateway: Redis on \/.*: Connection refused$/m);
	await world.carrier.listen();
});

test('a verb that is misused says how, and what the file has', async (t) => {
	const world = await World.start(t, { router: false, gateway: false });
	const verb = (...args) => world.command('bindery-gateway', args);
	const { stdout: help } = await verb('--help');
	for (const name of ['run', 'check', 'status', 'trace', 'pause', 'drain', 'resume', 'pdu', 'text'])
		assert.match(help, new RegExp(`bindery-gateway \\[?${name}\\b`));
	for (const [args, code, said] of [
		[['nonsense'], 2, /no such verb: nonsense/],
		[['trace'], 2, /trace: a carrier is missing/],
		[['trace', 'acne'], 1, /no carrier "acne"; the file has acme/],
		[['trace', 'acme', '--count', '0'], 2, /--count/],
		[['trace', 'acme', '--pcap', '/nowhere/x.pcap'], 1, /cannot open \/nowhere\/x.pcap: No such/],
		[['status', 'acme'], 2, /too many arguments/],
		[['pause', 'acne'], 1, /the file has acme/],
	]) {
		const answer = await verb(...args);
		assert.equal(answer.code, code, args.join(' '));
		assert.match(answer.stderr, said);
	}
	const { stdout: checked } = await verb('check');
	assert.match(checked, /ok, 1 carriers, 1 numbers, 1 queues/);
	assert.match(checked, /carrier acme: 2 binds to 127\.0\.0\.1 port \d+ as bindery, window 10, no TLS/);
});

// The text exposition format 0.0.4, read strictly: [{ name, type, help, samples }]
function readExposition(exposition) {
	const families = new Map();
	const seen = new Set();
	let family;
	assert.ok(exposition.endsWith('\n'));
	for (const line of exposition.trimEnd().split('\n')) {
		const comment = line.match(/^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/);
		if (comment?.[1] === 'HELP') {
			assert.ok(!families.has(comment[2]), `${comment[2]} comes twice`);
			family = { name: comment[2], help: comment[3], samples: [] };
			families.set(family.name, family);
			continue;
		}
		if (comment) {
			assert.equal(comment[2], family.name);
			family.type = comment[3];
			assert.match(family.type, /^(counter|gauge|histogram)$/);
			continue;
		}
		const sample = line.match(/^([a-zA-Z_:][\w:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)$/);
		assert.ok(sample, `not a sample: ${line}`);
		const [, name, labels = '', value] = sample;
		assert.ok(!seen.has(`${name}{${labels}}`), `${line} comes twice`);
		seen.add(`${name}{${labels}}`);
		const base = family.type === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
		assert.equal(base, family.name);
		assert.ok(Number.isFinite(Number(value)), line);
		family.samples.push({
			name,
			value: Number(value),
			labels: Object.fromEntries([...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, k, v]) => [k, v])),
		});
	}
	return families;
}

// Buckets rise, and the last is the count.
function checkHistogram({ name, samples }) {
	const series = new Map();
	for (const { name: of, labels, value } of samples) {
		const { le, ...rest } = labels;
		const key = JSON.stringify(rest);
		const one = series.get(key) ?? { below: [] };
		if (of.endsWith('_bucket')) one.below.push([le === '+Inf' ? Infinity : Number(le), value]);
		if (of.endsWith('_count')) one.count = value;
		series.set(key, one);
	}
	for (const { below, count } of series.values()) {
		for (let i = 1; i < below.length; i += 1) {
			assert.ok(below[i][0] > below[i - 1][0], name);
			assert.ok(below[i][1] >= below[i - 1][1], name);
		}
		assert.deepEqual(below.at(-1), [Infinity, count]);
	}
}

// What only grows is a counter, and says so by its name.
function checkFamilies(families) {
	for (const family of families.values()) {
		assert.equal(family.type === 'counter', family.name.endsWith('_total'), `${family.name} is a ${family.type}`);
		if (family.type === 'gauge') assert.doesNotMatch(family.help, /since the start/i, family.name);
		if (family.type === 'histogram') checkHistogram(family);
	}
}

test('the metrics are well-formed and tell of each bind what happened', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await text(world);
	const conversation = await ann.acceptNext(CUSTOMER);
	const refusals = [{ status: RTHROTTLED }, {}, { status: VENDOR }, {}];
	world.carrier.onSubmit = (submit) => submit.answer(refusals.shift() ?? {});
	const sent = await ann.send(conversation.id, 'One');
	await ann.state(sent.id, 'sent');
	const [first] = (await world.carrier.expectMessage({ to: CUSTOMER })).parts;
	const accepted = first.messageId
		? first
		: (await world.carrier.expectMessage({ to: CUSTOMER })).parts[0];
	await accepted.receipt();
	await ann.state(sent.id, 'delivered');
	const refused = await ann.send(conversation.id, 'Two');
	await ann.state(refused.id, 'failed');

	const families = readExposition(await (await fetch(`${world.gatewayBase}/metrics`)).text());
	const total = (name, labels = {}) =>
		families.get(name).samples
			.filter((sample) => Object.entries(labels).every(([k, v]) => sample.labels[k] === v))
			.reduce((sum, { value }) => sum + value, 0);
	checkFamilies(families);
	for (const { name, help } of families.values()) assert.ok(help.endsWith('.'), `${name}: ${help}`);
	assert.equal(total('bindery_bind_up'), 2);
	assert.equal(total('bindery_bind_state', { state: 'bound_trx' }), 2);
	assert.equal(total('bindery_bind_window_used'), 0);
	assert.equal(total('bindery_bind_answers_total', { status: 'ESME_RTHROTTLED' }), 1);
	assert.equal(total('bindery_bind_answers_total', { status: '0x00000455' }), 1);
	assert.equal(total('bindery_bind_throttled_total'), 1);
	assert.equal(total('bindery_bind_receipts_total', { state: 'delivered' }), 1);
	assert.equal(total('bindery_bind_replies_total', { status: 'ESME_ROK' }), 2);
	assert.equal(
		families.get('bindery_bind_answer_seconds').samples
			.filter(({ name }) => name.endsWith('_count'))
			.reduce((sum, { value }) => sum + value, 0),
		3,
	);
	for (const name of ['bindery_bind_pdus_in_total', 'bindery_bind_pdus_out_total'])
		assert.ok(total(name, { bind: '0' }) > 0 && total(name, { bind: '1' }) > 0, name);
	for (const name of ['bindery_mo_per_second', 'bindery_mt_per_second', 'bindery_trace_dropped_total'])
		assert.equal(total(name, { carrier: 'acme' }), 0, name);
	const told = readExposition(await (await fetch(`${world.base}/metrics`)).text());
	checkFamilies(told);
	for (const name of ['bindery_offers_made_total', 'bindery_offers_refused_total', 'bindery_sweeps_total'])
		assert.equal(told.get(name).type, 'counter', name);
	assert.equal(told.get('bindery_offers_made_total').samples[0].value, 1);
});

// A session that asks over HTTP.
async function session(world, name, role) {
	const password = await world.addUser(name, { role });
	const headers = { 'content-type': 'application/json', 'x-bindery-csrf': '1' };
	const answer = await fetch(`${world.base}/api/v2/sign-in`, {
		method: 'POST', headers, body: JSON.stringify({ name, password }),
	});
	headers.cookie = answer.headers.get('set-cookie').split(';')[0];
	return async (path, body) => {
		const said = await fetch(`${world.base}/api/v2/bindery/carriers${path}`, {
			method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body),
		});
		return { status: said.status, body: await said.json() };
	};
}

test('supervisors look at carriers, admins command them, and an event says who did', async (t) => {
	const world = await World.start(t);
	await text(world);
	const ann = await session(world, 'ann', 'agent');
	const sue = await session(world, 'sue', 'supervisor');
	const ada = await session(world, 'ada', 'admin');
	const pause = { command: 'pause' };

	for (const path of ['', '/acme/samples']) assert.equal((await ann(path)).status, 403);
	assert.equal((await ann('/acme/commands', pause)).status, 403);
	assert.equal((await sue('/acme/commands', pause)).status, 403);
	assert.equal((await ada('/acne/samples')).status, 404);
	assert.equal((await ada('/acne/commands', pause)).status, 404);
	assert.equal((await ada('/acme/commands', { command: 'stop' })).status, 400);

	const acme = await waitFor(async () => {
		const { status, body } = await sue('');
		assert.equal(status, 200);
		assert.equal(body.total, 1);
		return body.entities[0].status.mo === 1 && body.entities[0].status.bound === 2 && body.entities[0];
	});
	assert.equal(acme.name, 'acme');
	assert.equal(acme.hold, '');
	assert.equal(acme.status.state, 'bound');
	assert.deepEqual(acme.binds.map(({ bind, state }) => [bind, state]), [[0, 'bound_trx'], [1, 'bound_trx']]);

	assert.equal((await ada('/acme/commands', pause)).status, 202);
	assert.equal((await sue('')).body.entities[0].hold, 'pause');
	await waitFor(async () => (await sue('')).body.entities[0].status.state === 'paused');
	assert.equal((await ada('/acme/commands', { command: 'resume' })).status, 202);
	await waitFor(async () => (await sue('')).body.entities[0].status.state === 'bound');
	const { code } = await world.command('bindery-gateway', ['pause', 'acme'], { env: { USER: 'root' } });
	assert.equal(code, 0);
	const events = (await world.redis.stream('{gw}:events')).map(({ fields }) => fields);
	assert.deepEqual(
		events.map(({ e, carrier, command, before }) => [e, carrier, command, before]),
		[
			['carrier_command', 'acme', 'pause', ''],
			['carrier_command', 'acme', 'resume', 'pause'],
			['carrier_command', 'acme', 'pause', ''],
		],
	);
	assert.deepEqual(events.slice(0, 2).map(({ by }) => by), ['ada', 'ada']);
	assert.match(events[2].by, /^shell:/);

	await t.test('the last hour is there in samples of ten seconds', async () => {
		const samples = await waitFor(
			async () => {
				const { entities } = (await sue('/acme/samples')).body;
				return entities.some(({ mo }) => mo > 0) && entities;
			},
			{ what: () => 'a sample of the text' },
		);
		assert.equal(samples.reduce((sum, { mo }) => sum + mo, 0), 1);
		assert.equal(samples[0].binds, 2);
		assert.ok(Math.abs(samples[0].at_ms - Date.now()) < 60_000);
	});
});

test('a verb that cannot reach Redis says where and why', async (t) => {
	const world = await World.start(t, { router: false, gateway: false });
	await world.redis.kill();
	for (const program of ['bindery-gateway', 'bindery-router']) {
		const { code, stderr } = await world.command(program, ['status']);
		assert.equal(code, 1);
		assert.ok(stderr.includes(world.redis.socket), stderr);
		assert.match(stderr, /: (No such file or directory|Connection refused)\n$/);
	}
	const { code, stderr } = await world.command('bindery-gateway', ['trace', 'acme']);
	assert.equal(code, 1);
	for (const line of stderr.trimEnd().split('\n'))
		assert.ok(line.startsWith(`bindery-gateway: Redis on ${world.redis.socket}: `), line);
});

test('a Redis that takes nothing is named by every verb that writes', async (t) => {
	const world = await World.start(t, { router: false });
	await world.redis.call('CONFIG', 'SET', 'maxmemory', '1');
	const { code, stderr } = await world.command('bindery-gateway', ['pause', 'acme']);
	assert.equal(code, 1);
	assert.match(stderr, new RegExp(`^bindery-gateway: Redis on ${world.redis.socket}: OOM .*\n$`));
	const trace = Trace.begin(world);
	t.after(() => trace.child.kill());
	await waitFor(() => trace.err.includes('\n'), { what: 'a word of the trace' });
	assert.match(trace.err, new RegExp(`^bindery-gateway: Redis on ${world.redis.socket}: OOM .*; waiting\n$`));
	await world.redis.call('CONFIG', 'SET', 'maxmemory', '0');
	await trace.begun(world);
	await text(world);
	await trace.says(/> deliver_sm_resp seq=\d+ ok/);
	assert.equal(await trace.stop(), 0);
});

test('a capture that cannot be written is told', async (t) => {
	const world = await World.start(t, { router: false, gateway: false });
	const { code, stderr } = await world.command('bindery-gateway', ['trace', 'acme', '--pcap', '/dev/full']);
	assert.deepEqual([code, stderr], [1, 'bindery-gateway: trace: cannot write /dev/full: No space left on device\n']);
});
