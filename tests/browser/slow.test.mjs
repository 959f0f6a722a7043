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

test('what has not come is waited for, and what does not come is said', async (t) => {
	const stage = await Stage.start(t);
	await stage.world.addUser('ada', { role: 'admin' });
	const page = await stage.page();
	await page.goto(stage.world.base);
	await signIn(page, 'ada', PASSWORD);
	await page.getByRole('heading', { name: 'acme' }).waitFor();
	const held = [];
	await page.route('**/api/**', (route) => new Promise((resolve) => held.push(() => resolve(route.abort()))));
	for (const place of PAGES) {
		await page.evaluate((hash) => (location.hash = `#/${hash}`), place);
		await page.locator('main').getByText('Loading…', { exact: true }).first().waitFor();
		assert.doesNotMatch(await page.locator('main').innerText(), NOTHING, place);
		while (held.length) held.shift()();
		await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
		await page.locator('main').getByText('Loading…', { exact: true }).first().waitFor({ state: 'detached' });
		assert.doesNotMatch(await page.locator('main').innerText(), NOTHING, place);
	}
	await look(page, 'slow');
	// What is dismissed is not asked for again.
	await page.getByRole('button', { name: 'Dismiss' }).click();
	assert.equal(await page.getByText('Loading…', { exact: true }).count(), 0);
	assert.deepEqual(page.errors, []);
});
