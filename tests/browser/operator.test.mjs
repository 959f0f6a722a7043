// Who runs the gateway watches a carrier that misbehaves, and tells it what to do.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, settles } from '../scenario/lib/index.mjs';
import { focused, look, signIn, Stage } from './lib.mjs';

// An hour of samples as the gateway would have written them, with a bad quarter in the middle.
async function remember(redis) {
	const now = Date.now();
	for (let i = 359; i > 0; i -= 1) {
		const bad = i > 150 && i < 240;
		const wave = Math.sin(i / 18) + 1.2;
		const sent = Math.round((bad ? 15 : 60) * wave);
		const sample = {
			mo: Math.round(40 * wave), receipts: sent, refused: 0, submitted: sent, sent,
			failed: bad ? 2 : 0, unknown: 0, throttled: bad ? 6 + (i % 5) : 0,
			errors: bad ? 3 : 0, window: bad ? 3 : Math.round(6 * wave), window_max: 20,
			bound: i > 190 && i < 215 ? 1 : 2, binds: 2,
			p50_ms: bad ? 180 + (i % 40) : 22 + (i % 9), p95_ms: bad ? 900 + 9 * (i % 40) : 60 + (i % 30),
		};
		// A stretch of which nothing is known: the gateway was down.
		if (i > 60 && i < 75) continue;
		await redis.call('XADD', '{gw}:samples:acme', `${now - i * 10_000}-0`, ...Object.entries(sample).flat().map(String));
	}
}

const ask = (stage, from) => stage.handsets.send(from, OURS, 'HELP');

async function watchIt(t, size, scheme) {
	const stage = await Stage.start(t);
	const { redis } = stage.world;
	await redis.call('DEL', '{gw}:samples:acme');
	await remember(redis);
	const password = await stage.world.addUser('ada', { role: 'admin' });
	const page = await stage.page({ size, scheme });
	const name = (what) => `operator-${size}-${scheme}-${what}`;
	const see = (what) => look(page, name(what));
	const state = (value) => page.locator(`.carrier [data-state=${value}]`).waitFor();

	await page.goto(stage.world.base);
	await signIn(page, 'ada', password);
	await page.getByRole('heading', { name: 'acme' }).waitFor();
	await state('bound');
	await page.locator('.plot-box path.line-0[d*=L]').first().waitFor({ state: 'attached' });
	await settles(() => page.getByRole('row', { name: /Bound, transceiver/ }).count(), 2, { what: 'binds that stand' });
	await settles(() => page.title(), 'Carriers · Bindery', { what: 'the title' });
	await see('1-bound');

	// It says that we are too fast, then answers slowly.
	stage.smsc.trouble.throttleEvery = 2;
	for (let i = 0; i < 8; i += 1) ask(stage, `+155502${10 + i}`);
	await page.locator('.figures div', { hasText: 'Throttled' }).getByText(/^[1-9]/).waitFor();
	await page.getByRole('cell', { name: /^RTHROTTLED .* ago$/ }).first().waitFor();
	await see('2-throttled');
	stage.smsc.trouble.throttleEvery = 0;

	// It goes away without a word, and comes back.
	await new Promise((resolve) => {
		stage.smsc.server.close();
		stage.smsc.drop();
		resolve();
	});
	await state('down');
	await page.getByRole('row', { name: /attempt \d+ in \d+ s/ }).first().waitFor();
	await settles(() => page.title(), '(1) Carriers · Bindery', { what: 'the title' });
	await page.getByText('acme: Down.').waitFor({ state: 'attached' });
	await see('3-down');
	const port = (await stage.world.command('bindery-gateway', ['status', '--json'])).stdout.match(/"port":(\d+)/)[1];
	await stage.smsc.listen(Number(port));
	await state('bound');
	return { stage, page, see, state };
}

