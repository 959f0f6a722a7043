// The road as people walk it: the carrier delivers, an agent is offered the conversation, answers and
// closes it; with every turning where an offer does not end in a conversation.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, QUEUE, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';

const code = (wanted) => (error) => {
	assert.equal(error.code, wanted, error.message);
	return true;
};

// `agent` is offered something more, so that whoever is next by the order of offers is `other`.
async function askedLastAfter(world, agent, other) {
	await other.goOnQueue();
	await world.carrier.deliver({ from: '+15550123', to: OURS, text: 'Something else' });
	await agent.acceptNext('+15550123');
}

test('a message is seen at every step of the road, and counted once at each', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	assert.deepEqual(ann.snapshot.offers, []);
	assert.deepEqual(ann.snapshot.conversations, []);
	assert.equal(ann.snapshot.agent.routing, 'off_queue');
	await ann.goOnQueue();
	assert.equal((await ann.routing('idle')).load, 0);

	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Is it ready?' });
	const offer = await ann.offer(CUSTOMER);
	assert.equal(offer.queue, 'support');
	assert.equal(offer.ours, OURS);
	assert.equal(offer.last_agent, false);
	assert.ok(offer.expires_ms > offer.waiting_since_ms);
	await ann.accept(offer);
	const { conversation } = await ann.event('connected');
	assert.equal(conversation.id, offer.conversation);
	assert.equal(conversation.state, 'connected');
	assert.equal(conversation.leg, 1);
	assert.equal(conversation.opted_out, false);
	assert.deepEqual(conversation.wrapup_codes, QUEUE.wrap_up_codes);

	world.carrier.onSubmit = () => {};
	const answer = await ann.send(conversation.id, 'At noon.');
	assert.equal(answer.direction, 'out');
	assert.equal(answer.author, 'ann');
	assert.equal(answer.segments, 1);
	const submit = await world.carrier.expectSubmit({ from: OURS, to: CUSTOMER, text: 'At noon.' });
	assert.equal(submit.pdu.registered_delivery & 0x03, 1);
	submit.answer();
	await ann.state(answer.id, 'sent');
	await submit.receipt();
	await ann.state(answer.id, 'delivered');

	await ann.close(conversation.id, 'Resolved', 'Told the time.');
	const { wrapup } = await ann.event('closed', (event) => event.conversation === conversation.id);
	assert.equal(wrapup, 'Resolved');
	await ann.routing('idle');

	assert.equal(await world.metric(world.gatewayBase, 'bindery_mo_total'), 1);
	assert.equal(await world.metric(world.gatewayBase, 'bindery_mt_submitted_total'), 1);
	assert.equal(await world.metric(world.base, 'bindery_mo_total'), 1);
	assert.equal(await world.metric(world.base, 'bindery_receipts_total'), 1);
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
	assert.deepEqual(world.carrier.errors, []);
});

test('a burst of three texts is one conversation with one offer', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	for (const text of ['One', 'Two', 'Three'])
		await world.carrier.deliver({ from: CUSTOMER, to: OURS, text });
	const conversation = await ann.acceptNext(CUSTOMER);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Four' });
	await ann.event('message', ({ message }) => message.text === 'Four');
	const texts = (await ann.thread(conversation.id)).map(({ text }) => text);
	assert.deepEqual(texts, ['One', 'Two', 'Three', 'Four']);
	assert.equal((await world.floorEvents('offer')).length, 1);
});

test('who declines is asked no more, and the next agent is', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const first = await ann.offer(CUSTOMER);
	await ann.decline(first);
	const ended = await ann.event('offer_ended', ({ epoch }) => epoch === first.epoch);
	assert.equal(ended.reason, 'declined');
	await ann.routing('not_responding');
	await assert.rejects(ann.accept(first), code('conflict'));

	await bob.goOnQueue();
	const second = await bob.offer(CUSTOMER);
	assert.ok(second.epoch > first.epoch);
	assert.equal(second.waiting_since_ms, first.waiting_since_ms);
	await bob.decline(second);

	await ann.goOnQueue();
	const third = await ann.offer(CUSTOMER);
	await ann.accept(third);
	await ann.event('connected', ({ conversation }) => conversation.id === first.conversation);
	await assert.rejects(bob.accept(second), code('conflict'));
});

