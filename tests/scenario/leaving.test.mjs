// Who and what is deleted while people work: what is in a queue keeps it, who has nothing left is off the floor and off
// supervisors' boards, and every screen hears of it at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { Agent, OURS, PASSWORD, Supervisor, waitFor, World } from './lib/index.mjs';

const USERS = '/api/v2/users';
const QUEUES = '/api/v2/routing/queues';
const CUSTOMER = '+447700900199';

async function start(t) {
	const world = await World.start(t);
	const admin = await person(world, 'admin');
	await world.addUser('sue', { role: 'supervisor' });
	const sue = await Supervisor.start(world.base, 'sue', PASSWORD);
	const hire = async (name) => {
		assert.equal((await admin('POST', USERS, { name, username: name, password: PASSWORD })).status, 200);
		const agent = await Agent.start(world.base, name, PASSWORD);
		world.agents.push(agent);
		await agent.goOnQueue();
		return agent;
	};
	const talk = async (agent, from = CUSTOMER) => {
		await world.carrier.deliver({ from, to: OURS, text: 'Hello' });
		return (await agent.acceptNext(from)).id;
	};
	return { world, admin, sue, hire, talk };
}

const off = (rows, id) => waitFor(() => !rows.has(id), { what: `${id} off the board` });

test('a queue is not deleted while a conversation is in it, and says how many; then it leaves the board', async (t) => {
	const { world, admin, sue, hire, talk } = await start(t);
	const ann = await hire('ann');
	assert.equal((await admin('POST', QUEUES, { name: 'Returns', membersOnly: true })).status, 200);
	await sue.queue('Returns', () => true);
	const refused = (waiting, held) => waitFor(async () => {
		const { status, body } = await admin('DELETE', `${QUEUES}/Returns`);
		return status === 409 && body.code === 'queue.in.use' && body.message ===
			`Conversations are in it (waiting: ${waiting}, with agents: ${held}); close them or give them to another queue first.`;
	}, { what: `refused for ${waiting} and ${held}` });
	const first = await talk(ann);
	await ann.request('transfer', { conversation: first, queue: 'Returns' });
	const second = await talk(ann, '+447700900198');
	await ann.request('transfer', { conversation: second, queue: 'Returns' });
	await refused(2, 0);
	assert.equal((await admin('POST', `${QUEUES}/Returns/members`, [{ id: 'ann' }])).status, 204);
	await ann.acceptNext(CUSTOMER);
	await refused(0, 2); // what rings is with its agent
	await ann.acceptNext('+447700900198');
	await ann.request('park', { conversation: second });
	await ann.event('parked');
	await refused(0, 2);
	await ann.request('resume', { conversation: second });
	await ann.event('resumed');
	for (const conversation of [first, second]) await ann.close(conversation, '');
	await waitFor(async () => (await admin('DELETE', `${QUEUES}/Returns`)).status === 204);
	await off(sue.queues, 'Returns');
	// It is off the board of who comes later, too, and a new one of the name is on it.
	const late = await Supervisor.start(world.base, 'sue', PASSWORD);
	assert.equal(late.queues.has('Returns'), false);
	assert.ok(late.queues.has('support'));
	assert.equal((await admin('POST', QUEUES, { name: 'Returns' })).status, 200);
	for (const board of [sue, late]) await board.queue('Returns', (row) => row.waiting === 0);
});

test('who is deleted and has nothing is off the floor, and who asked them hears of it', async (t) => {
	const { world, admin, sue, hire, talk } = await start(t);
	const ann = await hire('ann');
	const id = await talk(ann);
	await hire('bob');
	await ann.request('consult', { conversation: id, agent: 'bob' });
	await ann.event('consult', ({ consult }) => consult.ringing === 'bob');
	await sue.agent('bob', (row) => row.load === 1);
	assert.equal((await admin('DELETE', `${USERS}/bob`)).status, 204);
	assert.equal((await ann.event('consult_ended')).reason, 'gone');
	await off(sue.agents, 'bob');
	assert.deepEqual(await world.redis.keys('{acd}:agent:bob*'), []);
	assert.deepEqual(await world.redis.call('ZRANGE', '{acd}:retired', 0, -1), []);
	// The same name comes back as somebody new.
	await hire('bob');
	await sue.agent('bob', (row) => row.connected && row.routing === 'idle');
});

test('who is deleted with conversations stays in sight until these are over; after-call work is not waited for', async (t) => {
	const { world, admin, sue, hire, talk } = await start(t);
	const ann = await hire('ann');
	const parked = await talk(ann);
	await ann.send(parked, 'Tomorrow, then.');
	await ann.request('park', { conversation: parked });
	await ann.event('parked');
	const wrapped = await talk(ann, '+447700900198');
	await ann.request('disconnect', { conversation: wrapped });
	await ann.event('disconnected');
	assert.equal((await admin('DELETE', `${USERS}/ann`)).status, 204);
	await sue.agent('ann', (row) => !row.connected && row.routing === 'off_queue' && row.after_call === 0);
	const ends = await waitFor(async () => {
		const streams = await Promise.all((await world.redis.keys('{c*}:events')).map((key) => world.redis.stream(key)));
		const all = streams.flat().map(({ fields }) => fields).filter(({ e }) => e === 'wrapup');
		return all.length && all;
	});
	assert.deepEqual(ends.map(({ c, why, wrapup }) => [c, why, wrapup]), [[wrapped, 'timeout', 'timeout']]);
	// A router that is killed meanwhile forgets none of it.
	await world.router.kill();
	await world.startRouter();
	const again = await Supervisor.start(world.base, 'sue', PASSWORD);
	await again.agent('ann', (row) => !row.connected);
	await again.order('close', { conversation: parked });
	await off(again.agents, 'ann');
	assert.equal(await world.redis.call('SISMEMBER', '{acd}:agents', 'ann'), 0);
});

test('what a user may have at once is on their screen and on the board as it is changed', async (t) => {
	const { admin, sue, hire } = await start(t);
	const ann = await hire('ann');
	await ann.event('agent', ({ agent }) => agent.capacity === 3);
	assert.equal((await admin('PATCH', `${USERS}/ann`, { capacity: 7 })).status, 200);
	await ann.event('agent', ({ agent }) => agent.capacity === 7);
	await sue.agent('ann', (row) => row.capacity === 7);
});

test('who was deleted while no router told the floor of it is off the board once one begins', async (t) => {
	const { world, admin, sue, hire } = await start(t);
	const [ann, zoe] = [await hire('ann'), await hire('zoe')];
	await sue.agent('zoe', (row) => row.connected);
	// As it was before the floor heard of who is deleted.
	for (const agent of [ann, zoe]) await agent.goOffQueue();
	await world.router.kill();
	await world.redis.call('DEL', '{acd}:user:zoe', '{u}:user:zoe');
	await world.redis.call('SREM', '{acd}:users', 'zoe');
	await world.redis.call('SREM', '{u}:users', 'zoe');
	await world.startRouter();
	const again = await Supervisor.start(world.base, 'sue', PASSWORD);
	await off(again.agents, 'zoe');
	assert.ok(again.agents.has('ann'));
	assert.deepEqual(await world.redis.keys('{acd}:agent:zoe*'), []);
	assert.equal((await admin('GET', `${USERS}/ann`)).status, 200);
});
