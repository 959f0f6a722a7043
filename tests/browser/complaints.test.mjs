// What users of other desktops complain of, each by its name, as far as it shows on a page; the rest is in
// tests/scenario/complaints.test.mjs. And what the page must show of a conversation at a glance.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { QUEUE, settles } from '../scenario/lib/index.mjs';
import { acceptOffer, audit, bubble, goOnQueue, reply, shot, signIn, Stage } from './lib.mjs';

const EVE = '+15550199';
const DAN = '+15550177';

const row = (page, customer) => page.locator('.row', { hasText: customer });

async function talking(t, { options, customers = [EVE], capacity, changes } = {}) {
	const stage = await Stage.start(t, changes);
	const password = await stage.world.addUser('ann', { capacity });
	const page = await stage.page(options);
	await page.goto(stage.world.base);
	await signIn(page, 'ann', password);
	await goOnQueue(page);
	page.loads = 0;
	page.on('load', () => (page.loads += 1));
	const phones = {};
	for (const customer of customers) {
		phones[customer] = await stage.handset(customer);
		await phones[customer].texts(`Hello from ${customer}`);
		await acceptOffer(page, customer);
	}
	return { stage, page, phones };
}

test('complaint: messages show only after a reload', async (t) => {
	const { stage, page, phones } = await talking(t, { customers: [EVE, DAN] });
	// She is with Dan. What Eve writes is counted, waits visibly, and is there when she looks.
	await phones[EVE].texts('First');
	await phones[EVE].texts('Second');
	await row(page, EVE).getByText('2 unread').waitFor();
	await row(page, EVE).locator('.wait').getByText(/(?!0:00)\b\d+:\d\d/).waitFor();
	await page.waitForFunction(() => document.title === '(2) Bindery');
	await shot(page, 'complaints-unread');
	await audit(page, 'unread');
	await row(page, EVE).click();
	await bubble(page, 'Second').waitFor();
	await row(page, EVE).getByText('unread').waitFor({ state: 'detached' });
	// What another window of hers does, and what becomes of it, comes by itself too.
	const other = await stage.window(page.context());
	await other.goto(stage.world.base);
	await row(other, EVE).click();
	await reply(other).fill('From the other window');
	await reply(other).press('Enter');
	await bubble(page, 'From the other window').getByRole('img', { name: 'Delivered' }).waitFor();
	await row(page, EVE).locator('.wait').waitFor({ state: 'detached' });
	await phones[DAN].texts('And I?');
	await row(page, DAN).getByText('And I?').waitFor();
	assert.equal(page.loads, 0, 'the page was not loaded again');
	assert.deepEqual(page.errors, []);
});

test('complaint: messages show only after a reload, of who comes back while they are wrapped up', async (t) => {
	const { page, phones } = await talking(t);
	// The leg before is still wrapped up: the page tells of both.
	const disconnect = async (told) => {
		await page.getByRole('button', { name: 'Disconnect' }).click();
		await page.getByText(`${told}. After-call work: `).waitFor();
	};
	await disconnect('Disconnected');
	await phones[EVE].texts('One more thing');
	await acceptOffer(page, EVE);
	await bubble(page, 'One more thing').waitFor();
	// A page that was loaded in between shows what there is to wrap up, and goes on likewise.
	await disconnect('Leg 2, support');
	await page.reload();
	await row(page, EVE).click();
	await bubble(page, 'One more thing').waitFor();
	await phones[EVE].texts('And another');
	await acceptOffer(page, EVE);
	await bubble(page, 'And another').waitFor();
	await bubble(page, `Hello from ${EVE}`).waitFor();
	assert.deepEqual(page.errors, []);
});

test('complaint: “offline” flaps in background tabs', async (t) => {
	const { stage, page, phones } = await talking(t);
	const front = await stage.window(page.context());
	await front.goto('about:blank');
	await front.bringToFront();
	const devtools = await page.context().newCDPSession(page);
	// A browser freezes what is long in the background: no script of the page runs any more.
	await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
	const before = (await stage.world.floorEvents('agent')).length;
	// More than two pings and the time that they may take.
	await new Promise((resolve) => setTimeout(resolve, 65_000));
	await phones[EVE].texts('Are you there?');
	const changes = (await stage.world.floorEvents('agent')).slice(before);
	assert.deepEqual(changes.filter(({ a }) => a === 'ann').map(({ why }) => why), [], 'ann did not come or go');
	await devtools.send('Page.setWebLifecycleState', { state: 'active' });
	await bubble(page, 'Are you there?').waitFor();
	const { routing } = await page.locator('[data-routing]').evaluate(({ dataset }) => dataset);
	assert.equal(routing, 'interacting');
});

