// What was said to a customer before, as one thread over all of their conversations: in pages that begin where the last
// one ended, over the WebSocket for who has the conversation and over HTTP by role.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person, program, session } from './lib/api.mjs';
import { OURS, refusedWith, World } from './lib/index.mjs';

const EVE = '+15550194';
const NUMBERS = [{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop', threading_window_min: 0 }];

// Conversations that are over, each of these texts and an answer, and one that Ann has.
async function start(t, talks) {
	const world = await World.start(t, { changes: { numbers: NUMBERS } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const ids = [];
	for (const texts of talks) {
		await world.carrier.deliver({ from: EVE, to: OURS, text: texts[0] });
		const { id } = await ann.acceptNext(EVE);
		for (const text of texts.slice(1)) {
			await world.carrier.deliver({ from: EVE, to: OURS, text });
			await ann.event('message', (event) => event.message.text === text);
		}
		await ann.send(id, `Answer to ${texts[0]}`);
		await ann.close(id, 'Resolved', `About ${texts[0]}`);
		await ann.event('closed');
		ids.push(id);
	}
	await world.carrier.deliver({ from: EVE, to: OURS, text: 'Now' });
	const { id } = await ann.acceptNext(EVE);
	return { world, ann, ids, id };
}

const shape = ({ past, more }) => [past.map((one) => [one.id, one.messages.map(({ text }) => text), one.more]), more];

// All of it from page to page, as [conversation, text], the newest first.
async function all(ann, conversation, limit) {
	const out = [];
	for (let page, oldest, pages = 0; pages < 100; pages++) {
		const from = oldest && { of: oldest.id, before: oldest.messages[0]?.at ?? '0-1' };
		page = await ann.request('past', { conversation, limit, ...from });
		for (const one of page.past) out.push(...one.messages.map(({ text }) => [one.id, text]).reverse());
		oldest = page.past.at(-1) ?? oldest;
		if (!page.more) return out;
	}
	throw new Error('it never ends');
}

test('pages of any size make the whole thread, each conversation with how it ended', async (t) => {
	const { ann, ids, id } = await start(t, [['A', 'a'], ['B'], ['C', 'c', 'cc']]);
	const [first, second, third] = ids;
	const whole = await ann.request('past', { conversation: id });
	assert.deepEqual(shape(whole), [[
		[id, [], false],
		[third, ['C', 'c', 'cc', 'Answer to C'], false],
		[second, ['B', 'Answer to B'], false],
		[first, ['A', 'a', 'Answer to A'], false],
	], false]);
	const { queue_name, legs } = whole.past[1];
	assert.equal(queue_name, 'support');
	assert.deepEqual(legs.map(({ agent, wrapup, notes, by }) => [agent, wrapup, notes, by]), [
		['ann', 'Resolved', 'About C', 'agent']]);
	assert.deepEqual(shape(await ann.request('past', { conversation: id, limit: 5 })), [[
		[id, [], false], [third, ['C', 'c', 'cc', 'Answer to C'], false], [second, ['Answer to B'], true]], true]);
	const want = whole.past.flatMap((one) => one.messages.map(({ text }) => [one.id, text]).reverse());
	for (let limit = 1; limit <= 10; limit++) assert.deepEqual(await all(ann, id, limit), want, `${limit} a page`);
	await assert.rejects(ann.request('past', { conversation: id, of: 'x', before: '0-1' }), refusedWith('not_yours'));
});

test('who has the conversation reads it, in after-call work too; over HTTP also who leads', async (t) => {
	const { world, ann, ids, id } = await start(t, [['A'], ['B']]);
	const bob = await world.agent('bob');
	await assert.rejects(bob.request('past', { conversation: id }), refusedWith('not_yours'));
	const path = `/api/v2/conversations/${id}/history`;
	const hers = await session(world, 'ann');
	const his = await session(world, 'bob');
	assert.equal((await his('GET', path)).status, 404);
	const { status, body } = await hers('GET', `${path}?pageSize=3`);
	assert.equal(status, 200);
	assert.deepEqual(body.entities.map((one) => [one.id, one.messages.map(({ textBody }) => textBody)]), [
		[id, []], [ids[1], ['B', 'Answer to B']], [ids[0], ['Answer to A']]]);
	assert.deepEqual(body.entities[1].legs.map((leg) => [leg.userId, leg.wrapup.code, leg.queue.name]), [
		['ann', 'Resolved', 'support']]);
	assert.equal(body.entities[1].messages[0].fromAddress, EVE);
	const next = (await hers('GET', `${path}?before=${encodeURIComponent(body.before)}`)).body;
	assert.deepEqual([next.entities.map(({ messages }) => messages.map(({ textBody }) => textBody)), next.more], [[['A']], false]);
	for (const query of ['pageSize=0', 'pageSize=201', 'before=x', `before=${ids[0]}:`])
		assert.equal((await hers('GET', `${path}?${query}`)).status, 400, query);
	for (const role of ['supervisor', 'compliance', 'admin'])
		assert.equal((await (await person(world, role))('GET', path)).body.entities.length, 3, role);
	assert.equal((await (await program(world, 'conversations'))('GET', path)).body.entities.length, 3);
	await ann.request('disconnect', { conversation: id });
	await ann.event('disconnected');
	assert.equal((await ann.request('past', { conversation: id })).past.length, 3);
	assert.equal((await hers('GET', path)).status, 200);
});

test('what a program began is a conversation like the others: it has a past, and is one', async (t) => {
	const world = await World.start(t);
	const shop = await program(world, 'conversations');
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: EVE, to: OURS, text: 'A' });
	const { id: first } = await ann.acceptNext(EVE);
	await ann.close(first, 'Resolved');
	await ann.event('closed');
	const message = { fromAddress: OURS, toAddress: EVE, toAddressMessengerType: 'sms', textBody: 'Your parcel is here.' };
	const begun = (await shop('POST', '/api/v2/conversations/messages/agentless', message)).body.conversationId;
	await world.carrier.deliver({ from: EVE, to: OURS, text: 'Which door?' });
	const { id } = await ann.acceptNext(EVE);
	assert.equal(id, begun);
	assert.deepEqual(shape(await ann.request('past', { conversation: id })), [[[id, [], false], [first, ['A'], false]], false]);
	const { history } = await ann.request('history', { conversation: id });
	assert.deepEqual(history.map((one) => one.id), [id, first]);
	const { status, body } = await shop('GET', `/api/v2/conversations/${first}/history`);
	assert.deepEqual([status, body.entities.map((one) => one.id)], [200, [first]]);
	// Beside the one under way it is a conversation of its own, which the next one's past has.
	const apart = (await shop('POST', '/api/v2/conversations/messages/agentless', message)).body.conversationId;
	assert.notEqual(apart, id);
	const seen = (await ann.request('history', { conversation: id })).history.map((one) => one.id);
	assert.deepEqual(seen, [apart, id, first]);
});

test('of a customer with 20,000 conversations a page comes at once', async (t) => {
	const { world, ann, id } = await start(t, []);
	const [key] = await world.redis.keys(`{c*}:history:${EVE}`);
	const tag = key.split(':')[0];
	const asked = [];
	for (let i = 0; i < 20_000; i++) {
		const conv = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
		asked.push(
			world.redis.call('HSET', `${tag}:conv:${conv}`, 'ours', OURS, 'customer', EVE, 'queue', 'support', 'state', 'closed', 'leg', 1, 'created', i + 1),
			world.redis.call('XADD', `${tag}:conv:${conv}:msgs`, `${i + 1}-1`, 'd', 'i', 't', `Text ${i}`, 'n', 1, 'p', '', 'k', 'NONE'),
			world.redis.call('ZADD', key, i + 1, conv),
		);
	}
	await Promise.all(asked);
	const took = [];
	let oldest;
	for (let page = 0; page < 50; page++) {
		const began = performance.now();
		const ack = await ann.request('past', { conversation: id, ...(oldest && { of: oldest.id, before: oldest.messages[0].at }) });
		took.push(performance.now() - began);
		oldest = ack.past.at(-1);
		assert.ok(ack.more);
	}
	took.sort((a, b) => a - b);
	t.diagnostic(`a page: p50 ${took[25].toFixed(1)} ms, most ${took.at(-1).toFixed(1)} ms`);
	assert.ok(took[25] < 100, `${took[25]} ms`);
});