test('an offer rings for as long as the queue says, and a late accept loses cleanly', async (t) => {
	const world = await World.start(t, { changes: { queues: [{ ...QUEUE, alerting_timeout_s: 7 }] } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const offer = await ann.offer(CUSTOMER);
	const ended = await ann.event('offer_ended', ({ epoch }) => epoch === offer.epoch);
	assert.equal(ended.reason, 'timeout');
	await ann.routing('not_responding');
	await assert.rejects(ann.accept(offer), code('conflict'));
	await assert.rejects(ann.decline(offer), code('conflict'));

	await ann.goOnQueue();
	const again = await ann.offer(CUSTOMER);
	assert.ok(again.epoch > offer.epoch);
	await ann.accept(again);
	await ann.event('connected');
});

test('going off queue takes the offer back and keeps the conversation', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550101', to: OURS, text: 'First' });
	const kept = await ann.acceptNext('+15550101');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Second' });
	const offer = await ann.offer(CUSTOMER);
	await ann.goOffQueue();
	const ended = await ann.event('offer_ended', ({ epoch }) => epoch === offer.epoch);
	assert.equal(ended.reason, 'rescinded');
	await ann.event('agent', ({ agent }) => agent.routing === 'off_queue' && agent.load === 1);
	await assert.rejects(ann.accept(offer), code('conflict'));
	await ann.send(kept.id, 'Still here.');
	await world.carrier.expectSubmit({ to: '+15550101', text: 'Still here.' });

	const bob = await world.agent('bob');
	await bob.goOnQueue();
	assert.equal((await bob.offer(CUSTOMER)).waiting_since_ms, offer.waiting_since_ms);
});

test('a lost connection takes the offer back at once, and another agent gets it', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const offer = await ann.offer(CUSTOMER);
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	await ann.drop();
	const second = await bob.offer(CUSTOMER);
	await ann.connect();
	const ended = await ann.event('offer_ended', ({ epoch }) => epoch === offer.epoch);
	assert.equal(ended.reason, 'rescinded');
	await assert.rejects(ann.accept(offer), code('conflict'));
	await bob.accept(second);
	await bob.event('connected');
	assert.deepEqual(ann.doubled, []);
});

test('who was away for too long is off queue, and is asked nothing', async (t) => {
	const world = await World.start(t, { changes: { router: { offline_grace_s: 1 } } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await ann.routing('idle');
	await ann.drop();
	await world.metricIs(world.base, 'bindery_agents_on_queue', 0);
	await ann.connect();
	await ann.routing('off_queue');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	await world.metricIs(world.base, 'bindery_waiting', 1);
	await ann.goOnQueue();
	await ann.offer(CUSTOMER);
});

test('inside the window the last agent comes first, in the same conversation', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One' });
	const first = await ann.acceptNext(CUSTOMER);
	await ann.send(first.id, 'Two');
	await world.carrier.expectSubmit({ text: 'Two' });
	await askedLastAfter(world, ann, bob);
	await ann.close(first.id, 'Resolved');
	await ann.event('closed');

	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Three' });
	const offer = await ann.offer(CUSTOMER);
	assert.equal(offer.conversation, first.id);
	assert.equal(offer.last_agent, true);
	await ann.decline(offer);

	// To the queue then, with the time at which the customer wrote.
	const passed = await bob.offer(CUSTOMER);
	assert.equal(passed.last_agent, false);
	assert.equal(passed.waiting_since_ms, offer.waiting_since_ms);
	await bob.accept(passed);
	const { conversation } = await bob.event('connected');
	assert.equal(conversation.id, first.id);
	assert.equal(conversation.leg, 2);
	const texts = (await bob.thread(first.id)).map(({ text }) => text);
	assert.deepEqual(texts, ['One', 'Two', 'Three']);
	await assert.rejects(ann.send(first.id, 'Not mine'), code('not_yours'));
});

test('a last agent who is away is not waited for', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One' });
	const first = await ann.acceptNext(CUSTOMER);
	await ann.close(first.id, 'Resolved');
	await ann.goOffQueue();
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Two' });
	const offer = await bob.offer(CUSTOMER);
	assert.equal(offer.conversation, first.id);
	assert.equal(offer.last_agent, false);
});

