// Signing in and out: cookies, sessions that end, and too many tries.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, PASSWORD, signIn, signOut, World } from './lib/index.mjs';

test('a session lasts until it is signed out, and then nothing of it works', async (t) => {
	const world = await World.start(t, { gateway: false });
	const ann = await world.agent('ann');
	const elsewhere = await Agent.start(world.base, 'ann', PASSWORD);
	const me = () => fetch(`${world.base}/api/v2/users/me`, { headers: { cookie: ann.cookie } });
	assert.equal((await me()).status, 200);

	assert.equal(await signOut(world.base, ann.cookie), 204);
	assert.equal(await ann.closed, 4401);
	assert.equal((await me()).status, 401);
	await assert.rejects(ann.connect(), /4401|401/);
	// The other session of the same agent is its own.
	await elsewhere.goOnQueue();
	await elsewhere.leave();
});

test('the cookie of a session is HttpOnly and SameSite=Strict', async (t) => {
	const world = await World.start(t, { gateway: false });
	await world.addUser('ann');
	const { headers } = await signIn(world.base, 'ann', PASSWORD);
	const cookie = headers.get('set-cookie');
	assert.match(cookie, /HttpOnly/i);
	assert.match(cookie, /SameSite=Strict/i);
});

test('a made-up session opens no WebSocket', async (t) => {
	const world = await World.start(t, { gateway: false });
	const nobody = new Agent(world.base, 'nobody', 'bindery_session=made-up');
	await assert.rejects(nobody.connect(), /4401|401/);
});

test('who guesses passwords is made to wait, and others are not', async (t) => {
	const world = await World.start(t, { gateway: false });
	await world.addUser('ann');
	await world.addUser('bob');
	let answer;
	for (let tries = 1; ; tries++) {
		answer = await signIn(world.base, 'ann', `guess ${tries}`);
		assert.equal(answer.cookie, null);
		if (answer.status !== 401) break;
		assert.ok(tries < 10, 'ten guesses were let through');
	}
	assert.equal(answer.status, 429);
	assert.ok(Number(answer.headers.get('retry-after')) > 0);
	// The right password does not help any more; another account does not suffer.
	assert.equal((await signIn(world.base, 'ann', PASSWORD)).status, 429);
	assert.equal((await signIn(world.base, 'bob', PASSWORD)).status, 200);
	const throttled = 'bindery_door_sign_ins_throttled_total';
	assert.equal(await world.metric(world.base, throttled), 2);
});
