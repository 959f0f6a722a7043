// Binds: reload, orders of an operator, outbind, versions, credentials, congestion.

import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';

import { enqueue, partitionOf } from './lib/load.mjs';
import { heard } from './lib/record.mjs';
import { Carrier, freePort, OURS, smpp, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';

function entry(name, carrier, changes = {}) {
	return carrier.entry({ name, binds: 1, backoff_min_ms: 50, backoff_max_ms: 200, ...changes });
}

async function second(t, options) {
	const carrier = await Carrier.start(options);
	t.after(() => carrier.close());
	return carrier;
}

async function reload(world, changes) {
	const count = world.gateway.output.split('event=reloaded').length;
	if (changes) world.configure(changes);
	world.gateway.child.kill('SIGHUP');
	await waitFor(() => world.gateway.output.split('event=reloaded').length > count, {
		what: () => `the gateway reloads; it said:\n${world.gateway.output.slice(-2000)}`,
	});
}

async function status(world, carrier) {
	const { stdout } = await world.command('bindery-gateway', ['status', '--json']);
	return stdout
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line))
		.find((each) => each.carrier === carrier);
}

test('carriers come, change and go on SIGHUP, each without touching the others', async (t) => {
	const world = await World.start(t, { router: false });
	const other = await second(t);
	await world.carrier.bound(2);
	const kept = [...world.carrier.binds];
	const acme = entry('acme', world.carrier, { binds: 2 });

	await reload(world, { carriers: [acme, entry('other', other)] });
	await other.bound(1);
	const first = other.binds[0];

	// In place: window, timers, throughput, one more bind.
	const wider = entry('other', other, { window: 50, enquire_link_s: 20, throughput: 5, binds: 2 });
	await reload(world, { carriers: [acme, wider] });
	await other.bound(2);
	assert.ok(other.binds.includes(first));
	assert.equal((await status(world, 'other')).window_max, 100);

	// What only a new bind can change.
	other.systemId = 'renamed';
	await reload(world, { carriers: [acme, { ...wider, system_id: 'renamed' }] });
	await waitFor(() => other.binds.length === 2 && other.binds.every((b) => b.systemId === 'renamed'), {
		what: 'both binds are made anew',
	});
	assert.equal(other.counts.unbind, 2);

	// Fewer binds, then none.
	await reload(world, { carriers: [acme, entry('other', other, { system_id: 'renamed' })] });
	await waitFor(() => other.binds.length === 1, { what: 'one bind left' });
	await reload(world, { carriers: [acme] });
	await world.gateway.says(/event=left carrier=other/);
	assert.equal(other.binds.length, 0);
	assert.equal(other.counts.unbind, 4);

	// And back again.
	await reload(world, { carriers: [acme, entry('other', other, { system_id: 'renamed' })] });
	await other.bound(1);
	assert.deepEqual(world.carrier.binds, kept);
	assert.equal(await world.carrier.deliverPdu(
		{ source_addr: CUSTOMER, destination_addr: OURS, short_message: 'Hi' }), 'ESME_ROK');
});

test('what only a new process can take is told on SIGHUP', async (t) => {
	const world = await World.start(t, { router: false });
	const told = (key) => world.gateway.output.split(`event=needs_restart key=${key}`).length - 1;
	const carriers = [entry('acme', world.carrier, { binds: 2 })];
	const gateway = { listen: '127.0.0.1', port: world.ports.gateway };
	const redis = { socket: world.redis.socket, partitions: 16 };
	await reload(world, { carriers, gateway: { ...gateway, drain_s: 5 } });
	assert.deepEqual([told('gateway'), told('redis')], [0, 0]);
	await reload(world, { carriers, gateway: { ...gateway, instance: 'gateway-2' } });
	assert.deepEqual([told('gateway'), told('redis')], [1, 0]);
	await reload(world, { carriers, gateway: { ...gateway, instance: 'gateway-2', port: world.ports.http } });
	assert.deepEqual([told('gateway'), told('redis')], [2, 0]);
	await reload(world, { carriers, gateway: { ...gateway, instance: 'gateway-2', port: world.ports.http }, redis: { ...redis, partitions: 8 } });
	assert.deepEqual([told('gateway'), told('redis')], [2, 1]);
});

