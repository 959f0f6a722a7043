// A submit_sm whose answer does not come in time, is sent again, and then gets its answers after all,
// in an unlucky order: the state is what became of the message, not what was said last.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';
const DUPLICATE = 0x45d; // a vendor's
const THROTTLED = 0x58;

// ann's reply was submitted twice, as its first answer is missing: { ann, reply, first, again }.
async function submittedTwice(t) {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [
				{
					name: 'acme',
					hosts: [{ host: '127.0.0.1', port: carrier.port }],
					system_id: carrier.systemId,
					password: carrier.password,
					response_timeout_s: 1,
				},
			],
		}),
	});
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	world.carrier.onSubmit = () => {};
	const reply = await ann.send(id, 'Here we are.');
	const first = await world.carrier.expectSubmit({ to: CUSTOMER });
	const again = await world.carrier.expectSubmit({ to: CUSTOMER });
	assert.equal(again.text, first.text);
	return { world, ann, reply, first, again };
}

test('a repetition that is refused does not undo what was accepted late', async (t) => {
	const { world, ann, reply, first, again } = await submittedTwice(t);
	first.answer({ messageId: 'aa' });
	await ann.state(reply.id, 'sent');
	again.answer({ status: DUPLICATE });
	await first.receipt();
	await ann.state(reply.id, 'delivered');
	assert.equal(await world.metric(world.gatewayBase, 'bindery_mt_failed_total'), 0);
});

test('a repetition that is refused leaves the first one unknown, until that is answered', async (t) => {
	const { ann, reply, first, again } = await submittedTwice(t);
	again.answer({ status: DUPLICATE });
	await ann.state(reply.id, 'unknown');
	first.answer({ messageId: 'aa' });
	await ann.state(reply.id, 'sent');
	await first.receipt();
	await ann.state(reply.id, 'delivered');
});

test('a repetition that is throttled is not sent once more where the first was accepted', async (t) => {
	const { world, ann, reply, first, again } = await submittedTwice(t);
	first.answer({ messageId: 'aa' });
	await ann.state(reply.id, 'sent');
	again.answer({ status: THROTTLED });
	await first.receipt();
	await ann.state(reply.id, 'delivered');
	assert.equal(world.carrier.counts.submit_sm, 2);
});
