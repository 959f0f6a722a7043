// A compliance officer takes things out of the house: figures of a day, lists and the ledger as files, and the evidence of
// a text in parts.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { readCsv } from '../scenario/lib/csv.mjs';
import { OURS, settles } from '../scenario/lib/index.mjs';
import { look, shot, Stage } from './lib.mjs';

const STOPPED = '+15550100300';
const LONG = 'Good afternoon. I have asked you before and I ask you again, as politely as I can and for the last time: please remove me from your list and never write to this number any more, thank you.';

async function texts(stage, number, text, answer) {
	const phone = await stage.handset(number);
	await phone.texts(text);
	if (answer) await phone.gets(answer);
	await phone.page.close();
}

async function download(page, name) {
	const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).press('Enter')]);
	return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

const headline = (page, name) => page.locator('.headlines > div', { has: page.getByText(name, { exact: true }) }).locator('b');
const is = (page, name, value) => settles(() => headline(page, name).textContent(), value, { what: name, timeout: 90_000 });

for (const [size, scheme] of [['desktop', 'light'], ['desktop', 'dark'], ['phone', 'light'], ['phone', 'dark']]) {
	test(`an officer takes figures and files away, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const page = await stage.officer('kim', { size, scheme });
		const see = (what) => look(page, `reports-${size}-${scheme}-${what}`);

		await t.test('sees that nothing has happened', async () => {
			await page.getByRole('link', { name: 'Reports' }).focus();
			await page.keyboard.press('Enter');
			await page.getByText('Nothing in this time.').first().waitFor();
			await is(page, 'Opt-outs', '0');
			await see('1-empty');
		});

		await t.test('sees what happens as it does, by the keyboard', async () => {
			await texts(stage, '+15550100301', 'STOP', 'You are unsubscribed');
			await texts(stage, '+15550100302', 'ARRÊT', 'You are unsubscribed');
			await texts(stage, '+15550100303', 'HELP', 'Shop: call');
			await texts(stage, '+15550100304', 'wrong number');
			await texts(stage, STOPPED, LONG, 'You are unsubscribed');
			await is(page, 'Opt-outs', '3');
			await is(page, 'HELP', '1');
			await is(page, 'Unclear', '1');
			await page.getByRole('button', { name: 'Today' }).focus();
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { name: 'By hour' }).waitFor();
			await is(page, 'Confirmed in 5 min', '100 %');
			await is(page, 'Sent after opt-out', '0');
			await page.getByRole('row', { name: new RegExp(`^\\${OURS} 3 0 0 1 1`) }).waitFor();
			await page.getByLabel('Of each').selectOption('language');
			await page.getByRole('row', { name: /^fr 1/ }).waitFor();
			await page.getByText('Table of Opt-outs').first().click();
			await see('2-figures');
			await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
			await shot(page, `reports-${size}-${scheme}-3-below`);
			await page.getByLabel('From').fill('2001-01-01');
			await page.getByLabel('From').press('Enter');
			await page.getByRole('alert').filter({ hasText: /at most 400 days/ }).waitFor();
			await page.goBack();
		});

		await t.test('takes the report, the lists and the ledger away', async () => {
			const report = await download(page, 'Download CSV');
			assert.match(report.name, /^bindery-report-.*\.csv$/);
			const outs = readCsv(report.text).filter(({ figure }) => figure === 'opt_out');
			assert.equal(outs.reduce((sum, { count }) => sum + Number(count), 0), 3);
			const ledger = await download(page, 'Download the ledger');
			const key = await download(page, 'The public key');
			const file = join(stage.world.folder, 'away.ledger');
			writeFileSync(file, ledger.text);
			writeFileSync(`${file}.pem`, key.text);
			const { stdout } = await stage.world.command('bindery-router', ['ledger', 'verify', file, '--key', `${file}.pem`]);
			// Whether a head was signed by now or not, nothing else is amiss.
			assert.match(stdout, /^(no signed head: [^\n]*\nbad: .*; 1 faults|good: .*; 0 faults)\n$/);
			for (const [tab, name, rows] of [['Unclear', 'reviews', 1], ['Blocked', 'blocked', 0], [/^Requests/, 'removals', 0], ['Search', 'consent', 3]]) {
				await page.getByRole('link', { name: tab }).click();
				// The page before has such a link too.
				await page.locator('.tabs [aria-current=page]', { hasText: tab }).waitFor();
				const list = await download(page, 'Download CSV');
				assert.match(list.name, new RegExp(`^bindery-${name}-`));
				assert.equal(readCsv(list.text).length, rows, list.text);
			}
			assert.equal(readCsv((await download(page, 'Download CSV')).text).filter(({ number }) => number === `'${STOPPED}`).length, 1);
			const all = await download(page, 'Download the whole list');
			assert.match(all.name, /^bindery-suppressions-/);
			assert.deepEqual(readCsv(all.text).map(({ number, source }) => [number, source]).sort(),
				['+15550100300', '+15550100301', '+15550100302'].map((number) => [`'${number}`, 'keyword']));
		});

		await t.test('reads every part of a text in parts', async () => {
			const form = page.getByRole('search', { name: 'By number' });
			await form.getByLabel('Number').fill(STOPPED);
			await form.getByLabel('Number').press('Enter');
			const dossier = await download(page, 'Evidence as CSV');
			assert.deepEqual(readCsv(dossier.text).map((row) => [row.text, row['pdus.part']]), [[LONG, '1\n2']]);
			await page.getByRole('link', { name: 'Evidence', exact: true }).click();
			await page.getByRole('heading', { name: 'Part 1 of 2' }).waitFor();
			await page.getByRole('heading', { name: 'Part 2 of 2' }).waitFor();
			await page.getByText('in 2 PDUs').waitFor();
			const fact = (name) => page.locator('.facts > div', { has: page.getByText(name, { exact: true }) }).locator('dd').textContent();
			assert.deepEqual([await fact('Suppressed before'), await fact('Suppressed after')], ['nothing', 'Programme shop']);
			await page.getByRole('heading', { name: 'Part 1 of 2' }).scrollIntoViewIfNeeded();
			await see('4-parts');
		});
		assert.deepEqual(page.errors, []);
	});
}