test('after the window it is a new conversation, and anybody\'s', async (t) => {
	const world = await World.start(t, {
		changes: {
			numbers: [{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop',
				threading_window_min: 0 }],
		},
	});
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One' });
	const first = await ann.acceptNext(CUSTOMER);
	await askedLastAfter(world, ann, bob);
	await ann.close(first.id, 'Follow-up');
	await ann.event('closed');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Two' });
	const second = await bob.acceptNext(CUSTOMER);
	assert.notEqual(second.id, first.id);
	assert.equal(second.leg, 1);
	assert.deepEqual((await bob.thread(second.id)).map(({ text }) => text), ['Two']);
});

test('a leg is closed by a code of its queue, by its agent, once', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	await assert.rejects(ann.close(id, 'Whatever'), code('wrapup_unknown'));
	await assert.rejects(bob.close(id, 'Resolved'), code('not_yours'));
	await assert.rejects(
		ann.close('00000000-0000-4000-8000-000000000000', 'Resolved'),
		code('not_found'),
	);
	await ann.close(id, 'Follow-up');
	assert.equal((await ann.event('closed')).wrapup, 'Follow-up');
	await ann.close(id, 'Follow-up');
	await assert.rejects(ann.send(id, 'Too late'), code('not_yours'));
	const closed = (await world.happened()).filter(({ fields }) => fields.e === 'closed');
	assert.equal(closed.length, 1);
});

test('an agent has no more at once than their capacity, and the backlog drains', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const { capacity } = await ann.routing('idle');
	const customers = Array.from({ length: capacity + 2 }, (_, i) => `+1555012${i}`);
	for (const [i, from] of customers.entries()) {
		await world.carrier.deliver({ from, to: OURS, text: `I am ${from}` });
		// Who has waited longest is told by the millisecond, so no two may share one; and each is on
		// the floor before the next, whose partition may be faster.
		const heard = Date.now();
		await waitFor(
			async () => (await world.floorEvents('waiting')).length > i && Date.now() > heard,
			{ what: `${from} on the floor` },
		);
	}
	const open = [];
	for (let i = 0; i < capacity; i++) open.push(await ann.acceptNext());
	await world.metricIs(world.base, 'bindery_waiting', 2);
	assert.equal((await world.floorEvents('offer')).length, capacity);
	assert.deepEqual(open.map(({ customer }) => customer), customers.slice(0, capacity));

	await ann.close(open[0].id, 'Resolved');
	await ann.acceptNext(customers[capacity]);
	await ann.close(open[1].id, 'Resolved');
	await ann.acceptNext(customers[capacity + 1]);
	await world.metricIs(world.base, 'bindery_waiting', 0);
});

test('two agents share out what comes, each in the order of their last offer', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await ann.goOnQueue();
	await bob.goOnQueue();
	const turn = [ann, bob, ann, bob];
	for (const [i, agent] of turn.entries()) {
		await world.carrier.deliver({ from: `+1555011${i}`, to: OURS, text: 'Hello' });
		await agent.acceptNext(`+1555011${i}`);
	}
});

test('a reply said twice with one ref goes out once', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	const ref = ann.ref();
	const once = await ann.send(id, 'Only once', { ref });
	await ann.drop();
	await ann.connect();
	const twice = await ann.send(id, 'Only once', { ref });
	assert.equal(twice.id, once.id);
	await ann.send(id, 'And then');
	await world.carrier.expectSubmit({ text: 'And then' });
	assert.deepEqual(world.carrier.submits.all.map(({ text }) => text), ['Only once', 'And then']);
	const texts = (await ann.thread(id)).map(({ text }) => text);
	assert.deepEqual(texts, ['Hello', 'Only once', 'And then']);
});

