// How often a refused submit_sm goes out, and what its message comes to: by the carrier's table of statuses, its
// attempts, and by what is usual for a status.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { waitFor, World } from './lib/index.mjs';
import { enqueue, partitionOf } from './lib/load.mjs';

const VENDOR = 0x455;
const [SYSTEM_ERROR, TEMPORARY, BAD_DESTINATION, BAD_LENGTH] = [0x08, 0x64, 0x0b, 0x01];

// what the carrier says → how many submits, and the state of the message
const CASES = [
	{ what: 'a vendor’s status that the table retries', status: VENDOR, submits: 3, state: 'failed' },
	{ what: 'a system error, sooner than is usual', status: SYSTEM_ERROR, submits: 3, state: 'failed' },
	{ what: 'a status that the table gives up on at once, though it is usually retried', status: TEMPORARY, submits: 1, state: 'failed' },
	{ what: 'a vendor’s status that is not in the table', status: 0x4ff, submits: 1, state: 'failed' },
	{ what: 'a destination that the carrier does not know', status: BAD_DESTINATION, submits: 1, state: 'failed' },
	{ what: 'a refusal of the PDU itself', status: BAD_LENGTH, submits: 1, state: 'failed' },
];

test('refused messages are tried as often as the file says, and end where somebody can see it', async (t) => {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [carrier.entry({
				attempts_max: 3,
				statuses: [
					{ status: VENDOR, action: 'retry', after_ms: 20 },
					{ status: SYSTEM_ERROR, action: 'retry', after_ms: 20 },
					{ status: TEMPORARY, action: 'fail' },
				],
			})],
		}),
	});
	const { carrier, redis } = world;
	const customerOf = (i) => `+1555900${String(i).padStart(4, '0')}`;
	carrier.onSubmit = (submit) => {
		const i = Number(submit.destination.slice(-4));
		submit.answer({ status: CASES[i].status });
	};
	await enqueue(redis, CASES.map((each, i) => ({ id: `a${i}`, customer: customerOf(i) })));
	for (const [i, { what, submits, state }] of CASES.entries())
		await t.test(what, async () => {
			const key = `{c${partitionOf(customerOf(i))}}:msg:a${i}`;
			let message;
			await waitFor(async () => (message = await redis.hash(key)).state === state, { what: () => JSON.stringify(message) });
			const out = carrier.submits.all.filter(({ destination }) => destination.endsWith(customerOf(i).slice(1)));
			assert.equal(out.length, submits);
			assert.match(JSON.stringify(message), /ESME_|0x0000/, 'with what the carrier said');
		});
	// Nothing comes behind that.
	await world.metricIs(world.gatewayBase, 'bindery_mt_failed_total', CASES.length);
	assert.equal(carrier.submits.all.length, CASES.reduce((sum, { submits }) => sum + submits, 0));
});
