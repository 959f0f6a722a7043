// After-call work, over the WebSocket: each way in which a queue can have it, the screen after a reload, a
// router killed in the middle, and a customer who writes on while it lasts.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { settles, waitFor } from './lib/wait.mjs';

const CUSTOMER = '+15550199';

// Ann has a conversation of the queue whose after-call work is as given.
async function start(t, fields = {}) {
	const world = await World.start(t);
	const named = Object.entries(fields).flatMap(([name, value]) => [`f:${name}`, value]);
	await world.redis.call('FCALL', 'entity_put', 1, '{acd}', 'kind', 'queue', 'id', 'support', 'by', 'test',
		'now', Date.now(), 'version', '', 'unique', 'support', ...named);
	await world.redis.call('PUBLISH', 'directory', 'queue support');
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	return { world, ann, id };
}

const pending = (world) => world.redis.call('HKEYS', '{acd}:agent:ann:acw');
const noWork = (world) => settles(() => pending(world), [], { what: 'what ann has to wrap up' });

test('mandatory: the leg stays open until it has a code', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'mandatory' });
	await ann.request('disconnect', { conversation: id });
	const { leg, acw } = await ann.event('disconnected');
	assert.deepEqual([leg, acw], [1, { mode: 'mandatory' }]);
	await ann.routing('idle');
	const again = await ann.window();
	const [shown] = again.snapshot.after_call;
	assert.deepEqual([shown.conversation.id, shown.conversation.state, shown.leg, shown.acw.mode],
		[id, 'after_call', 1, 'mandatory']);
	assert.deepEqual(again.snapshot.conversations, []);
	for (const wrapup of ['', 'Nonsense'])
		await assert.rejects(ann.request('wrapup', { conversation: id, leg, wrapup }), { code: 'wrapup_unknown' });
	await ann.request('wrapup', { conversation: id, leg, wrapup: 'Resolved', notes: 'Told the time.' });
	const closed = await ann.event('closed');
	assert.deepEqual([closed.conversation, closed.leg, closed.wrapup, closed.reason], [id, 1, 'Resolved', 'agent']);
	await noWork(world);
});

// Ann has a conversation of `support`, whose codes are these; there is another queue, with a code of its own.
async function startWithCodes(t, codes) {
	const queue = (name, more) => ({ name, alerting_timeout_s: 30, ...more });
	const queues = [queue('support', codes && { wrap_up_codes: codes }), queue('sales', { wrap_up_codes: ['Sold'] })];
	const world = await World.start(t, { changes: { queues } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	return { world, ann, id };
}

test('a queue without codes asks for none, of what is wrapped up and of what is closed', async (t) => {
	const { world, ann, id } = await startWithCodes(t);
	await ann.request('disconnect', { conversation: id });
	assert.equal((await ann.event('disconnected')).acw.mode, 'mandatory');
	await assert.rejects(ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Sold' }), { code: 'wrapup_unknown' });
	await ann.request('wrapup', { conversation: id, leg: 1, notes: 'Told the time.' });
	assert.equal((await ann.event('closed')).leg, 1);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One more thing.' });
	await ann.acceptNext(CUSTOMER);
	await assert.rejects(ann.close(id, 'Sold'), { code: 'wrapup_unknown' });
	await ann.close(id, '');
	assert.equal((await ann.event('closed')).leg, 2);
	await noWork(world);
});

test('a leg has the codes of its own queue, wherever the conversation has gone', async (t) => {
	const { world, ann, id } = await startWithCodes(t, ['Resolved']);
	await ann.goOffQueue();
	await ann.request('transfer', { conversation: id, queue: 'sales' });
	const { leg } = await ann.event('disconnected');
	const { conversation } = (await ann.window()).snapshot.after_call[0];
	assert.deepEqual([conversation.queue, conversation.wrapup_codes], ['support', ['Resolved']]);
	await assert.rejects(ann.request('wrapup', { conversation: id, leg, wrapup: 'Sold' }), { code: 'wrapup_unknown' });
	await ann.request('wrapup', { conversation: id, leg, wrapup: 'Resolved' });
	assert.equal((await ann.event('closed')).wrapup, 'Resolved');
	await noWork(world);
});

test('who wraps up can read the thread, and nobody else', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'mandatory' });
	const bob = await world.agent('bob');
	await ann.request('disconnect', { conversation: id });
	await ann.event('disconnected');
	const texts = async (who) =>
		(await who.request('thread', { conversation: id, limit: 10 })).messages.map(({ text }) => text);
	assert.deepEqual(await texts(await ann.window()), ['Hello?']);
	await assert.rejects(texts(bob), { code: 'not_yours' });
	await ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Resolved' });
	await ann.event('closed');
	await assert.rejects(texts(ann), { code: 'not_yours' });
});

