// Giving a conversation to a queue or to another agent, with a note for whoever gets it: in the real
// daemons, over the agents' WebSocket, and over a kill of the router.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { OURS, refusedWith, settles, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550191';
const QUEUES = ['front', 'billing'].map((name) => ({
	name, alerting_timeout_s: 30, wrap_up_codes: ['Resolved'],
}));

async function start(t, queues = QUEUES, needs = {}) {
	const world = await World.start(t, {
		changes: {
			queues,
			numbers: [{ address: OURS, carrier: 'acme', queue: 'front', programme: 'shop', ...needs }],
		},
	});
	const ann = await world.agent('ann');
	for (const skill of needs.skills ?? []) await router(world, 'user', 'skill', 'ann', skill, '3');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'I was billed twice' });
	const { id } = await ann.acceptNext(CUSTOMER);
	return { world, ann, id };
}

async function router(world, ...words) {
	const { code, stderr } = await world.command('bindery-router', words);
	assert.equal(code, 0, stderr);
}

const join = (world, queue, agent) => router(world, 'queue', 'join', queue, agent);

// The router has heard that only members serve the queue, none of whom is on it.
const isOfMembers = (agent, queue) => waitFor(
	async () => !(await agent.request('targets')).queues.find(({ name }) => name === queue).available,
	{ what: `${queue} is served by its members` });

const shown = (messages) => messages.map(({ direction, text, author }) => [direction, text, author]);

