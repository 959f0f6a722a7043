// The shortest way there and back, which is also the proof that the harness itself works.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Agent, OURS, Refused, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';

test('a text reaches the agent, and the answer reaches the phone', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();

	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Is it ready?' });
	const conversation = await ann.acceptNext(CUSTOMER);
	const [question] = await ann.thread(conversation.id);
	assert.equal(question.text, 'Is it ready?');
	assert.equal(question.direction, 'in');

	const answer = await ann.send(conversation.id, 'It is.');
	const { text, parts } = await world.carrier.expectMessage({ to: CUSTOMER });
	assert.equal(text, 'It is.');
	await ann.state(answer.id, 'sent');
	assert.equal(await parts[0].receipt(), 'ESME_ROK');
	await ann.state(answer.id, 'delivered');

	await ann.close(conversation.id, 'Resolved');
	await ann.event('closed', (event) => event.conversation === conversation.id);
	assert.deepEqual(ann.doubled, []);
});

test('an agent who was away for a moment misses nothing and gets nothing twice', async (t) => {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One' });
	const conversation = await ann.acceptNext(CUSTOMER);

	await ann.drop();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Two' });
	await ann.connect();
	await ann.event('message', ({ message }) => message.text === 'Two');
	assert.deepEqual(ann.doubled, []);
	const thread = await ann.thread(conversation.id);
	assert.deepEqual(thread.map(({ text }) => text), ['One', 'Two']);
});

test('a world that does not start leaves nothing behind that runs', async () => {
	const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
	const before = children();
	const broken = [
		{ changes: { queues: [] }, gateway: false }, // the number leads to none of them
		{ changes: ({ ports }) => ({ gateway: { listen: '127.0.0.1', port: ports.http } }) }, // the router has it
		{ changes: () => assert.fail('of the test itself') },
	];
	for (const options of broken) {
		await assert.rejects(World.start(null, options));
		assert.deepEqual(children(), before);
	}
});

test('what was answered for is there after Redis, router and gateway were killed', async (t) => {
	const world = await World.start(t);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Kept?' });
	await world.gateway.kill();
	await world.router.kill();
	await world.redis.kill();
	await world.redis.start();
	await world.startRouter();
	await world.startGateway();

	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const conversation = await ann.acceptNext(CUSTOMER);
	const thread = await ann.thread(conversation.id);
	assert.deepEqual(thread.map(({ text }) => text), ['Kept?']);
});

test('who answers on the port of a gateway that could not listen is not taken for it', async (t) => {
	const world = await World.start(t, { gateway: false });
	world.ports.gateway = world.ports.http;
	world.gatewayBase = world.base;
	world.configure();
	await assert.rejects(world.startGateway(), /bindery-gateway ended:[^]*event=cannot_listen/);
});

test('a wrong password and a foreign origin get nowhere', async (t) => {
	const world = await World.start(t, { gateway: false });
	await world.addUser('ann');
	await assert.rejects(Agent.start(world.base, 'ann', 'not it'), /answered 401/);
	const ann = await Agent.start(world.base, 'ann', 'correct horse battery');
	await assert.rejects(ann.send('00000000-0000-4000-8000-000000000000', 'Hi'), Refused);
	await ann.leave();
	await assert.rejects(ann.connect({ origin: 'https://elsewhere.example' }));
});
