// Asking a colleague whether they take a conversation: until they do it stays with who asks. The real
// daemons, over the agents' WebSocket, and over a kill of the router.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { Agent, OURS, PASSWORD, refusedWith, settles, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550193';
const QUEUES = ['front', 'billing'].map((name) => ({
	name, alerting_timeout_s: 30, wrap_up_codes: ['Resolved'],
}));

async function start(t, { capacity, needs } = {}) {
	const world = await World.start(t, {
		changes: {
			queues: QUEUES,
			numbers: [{ address: OURS, carrier: 'acme', queue: 'front', programme: 'shop', ...needs }],
		},
	});
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'I was billed twice' });
	const { id } = await ann.acceptNext(CUSTOMER);
	const bob = await world.agent('bob', { capacity });
	await bob.goOnQueue();
	await bob.routing('idle');
	return { world, ann, bob, id };
}

async function queue(world, ...args) {
	const { code, stderr } = await world.command('bindery-router', ['queue', ...args]);
	assert.equal(code, 0, stderr);
}

const shown = (messages) => messages.map(({ direction, text, author }) => [direction, text, author]);
const asked = (agent, fits = () => true) =>
	agent.event('consult', ({ consult }) => fits(consult)).then(({ consult }) => consult);
const ended = async (agent) => {
	const { reason, agent: who } = await agent.event('consult_ended');
	return [reason, who];
};

