// The ledger while processes are killed with -9: it has each STOP once, its heads fit it, and what is kept of it outside
// of Redis goes on where it was.

import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { BIN, OURS, Random, run, waitFor, World } from './lib/index.mjs';
import { isSigned, leafOf, readExport, rootOf } from './lib/ledger.mjs';
import { ledgerIn } from './lib/world.mjs';

async function verified(world) {
	const { code, stdout, stderr } = await world.command('bindery-router', ['ledger', 'export']);
	assert.equal(code, 0, stderr);
	const told = await run(join(BIN, 'bindery-router'), ['ledger', 'verify', '-', '--key', join(world.folder, 'ledger/public.pem')], { input: stdout });
	assert.equal(told.code, 0, told.stdout);
	return readExport(stdout);
}

// Started anew, with its bind where it is the gateway.
async function again(world, name) {
	if (name === 'redis') {
		await world.redis.kill();
		await world.redis.start();
	} else if (name === 'router') {
		await world.router.kill();
		await world.startRouter();
	} else {
		await world.gateway.kill();
		await world.startGateway();
	}
	for (const base of [world.base, world.gatewayBase])
		await waitFor(async () => (await fetch(`${base}/readyz`)).ok, { what: () => `${base} is ready` });
	await world.carrier.bound(2);
}

test('STOPs while router, gateway and Redis are killed: each is one record, and every head fits', async (t) => {
	const random = new Random(t);
	const world = await World.start(t, { changes: (w) => ({ ledger: ledgerIn(w.folder, { head_interval_s: 1 }) }) });
	const customers = Array.from({ length: 120 }, (_, i) => `+1555030${String(i).padStart(4, '0')}`);
	let next = 0;
	for (const name of ['router', 'redis', 'gateway', 'router', 'redis', 'router']) {
		const mine = customers.slice(next, (next += 20));
		const at = random.between(0, 20);
		for (const [i, from] of mine.entries()) {
			if (i === at) await again(world, name);
			await world.carrier.deliverUntilTaken({ from, to: OURS, text: 'STOP' });
		}
	}
	await world.metricIs(world.base, 'bindery_ledger_records', customers.length, { timeout: 60_000 });
	await world.metricIs(world.base, 'bindery_ledger_covered', customers.length);
	const ledger = await verified(world);
	const all = [...ledger.records.values()].flat();
	assert.equal(all.length, customers.length);
	assert.equal(new Set(all.map(({ fields }) => fields.who)).size, customers.length);
	assert.ok(all.every(({ fields }) => fields.what === 'revoke'));
	const pem = readFileSync(join(world.folder, 'ledger/public.pem'));
	assert.ok(ledger.heads.length > 2);
	for (const head of ledger.heads) {
		assert.ok(isSigned(head, pem));
		for (const [partition, { size, root }] of head.trees)
			assert.deepEqual(rootOf(ledger.records.get(partition).slice(0, size).map(({ text }) => leafOf(text))), root);
	}
});

test('leaves that are cut within a row, lost or too many are made good from Redis', async (t) => {
	const world = await World.start(t, { changes: (w) => ({ ledger: ledgerIn(w.folder, { head_interval_s: 1 }) }) });
	const say = async (text) => {
		const before = await world.metric(world.base, 'bindery_ledger_records');
		await world.carrier.deliver({ from: '+15550199', to: OURS, text });
		await world.metricIs(world.base, 'bindery_ledger_records', before + 1);
	};
	for (const text of ['STOP', 'START', 'STOP']) await say(text);
	await world.metricIs(world.base, 'bindery_ledger_covered', 3);
	const folder = join(world.folder, 'ledger');
	const leaves = join(folder, readdirSync(folder).find((name) => name.startsWith('leaves-') && statSync(join(folder, name)).size));
	assert.equal(statSync(leaves).size, 3 * 48);
	const whole = readFileSync(leaves);
	const damages = {
		'half a row': () => truncateSync(leaves, 2 * 48 + 17),
		'nothing left': () => truncateSync(leaves, 0),
		'rows of nothing behind': () => appendFileSync(leaves, Buffer.alloc(96, 7)),
		'half a row behind': () => appendFileSync(leaves, Buffer.alloc(20, 7)),
	};
	for (const [what, damage] of Object.entries(damages)) {
		await world.router.kill();
		damage();
		await world.startRouter();
		await world.metricIs(world.base, 'bindery_ledger_records', 3);
		assert.deepEqual(readFileSync(leaves).subarray(0, 144), whole, what);
		await verified(world);
	}
	await say('START');
	await world.metricIs(world.base, 'bindery_ledger_covered', 4);
	assert.equal(statSync(leaves).size, 4 * 48);
	await verified(world);
});
