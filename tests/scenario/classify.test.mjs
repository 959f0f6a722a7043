// `bindery-router classify`: the decision table held against a table of texts (tests/corpus/verdicts.tsv), made
// from the rules as they are written for people.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { BIN, run } from './lib/index.mjs';

const TABLE = fileURLToPath(new URL('../corpus/verdicts.tsv', import.meta.url));
const CONTEXTS = ['', 'marketing', 'question', 'agent', 'opted-out'];

const rows = readFileSync(TABLE, 'utf8')
	.split('\n')
	.filter((line) => line && !line.startsWith('#'))
	.map((line) => line.split('\t'));

async function classify(lines, ...options) {
	const { code, stdout, stderr } = await run(join(BIN, 'bindery-router'), ['classify', ...options], {
		input: lines.map((line) => `${line}\n`).join(''),
	});
	assert.equal(code, 0, stderr);
	return stdout.split('\n').slice(0, -1).map((line) => line.split('\t'));
}

const inContext = (lines, context) => classify(lines, ...(context ? ['--context', context] : []));

describe('classify', () => {
	for (const context of CONTEXTS) {
		it(`reads the table${context && `, ${context}`}`, async () => {
			const mine = rows.filter((row) => row[1] === context);
			const said = await inContext(mine.map((row) => row[2]), context);
			const wrong = mine.flatMap(([wanted, , text], i) => {
				const [verdict, rule, again] = said[i];
				assert.equal(again, text);
				return verdict === wanted ? [] : [`${text}: ${verdict} by rule ${rule}, not ${wanted}`];
			});
			assert.deepEqual(wrong, []);
		});
	}

	it('there are enough texts, of every verdict', () => {
		assert.ok(rows.length >= 450);
		for (const verdict of ['OPT_OUT', 'OPT_IN', 'HELP', 'NONE', 'AMBIGUOUS'])
			assert.ok(rows.some(([wanted]) => wanted === verdict), verdict);
	});

	it('no opt-out is nothing, in any context', async () => {
		const texts = rows.filter(([verdict]) => verdict === 'OPT_OUT').map((row) => row[2]);
		for (const context of CONTEXTS) {
			const said = await inContext(texts, context);
			assert.equal(said.length, texts.length);
			assert.deepEqual(said.filter(([verdict]) => verdict !== 'OPT_OUT').map((row) => row[2]), []);
		}
	});

	const disguises = {
		capitals: (text) => text.toUpperCase(),
		'full width': (text) => text.replace(/[!-~]/g, (letter) => String.fromCodePoint(letter.codePointAt(0) + 0xfee0)),
		'no width': (text) => [...text].join('\u200b'),
		accents: (text) => text.replace(/[a-z]/gi, '$&\u0301'),
		'both directions': (text) => `\u202e${text}\u202c`,
	};
	for (const [name, disguise] of Object.entries(disguises)) {
		it(`an opt-out is one in ${name}`, async () => {
			const texts = rows.filter(([verdict, , text]) => verdict === 'OPT_OUT' && !text.includes('\\')).map((row) => disguise(row[2]));
			const said = await classify(texts);
			assert.equal(said.length, texts.length);
			assert.deepEqual(said.filter(([verdict]) => verdict !== 'OPT_OUT').map((row) => row[2]), []);
		});
	}

	it('no text of the table but an exact keyword opts in, in any context', async () => {
		const exact = new Set(['START', 'UNSTOP']);
		for (const context of CONTEXTS) {
			const said = await inContext(rows.map((row) => row[2]), context);
			assert.equal(said.length, rows.length);
			for (const [verdict, , text] of said.filter(([verdict]) => verdict === 'OPT_IN')) {
				const word = text.replace(/[.!]$/, '').toUpperCase();
				assert.ok(exact.has(word) || (context === 'opted-out' && word === 'YES'), `${context}: ${text}: ${verdict}`);
			}
		}
	});

	it('only what is exact opts in', async () => {
		const near = ['START', 'UNSTOP', 'YES'].flatMap((word) => [
			`${word} please`, `please ${word}`, `${word} ${word}`, `${word}ed`, `${word.slice(0, -1)}`, `${word}${word.at(-1)}`,
			`${word[0]} ${word.slice(1)}`, `${word} 1`, `I want to ${word}`, `${word} STOP`, `${word.replace('S', '5')}`,
			`${word.replace('A', '\u0410').replace('O', '\u041e').replace('E', '\u0415')}`, `${word}\\n--\\nBob`,
		]);
		for (const context of CONTEXTS) {
			const said = await inContext(near, context);
			assert.deepEqual(said.filter(([verdict]) => verdict === 'OPT_IN').map((row) => row[2]), []);
		}
	});

	it('explains itself in JSON', async () => {
		const { stdout } = await run(join(BIN, 'bindery-router'), ['classify', '--json'], { input: 'Hi. Take me off your list!\n' });
		assert.deepEqual(JSON.parse(stdout), {
			verdict: 'OPT_OUT', rule: 4, language: 'en',
			pattern: 'take|get|pull|strike|scratch|drop|cross me|my|us ~2 off', variant: 'plain', from: 4, to: 15,
			text: 'Hi. Take me off your list!',
		});
	});

	it('says what it does not understand', async () => {
		const { code, stderr } = await run(join(BIN, 'bindery-router'), ['classify', '--context', 'nonsense'], { input: '' });
		assert.equal(code, 2);
		assert.match(stderr, /^bindery-router: classify: --context is marketing, question, agent or opted-out: nonsense\n/);
	});

	it('takes octets that are no text, long lines and empty ones', async () => {
		const said = await classify(['', '\\', '\\u12', '\\uD800', 'x'.repeat(100_000), 'stop '.repeat(20_000)]);
		assert.deepEqual(said.map(([verdict]) => verdict), ['NONE', 'NONE', 'NONE', 'NONE', 'NONE', 'OPT_OUT']);
	});
});
