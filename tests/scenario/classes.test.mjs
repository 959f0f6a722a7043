// What a person writes goes before what waits of lower classes, wherever that waits: in Redis, or in the gateway,
// which took it before and may not send it yet.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { customers, enqueue, partitionOf } from './lib/load.mjs';
import { waitFor } from './lib/wait.mjs';

const THROTTLED = 0x58;
const SYSTEM_ERROR = 0x08;
const CUSTOMER = '+15550199';
const agent = (id = 'agent') => [{ id, customer: CUSTOMER, text: 'With pleasure' }];
const isAgent = ({ text }) => text === 'With pleasure';

const start = (t, limits = {}, number = {}) =>
	World.start(t, {
		router: 'gone',
		changes: ({ carrier }) => ({
			carriers: [carrier.entry({ binds: 1, window: 4, ...limits })],
			numbers: [{ address: OURS, carrier: 'acme', ...number }, { address: '+15550101', carrier: 'acme' }],
		}),
	});

test('what a person writes goes before bulk that the carrier was too busy for', async (t) => {
	const world = await start(t);
	const { submits } = world.carrier;
	world.carrier.onSubmit = (submit) => submit.answer({ status: submits.all.length <= 4 ? THROTTLED : 0 });
	await enqueue(world.redis, customers(40));
	await waitFor(() => submits.all.length >= 4, { what: () => `4 refusals; there are ${submits.all.length}` });
	await enqueue(world.redis, agent(), { kind: 'interactive' });
	await waitFor(() => submits.all.length === 45, { what: () => `45 submits; there are ${submits.all.length}` });
	assert.equal(submits.all.findIndex(isAgent), 4);
});

test('what a person writes goes before bulk of a number that is too fast', async (t) => {
	const world = await start(t, { window: 50 }, { throughput: 20, throughput_burst: 1 });
	const { submits } = world.carrier;
	await enqueue(world.redis, customers(300));
	await waitFor(() => submits.all.length >= 5, { what: () => `5 submits; there are ${submits.all.length}` });
	await enqueue(world.redis, agent(), { kind: 'interactive' });
	const before = submits.all.length;
	await waitFor(() => submits.all.some(isAgent), { what: 'what the agent wrote' });
	const ahead = submits.all.findIndex(isAgent) - before;
	assert.ok(ahead <= 3, `${ahead} went before it`);
});

test('bulk that the gateway has goes on while more is written than can go', async (t) => {
	const world = await start(t, { window: 1 });
	const { submits } = world.carrier;
	const refused = new Set();
	// The first bulk is refused once, and waits in the gateway.
	world.carrier.onSubmit = (submit) => {
		const busy = !isAgent(submit) && !refused.size;
		if (busy) refused.add(submit.text);
		submit.answer({ status: busy ? THROTTLED : 0 });
	};
	await enqueue(world.redis, customers(1));
	await waitFor(() => refused.size === 1, { what: 'the refusal' });
	const talks = Array.from({ length: 60 }, (_, i) => ({ ...agent(`a${i}`)[0], customer: `+15552${String(100000 + i)}` }));
	await enqueue(world.redis, talks, { kind: 'interactive' });
	await waitFor(() => submits.all.length === 62, { what: () => `62 submits; there are ${submits.all.length}` });
	const at = submits.all.findLastIndex((submit) => !isAgent(submit));
	assert.ok(at >= 2 && at <= 16, `it came as number ${at}`);
});

test('a message that is to be tried again later does not hold up its number', async (t) => {
	const world = await start(t, { attempts_max: 1000 }, { throughput: 50, throughput_burst: 1 });
	const { submits } = world.carrier;
	const fails = ({ text }) => text === 'never';
	world.carrier.onSubmit = (submit) => submit.answer({ status: fails(submit) ? SYSTEM_ERROR : 0 });
	await enqueue(world.redis, [{ id: 'bad', customer: CUSTOMER, text: 'never' }]);
	// By then it waits for a second at least between two attempts.
	await waitFor(() => submits.all.length >= 2, { what: 'the second attempt' });
	await enqueue(world.redis, customers(25));
	const attempts = () => submits.all.filter(fails).length;
	const before = attempts();
	await waitFor(() => submits.all.length - attempts() === 25, { what: () => `25 others; there are ${submits.all.length - attempts()}` });
	assert.ok(attempts() - before <= 1, `${attempts() - before} attempts of it meanwhile`);
});

test('what a person writes does not wait while bulk is held back since the router does not keep up', async (t) => {
	const world = await start(t);
	const tag = `{c${partitionOf(CUSTOMER)}}`;
	const takes = async () => (await world.redis.call('SLOWLOG', 'GET', 10_000))
		.filter(([, , , args]) => String(args[1]) === 'mt_take' && String(args[3]) === tag).length;
	const waits = [];
	await world.redis.call('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 10_000);
	await world.redis.call('SET', `${tag}:behind`, '1');
	await enqueue(world.redis, [{ id: 'bulk', customer: CUSTOMER }]);
	for (let i = 0; i < 5; i++) {
		await world.redis.call('SLOWLOG', 'RESET');
		await waitFor(async () => (await takes()) >= 9, { what: 'it is asked for ever more seldom' });
		const began = performance.now();
		await enqueue(world.redis, agent(`agent${i}`), { kind: 'interactive', mark: '+' });
		waits.push((await world.carrier.expectSubmit({ text: 'With pleasure' })).at - began);
		await world.redis.call('HDEL', `${tag}:busy`, `${OURS}:${CUSTOMER}`); // no router lets it go
	}
	waits.sort((a, b) => a - b);
	assert.ok(waits[2] < 100, `${waits.map(Math.round)} ms`);
	assert.equal(world.carrier.submits.all.filter((submit) => !isAgent(submit)).length, 0);
});
