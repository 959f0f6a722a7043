// Giving a conversation to a colleague, by mouse and by keyboard, with a note; and what is left to do
// once it is disconnected.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { acceptOffer, bubble, focused, goOnQueue, keep, look, talk } from './lib.mjs';

const CUSTOMER = '+15550199';

const start = (t, options) => talk(t, { customer: CUSTOMER, text: 'I was billed twice', ...options });

test('a conversation is given to another agent by mouse, with a note', async (t) => {
	const { stage, ann, phone } = await start(t);
	const bob = await stage.agent('bob');
	await goOnQueue(bob);
	await ann.getByRole('button', { name: 'Note', exact: true }).click();
	await ann.getByRole('textbox', { name: 'Note for colleagues' }).fill('Order 17');
	await look(ann, 'transfer-1-note');
	await ann.getByRole('button', { name: 'Keep' }).click();
	await bubble(ann, 'Order 17').getByText('note', { exact: true }).waitFor();
	await ann.getByRole('button', { name: 'Transfer' }).click();
	const dialog = ann.getByRole('dialog');
	await dialog.getByRole('radio', { name: /^bob/ }).check();
	await dialog.getByLabel('Note for whoever gets it').fill('Please check both payments');
	await look(ann, 'transfer-2-dialog');
	await dialog.getByRole('button', { name: 'Transfer' }).click();
	await dialog.waitFor({ state: 'detached' });
	await ann.locator('.row', { hasText: 'after-call work' }).waitFor();
	await ann.getByRole('button', { name: 'Wrap up' }).click();
	await dialog.getByRole('radio', { name: 'Resolved' }).check();
	await dialog.getByRole('button', { name: 'Wrap up' }).click();
	await ann.locator('.row').waitFor({ state: 'detached' });
	await acceptOffer(bob, CUSTOMER);
	await bubble(bob, 'Order 17').waitFor();
	await bubble(bob, 'Please check both payments').waitFor();
	await look(bob, 'transfer-3-taken');
	await bob.getByRole('textbox', { name: /^Reply to/ }).fill('I see both.');
	await bob.keyboard.press('Enter');
	await phone.gets('I see both.');
	assert.equal(await phone.count('Order 17'), 0);
	assert.deepEqual([...ann.errors, ...bob.errors], []);
});

test('the same by keyboard alone, on a phone at night', async (t) => {
	const { stage, ann } = await start(t, { size: 'phone', scheme: 'dark' });
	const bob = await stage.agent('bob');
	await goOnQueue(bob);
	await ann.keyboard.press('Alt+p');
	await ann.getByRole('textbox', { name: 'Note for colleagues' }).waitFor();
	await ann.keyboard.type('Order 17');
	await ann.keyboard.press('Enter');
	await bubble(ann, 'Order 17').waitFor();
	await ann.keyboard.press('Alt+t');
	const dialog = ann.getByRole('dialog');
	await dialog.getByRole('radio', { name: /^bob can take it/ }).waitFor();
	await look(ann, 'transfer-phone-dark');
	await focused(ann, dialog.getByRole('radio').first(), 'on the first to choose');
	// The queues and the agents are one choice: the arrows go through both.
	await ann.keyboard.press('ArrowDown');
	assert.equal(await dialog.getByRole('radio', { name: /^bob/ }).isChecked(), true, 'bob is chosen');
	await ann.keyboard.press('Enter');
	await dialog.waitFor({ state: 'detached' });
	await acceptOffer(bob, CUSTOMER);
	await bubble(bob, 'Order 17').waitFor();
	assert.deepEqual([...ann.errors, ...bob.errors], []);
});

for (const [size, scheme] of [['desktop', 'light'], ['phone', 'dark']]) {
	test(`what it asks for goes with it, changed by keyboard, ${size}, ${scheme}`, async (t) => {
		const { stage, ann } = await start(t, { size, scheme });
		for (const name of ['French', 'German', 'Billing']) await keep(stage, 'skill', name.toLowerCase(), { name });
		const bob = await stage.agent('bob');
		await goOnQueue(bob);
		await ann.keyboard.press('Alt+t');
		const dialog = ann.getByRole('dialog');
		await dialog.getByRole('radio', { name: /^bob can take it/ }).check();
		const needs = dialog.locator('summary');
		await needs.filter({ hasText: 'Asks for no skills, priority 0' }).focus();
		await ann.keyboard.press('Enter');
		await ann.keyboard.press('Tab');
		await focused(ann, dialog.getByRole('checkbox', { name: 'Billing' }), 'on the first skill');
		await ann.keyboard.press('Space');
		await dialog.getByLabel(/^Priority/).focus();
		await ann.keyboard.press('ArrowUp');
		await needs.filter({ hasText: 'Will ask for Billing, priority 1' }).waitFor();
		await look(ann, `transfer-needs-${size}-${scheme}`);
		await dialog.getByRole('button', { name: 'Transfer', exact: true }).click();
		await dialog.waitFor({ state: 'detached' });
		await acceptOffer(bob, CUSTOMER);
		const [, moved] = await stage.world.floorEvents('offer');
		assert.deepEqual([moved.a, moved.skills, moved.prio], ['bob', 'billing', '1']);
		assert.deepEqual([...ann.errors, ...bob.errors], []);
	});
}

