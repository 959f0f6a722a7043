// Binds over TLS: what is trusted, what is not, and certificates that change.

import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { OURS, waitFor, World } from './lib/index.mjs';
import { Authority, TlsFront } from './lib/tls.mjs';

const CUSTOMER = '+15550199';
const NAME = 'smsc.example';

// One carrier through the front, with these TLS settings.
function carrierVia(world, front, tls, name = 'acme') {
	return {
		name,
		hosts: [{ host: '127.0.0.1', port: front.port }],
		system_id: world.carrier.systemId,
		password: world.carrier.password,
		binds: 2,
		backoff_min_ms: 50,
		backoff_max_ms: 200,
		tls: true,
		...tls,
	};
}

async function unstarted(t, options = {}) {
	const world = await World.start(t, { router: false, gateway: false, ...options });
	world.ca = new Authority(world.folder, 'ca');
	return world;
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
	test(`messages go both ways over ${version}, each side with its certificate`, async (t) => {
		const world = await unstarted(t);
		const front = await TlsFront.start(t, {
			port: world.carrier.port,
			certificate: world.ca.issue('smsc', `DNS:${NAME}`),
			clientCa: world.ca,
			maxVersion: version,
		});
		const own = world.ca.issue('bindery', 'DNS:bindery.example');
		const tls = {
			tls_ca_file: world.ca.pem,
			tls_name: NAME,
			tls_certificate: own.pem,
			tls_private_key: own.key,
		};
		world.configure({ carriers: [carrierVia(world, front, tls)] });
		await world.startRouter();
		await world.startGateway();
		await world.carrier.bound(2);
		assert.deepEqual(front.names, [NAME, NAME]);
		assert.deepEqual(front.protocols, [version, version]);

		const ann = await world.agent('ann');
		await ann.goOnQueue();
		const question = 'Long enough for many segments. '.repeat(30);
		await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: question });
		const conversation = await ann.acceptNext(CUSTOMER);
		const answers = [];
		for (let i = 0; i < 40; i++) {
			const text = `${i}: ${'the answer is as long as the question '.repeat(20)}`;
			answers.push(text);
			await ann.send(conversation.id, text);
		}
		for (const answer of answers) {
			const { text } = await world.carrier.expectMessage({ to: CUSTOMER });
			assert.ok(answers.includes(text), text.slice(0, 40));
			assert.equal(text.length, answer.length - answer.indexOf(':') + text.indexOf(':'));
		}
		assert.deepEqual(world.carrier.errors, []);
	});
}

test('a wrong authority, a wrong name and an old certificate are refused in words', async (t) => {
	const world = await unstarted(t);
	const { ca } = world;
	const other = new Authority(world.folder, 'other');
	const good = ca.issue('good', 'DNS:smsc.example,IP:127.0.0.1');
	const old = ca.issue('old', 'IP:127.0.0.1', -1);
	const fronts = {};
	for (const [name, certificate] of Object.entries({ authority: good, name: good, expired: old }))
		fronts[name] = await TlsFront.start(t, { port: world.carrier.port, certificate });
	world.configure({
		carriers: [
			carrierVia(world, fronts.authority, { tls_ca_file: other.pem }, 'authority'),
			carrierVia(world, fronts.name, { tls_ca_file: ca.pem, tls_name: 'else.example' }, 'name'),
			carrierVia(world, fronts.expired, { tls_ca_file: ca.pem }, 'expired'),
		],
		numbers: [{ address: OURS, carrier: 'name' }],
	});
	await world.startGateway({ ready: false });
	const refusals = {
		authority: /event=tls_failed carrier=authority .*why="tls: unable to get local issuer/,
		name: /event=tls_failed carrier=name .*why="tls: hostname mismatch/i,
		expired: /event=tls_failed carrier=expired .*why="tls: certificate has expired/,
	};
	for (const refusal of Object.values(refusals)) await world.gateway.says(refusal);
	for (const carrier of Object.keys(refusals))
		assert.ok((await world.metric(world.gatewayBase, 'bindery_tls_failures_total', { carrier })) > 0);
	assert.equal(world.carrier.counts.bind, 0);
});

test('an address is verified as one, and a peer without TLS is not bound to', async (t) => {
	const world = await unstarted(t);
	const front = await TlsFront.start(t, {
		port: world.carrier.port,
		certificate: world.ca.issue('smsc', 'IP:127.0.0.1'),
	});
	world.configure({
		carriers: [
			carrierVia(world, front, { tls_ca_file: world.ca.pem }),
			{
				...carrierVia(world, { port: world.carrier.port }, { tls_ca_file: world.ca.pem }, 'plain'),
				connect_timeout_s: 1,
			},
		],
	});
	await world.startGateway();
	await world.carrier.bound(2);
	await world.gateway.says(/carrier=plain .*(tls_failed|cause=connect_timeout)|event=tls_failed carrier=plain/);
	assert.equal(world.carrier.counts.bind, 2);
});

test('new certificates are taken on SIGHUP, and no bind falls', async (t) => {
	const world = await unstarted(t);
	const front = await TlsFront.start(t, {
		port: world.carrier.port,
		certificate: world.ca.issue('smsc', 'IP:127.0.0.1'),
	});
	const trusted = join(world.folder, 'trusted.pem');
	copyFileSync(world.ca.pem, trusted);
	world.configure({ carriers: [carrierVia(world, front, { tls_ca_file: trusted })] });
	await world.startGateway();
	await world.carrier.bound(2);
	const before = [...world.carrier.binds];

	writeFileSync(trusted, 'no certificate at all\n');
	world.gateway.child.kill('SIGHUP');
	await world.gateway.says(/event=reload_refused/);
	assert.match(world.gateway.output, /event=settings error=.*bindery\.conf:\d+: carrier .*tls_ca_file .*trusted\.pem/);
	assert.deepEqual(world.carrier.binds, before);

	const next = new Authority(world.folder, 'next');
	front.show(next.issue('renewed', 'IP:127.0.0.1'));
	copyFileSync(next.pem, trusted);
	world.gateway.child.kill('SIGHUP');
	await world.gateway.says(/event=reloaded/);
	assert.equal(await world.carrier.deliverPdu(
		{ source_addr: CUSTOMER, destination_addr: OURS, short_message: 'Hi' }), 'ESME_ROK');
	assert.deepEqual(world.carrier.binds, before);

	before[0].drop();
	await waitFor(() => world.carrier.counts.bind === 3, { what: 'the bind that fell comes back' });
	await world.carrier.bound(2);
	assert.ok(world.carrier.binds.includes(before[1]));
});
