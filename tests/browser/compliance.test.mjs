// A compliance officer at work: finds a number, reads its evidence and takes it away, adds, asks for a removal that
// somebody else approves.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { OURS, PASSWORD, waitFor } from '../scenario/lib/index.mjs';
import { audit, look, shot, Stage } from './lib.mjs';

const CUSTOMER = '+15550100199';
const STOPPED = '+15550100300';

const find = async (page, number, country = '') => {
	const form = page.getByRole('search', { name: 'By number' });
	await form.getByLabel('Number').fill(number);
	await form.getByLabel('Country').fill(country);
	await form.getByLabel('Number').press('Enter');
};
const notice = (page, text) => page.getByRole('status').filter({ hasText: text }).waitFor();

async function stop(stage, number) {
	const phone = await stage.handset(number);
	await phone.texts('Please STOP texting me');
	await phone.gets('You are unsubscribed');
	await phone.page.close();
}

for (const [size, scheme] of [['desktop', 'light'], ['desktop', 'dark'], ['phone', 'light'], ['phone', 'dark']]) {
	test(`an officer at work, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const page = await stage.officer('kim', { size, scheme });
		const see = (what) => look(page, `compliance-${size}-${scheme}-${what}`);
		await see('1-search');

		await t.test('adds a number and finds it in four ways of writing', async () => {
			await page.getByRole('button', { name: 'Add a number' }).click();
			const dialog = page.getByRole('dialog', { name: 'Add a number' });
			await dialog.getByLabel('Number', { exact: true }).fill('+1 (555) 010-0199');
			await dialog.getByLabel('Reason').fill('Called us');
			await see('2-add');
			await dialog.getByRole('button', { name: 'Suppress it' }).click();
			await page.getByRole('heading', { name: CUSTOMER }).waitFor();
			for (const [written, country] of [[CUSTOMER], ['001 555 010 0199'], ['tel:+1-555-010-0199'], ['(555) 010.0199', '1']]) {
				await find(page, '+15550100777');
				await page.getByText('Not suppressed').waitFor();
				await find(page, written, country);
				await page.getByRole('heading', { name: CUSTOMER }).waitFor();
				await page.getByText('Suppressed', { exact: true }).waitFor();
			}
			await see('3-number');
			await find(page, 'nobody');
			await page.getByRole('alert').filter({ hasText: 'not a number' }).waitFor();
		});

		await t.test('reads the evidence of a STOP and takes it away', async () => {
			await stop(stage, STOPPED);
			await find(page, STOPPED);
			await page.getByRole('link', { name: 'Evidence', exact: true }).click();
			await page.getByRole('heading', { name: STOPPED }).waitFor();
			await page.locator('mark', { hasText: 'STOP' }).waitFor();
			await page.locator('.sent blockquote', { hasText: 'You are unsubscribed' }).waitFor();
			await page.getByText('data_coding').waitFor();
			await see('4-evidence');
			await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
			await shot(page, `compliance-${size}-${scheme}-5-proof`);
			const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as JSON' }).click()]);
			const saved = JSON.parse(readFileSync(await download.path(), 'utf8'));
			assert.equal(saved.number, STOPPED);
			assert.equal(saved.reading.verdict, 'OPT_OUT');
		});

		await t.test('lists what happened', async () => {
			await page.getByRole('link', { name: 'Search' }).click();
			const form = page.getByRole('search', { name: 'By scope, source and time' });
			await form.getByLabel('Source').fill('keyword');
			await form.getByRole('button', { name: 'List' }).click();
			await page.getByRole('row', { name: new RegExp(`\\${STOPPED} Opted out Programme shop Keyword`) }).waitFor();
			await page.waitForFunction(() => location.hash.includes('source=keyword') && document.querySelectorAll('tbody tr').length === 1);
			await see('6-list');
		});

		await t.test('asks for a removal, and cannot approve it', async () => {
			await find(page, CUSTOMER);
			await page.getByRole('button', { name: 'Ask for removal of Everything' }).click();
			const dialog = page.getByRole('dialog');
			await dialog.getByLabel('What stays suppressed').selectOption(`number:${OURS}`);
			await dialog.getByLabel('Reference').fill('Case 7');
			await dialog.getByLabel('Reason').fill('Consent by letter');
			await see('7-removal');
			await dialog.getByRole('button', { name: 'Ask for it' }).click();
			await notice(page, 'Somebody else has to approve it.');
			await page.getByRole('link', { name: /^Requests/ }).click();
			await page.getByText('Somebody else answers').waitFor();
			assert.equal(await page.getByRole('button', { name: /^Approve/ }).count(), 0);
			await see('8-requests');
		});

		await t.test('somebody else approves it', async () => {
			const lee = await stage.officer('lee', { size, scheme });
			await lee.getByRole('link', { name: /^Requests\s*1/ }).click();
			await lee.getByRole('button', { name: `Approve ${CUSTOMER}` }).click();
			await shot(lee, `compliance-${size}-${scheme}-9-approve`);
			await audit(lee, 'approve');
			await lee.getByRole('button', { name: 'Approve it' }).click();
			await notice(lee, `${CUSTOMER}: approved.`);
			await lee.getByRole('row', { name: /Approved lee/ }).waitFor();
			await page.getByRole('link', { name: 'Search' }).click();
			await find(page, CUSTOMER);
			await page.getByRole('row', { name: new RegExp(`Number \\${OURS} Staff`) }).first().waitFor();
			assert.deepEqual(lee.errors, []);
		});

		await t.test('works through what is unclear, by the keyboard', async () => {
			const phone = await stage.handset('+15550100400');
			await phone.texts('wrong number');
			await page.getByRole('link', { name: 'Unclear' }).focus();
			await page.keyboard.press('Enter');
			await page.getByRole('article', { name: 'Review of +15550100400' }).waitFor();
			const other = await stage.handset('+15550100401');
			await other.texts('bye');
			await page.getByRole('article', { name: 'Review of +15550100401' }).waitFor();
			await see('B-unclear');
			for (const [key, number, action, said] of [['o', '+15550100400', 'Opt it out', 'opted out'], ['r', '+15550100401', 'Release it', 'released']]) {
				await page.keyboard.press(key);
				const dialog = page.getByRole('dialog');
				await dialog.getByLabel('Reason').fill('I have called');
				await audit(page, said);
				await dialog.getByRole('button', { name: action }).press('Enter');
				await notice(page, `${number}: ${said}.`);
				await page.getByRole('article', { name: `Review of ${number}` }).waitFor({ state: 'detached' });
			}
			await page.getByText('Nothing waits.').waitFor();
			await phone.page.close();
			await other.page.close();
		});

		await t.test('imports a list, tried dry first, and asks for it to be taken back', async () => {
			await page.getByRole('link', { name: 'Lists' }).click();
			const numbers = Array.from({ length: 2500 }, (_, i) => `+1555030${String(i).padStart(4, '0')}`);
			const text = ['phone', ...numbers, numbers[0], 'nobody'].join('\n');
			await page.getByLabel('CSV file').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
			await page.getByLabel('Reason').fill('Do not call');
			await page.getByLabel('Reason').press('Enter');
			await page.getByText('2,500 would be suppressed, 0 by another list too, 1 repeated, 1 refused').waitFor();
			await see('D-tried');
			await page.getByRole('button', { name: 'Import it' }).click();
			await page.getByText('2,500 suppressed, 0 by another list too, 1 repeated, 1 refused').waitFor();
			await page.getByRole('button', { name: /^Take back/ }).click();
			const dialog = page.getByRole('dialog');
			await dialog.getByLabel('Reference').fill('Case 8');
			await dialog.getByLabel('Reason').fill('Wrong file');
			await dialog.getByRole('button', { name: 'Ask for it' }).click();
			await page.getByText('asked to be taken back').waitFor();
			await see('E-lists');
		});

		await t.test('sees that nothing was blocked', async () => {
			await page.getByRole('link', { name: 'Blocked' }).click();
			await page.getByText('Nothing was blocked.').waitFor();
			await see('C-blocked');
		});

		await t.test('asks what a text would do', async () => {
			await page.getByRole('link', { name: 'Classify' }).click();
			await page.getByLabel('A customer writes').fill('é — do not STΟP by, please');
			await page.getByRole('button', { name: 'Read it' }).click();
			await page.getByText('It goes to an agent').waitFor();
			await page.getByLabel('A customer writes').fill('Oké, please remove me from your list');
			await page.getByRole('button', { name: 'Read it' }).click();
			await page.locator('mark', { hasText: 'remove me' }).waitFor();
			await see('A-classify');
		});
		assert.deepEqual(page.errors, []);
	});
}

test('a list that was taken back in part is gone on with by a button', async (t) => {
	const stage = await Stage.start(t);
	for (const name of ['lee', 'max']) await stage.world.addUser(name, { role: 'compliance' });
	const suppression = (words, input) => stage.world.command('bindery-router', ['suppression', ...words], { input });
	const file = join(stage.world.folder, 'list.csv');
	writeFileSync(file, '+15550200001\n');
	const { stderr } = await suppression(['import', file, '--by', 'lee', '--reason', 'r', '--source', 'crm'], '');
	const [, batch] = stderr.match(/^batch (\S+)$/m);
	const asked = await suppression(['remove', '--batch', batch, '--by', 'lee', '--reason', 'r', '--reference', 'c1', '--password-stdin'], `${PASSWORD}\n`);
	const [request] = asked.stdout.split('\t');
	await suppression(['approve', request, '--by', 'max', '--password-stdin'], `${PASSWORD}\n`);
	// As if the router had died in the middle.
	await stage.world.redis.call('HDEL', `{c0}:removal:${request.slice(2)}`, 'done');
	const page = await stage.officer('kim');
	await page.getByRole('link', { name: 'Requests' }).click();
	await page.getByText('not all yet').waitFor();
	await shot(page, 'compliance-go-on');
	await audit(page, 'go on');
	await page.getByRole('button', { name: `Go on taking List ${batch} back` }).focus();
	await page.keyboard.press('Enter');
	await notice(page, 'approved');
	// It goes on behind the answer.
	await waitFor(async () => (await stage.world.redis.call('HGET', `{c0}:removal:${request.slice(2)}`, 'done')) === '1', { what: 'it is whole' });
	await page.reload();
	await page.getByText('taken from 1 numbers').waitFor();
	assert.equal(await page.getByRole('button', { name: 'Go on' }).count(), 0);
	assert.deepEqual(page.errors, []);
});
