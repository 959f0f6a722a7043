// What a person does: a customer texts from a phone, an agent answers on the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { acceptOffer, bubble, goOnQueue, look, reply, signIn, Stage } from './lib.mjs';

const CUSTOMER = '+15550199';

// The whole road, at one size and in one colour scheme.
async function road(t, size, scheme) {
	const stage = await Stage.start(t);
	const name = (what) => `${size}-${scheme}-${what}`;
	const password = await stage.world.addUser('ann');
	const page = await stage.page({ size, scheme });
	const see = (what) => look(page, name(what));

	await page.goto(stage.world.base);
	await signIn(page, 'ann', 'not the password');
	await page.getByText('The name or the password is wrong.').waitFor();
	await see('1-sign-in');
	await signIn(page, 'ann', password);
	await goOnQueue(page);

	const phone = await stage.handset(CUSTOMER);
	await phone.texts('Hello, where is my order?');
	await page.getByRole('article', { name: `Offer from ${CUSTOMER}` }).waitFor();
	await page.waitForFunction(() => document.title.includes('1'));
	await see('2-offer');
	await acceptOffer(page, CUSTOMER);
	await bubble(page, 'where is my order?').waitFor();
	await page.locator('.unread').waitFor({ state: 'detached' });

	await reply(page).fill('On its way, it costs {5} euros');
	await page.getByText(/^\d+\/160 · 1 SMS · GSM-7$/).waitFor();
	await reply(page).fill('On its way 🚚');
	await page.getByText('“🚚” needs Unicode').waitFor();
	await page.getByText(/^\d+\/70 · 1 SMS · UCS-2$/).waitFor();
	await see('3-compose');
	await reply(page).press('Enter');
	await phone.gets('On its way 🚚');
	await bubble(page, 'On its way 🚚').getByRole('img', { name: 'Delivered' }).waitFor();
	assert.equal(await phone.count('On its way'), 1);
	assert.equal(await reply(page).inputValue(), '');

	await phone.texts('STOP');
	await page.getByText('Replies are locked').waitFor();
	await bubble(page, 'STOP').getByText('Opt-out').waitFor();
	assert.equal(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled(), true);
	await phone.gets('You are unsubscribed');
	await bubble(page, 'You are unsubscribed').getByText('automatic', { exact: true }).waitFor();
	await see('4-opted-out');
	await phone.texts('START');
	await page.getByText('Replies are locked').waitFor({ state: 'detached' });

	await page.keyboard.press('Alt+e');
	await page.getByRole('dialog').waitFor();
	await see('5-close');
	await page.getByRole('radio', { name: 'Resolved' }).check();
	await page.getByLabel('Notes').fill('Told the customer when it comes.');
	await page.getByRole('button', { name: 'Close conversation' }).click();
	await page.locator('.row').waitFor({ state: 'detached' });
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.deepEqual(page.errors, []);
	return { stage, page, phone };
}

test('an agent answers a customer, at a desk by daylight', async (t) => {
	const { page, phone } = await road(t, 'desktop', 'light');

	await t.test('a customer who writes again gets the same agent and the same thread', async () => {
		await phone.texts('One more thing');
		await page.getByText('had you last').waitFor();
		await acceptOffer(page, CUSTOMER);
		await bubble(page, 'On its way 🚚').waitFor();
		await bubble(page, 'One more thing').waitFor();
	});
});

test('an agent answers a customer, at a desk by night', (t) => road(t, 'desktop', 'dark'));

test('an agent answers a customer, on a phone by daylight', (t) => road(t, 'phone', 'light'));

test('an agent answers a customer, on a phone by night', (t) => road(t, 'phone', 'dark'));
