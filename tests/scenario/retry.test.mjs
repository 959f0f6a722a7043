// An agent's message that was not delivered is said once more: once for each failure, by whichever window, ref or
// colleague, behind a restart too; and the thread shows what repeats what.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, refusedWith, World } from './lib/index.mjs';

const EVE = '+15550199';

// A conversation of Ann's in which `text` has failed.
async function failing(t, text = 'Into the void') {
	const world = await World.start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: EVE, to: OURS, text: 'Hello' });
	const { id: conversation } = await ann.acceptNext(EVE);
	const message = await ann.send(conversation, text);
	await fails(world, ann, message.id, text);
	const retry = (agent, id = message.id, options) =>
		agent.request('retry', { conversation, message: id }, options).then((ack) => ack.message);
	return { world, ann, conversation, message, retry };
}

async function fails(world, agent, id, text) {
	const submit = await world.carrier.expectSubmit({ text });
	await submit.receipt({ state: 'UNDELIV', error: '027' });
	await agent.state(id, 'failed');
}

async function delivers(world, agent, id, text) {
	const submit = await world.carrier.expectSubmit({ text });
	await submit.receipt({ state: 'DELIVRD' });
	await agent.state(id, 'delivered');
}

async function copies(world) {
	const [key] = await world.redis.keys(`{c*}:history:${EVE}`);
	const rows = await world.redis.stream(`${key.split(':')[0]}:events`);
	return rows.map(({ fields }) => fields).filter(({ e, of }) => e === 'mt' && of);
}

test('pressed twice and in two windows it goes out once, and the thread shows the chain', async (t) => {
	const { world, ann, conversation, message, retry } = await failing(t);
	const other = await ann.window();
	const ref = ann.ref();
	const answers = await Promise.all([
		retry(ann, message.id, { ref }), retry(ann), retry(other, message.id, { ref }), retry(other), retry(other),
	]);
	const [copy] = answers;
	assert.equal(new Set(answers.map(({ id }) => id)).size, 1, 'one copy');
	assert.notEqual(copy.id, message.id);
	assert.deepEqual([copy.text, copy.of, copy.state], ['Into the void', message.id, 'queued']);
	for (const window of [ann, other]) {
		const { message: shown } = await window.event('message', (event) => event.message.of === message.id);
		assert.deepEqual([shown.id, shown.author], [copy.id, 'ann']);
	}
	await delivers(world, ann, copy.id, 'Into the void');
	assert.equal((await retry(other)).id, copy.id, 'late, too');
	await ann.send(conversation, 'The next');
	await world.carrier.expectSubmit({ text: 'The next' });
	assert.equal(world.carrier.submits.all.length, 3, 'nothing but the first, its copy and the next');
	const [, first, second] = await ann.thread(conversation);
	assert.deepEqual([first.id, first.state, first.again], [message.id, 'failed', copy.id]);
	assert.deepEqual([second.id, second.state, second.of], [copy.id, 'delivered', message.id]);
	assert.deepEqual((await copies(world)).map(({ m, of }) => [m, of]), [[copy.id, message.id]]);
});

test('a copy that fails may be said once more itself, and a router killed right behind doubles nothing', async (t) => {
	const { world, ann, conversation, message, retry } = await failing(t);
	const second = await retry(ann);
	await fails(world, ann, second.id, 'Into the void');
	const ref = ann.ref();
	const third = retry(ann, second.id, { ref }).catch(() => null);
	await world.router.kill();
	await third;
	await world.startRouter();
	await ann.connect();
	const again = await retry(ann, second.id, { ref });
	assert.equal((await retry(ann, second.id)).id, again.id);
	assert.equal((await retry(ann)).id, second.id, 'of the first there is one copy for ever');
	const chain = (await ann.thread(conversation)).slice(1).map(({ id, of, again: next }) => ({ id, of, again: next }));
	assert.deepEqual(chain, [
		{ id: message.id, of: undefined, again: second.id },
		{ id: second.id, of: message.id, again: again.id },
		{ id: again.id, of: second.id, again: undefined },
	]);
	assert.equal((await copies(world)).length, 2);
});

test('what may not be said once more is refused, and by whom', async (t) => {
	const { world, ann, conversation, message, retry } = await failing(t);
	const bob = await world.agent('bob');
	await assert.rejects(retry(bob), refusedWith('not_yours'));
	await assert.rejects(retry(ann, 'nothing'), refusedWith('not_failed'));
	const fine = await ann.send(conversation, 'On its way');
	await assert.rejects(retry(ann, fine.id), refusedWith('not_failed'), 'what is under way');
	await delivers(world, ann, fine.id, 'On its way');
	await assert.rejects(retry(ann, fine.id), refusedWith('not_failed'), 'what was delivered');
	await world.carrier.deliver({ from: EVE, to: OURS, text: 'STOP' });
	await ann.event('opt');
	await assert.rejects(retry(ann), refusedWith('suppressed'));
	await world.carrier.deliver({ from: EVE, to: OURS, text: 'START' });
	await ann.event('opt', ({ opted_out }) => !opted_out);
	// A colleague who has it now says it for her, once.
	await bob.goOnQueue();
	await ann.request('transfer', { conversation, agent: 'bob' });
	await bob.acceptNext(EVE);
	await assert.rejects(retry(ann), refusedWith('not_yours'));
	const copy = await retry(bob);
	assert.deepEqual([copy.author, copy.of], ['bob', message.id]);
	await world.carrier.expectSubmit({ text: 'Into the void' });
});
