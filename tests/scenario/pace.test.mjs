// How fast segments go: what the limits of a carrier, a bind and a number allow, no less and no more,
// and what a carrier that is too busy does to the order. BINDERY_PACE_RATES names the rates that are
// measured, `50,500,5000` for all of them; BINDERY_PACE_S for how long.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';
import { enqueue, middleSecond } from './lib/load.mjs';
import { heard } from './lib/record.mjs';
import { waitFor } from './lib/wait.mjs';

const RATES = (process.env.BINDERY_PACE_RATES ?? '50,500').split(',').map(Number);
const SECONDS = Number(process.env.BINDERY_PACE_S ?? 10);
const THROTTLED = 0x58;
const SYSTEM_ERROR = 0x08;

function start(t, { carrier: limits = {}, number = {}, gateway = true }) {
	return World.start(t, {
		router: 'gone',
		gateway,
		carrier: { keepLog: false },
		changes: ({ carrier }) => ({
			log: { level: 'info' },
			carriers: [carrier.entry({ binds: 2, window: 200, ...limits })],
			numbers: [
				{ address: OURS, carrier: 'acme', ...number },
				{ address: '+15550101', carrier: 'acme' },
			],
		}),
	});
}

const customers = (count, from = 0) =>
	Array.from({ length: count }, (_, i) => {
		const n = String(from + i).padStart(7, '0');
		return { id: `m${n}`, customer: `+1555${n}` };
	});

// Times at which the carrier got its submits, in ms from the first.
function arrivals(world, fits = () => true) {
	const at = world.carrier.submits.all.filter(fits).map((submit) => submit.at);
	return at.map((each) => each - at[0]);
}

// The same by the gateway's own clock, which stands in what it says of each: a carrier that is late to read, as on a
// machine with other work, is not the gateway's pace.
async function written(world) {
	const at = (await heard(world.redis, 'rs')).map(({ record }) => record.submittedMs).sort((a, b) => a - b);
	return at.map((each) => each - at[0]);
}

// The rate behind the first burst, and the greatest excess over what the bucket allows at any time.
function measure(times, rate, burst) {
	const after = times.filter((each) => each >= 500);
	const measured = ((after.length - 1) * 1000) / (after.at(-1) - after[0]);
	let excess = 0;
	for (const [i, each] of times.entries()) excess = Math.max(excess, i + 1 - (burst + (rate * each) / 1000));
	return { measured, excess };
}

const LIMITS = {
	carrier: (rate, burst) => ({ carrier: { throughput: rate, throughput_burst: burst } }),
	number: (rate, burst) => ({ number: { throughput: rate, throughput_burst: burst } }),
	bind: (rate, burst) => ({ carrier: { bind_throughput: rate / 2, bind_throughput_burst: burst / 2 } }),
};

for (const rate of RATES) {
	for (const [what, limit] of Object.entries(LIMITS)) {
		test(`${rate} segments a second of a ${what} are ${rate}`, { timeout: 120_000 }, async (t) => {
			const burst = 2 * Math.ceil(rate / 16);
			const world = await start(t, { ...limit(rate, burst), gateway: false });
			await enqueue(world.redis, customers(Math.ceil(burst + rate * SECONDS)));
			await world.startGateway();
			const { all } = world.carrier.submits;
			await waitFor(() => all.length && all.at(-1).at - all[0].at >= SECONDS * 950, { timeout: 60_000 });
			const times = await written(world);
			const { measured, excess } = measure(times, rate, burst);
			const middle = middleSecond(times);
			t.diagnostic(`${what} ${rate}: ${measured.toFixed(1)}/s, ${middle} in the middle second, ${excess.toFixed(1)} above the bucket`);
			assert.ok(Math.abs(measured / rate - 1) < 0.02, `measured ${measured}, ${middle} in the middle second`);
			assert.ok(excess <= Math.max(3, rate * 0.02), `${excess} above the bucket`);
		});
	}
}

for (const rate of RATES) {
	test(`${rate} segments a second of a number are ${rate} beside another without a limit`, { timeout: 120_000 }, async (t) => {
		const burst = 2 * Math.ceil(rate / 16);
		const others = Math.min(4 * rate, 5000);
		const world = await start(t, { ...LIMITS.number(rate, burst), gateway: false });
		// What the one is too fast for stands before everything of the other, and more comes while it goes.
		await enqueue(world.redis, customers(Math.ceil(burst + rate * SECONDS)));
		await enqueue(world.redis, customers(others, 2_000_000), { ours: '+15550101' });
		await world.startGateway();
		const { all } = world.carrier.submits;
		const quick = (submit) => submit.source.endsWith('5550101');
		await waitFor(() => all.length && all.at(-1).at - all[0].at >= SECONDS * 500, { timeout: 60_000 });
		const before = all.length;
		await enqueue(world.redis, customers(others, 3_000_000), { ours: '+15550101' });
		await waitFor(() => all.length && all.at(-1).at - all[0].at >= SECONDS * 950, { timeout: 60_000 });
		const late = all.slice(before).filter(quick).length;
		const own = (await heard(world.redis, 'rs')).filter(({ record }) => Number(record.id.slice(1)) < 2_000_000);
		const times = own.map(({ record }) => record.submittedMs).sort((a, b) => a - b);
		const { measured, excess } = measure(times.map((each) => each - times[0]), rate, burst);
		t.diagnostic(`${rate}: ${measured.toFixed(1)}/s beside ${all.filter(quick).length}, ${excess.toFixed(1)} above the bucket`);
		assert.equal(all.filter(quick).length, 2 * others);
		assert.ok(late > 0);
		assert.ok(Math.abs(measured / rate - 1) < 0.02, `measured ${measured}`);
		assert.ok(excess <= Math.max(3, rate * 0.02), `${excess} above the bucket`);
	});
}

