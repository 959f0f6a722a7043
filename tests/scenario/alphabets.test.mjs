// What data_coding 0 means is the carrier's to say: octets in and out by each default alphabet.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, World } from './lib/index.mjs';

const CUSTOMER = '+15550199';

// default_alphabet: [octets, the text that they are]
const ALPHABETS = {
	gsm7: [['1b6500', '€@'], ['1b3c78 1b3e', '[x]'], ['610a62', 'a\nb']],
	gsm7_packed: [['e8329bfd06', 'hello'], ['9b32', '€'], ['31d98c56b3dd00', '1234567']],
	latin1: [['e940', 'é@'], ['5b785d', '[x]']],
	ascii: [['617440', 'at@'], ['5b785d', '[x]']],
};

for (const [alphabet, cases] of Object.entries(ALPHABETS))
	test(`data_coding 0 of a carrier whose default alphabet is ${alphabet}, both ways`, async (t) => {
		const world = await World.start(t, {
			changes: ({ carrier }) => ({ carriers: [carrier.entry({ binds: 1, default_alphabet: alphabet })] }),
		});
		const ann = await world.agent('ann');
		await ann.goOnQueue();
		let id;
		for (const [n, [hex, text]] of cases.entries()) {
			const octets = Buffer.from(hex.replaceAll(' ', ''), 'hex');
			const status = await world.carrier.deliverPdu({
				source_addr: CUSTOMER, destination_addr: OURS, data_coding: 0, short_message: octets,
			});
			assert.equal(status, 'ESME_ROK');
			if (n === 0) ({ id } = await ann.acceptNext(CUSTOMER));
			const said = async () => {
				const [key] = await world.redis.keys(`{c*}:conv:${id}:msgs`);
				return (await world.redis.stream(key)).map(({ fields }) => fields).filter(({ d }) => d === 'i').map((fields) => fields.t);
			};
			await world.metricIs(world.base, 'bindery_mo_total', n + 1);
			assert.equal((await said())[n], text);
			await ann.send(id, text);
			const submit = await world.carrier.expectSubmit({ to: CUSTOMER });
			assert.equal(submit.pdu.data_coding, 0);
			assert.equal(submit.octets.toString('hex'), octets.toString('hex'));
		}
	});
