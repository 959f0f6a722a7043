// clang-tidy over every C file, two at a time. What was clean stays clean while the file, the
// headers that it sees and the rules are the same: build/tidy/ keeps one stamp for each.
//
// As a program: `node tests/house/tidy.mjs [BUILD] [FILE…]` prints what clang-tidy says.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { closure, includeGraph } from './includes.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAMPS = join(ROOT, 'build/tidy');

function stampOf(graph, path) {
	const hash = createHash('sha256');
	for (const name of ['.clang-tidy', ...[...closure(graph, path)].sort()]) {
		hash.update(`${name}\0`);
		hash.update(readFileSync(join(ROOT, name)));
	}
	return join(STAMPS, hash.digest('hex'));
}

function tidyOne(build, path) {
	return new Promise((done) => {
		const child = spawn('clang-tidy', ['--quiet', '-p', build, path], {
			cwd: ROOT,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		let said = '';
		child.stdout.on('data', (chunk) => (said += chunk));
		child.stderr.on('data', () => {});
		child.on('error', (error) => done(`clang-tidy: ${error.message}`));
		child.on('close', (code) => done(code === 0 ? '' : said || `clang-tidy ended with ${code}`));
	});
}

// The C files that `build` compiles, as paths from the root.
function compiled(build) {
	const commands = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8'));
	return new Set(commands.map((command) => resolve(command.directory, command.file)));
}

// Returns what there is to complain about, one entry a file: [{ path, said }]
export async function tidy(build, only = []) {
	mkdirSync(STAMPS, { recursive: true });
	const graph = includeGraph(ROOT);
	const known = compiled(build);
	const faults = [];
	const waiting = [];
	for (const path of graph.keys()) {
		if (!path.endsWith('.c') || (only.length && !only.includes(path))) continue;
		if (known.has(join(ROOT, path))) waiting.push(path);
		else faults.push({ path, said: 'no target compiles this file' });
	}
	const worker = async () => {
		for (let path; (path = waiting.shift()); ) {
			const stamp = stampOf(graph, path);
			if (existsSync(stamp)) continue;
			const said = await tidyOne(build, path);
			if (said) faults.push({ path, said });
			else writeFileSync(stamp, `${path}\n`);
		}
	};
	await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
	return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const build = resolve(process.argv[2] ?? join(ROOT, 'build/dev'));
	const faults = await tidy(build, process.argv.slice(3));
	for (const { path, said } of faults) console.log(`${path}:\n${said}`);
	process.exitCode = faults.length ? 1 : 0;
}
