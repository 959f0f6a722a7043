// Users, queues, members and skills by API: people who sign in, and a queue that really routes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { askToken, person, program, session } from './lib/api.mjs';
import { Agent, signIn } from './lib/agent.mjs';
import { OURS, PASSWORD, World } from './lib/index.mjs';
import { Supervisor } from './lib/supervisor.mjs';
import { waitFor } from './lib/wait.mjs';

const USERS = '/api/v2/users';
const QUEUES = '/api/v2/routing/queues';
const SKILLS = '/api/v2/routing/skills';
const CUSTOMER = '+447700900199';
const ANOTHER = '+447700900198';

const ok = (answer, status = 200) => {
	assert.equal(answer.status, status, JSON.stringify(answer.body));
	return answer.body;
};

// A user made by API who has signed in and is on queue.
async function atWork(world, admin, name, more = {}) {
	ok(await admin('POST', USERS, { name, username: name, password: PASSWORD, ...more }));
	const agent = await Agent.start(world.base, name, PASSWORD);
	world.agents.push(agent);
	await agent.goOnQueue();
	return agent;
}

test('a user is made, signs in, gets other roles and another password, and is deleted', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const made = ok(await admin('POST', USERS, {
		name: 'Zoe Zander', email: 'zoe@example.com', department: 'Returns', title: 'Lead',
		password: PASSWORD, divisionId: '*', capacity: 5,
	}));
	assert.deepEqual(
		[made.id, made.username, made.email, made.state, made.roles, made.capacity, made.department, made.title],
		['zoe@example.com', 'zoe@example.com', 'zoe@example.com', 'active', ['agent'], 5, 'Returns', 'Lead'],
	);
	const path = `${USERS}/${encodeURIComponent(made.id)}`;
	assert.deepEqual(ok(await admin('GET', path)), made);
	const inState = async (state) => ok(await admin('GET', `${USERS}?state=${state}`)).entities.map(({ id }) => id);
	assert.deepEqual([await inState('active'), await inState('inactive')], [['only-admin', made.id], []]);
	const zoe = await signIn(world.base, 'zoe@example.com', PASSWORD);
	assert.ok(zoe.cookie);
	const me = async (cookie) => fetch(`${world.base}/api/v2/users/me`, { headers: { cookie } });
	assert.deepEqual((await (await me(zoe.cookie)).json()).roles, ['agent']);

	const taken = await admin('POST', USERS, { name: 'Other', email: 'ZOE@example.com' });
	assert.deepEqual([taken.status, taken.body.code, taken.body.message], [409, 'name.taken', 'Another user signs in with this name.']);
	assert.equal((await admin('POST', USERS, { name: 'Other' })).status, 400);
	assert.equal((await admin('POST', USERS, { name: 'Other', username: 'a b' })).status, 400);
	assert.equal((await admin('POST', USERS, { name: 'Other', username: 'names' })).status, 400);
	assert.equal((await admin('POST', USERS, { name: 'Other', username: 'other', password: 'short' })).status, 400);
	assert.equal((await admin('POST', USERS, { name: 'Other', username: 'other', roles: ['conversations'] })).status, 400);
	assert.equal((await admin('GET', `${USERS}/other`)).status, 404);

	assert.deepEqual(ok(await admin('PUT', `${path}/roles`, ['supervisor', 'agent'])).roles.map(({ id }) => id),
		['agent', 'supervisor']);
	assert.deepEqual((await (await me(zoe.cookie)).json()).roles, ['agent', 'supervisor']);

	const renamed = ok(await admin('PATCH', path, { title: 'Head', version: 2 }));
	assert.deepEqual([renamed.title, renamed.department, renamed.name], ['Head', 'Returns', 'Zoe Zander']);
	assert.equal((await admin('PATCH', path, { title: 'Late', version: 2 })).body.code, 'version.conflict');

	ok(await admin('POST', `${path}/password`, { newPassword: 'another good one' }), 204);
	assert.equal((await me(zoe.cookie)).status, 401);
	assert.equal((await signIn(world.base, 'zoe@example.com', PASSWORD)).status, 401);
	const again = await signIn(world.base, 'zoe@example.com', 'another good one');
	assert.ok(again.cookie);

	ok(await admin('PATCH', path, { state: 'inactive' }));
	assert.equal((await me(again.cookie)).status, 401);
	ok(await admin('PATCH', path, { state: 'active' }));
	assert.equal((await me(again.cookie)).status, 200);

	ok(await admin('DELETE', path), 204);
	assert.equal((await me(again.cookie)).status, 401);
	assert.equal((await admin('GET', path)).status, 404);
	for (const change of [{ state: 'inactive' }, { roles: ['agent'] }])
		assert.equal((await admin('PATCH', `${USERS}/only-admin`, change)).body.code, 'is.oneself');
	assert.equal((await admin('DELETE', `${USERS}/only-admin`)).body.code, 'is.oneself');
	const audits = (await world.floorEvents('audit')).filter((event) => event.id === made.id);
	assert.deepEqual(audits.map(({ who, action }) => `${who} ${action}`),
		['create', ...Array(5).fill('update'), 'delete'].map((action) => `only-admin ${action}`));
	assert.ok(!JSON.stringify(await world.redis.stream('{acd}:events')).includes('scrypt'));
});

