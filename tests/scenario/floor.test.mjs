// What a supervisor is shown of the floor, live: figures of every queue and agent by push, and nobody else is
// shown them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, PASSWORD, Supervisor, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';
const QUEUE_DAY = ['offered', 'answered', 'abandoned', 'flow_out', 'in_time', 'not_answered', 'transfers', 'legs', 'wait_ms',
	'wait_max_ms', 'talk_ms', 'acw_ms', 'first_responses', 'first_response_ms', 'responses', 'response_ms'];
const AGENT_DAY = ['handled', 'missed', 'declined', 'transfers', 'talk_ms', 'acw_ms', 'idle_ms', 'interacting_ms',
	'not_responding_ms', 'off_queue_ms', 'first_responses', 'first_response_ms', 'responses', 'response_ms'];

async function floor(t) {
	const world = await World.start(t);
	await world.addUser('sue', { role: 'supervisor' });
	return { world, sue: await Supervisor.start(world.base, 'sue', PASSWORD) };
}

test('a supervisor sees a conversation wait, ring, be taken and be over', async (t) => {
	const { world, sue } = await floor(t);
	assert.equal(sue.live, true);
	assert.deepEqual(await sue.order('ping', {}, { ref: 'p' }), { type: 'ack', ref: 'p' });
	assert.deepEqual(sue.queues.get('support'), {
		id: 'support', name: 'support', waiting: 0, oldest_ms: null, late: 0, ringing: 0, members: 0,
		agents: { off_queue: 0, idle: 0, interacting: 0, not_responding: 0 },
		service_level: { seconds: 20, percent: 80 },
	});
	const before = Date.now();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const waiting = await sue.queue('support', (row) => row.waiting === 1);
	assert.ok(waiting.oldest_ms >= before && waiting.oldest_ms <= Date.now());
	assert.equal(waiting.ringing, 0);

	const ann = await world.agent('ann', { capacity: 2 });
	await sue.agent('ann', (row) => row.connected && row.routing === 'off_queue' && row.capacity === 2);
	await sue.queue('support', (row) => row.agents.off_queue === 1);
	await ann.goOnQueue();
	const offer = await ann.offer(CUSTOMER);
	const ringing = await sue.queue('support', (row) => row.ringing === 1);
	assert.equal(ringing.waiting, 0);
	assert.equal(ringing.oldest_ms, null);
	await ann.accept(offer);
	const { conversation } = await ann.event('connected');
	await sue.queue('support', (row) => row.ringing === 0 && row.agents.interacting === 1);
	const at = await sue.agent('ann', (row) => row.routing === 'interacting' && row.load === 1);
	assert.ok(at.routing_since_ms >= before && at.routing_since_ms <= Date.now());
	await ann.close(conversation.id, 'Resolved');
	await sue.agent('ann', (row) => row.routing === 'idle' && row.load === 0);
	await sue.queue('support', (row) => row.agents.idle === 1 && row.agents.interacting === 0);
});

// So many agents and queues, each with figures of the day.
async function fill(world, count) {
	const call = (...words) => world.redis.call(...words);
	const day = Math.floor((Date.now() - new Date().getTimezoneOffset() * 60_000) / 86_400_000);
	const figures = (kind, id, names) => names.flatMap((name) => [`${kind} ${id} ${name}`, name.endsWith('_ms') ? 12_345_678 : 123]);
	const asked = [];
	for (let i = 0; i < count; i++) {
		const queue = `Returns and refunds, region ${i}`, agent = `agent.${i}@support.example.com`;
		asked.push(
			call('FCALL', 'entity_put', 1, '{acd}', 'kind', 'queue', 'id', queue, 'by', 'test', 'now', Date.now(),
				'version', '', 'unique', queue.toLowerCase(), 'f:name', queue),
			call('FCALL', 'entity_put', 1, '{acd}', 'kind', 'user', 'id', agent, 'by', 'test', 'now', Date.now(),
				'version', '', 'unique', agent, 'f:name', agent),
			call('SADD', '{acd}:agents', agent),
			call('HSET', `{acd}:agent:${agent}`, 'on', 1, 'cap', 3, 'routing', 'idle', 'routing_since', Date.now(), 'presence',
				'Available', 'presence_since', Date.now()),
			call('HSET', `{acd}:today:${day}`, ...figures('q', queue, QUEUE_DAY), ...figures('a', agent, AGENT_DAY)),
		);
	}
	await Promise.all(asked);
}

