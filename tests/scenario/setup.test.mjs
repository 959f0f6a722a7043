// What is set up over HTTP: skills, wrap-up codes, libraries.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { OURS, PASSWORD, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SKILLS = '/api/v2/routing/skills';

test('a skill is made, read, renamed and deleted, and the events say by whom', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const made = await admin('POST', SKILLS, { name: 'French' });
	assert.equal(made.status, 200);
	const { id } = made.body;
	assert.equal(id, 'French');
	assert.deepEqual([made.body.name, made.body.state, made.body.version], ['French', 'active', '1']);
	assert.ok(Math.abs(Date.parse(made.body.dateCreated) - Date.now()) < 60_000);
	assert.deepEqual((await admin('GET', `${SKILLS}/${id}`)).body, made.body);

	assert.equal((await admin('POST', SKILLS, { name: 'FRENCH' })).body.code, 'name.taken');
	const renamed = await admin('PUT', `${SKILLS}/${id}`, { ...made.body, name: 'Français' });
	assert.deepEqual([renamed.status, renamed.body.name, renamed.body.version], [200, 'Français', '2']);
	const late = await admin('PUT', `${SKILLS}/${id}`, { ...made.body, name: 'Francês' });
	assert.deepEqual([late.status, late.body.code], [409, 'version.conflict']);
	// An id is the name at birth, for as long as it can be.
	assert.match((await admin('POST', SKILLS, { name: 'French' })).body.id, UUID);
	assert.match((await admin('POST', SKILLS, { name: 'a/b,c' })).body.id, UUID);

	assert.equal((await admin('DELETE', `${SKILLS}/${id}`)).status, 204);
	assert.equal((await admin('GET', `${SKILLS}/${id}`)).status, 404);
	assert.equal((await admin('DELETE', `${SKILLS}/${id}`)).status, 404);
	const audits = (await world.floorEvents('audit')).filter((event) => event.id === id);
	assert.deepEqual(
		audits.map(({ who, action, what }) => [who, action, what]),
		[
			['only-admin', 'create', 'name\t\tFrench'],
			['only-admin', 'update', 'name\tFrench\tFrançais'],
			['only-admin', 'delete', 'name\tFrançais\t'],
		],
	);
});

test('no name is an id under which something else is kept', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const QUEUES = '/api/v2/routing/queues';
	for (const path of [SKILLS, QUEUES, '/api/v2/routing/wrapupcodes']) {
		const made = await admin('POST', path, { name: 'names' });
		assert.deepEqual([made.status, made.body.name], [200, 'names'], path);
		assert.match(made.body.id, UUID);
		// What is unique of the kind is still known.
		assert.equal((await admin('POST', path, { name: 'Names' })).body.code, 'name.taken');
	}
	const { status, body } = await admin('POST', QUEUES, { name: 'support:members' });
	assert.equal(status, 200);
	assert.match(body.id, UUID);
	assert.equal((await admin('POST', `${QUEUES}/support/members`, [{ id: 'only-admin' }])).status, 204);
	assert.deepEqual((await admin('GET', `${QUEUES}/${body.id}`)).body, body);
});

test('lists come in pages, sorted by name', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const names = ['delta', 'Alpha', 'charlie', 'Bravo', 'echo'];
	for (const name of names)
		assert.equal((await admin('POST', SKILLS, { name })).status, 200);
	const page = async (query) => {
		const { status, body } = await admin('GET', `${SKILLS}?${query}`);
		assert.equal(status, 200, query);
		const { entities, ...rest } = body;
		return [entities.map(({ name }) => name), rest];
	};
	assert.deepEqual(await page('pageSize=2&pageNumber=2'), [
		['charlie', 'delta'],
		{ pageSize: 2, pageNumber: 2, total: 5, pageCount: 3 },
	]);
	assert.deepEqual((await page('pageSize=2&pageNumber=3'))[0], ['echo']);
	assert.deepEqual((await page('pageSize=2&pageNumber=4'))[0], []);
	assert.deepEqual((await page('sortOrder=descending&pageSize=2'))[0], ['echo', 'delta']);
	assert.deepEqual(await page('name=AL'), [
		['Alpha'],
		{ pageSize: 25, pageNumber: 1, total: 1, pageCount: 1 },
	]);
	const ids = (await admin('GET', SKILLS)).body.entities.map(({ id }) => id);
	for (const [query, found] of [
		['name=al*', ['Alpha']], ['name=*al', []], ['name=*PHA', ['Alpha']], ['name=*a*', ['Alpha', 'Bravo', 'charlie', 'delta']],
		['name=*', ['Alpha', 'Bravo', 'charlie', 'delta', 'echo']], ['name=lph*', []], ['name=**', ['Alpha', 'Bravo', 'charlie', 'delta', 'echo']],
		[`id=${ids[0]}&id=${ids[4]}`, ['Alpha', 'echo']], [`id=${ids[1]},${ids[3]}`, ['Bravo', 'delta']], ['id=none', []],
		[`id=${ids[1].slice(0, -1)}`, []], [`id=${ids[1]}&name=*a*`, ['Bravo']],
	])
		assert.deepEqual((await page(query))[0], found, query);
	for (const query of ['pageSize=0', 'pageSize=501', 'pageSize=x', 'pageNumber=0', 'pageNumber=1000001',
		'pageSize=', 'pageSize=99999999999999999999', 'sortOrder=up'])
		assert.equal((await admin('GET', `${SKILLS}?${query}`)).status, 400, query);
});

