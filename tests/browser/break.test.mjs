// What may happen in the middle: reloads, a router that dies, a second window, an offer left alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { settles } from '../scenario/lib/index.mjs';
import { acceptOffer, audit, bubble, goOnQueue, reply, shot, Stage } from './lib.mjs';

const CUSTOMER = '+15550199';

async function talking(t, options) {
	const stage = await Stage.start(t);
	const page = await stage.agent('ann', options);
	await goOnQueue(page);
	const phone = await stage.handset(CUSTOMER);
	await phone.texts('Hello');
	await acceptOffer(page, CUSTOMER);
	return { stage, page, phone };
}

test('a reload in the middle loses nothing', async (t) => {
	const { page, phone } = await talking(t);
	await reply(page).fill('The first answer');
	await reply(page).press('Enter');
	await bubble(page, 'The first answer').getByRole('img', { name: 'Delivered' }).waitFor();
	await reply(page).fill('half an ans');
	await page.keyboard.press('Alt+p');
	const note = page.getByRole('textbox', { name: 'Note for colleagues' });
	await note.fill('half a note');
	await page.reload();
	await phone.texts('Are you there?');
	await bubble(page, 'Are you there?').waitFor();
	assert.equal(await reply(page).inputValue(), 'half an ans');
	await page.keyboard.press('Alt+p');
	assert.equal(await note.inputValue(), 'half a note');
	await note.press('Enter');
	await bubble(page, 'half a note').waitFor();
	await settles(() => note.inputValue(), '', { what: 'what is left of the note that was kept' });
	await page.reload();
	await bubble(page, 'half a note').waitFor();
	await page.keyboard.press('Alt+p');
	assert.equal(await note.inputValue(), '', 'it was kept once');
	await settles(() => page.locator('.messages .text').allInnerTexts().then(spoken),
		['Hello', 'The first answer', 'Are you there?', 'half a note'], { what: 'the thread' });
});

// Without the words that only a screen reader gets.
function spoken(texts) {
	return texts.map((text) => text.replace(/^[^:]+:\s+/, ''));
}

test('a reply written while the router is down goes out once when it is back', async (t) => {
	const { stage, page, phone } = await talking(t);
	await stage.world.router.kill();
	await page.getByText('Connection lost').waitFor();
	await reply(page).fill('Written in the dark');
	await reply(page).press('Enter');
	await bubble(page, 'Written in the dark').getByText('Waits for the connection').waitFor();
	await shot(page, 'desktop-light-6-lost');
	await audit(page, 'lost');
	await phone.texts('Said in the dark');
	await stage.world.startRouter();
	await bubble(page, 'Said in the dark').waitFor();
	await phone.gets('Written in the dark');
	await bubble(page, 'Written in the dark').getByRole('img', { name: 'Delivered' }).waitFor();
	assert.equal(await bubble(page, 'Written in the dark').count(), 1);
	assert.equal(await bubble(page, 'Said in the dark').count(), 1);
	assert.equal(await phone.count('Written in the dark'), 1, 'of what was written in the dark');
});

test('a dialog stays with its conversation while another that was accepted connects', async (t) => {
	const { stage, page } = await talking(t);
	const other = '+15550198';
	stage.handsets.send(other, '+15550100', 'And me?');
	await page.getByRole('article', { name: `Offer from ${other}` }).waitFor();
	// Both at once: the dialog is open before what was accepted can be there.
	await page.evaluate(() => {
		for (const key of ['a', 'e'])
			window.dispatchEvent(new KeyboardEvent('keydown', { key, code: `Key${key.toUpperCase()}`, altKey: true }));
	});
	await page.locator('.row', { hasText: other }).waitFor();
	await page.getByRole('dialog', { name: `Close ${CUSTOMER}` }).waitFor();
	await page.getByRole('radio', { name: 'Resolved' }).check();
	await page.getByRole('button', { name: 'Close conversation' }).click();
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	await page.locator('.row', { hasText: CUSTOMER }).waitFor({ state: 'detached' });
	await bubble(page, 'And me?').waitFor();
	assert.deepEqual(page.errors, []);
});

test('a note that was asked for as the conversation came is no reply', async (t) => {
	const stage = await Stage.start(t);
	const page = await stage.agent('ann');
	await goOnQueue(page);
	// The key is pressed as soon as there is a field.
	await page.evaluate(() => {
		const watch = new MutationObserver(() => {
			if (!document.querySelector('#reply')) return;
			watch.disconnect();
			window.dispatchEvent(new KeyboardEvent('keydown', { key: 'p', code: 'KeyP', altKey: true }));
		});
		watch.observe(document.body, { childList: true, subtree: true });
	});
	const phone = await stage.handset(CUSTOMER);
	await phone.texts('Hello');
	await acceptOffer(page, CUSTOMER);
	await bubble(page, 'Hello').waitFor();
	await page.keyboard.type('She has called before');
	await page.keyboard.press('Enter');
	await bubble(page, 'She has called before').getByText('note', { exact: true }).waitFor();
	assert.equal(await phone.count('She has called'), 0, 'on the phone');
});

