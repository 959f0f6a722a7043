// What agents say they do: of what an admin has set up, by themselves or by a supervisor, told to every window.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { Agent, OURS, PASSWORD, Supervisor, World } from './lib/index.mjs';

const DEFINITIONS = '/api/v2/presence/definitions';
const said = (presence) => ({ agent }) => agent.presence === presence;
const refused = (promise, code) => assert.rejects(promise, (error) => (assert.equal(error.code, code), true));

test('an agent says what they do: in every window, to supervisors, over a restart; no work comes or goes by it', async (t) => {
	const world = await World.start(t);
	await world.addUser('sue', { role: 'supervisor' });
	const sue = await Supervisor.start(world.base, 'sue', PASSWORD);
	const ann = await world.agent('ann');
	assert.equal(ann.snapshot.agent.presence, '');
	const other = await ann.window();
	await ann.goOnQueue();
	await ann.request('presence', { presence: 'Meal' });
	await ann.event('agent', said('Meal'));
	await other.event('agent', said('Meal'));
	assert.equal((await sue.agent('ann', ({ presence }) => presence === 'Meal')).routing, 'idle');
	// Presence alone brings no work and takes none away.
	await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' });
	await ann.acceptNext('+15550199');

	await world.router.kill();
	await world.startRouter();
	const again = await Agent.start(world.base, 'ann', PASSWORD);
	assert.equal(again.snapshot.agent.presence, 'Meal');
	const told = (await world.floorEvents('agent')).filter(({ why }) => why === 'presence');
	assert.deepEqual(told.map(({ a, presence, before, by }) => [a, presence, before, by]), [['ann', 'Meal', '', '']]);
});

test('only what is set up and in use can be said', async (t) => {
	const world = await World.start(t, { gateway: false });
	const admin = await person(world, 'admin');
	await world.addUser('sue', { role: 'supervisor' });
	const sue = await Supervisor.start(world.base, 'sue', PASSWORD);
	const ann = await world.agent('ann');
	await refused(ann.request('presence', { presence: 'Coaching' }), 'no_target');
	await refused(sue.order('presence', { agent: 'ann', presence: 'Coaching' }), 'no_target');
	await refused(ann.request('presence', { presence: '' }), 'bad_frame');
	await refused(ann.request('presence', { presence: 'x'.repeat(65) }), 'bad_frame');
	const { body: made } = await admin('POST', DEFINITIONS, { name: 'Coaching', systemPresence: 'Busy' });
	await ann.request('presence', { presence: 'Coaching' });
	await ann.event('agent', said('Coaching'));
	await sue.order('presence', { agent: 'ann', presence: 'Available' });
	await ann.event('agent', said('Available'));
	assert.equal((await admin('PUT', `${DEFINITIONS}/${made.id}`, { ...made, deactivated: true })).status, 200);
	await refused(ann.request('presence', { presence: 'Coaching' }), 'no_target');
});