test('what waits for a carrier that is removed goes to the next of its route, or is told', async (t) => {
	const world = await World.start(t, { router: 'gone', gateway: false });
	const other = await second(t);
	const gateway = { listen: '127.0.0.1', port: world.ports.gateway, drain_s: 1 };
	const last = entry('other', other);
	const configured = (carriers) => ({ gateway, carriers, numbers: [{ address: OURS, carrier: 'other' }] });
	world.configure(configured([entry('acme', world.carrier, { window: 1 }), last]));
	world.carrier.onSubmit = () => {};
	await world.startGateway();
	await world.carrier.bound(1);
	const to = (n) => ({ id: `m${n}`, customer: `+1555000000${n}` });
	await enqueue(world.redis, [to(1)]);
	await world.carrier.expectSubmit({ to: to(1).customer });
	await enqueue(world.redis, [to(2)], { route: 'acme|other' });
	await enqueue(world.redis, [to(3)]);

	await reload(world, configured([last]));
	await world.gateway.says(/level=warn event=left carrier=acme waiting=1 note="messages without another carrier stay/);
	await other.expectSubmit({ to: to(2).customer });
	const told = (await heard(world.redis, 'rs')).map(({ record }) => record).filter(({ id }) => id === 'm1');
	const { outcome, reason } = told.at(-1);
	assert.deepEqual([outcome, reason], ['unknown', 'carrier_removed']);
	assert.equal(await world.redis.call('XLEN', `{c${partitionOf(to(3).customer)}}:mt:acme:bulk`), 1);
});

// A gateway was killed with m1 and m2 in acme's windows, and m3 behind them, which other may take, too:
// { world, other, to, configured(carriers), acme, last }.
async function killedInFlight(t) {
	const world = await World.start(t, { router: 'gone', gateway: false });
	const other = await second(t);
	const gateway = { listen: '127.0.0.1', port: world.ports.gateway, drain_s: 1 };
	const configured = (...carriers) => ({ gateway, carriers, numbers: [{ address: OURS, carrier: 'other' }] });
	const last = entry('other', other);
	const acme = entry('acme', world.carrier, { window: 2, on_unknown: 'resubmit' });
	world.configure(configured(acme, last));
	world.carrier.onSubmit = () => {};
	await world.startGateway();
	await world.carrier.bound(1);
	const to = (n) => ({ id: `m${n}`, customer: `+1555000000${n}` });
	await enqueue(world.redis, [to(1), to(2)]);
	for (const n of [1, 2]) await world.carrier.expectSubmit({ to: to(n).customer });
	await enqueue(world.redis, [to(3)], { route: 'acme|other' });
	await world.gateway.kill();
	return { world, other, to, configured, acme, last };
}

test('what was in flight at a gateway that died is told, though its carrier is in the file no more', async (t) => {
	const { world, other, to, configured, last } = await killedInFlight(t);
	world.configure(configured(last));
	await world.startGateway();
	await other.expectSubmit({ to: to(3).customer });
	await world.gateway.says(/event=left carrier=acme/);
	await waitFor(async () => (await world.redis.call('SMEMBERS', '{gw}:carriers:gateway-1')).join() === 'other');
	assert.equal(world.carrier.binds.length, 0);

	await world.startRouter();
	for (const n of [1, 2]) {
		const tag = `{c${partitionOf(to(n).customer)}}`;
		await waitFor(async () => (await world.redis.call('HGET', `${tag}:msg:m${n}`, 'state')) === 'unknown');
		assert.equal(await world.redis.call('HGET', `${tag}:msg:m${n}`, 'reason'), 'carrier_removed');
		assert.equal(await world.redis.call('HLEN', `${tag}:flight:acme`), 0);
		assert.equal(await world.redis.call('HLEN', `${tag}:busy`), 0);
	}
});

test('a carrier that is in the file again before that could be asked takes up what it had in flight', async (t) => {
	const { world, other, to, configured, acme, last } = await killedInFlight(t);
	const runs = await world.redis.keys('{c*}:open');
	const run = await world.redis.call('GET', runs[0]);
	for (const key of runs) await world.redis.call('SET', key, 'another'); // no router has opened this run of Redis
	world.configure(configured(last));
	await world.startGateway();
	await world.gateway.says(/event=former_carrier carrier=acme/);

	world.configure(configured(acme, last));
	world.gateway.child.kill('SIGHUP');
	await world.gateway.says(/event=reload_deferred/);
	await world.carrier.bound(1);
	for (const key of runs) await world.redis.call('SET', key, run);
	for (const n of [1, 2]) await world.carrier.expectSubmit({ to: to(n).customer });
	assert.equal(other.counts.submit_sm, 0);
});

test('a file with errors changes nothing and says all that is wrong', async (t) => {
	const world = await World.start(t, { router: false });
	await world.carrier.bound(2);
	const kept = [...world.carrier.binds];
	appendFileSync(world.config, 'wat = 1;\nredis2: {};\n');
	world.gateway.child.kill('SIGHUP');
	await world.gateway.says(/event=reload_refused .*errors=2/);
	assert.match(world.gateway.output, /event=settings error=.*unknown key \\"wat\\"/);
	assert.match(world.gateway.output, /event=settings error=.*unknown key \\"redis2\\"/);
	assert.deepEqual(world.carrier.binds, kept);
});

test('a carrier that is paused hears and does not send, also after a restart', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const conversation = await ann.acceptNext(CUSTOMER);

	assert.equal((await world.command('bindery-gateway', ['pause', 'acme'])).code, 0);
	await waitFor(async () => (await status(world, 'acme')).state === 'paused', { what: 'paused' });
	await ann.send(conversation.id, 'Held back');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Still heard' });
	await ann.event('message', ({ message }) => message.text === 'Still heard');

	await world.gateway.stop();
	await world.startGateway();
	await world.carrier.bound(2);
	await waitFor(async () => (await status(world, 'acme')).state === 'paused', { what: 'paused' });
	assert.equal(world.carrier.submits.all.length, 0);
	await waitFor(async () => (await status(world, 'acme')).waiting === 1, { what: 'one waits' });
	assert.equal(await world.metric(world.gatewayBase, 'bindery_mt_waiting'), 1);

	assert.equal((await world.command('bindery-gateway', ['resume', 'acme'])).code, 0);
	const { text } = await world.carrier.expectMessage({ to: CUSTOMER });
	assert.equal(text, 'Held back');
	assert.equal((await status(world, 'acme')).state, 'bound');
});

