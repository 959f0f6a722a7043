// The simulated carrier's bad day (tests/sim/scenarios/bad-day.json) against both daemons: throttles, a
// vendor's status, receipts early, doubled and contradicted, half PDUs, wrong lengths, rubbish, dropped
// links, refused binds, lost answers. Whatever it does, every message ends in a state that is right.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Smsc } from '../sim/smsc.mjs';
import { scenarioOf } from '../sim/trouble.mjs';
import { World } from './lib/index.mjs';
import { enqueue, partitionOf } from './lib/load.mjs';
import { waitFor } from './lib/wait.mjs';

const FILE = fileURLToPath(new URL('../sim/scenarios/bad-day.json', import.meta.url));
const MESSAGES = 360;
const FINAL = ['delivered', 'failed', 'expired', 'unknown'];

test('a bad day of the carrier loses nothing', { timeout: 180_000 }, async (t) => {
	const smsc = new Smsc({ systemId: 'bindery', password: 'demo' });
	const port = await smsc.listen(0);
	t.after(() => smsc.close());
	const got = new Map(); // how often each customer was sent the message
	smsc.on('submit', ({ pdu }) => got.set(pdu.destination_addr, (got.get(pdu.destination_addr) ?? 0) + 1));
	const refused = new Set();
	const steps = scenarioOf(readFileSync(FILE, 'utf8'), FILE);
	smsc.once('binds', () => smsc.play(steps));
	const world = await World.start(t, {
		changes: {
			carriers: [
				{
					name: 'acme',
					hosts: [{ host: '127.0.0.1', port }],
					system_id: 'bindery',
					password: 'demo',
					binds: 2,
					window: 10,
					response_timeout_s: 2,
					read_timeout_s: 1,
					backoff_min_ms: 50,
					backoff_max_ms: 200,
					// Whatever is unknown goes again until it is known; that this has an end is tested by itself.
					resubmits_max: 100,
				},
			],
		},
	});
	const messages = Array.from({ length: MESSAGES }, (_, i) => ({
		id: `bad-${i}`,
		customer: `+1555${String(i).padStart(7, '0')}`,
	}));
	await enqueue(world.redis, messages);

	const states = () =>
		Promise.all(
			messages.map(({ id, customer }) =>
				world.redis.call('HMGET', `{c${partitionOf(customer)}}:msg:${id}`, 'state', 'reason'),
			),
		);
	let last = [];
	await waitFor(
		async () => {
			last = await states();
			return last.every(([state]) => FINAL.includes(state));
		},
		{
			timeout: 120_000,
			what: () => JSON.stringify(Object.groupBy?.(last, ([state]) => state) ?? last.map(([state]) => state)),
		},
	);

	// The day took its course, and the carrier is well and bound at its end.
	for (const what of ['throttled', 'refused', 'receipts doubled', 'receipts contradicted', 'half PDUs',
		'wrong lengths', 'rubbish', 'links dropped', 'binds refused', 'answers lost'])
		assert.ok(smsc.done[what] > 0, `${what}: ${JSON.stringify(smsc.done)}`);
	await waitFor(() => smsc.binds.size === 2, { what: 'both binds are back' });

	for (const [i, [state, reason]] of last.entries()) {
		const sent = got.get(messages[i].customer.slice(1)) ?? 0;
		if (state === 'failed') {
			// The vendor's status is final; the carrier never took it.
			assert.equal(sent, 0, messages[i].id);
			assert.match(reason, /445/, messages[i].id);
			refused.add(i);
		} else {
			assert.equal(state, 'delivered', messages[i].id);
			assert.ok(sent >= 1, messages[i].id);
		}
	}
	assert.equal(refused.size, smsc.done.refused);
	for (let p = 0; p < 16; p++) {
		assert.equal(await world.redis.call('HLEN', `{c${p}}:busy`), 0);
		assert.equal(await world.redis.call('HLEN', `{c${p}}:flight:acme`), 0);
	}
	assert.equal(await world.metric(world.base, 'bindery_receipt_orphan_total'), 0);
});