test('two windows of one agent show the same', async (t) => {
	const { stage, page, phone } = await talking(t);
	const second = await stage.window(page.context());
	await second.goto(stage.world.base);
	await second.locator('.row').click();
	await reply(second).fill('From the second window');
	await reply(second).press('Enter');
	await bubble(page, 'From the second window').getByRole('img', { name: 'Delivered' }).waitFor();
	await phone.texts('To both');
	await Promise.all([bubble(page, 'To both').waitFor(), bubble(second, 'To both').waitFor()]);
	assert.equal(await bubble(second, 'From the second window').count(), 1);
});

test('a declined offer stops the next ones until the agent is back', async (t) => {
	const stage = await Stage.start(t);
	const page = await stage.agent('ann', { size: 'phone', scheme: 'dark' });
	await goOnQueue(page);
	const phone = await stage.handset(CUSTOMER);
	await phone.texts('Anybody?');
	await page.getByRole('button', { name: 'Decline' }).click();
	await page.getByRole('button', { name: 'Back on queue' }).waitFor();
	await page.getByRole('article').waitFor({ state: 'detached' });
	await shot(page, 'phone-dark-6-not-responding');
	await audit(page, 'not responding');
	await page.getByRole('button', { name: 'Back on queue' }).click();
	await acceptOffer(page, CUSTOMER);
	await bubble(page, 'Anybody?').waitFor();
});

test('an undelivered reply says why, and can be sent again', async (t) => {
	const { stage, page, phone } = await talking(t);
	stage.smsc.trouble.receipts = 'failed';
	await reply(page).fill('Into the void');
	await reply(page).press('Enter');
	await bubble(page, 'Into the void').getByRole('img', { name: /^Failed/ }).waitFor();
	stage.smsc.trouble.receipts = 'delivered';
	// Pressed twice, and in two windows at once: there is one copy, and all show what repeats what.
	const second = await stage.window(page.context());
	await second.goto(stage.world.base);
	await second.locator('.row').click();
	const press = (window) => window.getByRole('button', { name: 'Send again' }).evaluate((button) => {
		button.click();
		button.click();
	});
	await second.getByRole('button', { name: 'Send again' }).waitFor();
	await Promise.all([press(page), press(second)]);
	for (const window of [page, second]) {
		await bubble(window, 'Into the void').getByRole('img', { name: 'Delivered' }).waitFor();
		await window.getByRole('button', { name: 'Send again' }).waitFor({ state: 'detached' });
		await settles(() => bubble(window, 'Into the void').count(), 2, { what: 'the reply and its copy' });
	}
	await page.getByRole('button', { name: 'Show what was sent again' }).click();
	await page.waitForFunction(() => document.activeElement.innerText.includes('sent again'));
	await shot(page, 'break-sent-again');
	await audit(page, 'sent again');
	await phone.texts('Got it');
	await bubble(page, 'Got it').waitFor();
	await settles(() => phone.count('Into the void'), 2, { what: 'what came to the phone' });
});

test('a long talk is loaded page by page', async (t) => {
	const { stage, page } = await talking(t);
	const LINES = 70;
	for (let line = 1; line <= LINES; line++)
		stage.handsets.send(CUSTOMER, '+15550100', `Line ${line}.`);
	await bubble(page, `Line ${LINES}.`).waitFor({ timeout: 30_000 });
	await page.reload();
	await bubble(page, `Line ${LINES}.`).waitFor();
	assert.equal(await bubble(page, 'Line 1.').count(), 0);
	// Scrolled up to, the page before comes by itself (and the button above it goes away); by keyboard alone.
	await page.getByRole('region', { name: /^Messages with/ }).focus();
	await page.keyboard.press('Home');
	await bubble(page, 'Line 1.').waitFor();
	const texts = spoken(await page.locator('.messages .text').allInnerTexts());
	const lines = texts.filter((text) => text.startsWith('Line '));
	assert.deepEqual(
		lines,
		Array.from({ length: LINES }, (_, at) => `Line ${at + 1}.`),
	);
});

test('the keys are listed, and can be changed', async (t) => {
	const { page } = await talking(t);
	await page.getByRole('heading', { name: CUSTOMER }).click();
	await page.getByRole('region', { name: /^Messages with/ }).focus();
	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
	await audit(page, 'help');
	await page.getByRole('button', { name: /Write a reply/ }).click();
	await page.keyboard.press('Alt+r');
	await page.getByRole('button', { name: 'Done' }).click();
	await page.keyboard.press('Alt+r');
	await page.keyboard.type('typed at once?');
	assert.equal(await reply(page).inputValue(), 'typed at once?');
});