test('a carrier that is drained unbinds in good order and stays away until resumed', async (t) => {
	const world = await World.start(t, { router: false });
	await world.carrier.bound(2);
	assert.equal((await world.command('bindery-gateway', ['drain', 'acme'])).code, 0);
	await waitFor(() => world.carrier.binds.length === 0, { what: 'no bind' });
	assert.equal(world.carrier.counts.unbind, 2);
	await waitFor(async () => (await status(world, 'acme')).state === 'drained', { what: 'drained' });

	await world.gateway.stop();
	await world.startGateway({ ready: false });
	await world.gateway.says(/event=ordered carrier=acme order=drain/);
	await waitFor(async () => (await status(world, 'acme')).state === 'drained', { what: 'drained' });
	assert.equal(world.carrier.counts.bind, 2);

	assert.equal((await world.command('bindery-gateway', ['resume', 'acme'])).code, 0);
	await world.carrier.bound(2);
});

test('several hosts are tried in turn, and one that died is come back to', async (t) => {
	const world = await World.start(t, { router: false, gateway: false });
	const other = await second(t);
	const hosts = [await freePort(), other.port, world.carrier.port].map((port) => ({
		host: '127.0.0.1',
		port,
	}));
	world.configure({ carriers: [entry('acme', world.carrier, { hosts })] });
	await world.startGateway();
	await other.bound(1);
	await other.close();
	await world.carrier.bound(1);
	await other.listen();
	await world.carrier.close();
	await other.bound(1);
	await world.carrier.listen();
});