test('what cannot be sent is refused with its reason', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	await assert.rejects(ann.send(id, ''), code('empty'));
	await assert.rejects(ann.send(id, 'x'.repeat(4001)), code('too_long'));
	await assert.rejects(ann.send(id, 'x'.repeat(3999)), code('too_long')); // over 20 segments
	await assert.rejects(
		ann.send('00000000-0000-4000-8000-000000000000', 'Hello'),
		code('not_found'),
	);
	const { plan } = await ann.request('plan', { conversation: id, text: 'Grüße – später' });
	assert.equal(plan.coding, 'UCS-2');
	assert.equal(plan.segments, 1);
	assert.equal(plan.forced_by.character, '–');
	await ann.send(id, 'Good');
	await world.carrier.expectSubmit({ text: 'Good' });
	assert.equal(world.carrier.submits.all.length, 1);
});

test('a screen that was away gets every event of the time, in order and once', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: '0' });
	const { id } = await ann.acceptNext(CUSTOMER);
	const wanted = ['0'];
	for (let round = 0; round < 4; round++) {
		await ann.drop();
		for (let i = 0; i < 10; i++) {
			wanted.push(String(wanted.length));
			await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: wanted.at(-1) });
		}
		await ann.connect();
	}
	await ann.event('message', ({ message }) => message.text === wanted.at(-1));
	const shown = ann.events.all.filter(({ type }) => type === 'message');
	assert.deepEqual(
		shown.map(({ message }) => message.text).filter((text) => text !== '0'),
		wanted.slice(1),
	);
	assert.deepEqual(ann.doubled, []);
	assert.deepEqual((await ann.thread(id)).map(({ text }) => text), wanted);
});

test('a screen whose last event is unknown gets the whole instead', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Mine' });
	const { id } = await ann.acceptNext(CUSTOMER);
	await world.carrier.deliver({ from: '+15550101', to: OURS, text: 'Ringing' });
	const offer = await ann.offer('+15550101');

	// The other window keeps it ringing.
	const other = await ann.window();
	await ann.drop();
	await ann.connect({ last: '9999999999999-0' });
	const { agent, offers, conversations } = await ann.event(
		'snapshot',
		(event) => event.conversations.length === 1,
	);
	assert.equal(agent.routing, 'interacting');
	assert.equal(agent.load, 2);
	assert.deepEqual(conversations.map((each) => [each.id, each.state]), [[id, 'connected']]);
	assert.deepEqual(offers.map((each) => each.epoch), [offer.epoch]);
	await ann.accept(offers[0]);
	await other.event('connected', ({ conversation }) => conversation.id === offer.conversation);
});

test('two windows of one agent show the same, and one may close', async (t) => {
	const world = await World.start(t);
	const left = await world.agent('ann');
	const right = await left.window();
	await left.goOnQueue();
	await right.routing('idle');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const offer = await left.offer(CUSTOMER);
	assert.deepEqual(await right.offer(CUSTOMER), offer);

	// Closing one of two takes nothing back.
	await left.leave();
	await right.accept(offer);
	const { conversation } = await right.event('connected');
	assert.equal(conversation.id, offer.conversation);
	assert.equal((await world.floorEvents('unoffered')).length, 0);

	await left.connect();
	await left.event('connected', (event) => event.conversation.id === offer.conversation);
	await left.send(conversation.id, 'From the left');
	await right.event('message', ({ message }) => message.text === 'From the left');
	await right.send(conversation.id, 'From the right');
	await left.event('message', ({ message }) => message.text === 'From the right');
	const both = [await left.thread(conversation.id), await right.thread(conversation.id)];
	assert.deepEqual(both[0].map(({ id }) => id), both[1].map(({ id }) => id));
	assert.deepEqual([left.doubled, right.doubled], [[], []]);
	await right.leave();
});

test('two windows that accept at once have it once', async (t) => {
	const world = await World.start(t);
	const left = await world.agent('ann');
	const right = await left.window();
	await left.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const offer = await left.offer(CUSTOMER);
	await Promise.all([left.accept(offer), right.accept(offer)]);
	await left.event('connected');
	await right.event('connected');
	assert.equal((await world.floorEvents('accepted')).length, 1);
	await right.leave();
});
