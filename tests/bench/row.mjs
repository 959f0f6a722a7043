// Rows of the table: a figure by its runs, and what disqualifies it.

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// What disqualifies a run: '' for a good one.
export function faults(run) {
	const bad = ['refused', 'lost', 'duplicates', 'disordered', 'strays', 'failed', 'unknown', 'errors', 'sweep_found']
		.filter((name) => run[name] > 0)
		.map((name) => `${run[name]} ${name}`);
	if (!run.complete) bad.push('not complete');
	for (const what of ['links', 'agents'])
		if (run[`${what}_lost`] > 0) bad.push(`${run[`${what}_lost`]} ${what} lost`);
	return bad.join(', ');
}

export function row(name, unit, runs, value, digits = 0) {
	const values = runs.map((run) => value(run) || 0);
	return {
		name,
		unit,
		digits,
		median: median(values),
		least: Math.min(...values),
		most: Math.max(...values),
		runs: values,
		faults: [...new Set(runs.map(faults).filter(Boolean))].join('; '),
	};
}

export function cpuRows(what, runs) {
	return Object.keys(runs[0].cpu).map((name) =>
		row(
			`${what}: CPU of ${name === 'load' ? 'the generator' : name}`,
			'µs/message',
			runs,
			(run) => (run.cpu[name] * 1e6) / run.sent,
			1,
		),
	);
}
