// The real door on a free port for the tests of a file, with a desk that echoes (door-stub.c) and a Redis of its own.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Child, run } from '../scenario/lib/process.mjs';
import { Redis } from '../scenario/lib/redis.mjs';
import { Client } from './door-client.mjs';

export const STUB = process.env.DOOR_STUB;
export const DOCS = fileURLToPath(new URL('../../router/door', import.meta.url));
export const PASSWORD = 'correct horse';
export const CSRF = { 'x-bindery-csrf': '1' };

export let folder;
export let redis;
export let door;
export let base;

export async function open(options = {}) {
	const { origin = '', env = {} } = options;
	const child = new Child('door', STUB,
		[redis.socket, `0${origin && `:${origin}`}`, join(folder, 'console'), DOCS],
		{ log: join(folder, 'door.log'), env });
	const [, port] = await child.says(/^port (\d+)$/m);
	return { child, base: `http://127.0.0.1:${port}`, port: Number(port) };
}

before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'bindery-door-'));
	mkdirSync(join(folder, 'console', 'assets'), { recursive: true });
	writeFileSync(join(folder, 'console', 'index.html'), '<!doctype html><title>console</title>');
	writeFileSync(join(folder, 'console', 'assets', 'app-1a2b.js'), 'x'.repeat(300_000));
	writeFileSync(join(folder, 'secret.txt'), 'secret');
	symlinkSync('../secret.txt', join(folder, 'console', 'link.txt'));
	redis = await Redis.start(folder);
	door = await open();
	base = door.base;
	Object.assign(Client, { base, cookieOf });
	const add = (name, roles) => run(STUB,
		[redis.socket, 'user', 'add', name, '--role', roles, '--password-stdin'],
		{ input: `${PASSWORD}\n` });
	for (const [name, roles] of [['ann', 'agent,supervisor'], ['cora', 'compliance']]) {
		const { code, stderr } = await add(name, roles);
		assert.equal(code, 0, stderr);
	}
});

after(async () => {
	const code = await door?.child.stop(); // there is none where it did not start, of which somebody else has told
	await redis?.stop();
	door?.child.assertClean();
	if (door) assert.equal(code, 0);
	rmSync(folder, { recursive: true });
});

beforeEach(async () => {
	for (const key of await redis.keys('{u}:try:*')) await redis.call('DEL', key);
});

export const post = (path, body, headers = {}) => fetch(`${base}${path}`, {
	method: 'POST',
	headers: { 'content-type': 'application/json', ...CSRF, ...headers },
	body: typeof body === 'string' ? body : JSON.stringify(body),
});
export const signIn = (name = 'ann', password = PASSWORD) => post('/api/v2/sign-in', { name, password });
export async function cookieOf(name) {
	const answer = await signIn(name);
	assert.equal(answer.status, 200);
	return answer.headers.get('set-cookie').split(';')[0];
}

export async function counter(name) {
	const text = await (await fetch(`${base}/metrics`)).text();
	return Number(text.match(new RegExp(`^bindery_door_${name} (\\d+)$`, 'm'))[1]);
}

// A request with a path that no URL parser has tidied up.
export function raw(path, { method = 'GET', headers = {}, body } = {}) {
	return new Promise((resolve, reject) => {
		const asked = request({ host: '127.0.0.1', port: door.port, path, method, headers }, (answer) => {
			let text = '';
			answer.on('data', (chunk) => (text += chunk));
			answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
		});
		asked.on('error', reject);
		asked.end(body);
	});
}

export const tell = async (agent, ...events) => {
	const ids = [];
	for (const event of events)
		ids.push(await redis.call('XADD', `{a:${agent}}:events`, '*', 'j', JSON.stringify(event)));
	await redis.call('PUBLISH', `agent:${agent}`, '');
	return ids;
};
