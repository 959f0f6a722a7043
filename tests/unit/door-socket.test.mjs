// What the door says over an agent's WebSocket.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { run } from '../scenario/lib/process.mjs';
import { waitFor } from '../scenario/lib/wait.mjs';
import { Client } from './door-client.mjs';
import { STUB, PASSWORD, redis, door, base, open, post, cookieOf, counter, tell } from './door-stage.mjs';

describe('the agents’ socket', () => {
	it('opens at /agent, by its subprotocol, from an origin of ours', async () => {
		await assert.rejects(Client.open({ path: '/elsewhere' }), /404/);
		await assert.rejects(Client.open({ protocol: [] }), /400/);
		// The library knows these too, and would take the first.
		await assert.rejects(Client.open({ protocol: ['http', 'bindery.agent.v1'] }), /400/);
		await assert.rejects(Client.open({ protocol: ['bindery.floor.v1', 'bindery.agent.v1'] }), /400/);
		await assert.rejects(Client.open({ origin: 'https://evil.example' }), /403/);
		const client = await Client.open({ origin: base });
		client.socket.terminate();
	});

	it('keeps to the list of origins where there is one', async () => {
		const other = await open({ origin: 'https://desk.example' });
		await assert.rejects(Client.open({ at: other.base, origin: other.base }), /403/);
		const client = await Client.open({ at: other.base, origin: 'https://desk.example' });
		client.socket.terminate();
		await other.child.stop();
		other.child.assertClean();
	});

	it('wants a session, by cookie or by token', async () => {
		let client = await Client.open();
		client.say({ type: 'hello', ref: '1' });
		assert.equal((await client.closed).code, 4401);
		client = await Client.open({ cookie: 'bindery_session=0123' });
		client.say({ type: 'hello', ref: '1' });
		assert.equal((await client.closed).code, 4401);
		client = await Client.open();
		client.say({ type: 'hello', ref: '1', token: (await cookieOf('ann')).split('=')[1] });
		assert.equal((await client.frames.take()).type, 'ack');
		client.socket.terminate();
	});

	it('is for agents', async () => {
		const client = await Client.open({ cookie: await cookieOf('cora') });
		client.say({ type: 'hello', ref: '1' });
		assert.equal((await client.closed).code, 4401);
	});

	it('takes nothing before hello, and hello once', async () => {
		const client = await Client.open({ cookie: await cookieOf('ann') });
		assert.equal((await client.ask({ type: 'status', ref: '1', routing: 'on_queue' })).code, 'hello_first');
		assert.equal((await client.ask({ type: 'ping', ref: '1' })).code, 'hello_first');
		assert.equal((await client.ask({ type: 'hello', ref: '2' })).type, 'ack');
		assert.equal((await client.ask({ type: 'hello', ref: '3' })).code, 'bad_frame');
		assert.deepEqual(await client.ask({ type: 'ping', ref: '4' }), { type: 'ack', ref: '4' });
		client.socket.terminate();
	});

	it('sends a snapshot and then what is new, each once and in order', async () => {
		const client = await Client.signedIn();
		const snapshot = await client.event('snapshot');
		assert.equal(snapshot.agent.name, 'ann');
		const many = Array.from({ length: 1000 }, (_, i) => ({ type: 'opt', conversation: `c${i}`, opted_out: true }));
		const ids = await tell('ann', ...many);
		await waitFor(() => client.frames.all.filter((frame) => frame.type === 'opt').length >= 1000);
		const got = client.frames.all.filter((frame) => frame.type === 'opt');
		assert.deepEqual(got.map((frame) => frame.id), ids);
		assert.deepEqual(got.map((frame) => frame.conversation), many.map((event) => event.conversation));
		client.socket.terminate();
	});

	it('resumes behind the last id that the client saw', async () => {
		const first = await Client.signedIn();
		await first.event('snapshot');
		const [seen] = await tell('ann', { type: 'opt', conversation: 'seen', opted_out: true });
		await first.event('opt');
		first.socket.terminate();
		const missed = await tell('ann', ...Array.from({ length: 450 }, (_, i) =>
			({ type: 'opt', conversation: `missed${i}`, opted_out: true })));
		const second = await Client.signedIn('ann', { last: seen });
		const [live] = await tell('ann', { type: 'opt', conversation: 'live', opted_out: true });
		await second.frames.take((frame) => frame.conversation === 'live');
		const got = second.frames.all.filter((frame) => frame.id);
		assert.deepEqual(got.map((frame) => frame.id), [...missed, live]);
		second.socket.terminate();
	});

	it('gives the frames of one entry an id each, and resumes between them', async () => {
		const frame = (conversation) => JSON.stringify({ type: 'opt', conversation, opted_out: true });
		const fields = (...names) => ['s', '{c1}:events 5-1', ...names.flatMap((name) => ['j', frame(name)])];
		const first = await Client.signedIn();
		await first.event('snapshot');
		await tell('ann', { type: 'opt', conversation: 'a', opted_out: true });
		const { id: before } = await first.event('opt');
		const ms = before.split('-')[0];
		await redis.call('XADD', '{a:ann}:events', `${ms}-1024`, ...fields('b', 'c', 'd'));
		await redis.call('PUBLISH', 'agent:ann', '');
		await first.frames.take(({ conversation }) => conversation === 'd');
		const got = (client) => client.frames.all.filter(({ id }) => id).map(({ id, conversation }) => [id, conversation]);
		const three = [[`${ms}-1022`, 'b'], [`${ms}-1023`, 'c'], [`${ms}-1024`, 'd']];
		assert.deepEqual(got(first).slice(-3), three);
		for (let seen = 0; seen < 3; seen++) {
			const second = await Client.signedIn('ann', { last: three[seen][0] });
			await redis.call('XADD', '{a:ann}:events', `${ms}-${2048 + seen * 1024}`, ...fields(`e${seen}`));
			await redis.call('PUBLISH', 'agent:ann', '');
			await second.frames.take(({ conversation }) => conversation === `e${seen}`);
			const later = Array.from({ length: seen }, (_, i) => [`${ms}-${2048 + i * 1024}`, `e${i}`]);
			assert.deepEqual(got(second), [...three.slice(seen + 1), ...later, [`${ms}-${2048 + seen * 1024}`, `e${seen}`]]);
			second.socket.terminate();
		}
		first.socket.terminate();
	});

	it('sends a snapshot where the id is too old or from a future that never was', async () => {
		const [old] = await tell('ann', { type: 'opt', conversation: 'a', opted_out: true });
		await tell('ann', { type: 'opt', conversation: 'b', opted_out: true },
			{ type: 'opt', conversation: 'c', opted_out: true });
		await redis.call('XTRIM', '{a:ann}:events', 'MAXLEN', 1);
		for (const last of [old, '99999999999999-0']) {
			const client = await Client.signedIn('ann', { last });
			assert.equal((await client.frames.take((frame) => frame.id)).type, 'snapshot');
			client.socket.terminate();
		}
	});

	it('tells all sockets of an agent, and no other agent', async () => {
		await run(STUB, [redis.socket, 'user', 'add', 'bob', '--role', 'agent', '--password-stdin'],
			{ input: `${PASSWORD}\n` });
		const [one, two, other] = await Promise.all([Client.signedIn(), Client.signedIn(), Client.signedIn('bob')]);
		await Promise.all([one, two, other].map((client) => client.event('snapshot')));
		await tell('ann', { type: 'opt', conversation: 'x', opted_out: true });
		await tell('bob', { type: 'opt', conversation: 'y', opted_out: true });
		assert.equal((await one.event('opt')).conversation, 'x');
		assert.equal((await two.event('opt')).conversation, 'x');
		assert.equal((await other.event('opt')).conversation, 'y');
		for (const client of [one, two, other]) client.socket.terminate();
	});

	it('answers every frame by its ref, later or at once', async () => {
		const client = await Client.signedIn();
		const ask = (frame) => client.ask({ conversation: 'c1', ...frame });
		const later = ask({ type: 'send', ref: 'late', text: 'later' });
		assert.equal((await ask({ type: 'send', ref: '1', text: 'hi “you” 😀' })).message.text, 'hi “you” 😀');
		assert.equal((await ask({ type: 'send', ref: '2', text: 'forbidden' })).code, 'suppressed');
		assert.equal((await ask({ type: 'send', ref: '3', text: 'x', conversation: 'foreign' })).code, 'not_yours');
		assert.equal((await ask({ type: 'send', ref: '4', text: '' })).code, 'empty');
		assert.equal((await ask({ type: 'accept', ref: '5', epoch: 1 })).type, 'ack');
		assert.equal((await ask({ type: 'accept', ref: '6', epoch: 2 })).code, 'conflict');
		assert.equal((await ask({ type: 'plan', ref: '7', text: 'abc' })).plan.used, 3);
		assert.equal((await ask({ type: 'thread', ref: '8', limit: 1 })).more, true);
		assert.equal((await ask({ type: 'close', ref: '9', wrapup: 'Nope' })).code, 'wrapup_unknown');
		assert.equal((await later).message.text, 'later');
		client.say('{broken');
		assert.equal((await client.frames.take((frame) => frame.code === 'bad_json')).ref, null);
		client.socket.terminate();
	});

	it('forgets an answer whose connection has gone', async () => {
		const client = await Client.signedIn();
		client.say({ type: 'send', ref: '1', conversation: 'c1', text: 'later' });
		client.socket.terminate();
		await new Promise((resolve) => setTimeout(resolve, 200));
		assert.equal((await fetch(`${base}/healthz`)).status, 200);
	});

	it('closes on a frame of 10 MB without keeping it', async () => {
		const client = await Client.signedIn();
		const before = await door.child.residentOctets();
		client.say('x'.repeat(10_000_000));
		assert.equal((await client.closed).code, 1009);
		assert.ok((await door.child.residentOctets()) - before < 4e6);
	});

	it('closes on a flood of frames', async () => {
		const client = await Client.signedIn();
		for (let i = 0; i < 300; i++)
			client.say({ type: 'plan', ref: `${i}`, conversation: 'c1', text: 'x' });
		assert.equal((await client.closed).code, 1008);
	});

	it('closes when the session is signed out', async () => {
		const cookie = await cookieOf('ann');
		const client = await Client.open({ cookie });
		client.say({ type: 'hello', ref: '1' });
		await client.event('snapshot');
		await post('/api/v2/sign-out', '', { cookie });
		assert.equal((await client.closed).code, 4401);
	});

	it('closes one that does not read, and the others go on', async () => {
		const slow = await Client.signedIn();
		const quick = await Client.signedIn();
		await Promise.all([slow.event('snapshot'), quick.event('snapshot')]);
		slow.socket._socket.pause();
		const before = await counter('sockets_slow_total');
		const text = 'x'.repeat(15_000);
		for (let i = 0; i < 12; i++)
			await tell('ann', ...Array.from({ length: 100 }, (_, k) =>
				({ type: 'message', conversation: 'c1', message: { id: `${i}-${k}`, text } })));
		await waitFor(() => quick.frames.all.filter((frame) => frame.type === 'message').length === 1200);
		await waitFor(async () => (await counter('sockets_slow_total')) === before + 1);
		quick.socket.terminate();
		slow.socket.terminate();
	});

	it('goes on after Redis was away, and loses nothing', async () => {
		const client = await Client.signedIn();
		await client.event('snapshot');
		await redis.kill();
		await redis.start();
		await tell('ann', { type: 'opt', conversation: 'after', opted_out: true });
		const event = await client.frames.take((frame) => frame.conversation === 'after');
		assert.ok(event.id);
		client.socket.terminate();
	});

	it('is told to go when the router drains', async () => {
		const other = await open();
		const client = await Client.open({ at: other.base, cookie: await cookieOf('ann') });
		client.say({ type: 'hello', ref: '1' });
		await client.event('snapshot');
		other.child.child.kill('SIGUSR1');
		assert.equal((await client.closed).code, 1001);
		assert.equal(await other.child.stop(), 0);
		other.child.assertClean();
	});
});
