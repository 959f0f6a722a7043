// Several customers at once: who waits longest is a key away, a draft left behind is seen, a network
// that goes is told at once, what is written from right to left reads so, and nothing sticks out.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PASSWORD } from '../scenario/lib/index.mjs';
import { acceptOffer, bubble, goOnQueue, look, reply, shot, signIn, Stage } from './lib.mjs';

const CUSTOMERS = ['+447700900001', '+447700900002', '+447700900003'];
const HEBREW = 'שלום, איפה ההזמנה שלי?';

// On a phone the thread hides it.
const toList = (page) => page.getByRole('button', { name: 'Back to the list' }).click();

async function three(t, options) {
	const stage = await Stage.start(t);
	const { capacity, ...page } = options ?? {};
	await stage.world.addUser('ann', { capacity });
	const ann = await stage.page(page);
	await ann.goto(stage.world.base);
	await signIn(ann, 'ann', PASSWORD);
	await goOnQueue(ann);
	for (const [i, customer] of CUSTOMERS.entries()) {
		if (i > 0 && options?.size === 'phone') await toList(ann);
		const phone = await stage.handset(customer);
		await phone.texts(i === 1 ? HEBREW : `Hello ${i}`);
		await acceptOffer(ann, customer);
	}
	return { stage, ann };
}

const row = (page, customer) => page.locator('.row', { hasText: customer });
const chosen = (page) => page.locator('.row[aria-current=true] strong').innerText();

test('a key goes to who waits longest, and a draft left behind is seen', async (t) => {
	const { ann } = await three(t);
	await reply(ann).fill('half an ans');
	await ann.keyboard.press('Alt+u');
	await ann.getByRole('heading', { name: CUSTOMERS[0] }).waitFor();
	assert.equal(await row(ann, CUSTOMERS[2]).getByText('draft', { exact: true }).count(), 1);
	assert.equal(await ann.getByText('draft', { exact: true }).count(), 1);
	await look(ann, 'several-draft');
	await reply(ann).fill('One moment');
	await reply(ann).press('Enter');
	await bubble(ann, 'One moment').waitFor();
	await row(ann, CUSTOMERS[0]).locator('.wait').waitFor({ state: 'detached' }); // what is on its way only is no answer
	await ann.keyboard.press('Alt+u');
	await ann.getByRole('heading', { name: CUSTOMERS[1] }).waitFor();
	await ann.keyboard.press('Alt+u');
	await ann.getByRole('heading', { name: CUSTOMERS[2] }).waitFor();
	assert.equal(await reply(ann).inputValue(), 'half an ans');
	assert.equal(await ann.getByText('draft', { exact: true }).count(), 0, 'what is open shows it itself');
	await ann.reload();
	await row(ann, CUSTOMERS[0]).waitFor();
	const order = await ann.locator('.row strong').allInnerTexts();
	assert.deepEqual(order, CUSTOMERS, 'a snapshot leaves the order');
	assert.equal(await chosen(ann), CUSTOMERS[2]);
});

for (const [size, scheme] of [['desktop', 'light'], ['phone', 'dark']]) {
	test(`right to left reads so, ${size}, ${scheme}`, async (t) => {
		const { ann } = await three(t, { size, scheme });
		if (size === 'phone') await toList(ann);
		const direction = (element) => getComputedStyle(element).direction;
		assert.equal(await row(ann, CUSTOMERS[1]).locator('.snippet').evaluate(direction), 'rtl');
		assert.equal(await row(ann, CUSTOMERS[0]).locator('.snippet').evaluate(direction), 'ltr');
		await look(ann, `several-rtl-${size}`);
		await row(ann, CUSTOMERS[1]).click();
		assert.equal(await bubble(ann, HEBREW).locator('.text').evaluate(direction), 'rtl');
		await reply(ann).fill(HEBREW);
		await look(ann, `several-rtl-thread-${size}`);
	});
}

test('a click that was meant for the list does not answer an offer that comes under it', async (t) => {
	const { stage, ann } = await three(t, { capacity: 4 });
	// What the page sees of a card as it comes, and what becomes of it.
	await ann.evaluate(() => {
		globalThis.actions = [];
		const note = () => {
			const bar = document.querySelector('.offer-actions');
			if (bar) globalThis.actions.push(getComputedStyle(bar).pointerEvents);
			requestAnimationFrame(note);
		};
		note();
	});
	const phone = await stage.handset('+447700900004');
	await phone.texts('Hello 4');
	await ann.waitForFunction(() => globalThis.actions.at(-1) === 'auto');
	assert.equal(await ann.evaluate(() => globalThis.actions[0]), 'none');
	await ann.getByRole('article', { name: 'Offer from +447700900004' }).getByRole('button', { name: /^Accept/ }).click();
	await ann.getByRole('heading', { name: '+447700900004' }).waitFor();
});

test('a network that goes is told at once, and what is written then goes out', async (t) => {
	const { ann } = await three(t);
	const told = ann.locator('.link-lost');
	await ann.context().setOffline(true);
	await told.waitFor({ timeout: 10_000 }); // that an answer does not come is seen after twelve seconds
	await reply(ann).fill('Written in a tunnel');
	await reply(ann).press('Enter');
	await bubble(ann, 'Written in a tunnel').getByText('Waits for the connection').waitFor();
	await shot(ann, 'several-offline');
	await ann.context().setOffline(false);
	await bubble(ann, 'Written in a tunnel').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
});

test('the time of parking stays within its frame', async (t) => {
	const { ann } = await three(t);
	await ann.getByRole('button', { name: 'Park', exact: true }).click();
	const frame = await ann.getByRole('group', { name: 'Until' }).boundingBox();
	const field = await ann.getByLabel('Another time').last().boundingBox();
	assert.ok(field.x + field.width <= frame.x + frame.width, 'it sticks out');
	await look(ann, 'several-park');
});

test('a supervisor begins on the floor, and an admin with the carriers', async (t) => {
	const stage = await Stage.start(t);
	const sue = await stage.person('sue', 'supervisor');
	await sue.getByRole('heading', { name: 'Floor' }).waitFor();
	await sue.getByRole('link', { name: 'Carriers' }).click();
	await sue.getByRole('heading', { name: 'Carriers' }).waitFor();
	const ada = await stage.person('ada', 'admin');
	await ada.getByRole('heading', { name: 'Carriers' }).waitFor();
});