// Whoever is deleted meanwhile: nothing of them is there, and nothing comes back with a restart.
async function isGone(world, admin, name) {
	assert.equal((await admin('GET', `${USERS}/${name}`)).status, 404);
	assert.equal((await signIn(world.base, name, PASSWORD)).status, 401);
	assert.deepEqual(await world.redis.keys(`*:user:${name}`), []);
	assert.ok(!(await world.redis.call('SMEMBERS', '{u}:users')).includes(name));
}

test('a change that is under way does not bring back whoever is deleted meanwhile', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	// The key is made of it in the meantime; where it was made by then, the deletion was too late for this.
	await waitFor(async () => {
		ok(await admin('POST', USERS, { name: 'Zoe', username: 'zoe', password: PASSWORD }));
		const late = admin('POST', `${USERS}/zoe/password`, { newPassword: PASSWORD });
		ok(await admin('DELETE', `${USERS}/zoe`), 204);
		const { status } = await late;
		await isGone(world, admin, 'zoe');
		return status === 404;
	}, { what: 'a change that was under way is refused' });

	ok(await admin('POST', USERS, { name: 'Bob', username: 'bob', password: PASSWORD }));
	// Both are asked of Redis together.
	await world.redis.call('CLIENT', 'PAUSE', '300', 'ALL');
	const [, removed] = await Promise.all([
		admin('PUT', `${USERS}/bob/roles`, ['agent', 'supervisor']), admin('DELETE', `${USERS}/bob`),
	]);
	ok(removed, 204);
	await isGone(world, admin, 'bob');
});

test('who is deleted, made inactive or loses a role is off their sockets at once', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const [ann, bob, cyd, dan] = await Promise.all(
		['ann', 'bob', 'cyd', 'dan'].map((name) => atWork(world, admin, name)));
	ok(await admin('PATCH', `${USERS}/bob`, { roles: ['agent', 'supervisor'] }));
	const lead = await Supervisor.start(world.base, 'bob', PASSWORD);
	const codes = new Map();
	for (const socket of [ann, bob, cyd, dan, lead]) socket.closed.then((code) => codes.set(socket, code));
	const isSignedOut = (socket) =>
		waitFor(() => codes.has(socket), { what: 'a closed socket' }).then(() => assert.equal(codes.get(socket), 4401));

	ok(await admin('PATCH', `${USERS}/ann`, { state: 'inactive' }));
	await isSignedOut(ann);
	ok(await admin('PUT', `${USERS}/bob/roles`, ['agent']));
	await isSignedOut(lead);
	ok(await admin('DELETE', `${USERS}/cyd`), 204);
	await isSignedOut(cyd);
	// Whoever keeps what it takes stays.
	ok(await admin('PATCH', `${USERS}/dan`, { title: 'Lead' }));
	await dan.goOffQueue();
	await bob.goOffQueue();
	ok(await admin('POST', `${USERS}/dan/password`, { newPassword: 'another good one' }), 204);
	await isSignedOut(dan);
	assert.equal(codes.has(bob), false);
});

