// Two routers on one Redis: one works, the other stands by and takes over.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { program } from './lib/api.mjs';
import { Agent, OURS, PASSWORD, Supervisor, waitFor, World } from './lib/index.mjs';
import { placeOf } from './lib/floor.mjs';
import { Pair } from './lib/pair.mjs';

async function open(t, run) {
	const world = await World.start(t, { router: false, changes: { router: { instance: 'router-1' } } });
	const pair = await Pair.start(world);
	try {
		await run(world, pair);
	} finally {
		await pair.stop();
	}
}

const said = (door) => fetch(`${door.base}/readyz`).then((answer) => answer.json(), () => null);

test('of two that begin at once one works, and the other says that it stands by', async (t) => {
	await open(t, async (world, pair) => {
		for (let round = 0; round < 3; round++) {
			const door = await pair.working();
			const other = pair.other(door);
			await waitFor(async () => (await said(other))?.reason?.includes('stands by'), { what: `${other.name} stands by` });
			const refused = await fetch(`${other.base}/api/v2/users/me`);
			assert.equal(refused.status, 503);
			assert.equal((await refused.json()).code, 'standby');
			assert.equal((await fetch(`${other.base}/healthz`)).status, 200);
			await Promise.all(pair.doors.map((one) => pair.kill(one)));
			for (const one of pair.doors) pair.startOne(one);
		}
	});
});

test('who is asked to stop hands over at once, and a conversation goes on at the other', async (t) => {
	await open(t, async (world, pair) => {
		const door = await pair.working();
		const other = pair.other(door);
		await world.addUser('ann');
		const ann = await Agent.start(door.base, 'ann', PASSWORD);
		await ann.goOnQueue();
		await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' });
		const { id } = await ann.acceptNext('+15550199');
		const holders = async () => Promise.all((await world.redis.keys('{c*}:lease')).map((key) => world.redis.call('GET', key)));
		const had = await holders();
		assert.equal(had.length, 16);
		await door.child.stop();
		// They are given up: nobody waits for them to run out.
		assert.deepEqual((await holders()).filter((holder) => had.includes(holder)), []);
		await waitFor(async () => (await pair.working()) === other, { what: `${other.name} works` });
		ann.base = other.base;
		await ann.connect();
		await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Still there?' });
		await ann.event('message', ({ message }) => message.text === 'Still there?');
		await ann.send(id, 'Yes');
		await world.carrier.expectSubmit({ to: '+15550199', text: 'Yes' });
		assert.deepEqual(ann.doubled, []);
		ann.socket.terminate();
		pair.startOne(door);
		await waitFor(async () => (await said(door))?.reason?.includes('stands by'));
	});
});

test('who is asked to stop while Redis is away takes nothing up when it comes back', async (t) => {
	const world = await World.start(t);
	await world.addUser('ann');
	const ann = await Agent.start(world.base, 'ann', PASSWORD);
	await world.redis.kill();
	await world.router.says(/event=redis_lost/);
	// Who does not answer that the socket ends is waited for.
	ann.socket.pause();
	world.router.child.kill('SIGTERM');
	await world.router.says(/event=stopping/);
	await world.redis.start();
	await world.router.says(/event=stopping[^]*event=redis_ready/);
	await waitFor(() => world.router.over, { what: 'the end' });
	assert.equal(world.router.code, 0);
	assert.doesNotMatch(world.router.output, /event=stopping[^]*event=inbox_open/);
	ann.socket.terminate();
});

test('agents of one that was killed are away until they come to the other', async (t) => {
	await open(t, async (world, pair) => {
		const door = await pair.working();
		const other = pair.other(door);
		await world.addUser('ann');
		const ann = await Agent.start(door.base, 'ann', PASSWORD);
		await ann.goOnQueue();
		await pair.kill(door);
		await waitFor(async () => (await pair.working()) === other, { what: `${other.name} works` });
		await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' });
		await world.metricIs(other.base, 'bindery_waiting', 1);
		assert.deepEqual(await world.floorEvents('offer'), []);
		ann.base = other.base;
		await ann.connect();
		await ann.acceptNext('+15550199');
		ann.socket.terminate();
		pair.startOne(door);
	});
});

const states = async ({ redis }, id) => {
	const [key] = await redis.keys(`{c*}:conv:${id}`);
	const [there, floor] = await Promise.all([redis.hash(key), placeOf(redis, id)]);
	return [there.state, there.agent, there.leg, floor.state, floor.agent, floor.leg];
};

const partitionEvents = async ({ redis }, kinds) => {
	const streams = await Promise.all((await redis.keys('{c*}:events')).map((key) => redis.stream(key)));
	return streams.flat().map(({ fields }) => fields).filter(({ e }) => kinds.includes(e));
};

