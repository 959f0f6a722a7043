// How long ten million suppressed numbers take to import, what each takes in Redis, and what a look for one costs in the
// step that sends, from ten thousand to all of them.

import { join } from 'node:path';

import { someOf, takeCost, writeList } from '../scenario/lib/lists.mjs';
import { Redis } from '../scenario/lib/redis.mjs';
import { row } from './row.mjs';
import { BIN, command, World } from './world.mjs';

// Of the country that no list has numbers of.
const strangers = Array.from({ length: 500 }, (_, i) => `+44${7_000_000_000 + i * 7919}`);

async function importList(world, from, to) {
	const path = join(world.folder, 'list.csv');
	writeList(path, from, to);
	const began = performance.now();
	await command(join(BIN, 'bindery-router'), ['-c', world.config, 'suppression', 'import', path, '--by', 'bench', '--reason', 'bench',
		'--source', 'bench', '--quiet']);
	return (performance.now() - began) / 1000;
}

export async function suppression(options) {
	const sizes = options.quick ? [10_000, 100_000] : [10_000, 1_000_000, 10_000_000];
	const world = await World.alone('suppression');
	const rows = [];
	const runs = [{ complete: true }];
	const note = (name, unit, value, digits = 1) => rows.push(row(name, unit, runs, () => value, digits));
	const redis = new Redis(world.folder);
	const call = (...args) => redis.call(...args);
	const empty = await world.redisMemory();
	let done = 0;
	let took = 0;
	for (const size of sizes) {
		took += await importList(world, done, size);
		done = size;
		const octets = ((await world.redisMemory()) - empty) / size;
		const [free, found] = [await takeCost(call, strangers), await takeCost(call, someOf(500, size))];
		const what = `${size.toLocaleString('en')} suppressed`;
		note(`${what}: imported in`, 's', took);
		note(`${what}: each`, 'octets', octets);
		note(`${what}: take of a message that goes`, 'µs', free.us);
		note(`${what}: take of a message that does not`, 'µs', found.us);
	}
	redis.connection?.end();
	await world.finish();
	return rows;
}
