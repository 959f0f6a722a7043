// Bad input from every side. Whoever sends it gets a clear error or is cut off and counted; memory
// stays flat, and the other carrier and the other agents notice nothing.

import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';

import {
	Carrier, OURS, Random, signIn, SUBPROTOCOL, waitFor, WebSocket, World,
} from './lib/index.mjs';
import { partitionOf } from './lib/load.mjs';

const CUSTOMER = '+15550199';
const MIB = 1024 * 1024;
// Freed memory is held back by the sanitizer to find its later use; little of it, where we weigh.
const WEIGHED = { asan: 'quarantine_size_mb=4' };

function carrierSettings(name, port, changes = {}) {
	return {
		name,
		hosts: [{ host: '127.0.0.1', port }],
		system_id: 'bindery',
		password: 'secret',
		backoff_min_ms: 10,
		backoff_max_ms: 50,
		...changes,
	};
}

// A world with a good carrier, `acme`, and one on this port that is not.
function open(t, badPort, changes = {}) {
	return World.start(t, {
		...WEIGHED,
		changes: (world) => ({
			log: { level: 'error' },
			carriers: [
				carrierSettings('acme', world.carrier.port, { binds: 2 }),
				...(badPort ? [carrierSettings('evil', badPort, { read_timeout_s: 1, ...changes })] : []),
			],
		}),
	});
}

// The road is open, there and back.
async function undisturbed(world, ann, conversation) {
	const text = `still there ${performance.now()}`;
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text });
	await ann.event('message', ({ message }) => message.text === text);
	const reply = await ann.send(conversation.id, `yes, ${text}`);
	await world.carrier.expectSubmit({ text: reply.text });
	await ann.state(reply.id, 'sent');
}

async function atWork(world) {
	await world.carrier.bound(2);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const conversation = await ann.acceptNext(CUSTOMER);
	await undisturbed(world, ann, conversation);
	return { ann, conversation };
}

// Does something many times, and says by how much the process grew after the first rounds.
async function growth(child, rounds, what) {
	const warm = Math.ceil(rounds / 4);
	for (let i = 0; i < warm; i++) await what(i);
	const before = await child.residentOctets();
	for (let i = warm; i < rounds; i++) await what(i);
	return (await child.residentOctets()) - before;
}

function header(length, command, status = 0, sequence = 1) {
	const octets = Buffer.alloc(16);
	[length, command, status, sequence].forEach((word, i) => octets.writeUInt32BE(word, 4 * i));
	return octets;
}

test('a carrier that sends rubbish loses its link, again and again, and nobody else does', async (t) => {
	const random = new Random(t);
	const evil = await Carrier.start({ keepLog: false });
	t.after(() => evil.close());
	const world = await open(t, evil.port);
	const { ann, conversation } = await atWork(world);

	const rubbish = [
		() => Buffer.from(Array.from({ length: random.between(16, 4096) }, () => random.between(0, 256))),
		() => header(0xffffffff, 5), // a deliver_sm of 4 GiB
		() => header(8, 5),
		() => header(0, 0),
		() => Buffer.from('GET / HTTP/1.1\r\nHost: carrier.example\r\n\r\n'),
		() => header(0x7fffffff, 0x80000004),
	];
	let last = null;
	const grown = await growth(world.gateway, 200, async (round) => {
		const bind = await waitFor(() => evil.binds.find((each) => each !== last), {
			what: `bind ${round} of the bad carrier`,
		});
		last = bind;
		bind.write(rubbish[round % rubbish.length]());
		// Random octets may be the beginning of a PDU that is long but allowed.
		bind.write(Buffer.alloc(70_000));
		await waitFor(() => !bind.open, { what: `link ${round} is closed` });
	});
	assert.ok(grown < 8 * MIB, `the gateway grew by ${grown} octets`);
	assert.equal(
		await world.metric(world.gatewayBase, 'bindery_links_broken_total', { carrier: 'evil' }),
		200,
	);
	assert.equal(world.carrier.counts.bind, 2);
	await undisturbed(world, ann, conversation);
});

