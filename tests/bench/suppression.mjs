// How long ten million suppressed numbers take to import, what each takes in Redis, and what a look for one costs in
// the step that sends, from ten thousand to all of them:
//
//	node tests/bench/suppression.mjs [--size N]

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { someOf, takeCost, writeList } from '../scenario/lib/lists.mjs';
import { Redis } from '../scenario/lib/redis.mjs';
import { BIN, command, FOLDER, stopAll, World } from './world.mjs';

const size = Number(process.argv[process.argv.indexOf('--size') + 1] || 0) || 10_000_000;
const name = 'suppression';

async function importList(world, from, to) {
	const path = join(world.folder, 'list.csv');
	writeList(path, from, to);
	const began = performance.now();
	await command(join(BIN, 'bindery-router'), ['-c', world.config, 'suppression', 'import', path, '--by', 'bench', '--reason', 'bench',
		'--source', 'bench', '--quiet']);
	return (performance.now() - began) / 1000;
}

// Numbers of one partition, as its messages have, that are on no list.
const strangers = Array.from({ length: 500 }, (_, i) => `+44${7_000_000_000 + i * 7919}`);

mkdirSync(FOLDER, { recursive: true });
rmSync(join(FOLDER, name), { recursive: true, force: true });
const world = await World.alone(name);
try {
	const redis = new Redis(world.folder);
	const call = (...args) => redis.call(...args);
	const empty = await world.redisMemory();
	let done = 0;
	let took = 0;
	console.log('numbers      import s   numbers/s   octets each   take µs, none listed   take µs, all listed');
	for (const step of [10_000, 100_000, 1_000_000, 10_000_000, size].filter((n, i, all) => n <= size && all.indexOf(n) === i)) {
		took += await importList(world, done, step);
		done = step;
		const memory = (await world.redisMemory()) - empty;
		const listed = someOf(500, done);
		const free = await takeCost(call, strangers);
		const found = await takeCost(call, listed);
		console.log([String(done).padEnd(10), took.toFixed(1).padStart(10), Math.round(done / took).toString().padStart(11),
			(memory / done).toFixed(1).padStart(13), free.us.toFixed(2).padStart(22), found.us.toFixed(2).padStart(21)].join(' '));
	}
	redis.connection?.end();
} finally {
	await stopAll();
}