test('to a queue: its members get it, with the whole thread and the note', async (t) => {
	const { world, ann, id } = await start(t);
	const bob = await world.agent('bob');
	await join(world, 'billing', 'bob');
	await isOfMembers(ann, 'billing');
	await bob.goOnQueue();
	const ref = ann.ref();
	const transfer = { conversation: id, queue: 'billing', note: 'Order 17, paid on Monday' };
	await ann.request('transfer', transfer, { ref });
	const { leg, acw } = await ann.event('disconnected', ({ conversation }) => conversation === id);
	assert.deepEqual([leg, acw.mode], [1, 'mandatory']);
	const offer = await bob.offer(CUSTOMER);
	assert.deepEqual([offer.conversation, offer.queue, offer.last_agent], [id, 'billing', false]);
	await bob.accept(offer);
	const { conversation } = await bob.event('connected');
	assert.deepEqual([conversation.id, conversation.leg, conversation.queue], [id, 2, 'billing']);
	assert.deepEqual(shown(await bob.thread(id)), [
		['in', 'I was billed twice', ''], ['note', 'Order 17, paid on Monday', 'ann'],
	]);
	// The same ref said again is answered and done once; the conversation is bob's. Who wraps up what they gave can read
	// it until they have.
	await ann.request('transfer', transfer, { ref });
	assert.equal((await ann.thread(id)).length, 2);
	await assert.rejects(ann.send(id, 'Hello?'), refusedWith('not_yours'));
	await ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Resolved' });
	await assert.rejects(ann.thread(id), refusedWith('not_yours'));
	await ann.routing('idle');
	await bob.send(id, 'I see both payments.');
	await world.carrier.expectSubmit({ text: 'I see both payments.' });
	// Her leg is hers to wrap up, whatever becomes of the conversation.
	await ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Resolved' });
	assert.equal((await ann.event('closed', ({ conversation }) => conversation === id)).leg, 1);
	await bob.close(id, 'Resolved');
	const told = (await world.floorEvents('moved'))[0];
	assert.deepEqual([told.c, told.to, told.why, told.by, told.a], [id, 'billing', 'transfer', 'ann', 'ann']);
	assert.equal((await world.floorEvents('offer')).length, 2);
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('to a queue whose name is as long as a name may be', async (t) => {
	const { world, ann, id } = await start(t);
	const admin = await person(world, 'admin');
	const refused = await admin('POST', '/api/v2/routing/queues', { name: 'n'.repeat(129) });
	assert.equal(refused.status, 400);
	const names = ['ü'.repeat(33), 'n'.repeat(65), 'n'.repeat(128)]; // longer than the 64 octets of an id
	const bob = await world.agent('bob');
	for (const [i, name] of names.entries()) {
		const { status, body } = await admin('POST', '/api/v2/routing/queues', { name });
		assert.equal(status, 200);
		await waitFor(async () => (await ann.request('targets')).queues.some((queue) => queue.name === body.id && queue.title === name));
		const [from, to] = i % 2 ? [bob, ann] : [ann, bob];
		await from.goOffQueue();
		await to.goOnQueue();
		await from.request('transfer', { conversation: id, queue: body.id });
		const offer = await to.offer(CUSTOMER);
		assert.deepEqual([offer.queue, offer.queue_name], [body.id, name]);
		await to.accept(offer);
		await to.event('connected');
	}
});

test('to an agent: it rings there alone, and not taken it waits for whoever serves the queue', async (t) => {
	const { world, ann, id } = await start(t);
	const bob = await world.agent('bob');
	const cid = await world.agent('cid');
	await bob.goOnQueue();
	await cid.goOnQueue();
	await cid.routing('idle');
	await ann.goOffQueue(); // else it may come back to her
	await ann.request('transfer', { conversation: id, agent: 'cid' });
	const offer = await cid.offer(CUSTOMER);
	assert.equal(offer.queue, 'front');
	await cid.decline(offer);
	await bob.acceptNext(CUSTOMER);
	const offers = await world.floorEvents('offer');
	assert.deepEqual(offers.map(({ a, how }) => [a, how]).slice(0, 2), [['ann', 'standard'], ['cid', 'transfer']]);
	assert.deepEqual(bob.doubled.concat(cid.doubled, ann.doubled), []);
});

// An agent who has been told by the command line what they can do, and whom the router knows with it.
async function speaks(world, name, ...skills) {
	const agent = await world.agent(name);
	for (const skill of skills) await router(world, 'user', 'skill', name, skill, '3');
	await agent.goOnQueue();
	return agent;
}

test('skills and priority stay, unless who gives it away says others', async (t) => {
	const { world, ann, id } = await start(t, QUEUES, { skills: ['french'], priority: 2 });
	const admin = await person(world, 'admin');
	assert.equal((await admin('POST', '/api/v2/routing/skills', { name: 'billing' })).status, 200);
	const bob = await speaks(world, 'bob', 'billing');
	const cid = await speaks(world, 'cid', 'french');
	await ann.goOffQueue();
	const needs = async (agent) => {
		const { skills, priority } = await agent.request('targets', { conversation: id });
		return [skills, priority];
	};
	assert.deepEqual(await needs(ann), [['french'], 2]);
	assert.deepEqual(await needs(bob), [undefined, undefined], 'of another’s conversation nothing is told');
	await assert.rejects(ann.request('transfer', { conversation: id, queue: 'billing', skills: ['latin'] }), refusedWith('no_skill'));

	await ann.request('transfer', { conversation: id, queue: 'billing' });
	const kept = await cid.offer(CUSTOMER);
	assert.deepEqual([kept.skills, kept.priority], [['french'], 2]);
	await cid.accept(kept);
	await cid.event('connected');
	await cid.request('transfer', { conversation: id, queue: 'front', skills: ['billing'] });
	const other = await bob.offer(CUSTOMER);
	assert.deepEqual([other.skills, other.priority], [['billing'], 2]);
	await bob.accept(other);
	await bob.event('connected');
	assert.deepEqual(await needs(bob), [['billing'], 2]);
	await bob.goOffQueue();
	await cid.goOffQueue();
	const dan = await speaks(world, 'dan');
	await bob.request('transfer', { conversation: id, queue: 'billing', skills: [], priority: -7 });
	const none = await dan.offer(CUSTOMER);
	assert.deepEqual([none.skills, none.priority], [[], -7]);
	const moved = (await world.floorEvents('waiting')).filter(({ kind }) => kind === 'transfer');
	assert.deepEqual(moved.map(({ skills, prio }) => [skills, prio]), [['french', '2'], ['billing', '2'], ['', '-7']]);
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('where nobody has to wrap up, who gives it away is done with it', async (t) => {
	const queues = QUEUES.map((queue) => ({ ...queue, after_call_work: 'agent_requested' }));
	const { world, ann, id } = await start(t, queues);
	await ann.request('transfer', { conversation: id, queue: 'billing' });
	const { reason, leg } = await ann.event('closed', ({ conversation }) => conversation === id);
	assert.deepEqual([reason, leg], ['transfer', 1]);
	assert.deepEqual(await world.redis.call('HKEYS', '{acd}:agent:ann:acw'), []);
});

test('after-call work of the file: it holds the slot, and is over by itself', async (t) => {
	const work = { after_call_work: 'timeout', after_call_timeout_s: 5, after_call_holds_slot: true };
	const { world, ann, id } = await start(t, QUEUES.map((queue) => ({ ...queue, ...work })));
	await ann.request('transfer', { conversation: id, queue: 'billing' });
	const { acw } = await ann.event('disconnected');
	assert.equal(acw.mode, 'timeout');
	await settles(() => world.redis.call('HVALS', '{acd}:agent:ann:acw'), [`${acw.until_ms} 1\tfront\t${OURS}\t${CUSTOMER}`],
		{ what: 'what ann has to wrap up' });
	assert.equal((await ann.event('closed')).wrapup, 'timeout');
	assert.ok(Date.now() >= acw.until_ms);
});

test('whom it cannot go to is said, and it stays where it is', async (t) => {
	const { world, ann, id } = await start(t);
	const bob = await world.agent('bob', { capacity: 1 });
	const give = (to) => ann.request('transfer', { conversation: id, ...to });
	await assert.rejects(give({ queue: 'nowhere' }), refusedWith('no_target'));
	await assert.rejects(give({ agent: 'ann' }), refusedWith('no_target'));
	await assert.rejects(give({ agent: 'nobody' }), refusedWith('agent_busy'));
	await assert.rejects(give({ agent: 'bob' }), refusedWith('agent_busy')); // not on queue
	await bob.goOnQueue();
	await world.carrier.deliver({ from: '+15550192', to: OURS, text: 'Hello' });
	await Promise.race([bob.acceptNext('+15550192'), ann.acceptNext('+15550192')]);
	await assert.rejects(give({ queue: 'front', agent: 'bob' }), refusedWith('bad_frame'));
	await assert.rejects(give({}), refusedWith('bad_frame'));
	await assert.rejects(
		bob.request('transfer', { conversation: id, queue: 'billing' }), refusedWith('not_yours'),
	);
	assert.equal((await ann.thread(id)).length, 1);
});

test('whom a conversation may be given to is listed', async (t) => {
	const { world, ann } = await start(t);
	const bob = await world.agent('bob');
	let listed;
	await waitFor(async () => (listed = await ann.request('targets')).agents.length > 0);
	assert.deepEqual(listed.queues.map(({ name }) => name).sort(), ['billing', 'front']);
	assert.deepEqual(listed.agents, [{ name: 'bob', title: 'bob', available: false }]);
	await bob.goOnQueue();
	await bob.routing('idle');
	await settles(async () => (await ann.request('targets')).agents, [{ name: 'bob', title: 'bob', available: true }]);
	await bob.leave();
});

test('a note shows in every window and never leaves the house', async (t) => {
	const { world, ann, id } = await start(t);
	const other = await ann.window();
	const ref = ann.ref();
	const { message } = await ann.request('note', { conversation: id, text: 'Called before' }, { ref });
	assert.deepEqual([message.direction, message.text, message.author], ['note', 'Called before', 'ann']);
	const event = await other.event('message', (e) => e.message.direction === 'note');
	assert.equal(event.message.id, message.id);
	const again = await ann.request('note', { conversation: id, text: 'Called before' }, { ref });
	assert.equal(again.message.id, message.id);
	await assert.rejects(ann.request('note', { conversation: id, text: ' \n' }), refusedWith('empty'));
	assert.deepEqual(shown(await ann.thread(id)), [
		['in', 'I was billed twice', ''], ['note', 'Called before', 'ann'],
	]);
	await ann.send(id, 'We will look into it.');
	await world.carrier.expectSubmit({ text: 'We will look into it.' });
	assert.equal(world.carrier.counts.submit_sm, 1);
});

test('a router that is killed right behind a transfer loses and doubles nothing', async (t) => {
	const { world, ann, id } = await start(t);
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	await bob.routing('idle');
	await ann.goOffQueue();
	await ann.request('transfer', { conversation: id, queue: 'billing' });
	await world.router.kill();
	await Promise.all([ann.closed, bob.closed]);
	await world.startRouter();
	await Promise.all([ann.connect(), bob.connect()]);
	const { conversation } = await takeIt(bob);
	assert.deepEqual([conversation.id, conversation.leg], [id, 2]);
	assert.equal((await world.floorEvents('moved')).length, 1);
	assert.equal((await world.floorEvents('accepted')).filter(({ leg }) => leg === '2').length, 1);
	assert.deepEqual([...ann.doubled, ...bob.doubled], []);
});

// Accepts what is offered; an offer may end while the agent's connection comes back, and come again.
async function takeIt(agent) {
	for (;;) {
		const event = await agent.event('offer', ({ offer }) => offer.customer === CUSTOMER);
		try {
			await agent.accept(event.offer);
		} catch (error) {
			if (error.code !== 'conflict') throw error;
			continue;
		}
		return agent.event('connected');
	}
}
