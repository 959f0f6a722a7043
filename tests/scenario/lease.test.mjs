// Two gateways that have the same carrier in their files: one binds and sends, the other stands by until it is gone.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from './lib/index.mjs';
import { enqueue, partitionOf } from './lib/load.mjs';
import { freePort, waitFor } from './lib/wait.mjs';

const customers = (count, from = 0) =>
	Array.from({ length: count }, (_, i) => ({ id: `m${from + i}`, customer: `+1555${1000000 + from + i}` }));

// A world with two gateways, the first of which has the carrier; the second's base for /metrics.
async function twoGateways(t, { instance = 'gateway-2', ...limits } = {}) {
	const carriers = ({ carrier }) => [carrier.entry({ binds: 2, window: 10, ...limits })];
	const world = await World.start(t, { changes: (w) => ({ carriers: carriers(w) }) });
	const first = world.gateway;
	t.after(() => first.over || first.kill());
	await world.carrier.bound(2);
	const port = await freePort();
	world.configure((w) => ({ carriers: carriers(w), gateway: { instance, listen: '127.0.0.1', port } }));
	await world.startGateway({ ready: false });
	const base = `http://127.0.0.1:${port}`;
	await world.metricIs(base, 'bindery_carrier_standby', 1);
	await world.gateway.says(new RegExp(`event=standing_by carrier=acme instance=${instance} other=gateway-1`));
	return { world, first, second: world.gateway, base };
}

const sendsOnce = async ({ world }, count, from = 0) => {
	const { all } = world.carrier.submits;
	const before = all.length;
	await enqueue(world.redis, customers(count, from));
	await waitFor(() => all.length >= before + count, { what: () => `${count} submits; there are ${all.length - before}` });
	assert.equal(new Set(all.map(({ destination }) => destination)).size, all.length);
};

for (const instance of ['gateway-2', 'gateway-1'])
	test(`a second gateway, ${instance}, does not bind, and takes over from one that was killed`, async (t) => {
		const two = await twoGateways(t, { instance });
		const { world, first, base } = two;
		await sendsOnce(two, 50);
		assert.equal(world.carrier.counts.bind, 2);
		assert.equal(await world.metric(world.gatewayBase, 'bindery_carrier_standby'), 0);
		await world.metricIs(base, 'bindery_carrier_standby', 1);
		// What is in flight at a gateway that dies may have been sent, and is sent again.
		await waitFor(async () => (await world.redis.keys('{c*}:flight:acme')).length === 0, { what: 'nothing in flight' });
		await first.kill();
		await waitFor(() => world.carrier.counts.bind === 4 && world.carrier.binds.length === 2, { what: 'the binds of the second' });
		await world.metricIs(base, 'bindery_carrier_standby', 0);
		await sendsOnce(two, 50, 50);
	});

test('one that is stopped in good order leaves the carrier at once', async (t) => {
	const two = await twoGateways(t);
	const { world, first } = two;
	const holder = () => world.redis.call('GET', '{gw}:lease:acme');
	const had = await holder();
	assert.ok(had);
	assert.equal(await first.stop(), 0);
	assert.notEqual(await holder(), had, 'it was given up, and did not have to run out');
	await waitFor(() => world.carrier.counts.bind === 4, { what: 'the binds of the second' });
	await sendsOnce(two, 20);
});

test('one that stood still too long finds the carrier another’s, and sends nothing', async (t) => {
	const two = await twoGateways(t, { on_unknown: 'hold' });
	const { world, first, base } = two;
	const { submits } = world.carrier;
	// Of what it had taken some is on its way, and more waits.
	world.carrier.onSubmit = () => {};
	await enqueue(world.redis, customers(60));
	await waitFor(() => submits.all.length === 20, { what: 'full windows' });
	first.child.kill('SIGSTOP');
	t.after(() => first.child.kill('SIGCONT'));
	world.carrier.onSubmit = (submit) => submit.answer();
	await world.metricIs(base, 'bindery_carrier_standby', 0, { timeout: 60_000 });
	await waitFor(() => submits.all.length === 60, { what: () => `the rest; there are ${submits.all.length}` });
	first.child.kill('SIGCONT');
	await first.says(/event=lease_lost carrier=acme instance=gateway-1 other=gateway-2/);
	await waitFor(() => world.carrier.binds.length === 2, { what: 'the first unbinds' });
	await sendsOnce(two, 20, 60);
	assert.equal(submits.all.length, 80);
	// What was on its way is of nobody knows what end, and is told so.
	await world.metricIs(base, 'bindery_mt_unknown_total', 20);
	await two.second.kill();
	await waitFor(() => world.carrier.binds.length === 2 && world.carrier.counts.bind >= 6, { what: 'the first has it again' });
	world.gateway = first;
	await sendsOnce({ world }, 20, 80);
});

test('a Redis that is away for longer than the lease costs no bind and no message', async (t) => {
	const world = await World.start(t, { router: 'gone' });
	await world.carrier.bound(2);
	world.redis.child.child.kill('SIGSTOP');
	const until = performance.now() + 10_000;
	await waitFor(() => performance.now() >= until, { what: 'ten seconds' });
	world.redis.child.child.kill('SIGCONT');
	await sendsOnce({ world }, 20);
	assert.equal(world.carrier.counts.bind, 2);
});

test('one that gives the carrier up has told before what became of what it sent, however slow Redis is', async (t) => {
	const world = await World.start(t, {
		router: 'gone',
		changes: ({ carrier, ports }) => ({
			carriers: [carrier.entry({ binds: 1 })],
			gateway: { listen: '127.0.0.1', port: ports.gateway, drain_s: 1 },
		}),
	});
	const { submits } = world.carrier;
	const sent = (count) => world.metricIs(world.gatewayBase, 'bindery_mt_sent_total', count);
	world.carrier.onSubmit = () => {};
	await enqueue(world.redis, customers(200).filter(({ customer }) => partitionOf(customer) === 3).slice(0, 2));
	await waitFor(() => submits.all.length === 2, { what: 'both are sent' });
	await world.redis.call('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 10_000);
	await world.redis.call('CLIENT', 'PAUSE', 3000, 'ALL');
	for (const [i, submit] of submits.all.entries()) {
		submit.answer();
		await sent(i + 1); // the first is on its way, the second is gathered
	}
	assert.equal(await world.gateway.stop(), 0);
	const log = (await world.redis.call('SLOWLOG', 'GET', 10_000)).reverse().map(([, , , args]) => args.map(String));
	const ended = log.findIndex(([name, called]) => name === 'FCALL' && called === 'carrier_lease_end');
	const told = log.findLastIndex(([name, key]) => name === 'XADD' && key === '{c3}:back');
	assert.ok(told >= 0 && told < ended, `told as ${told}, given up as ${ended}`);
});
