// One customer is one customer, whoever wrote the number how: what carriers write becomes one address, and each carrier
// gets its own habit back. And typographic signs that a carrier's text may do without.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';

test('a customer of whom a carrier writes in four ways has one conversation, and the answer is written as that carrier wants it', async (t) => {
	const world = await World.start(t, {
		changes: ({ carrier }) => ({
			carriers: [carrier.entry({
				addresses: {
					country: '46',
					// The first that fits: a trunk prefix of its own, then the national and the international one.
					rewrite_in: [
						{ prefix: '9900', replacement: '+' },
						{ prefix: '00', replacement: '+' },
						{ prefix: '0', replacement: '+46' },
					],
					rewrite_out: [{ prefix: '+46', replacement: '0' }],
				},
			})],
		}),
	});
	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const ways = [
		{ source_addr: '46701234567', source_addr_ton: 1 },
		{ source_addr: '0701234567', source_addr_ton: 0 },
		{ source_addr: '701234567', source_addr_ton: 2 },
		{ source_addr: '0046701234567', source_addr_ton: 0 },
		{ source_addr: '990046701234567', source_addr_ton: 0 },
	];
	for (const [n, way] of ways.entries()) {
		const [pdu] = world.carrier.segments({ from: way.source_addr, to: OURS, text: `Text ${n}` });
		assert.equal(await world.carrier.deliverPdu({ ...pdu, ...way }), 'ESME_ROK');
	}
	const { id } = await ann.acceptNext('+46701234567');
	await world.metricIs(world.base, 'bindery_mo_total', ways.length);
	const threads = await world.redis.keys('{c*}:thread:*');
	assert.equal(threads.length, 1, threads.join());
	await ann.send(id, 'One answer');
	const submit = await world.carrier.expectSubmit({ text: 'One answer' });
	assert.equal(submit.pdu.destination_addr, '0701234567');
});

for (const [fold, coding, said] of [[true, 0, '"It\'s" - yes...'], [false, 8, '“It’s” – yes…']])
	test(`typographic signs ${fold ? 'become plain ones' : 'stay'} where the file says so`, async (t) => {
		const world = await World.start(t, { changes: ({ carrier }) => ({ carriers: [carrier.entry({ fold_punctuation: fold })] }) });
		const ann = await world.agent('ann');
		await ann.goOnQueue();
		await world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hi' });
		const { id } = await ann.acceptNext('+15550199');
		await ann.send(id, '“It’s” – yes…');
		const { pdu, text } = await world.carrier.expectSubmit({ to: '+15550199' });
		assert.deepEqual([pdu.data_coding, text], [coding, said]);
	});
