// Where what comes to a number goes, set up while the router runs: another queue than the file says, one that the
// API made, and agents who are asked first.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { OURS, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const NUMBERS = '/api/v2/routing/message/recipients';
const AT = `${NUMBERS}/${encodeURIComponent(OURS)}`;
const QUEUES = '/api/v2/routing/queues';

async function start(t) {
	const world = await World.start(t);
	return { world, admin: await person(world, 'admin') };
}

const waits = async (world) => (await world.floorEvents('waiting')).map(({ customer, q }) => [customer, q]);

const told = (world, customer, text) => world.carrier.deliver({ from: customer, to: OURS, text });

test('a number leads to a queue that the API made, also after the router was killed', async (t) => {
	const { world, admin } = await start(t);
	const { body: { entities: [number] } } = await admin('GET', NUMBERS);
	assert.deepEqual([number.id, number.configuredQueue, number.queue, number.ofFile], [OURS, 'support', undefined, true]);
	const { body: billing } = await admin('POST', QUEUES, { name: 'Billing' });
	const put = await admin('PUT', AT, { queue: { id: billing.id } });
	assert.deepEqual([put.status, put.body.queue.id, put.body.configuredQueue], [200, billing.id, 'support']);
	const late = await admin('PUT', AT, { queue: { id: 'support' }, version: number.version });
	assert.deepEqual([late.status, late.body.code], [409, 'version.conflict']);

	await told(world, '+15550301', 'My bill');
	await waitFor(async () => (await waits(world)).length === 1);
	await world.router.kill();
	await world.startRouter();
	await told(world, '+15550302', 'My bill, too');
	await waitFor(async () => (await waits(world)).length === 2);
	assert.deepEqual(await waits(world), [['+15550301', billing.id], ['+15550302', billing.id]]);

	// Nothing said of a queue: the file's again. What waits stays where it is.
	const back = await admin('PUT', AT, {});
	assert.deepEqual([back.status, back.body.queue], [200, undefined]);
	await told(world, '+15550303', 'Hello');
	await waitFor(async () => (await waits(world)).length === 3);
	assert.deepEqual((await waits(world))[2], ['+15550303', 'support']);
	const changes = (await world.floorEvents('audit')).filter(({ kind, who }) => kind === 'recipient' && who === 'only-admin');
	assert.deepEqual(changes.map(({ what }) => what), [`queue\t\t${billing.id}`, `queue\t${billing.id}\t`]);
});

test('where its queue is deleted a number goes where the file says', async (t) => {
	const { world, admin } = await start(t);
	const { body: billing } = await admin('POST', QUEUES, { name: 'Billing' });
	assert.equal((await admin('PUT', AT, { queue: { id: billing.id } })).status, 200);
	assert.equal((await admin('DELETE', `${QUEUES}/${billing.id}`)).status, 204);
	await told(world, '+15550301', 'My bill');
	await waitFor(async () => (await waits(world)).length === 1);
	assert.deepEqual(await waits(world), [['+15550301', 'support']]);
});

test('whom the number prefers is asked alone, and then the others are', async (t) => {
	const { world, admin } = await start(t);
	const [ann, bob] = [await world.agent('ann'), await world.agent('bob')];
	// Who has waited longer would be asked first.
	await ann.goOnQueue();
	await bob.goOnQueue();
	const put = await admin('PUT', AT, {
		preferredAgents: [{ agent: { id: 'bob' }, score: 90 }, { agent: { id: 'nobody' }, score: 100 }],
		preferredAgentsTimeoutSeconds: 5,
	});
	assert.equal(put.status, 200);
	assert.deepEqual(put.body.preferredAgents, [{ agent: { id: 'bob' }, score: 90 }, { agent: { id: 'nobody' }, score: 100 }]);
	await told(world, '+15550301', 'Bob?');
	const offer = await bob.offer('+15550301');
	assert.equal(offer.how, 'preferred');
	await bob.decline(offer);
	assert.equal((await ann.offer('+15550301')).how, 'standard');
});

test('what will not do is refused with its place, and only an admin may', async (t) => {
	const { world, admin } = await start(t);
	const agents = (count) => Array.from({ length: count }, (_, i) => ({ agent: { id: `a${i}` }, score: 1 }));
	for (const [body, part] of [
		[{ queue: 'support' }, 'queue'],
		[{ queue: { id: 'nowhere' } }, 'queue.id'],
		[{ preferredAgents: [{ agent: { id: 'ann' } }] }, 'preferredAgents'],
		[{ preferredAgents: [{ agent: { id: 'ann' }, score: 101 }] }, 'preferredAgents'],
		[{ preferredAgents: [{ agent: { id: 'a,b' }, score: 1 }] }, 'preferredAgents'],
		[{ preferredAgents: agents(33) }, 'preferredAgents'],
		[{ preferredAgentsTimeoutSeconds: 0 }, 'preferredAgentsTimeoutSeconds'],
	]) {
		const { status, body: { message } } = await admin('PUT', AT, body);
		assert.equal(status, 400, JSON.stringify(body));
		assert.ok(message.startsWith(part), message);
	}
	assert.equal((await admin('PUT', AT, { preferredAgents: agents(32) })).status, 200);
	assert.equal((await admin('PUT', `${NUMBERS}/15550999`, {})).status, 404);
	const supervisor = await person(world, 'supervisor');
	assert.equal((await supervisor('GET', AT)).status, 200);
	assert.equal((await supervisor('PUT', AT, {})).status, 403);
});