test('one that stood still while the other took over changes nothing when it goes on', async (t) => {
	await open(t, async (world, pair) => {
		const door = await pair.working();
		const other = pair.other(door);
		await world.addUser('ann', { capacity: 10 });
		await world.addUser('sue', { role: 'supervisor' });
		const ann = await Agent.start(door.base, 'ann', PASSWORD);
		const sue = await Supervisor.start(door.base, 'sue', PASSWORD);
		await ann.goOnQueue();
		const shop = await program({ base: door.base, command: (...words) => world.command(...words) }, 'conversations', 'Shop');
		const ids = {};
		for (const name of ['close', 'disconnect', 'transfer', 'park', 'note', 'send', 'consult', 'taken', 'ended']) {
			const from = `+155501${10 + Object.keys(ids).length}`;
			await world.carrier.deliver({ from, to: OURS, text: name });
			ids[name] = { id: (await ann.acceptNext(from)).id, from };
		}
		const before = await Promise.all(Object.values(ids).map(({ id }) => states(world, id)));
		const ASKED = ['closed', 'transferred', 'parked', 'note', 'mt'];

		pair.stand(door);
		await waitFor(() => pair.works(other), { what: `${other.name} works` });
		// They lie there for it when it goes on, before anything else can have told it.
		const ask = (type, fields = {}, name = type) => ann.request(type, { conversation: ids[name].id, ...fields }, { ref: type });
		const asked = [
			ask('close', { wrapup: 'Resolved' }), ask('disconnect'), ask('transfer', { queue: 'support' }), ask('park'),
			ask('note', { text: 'n' }), ask('send', { text: 'No' }), ask('consult', { queue: 'support', note: 'n' }),
			ann.request('start', { queue: 'support', customer: '+15550177', text: 'Hello' }, { ref: 'start' }),
			...[['transfer', 'taken', { queue: 'support' }], ['close', 'ended', {}]].map(([type, name, fields]) => Promise.race([
				sue.order(type, { conversation: ids[name].id, ...fields }, { ref: name }),
				sue.closed.then(() => Promise.reject(new Error('closed before the answer'))),
			])),
		];
		const sent = shop('POST', '/api/v2/conversations/messages/agentless', {
			fromAddress: OURS, toAddress: '+15550178', toAddressMessengerType: 'sms', textBody: 'Hello',
		}).then(({ status }) => status, () => 503); // or it ended before the answer
		const answers = Promise.allSettled(asked);
		pair.goOn(door);
		assert.equal(await ann.closed, 1001);
		assert.equal(await sue.closed, 1001);
		for (const { status, reason } of await answers) {
			assert.equal(status, 'rejected');
			if (reason.code) assert.equal(reason.code, 'unavailable');
		}
		assert.equal(await sent, 503);
		assert.deepEqual(await partitionEvents(world, ASKED), []);
		assert.deepEqual(await Promise.all(Object.values(ids).map(({ id }) => states(world, id))), before);
		assert.ok((await said(door)).reason.includes('stands by'));

		// The other hears it, said again, and the floor with it.
		ann.base = other.base;
		await ann.connect();
		const { id, from } = ids.close;
		await ask('close', { wrapup: 'Resolved' });
		await waitFor(async () => (await states(world, id))[3] === undefined, { what: 'the floor has let go of it' });
		await world.carrier.deliver({ from, to: OURS, text: 'One more thing' });
		assert.equal((await ann.acceptNext(from)).id, id);
		assert.deepEqual(await states(world, id), ['connected', 'ann', '2', 'connected', 'ann', '2']);
		ann.socket.terminate();
	});
});

test('one that has just begun takes no sockets before it knows whether another works', async (t) => {
	await open(t, async (world, pair) => {
		const door = await pair.working();
		const other = pair.other(door);
		await world.addUser('ann');
		const ann = await Agent.start(door.base, 'ann', PASSWORD);
		await pair.kill(other);
		// It asks for the leases and gets no answer yet.
		await world.redis.call('CLIENT', 'PAUSE', '2500', 'WRITE');
		pair.startOne(other);
		await waitFor(() => fetch(`${other.base}/healthz`).then(() => true, () => false), { what: `${other.name} listens` });
		const late = new Agent(other.base, 'ann', ann.cookie);
		await assert.rejects(late.connect(), /\/agent was answered 503/);
		await waitFor(async () => (await said(other))?.reason?.includes('stands by'));
		await assert.rejects(late.connect(), /\/agent was answered 503/);
		ann.socket.terminate();
	});
});

test('one that stood still alone goes on with its agents', async (t) => {
	await open(t, async (world, pair) => {
		const door = await pair.working();
		await pair.kill(pair.other(door));
		await world.addUser('ann');
		const ann = await Agent.start(door.base, 'ann', PASSWORD);
		const other = await ann.window();
		await ann.goOnQueue();
		await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' });
		const { id } = await ann.acceptNext('+15550199');
		pair.stand(door);
		other.socket.terminate(); // of which Redis is told with what is over
		await waitFor(async () => !(await world.redis.keys('*:lease')).length, { what: 'the leases are over' });
		pair.goOn(door);
		await waitFor(() => door.child.output.includes('event=lease_lost'), { what: 'it has noticed' });
		await waitFor(() => pair.works(door), { what: 'it works again' });
		await ann.close(id, 'Resolved', '');
		await waitFor(async () => (await placeOf(world.redis, id)).state === undefined);
		assert.equal((await world.redis.call('SMEMBERS', '{acd}:agent:ann:conns')).length, 1);
		await ann.leave();
		await waitFor(async () => (await world.redis.call('SMEMBERS', '{acd}:agent:ann:conns')).length === 0, { what: 'ann has gone' });
	});
});

test('who waited for one partition keeps the others that it had', async (t) => {
	const world = await World.start(t, { router: false });
	const log = () => readFileSync(join(world.folder, 'bindery-router.log'), 'utf8');
	const left = () => world.redis.call('PTTL', '{c15}:lease');
	await world.redis.call('SET', '{c5}:lease', 'another:1', 'PX', 60_000);
	await world.startRouter({ ready: false });
	await waitFor(() => log().includes('event=lease_held partition=5 '));
	await world.redis.call('DEL', '{c5}:lease');
	await waitFor(async () => (await fetch(`${world.base}/readyz`)).ok);
	// They are kept once a second; one that is not this router's any more would close them all.
	for (let kept = 0; kept < 2; kept++) {
		await waitFor(async () => (await left()) < 3300);
		await waitFor(async () => (await left()) > 3300);
	}
	assert.equal(log().split('event=inbox_open ').length - 1, 1);
	assert.ok(!log().includes('event=lease_lost '));
});
