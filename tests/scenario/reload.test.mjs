// SIGHUP of the router: it takes the carriers, the routes and the numbers' carriers of its file, and nobody who is
// there notices.

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';

import { person, program } from './lib/api.mjs';
import { Carrier } from './lib/carrier.mjs';
import { OURS, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const CUSTOMER = '+15550199';

const entry = (name, carrier) => carrier.entry({ name });
const number = (carrier, address = OURS) => ({ address, carrier, queue: 'support', programme: 'shop' });

// A router and a gateway with acme, to which our number goes, and ann with a conversation.
async function talking(t) {
	const world = await World.start(t);
	const other = await Carrier.start();
	t.after(() => other.close());
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	return { world, ann, other, conversation: id };
}

async function reload(world, child, changes) {
	const said = () => child.output.split('event=reloaded').length;
	const before = said();
	if (changes) world.configure(changes);
	child.child.kill('SIGHUP');
	await waitFor(() => said() > before, { what: () => `${child.name} reloads; it said:\n${child.output.slice(-2000)}` });
}

test('what is sent after a reload goes by the carrier that the number has then', async (t) => {
	const { world, ann, other, conversation } = await talking(t);
	const changed = { carriers: [entry('other', other)], numbers: [number('other')] };
	await reload(world, world.router, changed);
	assert.match(world.router.output, /event=carrier_removed carrier=acme/);
	assert.match(world.router.output, /event=carrier_added carrier=other/);
	await reload(world, world.gateway);
	await other.bound(1);
	const reply = await ann.send(conversation, 'Here we are.');
	assert.equal((await other.expectSubmit({ to: CUSTOMER })).text, 'Here we are.');
	await ann.state(reply.id, 'sent');
	assert.equal(world.carrier.counts.submit_sm, 0);
	await other.deliver({ from: CUSTOMER, to: OURS, text: 'Good.' });
	await ann.event('message', ({ message }) => message.text === 'Good.');
	const lead = await person(world, 'supervisor');
	const { body } = await lead('GET', '/api/v2/bindery/carriers');
	assert.deepEqual(body.entities.map(({ name }) => name), ['other']);
});

test('a route that comes with a carrier leads to it', async (t) => {
	const { world, ann, other, conversation } = await talking(t);
	await reload(world, world.router, {
		carriers: [entry('acme', world.carrier), entry('other', other)],
		routes: [{ prefix: '+1', carriers: [{ name: 'other' }] }],
	});
	await reload(world, world.gateway);
	await other.bound(1);
	const reply = await ann.send(conversation, 'By another road.');
	assert.equal((await other.expectSubmit({ to: CUSTOMER })).text, 'By another road.');
	await ann.state(reply.id, 'sent');
	assert.equal(world.carrier.counts.submit_sm, 0);
});

test('a number that has lost its carrier refuses what is to be sent, and names it', async (t) => {
	const { world, ann, other, conversation } = await talking(t);
	const shop = await program(world, 'conversations');
	const elsewhere = { carriers: [entry('other', other)], numbers: [number('other', '+15550101')] };
	await reload(world, world.router, elsewhere);
	await world.router.says(/event=needs_restart key=numbers new=1/);
	const why = `The carrier acme, which ${OURS} had, is not in the configuration any more, and it has no other.`;
	await assert.rejects(ann.send(conversation, 'Here we are.'), ({ code, frame }) => {
		assert.deepEqual([code, frame.message], ['no_route', why]);
		return true;
	});
	const { status, body } = await shop('POST', '/api/v2/conversations/messages/agentless', {
		fromAddress: OURS, toAddress: '+15550198', toAddressMessengerType: 'sms', textBody: 'Your parcel is here.',
	});
	assert.deepEqual([status, body.detail ?? body.message], [400, why]);
	// Texts are taken all the same, and a keyword holds, without its answer.
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'STOP' });
	assert.equal((await ann.event('opt')).opted_out, true);

	await reload(world, world.router, {});
	const again = await ann.thread(conversation);
	assert.equal(again.at(-1).text, 'STOP');
});

test('a file with errors changes nothing, and the log says what is wrong', async (t) => {
	const { world, ann, conversation } = await talking(t);
	appendFileSync(world.config, 'wat = 1;\n');
	world.router.child.kill('SIGHUP');
	await world.router.says(/event=reload_refused file=\S+ errors=1 note="nothing was changed"/);
	assert.match(world.router.output, /event=settings error=.*unknown key \\"wat\\"/);
	const reply = await ann.send(conversation, 'Here we are.');
	await ann.state(reply.id, 'sent');
});
