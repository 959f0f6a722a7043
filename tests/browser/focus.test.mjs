// Where the focus is after what had it is gone: where work goes on, and never on the page itself, from where whoever
// works by keyboard or by ear would begin anew.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from '../scenario/lib/api.mjs';
import { PASSWORD } from '../scenario/lib/index.mjs';
import { bubble, focused, goOnQueue, reply, signIn, Stage } from './lib.mjs';

const [ONE, TWO, THREE] = ['+15550191', '+15550192', '+15550193'];
const OURS = '+15550100';

const replyTo = (page, customer) => page.getByRole('textbox', { name: `Reply to ${customer}` });
const heading = (page, name) => page.getByRole('heading', { name });

// Ann, on queue, with a conversation of each of the customers; the last has the focus.
async function start(t, customers, fields = {}, options) {
	const queues = [{ name: 'support', alerting_timeout_s: 30, wrap_up_codes: ['Resolved', 'Follow-up'], ...fields }];
	const stage = await Stage.start(t, { queues });
	const ann = await stage.agent('ann', options);
	await goOnQueue(ann);
	const write = (customer) => stage.handsets.send(customer, OURS, `Hello from ${customer}`);
	for (const customer of customers) {
		write(customer);
		await ann.locator('.offer-text', { hasText: `Hello from ${customer}` }).waitFor({ state: 'attached' });
		await ann.keyboard.press('Alt+a');
		await bubble(ann, `Hello from ${customer}`).waitFor();
	}
	return { stage, ann, write, dialog: ann.getByRole('dialog') };
}

test('parked by keyboard: the next conversation, and the heading of the last', async (t) => {
	const { ann, dialog } = await start(t, [ONE, TWO, THREE]);
	const park = async () => {
		await ann.keyboard.press('Alt+z');
		await dialog.getByRole('radio').first().focus();
		await ann.keyboard.press('Enter');
		await dialog.waitFor({ state: 'detached' });
	};
	await ann.keyboard.press('Alt+k');
	await focused(ann, replyTo(ann, TWO), 'before');
	await park();
	await focused(ann, replyTo(ann, THREE), 'on the one behind it');
	await park();
	await focused(ann, replyTo(ann, ONE), 'on the one before it');
	// By the button, which is gone then.
	await ann.getByRole('button', { name: 'Park' }).focus();
	await ann.keyboard.press('Enter');
	await dialog.getByRole('radio').first().focus();
	await ann.keyboard.press('Enter');
	await ann.getByText(/^Parked until/).waitFor();
	await focused(ann, heading(ann, ONE), 'on what is parked, where nothing else is left');
});

test('given away, disconnected, wrapped up and closed', async (t) => {
	const { stage, ann, dialog } = await start(t, [ONE, TWO, THREE], { after_call_work: 'mandatory' });
	await stage.agent('bob').then(goOnQueue);
	await ann.keyboard.press('Alt+t');
	await dialog.getByRole('radio', { name: /^bob/ }).focus();
	await ann.keyboard.press('Space');
	await ann.keyboard.press('Enter');
	await ann.locator('.row', { hasText: 'after-call work' }).waitFor();
	await focused(ann, ann.getByRole('button', { name: 'Wrap up' }), 'on what is left to do of what was given away');
	const wrapUp = async () => {
		await ann.keyboard.press('Enter');
		await dialog.getByRole('radio', { name: 'Resolved' }).focus();
		await ann.keyboard.press('Space');
		await ann.keyboard.press('Enter');
		await dialog.waitFor({ state: 'detached' });
	};
	await wrapUp();
	await focused(ann, replyTo(ann, TWO), 'on the next conversation, once that is done');
	await ann.getByRole('button', { name: 'Disconnect' }).focus();
	await ann.keyboard.press('Enter');
	await focused(ann, ann.getByRole('button', { name: 'Wrap up' }), 'on what is left to do of what was disconnected');
	await wrapUp();
	await focused(ann, replyTo(ann, ONE), 'on the next conversation');
	await ann.keyboard.press('Alt+e');
	await dialog.getByRole('radio', { name: 'Resolved' }).focus();
	await ann.keyboard.press('Space');
	await ann.keyboard.press('Enter');
	await ann.locator('.row').first().waitFor({ state: 'detached' });
	await focused(ann, heading(ann, /^Conversations/), 'on the list, where nothing is left');
	assert.deepEqual(ann.errors, []);
});

