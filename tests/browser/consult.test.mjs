// Asking a colleague first, by mouse and by keyboard: what who asks sees, and who is asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { acceptOffer, bubble, focused, goOnQueue, look, reply, talk } from './lib.mjs';

const CUSTOMER = '+15550199';

async function start(t, options) {
	const { stage, ann, phone } = await talk(t, { customer: CUSTOMER, text: 'I was billed twice', ...options });
	const bob = await stage.agent('bob', options);
	await goOnQueue(bob);
	return { ann, bob, phone };
}

const strip = (page, text) => page.locator('.banner.consult', { hasText: text });

test('a colleague is asked by mouse, reads along, says no, is asked again and takes it', async (t) => {
	const { ann, bob, phone } = await start(t);
	const ask = async () => {
		await ann.getByRole('button', { name: 'Transfer' }).click();
		const dialog = ann.getByRole('dialog');
		await dialog.getByRole('radio', { name: /^bob/ }).check();
		await dialog.getByLabel('Note for whoever gets it').fill('Is order 17 yours?');
		await look(ann, 'consult-1-dialog');
		await dialog.getByRole('button', { name: 'Ask first' }).click();
		await dialog.waitFor({ state: 'detached' });
		await strip(ann, 'Ringing at bob').waitFor();
	};
	await ask();
	await look(ann, 'consult-2-asking');
	await bob.getByRole('button', { name: 'Read it' }).click();
	await bob.getByRole('heading', { name: `${CUSTOMER} ann asks you` }).waitFor();
	await bubble(bob, 'Is order 17 yours?').waitFor();
	assert.equal(await reply(bob).count(), 0);
	// What the customer writes meanwhile comes to both; who has it answers.
	await phone.texts('Hello?');
	await bubble(bob, 'Hello?').waitFor();
	await look(bob, 'consult-3-read');
	await reply(ann).fill('One moment');
	await reply(ann).press('Enter');
	await phone.gets('One moment');
	await bob.getByRole('region', { name: 'Conversation' }).getByRole('button', { name: 'Decline' }).click();
	await strip(ann, 'bob declined').waitFor();
	await look(ann, 'consult-4-declined');
	await bob.getByRole('button', { name: 'Back on queue' }).click();
	await bob.getByText('Not responding').waitFor({ state: 'detached' });
	await ask();
	await ann.getByRole('button', { name: 'Stop asking' }).click();
	await strip(ann, 'Ringing').waitFor({ state: 'detached' });
	await bob.getByRole('article').waitFor({ state: 'detached' });
	await ask();
	await acceptOffer(bob, CUSTOMER);
	await bubble(bob, 'Hello?').waitFor();
	await strip(ann, 'bob has taken').waitFor();
	await ann.getByText('After-call work: it asks for a wrap-up code').waitFor();
	await look(ann, 'consult-5-given');
	await reply(bob).fill('It is mine.');
	await reply(bob).press('Enter');
	await phone.gets('It is mine.');
	assert.deepEqual([...ann.errors, ...bob.errors], []);
});

test('the same by keyboard alone, on a phone at night', async (t) => {
	const { ann, bob } = await start(t, { size: 'phone', scheme: 'dark' });
	await ann.keyboard.press('Alt+t');
	const dialog = ann.getByRole('dialog');
	await dialog.getByRole('radio', { name: /^bob can take it/ }).waitFor();
	await focused(ann, dialog.getByRole('radio').first(), 'on the first to choose');
	await ann.keyboard.press('ArrowDown');
	assert.equal(await dialog.getByRole('radio', { name: /^bob/ }).isChecked(), true, 'bob is chosen');
	for (let at = 0; at < 6 && !(await isOn(ann, 'Ask first')); at += 1) await ann.keyboard.press('Tab');
	await ann.keyboard.press('Enter');
	await strip(ann, 'Ringing at bob').waitFor();
	await look(ann, 'consult-phone-dark-asking');
	await bob.getByRole('article').waitFor();
	await bob.keyboard.press('Alt+r');
	await bob.getByRole('heading', { name: `${CUSTOMER} ann asks you` }).waitFor();
	await bubble(bob, 'I was billed twice').waitFor();
	await look(bob, 'consult-phone-dark-read');
	await bob.keyboard.press('Alt+a');
	await reply(bob).waitFor();
	await strip(ann, 'bob has taken').waitFor();
	assert.deepEqual([...ann.errors, ...bob.errors], []);
});

const isOn = (page, name) => page.evaluate((text) => document.activeElement?.textContent?.trim() === text, name);
