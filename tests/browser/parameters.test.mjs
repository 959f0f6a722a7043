// What the carrier says of a message in parameters of its own, and when a message goes out, in the thread.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, waitFor } from '../scenario/lib/index.mjs';
import { acceptOffer, audit, bubble, goOnQueue, shot, Stage } from './lib.mjs';

const CUSTOMER = '+15550199';
const MINUTE = 60_000;

// What a thread of the customer's has beside texts, as the functions write it.
async function put(stage, what, fields) {
	const { redis } = stage.world;
	const thread = await waitFor(async () => (await redis.keys(`{c*}:thread:${OURS}:${CUSTOMER}`))[0], { what: 'the text came' });
	const tag = thread.split(':')[0];
	const conv = await redis.call('HGET', thread, 'conv');
	if (what === 'in') return redis.call('XADD', `${tag}:conv:${conv}:msgs`, '*', ...Object.entries(fields).flat());
	const { m, sch, ...row } = fields;
	await redis.call('HSET', `${tag}:msg:${m}`, 'state', 'queued', 'conv', conv, 'sch', sch);
	return redis.call('XADD', `${tag}:conv:${conv}:msgs`, '*', 'm', m, ...Object.entries(row).flat());
}

for (const [size, scheme] of [['desktop', 'light'], ['desktop', 'dark'], ['phone', 'light']])
	test(`parameters are a disclosure under the text, and a time to come a badge (${size}, ${scheme})`, async (t) => {
		const stage = await Stage.start(t);
		const ann = await stage.agent('ann', { size, scheme });
		await goOnQueue(ann);
		const phone = await stage.handset(CUSTOMER);
		await phone.texts('Hello');
		await put(stage, 'in', { d: 'i', t: 'Is it on its way?', n: '1', p: '', k: 'NONE', f: 'x', h: '1',
			tlvs: 'mccmnc 26201\nroute direct\n0x1577 0x4869207468657265\n' });
		await put(stage, 'out', { d: 'o', t: 'Your parcel comes today.', m: 'later1', a: 'Shop', n: '1', x: '',
			sch: `${Date.now() + 90 * MINUTE}` });
		await acceptOffer(ann, CUSTOMER);
		const text = bubble(ann, 'Is it on its way?');
		await text.waitFor();
		const summary = text.getByText('From the carrier');
		assert.equal(await text.getByText('26201').isVisible(), false);
		await summary.focus();
		await ann.keyboard.press('Enter');
		await text.getByText('26201').waitFor();
		await text.getByText('0x1577', { exact: true }).waitFor();
		await bubble(ann, 'Your parcel comes today.').getByText(/^goes out /).waitFor();
		await shot(ann, `parameters-${size}-${scheme}`);
		await audit(ann, `parameters-${size}-${scheme}`);
		assert.deepEqual(ann.errors, []);
	});
