// What a supervisor does on the floor's page: by mouse on a desk, on a phone, and by keyboard only.

import { test } from 'node:test';
import assert from 'node:assert/strict';

import { acceptOffer, bubble, goOnQueue, look, reply, signIn, Stage } from './lib.mjs';

const CUSTOMER = '+15550199';

// What is done to a control, by either hand.
const BY_MOUSE = (control) => control.click();
const BY_KEYBOARD = async (control) => {
	const page = control.page();
	// Tab reaches it: that it can have the focus is not enough.
	for (let i = 0; i < 80; i++) {
		if (await control.evaluate((element) => element === document.activeElement)) {
			const radio = (await control.getAttribute('type')) === 'radio';
			return page.keyboard.press(radio ? 'Space' : 'Enter');
		}
		const group = await control.evaluate((element) =>
			element.type === 'radio' && document.activeElement.type === 'radio');
		await page.keyboard.press(group ? 'ArrowDown' : 'Tab');
	}
	throw new Error(`the keyboard does not reach ${control}`);
};

for (const [what, press, size, scheme] of [
	['by mouse', BY_MOUSE, 'desktop', 'light'],
	['on a phone', BY_MOUSE, 'phone', 'dark'],
	['by keyboard', BY_KEYBOARD, 'desktop', 'dark'],
]) {
	test(`a supervisor acts on the floor, ${what}`, async (t) => {
		const stage = await Stage.start(t);
		const see = (page, name) => look(page, `lead-${size}-${scheme}-${name}`);
		const password = await stage.world.addUser('sue', { role: 'supervisor' });
		const sue = await stage.page({ size, scheme });
		await sue.goto(`${stage.world.base}/#/floor`);
		await signIn(sue, 'sue', password);
		await sue.getByText('Live', { exact: true }).waitFor();
		const ann = await stage.agent('ann');
		const phone = await stage.handset(CUSTOMER);
		await phone.texts('Is anybody there?');

		// What waits, and that nobody can be given it.
		await press(sue.getByRole('button', { name: 'support', exact: true }));
		const detail = sue.getByRole('complementary');
		await detail.getByText('no eligible agent').waitFor();
		assert.equal(await detail.getByText(CUSTOMER).count(), 0, 'the number is masked');
		await see(sue, 'queue');
		await press(detail.getByRole('button', { name: /^Assign/ }));
		const dialog = sue.getByRole('dialog');
		await dialog.getByText('cannot take it now').waitFor();
		await see(sue, 'assign');
		await sue.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
		await press(detail.getByRole('button', { name: 'Close', exact: true }));
		await detail.waitFor({ state: 'detached' });

		// An agent is put on queue, and what waited comes to them.
		await press(sue.getByRole('button', { name: 'ann', exact: true }));
		await press(detail.getByRole('button', { name: 'Put on queue' }));
		await acceptOffer(ann, CUSTOMER);
		await detail.getByText('Connected').waitFor();
		await detail.getByRole('combobox').selectOption('Meal');
		await detail.getByText(/^Meal for/).waitFor();
		// Her own page says so, and she says otherwise there.
		const hers = ann.getByRole('combobox', { name: 'Presence' });
		await ann.waitForFunction(() => document.querySelector('select.presence').value === 'Meal');
		await hers.selectOption('Available');
		await detail.getByText(/^Available for/).waitFor();
		assert.equal(await hers.inputValue(), 'Available');
		await see(sue, 'agent');

		// The thread is read along while it goes on.
		await press(detail.getByRole('button', { name: /^Read along/ }));
		await detail.getByText('Is anybody there?').waitFor();
		await reply(ann).fill('I am. How can I help?');
		await reply(ann).press('Enter');
		await bubble(sue, 'How can I help?').waitFor();
		assert.equal(await detail.getByRole('textbox').count(), 0, 'nothing can be written');
		await see(sue, 'read');
		await press(detail.getByRole('button', { name: 'Close', exact: true }));

		// It is taken from her, for another.
		const bob = await stage.agent('bob');
		await goOnQueue(bob);
		await press(detail.getByRole('button', { name: /^Transfer/ }));
		await press(dialog.getByRole('radio', { name: /bob/ }));
		await see(sue, 'transfer');
		await press(dialog.getByRole('button', { name: 'Transfer' }));
		await dialog.waitFor({ state: 'detached' });
		await acceptOffer(bob, CUSTOMER);
		await detail.getByText('After-call work').waitFor();

		// What bob has is closed for him, and he wraps it up.
		await press(detail.getByRole('button', { name: 'Close', exact: true }));
		await press(sue.getByRole('button', { name: 'bob', exact: true }));
		await press(detail.getByRole('button', { name: /^Close .*0199/ }));
		await dialog.getByText('bob loses it at once.').waitFor();
		await see(sue, 'close');
		await press(dialog.getByRole('button', { name: 'Close', exact: true }));
		await dialog.waitFor({ state: 'detached' });
		await detail.getByText('After-call work').waitFor();
		await bob.getByRole('button', { name: /Wrap up/ }).first().waitFor();
		await press(detail.getByRole('button', { name: 'Close', exact: true }));
		await press(sue.getByRole('button', { name: 'ann', exact: true }));

		// And she is signed out.
		await press(detail.getByRole('button', { name: 'Sign out…' }));
		await see(sue, 'sign-out');
		await press(dialog.getByRole('button', { name: 'Sign out' }));
		await dialog.waitFor({ state: 'detached' });
		await ann.getByLabel('Password').waitFor();
		await sue.keyboard.press('Escape');
		if (size === 'desktop') await detail.waitFor({ state: 'detached' });
		assert.deepEqual(sue.errors, []);
	});
}
