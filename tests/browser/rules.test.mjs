// A compliance officer edits keywords: writes a draft, asks what a text and what the texts that came would do, and
// another one puts it in force.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { waitFor } from '../scenario/lib/index.mjs';
import { look, Stage } from './lib.mjs';

const notice = (page, text) => page.getByRole('status').filter({ hasText: text }).waitFor();

async function openShop(page) {
	await page.getByRole('link', { name: 'Rules', exact: true }).click();
	await page.getByRole('link', { name: 'Programme shop' }).click();
	await page.getByRole('heading', { name: 'Programme shop' }).waitFor();
}

for (const [size, scheme] of [['desktop', 'light'], ['desktop', 'dark'], ['phone', 'light'], ['phone', 'dark']]) {
	test(`keywords are edited, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const kim = await stage.officer('kim', { size, scheme });
		const lee = await stage.officer('lee', { size, scheme });
		const see = (page, what) => look(page, `rules-${size}-${scheme}-${what}`);
		const phone = await stage.handset('+15550100199');
		await phone.texts('Basta cosi');
		await waitFor(async () => (await stage.world.redis.keys('{c*}:thread:*')).length, { what: 'the text came' });

		await t.test('shows what there is, and what is built in', async () => {
			await kim.getByRole('link', { name: 'Rules', exact: true }).click();
			await kim.getByText('As bindery.conf says').waitFor();
			await kim.getByText('Words and patterns that are built in').click();
			await kim.getByText('English', { exact: true }).click();
			await kim.getByText('opt_out: stop, stop all').waitFor();
			await see(kim, '1-list');
		});

		await t.test('writes a draft by the keyboard alone', async () => {
			await openShop(kim);
			const code = kim.getByLabel('Another language');
			await code.focus();
			await kim.keyboard.type('it');
			await kim.keyboard.press('Tab');
			await kim.keyboard.press('Enter');
			await kim.getByLabel('Opt-out keywords, Italian').focus();
			await kim.keyboard.type('BASTA\nBasta cosi');
			await kim.keyboard.press('Tab');
			await kim.keyboard.type('AIUTO');
			await kim.getByLabel('Confirmation of an opt-out, Italian').fill('Non riceverai altri messaggi.');
			await kim.getByText('+ Basta cosi').waitFor();
			await kim.getByLabel('Reason of the change').fill('Italian customers since October');
			await kim.keyboard.press('Enter');
			await notice(kim, 'the draft is saved');
			await see(kim, '2-draft');
		});

		await t.test('is told what cannot be a keyword', async () => {
			const field = kim.getByLabel('Opt-in keywords, Italian');
			await field.fill('STOP');
			await kim.getByRole('button', { name: 'Save the draft' }).click();
			const refusal = kim.getByRole('alert').filter({ hasText: 'it.opt_in: "STOP" means something else' });
			await refusal.waitFor();
			await waitFor(() => refusal.evaluate((line) => {
				const { top, bottom } = line.getBoundingClientRect();
				return top >= 0 && bottom <= innerHeight && document.elementFromPoint(innerWidth / 4, (top + bottom) / 2) === line;
			}), { what: 'it is in sight, wherever one is on the page' });
			await see(kim, '3-refused');
			await field.fill('');
		});

		await t.test('tries a text, and the texts that came', async () => {
			await kim.getByLabel('A customer writes').fill('basta!');
			await kim.getByRole('button', { name: 'Read it' }).click();
			await kim.getByText('Non riceverai altri messaggi.', { exact: true }).last().waitFor();
			await kim.locator('mark', { hasText: 'basta' }).waitFor();
			await kim.getByRole('button', { name: 'Read them again' }).click();
			await kim.getByText('1 of 1 texts would have been read differently').waitFor();
			const [download] = await Promise.all([
				kim.waitForEvent('download'),
				kim.getByRole('button', { name: 'Export as CSV' }).click(),
			]);
			assert.match(readFileSync(await download.path(), 'utf8'), /"'\+15550100199".*"Basta cosi".*"OPT_OUT"/);
			await see(kim, '4-tried');
		});

		await t.test('has it put in force by somebody else, and it reads at once', async () => {
			await openShop(lee);
			await lee.getByRole('button', { name: 'Put in force…' }).click();
			const dialog = lee.getByRole('dialog', { name: 'Put version 1 in force?' });
			await dialog.getByText('+ BASTA', { exact: true }).waitFor();
			await see(lee, '5-activate');
			await dialog.getByRole('button', { name: 'Put it in force' }).click();
			await notice(lee, 'version 1 is in force');
			await phone.texts('BASTA');
			await phone.gets('Non riceverai altri messaggi.');
		});

		await t.test('cannot take an opt-out away alone', async () => {
			await kim.reload();
			await kim.getByLabel('Opt-out keywords, Italian').fill('BASTA');
			await kim.getByLabel('Reason of the change').fill('Basta cosi is too wide');
			await kim.getByRole('button', { name: 'Save the draft' }).click();
			await notice(kim, 'the draft is saved');
			await kim.getByRole('button', { name: 'Put in force…' }).click();
			assert.ok(await kim.getByRole('button', { name: 'Put it in force' }).isDisabled());
			await see(kim, '6-two');
			await kim.getByRole('button', { name: 'Cancel' }).click();
			await kim.getByRole('button', { name: 'Discard the draft' }).click();
			await notice(kim, 'draft 2 is discarded');
			await kim.getByRole('region', { name: 'Versions' }).getByText('Discarded').waitFor();
			await see(kim, '7-versions');
		});

		await t.test('asks what a text does for a number, and finds the change in the ledger', async () => {
			await kim.getByRole('link', { name: 'Classify' }).click();
			await kim.getByLabel('Sent to').selectOption('programme:shop');
			await kim.getByLabel('A customer writes').fill('basta');
			await kim.getByRole('button', { name: 'Read it' }).click();
			await kim.getByText(/shop 1$/).waitFor();
			await see(kim, '8-classify');
			await kim.getByRole('link', { name: 'Search' }).click();
			await kim.getByLabel('Kind').selectOption('rules');
			await kim.getByRole('button', { name: 'List', exact: true }).click();
			await kim.getByText('Rules changed').waitFor();
			await see(kim, '9-ledger');
			await kim.getByRole('link', { name: 'version 1' }).click();
			await kim.getByRole('heading', { name: 'Programme shop' }).waitFor();
		});
		assert.deepEqual([...kim.errors, ...lee.errors], []);
	});
}
