import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAN = `${ROOT}systemd/man`;
const page = (name) => readFileSync(`${MAN}/${name}`, 'utf8');
const available = spawnSync('groff', ['--version']).status === 0;

test('groff has nothing to say about the manual', { skip: !available }, () => {
	const pages = readdirSync(MAN).filter((name) => /\.\d(\.in)?$/.test(name));
	assert.equal(pages.length, 3);
	for (const name of pages) {
		const { stderr } = spawnSync('groff', ['-ww', '-mdoc', '-Tutf8', '-z', `${MAN}/${name}`], {
			encoding: 'utf8',
		});
		assert.equal(stderr, '', name);
	}
});

// The help text stands in the source, so that this needs no build.
test("each verb and option of the gateway's help is in its manual", () => {
	const [, help] = readFileSync(`${ROOT}gateway/main.c`, 'utf8').match(/help\[\] =([^;]+);/);
	const manual = page('bindery-gateway.8');
	for (const [, verb] of help.matchAll(/bindery-gateway \[?([a-z]+)/g))
		assert.match(manual, new RegExp(`^\\.(It )?Ic .*\\b${verb}\\b`, 'm'), verb);
	for (const [, option] of help.matchAll(/--([a-z]+)/g))
		assert.match(manual, new RegExp(`^\\.It Fl (\\w , )?-${option}\\b`, 'm'), option);
});