test('complaint: limits differ from screen to screen', async (t) => {
	const customers = [EVE, DAN, '+15550166'];
	const { stage, page } = await talking(t, { customers, capacity: 5 });
	const password = await stage.world.addUser('sue', { role: 'supervisor' });
	const sue = await stage.page();
	await sue.goto(`${stage.world.base}/#/floor`);
	await signIn(sue, 'sue', password);
	await sue.getByRole('row', { name: /^ann/ }).getByText('3/5').waitFor();
	await settles(() => page.locator('.list .count').innerText(), '3/5', { what: 'the load over the list' });
	await page.locator('.bar .load').getByText(/3\/5$/).waitFor();
});

test('an offer, and then a text, is heard and seen by who looks elsewhere', async (t) => {
	const { stage, page } = await talking(t, { customers: [], changes: { queues: [QUEUE] } });
	await page.context().grantPermissions(['notifications'], { origin: stage.world.base });
	// The browser's own, with what they are asked for written down.
	await page.addInitScript(() => {
		globalThis.heard = [];
		globalThis.seen = [];
		const start = OscillatorNode.prototype.start;
		OscillatorNode.prototype.start = function (...args) {
			globalThis.heard.push(this.frequency.value);
			return start.apply(this, args);
		};
		globalThis.Notification = class extends Notification {
			constructor(title, options) {
				super(title, options);
				globalThis.seen.push([title, options.body, options.tag]);
			}
		};
	});
	await page.reload();
	await page.getByRole('heading', { name: 'Conversations' }).click(); // sound needs a gesture
	const devtools = await page.context().newCDPSession(page);
	await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: false });
	const front = await stage.window(page.context());
	await front.goto('about:blank');
	await front.bringToFront();
	const phone = await stage.handset(EVE);
	await phone.texts('Hello');
	const card = page.getByRole('article', { name: `Offer from ${EVE}` });
	await card.waitFor();
	await page.waitForFunction(() => document.title.startsWith('(1) offer waiting'));
	await page.waitForFunction(() => globalThis.heard.length === 2);
	const left = async () => parseInt(await card.getByRole('timer').innerText(), 10);
	await card.getByText('Hello', { exact: true }).waitFor();
	const first = await left();
	assert.ok(first > 0 && first <= 30, `${first} s left`);
	await page.waitForFunction((was) => parseInt(document.querySelector('[role=timer]').innerText, 10) < was, first);
	const elsewhere = await page.evaluate(() => document.visibilityState === 'hidden' || !document.hasFocus());
	const seen = await page.evaluate(() => globalThis.seen);
	assert.ok(elsewhere, 'the page is not the one in front');
	assert.equal(seen.length, 1, JSON.stringify(seen));
	assert.equal(seen[0][0], 'Conversation offered');
	assert.match(seen[0][1], /\+15550199, support, has waited \d+:\d\d: Hello$/);
	// The page goes on beside; who works in another window accepts there.
	await card.getByRole('button', { name: /^Accept/ }).evaluate((button) => button.click());
	await bubble(page, 'Hello').waitFor();
	await phone.texts('Are you there?');
	await phone.texts('Hello??');
	await page.waitForFunction(() => globalThis.seen.length === 3);
	const conversation = await page.locator('.row').getAttribute('data-conversation');
	assert.deepEqual((await page.evaluate(() => globalThis.seen)).slice(1), [
		[`Message from ${EVE}`, 'Are you there?', `text:${conversation}`],
		[`Message from ${EVE}`, 'Hello??', `text:${conversation}`],
	]);
	await page.waitForFunction(() => globalThis.heard.includes(520));
});

test('on a phone an offer is seen while another conversation is open', async (t) => {
	const { stage, page } = await talking(t, { options: { size: 'phone', scheme: 'light' } });
	const dan = await stage.handset(DAN);
	await dan.texts('Hello');
	const strip = page.getByRole('status', { name: 'Offers' });
	await strip.getByText(DAN).waitFor();
	await shot(page, 'complaints-phone-offer');
	await audit(page, 'offer on a phone');
	await strip.getByRole('button', { name: 'Show' }).click();
	await page.getByRole('article', { name: `Offer from ${DAN}` }).getByRole('button', { name: /^Accept/ }).click();
	await page.getByRole('heading', { name: DAN }).waitFor();
});
