// What users of other desktops complain of (specs/routing.md, "Agent desktop"), each by its name: that it does
// not happen here. What shows on a page alone is in tests/browser/complaints.test.mjs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, waitFor, World } from './lib/index.mjs';

const numbers = (count, from = 300) => Array.from({ length: count }, (_, at) => `+15550${from + at}`);

// The events that say whose a conversation is, in their order: [conversation, leg, agent].
async function owners(world) {
	const all = await world.happened();
	return all.filter(({ fields }) => fields.e === 'connected').map(({ fields }) => [fields.c, fields.leg, fields.a]);
}

const queueOf = (seconds) => ({
	queues: [{ name: 'support', alerting_timeout_s: seconds, wrap_up_codes: ['Resolved', 'Follow-up'] }],
});

test('complaint: assigned to two agents', async (t) => {
	const world = await World.start(t);
	const agents = [];
	for (const name of ['ann', 'bob', 'cid']) agents.push(await world.agent(name, { capacity: 6 }));
	// Each takes what is offered, twice at once, from two windows; and one declines it in the same moment.
	for (const agent of agents) {
		const other = await agent.window();
		world.agents.push(other);
		agent.onEvent = ({ type, offer }) => {
			if (type !== 'offer') return;
			for (const window of [agent, other]) window.accept(offer).catch(() => {});
			if (agent.name === 'cid') agent.decline(offer).catch(() => {});
		};
		await agent.goOnQueue();
	}
	const customers = numbers(12);
	await Promise.all(customers.map((from) => world.carrier.deliver({ from, to: OURS, text: 'Hello' })));
	await waitFor(async () => (await owners(world)).length === customers.length);
	const found = await owners(world);
	assert.equal(new Set(found.map(([id]) => id)).size, customers.length, 'one connection each');
	for (const [id, , name] of found) {
		for (const agent of agents) {
			const mine = agent.thread(id).then(() => true, () => false);
			assert.equal(await mine, agent.name === name, `${id} is ${name}'s alone`);
		}
	}
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('complaint: the assignee flips', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550300', to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext();
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	await bob.routing('idle');
	// Whatever happens to ann's connection, her status or the router, it stays hers.
	await ann.drop();
	await world.carrier.deliver({ from: '+15550300', to: OURS, text: 'Still there?' });
	await ann.connect();
	await ann.goOffQueue();
	await world.router.kill();
	await world.startRouter();
	await Promise.all([ann.connect(), bob.connect()]);
	await world.carrier.deliver({ from: '+15550300', to: OURS, text: 'Hello?' });
	await ann.event('message', ({ message }) => message.text === 'Hello?');
	await ann.send(id, 'Here I am.');
	await world.carrier.expectSubmit({ text: 'Here I am.' });
	assert.deepEqual(await owners(world), [[id, '1', 'ann']]);
	assert.equal((await world.floorEvents('offer')).length, 1);
});

test('complaint: a reopened conversation is stuck with an offline agent', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550300', to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext();
	await ann.close(id, 'Resolved');
	await ann.event('closed');
	await ann.leave();
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	await world.carrier.deliver({ from: '+15550300', to: OURS, text: 'One more thing' });
	const again = await bob.acceptNext();
	assert.deepEqual([again.id, again.leg], [id, 2], 'the same conversation, the next leg');
	const [, second] = await world.floorEvents('offer');
	assert.deepEqual([second.a, second.how], ['bob', 'standard'], 'ann was not waited for');
});

test('complaint: the backlog is not drained when capacity frees', async (t) => {
	const world = await World.start(t, {
		changes: { queues: [{ name: 'support', alerting_timeout_s: 30, wrap_up_codes: ['Resolved'] }] },
	});
	const customers = numbers(8);
	// What begins to wait within the same millisecond has no order.
	for (const [i, from] of customers.entries()) {
		await world.carrier.deliver({ from, to: OURS, text: 'Hello' });
		await waitFor(async () => (await world.floorEvents('waiting')).length === i + 1);
	}
	const ann = await world.agent('ann', { capacity: 2 });
	await ann.goOnQueue();
	const served = [];
	const open = [];
	while (served.length < customers.length) {
		const offer = await ann.offer();
		await ann.accept(offer);
		served.push(offer.customer);
		open.push(offer.conversation);
		// With both slots taken the next one comes as soon as one of them is free.
		if (open.length === 2) await ann.close(open.shift(), 'Resolved');
	}
	assert.deepEqual(served, customers, 'the oldest first');
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0, 'no sweep was needed');
});