test('a queue made by API takes a conversation, offers its codes, and is there after a restart', async (t) => {
	const world = await World.start(t);
	const admin = await person(world, 'admin');
	const ann = await atWork(world, admin, 'ann');
	const bob = await atWork(world, admin, 'bob');
	const queue = ok(await admin('POST', QUEUES, {
		name: 'Returns', acwSettings: { wrapupPrompt: 'OPTIONAL' },
		mediaSettings: { message: { alertingTimeoutSeconds: 60, serviceLevel: { percentage: 0.9, durationMs: 30000 } } },
	}));
	assert.deepEqual([queue.id, queue.mediaSettings.message.alertingTimeoutSeconds, queue.acwSettings.wrapupPrompt,
		queue.mediaSettings.message.serviceLevel], ['Returns', 60, 'OPTIONAL', { percentage: 0.9, durationMs: 30000 }]);
	ok(await admin('POST', '/api/v2/routing/wrapupcodes', { name: 'Refunded' }));
	assert.deepEqual(ok(await admin('POST', `${QUEUES}/Returns/wrapupcodes`, [{ id: 'Refunded' }])).entities
		.map(({ name }) => name), ['Refunded']);
	ok(await admin('POST', `${QUEUES}/Returns/members`, [{ id: 'bob' }]), 204);
	ok(await admin('POST', `${QUEUES}/support/members`, [{ id: 'ann' }]), 204);

	const transfer = async (from, to) => {
		await world.carrier.deliver({ from: to, to: OURS, text: 'Where is my refund?' });
		const { id } = await from.acceptNext(to);
		await from.request('transfer', { conversation: id, queue: 'Returns' });
		return id;
	};
	let id = await transfer(ann, CUSTOMER);
	const offer = await bob.offer(CUSTOMER);
	assert.deepEqual([offer.conversation, offer.queue], [id, 'Returns']);
	await bob.accept(offer);
	await assert.rejects(bob.request('close', { conversation: id, wrapup: 'Resolved' }), /wrapup_unknown/);
	await bob.request('close', { conversation: id, wrapup: 'Refunded' });

	await world.router.kill();
	await world.startRouter();
	for (const agent of [ann, bob]) {
		await agent.connect();
		await agent.goOnQueue();
	}
	id = await transfer(ann, '+447700900198');
	assert.equal((await bob.acceptNext('+447700900198')).id, id);
	await bob.request('close', { conversation: id, wrapup: 'Refunded' });

	ok(await admin('DELETE', `${QUEUES}/Returns`), 204);
	await world.carrier.deliver({ from: '+447700900197', to: OURS, text: 'Hello' });
	const last = await ann.acceptNext('+447700900197');
	await assert.rejects(ann.request('transfer', { conversation: last.id, queue: 'Returns' }), /no_target/);
});

test('a queue in which somebody waits is not deleted', async (t) => {
	const world = await World.start(t);
	const admin = await person(world, 'admin');
	const ann = await atWork(world, admin, 'ann');
	ok(await admin('POST', QUEUES, { name: 'Returns', membersOnly: true }));
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello' });
	const { id } = await ann.acceptNext(CUSTOMER);
	await ann.request('transfer', { conversation: id, queue: 'Returns' });
	await waitFor(async () => (await admin('DELETE', `${QUEUES}/Returns`)).body.code === 'queue.in.use');
	ok(await admin('POST', `${QUEUES}/Returns/members`, [{ id: 'ann' }]), 204);
	await ann.acceptNext(CUSTOMER);
	assert.equal((await admin('DELETE', `${QUEUES}/Returns`)).body.code, 'queue.in.use');
	await ann.close(id, '');
	await waitFor(async () => (await admin('DELETE', `${QUEUES}/Returns`)).status === 204);
});

