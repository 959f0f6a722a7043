// A server that takes its time, and one that does not answer: each page says which it is, and never that there is nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PASSWORD } from '../scenario/lib/index.mjs';
import { look, signIn, Stage } from './lib.mjs';

const PAGES = [
	'customers', 'admin/users', 'admin/numbers', 'compliance/removals', 'compliance/reviews', 'compliance/lists',
	'compliance/blocked', 'compliance/rules', 'compliance/rules/programme:shop', 'compliance/reports', 'compliance/entry/x-1',
];
const NOTHING = /There are none|Nothing waits|No list was imported|Nothing was blocked|There is no programme|Nobody is found/;

// A road on which all is held, until it is lost.
function hold() {
	let lose;
	const lost = new Promise((resolve) => (lose = resolve));
	return { lost, lose };
}

// What was asked for, and what is asked for until the page has said so, is lost on the way; what comes then is held again.
async function fails(page, road) {
	road.lose();
	await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
	await page.locator('main').getByText('Loading…', { exact: true }).first().waitFor({ state: 'detached' });
	Object.assign(road, hold());
}

test('what has not come is waited for, and what does not come is said', async (t) => {
	const stage = await Stage.start(t);
	await stage.world.addUser('ada', { role: 'admin' });
	const page = await stage.page();
	await page.goto(stage.world.base);
	await signIn(page, 'ada', PASSWORD);
	await page.getByRole('heading', { name: 'acme' }).waitFor();
	const road = hold();
	await page.route('**/api/**', (route) => road.lost.then(() => route.abort()));
	for (const place of PAGES) {
		await page.evaluate((hash) => (location.hash = `#/${hash}`), place);
		await page.locator('main').getByText('Loading…', { exact: true }).first().waitFor();
		assert.doesNotMatch(await page.locator('main').innerText(), NOTHING, place);
		await fails(page, road);
		assert.doesNotMatch(await page.locator('main').innerText(), NOTHING, place);
		await page.getByRole('button', { name: 'Try again' }).first().click();
		await page.locator('main').getByText('Loading…', { exact: true }).first().waitFor();
		assert.equal(await page.getByRole('alert').getByText('cannot be reached').count(), 0, place);
		await fails(page, road);
	}
	await look(page, 'slow');
	// What is dismissed is not asked for again.
	await page.getByRole('button', { name: 'Dismiss' }).click();
	assert.equal(await page.getByText('Loading…', { exact: true }).count(), 0);
	assert.deepEqual(page.errors, []);
});

test('a page that could not be had is tried again, by keyboard, on a phone at night', async (t) => {
	const stage = await Stage.start(t);
	await stage.world.addUser('ada', { role: 'admin' });
	const page = await stage.page({ size: 'phone', scheme: 'dark' });
	await page.goto(stage.world.base);
	await signIn(page, 'ada', PASSWORD);
	await page.getByRole('heading', { name: 'acme' }).waitFor();
	for (const [place, comes] of [['admin/users', 'ada'], ['compliance/rules', 'programme shop'], ['customers', 'No customers yet']]) {
		await page.route('**/api/**', (route) => route.abort());
		await page.evaluate((hash) => (location.hash = `#/${hash}`), place);
		await page.getByText('This did not come.').waitFor();
		if (place === 'admin/users') await look(page, 'slow-phone-dark');
		await page.unroute('**/api/**');
		await page.getByRole('button', { name: 'Try again' }).focus();
		await page.keyboard.press('Enter');
		await page.locator('main').getByText(new RegExp(comes, 'i')).first().waitFor();
		assert.equal(await page.getByText('This did not come.').count(), 0);
		assert.equal(await page.getByRole('alert').getByText('cannot be reached').count(), 0);
	}
	assert.deepEqual(page.errors, []);
});

test('what fails beside it does not say that what the page is about did not come', async (t) => {
	const stage = await Stage.start(t);
	const page = await stage.officer('kim');
	const road = hold();
	await page.route('**/compliance/reviews?**', (route) => road.lost.then(() => route.continue()));
	await page.route('**/compliance/removals?**', (route) => route.abort());
	await page.evaluate(() => (location.hash = '#/compliance/reviews'));
	const main = page.locator('main');
	await main.getByText('Loading…', { exact: true }).waitFor();
	// The requests that wait are counted for the tab of them, now and then; that fails.
	await page.getByRole('alert').getByText('cannot be reached').waitFor({ timeout: 30_000 });
	assert.equal(await main.getByText('This did not come.').count(), 0);
	await main.getByText('Loading…', { exact: true }).waitFor();
	road.lose();
	await main.getByText('Loading…', { exact: true }).waitFor({ state: 'detached' });
	assert.equal(await main.getByText('This did not come.').count(), 0);
	assert.deepEqual(page.errors, []);
});
