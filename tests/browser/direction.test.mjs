// Texts that are written from right to left, on the pages of who answers for consent: what somebody wrote begins where
// they begin to read, and what we say of it stays as it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from '../scenario/lib/api.mjs';
import { look, Stage } from './lib.mjs';

const NUMBER = '+15550100199';
const WHY = 'הלקוח התקשר: בלי הודעות, 3 פעמים';
const TEXT = 'תפסיקו: STOP!';

const directionOf = (locator) => locator.evaluate((element) => getComputedStyle(element).direction);

for (const [size, scheme] of [['desktop', 'light'], ['phone', 'dark']]) {
	test(`remarks, texts and fields, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const page = await stage.officer('kim', { size, scheme });
		const see = (what) => look(page, `direction-${size}-${scheme}-${what}`);
		const lee = await person(stage.world, 'compliance', 'lee');
		const path = '/api/v2/compliance';
		const made = await lee('POST', `${path}/suppressions`, { number: NUMBER, reason: WHY });
		assert.equal(made.status, 201);
		const asked = await lee('POST', `${path}/removals`, { number: NUMBER, scope: 'all', reason: WHY, reference: TEXT });
		assert.equal(asked.status, 202, JSON.stringify(asked.body));
		const cells = async (all) => assert.deepEqual(
			[await directionOf(page.getByRole('cell', { name: WHY }).first()),
				await directionOf(page.getByRole('cell').filter({ hasText: /^Added|lee/ }).first())],
			['rtl', 'ltr'], all);

		await page.goto(`${stage.world.base}/#/compliance/search?number=%2B15550100199`);
		await page.getByRole('heading', { name: NUMBER }).waitFor();
		await cells('of a number');
		await see('number');
		await page.getByRole('link', { name: 'Evidence', exact: true }).click();
		await page.getByText(WHY).first().waitFor();
		assert.equal(await directionOf(page.locator('dd', { hasText: WHY }).first()), 'rtl');
		assert.equal(await directionOf(page.locator('dd', { hasText: 'lee' }).first()), 'ltr');
		await see('evidence');
		await page.getByRole('link', { name: /^Requests/ }).click();
		await page.getByRole('cell', { name: WHY }).waitFor();
		await cells('of a request');
		assert.equal(await directionOf(page.getByRole('cell', { name: TEXT })), 'rtl');
		await see('requests');

		await page.getByRole('link', { name: 'Classify' }).click();
		const field = page.getByRole('textbox', { name: 'A customer writes' });
		await field.fill(TEXT);
		assert.equal(await field.evaluate((element) => getComputedStyle(element).unicodeBidi), 'plaintext');
		await page.getByRole('button', { name: 'Read it' }).click();
		await page.locator('blockquote', { hasText: 'STOP' }).waitFor();
		assert.equal(await directionOf(page.locator('blockquote')), 'rtl');
		await see('classified');
		assert.deepEqual(page.errors, []);
	});
}
