// The Redis Functions name nothing that there is not: a variable that was never declared is found only when its line runs,
// and then the whole call fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { library } from '../scenario/lib/functions.mjs';

const GIVEN = new Set(['redis', 'table', 'string', 'math', 'tonumber', 'tostring', 'ipairs', 'pairs', 'unpack', 'select', 'type', 'next', 'cmsgpack', 'struct']);
const WORDS = new Set(('and break do else elseif end false for function if in local nil not or repeat return then true until while').split(' '));
const TOKEN = /--[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|\d[\w.]*|\.{2,3}|[=~<>]=|\S/g;

const isName = (text) => /^[A-Za-z_]\w*$/.test(text) && !WORDS.has(text);

// Reads the names of a list that begins at `i`, up to one of `ends` → where that stands.
function names(tokens, i, ends, into) {
	for (; !ends.includes(tokens[i].text); i++) if (isName(tokens[i].text)) into.add(tokens[i].text);
	return i;
}

// `text:line` of whatever is read or written and is neither declared there nor given by Redis.
function undeclared(source) {
	let line = 1;
	let at = 0;
	const tokens = [];
	for (const { 0: text, index } of source.matchAll(TOKEN)) {
		for (; at < index; at++) line += source[at] === '\n';
		if (!text.startsWith('--')) tokens.push({ text, line });
	}
	const scopes = [new Set()];
	const brackets = [];
	const found = [];
	let of = new Set(); // of a `for`, until its block begins
	for (let i = 0; i < tokens.length; i++) {
		const { text, line: where } = tokens[i];
		const before = tokens[i - 1]?.text;
		const behind = tokens[i + 1]?.text;
		if ('({['.includes(text)) brackets.push(text);
		else if (')}]'.includes(text)) brackets.pop();
		else if (text === 'local' && behind === 'function') scopes.at(-1).add(tokens[i + 2].text);
		else if (text === 'local') {
			for (i++; tokens[i + 1].text === ','; i += 2) scopes.at(-1).add(tokens[i].text);
			scopes.at(-1).add(tokens[i].text);
		} else if (text === 'function') {
			while (tokens[i].text !== '(') i++;
			const own = new Set();
			i = names(tokens, i, [')'], own);
			scopes.push(own);
		} else if (text === 'for') {
			of = new Set();
			i = names(tokens, i + 1, ['=', 'in'], of);
		} else if (text === 'do') {
			scopes.push(of);
			of = new Set();
		} else if (text === 'then' || text === 'repeat') scopes.push(new Set());
		else if (text === 'else' || text === 'elseif') {
			scopes.pop();
			if (text === 'else') scopes.push(new Set());
		} else if (text === 'end') scopes.pop();
		else if (text === 'until') for (const name of scopes.pop()) scopes.at(-1).add(name);
		else if (isName(text) && before !== '.' && !(behind === '=' && brackets.at(-1) === '{') && !GIVEN.has(text) &&
			!scopes.some((scope) => scope.has(text)))
			found.push(`${text}:${where}`);
	}
	assert.equal(scopes.length, 1, 'every block has its end');
	return found;
}

test('the Redis Functions name nothing that there is not', () => {
	assert.deepEqual(undeclared(library().replace(/^#!.*/, '')), []);
});

test('what is declared nowhere is found', () => {
	const within = 'local a = 1\nlocal function f(b, ...)\nfor i, c in ipairs(b) do\na = {c = c, d = i}\nend\nreturn c, a.x\nend\nd = f';
	assert.deepEqual(undeclared(within), ['c:6', 'd:8']);
});