test('what the file says of a queue stays, and the rest can be changed', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	let queue;
	await waitFor(async () => (queue = (await admin('GET', `${QUEUES}/support`)).body).id);
	assert.equal(queue.ofFile, true);
	for (const change of [{ name: 'Help' }, { skillEvaluationMethod: 'NONE' },
		{ mediaSettings: { message: { alertingTimeoutSeconds: 31 } } }, { bullseye: { rings: [
			{ expansionCriteria: [{ type: 'TIMEOUT_SECONDS', threshold: 10 }], actions: { skillsToRemove: [] } }] } }]) {
		const { status, body } = await admin('PUT', `${QUEUES}/support`, { name: 'support', ...change });
		assert.deepEqual([status, body.code], [409, 'named.in.file'], JSON.stringify(change));
	}
	const changed = ok(await admin('PUT', `${QUEUES}/support`, { ...queue, acwSettings: { wrapupPrompt: 'OPTIONAL' } }));
	assert.deepEqual([changed.acwSettings.wrapupPrompt, changed.mediaSettings.message.alertingTimeoutSeconds], ['OPTIONAL', 30]);
	assert.equal((await admin('DELETE', `${QUEUES}/support`)).body.code, 'named.in.file');
	assert.equal((await admin('POST', `${QUEUES}/support/wrapupcodes`, [{ id: 'Resolved' }])).body.code, 'named.in.file');
	assert.deepEqual(ok(await admin('GET', `${QUEUES}/support/wrapupcodes`)).entities.map(({ id }) => id),
		['Follow-up', 'Resolved']);
});

test('a queue’s rings go in and come out as they were', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	ok(await admin('POST', SKILLS, { name: 'French' }));
	const ring = (threshold, ...ids) => ({
		expansionCriteria: [{ type: 'TIMEOUT_SECONDS', threshold }],
		actions: { skillsToRemove: ids.map((id) => ({ id, name: id })) },
	});
	const rings = [ring(30, 'French'), ring(60)];
	const made = ok(await admin('POST', QUEUES, { name: 'Rings', bullseye: { rings }, scoringMethod: 'PriorityOnly' }));
	assert.deepEqual([made.bullseye.rings, made.scoringMethod], [rings, 'PriorityOnly']);
	for (const bad of [[ring(1)], [ring(30, 'a,b')], Array(7).fill(ring(30)), 'x', [{}]])
		assert.equal((await admin('POST', QUEUES, { name: 'Bad', bullseye: { rings: bad } })).status, 400, JSON.stringify(bad));
});

test('members and skills are put many at once, or not at all', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	for (const name of ['ann', 'bob', 'cid']) ok(await admin('POST', USERS, { name: name.toUpperCase(), username: name }));
	for (const name of ['French', 'German']) ok(await admin('POST', SKILLS, { name }));
	ok(await admin('POST', QUEUES, { name: 'Returns' }));
	const members = async (query = '') => ok(await admin('GET', `${QUEUES}/Returns/members${query}`)).entities
		.map(({ id, name, ringNumber }) => [id, name, ringNumber]);
	ok(await admin('POST', `${QUEUES}/Returns/members`, [{ id: 'bob', ringNumber: 2 }, { id: 'ann' }]), 204);
	assert.deepEqual(await members(), [['ann', 'ANN', 1], ['bob', 'BOB', 2]]);
	const refused = await admin('POST', `${QUEUES}/Returns/members`, [{ id: 'cid' }, { id: 'nobody' }]);
	assert.equal(refused.status, 404);
	assert.match(refused.body.message, /"nobody"/);
	assert.equal((await members()).length, 2);
	for (const bad of [[{ id: 'ann', ringNumber: 7 }], [{}], ['ann'], Array(1001).fill({ id: 'ann' })])
		assert.equal((await admin('POST', `${QUEUES}/Returns/members`, bad)).status, 400);
	ok(await admin('PATCH', `${QUEUES}/Returns/members/ann`, { ringNumber: 3 }), 204);
	assert.deepEqual(await members('?sortOrder=desc&pageSize=1&pageNumber=2'), [['ann', 'ANN', 3]]);
	ok(await admin('POST', `${QUEUES}/Returns/members?delete=true`, [{ id: 'bob' }]), 204);
	assert.deepEqual(await members(), [['ann', 'ANN', 3]]);
	assert.deepEqual(ok(await admin('GET', `${USERS}/ann/queues`)).entities.map(({ id }) => id), ['Returns']);
	ok(await admin('DELETE', `${QUEUES}/Returns/members/ann`), 204);
	assert.deepEqual(await members(), []);

	const skills = `${USERS}/ann/routingskills`;
	const level = (body) => body.entities.map(({ id, proficiency }) => [id, proficiency]);
	const one = ok(await admin('POST', skills, { id: 'French', proficiency: 4 }));
	assert.deepEqual([one.id, one.name, one.proficiency], ['French', 'French', 4]);
	assert.deepEqual(level(ok(await admin('PATCH', `${skills}/bulk`, [{ id: 'German', proficiency: 2.0 }]))),
		[['French', 4], ['German', 2]]);
	assert.equal((await admin('PATCH', `${skills}/bulk`, [{ id: 'French', proficiency: 1 }, { id: 'Latin', proficiency: 1 }])).status, 404);
	for (const proficiency of [0, 6, 2.5, 'x', undefined])
		assert.equal((await admin('PUT', `${skills}/French`, { proficiency })).status, 400);
	assert.deepEqual(level(ok(await admin('PUT', `${skills}/bulk`, [{ id: 'German', proficiency: 5 }]))), [['German', 5]]);
	ok(await admin('DELETE', `${skills}/German`), 204);
	assert.deepEqual(level(ok(await admin('GET', skills))), []);
	const events = await world.floorEvents('skill');
	assert.deepEqual(events.map(({ by, skill, before, level: now }) => [by, skill, before, now]), [
		['only-admin', 'French', '0', '4'], ['only-admin', 'German', '0', '2'],
		['only-admin', 'French', '4', '0'], ['only-admin', 'German', '2', '5'], ['only-admin', 'German', '5', '0'],
	]);
});

