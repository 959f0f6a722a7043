// Canned responses, presences, and who changed what.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { World } from './lib/index.mjs';

const RESPONSES = '/api/v2/responsemanagement/responses';
const LIBRARIES = '/api/v2/responsemanagement/libraries';
const ok = (answer, status = 200) => {
	assert.equal(answer.status, status, JSON.stringify(answer.body));
	return answer.body;
};

test('a canned response stands in its libraries', async (t) => {
	const world = await World.start(t, { gateway: false });
	const lead = await person(world, 'supervisor');
	const library = ok(await lead('POST', LIBRARIES, { name: 'Delivery', queues: [{ id: 'support' }] }));
	assert.deepEqual(library.queues, [{ id: 'support' }]);
	const texts = [{ content: 'Hello {{customer.name}},\nit is on its way.', contentType: 'text/plain' }];
	const made = ok(await lead('POST', RESPONSES, { name: 'On its way', libraries: [{ id: library.id }], texts }));
	assert.deepEqual([made.name, made.libraries, made.texts], ['On its way', [{ id: library.id }], texts]);
	ok(await lead('POST', RESPONSES, { name: 'Everywhere', texts: [{ content: 'Hi' }] }));
	const names = async (query = '') => ok(await lead('GET', `${RESPONSES}${query}`)).entities.map(({ name }) => name);
	assert.deepEqual(await names(), ['Everywhere', 'On its way']);
	assert.deepEqual(await names(`?libraryId=${library.id}`), ['On its way']);
	const changed = ok(await lead('PUT', `${RESPONSES}/${made.id}`, { ...made, texts: [{ content: 'Soon.' }] }));
	assert.equal(changed.texts[0].content, 'Soon.');
	for (const bad of [[], [{}], [{ content: '' }], [{ content: 'x'.repeat(4001) }], [{ content: 'a' }, { content: 'b' }], 'x'])
		assert.equal((await lead('POST', RESPONSES, { name: 'Bad', texts: bad })).status, 400, JSON.stringify(bad).slice(0, 40));
	ok(await lead('DELETE', `${RESPONSES}/${made.id}`), 204);
	assert.deepEqual(await names(), ['Everywhere']);
	const agent = await person(world, 'agent');
	ok(await agent('GET', RESPONSES));
	assert.equal((await agent('POST', RESPONSES, { name: 'Mine' })).status, 403);
});

test('presences are there from the start, and others are added', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const path = '/api/v2/presence/definitions';
	const lunch = ok(await admin('POST', path, { name: 'Lunch', systemPresence: 'Meal' }));
	assert.deepEqual([lunch.id, lunch.systemPresence, lunch.deactivated], ['Lunch', 'Meal', false]);
	const { entities } = ok(await admin('GET', path));
	assert.ok(['Available', 'Busy', 'Lunch', 'Training'].every((name) => entities.some((entity) => entity.name === name)));
	assert.equal((await admin('POST', path, { name: 'Golf', systemPresence: 'Golf' })).status, 400);
});

test('audits say who changed what, and outlive the events of the floor', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const path = '/api/v2/audits';
	ok(await admin('POST', '/api/v2/routing/skills', { name: 'French' }));
	ok(await admin('POST', '/api/v2/users', { name: 'Ann', username: 'ann' }));
	ok(await admin('POST', '/api/v2/users/ann/routingskills', { id: 'French', proficiency: 3 }));
	ok(await admin('POST', '/api/v2/routing/queues', { name: 'Returns' }));
	ok(await admin('POST', '/api/v2/routing/queues/Returns/members', [{ id: 'ann', ringNumber: 2 }]), 204);
	ok(await admin('PATCH', '/api/v2/users/ann', { title: 'Lead' }));
	await world.redis.call('XTRIM', '{acd}:events', 'MAXLEN', '0');
	const list = async (query) => ok(await admin('GET', `${path}?${query}`));
	const shown = ({ user, action, entityType, entity }) => `${user.id} ${action} ${entityType} ${entity.id}`;
	const mine = await list('who=only-admin');
	assert.deepEqual(mine.entities.map(shown), [
		'only-admin update user ann', 'only-admin update member ann', 'only-admin create queue Returns',
		'only-admin update skill ann', 'only-admin create user ann', 'only-admin create skill French',
	]);
	assert.deepEqual(mine.entities[0].propertyChanges, [{ property: 'title', oldValues: [''], newValues: ['Lead'] }]);
	assert.deepEqual(mine.entities[1].propertyChanges,
		[{ property: 'ring', queueId: 'Returns', oldValues: ['0'], newValues: ['2'] }]);
	assert.equal((await list('kind=user&id=ann')).entities.length, 2);
	const first = await list('who=only-admin&pageSize=4');
	assert.deepEqual([first.entities.length, first.more], [4, true]);
	const rest = await list(`who=only-admin&pageSize=4&before=${first.before}`);
	assert.deepEqual([rest.entities.length, rest.more], [2, false]);
	for (const query of ['pageSize=0', 'pageSize=501', 'before=x'])
		assert.equal((await admin('GET', `${path}?${query}`)).status, 400, query);
});
