// What an agent parks and takes up again, by mouse and by keyboard, and what a customer's message does to it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bubble, look, reply, talk } from './lib.mjs';

const CUSTOMER = '+15550199';

const start = (t, options) => talk(t, { customer: CUSTOMER, text: 'Call me tomorrow', ...options });

const count = (page) => page.locator('.list-title .count').first();

test('until tomorrow morning, by mouse: it stands apart, and is taken up again', async (t) => {
	const { ann, phone } = await start(t);
	await count(ann).getByText('1/3').waitFor();
	await ann.getByRole('button', { name: 'Park' }).click();
	const dialog = ann.getByRole('dialog');
	await dialog.getByRole('radio', { name: /^Another time/ }).check();
	await dialog.getByLabel('Another time').last().fill('2020-01-01T09:00');
	await dialog.getByRole('button', { name: 'Park' }).click();
	await dialog.getByText('Choose a time to come.').waitFor();
	await look(ann, 'park-1-dialog');
	await dialog.getByRole('radio', { name: /^Tomorrow morning/ }).check();
	await dialog.getByRole('button', { name: 'Park' }).click();
	await ann.locator('.row', { hasText: 'until tomorrow 09:00' }).waitFor();
	await count(ann).getByText('0/3').waitFor();
	await ann.getByText('Parked until tomorrow 09:00.').waitFor();
	await look(ann, 'park-2-parked');
	await ann.reload();
	await ann.locator('.row', { hasText: 'until tomorrow 09:00' }).click();
	assert.equal(await reply(ann).count(), 0);
	await ann.getByRole('button', { name: 'Take it up' }).click();
	await reply(ann).fill('Good morning.');
	await ann.keyboard.press('Enter');
	await phone.gets('Good morning.');
	assert.deepEqual(ann.errors, []);
});

test('by keyboard alone, on a phone at night; the customer\'s message brings it back', async (t) => {
	const { ann, phone } = await start(t, { size: 'phone', scheme: 'dark' });
	await ann.keyboard.press('Alt+z');
	const dialog = ann.getByRole('dialog');
	await dialog.getByRole('radio', { name: /^In 15 minutes/ }).waitFor();
	await dialog.getByRole('radio', { name: /^In 15 minutes/ }).focus();
	await look(ann, 'park-phone-dark');
	await ann.keyboard.press('ArrowUp'); // around the end: until I take it up again
	await ann.keyboard.press('Enter');
	await ann.getByText('Parked until you take it up again.').waitFor();
	await look(ann, 'park-phone-dark-parked');
	await ann.keyboard.press('Alt+z');
	await reply(ann).waitFor();
	await ann.keyboard.press('Alt+z');
	await dialog.getByRole('button', { name: 'Park' }).click();
	await ann.getByText(/^Parked until (tomorrow )?\d\d:\d\d\.$/).waitFor();
	await phone.texts('I have time now');
	await reply(ann).waitFor();
	await bubble(ann, 'I have time now').waitFor();
	assert.deepEqual(ann.errors, []);
});
