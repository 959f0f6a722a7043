// The day's figures as supervisors are shown them: summed up from events, and the same after a router was killed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, PASSWORD, Supervisor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';

// One conversation, offered, answered and closed by ann.
async function one(world, ann, customer) {
	await world.carrier.deliver({ from: customer, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(customer);
	await ann.send(id, 'How can I help?');
	await ann.close(id, 'Resolved');
	await ann.event('closed', ({ conversation }) => conversation === id);
}

test('the day is summed up live, and goes on where it was after the router was killed', async (t) => {
	const world = await World.start(t);
	await world.addUser('sue', { role: 'supervisor' });
	const sue = await Supervisor.start(world.base, 'sue', PASSWORD);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await one(world, ann, CUSTOMER);
	const midnight = new Date();
	midnight.setHours(0, 0, 0, 0);
	const day = await sue.today('queues', 'support', ({ legs }) => legs === 1);
	assert.deepEqual([day.offered, day.answered, day.in_time, day.abandoned], [1, 1, 1, 0]);
	assert.ok(day.talk_ms > 0 && day.wait_ms >= 0);
	const answers = await sue.today('queues', 'support', ({ responses }) => responses === 1);
	assert.equal(answers.first_responses, 1);
	assert.ok(answers.first_response_ms >= answers.response_ms && answers.response_ms > 0);
	assert.ok(answers.first_response_ms >= answers.wait_ms, 'they had waited for an agent, too');
	assert.equal((await sue.today('agents', 'ann', ({ responses }) => responses === 1)).response_ms, answers.response_ms);
	assert.equal(sue.day.begins_ms, midnight.getTime());
	assert.equal((await sue.today('agents', 'ann', ({ handled }) => handled === 1)).missed, 0);
	// The floor by the minute.
	await sue.order('points', { queue: '*', hours: 1 });
	const { points } = await sue.shown('points', (frame) => frame.points.some(({ offered }) => offered === 1));
	assert.ok(points.every(({ at_ms }) => at_ms % 60_000 === 0 && Date.now() - at_ms < 2 * 3_600_000));

	await world.carrier.deliver({ from: '+15550198', to: OURS, text: 'Hello' });
	await ann.offer('+15550198');
	await world.router.kill();
	await world.startRouter();
	await sue.open();
	await sue.hello();
	await ann.connect();
	const back = await sue.today('queues', 'support', ({ offered }) => offered >= 2);
	assert.equal(back.offered, 2, 'what was folded before is not folded again');
	assert.equal(back.answered, 1);
	const same = await sue.today('queues', 'support', ({ responses }) => responses >= 1);
	assert.deepEqual([same.responses, same.response_ms], [1, answers.response_ms]);
	await ann.goOnQueue();
	await ann.accept(await ann.offer('+15550198'));
	await sue.today('queues', 'support', ({ answered }) => answered === 2);
	const second = await ann.event('connected', ({ conversation }) => conversation.customer === '+15550198');
	await ann.send(second.conversation.id, 'Sorry to keep you waiting.');
	await sue.today('queues', 'support', ({ responses, first_responses }) => responses === 2 && first_responses === 2);
	assert.equal((await sue.today('agents', 'ann', ({ handled }) => handled === 2)).declined, 0);
});

test('an hour of nothing is shown as nothing', async (t) => {
	const world = await World.start(t);
	await world.addUser('sue', { role: 'supervisor' });
	const sue = await Supervisor.start(world.base, 'sue', PASSWORD);
	await sue.order('points', { queue: 'support', hours: 24 });
	assert.deepEqual((await sue.shown('points')).points, []);
	for (const hours of [0, 25, 'all'])
		await assert.rejects(sue.order('points', { queue: 'support', hours }), /bad_frame/);
});
