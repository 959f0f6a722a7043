// What routers that are killed and stand still tell of the day, in sums and one by one, is what reading all events anew
// gives: each is counted once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, Random, waitFor, Worker, World } from './lib/index.mjs';

const CUSTOMERS = 12;
const ROUNDS = 4;
const PATIENCE = { timeout: 60_000 };
const OFFSET = -60_000 * new Date().getTimezoneOffset();

const DISTURBANCES = [
	async ({ world }) => {
		await world.router.kill();
		await world.startRouter();
	},
	async ({ world, random }) => {
		world.router.child.kill('SIGSTOP');
		await new Promise((done) => setTimeout(done, random.between(1, 400)));
		world.router.child.kill('SIGCONT');
	},
];

// Reads what has not been read, behind whatever a router has told.
async function fold({ redis }) {
	const args = Object.entries({ now: Date.now(), limit: 100, offset: OFFSET }).flat();
	while ((await redis.call('FCALL', 'today_fold', 1, '{acd}', ...args))[0] === 'more');
}

const KEYS = ['{acd}:today:*', '{acd}:points:*'];

// The figures of the days and what is drawn by the minute, without samples of what stood then.
async function figures({ redis }) {
	const found = {};
	for (const key of (await Promise.all(KEYS.map((keys) => redis.keys(keys)))).flat()) {
		if (/:today:(cursor|open|states)$/.test(key)) continue;
		const told = Object.entries(await redis.hash(key)).filter(([field]) => !/ (waiting|on_queue)$/.test(field));
		if (told.length) found[key] = Object.fromEntries(told);
	}
	return found;
}

// The sum of that figure over the days.
const sum = (found, field) => Object.values(found).reduce((all, hash) => all + Number(hash[field] ?? 0), 0);

// Each of the customers writes, is answered, and the conversation is closed. `closed`: the customers' messages of which that
// is true, of all rounds.
async function round({ world, workers }, closed, number) {
	await Promise.all(Array.from({ length: CUSTOMERS }, (_, i) =>
		world.carrier.deliverUntilTaken({ from: `+1555${1000 + i}`, to: OURS, text: `Hello ${number}`, reference: number })));
	await waitFor(async () => {
		for (const { agent, replies } of workers) {
			for (const [key, { conversation, accepted }] of replies) {
				if (!accepted || closed.has(key)) continue;
				const over = await agent.close(conversation, 'Resolved', '').then(() => true, ({ code }) => code === 'not_yours');
				if (over) closed.add(key);
			}
		}
		return closed.size >= number * CUSTOMERS;
	}, { ...PATIENCE, what: () => `all are closed; ${closed.size} are` });
}

test('what is told of a day by routers that are killed and stand still is what reading it gives', async (t) => {
	const world = await World.start(t);
	const random = new Random(t);
	await world.router.kill();
	await world.redis.call('HSET', '{acd}:queue:support', 'service_level_s', 1); // some are late, mostly
	await world.startRouter();
	const workers = [];
	const closed = new Set();
	for (const name of ['ann', 'bob', 'carl']) workers.push(await Worker.start(world, name));
	t.after(() => workers.forEach((worker) => worker.stop()));
	for (let i = 1; i <= ROUNDS; i++) {
		const going = round({ world, workers }, closed, i);
		going.catch(() => {});
		const mark = (i - 1) * CUSTOMERS + random.between(0, CUSTOMERS);
		await waitFor(() => closed.size >= mark, { ...PATIENCE, what: () => `${mark} are closed; ${closed.size} are` });
		await random.one(DISTURBANCES)({ world, random });
		await going;
	}
	const all = ROUNDS * CUSTOMERS;
	await waitFor(async () => sum(await figures(world), 'q support legs') >= all, { ...PATIENCE, what: 'the router has told all' });
	await world.router.kill();
	await fold(world);
	const told = await figures(world);
	await world.redis.call('DEL', ...(await Promise.all(KEYS.map((keys) => world.redis.keys(keys)))).flat());
	await world.redis.call('SET', '{acd}:today:cursor', '0-0');
	await fold(world);
	assert.deepEqual(told, await figures(world));
	for (const figure of ['offered', 'answered', 'legs']) assert.equal(sum(told, `q support ${figure}`), all, figure);
	await world.startRouter();
});
