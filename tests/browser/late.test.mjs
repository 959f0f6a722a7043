// Answers that come later than what was asked for since: they are nobody's any more.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person, program } from '../scenario/lib/api.mjs';
import { OURS, PASSWORD } from '../scenario/lib/index.mjs';
import { waitFor } from '../scenario/lib/wait.mjs';
import { signIn, Stage } from './lib.mjs';

const [FIRST, SECOND] = ['+15550199', '+15550177'];

// Holds what the page asks for by this URL; release() lets all of it go, and waits until the page has seen it.
async function hold(page, url) {
	const held = [];
	let open;
	const gate = new Promise((resolve) => (open = resolve));
	await page.route(url, async (route) => {
		held.push(route.request());
		await gate;
		await route.fallback();
	});
	return {
		asked: () => waitFor(() => held.length > 0, { what: `${url} is asked for` }),
		async release() {
			open();
			for (const request of held) await (await request.response()).finished();
			await page.evaluate(() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen))));
		},
	};
}

const go = (page, hash) => page.evaluate((to) => (location.hash = to), hash);

test('what comes late is not shown in the place of what was asked for since', async (t) => {
	const stage = await Stage.start(t);
	const admin = await person(stage.world, 'admin', 'ada');
	assert.equal((await admin('POST', '/api/v2/routing/skills', { name: 'French' })).status, 200);
	const officer = await person(stage.world, 'compliance', 'olga');
	for (const number of [FIRST, SECOND]) {
		const added = await officer('POST', '/api/v2/compliance/suppressions', { number, scope: 'all', source: 'staff', reason: number });
		assert.equal(added.status, 201, JSON.stringify(added.body));
	}

	await t.test('of a tab that was left', async () => {
		const page = await stage.page();
		await page.goto(`${stage.world.base}/#/admin/skills`);
		await signIn(page, 'ada', PASSWORD);
		const skill = page.getByRole('button', { name: 'Change French' });
		await skill.waitFor();
		const users = await hold(page, '**/api/v2/users?*');
		await go(page, '#/admin/users');
		await users.asked();
		await go(page, '#/admin/skills');
		await skill.waitFor();
		await users.release();
		assert.equal(await skill.count(), 1, await page.locator('main').innerText());
	});

	await t.test('of another number', async () => {
		const page = await stage.page();
		await page.goto(stage.world.base);
		await signIn(page, 'olga', PASSWORD);
		const shown = (number) => page.locator('main').getByText(number).count();
		const first = await hold(page, `**/suppressions?number=${encodeURIComponent(FIRST)}*`);
		await go(page, `#/compliance/search?number=${encodeURIComponent(FIRST)}`);
		await first.asked();
		await go(page, `#/compliance/search?number=${encodeURIComponent(SECOND)}`);
		await page.locator('main').getByText(SECOND).first().waitFor();
		await first.release();
		assert.deepEqual([await shown(FIRST), (await shown(SECOND)) > 0], [0, true]);
	});

	await t.test('asked for twice', async () => {
		const shop = await program(stage.world, 'conversations');
		for (const number of [FIRST, SECOND])
			assert.equal((await shop('POST', '/api/v2/conversations/messages/agentless',
				{ fromAddress: OURS, toAddress: number, toAddressMessengerType: 'sms', textBody: 'Sale!' })).status, 400);
		const page = await stage.page();
		await page.goto(stage.world.base);
		await signIn(page, 'olga', PASSWORD);
		// One a page.
		await page.route('**/compliance/blocked?*', (route) =>
			route.continue({ url: route.request().url().replace('pageSize=50', 'pageSize=1') }));
		await go(page, '#/compliance/blocked');
		const rows = page.getByRole('table').getByRole('row');
		const more = page.getByRole('button', { name: 'More' });
		await more.waitFor();
		assert.equal(await rows.count(), 2, 'with the head');
		const next = await hold(page, '**/compliance/blocked?*cursor=*');
		await more.dispatchEvent('click');
		await more.dispatchEvent('click');
		await next.asked();
		await next.release();
		await page.getByRole('rowheader', { name: FIRST }).first().waitFor();
		assert.equal(await rows.count(), 3);
	});
});
