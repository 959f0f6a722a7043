// Messages that no agent writes: accepted once, sent once, answered by the customer; and what refuses them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person, program } from './lib/api.mjs';
import { OURS, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const PATH = '/api/v2/conversations/messages/agentless';
const CUSTOMER = '+447700900199';
const message = (more = {}) => ({
	fromAddress: OURS, toAddress: CUSTOMER, toAddressMessengerType: 'sms', textBody: 'Your parcel is here.', ...more,
});
const ok = (answer, status = 200) => {
	assert.equal(answer.status, status, JSON.stringify(answer.body));
	return answer.body;
};

test('a message goes out, its state is told, and the reply finds it', async (t) => {
	const world = await World.start(t);
	const shop = await program(world, 'conversations', 'Shop');
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const sent = ok(await shop('POST', PATH, message({ toAddress: '+44 7700 900199' })), 202);
	assert.deepEqual(
		[sent.fromAddress, sent.toAddress, sent.messengerType, sent.textBody, sent.segmentCount],
		[OURS, CUSTOMER, 'sms', 'Your parcel is here.', 1],
	);
	assert.ok(Math.abs(Date.parse(sent.timestamp) - Date.now()) < 60_000);
	const submit = await world.carrier.expectSubmit({ to: CUSTOMER });
	assert.equal(submit.text, 'Your parcel is here.');
	const path = `/api/v2/conversations/${sent.conversationId}`;
	const state = async () => ok(await shop('GET', `${path}/messages`)).entities[0].status;
	await waitFor(async () => (await state()) === 'sent');
	await submit.receipt();
	await waitFor(async () => (await state()) === 'delivery-success');

	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Which door?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	assert.equal(id, sent.conversationId);
	const { messages } = await ann.request('thread', { conversation: id, limit: 10 });
	assert.deepEqual(messages.map(({ text, author }) => [text, author ?? '']),
		[['Your parcel is here.', 'Shop'], ['Which door?', '']]);

	const under = ok(await shop('POST', PATH, message({ textBody: 'The red one.', useExistingActiveConversation: true })), 202);
	assert.equal(under.conversationId, id);
	const shown = await ann.event('message', ({ message: { text } }) => text === 'The red one.');
	assert.equal(shown.message.author, 'Shop');
	const apart = ok(await shop('POST', PATH, message({ textBody: 'Beside it.' })), 202);
	assert.notEqual(apart.conversationId, id);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Thanks' });
	await ann.event('message', ({ message: { text } }) => text === 'Thanks');

	const conversation = ok(await shop('GET', path));
	assert.deepEqual([conversation.id, conversation.state, conversation.address], [id, 'connected', OURS]);
	const [customer, us] = conversation.participants;
	assert.deepEqual([customer.purpose, customer.address, us.purpose, us.queueId], ['customer', CUSTOMER, 'acd', 'support']);
	assert.deepEqual(customer.messages[0].messages.map(({ messageStatus }) => messageStatus), ['received', 'received']);
	assert.equal(us.messages[0].messages[0].messageStatus, 'delivery-success');
	const flat = ok(await shop('GET', `/api/v2/conversations/messages/${id}`));
	assert.deepEqual(flat.participants[1].messages.length, 2);
	const page = ok(await shop('GET', `${path}/messages?pageSize=1`));
	assert.deepEqual([page.entities[0].textBody, page.more], ['Thanks', true]);
	const earlier = ok(await shop('GET', `${path}/messages?pageSize=1&before=${page.before}`));
	assert.equal(earlier.entities[0].textBody, 'The red one.');
	for (const query of ['pageSize=0', 'pageSize=201', 'before=x', 'before=1-'])
		assert.equal((await shop('GET', `${path}/messages?${query}`)).status, 400, query);
	for (const bad of ['nobody', id.replace(/^./, (c) => (c === 'a' ? 'b' : 'a'))])
		assert.equal((await shop('GET', `/api/v2/conversations/${bad}`)).status, 404);
});

test('several messages before any reply are one history, and the next conversation has it', async (t) => {
	const world = await World.start(t);
	const shop = await program(world, 'conversations');
	const first = ok(await shop('POST', PATH, message({ textBody: 'One' })), 202);
	const second = ok(await shop('POST', PATH, message({ textBody: 'Two' })), 202);
	assert.equal(first.conversationId, second.conversationId);
	for (const text of ['One', 'Two']) assert.equal((await world.carrier.expectSubmit({ to: CUSTOMER })).text, text);
});

test('the same key sends once, over a kill of the router as well', async (t) => {
	const world = await World.start(t);
	const shop = await program(world, 'conversations');
	const other = await program(world, 'conversations', 'Other');
	const key = { 'idempotency-key': 'order 4711' };
	const answers = await Promise.all(Array.from({ length: 8 }, () => shop('POST', PATH, message(), key)));
	const [first] = answers;
	for (const answer of answers) assert.deepEqual([answer.status, answer.body], [202, first.body]);
	await world.router.kill();
	await world.startRouter();
	assert.deepEqual(ok(await shop('POST', PATH, message(), key), 202), first.body);
	const reused = await shop('POST', PATH, message({ textBody: 'Another' }), key);
	assert.deepEqual([reused.status, reused.body.code], [422, 'idempotency.key.reused']);
	assert.equal((await shop('POST', PATH, message({ toAddress: '+447700900198' }), key)).status, 422);
	assert.notEqual(ok(await other('POST', PATH, message(), key), 202).id, first.body.id);
	assert.notEqual(ok(await shop('POST', PATH, message(), { 'idempotency-key': 'order 4712' }), 202).id, first.body.id);
	for (let i = 0; i < 3; i++) await world.carrier.expectSubmit({ to: CUSTOMER });
	assert.equal((await shop('POST', PATH, message(), { 'idempotency-key': 'x'.repeat(129) })).status, 400);
	await waitFor(async () => {
		const lengths = [];
		for (const key of await world.redis.keys('{c*}:mt:*')) lengths.push(await world.redis.call('XLEN', key));
		return lengths.every((length) => length === 0);
	});
	assert.equal(world.carrier.counts.submit_sm, 3);
});

test('what is accepted is on disk: the router is killed at once, and the message goes out', async (t) => {
	const world = await World.start(t, { gateway: false });
	const shop = await program(world, 'conversations');
	const texts = [];
	for (let i = 0; i < 20; i++) {
		ok(await shop('POST', PATH, message({ textBody: `Number ${i}` })), 202);
		texts.push(`Number ${i}`);
	}
	await world.router.kill();
	await world.redis.kill();
	await world.redis.start();
	await world.startRouter();
	await world.startGateway();
	for (const text of texts) assert.equal((await world.carrier.expectSubmit({ to: CUSTOMER })).text, text);
});

test('who has opted out gets nothing, and the program is told so', async (t) => {
	const world = await World.start(t);
	const shop = await program(world, 'conversations');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'STOP' });
	await world.carrier.expectSubmit({ to: CUSTOMER });
	const refused = await shop('POST', PATH, message());
	assert.deepEqual([refused.status, refused.body.code], [400, 'recipient.opted.out']);
	const [blocked] = (await world.happened()).filter(({ fields }) => fields.e === 'blocked');
	assert.deepEqual([blocked.fields.by, blocked.fields.customer], [`client:${shop.id}`, CUSTOMER]);
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'START' });
	await world.carrier.expectSubmit({ to: CUSTOMER });
	ok(await shop('POST', PATH, message()), 202);
	assert.equal((await world.carrier.expectSubmit({ to: CUSTOMER })).text, 'Your parcel is here.');
});

