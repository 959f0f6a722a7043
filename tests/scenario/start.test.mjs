// An agent writes first: a conversation that begins with us, on behalf of a queue and from its number.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { placeOf } from './lib/floor.mjs';
import { OURS, refusedWith, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550194';
const QUEUES = ['front', 'billing'].map((name) => ({
	name, alerting_timeout_s: 30, wrap_up_codes: ['Resolved'],
}));

async function begin(t, changes = {}) {
	const world = await World.start(t, {
		changes: {
			queues: QUEUES,
			numbers: [{ address: OURS, carrier: 'acme', queue: 'front', programme: 'shop', ...changes }],
		},
	});
	return { world, ann: await world.agent('ann') };
}

const start = (agent, fields = {}, options) =>
	agent.request('start', { queue: 'front', customer: CUSTOMER, text: 'Your order is here.', ...fields }, options);

test('it is sent once, is the agent’s, and the answer comes to them', async (t) => {
	const { world, ann } = await begin(t);
	const ref = ann.ref();
	// Off queue too: what one begins oneself needs no offer. The number as people write it.
	const said = await start(ann, { customer: '+1 (555) 019-4' }, { ref }).catch((error) => error);
	assert.equal(said.type, 'ack', said.message);
	const { conversation, message } = said;
	assert.deepEqual([conversation.ours, conversation.queue, conversation.leg], [OURS, 'front', 1]);
	assert.deepEqual([message.text, message.author, message.state], ['Your order is here.', 'ann', 'queued']);
	const shown = await ann.event('connected');
	assert.equal(shown.conversation.id, conversation.id);
	await world.carrier.expectSubmit({ text: 'Your order is here.' });
	assert.deepEqual(await start(ann, { customer: '+1 (555) 019-4' }, { ref }), said);
	await ann.state(message.id, 'sent');
	assert.equal(world.carrier.counts.submit_sm, 1);
	const { agent } = await ann.event('agent', (event) => event.agent.load === 1);
	assert.equal(agent.routing, 'off_queue');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Thank you' });
	assert.equal((await ann.event('message', (event) => event.message.direction === 'in')).conversation, conversation.id);
	const [told] = await world.floorEvents('assigned');
	assert.deepEqual([told.c, told.a, told.how, told.leg], [conversation.id, 'ann', 'outbound', '1']);
	await ann.close(conversation.id, 'Resolved');
	await ann.event('closed');
	await waitFor(async () => (await world.redis.keys('{acd}:conv:*')).length === 0);
	// Inside the window it goes on as the same conversation, with a leg more.
	const again = await start(ann, { text: 'One thing more.' });
	assert.deepEqual([again.conversation.id, again.conversation.leg], [conversation.id, 2]);
	assert.deepEqual(await start(ann, {}, { ref }), said); // whatever has become of it
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('without a window it is a new conversation each time', async (t) => {
	const { ann } = await begin(t, { threading_window_min: 0 });
	const { conversation } = await start(ann);
	await ann.event('connected');
	await ann.close(conversation.id, 'Resolved');
	const again = await start(ann);
	assert.notEqual(again.conversation.id, conversation.id);
	assert.equal(again.conversation.leg, 1);
});

test('what cannot be is refused, and says why', async (t) => {
	const { world, ann } = await begin(t);
	await assert.rejects(start(ann, { customer: '0170 1234567' }), refusedWith('bad_number', 'country'));
	await assert.rejects(start(ann, { customer: 'my mother' }), refusedWith('bad_number'));
	await assert.rejects(start(ann, { queue: 'billing' }), refusedWith('no_target', 'No number'));
	await assert.rejects(start(ann, { queue: 'nowhere' }), refusedWith('no_target'));
	await assert.rejects(start(ann, { customer: OURS }), refusedWith('no_route'));
	await assert.rejects(start(ann, { text: ' \n' }), refusedWith('empty'));
	await assert.rejects(start(ann, { text: undefined }), refusedWith('bad_frame'));
	// It waits in the queue, then it is bob's, then one's own.
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	await waitFor(async () => (await world.floorEvents('waiting')).length > 0);
	await assert.rejects(start(ann), refusedWith('open', 'waits in front'));
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	const { id } = await bob.acceptNext(CUSTOMER);
	await assert.rejects(start(ann), refusedWith('open', 'bob has an open conversation'));
	await assert.rejects(start(bob), refusedWith('open', 'You have an open conversation'));
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'STOP' });
	await bob.event('opt');
	await bob.close(id, 'Resolved');
	await assert.rejects(start(ann), refusedWith('suppressed', 'opted out'));
	await world.carrier.expectSubmit({ text: 'You are unsubscribed and will get no more messages.' });
	assert.equal(world.carrier.counts.submit_sm, 1);
});

test('how the text would be sent is told before there is a conversation', async (t) => {
	const { ann } = await begin(t);
	const { plan } = await ann.request('plan', { queue: 'front', customer: CUSTOMER, text: 'Hello 🚚' });
	assert.deepEqual([plan.coding, plan.segments, plan.forced_by.character], ['UCS-2', 1, '🚚']);
	await assert.rejects(ann.request('plan', { queue: 'front', customer: '12', text: 'Hi' }), refusedWith('bad_number'));
});

test('a router that is killed right behind it loses and doubles nothing', async (t) => {
	const { world, ann } = await begin(t);
	const { conversation } = await start(ann);
	await world.router.kill();
	await ann.closed;
	await world.startRouter();
	await ann.connect();
	await world.carrier.expectSubmit({ text: 'Your order is here.' });
	await waitFor(async () => (await world.floorEvents('assigned')).length === 1);
	assert.equal((await placeOf(world.redis, conversation.id)).agent, 'ann');
	assert.deepEqual(ann.doubled, []);
	await assert.rejects(start(ann), refusedWith('open'));
});
