// Clients of the API: their credentials, their tokens, and what ends both.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addClient, ask, askToken, person, program } from './lib/api.mjs';
import { World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const SKILLS = '/api/v2/routing/skills';

test('a client gets a token by Basic or by form, and is named in what it does', async (t) => {
	const world = await World.start(t, { gateway: false });
	const client = await addClient(world, 'Shop', 'admin,conversations');
	assert.match(client.secret, /^[0-9a-f]{64}$/);
	for (const basic of [true, false]) {
		const { status, headers, body } = await askToken(world, { ...client, basic });
		assert.equal(status, 200, JSON.stringify(body));
		assert.equal(headers.get('cache-control'), 'no-store');
		const { access_token: token, ...rest } = body;
		assert.match(token, /^[0-9a-f]{64}$/);
		assert.deepEqual(rest, { token_type: 'bearer', expires_in: 86400, scope: 'admin,conversations' });
	}
	const { body } = await askToken(world, client);
	const made = await ask(world, { method: 'POST', path: SKILLS, token: body.access_token, body: { name: 'French' } });
	assert.equal(made.status, 200);
	const [audit] = (await world.floorEvents('audit')).filter(({ kind, id }) => kind === 'skill' && id === made.body.id);
	assert.deepEqual([audit.who, audit.action], [`client:${client.id}`, 'create']);
	// What is kept tells neither secret nor token.
	const kept = [];
	for (const key of [`{acd}:client:${client.id}`, ...(await world.redis.keys('{u}:session:*'))])
		kept.push(key, ...(await world.redis.call('HGETALL', key)));
	kept.push(...(await world.redis.stream('{acd}:events')).flatMap(({ fields }) => Object.values(fields)));
	for (const secret of [client.secret, body.access_token])
		assert.ok(!kept.some((text) => text.includes(secret)));
});

test('what is wrong is said in the words of RFC 6749', async (t) => {
	const world = await World.start(t, { gateway: false });
	const { id, secret } = await addClient(world, 'Shop', 'conversations,agent');
	const told = async (options, status, error) => {
		const answer = await askToken(world, { id, secret, ...options });
		assert.deepEqual([answer.status, answer.body.error], [status, error], JSON.stringify(options));
		assert.ok(answer.body.error_description);
		assert.equal(answer.headers.has('www-authenticate'), status === 401);
	};
	await told({ grant: 'password' }, 400, 'unsupported_grant_type');
	await told({ grant: '' }, 400, 'invalid_request');
	await told({ form: { client_id: id } }, 400, 'invalid_request');
	await told({ form: { scope: 'admin' } }, 400, 'invalid_scope');
	await told({ form: { scope: 'agent nonsense' } }, 400, 'invalid_scope');
	await told({ secret: 'f'.repeat(64) }, 401, 'invalid_client');
	await told({ secret: '' }, 401, 'invalid_client');
	await told({ secret: 'x'.repeat(300) }, 401, 'invalid_client');
	await told({ id: 'nobody' }, 401, 'invalid_client');
	await told({ id: '', basic: false }, 401, 'invalid_client');
	const fewer = await askToken(world, { id, secret, form: { scope: 'agent' } });
	assert.equal(fewer.body.scope, 'agent');
	for (const body of ['grant_type', 'grant_type=a&grant_type=b', 'grant_type=%', 'grant_type=%zz', '=&=&&', '{}'])
		assert.equal((await fetch(`${world.base}/oauth/token`, {
			method: 'POST',
			headers: { 'content-type': 'application/x-www-form-urlencoded' },
			body,
		})).status, 400, body);
	const json = await fetch(`${world.base}/oauth/token`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: '{}',
	});
	assert.deepEqual([json.status, (await json.json()).error], [400, 'invalid_request']);
});

test('failures of an address are throttled, also for who has the secret', async (t) => {
	const world = await World.start(t, { gateway: false });
	const client = await addClient(world, 'Shop', 'conversations');
	for (let i = 0; i < 30; i++) assert.equal((await askToken(world, { ...client, secret: `${i}` })).status, 401);
	const refused = await askToken(world, client);
	assert.equal(refused.status, 429);
	assert.ok(Number(refused.headers.get('retry-after')) > 200);
	assert.equal(await world.metric(world.base, 'bindery_door_tokens_throttled_total'), 1);
	for (const key of await world.redis.keys('{u}:try:client:*')) await world.redis.call('DEL', key);
	assert.equal((await askToken(world, client)).status, 200);
});

