// What a supervisor sees of the floor, live: on a desk by day and on a phone at night.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { settles } from '../scenario/lib/index.mjs';
import { acceptOffer, audit, goOnQueue, look, reply, shot, signIn, Stage } from './lib.mjs';

const CUSTOMER = '+15550199';

const number = (page, label) =>
	page.getByLabel('The floor now').locator('div', { hasText: label }).locator('dd');
const row = (page, name) => page.getByRole('row', { name: new RegExp(`^${name}`) });

for (const [size, scheme] of [['desktop', 'light'], ['phone', 'dark']]) {
	test(`a supervisor watches the floor, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const see = (page, what) => look(page, `floor-${size}-${scheme}-${what}`);
		const password = await stage.world.addUser('sue', { role: 'supervisor' });
		const sue = await stage.page({ size, scheme });
		await sue.goto(stage.world.base);
		await signIn(sue, 'sue', password);
		await sue.getByText('Live', { exact: true }).waitFor();
		const phone = await stage.handset(CUSTOMER);
		await phone.texts('Is anybody there?');
		await row(sue, 'support').getByText('nobody on queue').waitFor();
		await settles(() => number(sue, 'Waiting').innerText(), '1', { what: 'how many wait' });
		await see(sue, 'waiting');
		const ann = await stage.agent('ann');
		await goOnQueue(ann);
		await number(sue, 'Ringing').getByText('1').waitFor();
		await acceptOffer(ann, CUSTOMER);
		await row(sue, 'ann').getByText('Interacting').waitFor();
		await row(sue, 'ann').getByText('1/3').waitFor();
		await number(sue, 'Waiting').getByText('0').waitFor();
		await see(sue, 'working');
		// The router goes and comes: the last figures stand, and say what they are, until it is back.
		await stage.world.router.kill();
		await sue.getByText('These are the last figures').waitFor();
		await row(sue, 'ann').getByText('1/3').waitFor();
		await stage.world.startRouter();
		await sue.getByText('Live', { exact: true }).waitFor();
		assert.deepEqual(sue.errors, []);
	});
}

test('a supervisor sees the day and its last hours, and the table behind a plot', async (t) => {
	const stage = await Stage.start(t);
	const password = await stage.world.addUser('sue', { role: 'supervisor' });
	const ann = await stage.agent('ann');
	await goOnQueue(ann);
	const phone = await stage.handset(CUSTOMER);
	await phone.texts('Is anybody there?');
	await acceptOffer(ann, CUSTOMER);
	await reply(ann).fill('How can I help?');
	await reply(ann).press('Enter');
	const sue = await stage.page();
	await sue.goto(`${stage.world.base}/#/floor`);
	await signIn(sue, 'sue', password);
	await number(sue, 'Answered today').getByText('1/1').waitFor();
	await number(sue, 'In time today').getByText('100 %').waitFor();
	await number(sue, 'Response today').getByText(/^\d+:\d\d$/).waitFor();
	const plot = sue.locator('figure', { hasText: 'Conversations' });
	await plot.getByText('Offered').first().waitFor();
	await plot.locator('summary').click();
	await settles(() => plot.getByRole('row').count(), 13, { what: 'rows of the table' });
	await sue.getByLabel('Show').selectOption('24 hours');
	await plot.getByText('−24 h').waitFor();
	await shot(sue, 'floor-day');
	await audit(sue, 'day');
	await sue.getByRole('button', { name: 'support', exact: true }).click();
	await sue.getByRole('complementary').getByLabel('Today').getByText('Offered').waitFor();
	const answers = sue.getByRole('complementary').locator('dl > div', { hasText: 'Mean first response' });
	await answers.locator('dd', { hasText: /^\d+:\d\d$/ }).waitFor();
	await sue.getByRole('complementary').locator('figure').first().waitFor();
	await shot(sue, 'floor-day-queue');
	await audit(sue, 'queue');
	await sue.keyboard.press('Escape');
	await sue.getByRole('button', { name: 'ann', exact: true }).click();
	await sue.getByRole('complementary').getByText('Handled').waitFor();
	await shot(sue, 'floor-day-agent');
	await audit(sue, 'agent');
	assert.deepEqual(sue.errors, []);
});
