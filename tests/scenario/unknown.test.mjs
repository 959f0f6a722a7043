// A submit_sm whose answer does not come in time, is sent again, and then gets its answers after all,
// in an unlucky order: the state is what became of the message, not what was said last.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { enqueue } from './lib/load.mjs';
import { pdu, RawSmsc } from './lib/raw.mjs';
import { heard, submitted } from './lib/record.mjs';
import { waitFor } from './lib/wait.mjs';

const CUSTOMER = '+15550199';
const MESSAGES = 40;
const DUPLICATE = 0x45d; // a vendor's
const THROTTLED = 0x58;
const SUBMIT_SM_RESP = 0x80000004;

const impatient = (world, more = {}) => [world.carrier.entry({ response_timeout_s: 1, ...more })];

// ann's reply was submitted twice, as its first answer is missing: { ann, reply, first, again }.
async function submittedTwice(t) {
	const world = await World.start(t, {
		changes: (world) => ({ carriers: impatient(world, { response_timeout_s: 4 }) }), // in which the rest is said
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

describe('the confirmation of an opt-out, of which nobody knows whether the carrier has it', () => {
	const carriers = ({ carrier }) => ({
		programmes: [{ name: 'shop', scope: 'programme', stop_text: 'You are out.', help_text: 'Help is here.' }],
		carriers: [
			{
				name: 'acme', hosts: [{ host: '127.0.0.1', port: carrier.port }], system_id: carrier.systemId,
				password: carrier.password, response_timeout_s: 1, on_unknown: 'resubmit',
			},
		],
	});
	const sent = (world) => world.carrier.submits.all.map(({ text }) => text);
	async function asked(t, word) {
		const world = await World.start(t, { changes: carriers });
		world.carrier.onSubmit = () => {};
		await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: word });
		return { world, first: await world.carrier.expectSubmit({ to: CUSTOMER }) };
	}
	const unknown = (world) => world.metricIs(world.gatewayBase, 'bindery_mt_unknown_total', 1);

	test('is not sent again where its answer does not come, which the record says until it does', async (t) => {
		const { world, first } = await asked(t, 'STOP');
		await unknown(world);
		await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'HELP' });
		(await world.carrier.expectSubmit({ text: 'Help is here.' })).answer(); // behind it in the same thread
		assert.deepEqual(sent(world).filter((text) => text === first.text), ['You are out.']);
		first.answer({ messageId: 'aa' });
		await world.metricIs(world.gatewayBase, 'bindery_mt_sent_total', 2);
	});

	test('is not sent again by a gateway that was killed', async (t) => {
		const { world } = await asked(t, 'STOP');
		await world.gateway.kill();
		await world.startGateway();
		await world.carrier.bound(1);
		await unknown(world);
		await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'HELP' });
		(await world.carrier.expectSubmit({ text: 'Help is here.' })).answer();
		assert.deepEqual(sent(world).filter((text) => text === 'You are out.'), ['You are out.']);
	});

	test('where what HELP is answered is, as the carrier’s on_unknown says', async (t) => {
		const { world } = await asked(t, 'HELP');
		await world.gateway.kill();
		await world.startGateway();
		(await world.carrier.expectSubmit({ text: 'Help is here.' })).answer();
	});
});

test('a carrier that answers late is not sent everything twice', async (t) => {
	const world = await World.start(t, {
		router: 'gone',
		changes: (world) => ({ carriers: impatient(world) }),
	});
	world.carrier.onSubmit = (submit) => setTimeout(() => submit.bind.open && submit.answer(), 1100);
	const messages = Array.from({ length: MESSAGES }, (_, i) => ({ id: `m${i}`, customer: `+15550000${100 + i}` }));
	await enqueue(world.redis, messages);
	const sent = new Set();
	await waitFor(
		async () => {
			for (const { record } of await heard(world.redis, 'rs')) if (record.outcome === 'sent') sent.add(record.id);
			return sent.size === MESSAGES;
		},
		{ timeout: 60_000, what: () => `all are sent; ${sent.size} are` },
	);
	const { submit_sm: copies } = world.carrier.counts;
	assert.ok(copies < 1.25 * MESSAGES, `${MESSAGES} messages were ${copies} submits`);
});

// What ann's reply comes to at a carrier that takes it and never answers.
async function unanswered(t, more) {
	const world = await World.start(t, { changes: (world) => ({ carriers: impatient(world, more) }) });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	world.carrier.onSubmit = () => {};
	return { world, ann, reply: await ann.send(id, 'Here we are.') };
}

test('a carrier that never answers gets two more copies, and a person the rest', async (t) => {
	const { world, ann, reply } = await unanswered(t);
	await ann.state(reply.id, 'unknown');
	assert.equal(world.carrier.counts.submit_sm, 3);
	await world.gateway.says(new RegExp(`event=given_up carrier=acme id=${reply.id} segment=0 resubmits=2 why=response_timeout`));
	assert.equal(await world.metric(world.gatewayBase, 'bindery_mt_given_up_total'), 1);
	assert.equal(await world.metric(world.gatewayBase, 'bindery_mt_unknown_total'), 1);
});

test('how many it gets is for the file to say, and counted over a gateway that dies', async (t) => {
	const { world, ann, reply } = await unanswered(t, { resubmits_max: 1, response_timeout_s: 4 }); // in which it is killed
	await world.carrier.expectSubmit({ to: CUSTOMER });
	await world.carrier.expectSubmit({ to: CUSTOMER });
	await waitFor(async () => (await world.happened()).some(({ fields }) => fields.e === 'resent'));
	await world.gateway.kill();
	await world.startGateway();
	await ann.state(reply.id, 'unknown');
	await world.gateway.says(/event=given_up .*resubmits=1 why=gateway_restarted/);
	assert.equal(world.carrier.counts.submit_sm, 2);
});

test('what is left of a long message is cut as it was, though the file says otherwise by then', async (t) => {
	const smsc = await RawSmsc.start();
	t.after(() => smsc.close());
	const carriers = (concatenation) => [
		{
			name: 'acme',
			hosts: [{ host: '127.0.0.1', port: smsc.port }],
			system_id: 'bindery',
			password: 'secret',
			concatenation,
		},
	];
	const world = await World.start(t, { router: 'gone', changes: { carriers: carriers('udh8') } });
	await smsc.bound();
	const text = 'a'.repeat(153) + 'b'.repeat(153) + 'c'.repeat(20);
	await submitted(world.redis, { carrier: 'acme', id: 'm1', to: '+15559000001', text });
	const parts = [];
	for (let i = 0; i < 3; i++) parts.push(await smsc.submit('15559000001'));
	parts[0].link.write(pdu(SUBMIT_SM_RESP, 0, parts[0].sequence, '616100'));
	await waitFor(async () => (await heard(world.redis, 'rs')).length === 1);
	await world.gateway.kill();
	// What the router makes of that result.
	await world.redis.call('HSET', '{c0}:msg:m1', 'n', 3, 's0', 'sent');

	world.configure({ carriers: carriers('payload') });
	await world.startGateway();
	for (const part of parts.slice(1)) {
		const again = await smsc.submit('15559000001');
		assert.equal(again.octets.toString('hex', 16), part.octets.toString('hex', 16));
		again.link.write(pdu(SUBMIT_SM_RESP, 0, again.sequence, '626200'));
	}
});
