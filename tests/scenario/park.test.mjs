// What an agent puts aside, and when it is theirs again: by hand, at its time, by a message of the customer's;
// and what becomes of it while the agent is gone.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, QUEUE, refusedWith, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550195';
const ANOTHER = '+15550196';

async function start(t, { queue = {}, router = {}, capacity } = {}) {
	const world = await World.start(t, { changes: { queues: [{ ...QUEUE, ...queue }], router } });
	const ann = await world.agent('ann', { capacity });
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Call me tomorrow' });
	const { id } = await ann.acceptNext(CUSTOMER);
	return { world, ann, id };
}

const park = (agent, conversation, fields, options) => agent.request('park', { conversation, ...fields }, options);
const parked = (agent, id) => agent.event('parked', ({ conversation }) => conversation === id);
const resumed = (agent, id) => agent.event('resumed', ({ conversation }) => conversation === id);
const load = (agent, wanted) => agent.event('agent', ({ agent: facts }) => facts.load === wanted);

test('by hand: it makes room for another, shows in every window, and comes back when it is said', async (t) => {
	const { world, ann, id } = await start(t, { capacity: 1 });
	await park(ann, id);
	assert.deepEqual((({ leg, until_ms }) => [leg, until_ms])(await parked(ann, id)), [1, undefined]);
	await load(ann, 0);
	await world.carrier.deliver({ from: ANOTHER, to: OURS, text: 'Hello' });
	await ann.acceptNext(ANOTHER);
	const { snapshot } = await ann.window();
	const shown = snapshot.conversations.find((conversation) => conversation.id === id);
	assert.deepEqual([shown.state, shown.parked_until_ms], ['parked', undefined]);
	assert.equal((await ann.thread(id)).length, 1);
	for (const [type, fields] of [['send', { text: 'No' }], ['note', { text: 'No' }], ['disconnect', {}]])
		await assert.rejects(ann.request(type, { conversation: id, ...fields }), refusedWith('not_yours'));
	await ann.request('resume', { conversation: id });
	assert.equal((await resumed(ann, id)).reason, 'agent');
	await load(ann, 2); // what is theirs comes back, full or not
	await ann.request('resume', { conversation: id });
	await ann.send(id, 'Here I am.');
	await world.carrier.expectSubmit({ text: 'Here I am.' });
	const assigned = await world.floorEvents('assigned');
	assert.deepEqual(assigned.map(({ c, a, how }) => [c, a, how]), [[id, 'ann', 'resume']]);
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('until a time: it comes back by itself, once, and another time may be said', async (t) => {
	const { world, ann, id } = await start(t);
	const ref = ann.ref();
	const late = Date.now() + 3_600_000;
	await park(ann, id, { until_ms: late }, { ref });
	assert.equal((await parked(ann, id)).until_ms, late);
	await park(ann, id, { until_ms: Date.now() + 5000 });
	const { until_ms: soon } = await parked(ann, id);
	const { snapshot } = await ann.window();
	assert.equal(snapshot.conversations[0].parked_until_ms, soon);
	assert.equal((await resumed(ann, id)).reason, 'time');
	assert.ok(Date.now() >= soon);
	await park(ann, id, { until_ms: late }, { ref }); // said again, done once
	await ann.send(id, 'As you asked.');
	await world.carrier.expectSubmit({ text: 'As you asked.' });
	assert.deepEqual((await world.floorEvents('parked')).map(({ until }) => Number(until)), [late, soon]);
});

test('a message of the customer\'s brings it back, once it is there', async (t) => {
	const { world, ann, id } = await start(t);
	await park(ann, id, { until_ms: Date.now() + 3_600_000 });
	await parked(ann, id);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Now, please' });
	const { message } = await ann.event('message', (event) => event.conversation === id);
	assert.equal(message.text, 'Now, please');
	assert.equal((await resumed(ann, id)).reason, 'message');
	await ann.close(id, 'Resolved');
	await waitFor(async () => (await world.redis.call('ZCARD', '{acd}:parked')) === 0);
});

test('where the queue has it so, a message waits with it; a keyword never brings it back', async (t) => {
	const { world, ann, id } = await start(t, { queue: { resume_on_message: false } });
	await park(ann, id);
	await parked(ann, id);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Now, please' });
	await ann.event('message', ({ message }) => message.text === 'Now, please');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'STOP' });
	await ann.event('opt', (event) => event.conversation === id && event.opted_out);
	await ann.request('resume', { conversation: id });
	assert.equal((await resumed(ann, id)).reason, 'agent');
	const first = (await ann.thread(id)).filter(({ direction }) => direction === 'in');
	assert.deepEqual(first.map(({ text }) => text), ['Call me tomorrow', 'Now, please', 'STOP']);
});