test('a Redis that is full is told to the carrier each time, and to the log once a second', async (t) => {
	const world = await World.start(t, { router: 'gone' });
	await world.carrier.bound(2);
	const deliver = (n) =>
		Promise.all(Array.from({ length: n }, (_, i) =>
			world.carrier.deliverPdu({ source_addr: CUSTOMER, destination_addr: OURS, short_message: `Text ${i}` })));
	await world.redis.call('CONFIG', 'SET', 'maxmemory', '1');
	const began = performance.now();
	assert.deepEqual([...new Set(await deliver(300))], ['ESME_RX_T_APPN']);
	const refused = (event) => world.gateway.output.split(`event=${event} carrier=acme`).length - 1;
	// Takes, for each of the partitions.
	await waitFor(() => refused('redis_refused') > 0, { what: 'a take that is refused' });
	await world.redis.call('PING');
	const seconds = (performance.now() - began) / 1000;
	for (const event of ['not_written', 'redis_refused']) {
		const lines = refused(event);
		assert.ok(lines >= 1 && lines <= 1 + seconds, `${lines} lines of ${event} in ${seconds} s`);
	}
	assert.match(world.gateway.output, /event=redis_refused carrier=acme function=mt_take count=\d+ why="OOM /);
	const readiness = async () => {
		const answer = await fetch(`${world.gatewayBase}/readyz`);
		return `${answer.status} ${await answer.text()}`;
	};
	await waitFor(async () => (await readiness()) === '503 redis takes nothing\n', { what: 'a gateway that is not ready' });
	await world.redis.call('CONFIG', 'SET', 'maxmemory', '0');
	assert.deepEqual([...new Set(await deliver(300))], ['ESME_ROK']);
	await waitFor(async () => (await readiness()) === '200 ready\n', { what: 'a gateway that is ready' });
});

test('half a PDU and then silence is waited for only so long', async (t) => {
	const evil = await Carrier.start();
	t.after(() => evil.close());
	const world = await open(t, evil.port);
	const { ann, conversation } = await atWork(world);
	for (const half of [Buffer.alloc(3), header(16, 5).subarray(0, 12), header(400, 5)]) {
		await evil.bound(1);
		const [bind] = evil.binds;
		bind.write(half);
		await waitFor(() => !bind.open, { what: `the link is closed after ${half.length} octets` });
	}
	await evil.bound(1);
	assert.equal(
		await world.metric(world.gatewayBase, 'bindery_links_broken_total', { carrier: 'evil' }),
		3,
	);
	assert.equal(world.carrier.counts.bind, 2);
	await undisturbed(world, ann, conversation);
});

test('a peer that answers a bind with rubbish is no carrier, and costs nothing', async (t) => {
	const random = new Random(t);
	let peers = 0;
	const server = createServer((socket) => {
		peers += 1;
		socket.on('error', () => {});
		socket.write(Buffer.from(Array.from({ length: 64 }, () => random.between(0, 256))));
		socket.write(Buffer.alloc(70_000));
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.after(() => server.close());
	const world = await open(t, server.address().port);
	const { ann, conversation } = await atWork(world);
	await waitFor(() => peers >= 20, { what: 'twenty attempts to bind' });
	assert.equal(await world.metric(world.gatewayBase, 'bindery_bound', { carrier: 'evil' }), 0);
	await undisturbed(world, ann, conversation);
});

test('PDUs that make no sense are answered with an error and do not cost the link', async (t) => {
	const world = await open(t);
	const { ann, conversation } = await atWork(world);
	const bind = world.carrier.binds[0];
	for (let i = 0; i < 50; i++) {
		bind.write(header(16, 0x00000777, 0, 1000 + i)); // an unknown request
		bind.write(header(16, 0x80000777, 0, 2000 + i)); // an unknown response
		bind.write(header(16, 0x80000004, 0, 3000 + i)); // an answer to nothing
		bind.write(header(16, 0x00000005, 0, 4000 + i)); // a deliver_sm without a body
	}
	await undisturbed(world, ann, conversation);
	assert.ok(bind.open);
	const answers = world.carrier.log.filter(
		({ direction, status }) => direction === 'in' && status !== 0,
	);
	assert.equal(answers.filter(({ command }) => command === 'generic_nack').length >= 50, true);
	assert.ok((await world.metric(world.gatewayBase, 'bindery_answers_unmatched_total')) >= 50);
	assert.equal(world.carrier.counts.bind, 2);
});

test('texts to numbers that are not ours, and from addresses that are none, are put aside', async (t) => {
	const world = await open(t);
	const { ann, conversation } = await atWork(world);
	const { carrier } = world;
	await carrier.deliver({ from: CUSTOMER, to: '+19990000000', text: 'Wrong number' });
	await world.metricIs(world.base, 'bindery_aside_total', 1);
	await undisturbed(world, ann, conversation);
});

test('a STOP to a number that has left the configuration is heard all the same, also the part that waited for another', async (t) => {
	const world = await open(t);
	const { carrier } = world;
	const listed = (customer) => world.command('bindery-router', ['suppression', 'search', customer]);
	const GONE = '+15550107';
	const numbers = (...addresses) => addresses.map((address) => ({ address, carrier: 'acme', queue: 'support', programme: 'shop' }));
	const restart = async (changes) => {
		await world.router.kill();
		world.configure(changes);
		await world.startRouter();
	};
	await restart({ numbers: numbers(OURS, GONE) });
	const long = `Please stop texting me. ${'I have said so before. '.repeat(10)}`;
	await carrier.deliverPdu(carrier.segments({ from: '+15550109001', to: GONE, text: long, reference: 9 })[0]);
	await world.metricIs(world.base, 'bindery_parts_total', 1);
	await world.router.kill();
	// As if its time had passed.
	const due = `{c${partitionOf('+15550109001')}}:due`;
	const [parts] = await world.redis.call('ZRANGE', due, '0', '-1');
	await world.redis.call('ZADD', due, '1', parts);
	await restart({ numbers: numbers(OURS) });
	await carrier.deliver({ from: '+15550109002', to: GONE, text: 'STOP' });
	await carrier.deliver({ from: '+15550109003', to: GONE, text: 'Wrong number' });
	await carrier.deliver({ from: '+15550109004', to: GONE, text: 'Hello' });
	await world.metricIs(world.base, 'bindery_aside_total', 4);
	for (const customer of ['+15550109001', '+15550109002']) {
		const { code, stdout } = await listed(customer);
		assert.equal(code, 0, `${customer}: ${stdout}`);
		assert.match(stdout, /^\S+\tall\tkeyword\t/);
	}
	const { stdout } = await world.command('bindery-router', ['suppression', 'review']);
	assert.match(stdout, /\+15550109003\t.*\tWrong number$/m);
	assert.equal((await listed('+15550109004')).code, 1);
	await world.metricIs(world.base, 'bindery_mo_total', 0);
	assert.deepEqual(await world.redis.call('ZRANGE', due, '0', '-1'), []);
	assert.deepEqual(carrier.submits.all, []);
});

// An agents' WebSocket of which the test says every octet.
async function bare(world, cookie) {
	const socket = new WebSocket(`${world.base.replace(/^http/, 'ws')}/agent`, SUBPROTOCOL, {
		origin: world.base,
		headers: { cookie },
	});
	const screen = { socket, frames: [], code: null };
	socket.on('error', () => {});
	socket.on('message', (data) => screen.frames.push(JSON.parse(data.toString())));
	socket.on('close', (code) => (screen.code = code));
	await new Promise((resolve, reject) => {
		socket.once('open', resolve);
		socket.once('error', reject);
	});
	screen.closed = () => waitFor(() => screen.code, { what: 'the socket is closed' });
	screen.told = (code) =>
		waitFor(() => screen.frames.find((frame) => frame.code === code), {
			what: () => `error ${code}; there is ${JSON.stringify(screen.frames)}`,
		});
	return screen;
}

test('frames that are no frames are told so, and the connection goes on', async (t) => {
	const world = await open(t);
	const { ann, conversation } = await atWork(world);
	const screen = await bare(world, ann.cookie);
	screen.socket.send(JSON.stringify({ type: 'status', ref: 'early', routing: 'on_queue' }));
	await screen.told('hello_first');
	screen.socket.send(JSON.stringify({ type: 'hello', ref: 'h' }));
	await waitFor(() => screen.frames.some(({ ref }) => ref === 'h'));
	const bad = [
		['', 'bad_json'],
		['{', 'bad_json'],
		['{"type":"send","ref":"1"', 'bad_json'],
		['\u0000', 'bad_json'],
		['['.repeat(30_000), 'bad_json'],
		[`{"type":"plan","ref":"\u00e9${'x'.repeat(100)}"}`, 'bad_frame'],
		['null', 'bad_json'],
		['[]', 'bad_frame'],
		['{"ref":"2"}', 'bad_frame'],
		['{"type":"dance","ref":"3"}', 'unknown_type'],
		['{"type":"send","ref":4,"conversation":"x","text":"y"}', 'bad_frame'],
		['{"type":"accept","ref":"5","conversation":"x","epoch":-1}', 'bad_frame'],
		['{"type":"accept","ref":"6","conversation":"x","epoch":1e99}', 'bad_frame'],
		['{"type":"hello","ref":"7"}', 'bad_frame'],
		['{"type":"thread","ref":"8","conversation":"../../etc/passwd"}', 'not_found'],
		['{"type":"thread","ref":"9","conversation":{"$ne":1}}', 'bad_frame'],
	];
	for (const [frame, code] of bad) {
		screen.frames.length = 0;
		screen.socket.send(frame);
		const answer = await waitFor(() => screen.frames.find(({ type }) => type === 'error'), {
			what: `an error for ${frame.slice(0, 60)}`,
		});
		assert.equal(answer.code, code, `${frame.slice(0, 60)}: ${answer.message}`);
		assert.ok(answer.message.length > 0);
	}
	assert.equal(screen.code, null);
	assert.ok((await world.metric(world.base, 'bindery_door_frames_bad_total')) >= 12);
	screen.socket.close();
	await undisturbed(world, ann, conversation);
});

test('a frame of 10 MB closes its own connection, and is not kept', async (t) => {
	const world = await open(t);
	const { ann, conversation } = await atWork(world);
	const huge = JSON.stringify({ type: 'send', ref: 'x', text: 'x'.repeat(10 * MIB) });
	const grown = await growth(world.router, 20, async () => {
		const screen = await bare(world, ann.cookie);
		screen.socket.send(huge, () => {});
		assert.equal(await screen.closed(), 1009);
	});
	assert.ok(grown < 8 * MIB, `the router grew by ${grown} octets`);
	assert.equal(await world.metric(world.base, 'bindery_door_frames_too_big_total'), 20);
	await undisturbed(world, ann, conversation);
});

test('binary frames and floods of frames close their own connection', async (t) => {
	const world = await open(t);
	const { ann, conversation } = await atWork(world);
	const binary = await bare(world, ann.cookie);
	binary.socket.send(Buffer.from([1, 2, 3]));
	assert.equal(await binary.closed(), 1003);
	const flood = await bare(world, ann.cookie);
	for (let i = 0; i < 1000; i++)
		flood.socket.send(`{"type":"plan","ref":"${i}","conversation":"${conversation.id}","text":"x"}`);
	assert.equal(await flood.closed(), 1008);
	assert.equal(await world.metric(world.base, 'bindery_door_sockets_flooding_total'), 1);
	await undisturbed(world, ann, conversation);
});

test('a flood of sign-ins is turned away, and the agents work on', async (t) => {
	const world = await open(t);
	const { ann, conversation } = await atWork(world);
	const seen = new Map();
	const flood = async (round) => {
		const tries = Array.from({ length: 25 }, (_, i) =>
			signIn(world.base, i % 2 ? 'ann' : `nobody${round}-${i}`, 'guess'),
		);
		for (const { status, cookie } of await Promise.all(tries)) {
			assert.equal(cookie, null);
			seen.set(status, (seen.get(status) ?? 0) + 1);
		}
	};
	const flooding = growth(world.router, 12, flood);
	for (let i = 0; i < 5; i++) await undisturbed(world, ann, conversation);
	const grown = await flooding;
	// Each password check takes 64 MiB while it runs, which the allocator may keep.
	assert.ok(grown < 80 * MIB, `the router grew by ${grown} octets`);
	for (const status of seen.keys()) assert.ok([401, 429, 503].includes(status), String(status));
	assert.ok(seen.get(429) > 200, JSON.stringify([...seen]));
	assert.ok((await world.metric(world.base, 'bindery_door_sign_ins_throttled_total')) > 200);
	await undisturbed(world, ann, conversation);
});

// Sends octets to the router's port and resolves to what came back when it closed, or had said nothing for so long.
function raw(world, octets, quiet_ms = 30_000) {
	return new Promise((resolve) => {
		let answer = '';
		const socket = connect(world.ports.http, '127.0.0.1', () => socket.write(octets));
		socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
		socket.on('error', () => {});
		socket.on('close', () => resolve(answer));
		socket.setTimeout(quiet_ms, () => socket.destroy());
	});
}

test('requests that are none are refused', async (t) => {
	const random = new Random(t);
	const world = await open(t);
	const { ann, conversation } = await atWork(world);
	const host = `Host: 127.0.0.1:${world.ports.http}\r\n`;
	const close = 'Connection: close\r\n';
	const status = async (octets) => Number((await raw(world, octets)).match(/^HTTP\/1\.\d (\d+)/)?.[1] ?? 0);
	for (const path of ['/../../../../etc/passwd', '/..%2f..%2f..%2fetc/passwd', '//etc/passwd'])
		assert.doesNotMatch(await raw(world, `GET ${path} HTTP/1.1\r\n${host}${close}\r\n`), /root:/);
	assert.ok([400, 413, 431, 0].includes(
		await status(`GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(100_000)}\r\n\r\n`)));
	const post = (body, length) =>
		`POST /api/v2/sign-in HTTP/1.1\r\n${host}${close}Content-Type: application/json\r\n` +
		`X-Bindery-CSRF: 1\r\nContent-Length: ${length ?? body.length}\r\n\r\n${body}`;
	assert.equal(await status(post('{"name":')), 400);
	assert.equal(await status(post('[[[[')), 400);
	assert.equal(await status(post('', 10 * MIB)), 413);
	for (let i = 0; i < 20; i++) {
		const noise = Buffer.from(Array.from({ length: 2000 }, () => random.between(0, 256)));
		const answer = await raw(world, noise, 5000); // which may be the beginning of something
		assert.doesNotMatch(answer, /^HTTP\/1\.\d 2/);
	}
	await undisturbed(world, ann, conversation);
});

test('connections that say nothing do not keep others out', async (t) => {
	const world = await open(t);
	const { ann, conversation } = await atWork(world);
	const silent = [];
	t.after(() => silent.forEach((socket) => socket.destroy()));
	for (let i = 0; i < 200; i++) {
		const socket = connect(world.ports.http, '127.0.0.1');
		socket.on('error', () => {});
		if (i % 2) socket.write('GET / HT');
		silent.push(socket);
	}
	assert.equal((await fetch(`${world.base}/healthz`)).status, 200);
	await undisturbed(world, ann, conversation);
	const bob = await world.agent('bob');
	await bob.goOnQueue();
});
