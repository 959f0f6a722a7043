// What a supervisor does on the floor beside looking on: assigns by hand, transfers, changes what agents are,
// signs them out, reads along. Each is answered once by its ref, and an event says who did it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, OURS, PASSWORD, Supervisor, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';
const QUEUES = [
	{ name: 'support', alerting_timeout_s: 30, wrap_up_codes: ['Resolved'] },
	{ name: 'sales', alerting_timeout_s: 30, wrap_up_codes: ['Resolved'] },
];

async function floor(t, more = {}) {
	const world = await World.start(t, { changes: { queues: QUEUES, ...more } });
	await world.addUser('sue', { role: 'supervisor' });
	return { world, sue: await Supervisor.start(world.base, 'sue', PASSWORD) };
}

const refused = (promise, code) => assert.rejects(promise, (error) => (assert.equal(error.code, code), true));

// The events of the conversations' partitions of this kind.
async function partitionEvents(world, kind) {
	const found = [];
	for (let i = 0; i < 16; i++)
		for (const { fields } of await world.redis.stream(`{c${i}}:events`)) if (fields.e === kind) found.push(fields);
	return found;
}

test('what waits is listed with what it needs, the customer masked, and given by hand to who has no skill', async (t) => {
	const { world, sue } = await floor(t, {
		numbers: [{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop', skills: ['french'], priority: 2 }],
	});
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const before = Date.now();
	await sue.order('look', { queue: 'support' });
	assert.deepEqual((await sue.shown('waiting')).rows, []);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Bonjour' });
	const { queue, total, rows: [row] } = await sue.shown('waiting', ({ rows }) => rows.length === 1);
	assert.equal(queue, 'support');
	assert.equal(total, 1);
	assert.ok(row.customer.endsWith('0199') && row.customer !== CUSTOMER, row.customer);
	assert.deepEqual([row.skills, row.priority, row.ring, row.no_agent, row.state], [['french'], 2, 0, true, 'waiting']);
	assert.ok(row.since_ms >= before && row.since_ms <= Date.now());

	await refused(sue.order('assign', { conversation: row.conversation, agent: 'bob' }), 'agent_busy');
	await sue.order('assign', { conversation: row.conversation, agent: 'ann' }, { ref: 'once' });
	const offer = await ann.offer(CUSTOMER);
	assert.equal(offer.how, 'manual');
	const [made] = await world.floorEvents('offer');
	assert.deepEqual([made.by, made.a, made.c], ['sue', 'ann', row.conversation]);
	await sue.shown('waiting', ({ rows }) => rows.length === 0);
	await ann.decline(offer);
	await sue.shown('waiting', ({ rows }) => rows.length === 1);
	// The same ref again is answered again, and nothing rings.
	await ann.goOnQueue();
	await sue.order('assign', { conversation: row.conversation, agent: 'ann' }, { ref: 'once' });
	assert.equal((await world.floorEvents('offer')).length, 1);
	await ann.goOffQueue();
	await refused(sue.order('assign', { conversation: row.conversation, agent: 'ann' }), 'agent_busy');
	await ann.goOnQueue();
	await sue.order('assign', { conversation: row.conversation, agent: 'ann' });
	await ann.accept(await ann.offer(CUSTOMER));
	await refused(sue.order('assign', { conversation: row.conversation, agent: 'ann' }), 'conflict');
	await refused(sue.order('assign', { conversation: 'nothing', agent: 'ann' }), 'not_found');
});

test('an agent is put on queue and off it, and is said to be at lunch, by a supervisor', async (t) => {
	const { world, sue } = await floor(t);
	const ann = await world.agent('ann');
	await sue.order('status', { agent: 'ann', routing: 'on_queue' }, { ref: 'on' });
	await ann.routing('idle');
	await sue.order('status', { agent: 'ann', routing: 'off_queue' });
	await ann.routing('off_queue');
	await sue.order('status', { agent: 'ann', routing: 'on_queue' }, { ref: 'on' });
	await sue.order('presence', { agent: 'ann', presence: 'Meal' });
	const row = await sue.agent('ann', ({ presence }) => presence === 'Meal');
	assert.equal(row.routing, 'off_queue', 'an order said twice is done once');
	await refused(sue.order('status', { agent: 'nobody', routing: 'on_queue' }), 'no_target');
	await refused(sue.order('status', { agent: 'ann', routing: 'sideways' }), 'bad_frame');
	await ann.leave();
	await sue.agent('ann', ({ connected }) => !connected);
	await refused(sue.order('status', { agent: 'ann', routing: 'on_queue' }), 'no_target');
	const told = (await world.floorEvents('agent')).filter(({ by }) => by);
	assert.deepEqual(told.map(({ a, by, why }) => [a, by, why]),
		[['ann', 'sue', 'on_queue'], ['ann', 'sue', 'off_queue'], ['ann', 'sue', 'presence']]);
});

test('an agent who is signed out is gone in every window, keeps what they had, and may come again', async (t) => {
	const { world, sue } = await floor(t);
	const ann = await world.agent('ann');
	const other = await ann.window();
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const conversation = await ann.acceptNext(CUSTOMER);
	await sue.order('sign_out', { agent: 'ann' }, { ref: 'out' });
	assert.equal(await ann.closed, 4401);
	assert.equal(await other.closed, 4401);
	const row = await sue.agent('ann', ({ routing, connected }) => routing === 'off_queue' && !connected);
	assert.equal(row.load, 1);
	const answer = await fetch(`${world.base}/api/v2/users/me`, { headers: { cookie: ann.cookie } });
	assert.equal(answer.status, 401);
	const again = await Agent.start(world.base, 'ann', PASSWORD);
	assert.deepEqual(again.snapshot.conversations.map(({ id }) => id), [conversation.id]);
	// The order said again does not throw out who has come back.
	await sue.order('sign_out', { agent: 'ann' }, { ref: 'out' });
	await again.goOnQueue();
	await refused(sue.order('sign_out', { agent: 'nobody' }), 'not_found');
	await refused(sue.order('sign_out', { agent: 'sue' }), 'not_found');
	const [told] = (await world.redis.stream('{u}:events')).map(({ fields }) => fields);
	assert.deepEqual([told.e, told.a, told.by], ['signed_out', 'ann', 'sue']);
});

test('a conversation is taken from an agent and given to another, or to a queue', async (t) => {
	const { world, sue } = await floor(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	await sue.order('look', { agent: 'ann' });
	const { rows: [row] } = await sue.shown('work', ({ rows }) => rows.length === 1);
	assert.deepEqual([row.conversation, row.state, row.queue], [id, 'connected', 'support']);
	await refused(sue.order('transfer', { conversation: id, agent: 'bob' }), 'agent_busy');
	await refused(sue.order('transfer', { conversation: id, queue: 'nowhere' }), 'no_target');
	await refused(sue.order('transfer', { conversation: id }), 'bad_frame');
	const bob = await world.agent('bob', { capacity: 1 });
	await bob.goOnQueue();
	await sue.order('transfer', { conversation: id, agent: 'bob' }, { ref: 'to bob' });
	await ann.event('disconnected', ({ conversation }) => conversation === id);
	await ann.goOffQueue();
	await bob.accept(await bob.offer(CUSTOMER));
	await bob.event('connected');
	// Said again it is answered again, though he has no room for another.
	await sue.order('transfer', { conversation: id, agent: 'bob' }, { ref: 'to bob' });
	// What is over but for its after-call work is told by its customer, too, and so is what is parked.
	const over = await sue.shown('work', ({ rows }) => rows.length === 1 && rows[0].state === 'after_call');
	assert.deepEqual([over.rows[0].customer, over.rows[0].ours, over.rows[0].queue, over.rows[0].leg],
		[row.customer, OURS, 'support', 1]);
	assert.match(row.customer, /0199$/);
	await bob.request('park', { conversation: id, until_ms: Date.now() + 3_600_000 });
	await sue.order('look', { agent: 'bob' });
	const { rows: [parked] } = await sue.shown('work', ({ rows }) => rows.length === 1 && rows[0].state === 'parked');
	assert.deepEqual([parked.customer, parked.ours, parked.queue], [row.customer, OURS, 'support']);
	assert.ok(parked.until_ms > Date.now());
	await bob.request('resume', { conversation: id });
	await sue.order('look', { agent: 'ann' });

	await bob.goOffQueue();
	await sue.order('transfer', { conversation: id, queue: 'sales' });
	await bob.event('disconnected', ({ conversation }) => conversation === id);
	await sue.queue('sales', ({ waiting }) => waiting === 1);
	// What waits is given to another queue, and keeps its place in time.
	await sue.order('look', { queue: 'sales' });
	const { rows: [waiting] } = await sue.shown('waiting', ({ rows }) => rows.length === 1);
	await sue.order('transfer', { conversation: id, queue: 'support' });
	await sue.order('look', { queue: 'support' });
	const { rows: [moved] } = await sue.shown('waiting', ({ queue, rows }) => queue === 'support' && rows.length === 1);
	assert.equal(moved.since_ms, waiting.since_ms);
	const told = await partitionEvents(world, 'transferred');
	assert.deepEqual(told.map(({ by, a, q, target }) => [by, a, q, target]),
		[['sue', 'ann', 'support', 'bob'], ['sue', 'bob', 'sales', ''], ['sue', '', 'support', '']]);
	await ann.goOnQueue();
	await ann.acceptNext(CUSTOMER);
	await ann.close(id, 'Resolved');
	await ann.event('closed', ({ reason }) => reason === 'agent');
	await refused(sue.order('transfer', { conversation: id, queue: 'sales' }), 'conflict');
});

test('what waits is closed, and counts as given up; what an agent has is closed with their after-call work', async (t) => {
	const { world, sue } = await floor(t);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Win a prize' });
	await sue.queue('support', ({ waiting }) => waiting === 1);
	await sue.order('look', { queue: 'support' });
	const { rows: [row] } = await sue.shown('waiting', ({ rows }) => rows.length === 1);
	await sue.order('close', { conversation: row.conversation }, { ref: 'spam' });
	await sue.shown('waiting', ({ rows }) => rows.length === 0);
	await sue.today('queues', 'support', ({ abandoned }) => abandoned === 1);
	await sue.order('close', { conversation: row.conversation }, { ref: 'spam' });
	await refused(sue.order('close', { conversation: row.conversation }), 'conflict');
	await refused(sue.order('close', { conversation: 'nothing' }), 'not_found');
	await refused(sue.order('close', {}), 'bad_frame');

	// Within the number's window it goes on, as a leg of its own.
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'And another' });
	const { id, leg } = await ann.acceptNext(CUSTOMER);
	assert.deepEqual([id, leg], [row.conversation, 2]);
	await sue.order('close', { conversation: id });
	const { acw } = await ann.event('disconnected', ({ conversation }) => conversation === id);
	assert.equal(acw.mode, 'mandatory');
	await sue.agent('ann', ({ load }) => load === 0);
	await ann.request('wrapup', { conversation: id, leg: 2, wrapup: 'Resolved', notes: '' });
	const told = await partitionEvents(world, 'closed');
	assert.deepEqual(told.map(({ a, by, why, leg: of, acw: work }) => [a, by, why, of, work]),
		[['', 'sue', 'supervisor', '1', ''], ['ann', 'sue', 'supervisor', '2', 'pending']]);
	assert.deepEqual((await world.floorEvents('released')).map(({ was, why }) => [was, why]),
		[['waiting', 'supervisor'], ['connected', 'supervisor']]);
	await sue.today('queues', 'support', ({ abandoned, answered }) => abandoned === 1 && answered === 1);
});

test('an agent from whom a conversation is taken has the after-call work of its queue', async (t) => {
	const { world, sue } = await floor(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	await ann.goOffQueue();
	await sue.order('transfer', { conversation: id, queue: 'sales' });
	const { leg } = await ann.event('disconnected', ({ conversation }) => conversation === id);
	await ann.request('wrapup', { conversation: id, leg, wrapup: 'Resolved', notes: 'Passed on' });
	await ann.event('closed', ({ conversation }) => conversation === id);
});

test('a thread is read along live, and that it was is an event', async (t) => {
	const { world, sue } = await floor(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	await refused(sue.order('thread', { conversation: id }), 'not_yours');
	await refused(sue.order('read', { conversation: id.replace(/.$/, (x) => (x === '0' ? '1' : '0')) }), 'not_found');
	await sue.order('read', { conversation: id }, { ref: 'reading' });
	const first = await sue.shown('thread');
	assert.deepEqual(first.messages.map(({ text }) => text), ['Hello']);
	assert.ok(first.conversation.customer.endsWith('0199') && first.conversation.customer !== CUSTOMER);
	await ann.send(id, 'How can I help?');
	const texts = ({ messages }) => messages.map(({ text }) => text).join('|');
	await sue.shown('thread', (frame) => texts(frame) === 'Hello|How can I help?' && frame.messages[1].state === 'sent');
	assert.equal((await sue.order('thread', { conversation: id, limit: 1 })).messages.length, 1);
	const [told, ...more] = await partitionEvents(world, 'read_along');
	assert.deepEqual([told.by, told.c, told.a, more.length], ['sue', id, 'ann', 0]);
	// Nothing is told of it any more once the reading is over.
	await sue.order('read');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Still there?' });
	await ann.event('message', ({ message }) => message.text === 'Still there?');
	await ann.goOffQueue();
	await sue.agent('ann', ({ routing }) => routing === 'off_queue');
	await ann.goOnQueue();
	await sue.agent('ann', ({ routing }) => routing === 'interacting');
	assert.equal(sue.frames.all.some((frame) => frame.type === 'thread' && texts(frame).includes('Still')), false);
});

test('what Redis does not take is said to be undone', async (t) => {
	const { world, sue } = await floor(t);
	const ann = await world.agent('ann');
	await world.redis.kill();
	await waitFor(() => !sue.live, { what: 'the floor is not live' });
	await refused(sue.order('status', { agent: 'ann', routing: 'on_queue' }, { ref: 'on' }), 'unavailable');
	await world.redis.start();
	await waitFor(() => sue.live, { what: 'the floor is live again' });
	await sue.agent('ann', ({ connected }) => connected);
	await sue.order('status', { agent: 'ann', routing: 'on_queue' }, { ref: 'on' });
	await sue.agent('ann', ({ routing }) => routing === 'idle');
});