test('users are listed by state, and what is not there is named', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const { body: zoe } = await admin('POST', '/api/v2/users', { name: 'Zoe', username: 'zoe', password: PASSWORD });
	assert.equal((await admin('PATCH', `/api/v2/users/${zoe.id}`, { state: 'inactive', version: zoe.version })).status, 200);
	const states = async (query) => (await admin('GET', `/api/v2/users${query}`)).body.entities.map(({ id }) => id);
	assert.deepEqual(await states('?state=inactive'), ['zoe']);
	assert.deepEqual(await states('?state=ACTIVE'), ['only-admin']);
	for (const all of ['', '?state=any']) assert.deepEqual(await states(all), ['only-admin', 'zoe']);
	const wrong = await admin('GET', '/api/v2/users?state=gone');
	assert.deepEqual([wrong.status, wrong.body.message], [400, 'state must be active, inactive, deleted or any.']);
	for (const [path, message] of [
		['/api/v2/users/nobody', 'There is no user with the id "nobody".'],
		['/api/v2/routing/queues/no%20such', 'There is no queue with the id "no such".'],
		[`/api/v2/routing/skills/${'x'.repeat(200)}`, `There is no skill with the id "${'x'.repeat(128)}".`],
	]) {
		const { status, body } = await admin('GET', path);
		assert.deepEqual([status, body.code, body.message], [404, 'not.found', message]);
	}
});

test('a body that will not do is told why, and changes nothing', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const bad = [{}, [], { name: '' }, { name: 7 }, { name: 'x'.repeat(129) }, { name: 'a\u0000b' },
		{ name: 'a', version: 0 }, { name: 'a', version: 'one' }, { name: 'a', description: 'x'.repeat(1025) }];
	for (const body of bad) {
		const answer = await admin('POST', SKILLS, body);
		assert.equal(answer.status, 400, JSON.stringify(body));
		assert.equal(answer.body.code, 'bad.request');
	}
	assert.equal((await admin('GET', SKILLS)).body.total, 0);
	assert.equal((await admin('POST', SKILLS, { name: 'x'.repeat(128) })).status, 200);
	const { status, headers } = await admin('PATCH', `${SKILLS}/x`, {});
	assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD, PUT, DELETE']);
});

test('what the configuration names stays what it is', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const path = '/api/v2/routing/wrapupcodes';
	let codes;
	await waitFor(async () => {
		codes = (await admin('GET', path)).body.entities;
		return codes?.length === 2;
	});
	assert.deepEqual(codes.map(({ name }) => name), ['Follow-up', 'Resolved']);
	const [, resolved] = codes;
	assert.equal((await admin('DELETE', `${path}/${resolved.id}`)).body.code, 'named.in.file');
	const renamed = await admin('PUT', `${path}/${resolved.id}`, { name: 'Solved' });
	assert.equal(renamed.body.code, 'named.in.file');
	const told = await admin('PUT', `${path}/${resolved.id}`, { name: 'Resolved', description: 'Done.' });
	assert.deepEqual([told.status, told.body.description], [200, 'Done.']);
});