test('a file of TLS that is not there is an error of check, and of the start', async (t) => {
	const world = await World.start(t, { router: false, gateway: false });
	const changes = { tls: true, tls_ca_file: '/nonexistent/ca.pem' };
	world.configure({ carriers: [entry('acme', world.carrier, changes)] });
	const said = 'carrier "acme": tls_ca_file /nonexistent/ca.pem: No such file or directory';
	for (const verb of ['check', 'run']) {
		const { code, stderr } = await world.command('bindery-gateway', [verb]);
		assert.equal(code, 1);
		assert.ok(stderr.includes(said), stderr);
	}
});

// An SMSC that connects to us: says outbind and serves the bind that comes back.
function outbind(t, port, fields, bindStatus = 0) {
	const peer = { commands: [], closed: false };
	peer.session = smpp.connect({ host: '127.0.0.1', port });
	peer.session.on('error', () => {});
	peer.session.on('close', () => (peer.closed = true));
	peer.session.on('connect', () => peer.session.send(new smpp.PDU('outbind', fields)));
	peer.session.on('pdu', (pdu) => {
		peer.commands.push(pdu.command);
		if (pdu.command.startsWith('bind_'))
			peer.session.send(pdu.response({ command_status: bindStatus, sc_interface_version: 0x34 }));
		else if (!pdu.isResponse()) peer.session.send(pdu.response());
	});
	t.after(() => peer.session.socket.destroy());
	return peer;
}

test('a carrier may have a password that is longer than the eight octets of the specification', async (t) => {
	const carrier = { password: 'correct-horse-battery' };
	const world = await World.start(t, { carrier, router: 'gone' });
	await world.carrier.bound(2);
	world.configure({ carriers: [{ ...world.carrier.entry(), password: 'x'.repeat(65) }] });
	const { code, stderr } = await world.command('bindery-gateway', ['check']);
	assert.equal(code, 1);
	assert.match(stderr, /carrier "acme": password is 65 octets long, allowed 0\.\.64/);
});

test('an SMSC that says outbind is bound to on its own connection', async (t) => {
	const port = await freePort();
	const world = await World.start(t, {
		router: false,
		gateway: false,
		changes: (world) => ({
			carriers: [
				{
					...entry('acme', world.carrier),
					hosts: undefined,
					bind_type: 'receiver',
					outbind: { port, system_id: 'smsc', password: 'out' },
				},
			],
		}),
	});
	await world.startGateway({ ready: false });
	await world.gateway.says(/event=listening carrier=acme/);
	await waitFor(async () => (await fetch(`${world.gatewayBase}/healthz`)).ok);

	const stranger = outbind(t, port, { system_id: 'smsc', password: 'guess' });
	await waitFor(() => stranger.closed, { what: 'the stranger is cut off' });
	assert.deepEqual(stranger.commands, []);
	await world.gateway.says(/event=outbind_refused/);

	const peer = outbind(t, port, { system_id: 'smsc', password: 'out' });
	await world.gateway.says(/event=bound carrier=acme .*state=bound_rx/);
	assert.deepEqual(peer.commands, ['bind_receiver']);
	const answer = await new Promise((resolve) =>
		peer.session.deliver_sm(
			{ source_addr: '15550199', source_addr_ton: 1, source_addr_npi: 1,
				destination_addr: '15550100', dest_addr_ton: 1, dest_addr_npi: 1,
				short_message: 'Hi' },
			resolve,
		),
	);
	assert.equal(answer.command_status, 0);

	const third = outbind(t, port, { system_id: 'smsc', password: 'out' });
	await waitFor(() => third.closed, { what: 'no bind is free for a second connection' });
	peer.session.socket.destroy();
	await world.gateway.says(/event=unbound carrier=acme/);
	const again = outbind(t, port, { system_id: 'smsc', password: 'out' });
	await waitFor(() => again.commands.includes('bind_receiver'), { what: 'it binds again' });
});

