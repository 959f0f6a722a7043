// The road once more, with tshark looking at the wire.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { Capture, OURS, waitFor, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';
const RESPONSE = 0x80000000;
const COMMANDS = {
	bind_transceiver: 0x09,
	unbind: 0x06,
	submit_sm: 0x04,
	deliver_sm: 0x05,
	enquire_link: 0x15,
};

for (const concatenation of ['udh8', 'sar', 'payload']) {
	test(`tshark finds no malformed PDU in a run with ${concatenation}`, async (t) => {
		const world = await World.start(t, {
			gateway: false,
			changes: (w) => ({
				carriers: [
					{
						name: 'acme',
						hosts: [{ host: '127.0.0.1', port: w.carrier.port }],
						system_id: w.carrier.systemId,
						password: w.carrier.password,
						binds: 2,
						enquire_link_s: 1,
						concatenation,
						latin1: true,
					},
				],
			}),
		});
		const { carrier } = world;
		const capture = await Capture.start(join(world.folder, 'run.pcapng'), carrier.port);
		if (!capture) {
			t.skip('this user may not capture on the loopback');
			return;
		}
		t.after(() => capture.stop());
		await world.startGateway();
		await carrier.bound(2);
		const ann = await world.agent('ann');
		await ann.goOnQueue();

		await carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Où est ma commande ? 🙂 '.repeat(9) });
		const { id } = await ann.acceptNext(CUSTOMER);
		const replies = [
			'Here: {5 €}', 'Señor, çà et là', 'Вот 🎁', 'GSM '.repeat(100), 'Дальше '.repeat(50),
			'ligne é\n'.repeat(40),
		];
		for (const text of replies) {
			const reply = await ann.send(id, text);
			const { text: read, parts } = await carrier.expectMessage({ to: CUSTOMER });
			assert.equal(read, text);
			await ann.state(reply.id, 'sent');
			for (const part of parts) await part.receipt();
			await ann.state(reply.id, 'delivered');
		}
		await carrier.deliver({ from: CUSTOMER, to: OURS, text: 'STOP' });
		await carrier.expectSubmit({ to: CUSTOMER });
		await waitFor(() => carrier.counts.enquire_link >= 2, { what: 'an enquire_link on each bind' });
		const submits = carrier.submits.all.length;
		await world.gateway.stop();
		assert.equal(carrier.counts.unbind, 2);

		let seen;
		await waitFor(
			async () => {
				seen = await capture.commands();
				return seen.in.get((COMMANDS.unbind | RESPONSE) >>> 0) === 2;
			},
			{ what: 'the end of the run in the capture' },
		);
		const count = (side, name, response = 0) => side.get((COMMANDS[name] | response) >>> 0) ?? 0;
		assert.equal(count(seen.out, 'bind_transceiver'), 2);
		assert.equal(count(seen.out, 'submit_sm'), submits);
		assert.equal(count(seen.in, 'submit_sm', RESPONSE), submits);
		assert.equal(count(seen.out, 'deliver_sm', RESPONSE), count(seen.in, 'deliver_sm'));
		assert.ok(count(seen.out, 'enquire_link') >= 2);
		assert.equal(count(seen.out, 'unbind'), 2);
		assert.deepEqual(await capture.malformed(), []);
		assert.deepEqual(carrier.errors, []);
	});
}