test('a floor of 5,000 agents and 5,000 queues is shown whole to who comes in the afternoon', async (t) => {
	const world = await World.start(t, { router: 'gone', gateway: false });
	await fill(world, 5000);
	await world.addUser('sue', { role: 'supervisor' });
	await world.startRouter({ ready: false });
	const patience = { timeout: 60_000 };
	const sue = await waitFor(() => Supervisor.start(world.base, 'sue', PASSWORD), patience);
	await waitFor(() => sue.day.agents.size === 5000 && sue.day.queues.size === 5000, patience);
	const late = await Supervisor.start(world.base, 'sue', PASSWORD);
	assert.deepEqual([late.queues.size, late.agents.size, late.day.queues.size, late.day.agents.size], [5001, 5000, 5000, 5000]);
	await late.order('ping');
});

test('what is told after the first time is only what differs', async (t) => {
	const { world, sue } = await floor(t);
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await sue.agent('ann', (row) => row.connected);
	await sue.agent('bob', (row) => row.connected);
	await sue.queue('support', (row) => row.agents.off_queue === 2);
	const told = [];
	sue.socket.on('message', (data) => told.push(JSON.parse(data)));
	await ann.goOnQueue();
	await sue.agent('ann', (row) => row.routing === 'idle');
	await sue.queue('support', (row) => row.agents.idle === 1);
	assert.ok(told.length <= 2, `${told.length} frames`);
	assert.deepEqual([...new Set(told.flatMap(({ agents }) => agents.map(({ id }) => id)))], ['ann']);
	assert.deepEqual(told.map(({ type }) => type), told.map(() => 'changed'));
	await bob.goOnQueue();
	await sue.queue('support', (row) => row.agents.idle === 2);
});

test('after the router is back the floor is shown whole', async (t) => {
	const { world, sue } = await floor(t);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	await sue.queue('support', (row) => row.waiting === 1);
	assert.equal(await world.router.stop(), 0);
	assert.equal(await sue.closed, 1001);
	await world.startRouter();
	await sue.open();
	await sue.hello();
	await sue.queue('support', (row) => row.waiting === 1);
	assert.equal(sue.live, true);
});

test('while Redis is away the last figures stand and are said to be old', async (t) => {
	const { world, sue } = await floor(t);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	await sue.queue('support', (row) => row.waiting === 1);
	await world.redis.kill();
	await waitFor(() => !sue.live, { what: 'the floor is not live' });
	assert.equal(sue.queues.get('support').waiting, 1);
	await world.redis.start();
	await waitFor(() => sue.live, { what: 'the floor is live again' });
	assert.equal(sue.queues.get('support').waiting, 1);
});

test('nobody but supervisors and admins is shown the floor', async (t) => {
	const world = await World.start(t);
	const may = { supervisor: true, admin: true, agent: false, compliance: false };
	for (const [role, allowed] of Object.entries(may)) {
		await world.addUser(`one-${role}`, { role });
		const who = await Supervisor.signedIn(world.base, `one-${role}`, PASSWORD);
		await who.open();
		who.say({ type: 'hello', ref: 'hello' });
		if (allowed) await who.frames.take(({ type }) => type === 'snapshot');
		else assert.equal(await who.closed, 4401);
		if (!allowed) assert.equal(who.queues.size, 0);
	}
	const stranger = new Supervisor(world.base, null);
	await stranger.open();
	stranger.say({ type: 'hello', ref: 'hello' });
	assert.equal(await stranger.closed, 4401);
	await assert.rejects(stranger.open({ protocol: 'bindery.agent.v1' }), /400/);
	await assert.rejects(stranger.open({ path: '/gallery' }), /404/);
	await assert.rejects(stranger.open({ origin: 'http://evil.example' }), /403/);
});

test('what is not of the protocol is refused, and the floor is shown on', async (t) => {
	const { world, sue } = await floor(t);
	sue.say({ type: 'send', ref: 'a', conversation: 'c', text: 'Hello' });
	assert.equal((await sue.frames.take(({ ref }) => ref === 'a')).code, 'unknown_type');
	sue.say({ type: 'hello', ref: 'b' });
	assert.equal((await sue.frames.take(({ ref }) => ref === 'b')).code, 'bad_frame');
	assert.equal(await world.metric(world.base, 'bindery_door_supervisors'), 1);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	await sue.queue('support', (row) => row.waiting === 1);
});

test('signing out ends the look at the floor', async (t) => {
	const { world, sue } = await floor(t);
	const answer = await fetch(`${world.base}/api/v2/sign-out`, {
		method: 'POST',
		headers: { 'x-bindery-csrf': '1', origin: world.base, cookie: sue.cookie },
	});
	assert.equal(answer.status, 204);
	assert.equal(await sue.closed, 4401);
});