test('what was disconnected is wrapped up, also after the page was loaded anew', async (t) => {
	const { ann } = await start(t);
	await ann.getByRole('button', { name: 'Disconnect' }).click();
	await ann.getByText('After-call work: it asks for a wrap-up code').waitFor();
	await look(ann, 'after-call');
	await ann.reload();
	await ann.locator('.row', { hasText: 'after-call work' }).click();
	await ann.getByRole('button', { name: 'Wrap up' }).click();
	const dialog = ann.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Wrap up' }).click();
	await dialog.getByText('Choose a wrap-up code.').waitFor();
	await dialog.getByRole('radio', { name: 'Resolved' }).check();
	await dialog.getByRole('button', { name: 'Wrap up' }).click();
	await ann.locator('.row').waitFor({ state: 'detached' });
	assert.deepEqual(ann.errors, []);
});

async function wrapUpTwo(t, options, name) {
	const { stage, ann, phone } = await start(t, options);
	const ring = ann.getByRole('article', { name: `Offer from ${CUSTOMER}`, includeHidden: true });
	const disconnect = async () => {
		await ann.getByRole('button', { name: 'Disconnect' }).click();
		await ann.getByRole('button', { name: 'Disconnect' }).waitFor({ state: 'detached' });
	};
	await keep(stage, 'queue', 'support', { acw: 'timeout', acw_timeout_s: '300' });
	await disconnect();
	await ann.getByText(/After-call work: a wrap-up code may be given until the time is over. *[45]:\d\d left/).waitFor();
	await keep(stage, 'queue', 'support', { acw: 'mandatory' });
	await phone.texts('And one more thing');
	await ring.waitFor({ state: 'attached' });
	await ann.keyboard.press('Alt+a');
	await bubble(ann, 'And one more thing').waitFor();
	const works = ann.getByRole('list', { name: 'After-call work' });
	await works.getByText(/^Leg 1, support\..* left$/).waitFor();
	await look(ann, `${name}-1-beside-a-conversation`);
	await disconnect();
	await works.getByText(/^Leg 2, support\. After-call work: it asks for a wrap-up code\.$/).waitFor();
	await look(ann, `${name}-2-two`);
	await ann.reload();
	const row = ann.locator('.row', { hasText: '2 × after-call work' });
	await row.waitFor({ state: 'attached' });
	if (await row.isVisible()) await row.click();
	await bubble(ann, 'And one more thing').waitFor();
	const dialog = ann.getByRole('dialog');
	await works.getByRole('button', { name: 'Wrap up leg 2, support' }).click();
	await dialog.getByRole('heading', { name: /leg 2, support/ }).waitFor();
	await look(ann, `${name}-3-dialog`);
	await dialog.getByRole('radio', { name: 'Resolved' }).check();
	await dialog.getByRole('button', { name: 'Wrap up' }).click();
	await ann.getByText(/^Disconnected\. After-call work:.* left$/).waitFor();
	await ann.keyboard.press('Alt+e');
	await dialog.getByRole('button', { name: 'Wrap up' }).click();
	await ann.locator('.row').waitFor({ state: 'detached' });
	assert.deepEqual(ann.errors, []);
}

test('two legs of one conversation are wrapped up each by itself', (t) => wrapUpTwo(t, {}, 'two-legs'));

test('the same on a phone at night', (t) =>
	wrapUpTwo(t, { size: 'phone', scheme: 'dark' }, 'two-legs-phone'));

test('who comes while one looks can be chosen, and what is being written goes on', async (t) => {
	const { stage, ann } = await start(t);
	await ann.keyboard.press('Alt+t');
	const dialog = ann.getByRole('dialog');
	await dialog.getByText('No other agent is connected.').waitFor();
	await dialog.getByLabel('Note for whoever gets it').pressSequentially('Please ');
	const bob = await stage.agent('bob');
	await dialog.getByRole('radio', { name: /^bob.*cannot take it now/ }).waitFor();
	await goOnQueue(bob);
	await dialog.getByRole('radio', { name: /^bob can take it/ }).waitFor();
	await ann.keyboard.type('check');
	assert.equal(await dialog.getByLabel('Note for whoever gets it').inputValue(), 'Please check');
	await dialog.getByRole('radio', { name: /^bob/ }).check();
	await dialog.getByRole('button', { name: 'Transfer' }).click();
	await dialog.waitFor({ state: 'detached' });
	await acceptOffer(bob, CUSTOMER);
	await bubble(bob, 'Please check').waitFor();
});
