// What gets on badly holds up what depends on it, and nothing else: neither the other messages of its carrier nor
// Redis, which nobody asks over and over what cannot have changed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from './lib/index.mjs';
import { enqueue } from './lib/load.mjs';
import { submitted } from './lib/record.mjs';
import { waitFor } from './lib/wait.mjs';

const THROTTLED = 0x58;
const CUSTOMER = '+15550199';
const THREE_PARTS = 'A'.repeat(320);

const start = (t, limits = {}) =>
	World.start(t, {
		router: 'gone',
		changes: ({ carrier }) => ({ carriers: [carrier.entry({ binds: 2, window: 1, ...limits })] }),
	});

const customers = (count) => Array.from({ length: count }, (_, i) => ({ id: `m${i}`, customer: `+1555000${1000 + i}` }));

// How many functions Redis is asked for in two seconds; each partition is looked at once a second anyhow.
async function asked(redis) {
	const count = async () => Number((await redis.call('INFO', 'commandstats')).match(/cmdstat_fcall:calls=(\d+)/)[1]);
	const before = await count();
	const until = performance.now() + 2000;
	await waitFor(() => performance.now() >= until, { what: 'two seconds' });
	return (await count()) - before;
}

test('a bind whose answers do not come holds up what is tied to it alone', async (t) => {
	const world = await start(t);
	const { submits } = world.carrier;
	world.carrier.onSubmit = (submit) => submits.all[0] === submit || submit.answer();
	await enqueue(world.redis, [{ id: 'long', customer: CUSTOMER, text: THREE_PARTS }]);
	const first = await world.carrier.expectSubmit();
	await enqueue(world.redis, customers(20));
	await waitFor(() => submits.all.length === 21, { what: () => `20 more submits; there are ${submits.all.length - 1}` });
	assert.ok(submits.all.slice(1).every(({ bind }) => bind !== first.bind));
	const count = await asked(world.redis);
	assert.ok(count < 200, `${count} calls while nothing can be sent`);
	first.answer();
	await waitFor(() => submits.all.length === 23, { what: 'the two parts behind it' });
	assert.ok(submits.all.slice(21).every(({ bind }) => bind === first.bind));
});

test('a message that one bind is too busy for goes by another', async (t) => {
	const world = await start(t);
	const { submits } = world.carrier;
	world.carrier.onSubmit = (submit) => submit.answer({ status: submit.bind === submits.all[0].bind ? THROTTLED : 0 });
	await world.carrier.bound(2);
	await enqueue(world.redis, customers(1));
	await waitFor(() => submits.all.length >= 2, { what: 'it goes again' });
	assert.notEqual(submits.all[1].bind, submits.all[0].bind);
});

test('a pause keeps what is to be tried again later until that time', async (t) => {
	const world = await start(t);
	const { submits } = world.carrier;
	const LATER = 0x08;
	world.carrier.onSubmit = (submit) => submit.answer({ status: submits.all.length === 1 ? LATER : 0 });
	await enqueue(world.redis, customers(1));
	await waitFor(() => submits.all.length === 1, { what: 'the first attempt' });
	for (const verb of ['pause', 'resume']) assert.equal((await world.command('bindery-gateway', [verb, 'acme'])).code, 0);
	await waitFor(() => submits.all.length === 2, { what: 'it goes again' });
	const waited = submits.all[1].at - submits.all[0].at;
	assert.ok(waited >= 450, `after ${waited} ms`); // half of a second is the least that it waits
});

test('a customer of whom something waits for the router is asked about less and less often', async (t) => {
	const world = await start(t);
	const { redis } = world;
	let refused = null;
	world.carrier.onSubmit = async (submit) => {
		if (refused) return submit.answer();
		refused = submit;
		await redis.call('XADD', '{c0}:in', '*', 'k', 'mo', 'c', CUSTOMER, 'r', 'what they have written');
		submit.answer({ status: THROTTLED });
	};
	await submitted(redis, { carrier: 'acme', id: 'm1', to: CUSTOMER });
	await world.metricIs(world.gatewayBase, 'bindery_throttled_total', 1);
	const count = await asked(redis);
	assert.ok(count < 200, `${count} calls while nothing can be sent`);
	assert.equal(world.carrier.counts.submit_sm, 1);
	await redis.call('DEL', '{c0}:in');
	await waitFor(() => world.carrier.counts.submit_sm === 2, { what: 'it goes again' });
});
