// Reads tests/corpus/tolerance.txt, whose head says what the keys mean.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TABLE = fileURLToPath(new URL('../../corpus/tolerance.txt', import.meta.url));

// Every case as an object of its keys.
export function readTable() {
	const cases = [];
	for (const line of readFileSync(TABLE, 'utf8').split('\n')) {
		const [, key, value] = line.match(/^(\w+): ?(.*)$/) ?? [];
		if (!key) continue;
		if (key === 'name') cases.push({});
		const at = cases.at(-1);
		at[key] = key in at ? `${at[key]} ${value}` : value;
	}
	return cases.map((each) => ({ carrier: 'acme', outcome: 'waiting', body: 'none', ...each }));
}

// The octets of hex with its XX*N and SEQ.
export function octetsOf(hex, sequence = 0) {
	if (hex === 'none') return Buffer.alloc(0);
	const words = hex.split(' ').map((word) => {
		if (word === 'SEQ') return sequence.toString(16).padStart(8, '0');
		const [octets, times = 1] = word.split('*');
		return octets.repeat(times);
	});
	return Buffer.from(words.join(''), 'hex');
}
