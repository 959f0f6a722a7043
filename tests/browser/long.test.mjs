// Texts that are longer than they may be: nothing of them is cut off unseen, why they do not go is said where they are
// written, and what was refused can be mended.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bubble, focused, look, reply, talk } from './lib.mjs';

const CUSTOMER = '+447700900001';
const LONGEST = 3060; // that 20 segments take
const text = (length) => 'A long story. '.repeat(length / 14 + 1).slice(0, length).replace(/ $/, '.');

const send = (page) => page.getByRole('button', { name: 'Send', exact: true });
const length = (field) => field.evaluate((element) => element.value.length);
const began = (t, options) => talk(t, { customer: CUSTOMER, text: 'Tell me', ...options });

for (const [size, scheme] of [['desktop', 'light'], ['phone', 'dark']]) {
	test(`what is pasted is kept whole, and goes once it is short enough, ${size}, ${scheme}`, async (t) => {
		const { ann } = await began(t, { size, scheme });
		const counter = ann.locator('#counter');
		await reply(ann).focus();
		await ann.keyboard.insertText(text(10_000));
		await counter.getByText('10,000 characters, at most 4,000').waitFor();
		assert.equal(await length(reply(ann)), 10_000);
		assert.equal(await send(ann).isDisabled(), true);
		await reply(ann).press('Enter');
		await look(ann, `long-reply-${size}-${scheme}`);

		await reply(ann).fill(text(LONGEST + 1));
		await counter.getByText('more segments than the carrier takes').waitFor();
		assert.equal(await send(ann).isDisabled(), true);
		await reply(ann).press('Enter');
		assert.equal(await length(reply(ann)), LONGEST + 1);
		assert.equal(await ann.locator('.bubble.out').count(), 0);

		await reply(ann).fill(text(LONGEST));
		await counter.getByText(`${LONGEST}/${LONGEST} · 20 SMS · GSM-7`).waitFor();
		await reply(ann).press('Enter');
		await bubble(ann, text(LONGEST)).getByText('20 SMS').waitFor();

		await ann.keyboard.press('Alt+p');
		const note = ann.getByRole('textbox', { name: 'Note for colleagues' });
		await note.focus();
		await ann.keyboard.insertText(text(1200));
		await counter.getByText('1,200 characters, at most 1,000').waitFor();
		assert.equal(await ann.getByRole('button', { name: 'Keep', exact: true }).isDisabled(), true);
		await note.press('Enter');
		assert.equal(await length(note), 1200);

		await ann.keyboard.press('Alt+e');
		const dialog = ann.getByRole('dialog');
		await dialog.getByRole('radio', { name: 'Resolved' }).check();
		await dialog.getByLabel('Notes').focus();
		await ann.keyboard.insertText(text(1100));
		await dialog.getByText('1,100 characters, at most 1,000').waitFor();
		assert.equal(await length(dialog.getByLabel('Notes')), 1100);
		assert.equal(await dialog.getByRole('button', { name: 'Close conversation' }).isDisabled(), true);
		await look(ann, `long-notes-${size}-${scheme}`);
		assert.deepEqual(ann.errors, []);
	});
}

test('a reply that was refused goes back to where it was written', async (t) => {
	const { ann } = await began(t);
	await ann.context().setOffline(true);
	await ann.locator('.link-lost').waitFor();
	await reply(ann).fill(text(LONGEST + 1));
	await reply(ann).press('Enter');
	await bubble(ann, 'A long story').getByText('Waits for the connection').waitFor();
	await reply(ann).fill('And then');
	await ann.context().setOffline(false);
	const edit = ann.getByRole('button', { name: 'Edit', exact: true });
	await edit.waitFor();
	const [button, log] = await Promise.all([edit.boundingBox(), ann.locator('.log').boundingBox()]);
	assert.ok(button.y + button.height <= log.y + log.height, 'why it was refused is in sight');
	await edit.click();
	await bubble(ann, 'A long story').waitFor({ state: 'detached' });
	assert.equal(await reply(ann).inputValue(), `${text(LONGEST + 1)}\nAnd then`);
	await focused(ann, reply(ann));
	assert.deepEqual(ann.errors, []);
});

test('what is refused for now alone can be sent', async (t) => {
	const { stage, ann } = await began(t);
	const [conv] = (await stage.world.redis.keys('{c*}:conv:*')).filter((key) => /:conv:[^:]+$/.test(key));
	const ours = await stage.world.redis.call('HGET', conv, 'ours');
	await stage.world.redis.call('HSET', conv, 'ours', '+15550109'); // which is gone from the file, as it were
	await reply(ann).fill('Once upon a time');
	await ann.getByText('No carrier is configured for this number.').waitFor();
	await stage.world.redis.call('HSET', conv, 'ours', ours);
	await reply(ann).press('Enter');
	await bubble(ann, 'Once upon a time').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
	assert.deepEqual(ann.errors, []);
});
