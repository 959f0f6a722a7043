// Links that die without a word: an SMSC that accepts and says nothing, one that stops answering, one that does not say
// goodbye, and a break that loses an answer. And how a link begins: from which address.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { OURS, waitFor, World } from './lib/index.mjs';
import { enqueue } from './lib/load.mjs';

const QUICK = { backoff_min_ms: 20, backoff_max_ms: 50 };

const withCarrier = (t, changes, options = {}) =>
	World.start(t, { changes: (world) => ({ ...options, carriers: [world.carrier.entry({ ...QUICK, ...changes })] }) });

// Takes connections and says nothing on them.
async function silentSmsc(t) {
	const sockets = new Set();
	const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return { port: server.address().port, taken: () => sockets.size };
}

test('a link begins at the local address that the file says', async (t) => {
	const world = await withCarrier(t, { binds: 1, local_address: '127.0.0.9' });
	await world.carrier.bound(1);
	assert.equal(world.carrier.binds[0].session.socket.remoteAddress, '127.0.0.9');
});

test('a local address that this machine does not have is named', async (t) => {
	const world = await World.start(t, {
		router: 'gone',
		gateway: false,
		changes: ({ carrier }) => ({ carriers: [carrier.entry({ ...QUICK, local_address: '192.0.2.9' })] }),
	});
	await world.startGateway({ ready: false });
	await world.gateway.says(/event=connect_failed carrier=acme .*why="local_address is no address of this machine"/);
	assert.equal(world.carrier.counts.bind, 0);
});

test('an SMSC that takes the connection and never answers the bind is left for the next host', async (t) => {
	const silent = await silentSmsc(t);
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [carrier.entry({
				...QUICK, binds: 1, session_init_timeout_s: 1,
				hosts: [{ host: '127.0.0.1', port: silent.port }, { host: '127.0.0.1', port: carrier.port }],
			})],
		}),
	});
	await world.carrier.bound(1);
	assert.equal(silent.taken(), 1);
	const { stdout } = await world.command('bindery-gateway', ['status', '--json']);
	assert.equal(JSON.parse(stdout).bind_list[0].state, 'bound_trx');
});

test('a link whose enquiries are not answered is dead after as many as the file says, and is made again', async (t) => {
	const world = await withCarrier(t, { binds: 1, enquire_link_s: 1, enquire_link_max: 2, on_unknown: 'hold' });
	const { carrier } = world;
	await carrier.bound(1);
	carrier.onSubmit = () => {};
	carrier.answerEnquireLink = false;
	await enqueue(world.redis, [{ id: 'm1', customer: '+15550199' }]);
	const { bind } = await carrier.expectSubmit({ to: '+15550199' });
	const sent = () => carrier.log.filter((each) => each.bind === bind && each.direction === 'in' && each.command === 'enquire_link').length;
	await waitFor(() => !bind.open, { what: 'the link is given up' });
	assert.equal(sent(), 2);
	carrier.answerEnquireLink = true;
	await waitFor(() => carrier.binds.length === 1, { what: 'a new bind' });
	// Of what was on its way nobody knows.
	await world.metricIs(world.gatewayBase, 'bindery_mt_unknown_total', 1);
});

test('whoever is heard is not asked whether they are there', async (t) => {
	const world = await withCarrier(t, { binds: 1, enquire_link_s: 1 });
	const { carrier } = world;
	await carrier.bound(1);
	// Where this machine stalls, the silence was one, and it is begun again.
	let { enquire_link: before } = carrier.counts;
	let since = Date.now(), heard = since;
	for (const deadline = since + 60_000; Date.now() < since + 3000;) {
		assert.ok(Date.now() < deadline, 'no three seconds without a stall');
		const sent = Date.now();
		await carrier.deliver({ from: '+15550199', to: OURS, text: `Here ${sent}` });
		if (Date.now() - heard > 900) [since, before] = [Date.now(), carrier.counts.enquire_link];
		assert.equal(carrier.counts.enquire_link, before);
		heard = sent;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	await waitFor(() => carrier.counts.enquire_link > before, { what: 'an enquiry into the silence' });
});

test('a gateway ends in time though nobody answers its unbind', async (t) => {
	const world = await withCarrier(t, { binds: 2, response_timeout_s: 2 });
	await world.carrier.bound(2);
	for (const { session } of world.carrier.binds) session.send = () => false; // deaf and dumb from here on
	const begun = Date.now();
	assert.equal(await world.gateway.stop(), 0);
	assert.ok(Date.now() - begun < 20_000, `${Date.now() - begun} ms`);
	assert.equal(world.carrier.counts.unbind, 2);
});

// A text that was taken, and whose link broke as if the answer had not come; the link is there again.
async function brokenBehind(t, duplicate_window_s) {
	const world = await withCarrier(t, { binds: 1 }, { router: { duplicate_window_s } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const { carrier } = world;
	const [pdu] = carrier.segments({ from: '+15550199', to: OURS, text: 'Are you there?' });
	await carrier.deliverPdu(pdu);
	const { id } = await ann.acceptNext('+15550199');
	carrier.binds[0].drop();
	await waitFor(() => carrier.counts.bind === 2 && carrier.binds.length === 1, { what: 'a new bind' });
	const texts = async () => (await world.redis.stream((await world.redis.keys(`{c*}:conv:${id}:msgs`))[0])).length;
	return { world, carrier, pdu, texts };
}

test('a text whose answer got lost with the link comes again and is one', async (t) => {
	const { world, carrier, pdu, texts } = await brokenBehind(t, 60);
	assert.equal(await carrier.deliverPdu(pdu), 'ESME_ROK');
	await world.metricIs(world.base, 'bindery_mo_repeated_total', 1);
	assert.equal(await world.metric(world.base, 'bindery_mo_total'), 1);
	assert.equal(await texts(), 1);
});

test('the same text long after the link broke is another', async (t) => {
	const { world, carrier, pdu, texts } = await brokenBehind(t, 1);
	const over = Date.now() + 1500;
	await waitFor(() => Date.now() > over, { what: 'the end of the window' });
	assert.equal(await carrier.deliverPdu(pdu), 'ESME_ROK');
	await world.metricIs(world.base, 'bindery_mo_total', 2);
	assert.equal(await world.metric(world.base, 'bindery_mo_repeated_total'), 0);
	assert.equal(await texts(), 2);
});
