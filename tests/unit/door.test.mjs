// What the door answers over HTTP.

import assert from 'node:assert/strict';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Child, run } from '../scenario/lib/process.mjs';
import { WebSocket } from '../scenario/lib/agent.mjs';
import { Inbox, waitFor } from '../scenario/lib/wait.mjs';
import { Client } from './door-client.mjs';
import { CSRF, DOCS, STUB, PASSWORD, folder, redis, door, base, open, post, signIn, cookieOf, counter, raw, tell } from './door-stage.mjs';

describe('files', () => {
	it('serves the console with strict headers', async () => {
		const answer = await fetch(`${base}/`);
		assert.equal(answer.status, 200);
		assert.match(answer.headers.get('content-security-policy'), /default-src 'self'.*frame-ancestors 'none'/);
		assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
		assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
		assert.match(await answer.text(), /console/);
		assert.equal(answer.headers.get('cache-control'), 'no-cache');
		const again = await fetch(`${base}/`, { headers: { 'if-none-match': answer.headers.get('etag') } });
		assert.equal(again.status, 304);
	});

	it('gives the console’s own addresses the page, and unknown files 404', async () => {
		assert.equal((await fetch(`${base}/desk/c1`)).status, 200);
		assert.equal((await fetch(`${base}/none.js`)).status, 404);
		assert.equal((await fetch(`${base}/api/v2/none`)).status, 404);
	});

	it('lets hashed assets be kept for good, and sends large ones whole', async () => {
		const answer = await fetch(`${base}/assets/app-1a2b.js`);
		assert.match(answer.headers.get('cache-control'), /immutable/);
		assert.equal((await answer.text()).length, 300_000);
	});

	it('answers HEAD without a body', async () => {
		const answer = await raw('/assets/app-1a2b.js', { method: 'HEAD' });
		assert.equal(answer.status, 200);
		assert.equal(answer.headers['content-length'], '300000');
		assert.equal(answer.text, '');
	});

	it('reaches nothing outside of its folder', async () => {
		for (const path of ['/../secret.txt', '/assets/../../secret.txt', '/..%2fsecret.txt',
			'/%2e%2e/secret.txt', '/link.txt', '//etc/passwd', '/assets/..%5c..%5csecret.txt']) {
			const answer = await raw(path).catch(() => ({ status: 0, text: '' }));
			assert.doesNotMatch(answer.text, /secret|root:/, path);
		}
	});

	it('serves the two documents', async () => {
		assert.match(await (await fetch(`${base}/asyncapi.yaml`)).text(), /^asyncapi:/);
		assert.match(await (await fetch(`${base}/openapi.yaml`)).text(), /^openapi:/);
	});
});

