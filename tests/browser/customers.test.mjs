// Customers: what an agent sees of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from '../scenario/lib/api.mjs';
import { acceptOffer, audit, bubble, goOnQueue, reply, shot, Stage } from './lib.mjs';

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

const look = async (page, name) => {
	await shot(page, name);
	await audit(page, name);
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