test('a client is made by API and tells its secret once', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	const path = '/api/v2/oauth/clients';
	const made = ok(await admin('POST', path, { name: 'Shop', scope: ['conversations'], authorizedGrantType: 'CLIENT-CREDENTIALS',
		accessTokenValiditySeconds: 600 }));
	const { body: token } = await askToken(world, made);
	assert.deepEqual([token.expires_in, token.scope], [600, 'conversations']);
	const { secret, ...rest } = made;
	assert.match(secret, /^[0-9a-f]{64}$/);
	assert.deepEqual(ok(await admin('GET', `${path}/${made.id}`)), rest);
	assert.deepEqual(ok(await admin('GET', path)).entities, [rest]);
	assert.equal((await admin('POST', path, { name: 'None' })).status, 400);
	assert.equal((await admin('POST', path, { name: 'None', scope: ['root'] })).status, 400);
	ok(await admin('PUT', `${path}/${made.id}`, { ...rest, state: 'inactive' }));
	assert.equal((await askToken(world, made)).status, 401);
	ok(await admin('PUT', `${path}/${made.id}`, { ...rest, version: 2 }));
	const renewed = ok(await admin('POST', `${path}/${made.id}/secret`));
	assert.equal((await askToken(world, made)).status, 401);
	assert.equal((await askToken(world, renewed)).status, 200);
	ok(await admin('DELETE', `${path}/${made.id}`), 204);
	assert.equal((await askToken(world, renewed)).status, 401);
});

test('who is deleted leaves nobody behind: whose customer waits is offered to another, who writes later is, too', async (t) => {
	const world = await World.start(t, { changes: { router: { reclaim_s: 0 } } });
	const admin = await person(world, 'admin');
	const zoe = await atWork(world, admin, 'zoe');
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Is my parcel lost?' });
	const waits = await zoe.acceptNext(CUSTOMER);
	await world.carrier.deliver({ from: ANOTHER, to: OURS, text: 'Where are you?' });
	const answered = await zoe.acceptNext(ANOTHER);
	await zoe.send(answered.id, 'In the High Street.');
	await world.carrier.expectSubmit({ text: 'In the High Street.' });
	assert.equal((await admin('DELETE', `${USERS}/zoe`)).status, 204);
	const bob = await world.agent('bob');
	await bob.goOnQueue();
	const offer = await bob.offer(CUSTOMER);
	assert.equal(offer.conversation, waits.id);
	await bob.accept(offer);
	await world.carrier.deliver({ from: ANOTHER, to: OURS, text: 'And until when?' });
	assert.equal((await bob.offer(ANOTHER)).conversation, answered.id);
	const moved = await world.floorEvents('moved');
	assert.deepEqual(moved.map(({ c, why, a }) => [c, why, a]), [[waits.id, 'reclaimed', 'zoe'], [answered.id, 'reclaimed', 'zoe']]);
});