test('who wraps up what another has by now reads it as it was when they gave it, until that is done', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'mandatory' });
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	await ann.send(id, 'A colleague knows.');
	await ann.request('transfer', { conversation: id, agent: 'bob', note: 'Over to you' });
	const { leg } = await ann.event('disconnected');
	await bob.acceptNext(CUSTOMER);
	await bob.send(id, 'I have it now.');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Good.' });
	await bob.event('message', ({ message }) => message.text === 'Good.');
	const texts = ({ messages }) => messages.map(({ text }) => text);
	const mine = ['Hello?', 'A colleague knows.', 'Over to you'];
	assert.deepEqual(texts(await bob.request('thread', { conversation: id, limit: 10 })),
		[...mine, 'I have it now.', 'Good.']);
	const window = await ann.window();
	const page = (fields = {}) => window.request('thread', { conversation: id, limit: 10, ...fields });
	assert.deepEqual(texts(await page()), mine);
	const { messages: [last], more } = await page({ limit: 1 });
	assert.deepEqual([last.text, more], ['Over to you', true]);
	assert.deepEqual(texts(await page({ before: last.at })), mine.slice(0, 2));
	// Not by any other way of reading it either, nor once the next agent's leg has ended.
	await bob.close(id, 'Resolved', 'Theirs alone');
	await bob.event('closed');
	assert.deepEqual(texts(await page({ before: `${Date.now() + 60000}-0` })), mine);
	for (const type of ['history', 'past']) {
		const { [type]: [row] } = await window.request(type, { conversation: id, limit: 10 });
		assert.deepEqual(row.legs.map(({ agent }) => agent), ['ann'], type);
	}
	assert.deepEqual(texts(await window.request('earlier', { conversation: id, of: id, limit: 10 })), mine);
	await ann.request('wrapup', { conversation: id, leg, wrapup: 'Resolved' });
	await ann.event('closed');
	await assert.rejects(page, { code: 'not_yours' });
});

test('what becomes of a reply is told to who wraps up, whoever has the customer by then, and once', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'mandatory' });
	const bob = await world.agent('bob');
	world.carrier.onSubmit = () => {};
	const said = async (agent, text) => {
		const { id: message } = await agent.send(id, text);
		const submit = (await world.carrier.expectSubmit({ text })).answer();
		await agent.state(message, 'sent');
		return [message, submit];
	};
	const [first, firstSubmit] = await said(ann, 'The first');
	const [second, secondSubmit] = await said(ann, 'The second');
	await ann.request('disconnect', { conversation: id });
	await ann.event('disconnected');
	await firstSubmit.receipt();
	await ann.state(first, 'delivered');
	// Somebody else has it; the reply is the first agent's, too.
	await ann.goOffQueue();
	await bob.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One more thing.' });
	await bob.acceptNext(CUSTOMER);
	await secondSubmit.receipt({ state: 'UNDELIV' });
	await Promise.all([ann, bob].map((agent) => agent.state(second, 'failed')));
	// Of what bob writes they are told nothing, as they read nothing of it.
	const [next, nextSubmit] = await said(bob, 'The next');
	await nextSubmit.receipt();
	await bob.state(next, 'delivered');
	const [state] = (await world.happened()).filter(({ fields: { e, m, st } }) => e === 'state' && m === next && st === 'delivered');
	assert.equal(state.fields.w, undefined);
	assert.equal(ann.events.all.some(({ message }) => message === next), false);
	// And no more of anything once that is done.
	await ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Resolved' });
	await ann.event('closed');
	const [third, thirdSubmit] = await said(bob, 'The third');
	await thirdSubmit.receipt();
	await bob.state(third, 'delivered');
	assert.equal(ann.events.all.some(({ message }) => message === third), false);
	assert.deepEqual(await world.redis.keys('{c*}:wrap*'), []);
});

test('two legs of one agent in after-call work: each has its own clock, its own code and its own end', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'timeout', acw_timeout_s: '60' });
	await ann.request('disconnect', { conversation: id });
	const first = await ann.event('disconnected');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One more thing.' });
	assert.equal((await ann.acceptNext(CUSTOMER)).leg, 2);
	await ann.request('disconnect', { conversation: id });
	const second = await ann.event('disconnected');
	assert.deepEqual([first.leg, second.leg], [1, 2]);
	assert.ok(second.acw.until_ms > first.acw.until_ms);
	await settles(async () => (await pending(world)).sort(), [`${id} 1`, `${id} 2`], { what: 'what ann has to wrap up' });
	const told = (await ann.window()).snapshot.after_call.map(({ leg, acw }) => [leg, acw.until_ms]);
	assert.deepEqual(told.sort(), [[1, first.acw.until_ms], [2, second.acw.until_ms]]);
	const end = async (leg, wrapup) => {
		await ann.request('wrapup', { conversation: id, leg, wrapup });
		const closed = await ann.event('closed');
		assert.deepEqual([closed.leg, closed.wrapup, closed.reason], [leg, wrapup, 'agent']);
	};
	await end(2, 'Resolved');
	await settles(() => pending(world), [`${id} 1`], { what: 'what ann has to wrap up' });
	await end(1, 'Follow-up');
	await noWork(world);
});

