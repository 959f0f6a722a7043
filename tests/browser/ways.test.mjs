// Whoever does more than one thing gets from each page to all the others.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from '../scenario/lib/api.mjs';
import { PASSWORD, settles } from '../scenario/lib/index.mjs';
import { look, signIn, Stage } from './lib.mjs';

const PAGES = ['Floor', 'Carriers', 'Customers', 'Set up', 'Compliance', 'Desk'];
const HEADINGS = { ...Object.fromEntries(PAGES.map((name) => [name, name])), Desk: 'Bindery' };

// What whoever has one role alone gets to.
const OTHERS = { supervisor: ['Floor', 'Carriers', 'Customers'], compliance: ['Customers', 'Compliance'], admin: PAGES.slice(0, -1) };

// The ways that can be seen.
const ways = (page) => page.locator('.bar > a:visible, .ways a:visible').allInnerTexts();

for (const [size, scheme] of [['desktop', 'dark'], ['phone', 'light']]) {
	test(`from each page to all the others, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const root = await person(stage.world, 'admin');
		const roles = ['agent', 'supervisor', 'compliance', 'admin'];
		const ann = { name: 'Ann', username: 'ann', password: PASSWORD, roles, capacity: 3, state: 'active' };
		assert.equal((await root('POST', '/api/v2/users', ann)).status, 200);
		await stage.world.addUser('bob');
		for (const role of Object.keys(OTHERS)) await stage.world.addUser(role, { role });
		const page = await stage.page({ size, scheme });
		await page.goto(stage.world.base);
		await signIn(page, 'ann', PASSWORD);
		await page.getByText('You are off queue').waitFor();
		for (const name of PAGES) {
			const way = page.getByRole('link', { name, exact: true }).locator('visible=true');
			await way.focus();
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { name: HEADINGS[name], level: 1 }).waitFor();
			await settles(() => ways(page), PAGES.filter((other) => other !== name), { what: `the ways from ${name}` });
			const [first, last] = [page.locator('.brand'), page.getByRole('button', { name: 'Sign out' })];
			const { y, height } = await first.boundingBox();
			assert.ok(Math.abs((await last.boundingBox()).y - y) < height, `${name}: the bar is one line`);
			await look(page, `ways-${size}-${scheme}-${name.replace(' ', '-').toLowerCase()}`);
		}
		await page.getByRole('button', { name: 'Sign out' }).click();
		await signIn(page, 'bob', PASSWORD);
		await page.getByText('You are off queue').waitFor();
		await settles(() => ways(page), [], { what: 'the ways of an agent, who has the desk' });
		for (const [name, has] of Object.entries(OTHERS)) {
			await page.getByRole('button', { name: 'Sign out' }).click();
			await signIn(page, name, PASSWORD);
			const here = page.getByRole('heading', { name: new RegExp(`^(${has.join('|')})$`), level: 1 });
			await here.waitFor();
			const title = (await here.innerText()).trim();
			await settles(() => ways(page), has.filter((other) => other !== title), { what: `the ways of ${name}` });
		}
		assert.deepEqual(page.errors, []);
	});
}