test('the last admin stays one, whoever asks and however many at once', async (t) => {
	const world = await World.start(t, { gateway: false });
	await person(world, 'admin', 'root');
	const robot = await program(world, 'admin');
	const path = `${USERS}/root`;
	const refused = ({ status, body }) => assert.deepEqual([status, body.code, body.message], [409, 'last.admin',
		'This is the last user with the role admin who can sign in: give another one that role, and a password, first.']);
	const ways = (user) => [
		() => robot('DELETE', `${USERS}/${user}`), () => robot('PUT', `${USERS}/${user}/roles`, ['agent']),
		() => robot('PATCH', `${USERS}/${user}`, { roles: ['supervisor'] }),
		() => robot('PATCH', `${USERS}/${user}`, { state: 'inactive' }),
	];
	for (const way of ways('root')) refused(await way());
	// They are as they were: what was refused took nothing away.
	const root = await session(world, 'root');
	assert.equal((await root('GET', path)).body.state, 'active');
	ok(await root('POST', USERS, { name: 'Eve', username: 'eve', password: PASSWORD, roles: ['admin'], state: 'inactive' }));
	refused(await robot('DELETE', path));
	for (const i of [0, 1, 2, 3]) {
		ok(await root('PATCH', `${USERS}/eve`, { state: 'active', roles: ['admin'] }));
		ok(await robot('PATCH', path, { state: 'active', roles: ['admin'] }));
		// Both are asked of Redis together: one of the two stays.
		await world.redis.call('CLIENT', 'PAUSE', '200', 'ALL');
		const answers = await Promise.all([ways('root')[1 + (i % 3)](), ways('eve')[3 - (i % 3)]()]);
		assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409], `${i}`);
		const { entities } = ok(await robot('GET', `${USERS}?state=active`));
		assert.equal(entities.filter(({ roles }) => roles.includes('admin')).length, 1, `${i}`);
		const [left] = entities.filter(({ roles }) => roles.includes('admin'));
		refused(await robot('DELETE', `${USERS}/${left.id}`));
		ok(await robot('PATCH', path, { state: 'active', roles: ['admin'] }));
	}
	ok(await robot('DELETE', `${USERS}/eve`), 204);
	refused(await robot('DELETE', path));
	assert.equal((await (await session(world, 'root'))('GET', path)).status, 200);
	// A deletion is of several steps: against another one, and against each of the rest, either way round.
	const names = ['root', 'eve'];
	const begun = { name: 'Somebody', password: PASSWORD, roles: ['admin'] };
	for (const [one, other] of [[0, 0], [0, 1], [2, 0], [0, 3]]) {
		for (const name of names) {
			const there = (await robot('GET', `${USERS}/${name}`)).status === 200;
			if (there) ok(await robot('PATCH', `${USERS}/${name}`, { state: 'active', roles: ['admin'] }));
			else ok(await robot('POST', USERS, { ...begun, username: name }));
		}
		await world.redis.call('CLIENT', 'PAUSE', '200', 'ALL');
		const answers = await Promise.all([ways('root')[one](), ways('eve')[other]()]);
		const stayed = names.filter((_, i) => answers[i].status === 409);
		assert.equal(stayed.length, 1, JSON.stringify(answers.map(({ status }) => status)));
		answers.filter(({ status }) => status === 409).forEach(refused);
		const { entities } = ok(await robot('GET', `${USERS}?state=active`));
		assert.deepEqual(entities.filter(({ roles }) => roles.includes('admin')).map(({ id }) => id), stayed);
		assert.equal((await (await session(world, stayed[0]))('GET', `${USERS}/${stayed[0]}`)).status, 200);
	}
});

