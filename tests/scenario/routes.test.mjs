// Which carrier a message goes by, and what becomes of it when that one refuses it or is away.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Carrier } from './lib/carrier.mjs';
import { OURS, Refused, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const CUSTOMER = '+447700900199';
const VENDOR = 0x45b;

// A world with a second carrier, `world.beta`, behind or beside the first.
async function twoCarriers(t, { acme = {}, beta = {}, ways, ...rest } = {}) {
	const second = await Carrier.start();
	t.after(() => second.close());
	const world = await World.start(t, {
		...rest,
		changes: ({ carrier }) => {
			const common = { system_id: carrier.systemId, password: carrier.password, binds: 2, window: 10 };
			const host = (port) => [{ host: '127.0.0.1', port }];
			return {
				carriers: [
					{ name: 'acme', hosts: host(carrier.port), backoff_max_ms: 500, ...common, ...acme },
					{ name: 'beta', hosts: host(second.port), backoff_max_ms: 500, ...common, ...beta },
				],
				numbers: [
					{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop' },
					{ address: '+15550101', carrier: 'acme', queue: 'support', programme: 'shop' },
				],
				routes: ways && [{ prefix: '+44', carriers: ways }],
			};
		},
	});
	world.beta = second;
	await Promise.all([world.carrier.bound(2), second.bound(2)]);
	return world;
}

const BOTH = [
	{ name: 'acme', priority: 1 },
	{ name: 'beta', priority: 2 },
];

async function conversation(world, from = CUSTOMER) {
	const ann = world.ann ?? (world.ann = await world.agent('ann'));
	await ann.goOnQueue();
	await world.carrier.deliver({ from, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(from);
	return { ann, id };
}

const sum = async (world, what) => {
	let total = 0;
	for (const key of await world.redis.keys('{c*}:count'))
		total += Number((await world.redis.call('HGET', key, what)) ?? 0);
	return total;
};

test('a route leads to another carrier than the number has', async (t) => {
	const world = await twoCarriers(t, { ways: [{ name: 'beta' }] });
	const { ann, id } = await conversation(world);
	const sent = await ann.send(id, 'By the other one.');
	const submit = await world.beta.expectSubmit({ to: CUSTOMER });
	assert.equal(submit.text, 'By the other one.');
	await ann.state(sent.id, 'sent');
	assert.equal(await submit.receipt(), 'ESME_ROK');
	await ann.state(sent.id, 'delivered');
	assert.equal(world.carrier.counts.submit_sm, 0);
});

test('what one carrier refuses goes to the next, before what is behind it', async (t) => {
	const world = await twoCarriers(t, {
		ways: BOTH,
		acme: { statuses: [{ status: VENDOR, action: 'reroute' }] },
	});
	world.carrier.onSubmit = (submit) => submit.answer({ status: VENDOR });
	const { ann, id } = await conversation(world);
	const sent = [];
	for (let i = 0; i < 5; i++) sent.push(await ann.send(id, `Number ${i}`));
	for (let i = 0; i < 5; i++) {
		const submit = await world.beta.expectSubmit({ to: CUSTOMER });
		assert.equal(submit.text, `Number ${i}`);
		await ann.state(sent[i].id, 'sent');
	}
	assert.equal(world.carrier.counts.submit_sm, 5);
	assert.equal(await sum(world, 'rerouted'), 5);
});

test('a message of several segments goes whole, or not at all', async (t) => {
	const world = await twoCarriers(t, {
		ways: BOTH,
		acme: { statuses: [{ status: VENDOR, action: 'reroute' }] },
		beta: { concatenation: 'payload' },
	});
	world.carrier.onSubmit = (submit) => submit.answer({ status: VENDOR });
	const { ann, id } = await conversation(world);
	const whole = await ann.send(id, 'a'.repeat(400));
	const { text } = await world.beta.expectMessage({ to: CUSTOMER });
	assert.equal(text, 'a'.repeat(400));
	await ann.state(whole.id, 'sent');

	let count = 0;
	world.carrier.onSubmit = (submit) => submit.answer({ status: count++ ? VENDOR : 0 });
	const torn = await ann.send(id, 'b'.repeat(400));
	await ann.state(torn.id, 'failed');
	assert.equal(world.beta.counts.submit_sm, 1);
});

test('what every carrier refuses fails with what the last one said', async (t) => {
	const statuses = [{ status: VENDOR, action: 'reroute' }];
	const world = await twoCarriers(t, { ways: BOTH, acme: { statuses }, beta: { statuses } });
	world.carrier.onSubmit = (submit) => submit.answer({ status: VENDOR });
	world.beta.onSubmit = (submit) => submit.answer({ status: VENDOR });
	const { ann, id } = await conversation(world);
	const sent = await ann.send(id, 'Anyone?');
	await ann.state(sent.id, 'failed');
	assert.deepEqual([world.carrier.counts.submit_sm, world.beta.counts.submit_sm], [1, 1]);
	world.beta.onSubmit = (submit) => submit.answer();
	const next = await ann.send(id, 'Anyone now?');
	await ann.state(next.id, 'sent');
});

test('a status of the table is retried after its time, and another fails at once', async (t) => {
	const world = await twoCarriers(t, {
		acme: {
			statuses: [
				{ status: VENDOR, action: 'retry', after_ms: 300 },
				{ status: 0x08, action: 'fail' },
			],
		},
	});
	world.carrier.onSubmit = (submit) => submit.answer({ status: VENDOR });
	const { ann, id } = await conversation(world);
	const sent = await ann.send(id, 'Patience');
	const first = await world.carrier.expectSubmit({ to: CUSTOMER });
	world.carrier.onSubmit = (submit) => submit.answer();
	const second = await world.carrier.expectSubmit({ to: CUSTOMER });
	assert.ok(second.at - first.at >= 295, `${second.at - first.at} ms`);
	await ann.state(sent.id, 'sent');
	world.carrier.onSubmit = (submit) => submit.answer({ status: 0x08 });
	const failed = await ann.send(id, 'No patience');
	await ann.state(failed.id, 'failed');
});

test('a carrier without a bind gives what waits to the next, in its order', async (t) => {
	const world = await twoCarriers(t, { ways: BOTH, acme: { reroute_after_s: 1 } });
	const { ann, id } = await conversation(world);
	await world.carrier.close();
	const sent = [];
	for (let i = 0; i < 5; i++) sent.push(await ann.send(id, `Number ${i}`));
	for (let i = 0; i < 5; i++)
		assert.equal((await world.beta.expectSubmit({ to: CUSTOMER })).text, `Number ${i}`);
	for (const { id: message } of sent) await ann.state(message, 'sent');
	await world.carrier.listen();
	await world.carrier.bound(2);
	await ann.send(id, 'Back again');
	const back = await world.carrier.expectSubmit({ to: CUSTOMER });
	assert.equal(back.text, 'Back again');
});

test('what waits for carriers none of which has a bind stays until one has', async (t) => {
	const world = await twoCarriers(t, { ways: BOTH, acme: { reroute_after_s: 1 }, beta: { reroute_after_s: 1 } });
	const { ann, id } = await conversation(world);
	for (const carrier of [world.carrier, world.beta]) await carrier.close();
	const sent = [];
	for (let i = 0; i < 3; i++) sent.push(await ann.send(id, `Number ${i}`));
	const attempts = () => world.gateway.output.split(/event=not_bound carrier=beta/).length;
	const before = attempts();
	await waitFor(() => attempts() >= before + 16, { what: () => `sixteen attempts to bind; ${attempts() - before} were made` });
	assert.equal(await sum(world, 'diverted'), 0);
	await world.beta.listen();
	for (let i = 0; i < 3; i++)
		assert.equal((await world.beta.expectSubmit({ to: CUSTOMER })).text, `Number ${i}`);
	for (const { id: message } of sent) await ann.state(message, 'sent');
});

test('a carrier that only receives gives what waits to one that sends', async (t) => {
	const world = await twoCarriers(t, { ways: BOTH, acme: { bind_type: 'receiver', reroute_after_s: 1 } });
	const { ann, id } = await conversation(world);
	const { id: message } = await ann.send(id, 'By the other');
	assert.equal((await world.beta.expectSubmit({ to: CUSTOMER })).text, 'By the other');
	await ann.state(message, 'sent');
});

test('a message to one of our own numbers is caught when it is accepted', async (t) => {
	const world = await twoCarriers(t);
	const { ann, id } = await conversation(world, '+15550101');
	const refused = await ann.send(id, 'Round and round').then(
		() => null,
		(error) => error,
	);
	assert.ok(refused instanceof Refused);
	assert.equal(refused.code, 'no_route');
	assert.match(refused.message, /one of our own/);
	await waitFor(async () => (await world.redis.keys('{c*}:mt:*')).length === 0);
	assert.equal(world.carrier.counts.submit_sm, 0);
});
