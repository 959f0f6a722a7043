import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { cFiles } from './includes.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE_LINES_MAX = 600;

test('clang-format would change nothing', () => {
	const files = cFiles(ROOT);
	if (!files.length) return;
	const run = spawnSync('clang-format', ['--dry-run', '-Werror', ...files], {
		cwd: ROOT,
		encoding: 'utf8',
	});
	assert.equal(run.error, undefined);
	assert.equal(run.status, 0, run.stderr.slice(0, 4000));
});

test('no C file is longer than the style allows', () => {
	const long = cFiles(ROOT)
		.map((path) => [path, readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1])
		.filter(([, lines]) => lines > SOURCE_LINES_MAX)
		.map(([path, lines]) => `${path}: ${lines} lines, allowed ${SOURCE_LINES_MAX}`);
	assert.deepEqual(long, []);
});

test('every header has a guard that is named by its path', () => {
	const wrong = cFiles(ROOT)
		.filter((path) => path.endsWith('.h'))
		.filter((path) => {
			const guard = `BINDERY_${path.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
			const text = readFileSync(join(ROOT, path), 'utf8');
			return !text.includes(`#ifndef ${guard}\n#define ${guard}\n`);
		});
	assert.deepEqual(wrong, []);
});

test('shellcheck has nothing to say', () => {
	const scripts = ['appliance', '.ci/run'].filter((path) => existsSync(join(ROOT, path)));
	const run = spawnSync('shellcheck', scripts, { cwd: ROOT, encoding: 'utf8' });
	assert.equal(run.error, undefined);
	assert.equal(run.status, 0, run.stdout);
});

test('no tracked file carries trailing blanks or a conflict marker', () => {
	const files = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z', '--', '*.c', '*.h', '*.mjs', '*.ts', '*.md',
		'*.lua', '*.sh', '*.cmake', 'appliance'], { cwd: ROOT, encoding: 'utf8' });
	const wrong = [];
	for (const path of files.split('\0').filter((path) => path && existsSync(join(ROOT, path)))) {
		readFileSync(join(ROOT, path), 'utf8').split('\n').forEach((line, at) => {
			if (/^(<{7}|>{7}) /.test(line) || (/[ \t]$/.test(line) && !path.endsWith('.md')))
				wrong.push(`${path}:${at + 1}`);
		});
	}
	assert.deepEqual(wrong, []);
});
