// What a customer wrote before, with this number and with another, as their agent sees it: page by page, with the
// wrap-ups and notes of the legs that have ended.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, refusedWith, World } from './lib/index.mjs';

const CUSTOMER = '+15550194';
const OTHER = '+15550101';
const NUMBERS = [OURS, OTHER].map((address) => (
	{ address, carrier: 'acme', queue: 'support', programme: 'shop', threading_window_min: 0 }));

async function start(t) {
	const world = await World.start(t, { changes: { numbers: NUMBERS } });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const hear = async (text, to = OURS) => {
		await world.carrier.deliver({ from: CUSTOMER, to, text });
		return (await ann.acceptNext(CUSTOMER)).id;
	};
	return { world, ann, hear };
}

test('earlier conversations are listed, the newest first, and read', async (t) => {
	const { ann, hear } = await start(t);
	const first = await hear('My parcel is lost');
	await ann.send(first, 'We look for it.');
	await ann.close(first, 'Resolved', 'It was next door');
	await ann.event('closed');
	const second = await hear('About the bank', OTHER);
	await ann.close(second, 'Follow-up');
	await ann.event('closed');
	const third = await hear('Me again');
	const { history, more } = await ann.request('history', { conversation: third });
	assert.equal(more, false);
	assert.deepEqual(history.map(({ id, ours, state }) => [id, ours, state]), [
		[third, OURS, 'connected'], [second, OTHER, 'closed'], [first, OURS, 'closed']]);
	assert.deepEqual(history[0].legs, []);
	const [leg] = history[2].legs;
	assert.deepEqual([leg.leg, leg.agent, leg.queue, leg.by, leg.wrapup, leg.notes],
		[1, 'ann', 'support', 'agent', 'Resolved', 'It was next door']);
	const { messages } = await ann.request('earlier', { conversation: third, of: first });
	assert.deepEqual(messages.map(({ text, direction }) => [direction, text]),
		[['in', 'My parcel is lost'], ['out', 'We look for it.']]);
	const page = await ann.request('earlier', { conversation: third, of: first, limit: 1 });
	assert.deepEqual([page.messages[0].text, page.more], ['We look for it.', true]);
	const before = page.messages[0].at;
	const rest = await ann.request('earlier', { conversation: third, of: first, limit: 1, before });
	assert.deepEqual([rest.messages[0].text, rest.more], ['My parcel is lost', false]);
	const one = await ann.request('history', { conversation: third, limit: 1 });
	assert.deepEqual([one.history.map(({ id }) => id), one.more], [[third], true]);
	const two = await ann.request('history', { conversation: third, limit: 1, before: third });
	assert.deepEqual([two.history.map(({ id }) => id), two.more], [[second], true]);
});

test('who has a conversation of the customer\'s reads them, in after-call work too, and nobody else', async (t) => {
	const { world, ann, hear } = await start(t);
	const first = await hear('My parcel is lost');
	await ann.request('disconnect', { conversation: first });
	await ann.event('disconnected');
	assert.equal((await ann.request('history', { conversation: first })).history.length, 1);
	assert.equal((await ann.request('earlier', { conversation: first, of: first })).messages.length, 1);
	const bob = await world.agent('bob');
	await assert.rejects(bob.request('history', { conversation: first }), refusedWith('not_yours'));
	await bob.goOnQueue();
	await ann.goOffQueue();
	await world.carrier.deliver({ from: '+15550193', to: OURS, text: 'Somebody else' });
	const { id } = await bob.acceptNext('+15550193');
	await assert.rejects(bob.request('earlier', { conversation: id, of: first }), refusedWith('not_yours'));
	await assert.rejects(bob.request('earlier', { conversation: id, of: 'nothing' }), refusedWith('not_yours'));
	assert.deepEqual((await bob.request('history', { conversation: id })).history.map((past) => past.id), [id]);
	await ann.request('wrapup', { conversation: first, leg: 1, wrapup: 'Resolved' });
	await ann.event('closed');
	await assert.rejects(ann.request('history', { conversation: first }), refusedWith('not_yours'));
});
