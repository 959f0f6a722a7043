// Who gets what, in the real daemons: members, skills, priorities and rings, from the number that a
// customer wrote to down to the offer on an agent's screen, and changes on the command line while it runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { OURS, waitFor, World } from './lib/index.mjs';

const FRENCH = '+15550101';
const URGENT = '+15550102';

function start(t, queue = {}) {
	return World.start(t, {
		changes: {
			queues: [{ name: 'support', alerting_timeout_s: 30, wrap_up_codes: ['Resolved'], ...queue }],
			numbers: [
				{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop' },
				{ address: FRENCH, carrier: 'acme', queue: 'support', programme: 'shop', skills: ['french'] },
				{ address: URGENT, carrier: 'acme', queue: 'support', programme: 'shop', priority: 60 },
			],
		},
	});
}

async function router(world, ...words) {
	const { code, stdout, stderr } = await world.command('bindery-router', words);
	assert.equal(code, 0, stderr);
	return stdout;
}

const waiting = (world, count) => world.metricIs(world.base, 'bindery_waiting', count);

test('a text in French waits for who speaks it, and others pass it by', async (t) => {
	const world = await start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550191', to: FRENCH, text: 'Bonjour' });
	await waiting(world, 1);
	await world.carrier.deliver({ from: '+15550192', to: OURS, text: 'Hello' });
	const offer = await ann.offer('+15550192');
	await ann.accept(offer);
	// The router that runs takes the new skill up by itself, and says that nothing was amiss.
	await router(world, 'user', 'skill', 'ann', 'french', '3');
	await ann.acceptNext('+15550191');
	assert.equal(await router(world, 'user', 'skills', 'ann'), 'french\t3\n');
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
	const [told] = (await world.floorEvents('offer')).filter(({ skills }) => skills === 'french');
	assert.equal(told.how, 'standard');
});

test('with a skill goes what the router knew of who has it, before the floor is held against Redis', async (t) => {
	const world = await start(t);
	const admin = await person(world, 'admin');
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const { id } = (await admin('POST', '/api/v2/routing/skills', { name: 'german' })).body;
	await router(world, 'user', 'skill', 'ann', id, '3');
	await router(world, 'user', 'skill', 'ann', 'french', '3');
	await world.carrier.deliver({ from: '+15550191', to: FRENCH, text: 'Bonjour' });
	await ann.offer('+15550191'); // the router knows of both
	assert.equal((await admin('DELETE', `/api/v2/routing/skills/${id}`)).status, 204);
	assert.equal(await router(world, 'user', 'skills', 'ann'), 'french\t3\n');
	const sweeps = () => world.metric(world.base, 'bindery_sweeps_total');
	const swept = await sweeps();
	await waitFor(async () => (await sweeps()) > swept, { timeout: 45_000, what: 'the floor was held against Redis' });
	assert.equal(await world.metric(world.base, 'bindery_sweep_found'), 0);
});

test('members alone get what is in a queue that has some, from their ring on', async (t) => {
	const world = await start(t, { rings: [{ timeout_s: 2 }] });
	const ann = await world.agent('ann');
	const bob = await world.agent('bob');
	await ann.goOnQueue();
	await bob.goOnQueue();
	await router(world, 'queue', 'join', 'support', 'bob', '--ring', '2');
	assert.equal(await router(world, 'queue', 'members', 'support'), 'bob\t2\n');
	const before = Date.now();
	await world.carrier.deliver({ from: '+15550191', to: OURS, text: 'Hello' });
	await bob.acceptNext('+15550191');
	assert.ok(Date.now() - before >= 2000, 'bob was asked before the ring was over');
	const offers = await world.floorEvents('offer');
	assert.deepEqual(offers.map(({ a, ring, how }) => [a, ring, how]), [['bob', '1', 'bullseye']]);
	// With its last member gone everybody serves it again.
	await router(world, 'queue', 'leave', 'support', 'bob');
	await world.carrier.deliver({ from: '+15550192', to: OURS, text: 'Hello' });
	await ann.acceptNext('+15550192');
});

test('the command line knows a queue that was set up while it runs, by its id and by its name', async (t) => {
	const world = await start(t);
	const admin = await person(world, 'admin');
	await world.addUser('ann');
	const { body: made } = await admin('POST', '/api/v2/routing/queues', { name: 'Late Shift' });
	assert.equal(await router(world, 'queue', 'join', 'late shift', 'ann'), '');
	for (const asked of [made.id, 'Late Shift']) assert.equal(await router(world, 'queue', 'members', asked), 'ann\t1\n');
	assert.equal(await router(world, 'queue', 'leave', made.id, 'ann'), '');
	assert.equal(await router(world, 'queue', 'members', 'LATE SHIFT'), '');
	const { code, stderr } = await world.command('bindery-router', ['queue', 'leave', 'nowhere', 'ann']);
	assert.deepEqual([code, stderr], [1, 'bindery-router: queue: no queue "nowhere"; the configuration has support\n']);
});

test('an hour of priority comes before who waited a little longer', async (t) => {
	const world = await start(t);
	await world.carrier.deliver({ from: '+15550191', to: OURS, text: 'First' });
	await waiting(world, 1);
	await world.carrier.deliver({ from: '+15550192', to: URGENT, text: 'Urgent' });
	await waiting(world, 2);
	const ann = await world.agent('ann', { capacity: 1 });
	await ann.goOnQueue();
	const first = await ann.acceptNext('+15550192');
	await ann.close(first.id, 'Resolved');
	await ann.acceptNext('+15550191');
});

test('where nobody is asked, a conversation is simply there', async (t) => {
	const world = await start(t, { auto_answer: true });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550191', to: OURS, text: 'Hello' });
	const { conversation } = await ann.event('connected', (event) => event.conversation.customer === '+15550191');
	await ann.close(conversation.id, 'Resolved');
	const [told] = await world.floorEvents('offer');
	assert.equal(told.auto, '1');
});

test('what the router knows of the floor is there again after it was killed', async (t) => {
	const world = await start(t, { members_only: true });
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: '+15550191', to: FRENCH, text: 'Bonjour' });
	await waiting(world, 1);
	await router(world, 'user', 'skill', 'ann', 'french', '1');
	await world.router.kill();
	await router(world, 'queue', 'join', 'support', 'ann');
	await world.startRouter();
	await waitFor(() => ann.connect().then(() => true, () => false), { what: 'ann is back' });
	await ann.acceptNext('+15550191');
});