test('another router’s change is seen, and libraries are a supervisor’s', async (t) => {
	const world = await World.start(t, { gateway: false });
	const lead = await person(world, 'supervisor');
	const made = await lead('POST', '/api/v2/responsemanagement/libraries', { name: 'Delivery' });
	assert.equal(made.status, 200);
	assert.equal(made.body.version, 1);
	await world.redis.call('FCALL', 'entity_delete', '1', '{acd}', 'kind', 'library', 'id', made.body.id,
		'by', 'elsewhere', 'now', String(Date.now()), 'version', '');
	await waitFor(async () =>
		(await lead('GET', `/api/v2/responsemanagement/libraries/${made.body.id}`)).status === 404);
});

test('users and queues are listed, those that were added since the start as well', async (t) => {
	const world = await World.start(t, {
		gateway: false,
		changes: { queues: [{ name: 'support', alerting_timeout_s: 45, evaluation: 'any' }] },
	});
	const agent = await person(world, 'agent');
	let queues;
	await waitFor(async () => {
		queues = (await agent('GET', '/api/v2/routing/queues')).body.entities;
		return queues?.length === 1;
	});
	const [queue] = queues;
	assert.deepEqual([queue.id, queue.name, queue.skillEvaluationMethod], ['support', 'support', 'NONE']);
	assert.deepEqual(queue.mediaSettings, {
		message: {
			alertingTimeoutSeconds: 45,
			enableAutoAnswer: false,
			serviceLevel: { percentage: 0.8, durationMs: 20000 },
		},
	});
	assert.deepEqual((await agent('GET', '/api/v2/routing/queues/support')).body, queue);
	assert.equal((await agent('GET', '/api/v2/routing/queues/sales')).status, 404);

	await world.redis.call('FCALL', 'entity_put', '1', '{acd}', 'kind', 'user', 'id', 'u-1', 'by', 'elsewhere',
		'now', String(Date.now()), 'version', '0', 'unique', 'zoe@example.com', 'f:name', 'Zoe',
		'f:login', 'zoe@example.com', 'f:state', 'active');
	let zoe;
	await waitFor(async () => (zoe = await agent('GET', '/api/v2/users/u-1')).status === 200);
	assert.deepEqual([zoe.body.name, zoe.body.username, zoe.body.state], ['Zoe', 'zoe@example.com', 'active']);
	const { entities } = (await agent('GET', '/api/v2/users?name=zo')).body;
	assert.deepEqual(entities, [zoe.body]);
});

// As many as that, s1 and so on.
const skills = (world, count) => world.redis.call('EVAL', `for i = 1, ${count} do
	redis.call('SADD', '{acd}:skills', 's' .. i)
	redis.call('HSET', '{acd}:skill:s' .. i, 'name', 's' .. i, 'version', '1', 'unique', 's' .. i)
end`, 0);

test('one skill more than routing tells apart is refused, and the limit named', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	await skills(world, 1023);
	assert.equal((await admin('POST', SKILLS, { name: 'French' })).status, 200);
	const { status, body } = await admin('POST', SKILLS, { name: 'Welsh' });
	assert.deepEqual([status, body.code, body.message],
		[409, 'limit.reached', 'There are 1024 skills, and routing tells no more apart: delete one first.']);
	assert.equal((await admin('DELETE', `${SKILLS}/French`)).status, 204);
	assert.equal((await admin('POST', SKILLS, { name: 'Welsh' })).status, 200);
});

test('a skill that the file brings on top of those that routing tells apart is refused, and said', async (t) => {
	const world = await World.start(t, { gateway: false, router: 'gone' });
	await skills(world, 1024);
	world.configure({ numbers: [{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop', skills: ['s7', 'welsh'] }] });
	await world.startRouter();
	await world.router.says(/event=skill_refused skill=welsh by=bindery\.conf limit=1024$/m);
	assert.doesNotMatch(world.router.output, /skill=s7/);
	assert.equal(await world.redis.call('SISMEMBER', '{acd}:skills', 'welsh'), 0);
});

test('selfUri leads to what it is of, whatever a name in bindery.conf has', async (t) => {
	const codes = ['50% off?', 'Ordnung & Größe #2', 'Resolved'];
	const queues = [{ name: 'support', wrap_up_codes: codes }];
	const world = await World.start(t, { gateway: false, changes: { queues } });
	const admin = await person(world, 'admin');
	const { entities } = (await admin('GET', '/api/v2/routing/wrapupcodes')).body;
	assert.deepEqual(entities.map(({ name }) => name).sort(), [...codes].sort());
	for (const { id, selfUri } of entities) {
		assert.match(selfUri, /^[!-~]+$/);
		const { status, body } = await admin('GET', selfUri);
		assert.deepEqual([status, body.id], [200, id], selfUri);
	}
});
