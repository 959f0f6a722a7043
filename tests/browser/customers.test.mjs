// Customers: what an agent sees of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from '../scenario/lib/api.mjs';
import { acceptOffer, bubble, goOnQueue, look, reply, signIn, Stage } from './lib.mjs';

const PATH = '/api/v2/externalcontacts/contacts';
const CUSTOMER = '+15550199';
const POP = [
	{ label: 'Level', field: 'tier' },
	{ label: 'Town', field: 'address.city' },
	{ label: 'CRM', link: 'https://crm.example.com/find?phone={{customer.number}}&name={{customer.name}}' },
];
const IDA = {
	cellPhone: { e164: CUSTOMER }, firstName: 'Ida', lastName: 'Berg', title: 'Buyer', address: { city: 'Bath' },
	customFields: { tier: 'gold', order: 'A-7' },
};

const side = (page) => page.getByRole('region', { name: 'Customer details' });

for (const { size, scheme } of [{ size: 'desktop', scheme: 'light' }, { size: 'phone', scheme: 'dark' }]) {
	test(`an agent sees who writes, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t, { screen_pop: POP });
		const lead = await person(stage.world, 'supervisor');
		const library = { name: 'Order', texts: [{ content: 'Dear {{customer.title|}} {{customer.name|friend}}, {{customer.order}} is here.' }] };
		assert.equal((await lead('POST', '/api/v2/responsemanagement/responses', library)).status, 200);
		const phone = await stage.handset(CUSTOMER);
		const ann = await stage.agent('ann', { size, scheme });
		await goOnQueue(ann);

		await phone.texts('Is it here?');
		await acceptOffer(ann, CUSTOMER);
		const details = ann.getByRole('button', { name: 'Customer details' });
		if (size === 'phone') await details.click();
		await side(ann).getByText('Nothing else is known by this number.').waitFor();
		await look(ann, `customers-desk-unknown-${size}`);

		// They are made known while the conversation goes on.
		const { body: made } = await lead('POST', PATH, IDA);
		await side(ann).getByText('Ida Berg').waitFor();
		assert.deepEqual(
			(await side(ann).locator('dl').first().locator('dt').allInnerTexts()).slice(-3),
			['Level', 'Town', 'CRM'],
		);
		const link = side(ann).getByRole('link', { name: 'Open CRM in a new tab' });
		assert.equal(await link.getAttribute('href'), 'https://crm.example.com/find?phone=%2B15550199&name=Ida%20Berg');
		assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
		await look(ann, `customers-desk-known-${size}`);
		if (size === 'phone') await side(ann).getByRole('button', { name: 'Back to the conversation' }).click();
		await ann.getByRole('heading', { name: 'Ida Berg' }).waitFor();

		await reply(ann).fill('/');
		await ann.getByRole('listbox', { name: 'Canned responses' }).getByRole('option').first().click();
		assert.equal(await reply(ann).inputValue(), 'Dear Buyer Ida Berg, A-7 is here.');
		await reply(ann).press('Enter');
		await phone.gets('Dear Buyer Ida Berg, A-7 is here.');

		// A new name is there at once, in the list too; the next offer says it.
		await lead('PUT', made.selfUri, { ...IDA, lastName: 'Zorn' });
		await ann.getByRole('heading', { name: 'Ida Zorn' }).waitFor();
		await ann.reload();
		await ann.getByRole('heading', { name: 'Ida Zorn' }).waitFor();
		await bubble(ann, 'Is it here?').waitFor();
		await ann.getByRole('button', { name: 'Close', exact: true }).click();
		const dialog = ann.getByRole('dialog');
		await dialog.getByRole('radio').first().check();
		await dialog.getByRole('button', { name: 'Close conversation' }).click();
		await dialog.waitFor({ state: 'detached' });
		await phone.texts('And another');
		await ann.getByRole('article', { name: 'Offer from Ida Zorn' }).waitFor();
		await look(ann, `customers-desk-offer-${size}`);
		await ann.keyboard.press('Alt+a');
		await ann.getByRole('heading', { name: 'Ida Zorn' }).waitFor();

		// Erased, they are a number again.
		assert.equal((await lead('DELETE', made.selfUri)).status, 204);
		await ann.getByRole('heading', { name: CUSTOMER }).waitFor();
		assert.deepEqual(ann.errors, []);
	});
}

const CSV = [
	'Phone,First name,Last name,Town,Tier',
	'07700 900301,Adam,Ash,Bath,gold',
	'07700 900302,Bea,Birch,Wells,silver',
	'nobody,Cid,Cedar,York,',
	'07700 900301,Adam,Ashe,Bath,gold',
	'07700 900304,"Dora ""D""","Dogwood,\nthe elder",York,',
].join('\r\n');

for (const { size, scheme } of [{ size: 'desktop', scheme: 'light' }, { size: 'phone', scheme: 'dark' }]) {
	test(`a supervisor keeps customers, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const password = await stage.world.addUser('sue', { role: 'supervisor' });
		const page = await stage.page({ size, scheme });
		const name = (what) => `customers-page-${size}-${what}`;
		await page.goto(`${stage.world.base}/#/customers`);
		await signIn(page, 'sue', password);
		const dialog = page.getByRole('dialog');
		const row = (text) => page.getByRole('row', { name: new RegExp(text) });
		const done = () => dialog.waitFor({ state: 'detached' });

		await page.getByText('No customers yet.').waitFor();
		await look(page, name('empty'));

		// By keyboard: add one, with a field of one's own.
		await page.getByRole('button', { name: 'Add a customer' }).focus();
		await page.keyboard.press('Enter');
		await dialog.getByLabel(/^Number that they text from/).fill('01234');
		await dialog.getByLabel('First name').fill('Ida');
		await dialog.getByLabel('Last name').fill('Berg');
		await dialog.getByRole('button', { name: 'Add a field' }).click();
		await dialog.getByLabel('Name of field 1').fill('tier');
		await dialog.getByLabel('Value of field 1').fill('gold');
		await dialog.getByLabel('Value of field 1').press('Enter');
		await dialog.getByRole('alert').getByText('cellPhone must be').waitFor();
		await look(page, name('refused'));
		await dialog.getByLabel(/^Number that they text from/).fill('+44 7700 900300');
		await dialog.getByLabel('Value of field 1').press('Enter');
		await done();
		await row('Ida Berg').getByText('+447700900300').waitFor();

		await row('Ida Berg').getByRole('button', { name: 'Change Ida Berg' }).click();
		assert.equal(await dialog.getByLabel('Value of field 1').inputValue(), 'gold');
		await dialog.getByText('Address and more').click();
		await dialog.getByLabel('City').fill('Bath');
		await dialog.getByLabel('Last name').fill('Zorn');
		await look(page, name('change'));
		await dialog.getByRole('button', { name: 'Save' }).click();
		await done();
		await row('Ida Zorn').getByText('Bath').waitFor();

		// A file: dry first, then for good, then again.
		await page.getByRole('link', { name: 'Import' }).click();
		await page.getByLabel('CSV file').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV, 'latin1') });
		await page.getByLabel('Country, of national numbers').fill('44');
		await page.getByRole('button', { name: 'Try it dry' }).click();
		const says = (text) => page.getByRole('status').filter({ hasText: text }).waitFor();
		await says('5 rows, 100 %: 3 would be added, 0 would be changed, 0 as they were, 1 repeated, 1 refused');
		await page.getByText('Tier → own field Tier').waitFor();
		await row('^4').getByText('not a number').waitFor();
		await look(page, name('tried'));
		await page.getByRole('button', { name: 'Import it' }).click();
		await page.getByText('list.csv is imported.').waitFor();
		await says('3 added, 0 changed');
		await page.getByRole('button', { name: 'Try it dry' }).click();
		await says('0 would be added, 0 would be changed, 3 as they were');

		// Found by name and by the end of a number; nobody found says how one looks.
		await page.getByRole('link', { name: 'Search' }).click();
		await row('Bea Birch').waitFor();
		await look(page, name('list'));
		const search = page.getByRole('searchbox', { name: 'Find customers' });
		await search.fill('dora dog');
		await row('Dora').getByText('+447700900304').waitFor();
		await row('Bea').waitFor({ state: 'detached' });
		await search.fill('900302');
		await row('Bea Birch').waitFor();
		await says('1 found');
		await search.fill('xyzzy');
		await page.getByText('Nobody is found by “xyzzy”.').waitFor();
		await look(page, name('nobody'));
		await search.fill('');
		await row('Ida Zorn').getByRole('button', { name: 'Erase Ida Zorn' }).click();
		await look(page, name('erase'));
		await dialog.getByRole('button', { name: 'Erase', exact: true }).click();
		await done();
		await row('Ida Zorn').waitFor({ state: 'detached' });
		assert.deepEqual(page.errors, []);
	});
}

test('who answers for consent sees what was changed, and erases', async (t) => {
	const stage = await Stage.start(t);
	const lead = await person(stage.world, 'supervisor', 'sue');
	const { body: made } = await lead('POST', PATH, IDA);
	await lead('PUT', made.selfUri, { ...IDA, lastName: 'Zorn' });
	const password = await stage.world.addUser('kim', { role: 'compliance' });
	const page = await stage.page();
	await page.goto(`${stage.world.base}/#/customers`);
	await signIn(page, 'kim', password);
	const row = page.getByRole('row', { name: /Ida Zorn/ });
	await row.waitFor();
	assert.equal(await page.getByRole('button', { name: /Add|Change/ }).count(), 0);
	await row.getByRole('button', { name: 'History Ida Zorn' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByText('sue changed it').waitFor();
	assert.equal(await dialog.getByRole('row', { name: /lastName Berg Zorn/ }).count(), 1);
	await look(page, 'customers-page-history');
	await page.keyboard.press('Escape');
	await row.getByRole('button', { name: 'Erase Ida Zorn' }).click();
	await dialog.getByRole('button', { name: 'Erase', exact: true }).click();
	await page.getByText('No customers yet.').waitFor();
	assert.deepEqual(page.errors, []);
});
