// What a bind costs: the gateway's resident memory with one bind and with 200, plain and over TLS,
// each time after every bind has delivered five messages.
//
//	BINDERY_BIN=build/release/bin node tests/bench/binds.mjs

import { Authority, TlsFront } from '../scenario/lib/tls.mjs';
import { OURS, waitFor, World } from '../scenario/lib/index.mjs';

const CARRIERS = 4;
const BINDS = 50;
const ROUNDS = 5;

function carriers(world, count, binds, changes) {
	return Array.from({ length: count }, (_, i) => ({
		name: i ? `acme-${i}` : 'acme',
		hosts: [{ host: '127.0.0.1', port: world.carrier.port }],
		system_id: world.carrier.systemId,
		password: world.carrier.password,
		binds,
		...changes,
	}));
}

async function deliver(world) {
	for (let round = 0; round < ROUNDS; round++) {
		const answers = world.carrier.binds.map((bind, i) =>
			world.carrier.deliverPdu(
				{
					source_addr: `+1555${1_000_000 + i}`,
					destination_addr: OURS,
					short_message: 'x'.repeat(140),
				},
				{ bind },
			),
		);
		await Promise.all(answers);
	}
}

// Resident KiB with that many binds.
async function measure(world, count, binds, changes) {
	world.configure({
		log: { level: 'info' },
		carriers: carriers(world, count, binds, changes),
	});
	const begun = performance.now();
	await world.startGateway();
	await world.carrier.bound(count * binds, { timeout: 60_000 });
	const took = Math.round(performance.now() - begun);
	await deliver(world);
	const kib = (await world.gateway.residentOctets()) / 1024;
	await world.gateway.stop();
	await waitFor(() => world.carrier.binds.length === 0, { what: 'no bind' });
	return { kib, took };
}

async function compare(title, world, changes) {
	const one = await measure(world, 1, 1, changes);
	const all = await measure(world, CARRIERS, BINDS, changes);
	const each = (all.kib - one.kib) / (CARRIERS * BINDS - 1);
	console.log(
		`${title}: 1 bind ${one.kib} KiB; ${CARRIERS * BINDS} binds ${all.kib} KiB, ` +
			`${each.toFixed(1)} KiB a bind, all bound after ${all.took} ms`,
	);
}

const ends = [];
const t = { after: (end) => ends.unshift(end) };
const world = await World.start(t, { router: false, gateway: false, carrier: { keepLog: false } });
try {
	await compare('plain', world, {});
	const ca = new Authority(world.folder, 'ca');
	const certificate = ca.issue('smsc', 'IP:127.0.0.1');
	const front = await TlsFront.start(t, { port: world.carrier.port, certificate });
	await compare('TLS', world, {
		hosts: [{ host: '127.0.0.1', port: front.port }],
		tls: true,
		tls_ca_file: ca.pem,
	});
} finally {
	for (const end of ends) await end();
}
