// Messages whose time is up while their carrier cannot be had: whoever waits for them is told then, not
// when the carrier is back, and it does not get them any more.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { program } from './lib/api.mjs';
import { OURS, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const CUSTOMER = '+15550199';
const VALIDITY_S = 2;
const AGENTLESS = '/api/v2/conversations/messages/agentless';

const acme = ({ carrier }) => carrier.entry({ validity_s: VALIDITY_S });

// A world whose ann has a conversation with the customer.
async function talking(t, changes = (world) => ({ carriers: [acme(world)] })) {
	const world = await World.start(t, { changes });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	return { world, ann, conversation: id };
}

const age = (message) => Date.now() - message.at_ms;

test('a message for a carrier without a bind expires on time, for the agent and for the API', async (t) => {
	const { world, ann, conversation } = await talking(t);
	const shop = await program(world, 'conversations');
	await world.carrier.close();
	await world.metricIs(world.gatewayBase, 'bindery_bound', 0);
	const { body } = await shop('POST', AGENTLESS, {
		fromAddress: OURS, toAddress: '+15550198', toAddressMessengerType: 'sms', textBody: 'Your parcel is here.',
	});
	const reply = await ann.send(conversation, 'Here we are.');
	await ann.state(reply.id, 'expired');
	assert.ok(age(reply) >= VALIDITY_S * 1000, `after ${age(reply)} ms`);
	const said = async () => (await shop('GET', `/api/v2/conversations/${body.conversationId}/messages`)).body.entities[0];
	await waitFor(async () => (await said()).status === 'delivery-failed');
	const shown = (await ann.thread(conversation)).at(-1);
	assert.deepEqual([shown.id, shown.state], [reply.id, 'expired']);
	await world.metricIs(world.base, 'bindery_expired_total', 2);

	await world.carrier.listen();
	await world.metricIs(world.gatewayBase, 'bindery_bound', 1);
	const again = await ann.send(conversation, 'Here we are again.');
	assert.equal((await world.carrier.expectSubmit({ to: CUSTOMER })).text, 'Here we are again.');
	await ann.state(again.id, 'sent');
	assert.equal(world.carrier.counts.submit_sm, 1);
});

test('so does one for a carrier that is paused', async (t) => {
	const { world, ann, conversation } = await talking(t);
	assert.equal((await world.command('bindery-gateway', ['pause', 'acme'])).code, 0);
	const reply = await ann.send(conversation, 'Here we are.');
	await ann.state(reply.id, 'expired');
	assert.equal((await world.command('bindery-gateway', ['resume', 'acme'])).code, 0);
	const again = await ann.send(conversation, 'Here we are again.');
	await ann.state(again.id, 'sent');
	assert.equal(world.carrier.counts.submit_sm, 1);
});

test('so does one that no gateway is there for', async (t) => {
	const { world, ann, conversation } = await talking(t);
	await world.gateway.stop();
	const reply = await ann.send(conversation, 'Here we are.');
	await ann.state(reply.id, 'expired');
	await world.startGateway();
	const again = await ann.send(conversation, 'Here we are again.');
	await ann.state(again.id, 'sent');
	assert.equal(world.carrier.counts.submit_sm, 1);
});

test('what the gateway has taken and cannot send is ended by the gateway', async (t) => {
	const { world, ann, conversation } = await talking(t);
	const THROTTLED = 0x58;
	world.carrier.onSubmit = (submit) => submit.answer({ status: THROTTLED });
	const reply = await ann.send(conversation, 'Here we are.');
	await world.carrier.expectSubmit({ to: CUSTOMER });
	await world.carrier.close();
	await ann.state(reply.id, 'expired');
	await world.metricIs(world.gatewayBase, 'bindery_mt_expired_total', 1);
});