test('the command line gives skills that are set up, by their name or as the file has them, and takes any away', async (t) => {
	const world = await start(t);
	const admin = await person(world, 'admin');
	await world.addUser('ann');
	const { id } = (await admin('POST', '/api/v2/routing/skills', { name: 'German' })).body;
	await router(world, 'user', 'skill', 'ann', 'german', '3');
	assert.equal(await router(world, 'user', 'skills', 'ann'), `${id}\t3\n`);
	await router(world, 'user', 'skill', 'ann', 'GERMAN', '0');
	// Given before skills had to be set up.
	await world.redis.call('FCALL', 'skill_put', '1', '{acd}', 'a', 'ann', 'skill', 'welsh', 'level', '2', 'by', 'ada', 'now', '1');
	await router(world, 'user', 'skill', 'ann', 'welsh', '0');
	assert.equal(await router(world, 'user', 'skills', 'ann'), '');
	// Nobody has read the file into Redis yet.
	await world.router.kill();
	await world.redis.call('DEL', '{acd}:skill:french', '{acd}:skills', '{acd}:skill:names');
	await router(world, 'user', 'skill', 'ann', 'french', '3');
	assert.equal(await router(world, 'user', 'skills', 'ann'), 'french\t3\n');
});

test('the command line says what is wrong', async (t) => {
	const world = await start(t);
	const said = async (...words) => {
		const { code, stderr } = await world.command('bindery-router', words);
		return [code, stderr.split('\n')[0]];
	};
	await world.addUser('ann');
	assert.deepEqual(await said('queue', 'join', 'nowhere', 'ann'), [1, 'bindery-router: queue: no queue "nowhere"; the configuration has support']);
	assert.deepEqual(await said('queue', 'join', 'support', 'nobody'), [1, 'bindery-router: queue: no such user: nobody']);
	assert.deepEqual(await said('queue', 'join', 'support', 'ann', '--ring', '7'), [2, 'bindery-router: queue: a ring is --ring 1..6: 7']);
	assert.deepEqual(await said('queue', 'join', 'support'), [2, 'bindery-router: queue: join QUEUE AGENT, leave QUEUE AGENT or members QUEUE']);
	assert.deepEqual(await said('user', 'skill', 'ann', 'a,b', '1'), [2, 'bindery-router: user: a skill is 1..64 octets without a comma: a,b']);
	assert.deepEqual(await said('user', 'skill', 'ann', 'french', '6'), [2, 'bindery-router: user: a level is 0..5: 6']);
	assert.deepEqual(await said('user', 'skill', 'nobody', 'french', '1'), [1, 'bindery-router: user: no such user: nobody']);
	assert.deepEqual(await said('user', 'skill', 'ann', 'frnech', '1'), [1,
		'bindery-router: user: no such skill; set it up first (#/admin, or POST /api/v2/routing/skills), or name it in the file (skills of a number): frnech']);
	assert.equal(await router(world, 'user', 'skills', 'ann'), '');
});