test('timeout: it ends by itself, and the code says so', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'timeout', acw_timeout_s: '1' });
	await ann.request('disconnect', { conversation: id });
	const { acw } = await ann.event('disconnected');
	assert.ok(acw.until_ms > Date.now() - 5000);
	const closed = await ann.event('closed');
	assert.deepEqual([closed.leg, closed.wrapup, closed.reason], [1, 'timeout', 'timeout']);
	await noWork(world);
	// What comes behind it is not kept, and whoever sent it is told so.
	const late = { code: 'conflict', message: 'conflict: It was over before this came: the code and the notes are not kept.' };
	await assert.rejects(ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Resolved' }), late);
	await assert.rejects(ann.close(id, 'Resolved', 'Told the time.'), late);
});

test('forced: a code is kept, and it goes on until its time is over', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'forced', acw_timeout_s: '5' });
	await ann.close(id, 'Resolved');
	const { acw } = await ann.event('disconnected');
	await ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Follow-up' });
	const closed = await ann.event('closed');
	assert.ok(Date.now() >= acw.until_ms);
	assert.deepEqual([closed.wrapup, closed.reason], ['Follow-up', 'timeout']);
	await noWork(world);
});

test('agent_requested: only who asks for it has it, and needs no code', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'agent_requested' });
	await ann.request('disconnect', { conversation: id });
	assert.equal((await ann.event('closed')).wrapup, '');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One more thing.' });
	await ann.acceptNext(CUSTOMER);
	await ann.request('disconnect', { conversation: id, acw: true });
	assert.equal((await ann.event('disconnected')).leg, 2);
	await ann.request('wrapup', { conversation: id, leg: 2 });
	assert.deepEqual((({ leg, wrapup }) => [leg, wrapup])(await ann.event('closed')), [2, '']);
	await noWork(world);
});

test('a leg is ended once by one ref, and a later leg not at all', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'agent_requested' });
	const ends = async (type, fields, leg) => {
		const said = () => ann.request(type, { conversation: id, ...fields }, { ref: `end-by-${type}` });
		await said();
		assert.equal((await ann.event('closed')).leg, leg);
		await said();
		await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One more thing.' });
		assert.equal((await ann.acceptNext(CUSTOMER)).leg, leg + 1);
		await said();
		await ann.send(id, `Still here, ${leg}.`);
	};
	await ends('disconnect', {}, 1);
	await ends('close', { wrapup: 'Resolved' }, 2);
	await ann.close(id, 'Resolved');
	assert.equal((await ann.event('closed')).leg, 3);
});

test('optional, and who does not want it; an offer says how it came', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'optional' });
	await ann.request('disconnect', { conversation: id, acw: false });
	assert.equal((await ann.event('closed')).leg, 1);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'One more thing.' });
	const { how, priority, skills, ring } = await ann.offer(CUSTOMER);
	assert.deepEqual([how, priority, skills, ring], ['last', 0, [], 0]);
});

test('a customer who writes on gets a second leg, and the first keeps its wrap-up', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'mandatory' });
	await ann.request('disconnect', { conversation: id });
	await ann.event('disconnected');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Still there?' });
	const { leg } = await ann.acceptNext(CUSTOMER);
	assert.equal(leg, 2);
	await ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Follow-up' });
	assert.equal((await ann.event('closed')).leg, 1);
	await ann.close(id, 'Resolved');
	assert.deepEqual((({ leg: last, wrapup }) => [last, wrapup])(await ann.event('closed')), [2, 'Resolved']);
	await noWork(world);
});

test('a router killed in the middle: it goes on, and ends once', async (t) => {
	const { world, ann, id } = await start(t, { acw: 'timeout', acw_timeout_s: '2' });
	await ann.request('disconnect', { conversation: id });
	await ann.event('disconnected');
	await world.router.kill();
	await world.startRouter();
	await ann.connect();
	assert.equal((await ann.event('closed')).wrapup, 'timeout');
	await noWork(world);
	assert.deepEqual(ann.doubled, []);
	const ended = (await world.floorEvents('acw_ended')).length;
	assert.equal(ended, 1);
});
