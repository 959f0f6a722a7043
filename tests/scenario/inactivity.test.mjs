// Where nobody writes any more: the agent is warned, any message begins the time anew, and then the conversation
// is closed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, QUEUE, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550197';

async function start(t, queue) {
	const world = await World.start(t, { changes: { queues: [{ ...QUEUE, ...queue }] } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	return { world, ann, id };
}

const warned = (agent) => agent.event('inactive');
const reasons = async (world) => (await world.happened()).filter(({ fields }) => fields.e === 'closed')
	.map(({ fields }) => [fields.why, fields.a]);

test('silence is warned of, then closed, with the after-call work of its queue', async (t) => {
	const { world, ann, id } = await start(t, { inactivity_s: 8 });
	const { conversation, leg, until_ms } = await warned(ann);
	assert.deepEqual([conversation, leg], [id, 1]);
	const { snapshot } = await ann.window();
	assert.equal(snapshot.conversations[0]?.inactive_until_ms, until_ms);
	const { acw } = await ann.event('disconnected');
	assert.ok(Date.now() >= until_ms);
	assert.equal(acw.mode, 'mandatory');
	assert.deepEqual(await reasons(world), [['inactivity', 'ann']]);
	await ann.close(id, 'Resolved'); // as if it had been hers
	assert.equal((await ann.event('closed')).leg, 1);
	// The window has begun: the customer comes back to the same conversation.
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Sorry, I was away' });
	const again = await ann.acceptNext(CUSTOMER);
	assert.deepEqual([again.id, again.leg], [id, 2]);
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('a message of either side begins the time anew; a note does not', async (t) => {
	const { world, ann, id } = await start(t, { inactivity_s: 8, after_call_work: 'agent_requested' });
	const first = (await warned(ann)).until_ms;
	await ann.send(id, 'One moment.');
	const second = (await warned(ann)).until_ms;
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Yes' });
	const third = (await warned(ann)).until_ms;
	assert.ok(first < second && second < third);
	await ann.request('note', { conversation: id, text: 'Still there?' });
	const closed = await ann.event('closed');
	assert.equal(closed.reason, 'inactivity');
	assert.ok(Date.now() - third < 7000, `${Date.now() - third} ms behind its time: the note has put it off`);
	const told = (await world.happened()).filter(({ fields }) => fields.e === 'inactive');
	assert.deepEqual(told.map(({ fields }) => Number(fields.until)), [first, second, third]);
});

test('what is parked is not closed; its time begins when it is taken up', async (t) => {
	const { world, ann, id } = await start(t, { inactivity_s: 5 });
	await ann.request('park', { conversation: id });
	await ann.event('parked');
	const idle = async () => (await Promise.all((await world.redis.keys('{c*}:idle')).map(
		(key) => world.redis.call('ZCARD', key)))).reduce((sum, n) => sum + n, 0);
	await waitFor(async () => (await idle()) === 0);
	assert.deepEqual(await reasons(world), []);
	const before = Date.now();
	await ann.request('resume', { conversation: id });
	const { until_ms } = await ann.event('inactive', (event) => event.until_ms > before);
	assert.ok(until_ms >= before + 5000, `${until_ms - before} ms from when it was taken up`);
	await ann.event('disconnected');
});

test('a router killed behind the warning closes it once', async (t) => {
	const { world, ann } = await start(t, { inactivity_s: 3, after_call_work: 'agent_requested' });
	await warned(ann);
	await world.router.kill();
	await ann.closed;
	await world.startRouter();
	await ann.connect();
	assert.equal((await ann.event('closed')).reason, 'inactivity');
	assert.deepEqual(await reasons(world), [['inactivity', 'ann']]);
	assert.deepEqual(ann.doubled, []);
});
