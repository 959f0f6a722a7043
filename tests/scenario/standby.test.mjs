// Two routers on one Redis: one works, the other stands by and takes over.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, OURS, PASSWORD, waitFor, World } from './lib/index.mjs';
import { Pair } from './lib/pair.mjs';

async function open(t, run) {
	const world = await World.start(t, { router: false, changes: { router: { instance: 'router-1' } } });
	const pair = await Pair.start(world);
	try {
		await run(world, pair);
	} finally {
		await pair.stop();
	}
}

const said = (door) => fetch(`${door.base}/readyz`).then((answer) => answer.json(), () => null);

test('of two that begin at once one works, and the other says that it stands by', async (t) => {
	await open(t, async (world, pair) => {
		for (let round = 0; round < 3; round++) {
			const door = await pair.working({ timeout: 10_000 });
			const other = pair.other(door);
			await waitFor(async () => (await said(other))?.reason?.includes('stands by'), { what: `${other.name} stands by` });
			const refused = await fetch(`${other.base}/api/v2/users/me`);
			assert.equal(refused.status, 503);
			assert.equal((await refused.json()).code, 'standby');
			assert.equal((await fetch(`${other.base}/healthz`)).status, 200);
			await Promise.all(pair.doors.map((one) => pair.kill(one)));
			for (const one of pair.doors) pair.startOne(one);
		}
	});
});

test('who is asked to stop hands over at once, and a conversation goes on at the other', async (t) => {
	await open(t, async (world, pair) => {
		const door = await pair.working();
		const other = pair.other(door);
		await world.addUser('ann');
		const ann = await Agent.start(door.base, 'ann', PASSWORD);
		await ann.goOnQueue();
		await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' });
		const { id } = await ann.acceptNext('+15550199');
		const before = Date.now();
		await door.child.stop();
		await waitFor(async () => (await pair.working()) === other, { timeout: 3000, what: `${other.name} works` });
		assert.ok(Date.now() - before < 4000, 'it did not wait for the leases to run out');
		ann.base = other.base;
		await ann.connect();
		await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Still there?' });
		await ann.event('message', ({ message }) => message.text === 'Still there?');
		await ann.send(id, 'Yes');
		await world.carrier.expectSubmit({ to: '+15550199', text: 'Yes' });
		assert.deepEqual(ann.doubled, []);
		ann.socket.terminate();
		pair.startOne(door);
		await waitFor(async () => (await said(door))?.reason?.includes('stands by'));
	});
});

test('agents of one that was killed are away until they come to the other', async (t) => {
	await open(t, async (world, pair) => {
		const door = await pair.working();
		const other = pair.other(door);
		await world.addUser('ann');
		const ann = await Agent.start(door.base, 'ann', PASSWORD);
		await ann.goOnQueue();
		await pair.kill(door);
		await waitFor(async () => (await pair.working()) === other, { timeout: 15_000 });
		await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' });
		await world.metricIs(other.base, 'bindery_waiting', 1);
		assert.deepEqual(await world.floorEvents('offer'), []);
		ann.base = other.base;
		await ann.connect();
		await ann.acceptNext('+15550199');
		ann.socket.terminate();
		pair.startOne(door);
	});
});
