// The figures of `./appliance bench`: one table, each figure the median of several runs. A figure
// counts only if nothing was lost, doubled, refused or out of order in any of its runs.

import { writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { parseArgs } from 'node:util';

import { measureAll, NAMES } from './measure.mjs';
import { stopAll, versions } from './world.mjs';

const USAGE = `usage: ./appliance bench [--quick] [--only NAME]... [--runs N] [--json FILE] [--verbose]
  --quick      a few seconds for each figure: whether it works, not how fast it is
  --only NAME  of ${NAMES.join(', ')}
  --runs N     runs of each figure, 1..25, 3 by default
  --json FILE  the figures of every run
  --verbose    what every run measured, on stderr
`;

function readOptions() {
	const { values } = parseArgs({
		options: {
			quick: { type: 'boolean', default: false },
			only: { type: 'string', multiple: true, default: [] },
			runs: { type: 'string' },
			json: { type: 'string' },
			verbose: { type: 'boolean', default: false },
			help: { type: 'boolean', short: 'h', default: false },
		},
	});
	const runs = Number(values.runs ?? (values.quick ? 1 : 3));
	if (!Number.isInteger(runs) || runs < 1 || runs > 25) throw new Error('--runs wants 1..25');
	for (const name of values.only)
		if (!NAMES.includes(name)) throw new Error(`--only wants one of ${NAMES.join(', ')}`);
	return {
		...values,
		runs,
		wants: (name) => values.only.length === 0 || values.only.includes(name),
		told: (run) => {
			if (values.verbose) process.stderr.write(`${JSON.stringify(run)}\n`);
			else process.stderr.write('.');
		},
	};
}

function number(value, digits) {
	return value.toLocaleString('en-US', {
		minimumFractionDigits: digits,
		maximumFractionDigits: digits,
	});
}

function table(rows) {
	const cells = rows.map((row) => [
		row.name,
		number(row.median, row.digits),
		row.unit,
		row.runs.length > 1 ? `${number(row.least, row.digits)} – ${number(row.most, row.digits)}` : '',
		row.faults ? `does not count: ${row.faults}` : (row.note ?? ''),
	]);
	cells.unshift(['figure', 'median', 'unit', 'least – most', '']);
	const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((line) => line[at].length)));
	return cells
		.map(([name, value, unit, spread, note]) =>
			[
				name.padEnd(widths[0]),
				value.padStart(widths[1]),
				unit.padEnd(widths[2]),
				spread.padEnd(widths[3]),
				note,
			]
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
}

async function main() {
	const options = readOptions();
	if (options.help) {
		process.stdout.write(USAGE);
		return 0;
	}
	const begun = Date.now();
	const rows = await measureAll(options);
	const { model, kernel, redis, file } = await versions();
	const seconds = Math.round((Date.now() - begun) / 1000);
	const memory = Math.round(totalmem() / 2 ** 30);
	const machine =
		`${availableParallelism()} CPUs (${model}), ${memory} GiB, ${kernel}, ${file}, ` +
		`Redis ${redis} with appendfsync always, everything on this machine; ` +
		`${options.runs} runs, ${seconds} s`;
	if (!options.verbose) process.stderr.write('\n');
	process.stdout.write(`${machine}\n\n${table(rows)}\n`);
	if (options.json) writeFileSync(options.json, `${JSON.stringify({ machine, rows }, null, '\t')}\n`);
	return rows.some((row) => row.faults) ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(signal, () => stopAll().finally(() => process.exit(130)));

try {
	process.exitCode = await main();
} catch (error) {
	process.stderr.write(`bench: ${error.message}\n`);
	if (error.code?.startsWith?.('ERR_PARSE_ARGS')) process.stderr.write(USAGE);
	process.exitCode = 1;
} finally {
	await stopAll();
}
