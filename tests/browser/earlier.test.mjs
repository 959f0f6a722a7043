// What a customer wrote before, in the right pane, and how it ended.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, settles } from '../scenario/lib/index.mjs';
import { acceptOffer, audit, goOnQueue, reply, shot, Stage } from './lib.mjs';

const CUSTOMER = '+15550199';

test('an earlier conversation is found in the right pane, with its wrap-up, and read', async (t) => {
	const stage = await Stage.start(t);
	const ann = await stage.agent('ann');
	await goOnQueue(ann);
	const phone = await stage.handset(CUSTOMER);
	await phone.texts('My parcel is lost');
	await acceptOffer(ann, CUSTOMER);
	await ann.getByText('Nothing before this.').waitFor();
	await reply(ann).fill('It is next door.');
	await ann.keyboard.press('Enter');
	await phone.gets('It is next door.');
	await ann.getByRole('button', { name: 'Close', exact: true }).click();
	const dialog = ann.getByRole('dialog');
	await dialog.getByRole('radio', { name: 'Resolved' }).check();
	await dialog.getByRole('textbox').fill('Neighbour has it');
	await dialog.getByRole('button', { name: /^Close/ }).click();
	await ann.locator('.row').waitFor({ state: 'detached' });
	// Over its window: what they write now is another conversation.
	for (const thread of await stage.world.redis.keys(`{c*}:thread:${OURS}:${CUSTOMER}`))
		await stage.world.redis.call('HSET', thread, 'closed', '1');
	await phone.texts('Thank you');
	await acceptOffer(ann, CUSTOMER);
	const side = ann.locator('.side');
	await side.getByText('ann: Resolved').waitFor();
	await side.getByText('Neighbour has it').waitFor();
	// And in the thread, above what they write now, with where each ended.
	const log = ann.getByRole('region', { name: /^Messages with/ });
	await log.getByText('ann: Resolved – Neighbour has it').waitFor();
	await settles(
		async () => (await log.locator('.bubble .text, .talk, .leg-end').allInnerTexts())
			.map((text) => text.replace(/^(Customer|You):\s/, '')),
		['Earlier conversation · Today · support', 'My parcel is lost', 'It is next door.', 'ann: Resolved – Neighbour has it',
			'This conversation · support', 'Thank you'],
		{ what: 'the thread' },
	);
	await shot(ann, 'history-1-side');
	await audit(ann, 'history-1-side');
	await side.getByRole('button', { name: 'Read' }).click();
	await dialog.getByText('My parcel is lost').waitFor();
	await dialog.getByText('It is next door.').waitFor();
	await shot(ann, 'history-2-read');
	await audit(ann, 'history-2-read');
	await ann.keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
	assert.deepEqual(ann.errors, []);
});