describe('errors', () => {
	it('have the shape that Genesys Cloud’s clients know', async () => {
		const answer = await fetch(`${base}/api/v2/users/me`);
		assert.equal(answer.status, 401);
		const body = await answer.json();
		assert.deepEqual(Object.keys(body), ['message', 'code', 'status', 'messageWithParams', 'messageParams',
			'contextId', 'details', 'errors']);
		assert.equal(body.status, 401);
		assert.deepEqual([body.messageWithParams, body.messageParams], [body.message, {}]);
	});

	it('tell method, media type, size and syntax apart', async () => {
		assert.equal((await fetch(`${base}/api/v2/sign-in`)).status, 405);
		assert.equal((await post('/api/v2/sign-in', '{}', { 'content-type': 'text/plain' })).status, 415);
		assert.equal((await post('/api/v2/sign-in', '{"name":')).status, 400);
		assert.equal((await post('/api/v2/sign-in', { name: 'ann' })).status, 400);
		assert.equal((await post('/api/v2/sign-in', { name: ['ann'], password: 1 })).status, 400);
		assert.equal((await fetch(`${base}/agent`)).status, 426);
		assert.equal((await fetch(`${base}/`, { method: 'DELETE' })).status, 405);
	});

	it('refuse a body by its announced length, before it comes', async () => {
		const before = await counter('bodies_too_big_total');
		const answer = await raw('/api/v2/sign-in', { method: 'POST',
			headers: { 'content-length': 10_000_000, 'content-type': 'application/json' } });
		assert.equal(answer.status, 413);
		assert.equal(await counter('bodies_too_big_total'), before + 1);
		assert.equal((await raw('/api/v2/sign-in', { method: 'POST',
			headers: { 'transfer-encoding': 'chunked' }, body: '{}' })).status, 411);
		assert.ok([0, 400].includes((await raw('/api/v2/sign-in', { method: 'POST',
			headers: { 'content-length': '-5' } }).catch(() => ({ status: 0 }))).status));
	});

	it('are ours, too, where the library cannot read the request', async () => {
		const said = (text) => new Promise((resolve, reject) => {
			const socket = connect(door.port, '127.0.0.1', () => socket.write(text));
			let got = '';
			socket.on('data', (octets) => (got += octets));
			socket.on('error', reject);
			socket.on('close', () => resolve(got));
		});
		for (const line of ['GET /%zz HTTP/1.1', 'GET /?a=%zz HTTP/1.1', 'GET x HTTP/1.1', 'TRACE / HTTP/1.1', 'FOO / HTTP/1.1',
			'OPTIONS * HTTP/1.1', 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: foo']) {
			const [head, body] = (await said(`${line}\r\nHost: x\r\n\r\n`)).split('\r\n\r\n');
			assert.match(head, /^HTTP\/1\.1 400 .*\r\nContent-Type: application\/json\r\n/, line);
			const { code, status, contextId } = JSON.parse(body);
			assert.deepEqual([code, status], ['bad.request', 400], line);
			assert.match(contextId, /^[0-9a-f]{16}$/);
		}
		assert.match(await said('\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'), /"code":"bad.request"/);
		assert.equal((await fetch(`${base}/healthz`)).status, 200);
	});

	it('survive random octets', async () => {
		for (let i = 0; i < 20; i++) {
			const socket = connect(door.port, '127.0.0.1');
			socket.on('error', () => {});
			socket.write(Buffer.from(Array.from({ length: 2000 }, () => Math.floor(Math.random() * 256))));
			socket.write(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`);
			setTimeout(() => socket.destroy(), 50);
		}
		assert.equal((await fetch(`${base}/healthz`)).status, 200);
	});
});

describe('signing in', () => {
	it('gives a cookie that is the session', async () => {
		const answer = await signIn();
		assert.equal(answer.status, 200);
		assert.deepEqual(await answer.json(), { id: 'ann', name: 'ann', roles: ['agent', 'supervisor'] });
		const set = answer.headers.get('set-cookie');
		assert.match(set, /^bindery_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict/);
		const cookie = set.split(';')[0];
		const me = await fetch(`${base}/api/v2/users/me`, { headers: { cookie } });
		assert.deepEqual(await me.json(), { id: 'ann', name: 'ann', roles: ['agent', 'supervisor'] });
		assert.equal((await redis.keys(`*${cookie.split('=')[1]}*`)).length, 0, 'the token is not in Redis');
	});

	it('ends when it is said to', async () => {
		const cookie = await cookieOf('ann');
		assert.equal((await post('/api/v2/sign-out', '', { cookie })).status, 204);
		assert.equal((await fetch(`${base}/api/v2/users/me`, { headers: { cookie } })).status, 401);
	});

	it('ends when the password changes', async () => {
		const cookie = await cookieOf('cora');
		const { code } = await run(STUB, [redis.socket, 'user', 'passwd', 'cora', '--password-stdin'],
			{ input: `${PASSWORD}\n` });
		assert.equal(code, 0);
		assert.equal((await fetch(`${base}/api/v2/users/me`, { headers: { cookie } })).status, 401);
	});

	it('cannot be forged from another site', async () => {
		const body = JSON.stringify({ name: 'ann', password: PASSWORD });
		const ask = (headers) => raw('/api/v2/sign-in', { method: 'POST', body,
			headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers } });
		assert.equal((await ask({})).status, 403);
		assert.equal((await ask({ ...CSRF, origin: 'https://evil.example' })).status, 403);
		assert.equal((await ask({ ...CSRF, origin: 'null' })).status, 403);
		assert.equal((await ask({ ...CSRF, origin: base })).status, 200);
	});

	it('makes an account wait after five wrong passwords, and tells for how long', async () => {
		for (let i = 0; i < 5; i++) assert.equal((await signIn('cora', `wrong ${i}`)).status, 401);
		const answer = await signIn('cora');
		assert.equal(answer.status, 429);
		const wait = Number(answer.headers.get('retry-after'));
		assert.ok(wait > 0 && wait <= 16, `${wait}`);
		assert.equal((await signIn('ann')).status, 200, 'others may');
	});

	it('lets many tries at once gain nothing', async () => {
		// Four are free, and one of the others takes the account's lock.
		const answers = await Promise.all(Array.from({ length: 25 }, (_, i) => signIn('cora', `w ${i}`)));
		assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(5).fill(401), ...Array(20).fill(429)]);
	});

	it('throttles an address', async () => {
		let wrong = 0;
		while ((await signIn(`nobody${wrong}`, 'wrong')).status === 401) wrong++;
		assert.ok(wrong > 25 && wrong <= 30, `${wrong}`);
		assert.equal((await signIn('ann')).status, 429);
	});

	it('takes as long for a name that nobody has', async () => {
		const time = async (name) => {
			const start = process.hrtime.bigint();
			assert.equal((await signIn(name, 'wrong')).status, 401);
			return Number(process.hrtime.bigint() - start) / 1e6;
		};
		// One derivation takes longer than this on any machine; a look-up alone does not.
		assert.ok((await time('ann')) > 25);
		assert.ok((await time('nobody')) > 25);
	});

	it('in a flood does not hold up those who are in', async () => {
		const client = await Client.signedIn();
		// How long one password takes here; more than twenty of the flood are looked at, one behind the other.
		const alone = Date.now();
		await signIn('flood', 'wrong');
		const one = Date.now() - alone;
		// By plain requests: fetch() gives up a connection that takes ten seconds.
		const wrong = (name) => {
			const body = JSON.stringify({ name, password: 'wrong' });
			const headers = { ...CSRF, 'content-type': 'application/json', 'content-length': body.length };
			return raw('/api/v2/sign-in', { method: 'POST', headers, body });
		};
		const flood = Promise.all(Array.from({ length: 100 }, (_, i) => wrong(`flood${i}`)));
		await new Promise((resolve) => setTimeout(resolve, 100));
		const start = Date.now();
		for (let i = 0; i < 10; i++)
			await client.ask({ type: 'plan', ref: `p${i}`, conversation: 'c1', text: 'x' });
		const took = Date.now() - start;
		assert.ok(took < Math.max(500, 10 * one), `${took} ms, where one password takes ${one} ms`);
		const statuses = (await flood).map((answer) => answer.status);
		assert.ok(statuses.includes(503) && statuses.every((s) => [401, 429, 503].includes(s)));
		client.socket.terminate();
	});
});

describe('roles', () => {
	const ROUTES = [
		['POST', '/api/v2/sign-out', ['agent', 'supervisor', 'compliance', 'admin'], 204],
		['GET', '/api/v2/users/me', ['agent', 'supervisor', 'compliance', 'admin'], 200],
		['GET', '/healthz', [], 200],
		['GET', '/readyz', [], 200],
		['GET', '/metrics', [], 200],
		['GET', '/asyncapi.yaml', [], 200],
		['GET', '/openapi.yaml', [], 200],
	];

	it('open the routes that name them, and no other', async () => {
		const ask = async (method, path, cookie) => (await fetch(`${base}${path}`,
			{ method, headers: { ...CSRF, ...(cookie && { cookie }) } })).status;
		for (const role of ['agent', 'supervisor', 'compliance', 'admin']) {
			await run(STUB, [redis.socket, 'user', 'add', `only-${role}`, '--role', role,
				'--password-stdin'], { input: `${PASSWORD}\n` });
			for (const [method, path, roles, good] of ROUTES) {
				const cookie = await cookieOf(`only-${role}`);
				const allowed = !roles.length || roles.includes(role);
				assert.equal(await ask(method, path, cookie), allowed ? good : 403, `${role} ${path}`);
			}
		}
		for (const [method, path, roles, good] of ROUTES)
			assert.equal(await ask(method, path), roles.length ? 401 : good, path);
	});

	it('are gone at once when they are taken away', async () => {
		const cookie = await cookieOf('only-admin');
		await redis.call('HDEL', '{u}:user:only-admin', 'roles');
		assert.equal((await fetch(`${base}/api/v2/users/me`, { headers: { cookie } })).status, 401);
	});
});

describe('the listener', () => {
	it('is taken by one door only, and free again when that drains', async () => {
		const second = new Child('second', STUB, [redis.socket, `${door.port}`, folder, DOCS]);
		await waitFor(() => second.over);
		assert.equal(second.code, 1);
		assert.match(second.output, /Address already in use/);
		const draining = await open();
		// A connection that was kept alive must not keep it serving.
		assert.equal((await fetch(draining.base)).status, 200);
		draining.child.child.kill('SIGUSR1');
		await waitFor(() => fetch(draining.base).then(() => false, () => true));
		await draining.child.stop();
	});

	it('refuses connections above its limit and counts them', async () => {
		const before = await counter('connections_refused_total');
		const many = Array.from({ length: 300 }, () => connect(door.port, '127.0.0.1').on('error', () => {}));
		await Promise.all(many.map((socket) => new Promise((resolve) =>
			socket.once('connect', resolve).once('close', resolve))));
		for (const socket of many) socket.destroy();
		await waitFor(async () => (await counter('connections_refused_total')) > before);
	});
});

describe('TLS', () => {
	it('is spoken where there is a certificate, for pages and sockets', async () => {
		const certificate = join(folder, 'cert.pem');
		const key = join(folder, 'key.pem');
		const made = await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
			'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', certificate, '-days', '2',
			'-subj', '/CN=localhost']);
		assert.equal(made.code, 0, made.stderr);
		const other = await open({ env: { STUB_CERTIFICATE: certificate, STUB_KEY: key } });
		const headers = await new Promise((resolve, reject) => {
			httpsGet({ host: '127.0.0.1', port: other.port, path: '/', rejectUnauthorized: false },
				(answer) => { answer.resume(); resolve(answer.headers); }).on('error', reject);
		});
		assert.match(headers['strict-transport-security'], /max-age/);
		const socket = new WebSocket(`wss://127.0.0.1:${other.port}/agent`, 'bindery.agent.v1',
			{ rejectUnauthorized: false, headers: { cookie: await cookieOf('ann') } });
		const frames = new Inbox('tls');
		socket.on('message', (data) => frames.push(JSON.parse(data)));
		await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
		socket.send(JSON.stringify({ type: 'hello', ref: '1' }));
		await frames.take((frame) => frame.type === 'snapshot');
		await tell('ann', ...Array.from({ length: 500 }, (_, i) =>
			({ type: 'opt', conversation: `tls${i}`, opted_out: true })));
		await frames.take((frame) => frame.conversation === 'tls499');
		socket.terminate();
		await other.child.stop();
		other.child.assertClean();
	});
});

describe('readiness', () => {
	it('is what the router says', async () => {
		const other = await open();
		assert.equal((await fetch(`${other.base}/readyz`)).status, 200);
		other.child.child.kill('SIGUSR2');
		await waitFor(async () => (await fetch(`${other.base}/readyz`)).status === 503);
		const body = await (await fetch(`${other.base}/readyz`)).json();
		assert.deepEqual(body, { ready: false, reason: 'the stub was told to say so' });
		await other.child.stop();
		other.child.assertClean();
	});
});

describe('user', () => {
	const user = (args, input = '') => run(STUB, [redis.socket, 'user', ...args], { input });

	it('tells what is wrong and by which exit code', async () => {
		assert.equal((await user([])).code, 2);
		assert.equal((await user(['add', 'dan'])).code, 2);
		assert.equal((await user(['add', 'da n', '--role', 'agent'])).code, 2);
		assert.equal((await user(['add', 'dan', '--role', 'king'])).code, 2);
		assert.equal((await user(['add', 'dan', '--role', 'agent', '--password-stdin'], 'short\n')).code, 1);
		assert.equal((await user(['add', 'ann', '--role', 'agent', '--password-stdin'], 'long enough\n')).code, 1);
		assert.equal((await user(['passwd', 'nobody', '--password-stdin'], 'long enough\n')).code, 1);
	});

	it('lists a record a line', async () => {
		const { code, stdout } = await user(['list']);
		assert.equal(code, 0);
		assert.match(stdout, /^ann\tagent,supervisor\t3\n/);
	});
});