test('reloads fill no bucket', async (t) => {
	const limits = { throughput: 50, throughput_burst: 25 };
	const world = await start(t, { carrier: limits });
	await enqueue(world.redis, customers(2000));
	const { all } = world.carrier.submits;
	await waitFor(() => all.length > 0);
	const reloads = () => world.gateway.output.split('event=reloaded').length - 1;
	while (reloads() < 10) {
		const before = reloads();
		world.gateway.child.kill('SIGHUP');
		await waitFor(() => reloads() > before);
	}
	const count = all.length;
	const seconds = (performance.now() - all[0].at) / 1000;
	assert.ok(count <= 25 + 50 * seconds + 3, `${count} in ${seconds} s`);
});

test('a segment that was throttled has all its attempts left', async (t) => {
	const world = await start(t, { carrier: { attempts_max: 2 } });
	const statuses = [THROTTLED, THROTTLED, SYSTEM_ERROR, 0];
	world.carrier.onSubmit = (submit) => submit.answer({ status: statuses.shift() });
	await enqueue(world.redis, customers(1));
	await waitFor(() => statuses.length === 0, { what: () => `four submits; ${statuses.length} are missing` });
});

test('a slow number does not hold up another', async (t) => {
	const world = await start(t, { number: { throughput: 5, throughput_burst: 1 } });
	await world.carrier.bound(2);
	await enqueue(world.redis, customers(3000));
	await enqueue(world.redis, customers(500, 10_000), { ours: '+15550101' });
	const quick = (submit) => submit.source.endsWith('5550101');
	await waitFor(() => arrivals(world, quick).length === 500);
	const slow = world.carrier.submits.all.filter((submit) => !quick(submit));
	const seconds = (slow.at(-1).at - slow[0].at) / 1000;
	assert.ok(slow.length <= 3 + 5 * seconds, `${slow.length} in ${seconds} s`);
	await waitFor(() => world.carrier.submits.all.length >= 500 + 20);
});

test('numbers that keep failing do not hold up the rest', async (t) => {
	const world = await start(t, { carrier: { window: 5, attempts_max: 1000 } });
	const fails = (submit) => /^\+?1555001/.test(submit.destination);
	world.carrier.onSubmit = (submit) => submit.answer({ status: fails(submit) ? SYSTEM_ERROR : 0 });
	await world.carrier.bound(2);
	await enqueue(world.redis, customers(200, 10_000));
	await waitFor(() => arrivals(world, fails).length >= 40, { what: '40 refusals, as many as may be under way' });
	await enqueue(world.redis, customers(50));
	await waitFor(() => arrivals(world, (submit) => !fails(submit)).length === 50);
});

test('a carrier that is too busy loses nothing and changes no order within a conversation', async (t) => {
	const world = await start(t, {});
	const refused = new Map();
	let answered = 0;
	const got = new Map();
	world.carrier.onSubmit = (submit) => {
		answered += 1;
		const seen = refused.get(submit.text) ?? 0;
		// One in twenty, and a stretch of all.
		if ((answered % 20 === 0 || (answered > 150 && answered < 180)) && seen < 3) {
			refused.set(submit.text, seen + 1);
			submit.answer({ status: THROTTLED });
			return;
		}
		submit.answer();
		got.set(submit.destination, [...(got.get(submit.destination) ?? []), submit.text]);
	};
	await world.startRouter();
	await world.carrier.bound(2);
	const talk = Array.from({ length: 400 }, (_, i) => ({
		id: `t${i}`,
		customer: `+155500001${String(i % 20).padStart(2, '0')}`,
		text: `${i % 20}.${Math.floor(i / 20)}`,
	}));
	await enqueue(world.redis, talk, { kind: 'interactive' });
	await waitFor(() => [...got.values()].flat().length >= 400, {
		timeout: 60_000,
		what: () => `400 accepted; there are ${[...got.values()].flat().length}`,
	});
	assert.ok(refused.size > 5);
	assert.equal(got.size, 20);
	for (const texts of got.values())
		assert.deepEqual(texts.map((text) => Number(text.split('.')[1])), Array.from({ length: 20 }, (_, i) => i));
	assert.ok((await world.metric(world.gatewayBase, 'bindery_throttled_total')) > 0);
});