test('below version 3.4 no TLV is sent, and 5.0 is offered only until it is refused', async (t) => {
	const world = await World.start(t, { gateway: false });
	const offered = [];
	world.carrier.on('pdu', (pdu) => {
		if (pdu.command === 'bind_transceiver') offered.push(pdu.interface_version);
	});
	world.carrier.bindStatus = (pdu) => (pdu.interface_version > 0x34 ? smpp.ESME_RBINDFAIL : 0);
	world.configure({
		carriers: [entry('acme', world.carrier, { interface_version: '5.0', concatenation: 'sar' })],
	});
	await world.startGateway();
	assert.deepEqual(offered, [0x50, 0x34]);

	// The carrier turns out to be an old one.
	world.carrier.scInterfaceVersion = 0x33;
	world.carrier.binds[0].drop();
	await world.gateway.says(/event=no_tlvs/);
	await world.gateway.says(/event=concatenation_lowered carrier=acme from=sar to=udh16/);
	await world.carrier.bound(1);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const conversation = await ann.acceptNext(CUSTOMER);
	await ann.send(conversation.id, 'x'.repeat(400));
	const { parts } = await world.carrier.expectMessage({ to: CUSTOMER });
	assert.equal(parts.length, 3);
	for (const part of parts) {
		assert.equal(part.pdu.sar_msg_ref_num, undefined);
		assert.ok(part.udh.length);
	}
});

test('refused credentials slow down and raise an alarm, and never give up', async (t) => {
	const world = await World.start(t, { router: false, carrier: { password: 'secret' }, gateway: false });
	world.configure({ carriers: [entry('acme', world.carrier, { password: 'wrong' })] });
	await world.startGateway({ ready: false });
	await world.gateway.says(/event=credentials_refused carrier=acme .*refusals=2/);
	assert.equal(
		await world.metric(world.gatewayBase, 'bindery_credentials_refused', { carrier: 'acme' }), 1);
	assert.equal((await status(world, 'acme')).state, 'credentials_refused');
	await reload(world, { carriers: [entry('acme', world.carrier)] });
	await world.carrier.bound(1);
	assert.equal(
		await world.metric(world.gatewayBase, 'bindery_credentials_refused', { carrier: 'acme' }), 0);
});

test('congestion_state slows a bind before it is throttled', async (t) => {
	const world = await World.start(t);
	world.carrier.onSubmit = (submit) => submit.answer({ tlvs: { congestion_state: 95 } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const conversation = await ann.acceptNext(CUSTOMER);
	for (let i = 0; i < 3; i++) await ann.send(conversation.id, `Answer ${i}`);
	for (let i = 0; i < 3; i++) await world.carrier.expectMessage({ to: CUSTOMER });
	await waitFor(
		async () => (await world.metric(world.gatewayBase, 'bindery_congestion_total')) > 0,
		{ what: 'the window shrinks' },
	);
	assert.equal(await world.metric(world.gatewayBase, 'bindery_throttled_total'), 0);
});

test('a carrier that speaks of congestion only while there is some gives the window back', async (t) => {
	const world = await World.start(t, { router: 'gone' });
	const { carrier, redis } = world;
	const limit = () => world.metric(world.gatewayBase, 'bindery_bind_window_limit');
	const many = (name, count) => Array.from({ length: count }, (_, i) => ({ id: `${name}${i}`, customer: `+1555${name}${1000 + i}` }));
	carrier.onSubmit = (submit) => submit.answer({ tlvs: { congestion_state: 95 } });
	await enqueue(redis, many('111', 10));
	await waitFor(async () => carrier.counts.submit_sm === 10 && (await limit()) < 20, { what: 'less of the windows' });
	carrier.onSubmit = (submit) => submit.answer();
	await enqueue(redis, many('222', 300));
	await waitFor(async () => (await limit()) === 20, { what: 'the whole windows' });
});

test('a stranger who connects to the listener and says nothing is let go', async (t) => {
	const port = await freePort();
	const world = await World.start(t, {
		router: false,
		gateway: false,
		changes: (world) => ({
			carriers: [
				{ ...entry('acme', world.carrier), hosts: undefined, session_init_timeout_s: 1, outbind: { port } },
			],
		}),
	});
	await world.startGateway({ ready: false });
	await world.gateway.says(/event=listening carrier=acme/);
	await waitFor(async () => (await fetch(`${world.gatewayBase}/healthz`)).ok);
	const socket = createConnection(port, '127.0.0.1');
	socket.on('error', () => {});
	await new Promise((resolve) => socket.once('close', resolve));
	const peer = outbind(t, port, { system_id: 'smsc', password: 'out' });
	await waitFor(() => peer.commands.includes('bind_transceiver'), { what: 'the SMSC is served' });
});