test('an offer declined, one that ran out, a dialog left and a notice dismissed', async (t) => {
	const { stage, ann, write, dialog } = await start(t, [ONE], { alerting_timeout_s: 20 });
	const card = ann.getByRole('article', { name: `Offer from ${TWO}` });
	write(TWO);
	await card.getByRole('button', { name: /^Decline/ }).focus();
	await ann.keyboard.press('Enter');
	await card.waitFor({ state: 'detached' });
	await focused(ann, replyTo(ann, ONE), 'on the conversation, once an offer was declined');

	await ann.getByRole('button', { name: 'Back on queue' }).click();
	await card.getByRole('button', { name: /^Accept/ }).focus();
	await card.waitFor({ state: 'detached' });
	await focused(ann, replyTo(ann, ONE), 'on the conversation, once an offer ran out');

	for (const key of ['Alt+z', 'Alt+t', 'Alt+e', 'Alt+n', '?']) {
		if (key === '?') await ann.getByRole('button', { name: 'Transfer' }).focus();
		await ann.keyboard.press(key);
		await dialog.waitFor();
		await ann.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
		if (key === '?') {
			await focused(ann, ann.getByRole('button', { name: 'Transfer' }), `where it was before ${key}`);
			continue;
		}
		await focused(ann, replyTo(ann, ONE), `where it was before ${key}`);
		// And it takes what is typed, at once.
		await ann.keyboard.type('x');
		assert.equal(await replyTo(ann, ONE).inputValue(), 'x', `typed after ${key}`);
		await ann.keyboard.press('Backspace');
	}

	const [conv] = (await stage.world.redis.keys('{c*}:conv:*')).filter((key) => /:conv:[^:]+$/.test(key));
	await stage.world.redis.call('HSET', conv, 'agent', 'zoe');
	await ann.getByRole('button', { name: 'Disconnect' }).focus();
	await ann.keyboard.press('Enter');
	await ann.getByText('This conversation is not yours.').waitFor();
	await focused(ann, ann.getByRole('button', { name: 'Disconnect' }), 'where it was, once it was refused');
	await ann.getByRole('button', { name: 'Dismiss' }).focus();
	await ann.keyboard.press('Enter');
	await focused(ann, replyTo(ann, ONE), 'on the conversation, once a notice was dismissed');
	await stage.world.redis.call('HSET', conv, 'agent', 'ann');
	// Who clicks beside everything has meant to.
	await ann.locator('.log').click({ position: { x: 5, y: 5 } });
	await ann.getByRole('button', { name: 'Park' }).hover();
	assert.notEqual(await ann.evaluate(() => document.activeElement.id), 'reply');
});

test('a colleague who was asked has declined', async (t) => {
	const { stage, ann, dialog } = await start(t, [ONE]);
	const bob = await stage.agent('bob');
	await goOnQueue(bob);
	await ann.keyboard.press('Alt+t');
	await dialog.getByRole('radio', { name: /^bob/ }).check();
	await dialog.getByRole('button', { name: 'Ask first' }).press('Enter');
	await ann.getByText('Ringing at bob').waitFor();
	await focused(ann, reply(ann), 'in the conversation that is asked about');
	await ann.getByRole('button', { name: 'Stop asking' }).focus();
	await bob.getByRole('article').waitFor();
	await bob.keyboard.press('Alt+d');
	const dismiss = ann.locator('.banner').getByRole('button', { name: 'Dismiss' });
	await focused(ann, dismiss, 'on what is said of it');
	await ann.keyboard.press('Enter');
	await focused(ann, reply(ann), 'in the conversation again');
});

test('on a phone: the list, where a conversation was put aside', async (t) => {
	const { ann, dialog } = await start(t, [ONE, TWO], {}, { size: 'phone', scheme: 'dark' });
	await ann.keyboard.press('Alt+z');
	await dialog.getByRole('radio').first().focus();
	await ann.keyboard.press('Enter');
	await dialog.waitFor({ state: 'detached' });
	await focused(ann, ann.locator('.row', { hasText: ONE }), 'on the first of the list');
});

test('rows that are deleted, and a form that was refused, on the pages of an admin', async (t) => {
	const stage = await Stage.start(t);
	const root = await person(stage.world, 'admin', 'root');
	for (const name of ['Dutch', 'French', 'Welsh']) await root('POST', '/api/v2/routing/skills', { name });
	const page = await stage.page();
	await page.goto(`${stage.world.base}/#/admin/skills`);
	await signIn(page, 'root', PASSWORD);
	const dialog = page.getByRole('dialog');
	const remove = (name) => page.getByRole('button', { name: `Delete ${name}` });
	const drop = async (name) => {
		await remove(name).focus();
		await page.keyboard.press('Enter');
		await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
		await remove(name).waitFor({ state: 'detached' });
	};
	await remove('French').focus();
	await page.keyboard.press('Enter');
	await dialog.waitFor();
	await page.keyboard.press('Escape');
	await focused(page, remove('French'), 'on the row again');
	await drop('French');
	await focused(page, remove('Welsh'), 'on the next row');
	await drop('Welsh');
	await focused(page, remove('Dutch'), 'on the row before it');
	await page.getByRole('button', { name: 'Add a skill' }).focus();
	await page.keyboard.press('Enter');
	await dialog.getByLabel('Name', { exact: true }).fill('dutch');
	await dialog.getByRole('button', { name: 'Add' }).press('Enter');
	await dialog.getByText('Another one has this name.').waitFor();
	await focused(page, dialog.getByRole('button', { name: 'Add' }), 'on the button that was refused');
	await page.keyboard.press('Escape');
	await focused(page, page.getByRole('button', { name: 'Add a skill' }), 'where it came from');
	await drop('Dutch');
	await focused(page, heading(page, 'Skills'), 'on the heading of a list that is empty');
	assert.deepEqual(page.errors, []);
});
