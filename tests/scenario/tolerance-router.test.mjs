// Whatever the gateway takes from a carrier, the router gets through: every message and receipt of
// tests/corpus/tolerance.txt, and then one that a person must see.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { QUEUE, waitFor, World } from './lib/index.mjs';
import { RawSmsc } from './lib/raw.mjs';
import { octetsOf, readTable } from './lib/tolerance.mjs';

const OURS = '+15557770100';
const NUMBERS = [OURS, '24680'];
const DELIVER = 0x05;

// A deliver_sm from an alphanumeric sender of these octets, to `OURS`.
function delivery(sequence, sender, body) {
	const parts = [
		Buffer.from([0, 5, 0]), sender, Buffer.from([0, 1, 1]), Buffer.from(OURS.slice(1)),
		Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, body.length]), body,
	];
	const rest = Buffer.concat(parts);
	const header = Buffer.alloc(16);
	[16 + rest.length, DELIVER, 0, sequence].forEach((word, i) => header.writeUInt32BE(word, 4 * i));
	return Buffer.concat([header, rest]);
}

async function start(t) {
	const smsc = await RawSmsc.start();
	t.after(() => smsc.close());
	const world = await World.start(t, {
		changes: {
			carriers: [
				{
					name: 'acme',
					hosts: [{ host: '127.0.0.1', port: smsc.port }],
					system_id: 'bindery',
					password: 'secret',
				},
			],
			queues: [QUEUE],
			numbers: NUMBERS.map((address) => ({ address, carrier: 'acme', queue: QUEUE.name })),
		},
	});
	return { smsc, world, link: await smsc.bound() };
}

// Waits until the router has applied or put aside everything that was heard.
function drained(world) {
	return waitFor(
		async () => {
			const keys = await world.redis.keys('{c*}:in');
			const lengths = await Promise.all(keys.map((key) => world.redis.call('XLEN', key)));
			return lengths.every((length) => length === 0);
		},
		{ what: 'the router applies all that was heard' },
	);
}

test('the router gets through everything that the gateway takes', async (t) => {
	const { world, link } = await start(t);
	const ann = await world.agent('ann');
	const taken = readTable().filter(({ mo, carrier }) => mo && carrier !== 'receiver');
	assert.ok(taken.length > 80);
	for (const play of taken.filter(({ flight }) => !flight)) link.write(octetsOf(play.in));
	await link.barrier();
	await drained(world);

	await ann.goOnQueue();
	link.write(delivery(0x7000, Buffer.from('LAST'), Buffer.from('Still there?')));
	await waitFor(async () => {
		const offer = await ann.offer();
		await ann.accept(offer);
		await ann.event('connected', ({ conversation }) => conversation.id === offer.conversation);
		const texts = (await ann.thread(offer.conversation)).map(({ text }) => text);
		await ann.close(offer.conversation, 'Resolved');
		await ann.goOnQueue();
		return texts.includes('Still there?');
	});
	assert.ok(!world.router.over);
	const aside = (await world.happened()).filter(({ fields }) => fields.e === 'aside');
	const none = taken.filter(({ receipt }) => receipt === 'none');
	assert.deepEqual(aside.map(({ fields }) => fields.why), none.map(() => 'receipt_without_id'));
});

test('a sender whose name is no UTF-8 is a conversation like any other', async (t) => {
	const { world, link } = await start(t);
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	link.write(delivery(1, Buffer.from('Caf\xe9 \xff', 'latin1'), Buffer.from('Bonjour')));
	const offer = await ann.offer();
	await ann.accept(offer);
	const { conversation } = await ann.event('connected');
	assert.equal((await ann.thread(conversation.id))[0].text, 'Bonjour');
	assert.ok(conversation.customer.length > 0);
});
