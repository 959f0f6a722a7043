// A list that is long for a test: imported with progress, packed small, and no dearer to look into than a short one.
// tests/bench/suppression.mjs does the same with ten million.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { run, BIN, World } from './lib/index.mjs';
import { numberOf, someOf, takeCost, writeList } from './lib/lists.mjs';

const SHORT = 10_000;
const LONG = 300_000;

test('three hundred thousand numbers: imported, packed, looked up as quickly as ten thousand', async (t) => {
	const world = await World.start(t, { gateway: false });
	const call = (...args) => world.redis.call(...args);
	const load = async (from, to) => {
		const path = join(world.folder, 'list.csv');
		writeList(path, from, to);
		const { code, stdout, stderr } = await run(join(BIN, 'bindery-router'), ['-c', world.config, 'suppression', 'import', path, '--by', 'kim',
			'--reason', 'r', '--source', 'dnc', '--quiet'], {});
		assert.equal(code, 0, stderr);
		assert.equal(stdout, '');
		assert.match(stderr, new RegExp(`^${to - from} rows \\(100 %\\), ${to - from} added, 0 also, 0 repeated, 0 refused, \\d+ rows/s$`, 'm'));
		return stderr;
	};
	const strangers = Array.from({ length: 500 }, (_, i) => `+44${7_000_000_000 + i * 7919}`);
	const listed = someOf(500, SHORT);
	await load(0, SHORT);
	const short = { free: await takeCost(call, strangers), found: await takeCost(call, listed) };
	await load(SHORT, LONG);
	const long = { free: await takeCost(call, strangers), found: await takeCost(call, listed) };
	for (const { free, found } of [short, long]) {
		assert.equal(free.taken, strangers.length);
		assert.equal(found.taken, 0);
	}
	t.diagnostic(`µs a message: ${[short.free, long.free, short.found, long.found].map(({ us }) => us.toFixed(2))}`);
	// The list is 30 times as long; the machine may be busy.
	assert.ok(long.free.us < 4 * short.free.us, `${short.free.us} → ${long.free.us}`);
	assert.ok(long.found.us < 4 * short.found.us, `${short.found.us} → ${long.found.us}`);

	// Every number is there, none beside them is, and buckets stay packed.
	for (const i of [0, 1, SHORT - 1, SHORT, LONG - 1]) {
		const { code } = await world.command('bindery-router', ['suppression', 'search', numberOf(i)]);
		assert.equal(code, 0, numberOf(i));
	}
	assert.equal((await world.command('bindery-router', ['suppression', 'search', numberOf(LONG)])).code, 1);
	const keys = await call('EVAL', "return redis.call('SCAN', 0, 'MATCH', '{c*}:bulk:*', 'COUNT', 2000)[2]", '0');
	assert.ok(keys.length > 100);
	for (const key of keys) assert.equal(await call('OBJECT', 'ENCODING', key), 'listpack');
	const { stdout } = await world.command('bindery-router', ['suppression', 'export', '--source', 'dnc']);
	assert.equal(stdout.trim().split('\n').length, LONG + 1);

	// The same by HTTP, in pieces.
	const kim = await person(world, 'compliance', 'kim');
	const begun = performance.now();
	const { status, body } = await kim('GET', '/api/v2/compliance/exports/suppressions?source=dnc');
	assert.equal(status, 200);
	t.diagnostic(`by HTTP in ${Math.round(performance.now() - begun)} ms`);
	const numbers = body.trim().split('\n').slice(1).map((line) => line.slice(0, line.indexOf(',')));
	assert.equal(numbers.length, LONG);
	assert.equal(new Set(numbers).size, LONG);
});
