// Who asks the API: people with a session, clients with a token; and what openapi.yaml says.

import { readFileSync } from 'node:fs';

import { signIn } from './agent.mjs';
import { PASSWORD } from './world.mjs';

export const ROLES = ['agent', 'supervisor', 'compliance', 'admin'];
export const SCOPES = [...ROLES, 'conversations'];

// { status, headers, body } of one request; a JSON answer's body is what it says.
export async function ask(world, { method, path, body, cookie, token, headers = {} }) {
	const answer = await fetch(`${world.base}${path}`, {
		method,
		headers: {
			...(token ? { authorization: `Bearer ${token}` } : { 'x-bindery-csrf': '1' }),
			...(cookie && { cookie }),
			...(body !== undefined && { 'content-type': 'application/json' }),
			...headers,
		},
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	const text = await answer.text();
	const json = answer.headers.get('content-type')?.startsWith('application/json');
	return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text };
}

// A person at the API: `person(method, path, body)` → { status, body, headers }.
export async function person(world, role, name = `only-${role}`) {
	await world.addUser(name, { role });
	return session(world, name);
}

// The same in a new session of a user that there is.
export async function session(world, name) {
	const { cookie } = await signIn(world.base, name, PASSWORD);
	return (method, path, body, headers) => ask(world, { method, path, body, cookie, headers });
}

// A client made by the command line: { id, secret }.
export async function addClient(world, name, scope) {
	const { code, stdout, stderr } = await world.command('bindery-router', ['client', 'add', name, '--scope', scope]);
	if (code !== 0) throw new Error(`client add ${name}: ${stderr}`);
	const [id, secret] = stdout.trim().split('\t');
	return { id, secret };
}

// Asks for a token: { status, headers, body }. `form` are further parameters of the body.
export async function askToken(world, { id, secret, basic = true, grant = 'client_credentials', form = {} }) {
	const body = new URLSearchParams({ grant_type: grant, ...form });
	const headers = {};
	if (basic) headers.authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
	else if (id) {
		body.set('client_id', id);
		body.set('client_secret', secret);
	}
	const answer = await fetch(`${world.base}/oauth/token`, { method: 'POST', headers, body });
	return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

// A program at the API: `program(method, path, body)` as person(), with `.id`, `.secret`, `.token`.
export async function program(world, scope, name = `program-${scope}`) {
	const client = await addClient(world, name, scope);
	const { status, body } = await askToken(world, client);
	if (status !== 200) throw new Error(`${name}: /oauth/token was answered ${status}`);
	const token = body.access_token;
	const asks = (method, path, sent, headers) => ask(world, { method, path, body: sent, token, headers });
	return Object.assign(asks, client, { token });
}

// [{ method, path, roles, body }] of openapi.yaml, which test-route.c holds against the code.
export function described() {
	const found = [];
	let path;
	const file = readFileSync(new URL('../../../router/door/openapi.yaml', import.meta.url), 'utf8');
	for (const line of file.split('\ncomponents:')[0].split('\n')) {
		const [, at] = line.match(/^ {2}(\/.*):$/) ?? [];
		const [, method] = line.match(/^ {4}(get|post|put|patch|delete):$/) ?? [];
		const [, roles] = line.match(/^ {6}x-roles: \[(.*)\]$/) ?? [];
		if (at) path = at.replace(/\{\w+\}/g, 'nobody');
		if (method) found.push({ method: method.toUpperCase(), path });
		if (roles !== undefined) found.at(-1).roles = roles.split(', ').filter(Boolean);
		if (line.startsWith('      requestBody:')) found.at(-1).body = {};
	}
	return found;
}
