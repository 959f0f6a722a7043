// Long lists of numbers, how long it takes to import them, and what a look into them costs.

import { closeSync, openSync, writeSync } from 'node:fs';

import { entryOf, partitionOf } from './load.mjs';

// The i-th of many numbers, all different: stepping by a number that has no factor in common with their count.
const COUNT = 8_000_000_000;
const STEP = 7_919_333;
export const numberOf = (i) => `+1${2_000_000_000 + ((i * STEP) % COUNT)}`;

// `count` of the first `among` numbers, spread over them, that are in partition 0.
export function someOf(count, among) {
	const found = [];
	const step = Math.max(1, Math.floor(among / count / 20));
	for (let i = 0; found.length < count && i < among; i += step) if (partitionOf(numberOf(i)) === 0) found.push(numberOf(i));
	return found;
}

// A file of numbers from..to-1, a line each.
export function writeList(path, from, to) {
	const file = openSync(path, 'w');
	for (let i = from; i < to; ) {
		const lines = [];
		for (const end = Math.min(to, i + 100_000); i < end; i++) lines.push(numberOf(i));
		writeSync(file, `${lines.join('\n')}\n`);
	}
	closeSync(file);
}

// Microseconds that Redis spends on a message when a gateway takes it, with the look for suppression in the same
// step, the least of `rounds`, and how many of the messages were handed out. `customers` are the numbers that they go
// to, all of the partition `tag`; `call` is one Redis command.
export async function takeCost(call, customers, { rounds = 5, tag = '{c0}' } = {}) {
	const spent = async () => Number((await call('INFO', 'commandstats')).match(/cmdstat_fcall:calls=\d+,usec=(\d+)/)?.[1] ?? 0);
	const run = (await call('GET', `${tag}:open`)) ?? '';
	const scopes = 'all|p:shop|n:+15550100';
	let us = Infinity;
	let taken;
	for (let round = 0; round < rounds; round++) {
		const fill = 'for i = 1, #ARGV, 4 do redis.call("XADD", KEYS[1], "*", unpack(ARGV, i, i + 3)) end';
		const entries = customers.flatMap((customer, i) => entryOf({ id: `m${i + 1}`, customer, ours: '+15550100', scopes, ref: 1, record: 'record' }));
		await call('EVAL', fill, '1', `${tag}:mt:bench:bulk`, ...entries);
		const before = await spent();
		taken = 0;
		while (Number(await call('XLEN', `${tag}:mt:bench:bulk`)) > 0) {
			const [, ...messages] = await call('FCALL', 'mt_take', '1', tag, 'carrier', 'bench', 'run', run, 'now', '1', 'max', '1000');
			taken += messages.length;
		}
		us = Math.min(us, ((await spent()) - before) / customers.length);
		await call('DEL', `${tag}:flight:bench`, `${tag}:busy`, `${tag}:back`, ...Array.from({ length: customers.length }, (_, i) => `${tag}:msg:m${i + 1}`));
	}
	return { us, taken };
}
