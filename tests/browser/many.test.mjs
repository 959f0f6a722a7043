// Long names and words, and more of them than a page holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from '../scenario/lib/api.mjs';
import { settles } from '../scenario/lib/index.mjs';
import { bubble, goOnQueue, keep, look, signIn, Stage } from './lib.mjs';

const CUSTOMER = '+15550199';
const WORD = 'Donaudampfschifffahrtsgesellschaftskapitänswitwenrente';
const LONG = `${WORD}: Rücksendungen und Erstattungen`;
const NAME = ['Maximiliane-Charlotte', `von und zu ${WORD}`];
const QUEUES = 300;

// Whether two things on the page lie on one another.
const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

async function meet(stage, page, see) {
	stage.handsets.send(CUSTOMER, '+15550100', 'Where is it?');
	const card = page.getByRole('article', { name: /^Offer from Maximiliane/ });
	await card.waitFor();
	assert.equal(await card.getByRole('timer').evaluate(({ offsetHeight }) => offsetHeight < 30), true, 'one line');
	const middle = ({ y, height }) => y + height / 2;
	const [first, last] = [page.getByRole('switch'), page.getByRole('button', { name: 'Sign out' })];
	assert.ok(Math.abs(middle(await first.boundingBox()) - middle(await last.boundingBox())) < 5, 'the bar is one line');
	await see('offer');
	await page.keyboard.press('Alt+a');
	const head = page.getByRole('heading', { name: NAME.join(' ') });
	await head.waitFor();
	await bubble(page, 'Where is it?').waitFor();
	stage.handsets.send(CUSTOMER, '+15550100', 'STOP');
	await page.getByText('Replies are locked').waitFor();
	await see('thread');
	const title = await head.boundingBox();
	for (const button of await page.locator('.thread-head button:visible').all())
		assert.equal(overlap(title, await button.boundingBox()), false, await button.innerText());
	await head.getByText('opted out').waitFor();
}

for (const [size, scheme] of [['desktop', 'light'], ['phone', 'dark']]) {
	test(`an agent among ${QUEUES} queues, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const see = (page, what) => look(page, `many-${size}-${scheme}-${what}`);
		const lead = await person(stage.world, 'supervisor');
		const made = { cellPhone: { e164: CUSTOMER }, firstName: NAME[0], lastName: NAME[1] };
		assert.equal((await lead('POST', '/api/v2/externalcontacts/contacts', made)).status, 200);
		await keep(stage, 'queue', 'long', { name: LONG });
		for (let i = 0; i < QUEUES; i += 1) await keep(stage, 'queue', `q${i}`, { name: `Region ${i}` });
		const ann = await stage.agent('ann', { size, scheme });
		await goOnQueue(ann);
		await meet(stage, ann, (what) => see(ann, what));

		await ann.keyboard.press('Alt+t');
		const dialog = ann.getByRole('dialog');
		const find = dialog.getByRole('searchbox', { name: 'Find a queue' });
		await find.waitFor();
		await find.pressSequentially('region 29');
		await settles(
			() => dialog.getByRole('group', { name: 'To a queue' }).getByRole('radio').evaluateAll((all) =>
				all.map((one) => one.parentElement.firstChild.nextSibling.textContent.trim())),
			['Region 29', ...Array.from({ length: 10 }, (_, i) => `Region 29${i}`)],
			{ what: 'the queues that are found' },
		);
		// It finds, and sends nothing.
		await ann.keyboard.press('Enter');
		assert.equal(await dialog.locator('.form-error:not(:empty)').count(), 0);
		await find.fill('erstattungen');
		await see(ann, 'transfer');
		await ann.keyboard.press('Tab');
		await ann.keyboard.press('Space');
		await dialog.getByRole('button', { name: 'Transfer', exact: true }).click();
		await dialog.waitFor({ state: 'detached' });

		await ann.keyboard.press('Alt+n');
		await ann.getByRole('dialog', { name: 'New conversation' }).getByLabel('On behalf of').selectOption({ label: LONG });
		await see(ann, 'start');
		await ann.keyboard.press('Escape');
		assert.deepEqual(ann.errors, []);
	});

	test(`a supervisor over ${QUEUES} queues, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		await keep(stage, 'queue', 'long', { name: LONG });
		for (let i = 0; i < QUEUES; i += 1) await keep(stage, 'queue', `q${i}`, { name: `Region ${i}` });
		const password = await stage.world.addUser('sue', { role: 'supervisor' });
		const sue = await stage.page({ size, scheme });
		await sue.goto(`${stage.world.base}/#/floor`);
		await signIn(sue, 'sue', password);
		const queues = sue.getByRole('region', { name: 'Queues' }).locator('tbody tr');
		await sue.waitForFunction((most) => document.querySelectorAll('tbody tr').length >= most, QUEUES);
		await settles(
			async () => (await queues.locator('th').allInnerTexts()).slice(1, 4),
			['Region 0', 'Region 1', 'Region 2'],
			{ what: 'the queues behind the first' },
		);
		// What comes under the queues is not 300 rows away.
		const agents = await sue.getByRole('heading', { name: 'Agents' }).boundingBox();
		assert.ok(agents.y < 2 * sue.viewportSize().height, `${agents.y}`);
		await look(sue, `many-${size}-${scheme}-floor`);
		await sue.getByRole('searchbox', { name: 'Find a queue' }).fill('erstatt');
		await settles(() => queues.count(), 1, { what: 'queues that are found' });
		const waiting = queues.first().locator('td').first();
		assert.ok((await waiting.boundingBox()).x < sue.viewportSize().width, 'how many wait is in sight');
		await sue.getByRole('searchbox', { name: 'Find a queue' }).fill('nobody');
		await sue.getByText('None is called so.').waitFor();
		assert.deepEqual(sue.errors, []);
	});
}