test('an admin whom nobody can sign in as does not stand for the last one', async (t) => {
	const world = await World.start(t, { gateway: false });
	await world.addUser('root', { role: 'admin' });
	const robot = await program(world, 'admin');
	const refused = async (change) => assert.equal((await change).body.code, 'last.admin');
	await waitFor(async () => (await robot('GET', `${USERS}/root`)).status === 200, { what: 'a user of the command line' });
	ok(await robot('POST', USERS, { name: 'Eve', username: 'eve', roles: ['admin'] }));
	await refused(robot('DELETE', `${USERS}/root`));
	await refused(robot('PUT', `${USERS}/root/roles`, ['agent']));

	// What was kept before this was known, or by a router that ended between a password and its mark, is put right.
	await world.router.kill();
	await world.redis.call('HDEL', '{acd}:user:root', 'secret_changed_ms');
	await world.redis.call('HSET', '{acd}:user:eve', 'secret_changed_ms', '1');
	await world.startRouter();
	const marks = async () => Promise.all(['root', 'eve'].map((name) => world.redis.call('HEXISTS', `{acd}:user:${name}`, 'secret_changed_ms')));
	await waitFor(async () => `${await marks()}` === '1,0', { what: 'who has a password' });
	await refused(robot('DELETE', `${USERS}/root`));

	ok(await robot('POST', `${USERS}/eve/password`, { newPassword: PASSWORD }), 204);
	ok(await robot('DELETE', `${USERS}/root`), 204);
	await refused(robot('DELETE', `${USERS}/eve`));
	assert.equal((await (await session(world, 'eve'))('GET', `${USERS}/eve`)).status, 200);
});

test('an admin whose deletion broke off is one for as long as they can sign in', async (t) => {
	const world = await World.start(t, { gateway: false });
	for (const name of ['root', 'eve', 'ann', 'bob']) await world.addUser(name, { role: 'admin' });
	const robot = await program(world, 'admin');
	const isLeaving = async (name) => (await world.redis.hash(`{acd}:user:${name}`)).leaving !== undefined;
	const leaves = (name) => world.redis.call('FCALL', 'user_leaves', '1', '{acd}', 'id', name);
	const refused = async (name) => assert.equal((await robot('DELETE', `${USERS}/${name}`)).body.code, 'last.admin');
	await waitFor(async () => (await robot('GET', `${USERS}/bob`)).status === 200, { what: 'a user of the command line' });
	for (const name of ['ann', 'bob']) ok(await robot('PATCH', `${USERS}/${name}`, { roles: ['agent'] }));

	// Redis takes nothing away.
	await world.redis.call('ACL', 'SETUSER', 'default', '-del');
	assert.equal((await robot('DELETE', `${USERS}/eve`)).status, 503);
	await world.redis.call('ACL', 'SETUSER', 'default', '+del');
	await waitFor(async () => !await isLeaving('eve'), { what: 'eve stays' });
	const eve = await session(world, 'eve');
	assert.ok((await world.redis.call('SMEMBERS', '{u}:users')).includes('eve'));
	ok(await eve('DELETE', `${USERS}/root`), 204);
	await refused('eve');

	// The router is gone before it took anything away; of ann it had the password already.
	ok(await robot('PATCH', `${USERS}/bob`, { roles: ['admin'] }));
	for (const name of ['ann', 'bob']) await leaves(name);
	await world.redis.call('DEL', '{u}:user:ann');
	await refused('eve');
	await world.router.kill();
	await world.startRouter();
	await waitFor(async () => !await isLeaving('bob'), { what: 'bob stays' });
	assert.ok(await isLeaving('ann'));

	// Nothing brings ann back, of whom a part is gone, and least of all a password.
	const passwd = (name) => world.command('bindery-router', ['user', 'passwd', name, '--password-stdin'], { input: `${PASSWORD}\n` });
	const add = () => world.command('bindery-router', ['user', 'add', 'ann', '--role', 'admin', '--password-stdin'], { input: `${PASSWORD}\n` });
	for (const change of [
		() => robot('POST', `${USERS}/ann/password`, { newPassword: PASSWORD }),
		() => robot('PUT', `${USERS}/ann/roles`, ['agent']), () => robot('PATCH', `${USERS}/ann`, { title: 'Head' }),
		() => robot('POST', USERS, { name: 'Ann', username: 'ann', password: PASSWORD, roles: ['admin'] }),
	]) {
		const { status, body } = await change();
		assert.deepEqual([status, body.code, body.message], [409, 'user.leaving',
			'This user is being deleted: delete them again where that broke off, and make them anew then.']);
	}
	const told = 'is being deleted; where that broke off, delete them again (#/admin, or the API), or start the router anew';
	const added = await add();
	assert.deepEqual([added.code, added.stderr], [1, `bindery-router: user: ${told}: ann\n`]);
	assert.deepEqual(await world.redis.hash('{u}:user:ann'), {});
	// Nor where the password came in between all the same.
	await world.redis.call('HSET', '{u}:user:ann', 'password', 'x', 'changed_ms', '1');
	assert.deepEqual(await passwd('ann').then(({ code, stderr }) => [code, stderr]), [1, added.stderr]);
	assert.equal((await world.redis.hash('{u}:user:ann')).password, 'x');
	await world.router.kill();
	await world.startRouter();
	await waitFor(async () => (await robot('DELETE', `${USERS}/ann`)).status === 204, { what: 'ann is gone for good' });
	assert.deepEqual(await world.redis.hash('{u}:user:ann'), {});
	ok(await robot('DELETE', `${USERS}/eve`), 204);
	await refused('bob');
	assert.equal((await add()).code, 0);
	await session(world, 'ann');
});