test('who is asked reads along while it rings, and has it once they accept', async (t) => {
	const { world, ann, bob, id } = await start(t);
	const ref = ann.ref();
	const consult = { conversation: id, agent: 'bob', note: 'Order 17, is that yours?' };
	await ann.request('consult', consult, { ref });
	const rings = await asked(ann, ({ ringing }) => ringing);
	assert.deepEqual([rings.agent, rings.ringing, rings.queue], ['bob', 'bob', 'front']);
	const offer = await bob.offer(CUSTOMER);
	assert.deepEqual([offer.conversation, offer.asked_by, offer.how], [`${id}~c`, 'ann', 'consult']);
	assert.deepEqual(shown(await bob.thread(offer.conversation)), [
		['in', 'I was billed twice', ''], ['note', 'Order 17, is that yours?', 'ann'],
	]);
	// It is still ann's: she answers, and bob does not.
	await ann.send(id, 'One moment, I ask a colleague.');
	await assert.rejects(bob.send(id, 'Hello'), refusedWith('not_yours'));
	await assert.rejects(bob.thread(id), refusedWith('not_yours'));
	// The same ref again asks nobody again.
	await ann.request('consult', consult, { ref });
	await bob.accept(offer);
	const { conversation } = await bob.event('connected');
	assert.deepEqual([conversation.id, conversation.leg], [id, 2]);
	assert.deepEqual(await ended(ann), ['accepted', 'bob']);
	await bob.send(id, 'I see both payments.');
	await world.carrier.expectSubmit({ text: 'I see both payments.' });
	await assert.rejects(ann.send(id, 'Hello?'), refusedWith('not_yours'));
	// The first one's leg has after-call work of its own, while the conversation goes on.
	const { leg, acw } = await ann.event('disconnected', ({ conversation }) => conversation === id);
	assert.deepEqual([leg, acw.mode], [1, 'mandatory']);
	await ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Resolved' });
	assert.equal((await ann.event('closed')).leg, 1);
	await bob.close(id, 'Resolved');
	const offers = await world.floorEvents('offer');
	assert.deepEqual(offers.map(({ a, how, from }) => [a, how, from]), [['ann', 'standard', ''], ['bob', 'consult', 'ann']]);
	await waitFor(async () => (await world.floorEvents('acw_ended')).length === 1);
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('a no is told to who asked, who still has it, and nobody else is asked', async (t) => {
	const { world, ann, bob, id } = await start(t);
	const cid = await world.agent('cid');
	await cid.goOnQueue();
	await ann.request('consult', { conversation: id, agent: 'bob' });
	await bob.decline(await bob.offer(CUSTOMER));
	assert.deepEqual(await ended(ann), ['declined', 'bob']);
	await ann.send(id, 'I will see to it myself.');
	await assert.rejects(bob.thread(`${id}~c`), refusedWith('not_yours'));
	// And who goes away while it rings has not taken it either.
	await cid.routing('idle');
	await ann.request('consult', { conversation: id, agent: 'cid' });
	await cid.offer(CUSTOMER);
	await cid.drop();
	assert.deepEqual(await ended(ann), ['gone', 'cid']);
	assert.equal((await world.floorEvents('offer')).length, 3);
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('a queue is asked until somebody takes it, or who asked thinks better of it', async (t) => {
	const { world, ann, bob, id } = await start(t);
	await world.addUser('cid');
	await queue(world, 'join', 'billing', 'cid');
	await waitFor(async () => !(await ann.request('targets')).queues.find(({ name }) => name === 'billing').available,
		{ what: 'billing is served by its member alone' });
	await ann.request('consult', { conversation: id, queue: 'billing' });
	const waits = await asked(ann);
	assert.deepEqual([waits.queue, waits.agent, waits.ringing], ['billing', undefined, undefined]);
	await assert.rejects(ann.request('consult', { conversation: id, queue: 'billing' }), refusedWith('conflict'));
	await assert.rejects(bob.request('consult_end', { conversation: id }), refusedWith('conflict'));
	// Who signs in again sees who is asked.
	const again = await ann.window();
	assert.deepEqual(again.snapshot.consults.map(({ conversation, consult }) => [conversation, consult.queue]), [[id, 'billing']]);
	const cid = await Agent.start(world.base, 'cid', PASSWORD);
	world.agents.push(cid);
	await cid.goOnQueue();
	const offer = await cid.offer(CUSTOMER);
	assert.deepEqual([offer.queue, offer.asked_by], ['billing', 'ann']);
	assert.equal((await asked(ann, ({ ringing }) => ringing)).ringing, 'cid');
	const look = await cid.window();
	assert.deepEqual(look.snapshot.offers.map(({ asked_by }) => asked_by), ['ann']);
	const enough = () => ann.request('consult_end', { conversation: id }, { ref: 'enough' });
	await enough();
	assert.equal((await cid.event('offer_ended')).reason, 'rescinded');
	assert.deepEqual(await ended(ann), ['cancelled', undefined]);
	await assert.rejects(ann.request('consult_end', { conversation: id }), refusedWith('conflict'));
	await ann.request('consult', { conversation: id, queue: 'billing' });
	const second = await cid.offer(CUSTOMER);
	await enough(); // said again, it is not about who is asked now
	await cid.accept(second);
	assert.equal((await cid.event('connected')).conversation.queue, 'billing');
	assert.deepEqual(await ended(ann), ['accepted', 'cid']);
});

test('what becomes of it elsewhere ends the asking', async (t) => {
	const { world, ann, bob, id } = await start(t);
	await ann.request('consult', { conversation: id, agent: 'bob' });
	await bob.offer(CUSTOMER);
	await ann.close(id, 'Resolved');
	assert.equal((await bob.event('offer_ended')).reason, 'rescinded');
	assert.equal((await ended(ann))[0], 'over');
	await bob.routing('idle');
	await settles(() => world.redis.keys('{acd}:conv:*'), [], { what: 'what is left on the floor' });
});

test('it is asked with the skills and the priority of the conversation, or with others', async (t) => {
	const { world, ann, bob, id } = await start(t, { needs: { priority: 2 } });
	const admin = await person(world, 'admin');
	assert.equal((await admin('POST', '/api/v2/routing/skills', { name: 'billing' })).status, 200);
	await assert.rejects(ann.request('consult', { conversation: id, queue: 'billing', skills: ['latin'] }), refusedWith('no_skill'));
	await ann.request('consult', { conversation: id, queue: 'billing', skills: ['billing'], priority: 9 });
	const [, asks] = await waitFor(async () => {
		const found = await world.floorEvents('waiting');
		return found.length > 1 && found;
	});
	assert.deepEqual([asks.skills, asks.prio], ['billing', '9']);
	const skill = await world.command('bindery-router', ['user', 'skill', 'bob', 'billing', '3']);
	assert.equal(skill.code, 0, skill.stderr);
	const offer = await bob.offer(CUSTOMER);
	assert.deepEqual([offer.skills, offer.priority], [['billing'], 9]);
	await bob.accept(offer);
	await bob.event('connected');
	const { skills, priority } = await bob.request('targets', { conversation: id });
	assert.deepEqual([skills, priority], [['billing'], 9], 'what it has become is kept with it');
});

test('whom it cannot be asked of is said', async (t) => {
	const { world, ann, bob, id } = await start(t);
	const ask = (to) => ann.request('consult', { conversation: id, ...to });
	await assert.rejects(ask({ queue: 'nowhere' }), refusedWith('no_target'));
	await assert.rejects(ask({ agent: 'ann' }), refusedWith('no_target'));
	await assert.rejects(ask({ agent: 'nobody' }), refusedWith('agent_busy'));
	await assert.rejects(ask({}), refusedWith('bad_frame'));
	await assert.rejects(bob.request('consult', { conversation: id, queue: 'billing' }), refusedWith('not_yours'));
	assert.equal((await ann.thread(id)).length, 1);
	assert.equal((await world.floorEvents('waiting')).length, 1);
});

test('a router that is killed right behind the yes loses and doubles nothing', async (t) => {
	const { world, ann, bob, id } = await start(t);
	await ann.request('consult', { conversation: id, agent: 'bob' });
	const offer = await bob.offer(CUSTOMER);
	bob.socket.send(JSON.stringify({ type: 'accept', ref: bob.ref(), conversation: offer.conversation, epoch: offer.epoch }));
	await waitFor(async () => (await world.floorEvents('accepted')).length === 2);
	await world.router.kill();
	await Promise.all([ann.closed, bob.closed]);
	await world.startRouter();
	await Promise.all([ann.connect(), bob.connect()]);
	const { conversation } = await bob.event('connected');
	assert.deepEqual([conversation.id, conversation.leg], [id, 2]);
	assert.equal((await ann.event('disconnected')).leg, 1);
	await bob.send(id, 'Here I am.');
	await world.carrier.expectSubmit({ text: 'Here I am.' });
	const happened = (await world.happened()).filter(({ fields }) => ['connected', 'handed_over'].includes(fields.e));
	assert.deepEqual(happened.map(({ fields }) => [fields.e, fields.a]), [['connected', 'ann'], ['handed_over', 'ann'], ['connected', 'bob']]);
	assert.deepEqual([...ann.doubled, ...bob.doubled], []);
});

test('what was asked of somebody who has room for one is answered again with yes', async (t) => {
	const { world, ann, bob, id } = await start(t, { capacity: 1 });
	const ref = ann.ref();
	const consult = { conversation: id, agent: 'bob', note: 'Yours?' };
	await ann.request('consult', consult, { ref });
	await bob.offer(CUSTOMER);
	await ann.request('consult', consult, { ref });
	await assert.rejects(ann.request('consult', consult), refusedWith('agent_busy'));
	await ann.request('consult_end', { conversation: id });
	await bob.routing('idle');
	// The same of a transfer, once it rings there.
	const again = ann.ref();
	await ann.request('transfer', { conversation: id, agent: 'bob' }, { ref: again });
	await bob.offer(CUSTOMER);
	await ann.request('transfer', { conversation: id, agent: 'bob' }, { ref: again });
	assert.equal((await world.floorEvents('moved')).length, 1);
	assert.equal((await world.happened()).filter(({ fields }) => fields.e === 'note').length, 1);
});