test('what cannot be sent is told why', async (t) => {
	const world = await World.start(t, {
		gateway: false,
		changes: ({ carrier }) => ({
			carriers: [{ name: 'acme', hosts: [{ host: '127.0.0.1', port: carrier.port }], system_id: carrier.systemId,
				password: carrier.password, segments_max: 2 }],
		}),
	});
	const shop = await program(world, 'conversations');
	const agent = await person(world, 'agent');
	assert.equal((await agent('POST', PATH, message())).status, 403);
	for (const [more, code] of [
		[{ fromAddress: '+15559999999' }, 'from.address.unknown'],
		[{ fromAddress: 'Shop' }, 'from.address.unknown'],
		[{ fromAddress: '' }, 'bad.request'],
		[{ toAddress: 'Shop' }, 'to.address.invalid'],
		[{ toAddress: '12345' }, 'to.address.invalid'],
		[{ toAddress: `+${'1'.repeat(40)}` }, 'to.address.invalid'],
		[{ toAddress: OURS }, 'no.route'],
		[{ toAddressMessengerType: 'whatsapp' }, 'bad.request'],
		[{ toAddressMessengerType: undefined }, 'bad.request'],
		[{ textBody: '' }, 'text.empty'],
		[{ textBody: ' \n' }, 'text.empty'],
		[{ textBody: 7 }, 'bad.request'],
		[{ textBody: 'x'.repeat(1000) }, 'text.too.long'],
		[{ textBody: 'x'.repeat(16001) }, 'bad.request'],
		[{ useExistingActiveConversation: 'yes' }, 'bad.request'],
	]) {
		const { status, body } = await shop('POST', PATH, message(more));
		assert.deepEqual([status, body.code], [400, code], JSON.stringify(more).slice(0, 80));
		assert.ok(body.message.length > 10);
	}
	assert.deepEqual(await world.redis.keys('{c*}:mt:*'), []);
});