test('a token ends with its time, its client, its client’s secret, and when it is signed out', async (t) => {
	const world = await World.start(t, { gateway: false });
	const me = (token) => ask(world, { method: 'GET', path: '/api/v2/users/me', token });
	const client = await program(world, 'conversations,supervisor', 'Shop');
	assert.deepEqual((await me(client.token)).body.roles, ['supervisor', 'conversations']);

	const [key] = await world.redis.keys('{u}:session:*');
	assert.ok(Number(await world.redis.call('TTL', key)) > 86000);
	await world.redis.call('HSET', key, 'until_ms', String(Date.now() - 1));
	const over = await me(client.token);
	assert.deepEqual([over.status, over.body.code], [401, 'bad.credentials']);
	assert.match(over.headers.get('www-authenticate'), /^Bearer /);

	const again = async () => (await askToken(world, client)).body.access_token;
	let token = await again();
	await ask(world, { method: 'POST', path: '/api/v2/sign-out', token });
	assert.equal((await me(token)).status, 401);

	token = await again();
	const renewed = await world.command('bindery-router', ['client', 'secret', client.id]);
	assert.equal(renewed.code, 0, renewed.stderr);
	await waitFor(async () => (await me(token)).status === 401);
	assert.equal((await askToken(world, client)).status, 401);
	client.secret = renewed.stdout.trim().split('\t')[1];
	await waitFor(async () => (await askToken(world, client)).status === 200);

	token = await again();
	const list = await world.command('bindery-router', ['client', 'list']);
	assert.equal(list.stdout, `${client.id}\tShop\tconversations,supervisor\tactive\n`);
	assert.equal((await world.command('bindery-router', ['client', 'remove', client.id])).code, 0);
	await waitFor(async () => (await me(token)).status === 401);
	assert.equal((await world.command('bindery-router', ['client', 'remove', client.id])).code, 1);
});

test('tokens and sessions are not taken for one another, and a token needs no other header', async (t) => {
	const world = await World.start(t, { gateway: false });
	const client = await program(world, 'admin');
	assert.equal((await client('POST', SKILLS, { name: 'French' })).status, 200);
	const path = '/api/v2/users/me';
	assert.equal((await ask(world, { method: 'GET', path, cookie: `bindery_session=${client.token}` })).status, 401);
	await person(world, 'agent');
	assert.equal((await ask(world, { method: 'GET', path, token: 'x'.repeat(600) })).status, 401);
	assert.equal((await ask(world, { method: 'GET', path, token: ' ' })).status, 401);
	const person_name = await world.command('bindery-router', ['user', 'add', 'eve', '--role', 'conversations', '--password-stdin'],
		{ input: 'correct horse battery\n' });
	assert.equal(person_name.code, 2);
});

test('a client that asks too often waits, and others do not', async (t) => {
	const world = await World.start(t, {
		gateway: false,
		changes: ({ ports, base }) => ({
			http: { listen: '127.0.0.1', port: ports.http, secure_cookies: false, origins: [base], client_requests_per_s: 5 },
		}),
	});
	const [shop, other] = [await program(world, 'conversations', 'Shop'), await program(world, 'conversations', 'Other')];
	const path = '/api/v2/users/me';
	const answers = await Promise.all(Array.from({ length: 120 }, () => shop('GET', path)));
	const late = answers.filter(({ status }) => status === 429);
	const good = answers.filter(({ status }) => status === 200);
	assert.equal(late.length + good.length, 120);
	assert.ok(good.length >= 10 && late.length >= 10, `${good.length} ${late.length}`);
	assert.equal(late[0].headers.get('retry-after'), '1');
	assert.equal(late[0].body.code, 'too.many.requests');
	assert.equal((await other('GET', path)).status, 200);
	assert.equal(await world.metric(world.base, 'bindery_door_requests_throttled_total'), late.length);
	await waitFor(async () => (await shop('GET', path)).status === 200);
});