test('an operator watches, pauses and resumes a carrier, at a desk by daylight', async (t) => {
	const { stage, page, see, state } = await watchIt(t, 'desktop', 'light');

	await t.test('by the keyboard alone', async () => {
		await page.getByRole('button', { name: 'Pause acme' }).focus();
		await page.keyboard.press('Enter');
		await page.getByRole('dialog', { name: 'Pause acme?' }).waitFor();
		await see('4-pause');
		await page.keyboard.press('Escape');
		await page.getByRole('dialog').waitFor({ state: 'detached' });
		await focused(page, page.getByRole('button', { name: 'Pause acme' }));
		await page.keyboard.press('Enter');
		await page.getByRole('button', { name: 'Pause it' }).focus();
		await page.keyboard.press('Enter');
		await state('paused');
		assert.equal(await page.getByRole('button', { name: 'Pause acme' }).isDisabled(), true, 'it is paused already');
		await page.getByRole('button', { name: 'Resume acme' }).click();
		await state('bound');
		const [event] = (await stage.world.redis.stream('{gw}:events')).map(({ fields }) => fields);
		assert.equal(event.command, 'pause');
		assert.equal(event.by, 'ada');
	});

	await t.test('each plot has a table', async () => {
		await page.getByText('Table of Traffic').click();
		const table = page.getByRole('table', { name: /Traffic, a second/ });
		await table.waitFor();
		assert.equal(await table.getByRole('row').count(), 13);
		await see('5-table');
		await page.getByText('Table of Traffic').click();
	});

	await t.test('the pointer reads a moment', async () => {
		const plot = page.locator('.plot-box > svg').first();
		const box = await plot.boundingBox();
		await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
		await page.locator('.plot-at', { hasText: ':' }).first().waitFor();
		await page.mouse.move(0, 0);
	});

	await t.test('a server that cannot be reached is said to be', async () => {
		await stage.world.redis.kill();
		await page.getByRole('alert').waitFor();
		await page.getByText(/as of \d+ s ago/).waitFor();
		await stage.world.redis.start();
		await page.getByText('Live', { exact: true }).waitFor();
	});
	assert.deepEqual(page.errors, []);
});

for (const [size, scheme] of [['desktop', 'dark'], ['phone', 'light'], ['phone', 'dark']])
	test(`an operator watches a carrier, ${size}, ${scheme}`, async (t) => {
		const { page } = await watchIt(t, size, scheme);
		// Nothing sticks out: what is wide scrolls in its own box.
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
		assert.deepEqual(page.errors, []);
	});

test('a supervisor sees and cannot command, and an agent goes to and fro', async (t) => {
	const stage = await Stage.start(t);
	const sue = await stage.page();
	const password = await stage.world.addUser('sue', { role: 'supervisor,agent' });
	await sue.goto(stage.world.base);
	await signIn(sue, 'sue', password);
	await sue.getByRole('switch', { name: 'On queue' }).waitFor();
	await sue.getByRole('link', { name: 'Carriers' }).click();
	await sue.getByRole('heading', { name: 'acme' }).waitFor();
	assert.equal(await sue.getByRole('button', { name: /Pause/ }).count(), 0);
	await sue.getByRole('link', { name: 'Desk' }).click();
	await sue.getByRole('switch', { name: 'On queue' }).waitFor();

	const ann = await stage.agent('ann');
	await ann.getByRole('switch', { name: 'On queue' }).waitFor();
	assert.equal(await ann.getByRole('link', { name: 'Carriers' }).count(), 0);
	await ann.goto(`${stage.world.base}/#/carriers`);
	await ann.getByRole('switch', { name: 'On queue' }).waitFor();

	const cora = await stage.page();
	await cora.goto(stage.world.base);
	await signIn(cora, 'cora', await stage.world.addUser('cora', { role: 'compliance' }));
	await cora.getByRole('heading', { name: 'Compliance' }).waitFor();
	assert.equal(await cora.getByRole('link', { name: 'Carriers' }).count(), 0);
});