test('of two who change members or skills the last does not win unseen, where they say what they saw', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	for (const name of ['ann', 'bob']) ok(await admin('POST', USERS, { name, username: name, password: PASSWORD }));
	for (const name of ['French', 'Welsh']) ok(await admin('POST', SKILLS, { name }));
	ok(await admin('POST', QUEUES, { name: 'Returns' }));
	const etag = ({ headers }) => headers.get('etag');
	const seen = (mark) => ({ 'if-match': mark });
	const late = (subject) => ({ status, body }) => assert.deepEqual([status, body.code, body.message],
		[412, 'changed.since', `Somebody else has changed the ${subject} since they were read; nothing was changed.`]);

	const members = `${QUEUES}/Returns/members`;
	const rings = async () => ok(await admin('GET', members)).entities.map(({ id, ringNumber }) => `${id} ${ringNumber}`);
	const first = etag(await admin('GET', members));
	assert.match(first, /^"[0-9a-f]{40}"$/);
	assert.equal(etag(await admin('GET', `${members}?pageSize=1&name=x`)), first, 'it is of the whole');
	const joined = await admin('POST', members, [{ id: 'ann' }], seen(first));
	assert.equal(joined.status, 204);
	const second = etag(await admin('GET', members));
	assert.deepEqual([etag(joined), first === second], [second, false]);
	for (const change of [
		() => admin('POST', members, [{ id: 'bob' }], seen(first)),
		() => admin('POST', `${members}?delete=true`, [{ id: 'ann' }], seen(first)),
		() => admin('PATCH', `${members}/ann`, { ringNumber: 2 }, seen(`"x", ${first}`)),
		() => admin('DELETE', `${members}/ann`, undefined, seen(`"${'0'.repeat(200)}"`)),
	]) late('members of this queue')(await change());
	assert.deepEqual(await rings(), ['ann 1']);
	ok(await admin('PATCH', `${members}/ann`, { ringNumber: 2 }, seen(`"x", ${second}`)), 204);
	ok(await admin('POST', members, [{ id: 'bob' }], seen('*')), 204);
	ok(await admin('DELETE', `${members}/bob`), 204);
	assert.deepEqual(await rings(), ['ann 2']);

	const skills = `${USERS}/ann/routingskills`;
	const before = etag(await admin('GET', skills));
	// What the command line changes is seen, too.
	assert.equal((await world.command('bindery-router', ['user', 'skill', 'ann', 'Welsh', '2'])).code, 0);
	const refused = late('skills of this user');
	refused(await admin('PUT', `${skills}/bulk`, [{ id: 'French', proficiency: 3 }], seen(before)));
	refused(await admin('PATCH', `${skills}/bulk`, [{ id: 'French', proficiency: 3 }], seen(before)));
	refused(await admin('POST', skills, { id: 'French', proficiency: 3 }, seen(before)));
	refused(await admin('PUT', `${skills}/Welsh`, { proficiency: 3 }, seen(before)));
	refused(await admin('DELETE', `${skills}/Welsh`, undefined, seen(before)));
	const now = await admin('GET', skills);
	assert.deepEqual(now.body.entities.map(({ id, proficiency }) => [id, proficiency]), [['Welsh', 2]]);
	const put = await admin('PUT', `${skills}/bulk`, [{ id: 'French', proficiency: 3 }], seen(etag(now)));
	assert.deepEqual([put.status, etag(put)], [200, etag(await admin('GET', skills))]);
	// Whoever says nothing is not asked, as before.
	ok(await admin('PUT', `${skills}/bulk`, []));
});
