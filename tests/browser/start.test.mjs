// An agent writes first, and with what others have written before: by mouse and by keyboard.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bubble, keep, look, reply, Stage } from './lib.mjs';

const CUSTOMER = '+15550199';
const RESPONSES = {
	r1: { name: 'Greeting', text: 'Hello {{customer.name|there}}, this is {{agent.name}}.' },
	r2: { name: 'Order', text: 'Your order {{order}} is on its way.' },
	r3: { name: 'Sales only', text: 'Buy two, get one.', queues: 'sales' },
	r4: { name: 'Hours', text: 'We are here from nine to six, Monday to Friday.' },
};

async function start(t, options) {
	const stage = await Stage.start(t);
	for (const [id, fields] of Object.entries(RESPONSES)) await keep(stage, 'response', id, fields);
	const ann = await stage.agent('ann', options);
	await ann.getByRole('button', { name: 'New' }).waitFor();
	const phone = await stage.handset(CUSTOMER);
	return { stage, ann, phone };
}

const options = (page) => page.getByRole('listbox', { name: 'Canned responses' }).getByRole('option');

test('by mouse, at a desk', async (t) => {
	const { stage, ann, phone } = await start(t);
	await ann.getByRole('button', { name: 'New' }).click();
	const dialog = ann.getByRole('dialog', { name: 'New conversation' });
	await dialog.getByLabel('On behalf of').selectOption('support');
	await dialog.getByLabel('Customer’s number').fill('01234');
	await dialog.getByLabel('Text').fill('Your parcel is at the gate 🚚');
	await dialog.getByText('Write the number with + and its country').waitFor();
	await dialog.getByRole('button', { name: 'Send' }).click();
	await dialog.getByRole('alert').getByText('Write the number with +').waitFor();
	await dialog.getByLabel('Customer’s number').fill('+1 555-0199');
	await dialog.getByText('“🚚” needs Unicode').waitFor();
	await look(ann, 'start-1-dialog');
	await dialog.getByRole('button', { name: 'Send' }).click();
	await dialog.waitFor({ state: 'detached' });
	await ann.getByRole('heading', { name: CUSTOMER }).waitFor();
	await phone.gets('Your parcel is at the gate');
	await bubble(ann, 'Your parcel').getByRole('img', { name: 'Delivered' }).waitFor();
	await phone.texts('Thank you');
	await bubble(ann, 'Thank you').waitFor();
	// A second one to the same customer is refused, and says whose the first is.
	await ann.getByRole('button', { name: 'New' }).click();
	await dialog.getByLabel('Customer’s number').fill(CUSTOMER);
	await dialog.getByLabel('Text').fill('Hello');
	await dialog.getByRole('button', { name: 'Send' }).click();
	await dialog.getByText('You have an open conversation with this number').waitFor();
	await dialog.getByRole('button', { name: 'Cancel' }).click();

	await reply(ann).fill('/');
	await options(ann).first().waitFor();
	assert.deepEqual(await options(ann).locator('strong').allInnerTexts(), ['Greeting', 'Hours', 'Order']);
	await look(ann, 'responses-1-list');
	// One that is set up now is there the next time.
	await keep(stage, 'response', 'r5', { name: 'Goodbye', text: 'Good bye.' });
	await reply(ann).fill('');
	await reply(ann).pressSequentially('/good');
	await options(ann).getByText('Goodbye').click();
	assert.equal(await reply(ann).inputValue(), 'Good bye.');
	await ann.getByRole('button', { name: 'Send', exact: true }).click();
	await phone.gets('Good bye.');
	assert.deepEqual(ann.errors, []);
});

test('by keyboard alone, on a phone at night', async (t) => {
	const { ann, phone } = await start(t, { size: 'phone', scheme: 'dark' });
	await ann.keyboard.press('Alt+n');
	const dialog = ann.getByRole('dialog', { name: 'New conversation' });
	await dialog.getByLabel('Customer’s number').waitFor();
	await ann.waitForFunction(() => document.activeElement?.getAttribute('type') === 'tel');
	await ann.keyboard.type('+15550199');
	await ann.keyboard.press('Tab');
	await ann.keyboard.type('Hello');
	await dialog.getByText(/^5\/160/).waitFor();
	await look(ann, 'start-phone-dark');
	await ann.keyboard.press('Tab');
	await ann.keyboard.press('Tab');
	await ann.keyboard.press('Enter');
	await dialog.waitFor({ state: 'detached' });
	await phone.gets('Hello');
	await ann.waitForFunction(() => document.activeElement?.id === 'thread-title');
	await ann.keyboard.press('Alt+l');
	await ann.keyboard.type('/gre');
	await options(ann).first().waitFor();
	await look(ann, 'responses-phone-dark');
	await ann.keyboard.press('Enter');
	assert.equal(await reply(ann).inputValue(), 'Hello there, this is ann.');
	await ann.keyboard.type(' /');
	await options(ann).first().waitFor();
	await ann.keyboard.press('ArrowUp');
	await ann.keyboard.press('Tab');
	assert.equal(await reply(ann).inputValue(), 'Hello there, this is ann. Your order {{order}} is on its way.');
	await ann.getByText('Fill in {{order}} first.').waitFor();
	await ann.keyboard.press('Enter');
	// What is left to fill in was marked, and nothing went out without it.
	await ann.keyboard.type('17');
	await ann.keyboard.press('Enter');
	await phone.gets('Your order 17 is on its way.');
	assert.equal(await phone.count('{{'), 0);
	await ann.keyboard.type('/gre');
	await options(ann).first().waitFor();
	await ann.keyboard.press('Escape');
	await options(ann).first().waitFor({ state: 'detached' });
	assert.deepEqual(ann.errors, []);
});

test('who has just been left is written to again, while that is still wrapped up', async (t) => {
	const { ann, phone } = await start(t);
	await ann.getByRole('switch', { name: 'On queue' }).click();
	await phone.texts('Hello');
	await ann.getByRole('article').waitFor();
	await ann.keyboard.press('Alt+a');
	await ann.getByRole('button', { name: 'Disconnect' }).click();
	await ann.getByRole('button', { name: 'Write to them again' }).click();
	const dialog = ann.getByRole('dialog', { name: 'New conversation' });
	assert.equal(await dialog.getByLabel('Customer’s number').inputValue(), CUSTOMER);
	await dialog.getByLabel('Text').fill('I forgot something.');
	await dialog.getByRole('button', { name: 'Send' }).click();
	await phone.gets('I forgot something.');
	await reply(ann).waitFor();
	await bubble(ann, 'Hello').waitFor();
	await bubble(ann, 'I forgot something.').waitFor();
	assert.deepEqual(ann.errors, []);
});