test('complaint: an assigned conversation that nobody answers, for ever', async (t) => {
	const world = await World.start(t, { changes: queueOf(7) });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550300', to: OURS, text: 'Hello' });
	await ann.offer();
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	// She is away from her desk: it does not stay with her, and no other one comes to her.
	assert.equal((await ann.event('offer_ended')).reason, 'timeout');
	await ann.routing('not_responding');
	const { id } = await bob.acceptNext();
	assert.deepEqual((await owners(world)).map(([, , name]) => name), ['bob']);
	await world.carrier.deliver({ from: '+15550301', to: OURS, text: 'And me?' });
	assert.notEqual((await bob.acceptNext('+15550301')).id, id);
});

test('complaint: limits differ from screen to screen', async (t) => {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [{
				name: 'acme', hosts: [{ host: '127.0.0.1', port: carrier.port }], system_id: carrier.systemId,
				password: carrier.password, binds: 2, segments_max: 2,
			}],
		}),
	});
	const ann = await world.agent('ann', { capacity: 5 });
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550300', to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext();
	const start = { queue: 'support', customer: '+15550399' };
	const said = async (type, fields) => ann.request(type, fields).then(({ plan }) => plan?.segments ?? 'ok', ({ code }) => code);
	// The counter of a reply, that of a new conversation, and what is taken: one limit, to the character.
	for (const [length, counter, sent] of [[306, 2, 'ok'], [307, 'too_long', 'too_long']]) {
		const text = 'x'.repeat(length);
		assert.equal(await said('plan', { conversation: id, text }), counter, `counter of a reply of ${length}`);
		assert.equal(await said('plan', { ...start, text }), counter, `counter of a first text of ${length}`);
		assert.equal(await said('send', { conversation: id, text }), sent, `reply of ${length}`);
	}
	assert.equal(await said('start', { ...start, text: 'x'.repeat(307) }), 'too_long');
	// And one capacity: on the screen, in another window, on the floor.
	const other = await ann.window();
	assert.deepEqual([other.snapshot.agent.load, other.snapshot.agent.capacity], [1, 5]);
	const last = (await world.floorEvents('accepted')).at(-1);
	assert.deepEqual([last.al, last.ac], ['1', '5']);
});

test('complaint: one segment’s success hides another’s failure', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550300', to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext();
	world.carrier.onSubmit = () => {};
	const states = ['UNDELIV', 'DELIVRD', 'DELIVRD'];
	for (let failed = 0; failed < 3; failed += 1) {
		// Whichever of the three segments fails, and though the last word is a success.
		const reply = await ann.send(id, `${failed}${'x'.repeat(400)}`);
		const submits = [];
		for (let at = 0; at < 3; at += 1) submits.push((await world.carrier.expectSubmit({ to: '+15550300' })).answer());
		await ann.state(reply.id, 'sent');
		const order = [failed, ...[0, 1, 2].filter((at) => at !== failed)];
		for (const [at, segment] of order.entries())
			await submits[segment].receipt({ state: states[at], ...(at === 0 ? { error: '042' } : {}) });
		const { reason } = await ann.state(reply.id, 'failed');
		assert.match(reason, /undeliverable/);
		await world.metricIs(world.base, 'bindery_receipts_total', (failed + 1) * 3);
		const shown = (await ann.thread(id)).find((message) => message.id === reply.id);
		assert.equal(shown.state, 'failed', `segment ${failed + 1} of 3 failed, and that is what stands there`);
	}
});
