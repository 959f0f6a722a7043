// What an offer tells the agent to choose by: who it is, what they want, in which queue by its name, and what a
// colleague has noted; while it rings, after a break of the connection and after one of the router.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { OURS, QUEUE, waitFor, World } from './lib/index.mjs';

const EVE = '+15550199';
const NUMBERS = [{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop', priority: 3 }];
const QUEUES = '/api/v2/routing/queues';

const facts = ({ queue, queue_name, customer, ours, text, texts, note, priority, skills }) =>
	({ queue, queue_name, customer, ours, text, texts, note, priority, skills });
const HELLO = {
	queue: 'support', queue_name: 'support', customer: EVE, ours: OURS, text: 'My parcel is lost', texts: 2,
	note: undefined, priority: 3, skills: [],
};

test('an offer has the first text that waits, and is the same after a break and after a restart', async (t) => {
	const world = await World.start(t, { changes: { numbers: NUMBERS, queues: [{ ...QUEUE, alerting_timeout_s: 300 }] } });
	const says = (text) => world.carrier.deliver({ from: EVE, to: OURS, text });
	const ann = await world.agent('ann');
	await says('My parcel is lost');
	await says('Since Monday!');
	await waitFor(async () => (await world.floorEvents('waiting')).length === 1);
	await ann.goOnQueue();
	const offer = await ann.offer(EVE);
	assert.deepEqual(facts(offer), HELLO);
	assert.ok(offer.expires_ms > offer.waiting_since_ms);

	// In the same session another window gets the snapshot; so does who is back after the lease is over.
	const other = await ann.window();
	assert.deepEqual(other.snapshot.offers, [offer]);
	await other.leave();
	await world.router.kill();
	await world.startRouter();
	await ann.connect();
	const again = await ann.window();
	assert.deepEqual(facts(again.snapshot.offers[0] ?? (await again.offer(EVE))), HELLO);
});

test('what was answered is not what an offer shows; a colleague’s note is', async (t) => {
	const world = await World.start(t, { changes: { numbers: NUMBERS } });
	const says = (text) => world.carrier.deliver({ from: EVE, to: OURS, text });
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await ann.goOnQueue();
	await says('Hello');
	const { id } = await ann.acceptNext(EVE);
	await ann.send(id, 'What is your order?');
	await says('4711');
	await ann.event('message', ({ message }) => message.text === '4711');
	await bob.goOnQueue();
	await ann.goOffQueue();
	await ann.request('transfer', { conversation: id, queue: 'support', note: 'Knows the number' });
	const offer = await bob.offer(EVE);
	assert.deepEqual([offer.text, offer.texts, offer.note], ['4711', 1, 'Knows the number']);
	await bob.accept(offer);
	await bob.event('connected');
	await bob.send(id, 'It is next door.');
	// All is answered: the newest says what it was about.
	await ann.goOnQueue();
	await bob.request('consult', { conversation: id, agent: 'ann' });
	const asked = await ann.offer(EVE);
	assert.deepEqual([asked.text, asked.texts, asked.note, asked.asked_by], ['4711', undefined, undefined, 'bob']);
});

test('a long text is shown by its beginning, never a part of a character', async (t) => {
	const world = await World.start(t, { changes: { numbers: NUMBERS } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: EVE, to: OURS, text: `${'ü'.repeat(80)}${'🙂'.repeat(100)}` });
	assert.equal((await ann.offer(EVE)).text, `${'ü'.repeat(80)}${'🙂'.repeat(80)}…`);
});

test('a queue is called by its name, also where its id is another', async (t) => {
	const world = await World.start(t, { changes: { numbers: NUMBERS } });
	const admin = await person(world, 'admin');
	const made = await admin('POST', QUEUES, { name: 'Billing / refunds' });
	assert.equal(made.status, 200);
	const { id } = made.body;
	assert.notEqual(id, 'Billing / refunds');
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: EVE, to: OURS, text: 'Hello' });
	const { id: conversation } = await ann.acceptNext(EVE);
	const { queues, agents } = await ann.request('targets');
	assert.equal(queues.find(({ name }) => name === id).title, 'Billing / refunds');
	assert.deepEqual(agents.map(({ name, title }) => [name, title]), [['bob', 'bob']]);
	await bob.goOnQueue();
	await ann.goOffQueue();
	await ann.request('transfer', { conversation, queue: id });
	const offer = await bob.offer(EVE);
	assert.deepEqual([offer.queue, offer.queue_name], [id, 'Billing / refunds']);
	await bob.accept(offer);
	const { conversation: had } = await bob.event('connected');
	assert.deepEqual([had.queue, had.queue_name], [id, 'Billing / refunds']);
	const { snapshot } = await bob.window();
	assert.equal(snapshot.conversations[0].queue_name, 'Billing / refunds');
	const { history } = await bob.request('history', { conversation });
	assert.deepEqual([history[0].queue_name, history[0].legs[0].queue_name], ['Billing / refunds', 'support']);
});