test('what cannot be parked is said', async (t) => {
	const { world, ann, id } = await start(t);
	const bob = await world.agent('bob');
	for (const until_ms of [Date.now() - 1000, Date.now() + 400 * 86_400_000])
		await assert.rejects(park(ann, id, { until_ms }), refusedWith('bad_time'));
	for (const until_ms of ['tomorrow', 0, 1.5, -1])
		await assert.rejects(park(ann, id, { until_ms }), refusedWith('bad_frame'));
	await assert.rejects(park(bob, id), refusedWith('not_yours'));
	await assert.rejects(bob.request('resume', { conversation: id }), refusedWith('not_yours'));
	await park(ann, id);
	await assert.rejects(bob.request('resume', { conversation: id }), refusedWith('not_yours'));
	await assert.rejects(bob.thread(id), refusedWith('not_yours'));
});

test('a router killed while it is parked, and right behind its time: it comes back once', async (t) => {
	const { world, ann, id } = await start(t);
	const until_ms = Date.now() + 1500;
	await park(ann, id, { until_ms });
	await world.router.kill();
	await ann.closed;
	await waitFor(() => Date.now() > until_ms);
	await world.startRouter();
	await ann.connect();
	assert.equal((await resumed(ann, id)).reason, 'time');
	await world.router.kill();
	await ann.closed;
	await world.startRouter();
	await ann.connect();
	await ann.send(id, 'Hello again.');
	await world.carrier.expectSubmit({ text: 'Hello again.' });
	assert.equal((await world.floorEvents('assigned')).length, 1);
	assert.deepEqual(ann.doubled, []);
});

test('an agent who does not come back: what waits for an answer goes back to its queue as it was', async (t) => {
	const { world, ann, id } = await start(t, { router: { reclaim_s: 2, offline_grace_s: 1 } });
	await world.carrier.deliver({ from: ANOTHER, to: OURS, text: 'And me' });
	const answered = await ann.acceptNext(ANOTHER);
	await ann.send(answered.id, 'Done.');
	await park(ann, id);
	await parked(ann, id);
	const [{ since }] = (await world.floorEvents('offer')).filter(({ c }) => c === id);
	await ann.drop();
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	const offer = await bob.offer(CUSTOMER);
	assert.deepEqual([offer.conversation, offer.waiting_since_ms], [id, Number(since)]);
	await bob.accept(offer);
	assert.equal((await bob.event('connected')).conversation.leg, 2);
	await ann.connect();
	const { reason, leg } = await ann.event('closed', ({ conversation }) => conversation === id);
	assert.deepEqual([reason, leg], ['reclaimed', 1]);
	await ann.send(answered.id, 'Anything else?'); // whose customer does not wait stays
	await assert.rejects(ann.send(id, 'Hello?'), refusedWith('not_yours'));
	const [moved] = await world.floorEvents('moved');
	assert.deepEqual([moved.c, moved.why, moved.a], [id, 'reclaimed', 'ann']);
	assert.equal((await world.floorEvents('moved')).length, 1);
});

test('who is back in time keeps what they had', async (t) => {
	const { world, ann, id } = await start(t, { router: { reclaim_s: 20, offline_grace_s: 1 } });
	await ann.drop();
	await waitFor(async () => (await world.redis.call('ZCARD', '{acd}:lost')) === 1);
	await ann.connect();
	await waitFor(async () => (await world.redis.call('ZCARD', '{acd}:lost')) === 0);
	await ann.send(id, 'Sorry, I was cut off.');
	assert.deepEqual(await world.floorEvents('moved'), []);
});
