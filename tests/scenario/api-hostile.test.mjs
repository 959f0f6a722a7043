// Whoever speaks HTTP badly, or says what nobody should, is told so, and everybody else goes on.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';

import { person, program } from './lib/api.mjs';
import { OURS, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const QUEUES = '/api/v2/routing/queues';
const CODES = '/api/v2/routing/wrapupcodes';
const GET = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const SIGN_IN = 'POST /api/v2/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Bindery-CSRF: 1\r\n';
const POST = `${SIGN_IN}Content-Length: 2\r\n\r\n{}`;

describe('a hostile client of the API', () => {
	let world, admin;
	before(async () => {
		world = await World.start(null, { gateway: false });
		admin = await person(world, 'admin');
	});
	after(() => world.finish());

	// A connection that sends octets and keeps what comes: `statuses`, `closed`.
	function speak(...pieces) {
		const socket = connect(world.ports.http, '127.0.0.1');
		const spoken = { socket, text: '', closed: false };
		socket.setNoDelay(true);
		socket.on('error', () => {});
		socket.on('close', () => (spoken.closed = true));
		socket.on('data', (chunk) => (spoken.text += chunk));
		for (const piece of pieces) socket.write(piece);
		Object.defineProperty(spoken, 'statuses', {
			get: () => (spoken.text.match(/HTTP\/1\.\d \d{3} /g) ?? []).map((line) => Number(line.split(' ')[1])),
		});
		spoken.says = (...wanted) => waitFor(() => spoken.statuses.length >= wanted.length || spoken.closed, {
			what: () => `${wanted}; it said ${spoken.text.slice(-300)}`,
		}).then(() => assert.deepEqual(spoken.statuses, wanted));
		spoken.ends = () => waitFor(() => spoken.closed, { what: 'the connection ends' });
		return spoken;
	}

	const alive = async () =>
		assert.equal((await fetch(`${world.base}/healthz`, { signal: AbortSignal.timeout(30_000) })).status, 200);

	it('may ask for several things at once', async () => {
		const cookie = `Cookie: bindery_session=${'a'.repeat(64)}\r\n`;
		const me = `GET /api/v2/users/me HTTP/1.1\r\nHost: x\r\n${cookie}\r\n`;
		const spoken = speak(GET.repeat(3) + me.repeat(3) + GET);
		await spoken.says(200, 200, 200, 401, 401, 401, 200);
		spoken.socket.destroy();
	});

	it('who sends a body along with the request before it is left, and nobody waits', async () => {
		const before = await world.metric(world.base, 'bindery_door_requests_along_total');
		const along = { 200: GET + POST, 400: POST + POST };
		for (const [status, text] of Object.entries(along)) {
			const spoken = speak(text);
			await spoken.says(Number(status));
			await spoken.ends();
			await alive();
		}
		const withLength = speak(`${GET}GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`);
		await withLength.ends();
		// The FIN counts as an octet taken, and a body that is begun later is still one.
		const half = speak(GET + POST);
		half.socket.end();
		await half.ends();
		const late = speak(GET + POST.slice(0, -2));
		late.socket.write('{}');
		await late.ends();
		await alive();
		assert.equal((await world.metric(world.base, 'bindery_door_requests_along_total')) - before, 5);
	});

	it('that waits for its answers keeps its connection, with bodies too', async () => {
		const spoken = speak(GET);
		await spoken.says(200);
		for (let i = 1; i <= 5; i++) {
			// One octet of it first: the rest is taken later.
			spoken.socket.write(POST[0]);
			spoken.socket.write(POST.slice(1));
			await spoken.says(200, ...Array(i).fill(400));
		}
		spoken.socket.write(GET);
		await spoken.says(200, ...Array(5).fill(400), 200);
		assert.equal(spoken.closed, false);
		spoken.socket.destroy();
	});

	it('is told what is wrong with the length of a body, and is left', async () => {
		const cases = [
			['Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}', 400],
			['Content-Length: +2\r\n\r\n{}', 400],
			['Content-Length: -2\r\n\r\n{}', 400],
			['Content-Length: 0x2\r\n\r\n{}', 400],
			['Content-Length: 99999999999999999999999\r\n\r\n{}', 413],
			['Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n', 411],
			[`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${GET}`, 411],
			['\r\n', 411],
		];
		for (const [rest, status] of cases) {
			const spoken = speak(SIGN_IN + rest);
			await spoken.says(status);
			await spoken.ends();
		}
		await alive();
	});

	it('with rubbish in its path is told so, or left', async () => {
		for (const path of ['/api/v2/users/%zz', '/api/v2/users?name=%', '*', 'http://elsewhere/api/v2/users']) {
			const spoken = speak(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
			await spoken.ends();
			assert.deepEqual(spoken.statuses.filter((status) => status < 400), [], path);
		}
		for (const path of ['/api/v2/users/a%00b', '/api/v2/users?name=%00', `/api/v2/users?a=${'a'.repeat(3000)}`])
			await speak(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).ends();
		await speak(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20000)}\r\n\r\n`).ends();
		await alive();
	});

	it('that does not escape what a path must is told so', async () => {
		const { status, body } = await admin('GET', `${CODES}/a&b`);
		assert.deepEqual([status, body.code], [400, 'bad.request']);
		assert.match(body.message, /& that is not escaped/);
		assert.equal((await admin('GET', `${CODES}/a%26b`)).body.message, 'There is no wrapup with the id "a&b".');
		assert.equal((await admin('GET', `${CODES}/${'a'.repeat(1200)}`)).status, 414);
	});

	it('learns what a path can, and where a WebSocket is meant', async () => {
		const options = speak('OPTIONS /api/v2/routing/skills HTTP/1.1\r\nHost: x\r\n\r\n');
		await options.says(405);
		assert.match(options.text, /^Allow: GET, HEAD, POST\r$/m);
		options.socket.destroy();
		for (const path of ['/agent', '/floor'])
			assert.equal((await fetch(`${world.base}${path}`)).status, 426, path);
	});

	it('is told where a body is no JSON, whatever it is for', async () => {
		const cases = [
			['{"name": "x",\n "description": nothing}', 'The body is not valid JSON: line 2, column 23.'],
			['{"name": "x", "name": "y"}', 'The body has a member twice: line 1, column 20.'],
			['{"name": "x"', 'The body is not valid JSON: line 1, column 12.'],
			[String.raw`{"name": "\ud800"}`, 'The body is not valid JSON: line 1, column 17.'],
			['', 'The body is empty.'],
			['[]', 'The body is not a JSON object.'],
		];
		const headers = { authorization: `Bearer ${(await program(world, 'admin', 'Bad JSON')).token}`, 'content-type': 'application/json', 'x-bindery-csrf': '1' };
		for (const path of [QUEUES, '/api/v2/sign-in', '/api/v2/bindery/carriers/acme/commands']) {
			for (const [body, wanted] of cases) {
				const answer = await fetch(`${world.base}${path}`, { method: 'POST', headers, body });
				const { code, message } = await answer.json();
				assert.deepEqual([answer.status, code, message], [400, 'bad.request', wanted], `${path} ${body}`);
			}
		}
	});

	it('who has no session is told what would be one', async () => {
		const answer = await fetch(`${world.base}${QUEUES}`);
		assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer']);
		const old = await fetch(`${world.base}${QUEUES}`, { headers: { cookie: `bindery_session=${'a'.repeat(64)}` } });
		assert.deepEqual([old.status, old.headers.get('www-authenticate')], [401, 'Bearer']);
	});

	it('is told which member has a wrong type', async () => {
		const cases = {
			name: [{ name: 5 }, { name: 'a\nb' }, { name: ' ' }, { name: 'x'.repeat(129) }, {}],
			acwSettings: [{ name: 'q', acwSettings: 5 }, { name: 'q', acwSettings: [] }],
			'acwSettings.timeoutMs': [{ name: 'q', acwSettings: { timeoutMs: 1e300 } }, { name: 'q', acwSettings: { timeoutMs: '60000' } }],
			'mediaSettings.message': [{ name: 'q', mediaSettings: { message: 'x' } }],
			'bullseye.rings': [{ name: 'q', bullseye: { rings: [{ expansionCriteria: [{ threshold: 1e300 }] }] } }],
		};
		for (const [member, bodies] of Object.entries(cases)) {
			for (const body of bodies) {
				const { status, body: said } = await admin('POST', QUEUES, body);
				assert.equal(status, 400, JSON.stringify(body));
				assert.ok(said.message.startsWith(`${member} must be `), said.message);
			}
		}
		assert.equal((await admin('GET', `${QUEUES}/q`)).status, 404);
		for (const path of ['/api/v2/conversations/x/messages', '/api/v2/conversations/x/history'])
			assert.match((await admin('GET', `${path}?pageSize=5x`)).body.message, /^pageSize must be 1\.\.200\.$/);
	});

	it('cannot write behind what rings may be', async () => {
		const ring = (...skillsToRemove) => ({ expansionCriteria: [{ threshold: 86400 }], actions: { skillsToRemove } });
		const skill = (octets) => ({ id: 'k'.repeat(octets) });
		const rings = (last) => [ring(...Array(31).fill(skill(128)), skill(last)), ...Array(5).fill(ring())];
		// `86400:`, 31 of 129, one of `last`, then `;86400:` five times: 4096 has to hold it with its NUL.
		const least = 4095 - 6 - 31 * 129 - 5 * 7;
		for (let last = least; last < least + 40; last++) {
			const { status } = await admin('POST', QUEUES, { name: `rings ${last}`, bullseye: { rings: rings(last) } });
			assert.equal(status, last === least ? 200 : 400, `${last}`);
		}
	});

	it('cannot write lines of its own into the audit', async () => {
		const text = 'Hello\nroles\tagent\tadmin\n\\n C:\\temp\\';
		const made = await admin('POST', '/api/v2/responsemanagement/responses', { name: 'forged', texts: [{ content: text }] });
		assert.equal(made.body.texts[0].content, text);
		const { body } = await admin('GET', `/api/v2/audits?kind=response&id=${made.body.id}`);
		const changes = body.entities[0].propertyChanges.map(({ property, newValues }) => [property, ...newValues]);
		assert.deepEqual(changes.sort(), [['name', 'forged'], ['text', text]]);
	});

	it('is named by whole characters, however long its name', async () => {
		const client = await program(world, 'conversations', `ab${'漢'.repeat(40)}`);
		const { status, body } = await client('POST', '/api/v2/conversations/messages/agentless', { fromAddress: OURS,
			toAddress: '+447700900199', toAddressMessengerType: 'sms', textBody: 'x' });
		assert.equal(status, 202);
		const read = await client('GET', `/api/v2/conversations/${body.conversationId}/messages`);
		assert.equal(read.body.entities[0].createdBy.id, `ab${'漢'.repeat(20)}`, '62 octets: one more character would have half its own');
	});

	it('makes of the same thing at the same time one, and one change of a version', async () => {
		const skills = '/api/v2/routing/skills';
		const made = await Promise.all([1, 2, 3, 4].map(() => admin('POST', skills, { name: 'German' })));
		assert.deepEqual(made.map(({ status }) => status).sort(), [200, 409, 409, 409]);
		const { version } = (await admin('GET', `${skills}/German`)).body;
		const put = await Promise.all([1, 2, 3, 4].map((i) =>
			admin('PUT', `${skills}/German`, { name: 'German', description: `${i}`, version })));
		assert.deepEqual(put.map(({ status, body }) => [status, body.code ?? '']).sort(),
			[[200, ''], ...Array(3).fill([409, 'version.conflict'])]);
	});

	it('gets a queue’s wrap-up codes once each, in pages, and no more than there may be', async () => {
		await admin('POST', QUEUES, { name: 'codes' });
		const path = `${QUEUES}/codes/wrapupcodes`;
		const ids = Array.from({ length: 257 }, (_, i) => `code ${String(i).padStart(3, '0')}`);
		for (let i = 0; i < ids.length; i += 32)
			await Promise.all(ids.slice(i, i + 32).map((name) => admin('POST', CODES, { name })));
		const twice = [...ids.slice(0, 100), ...ids.slice(0, 100)].map((id) => ({ id }));
		assert.equal((await admin('POST', path, twice)).body.total, 100);
		assert.equal((await admin('POST', path, ids.slice(50, 256).map((id) => ({ id })))).body.total, 256);
		const { status, body } = await admin('POST', path, [{ id: ids[256] }]);
		assert.deepEqual([status, body.message], [400, 'A queue has at most 256 wrap-up codes.']);
		const page = (await admin('GET', `${path}?pageSize=2&pageNumber=2&sortOrder=desc&name=CODE%201`)).body;
		assert.deepEqual([page.entities.map(({ id }) => id), page.total, page.pageCount], [['code 197', 'code 196'], 100, 50]);
		// One that is gone is offered no more, and is not there again with another of its name.
		assert.equal((await admin('DELETE', `${CODES}/${encodeURIComponent(ids[0])}`)).status, 204);
		assert.equal((await admin('GET', path)).body.total, 255);
	});

	it('meets the limits of what comes many at once', async () => {
		await admin('POST', '/api/v2/routing/skills', { name: 'Many' });
		const bulk = (count) => admin('PATCH', '/api/v2/users/only-admin/routingskills/bulk', Array(count).fill({ id: 'Many', proficiency: 1 }));
		assert.equal((await bulk(10_000)).status, 413);
		assert.equal((await bulk(1001)).body.message, 'At most 1000 in one request.');
		assert.equal((await bulk(1000)).body.total, 1);
		// One whose id is as long as one may be, and the same with an octet more.
		const long = 'm'.repeat(128);
		await world.redis.call('FCALL', 'entity_put', 1, '{acd}', 'kind', 'skill', 'id', long, 'by', 'test', 'now', Date.now(),
			'version', '', 'unique', '', 'f:name', 'Long');
		const put = (id) => admin('PUT', `/api/v2/users/only-admin/routingskills/${id}`, { proficiency: 1 });
		assert.equal((await put(long)).status, 200);
		const longer = await put(`${long}x`);
		assert.equal(longer.status, 404);
	});
});
