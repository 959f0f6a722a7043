// The end of a session: whoever ended it themselves is asked for nothing more than their name, and everybody else is told
// why there is nothing but a form where their work was.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PASSWORD } from '../scenario/lib/index.mjs';
import { look, reply, signIn, Stage, talk } from './lib.mjs';

const ENDED = 'Your session has ended. Sign in to go on.';
const form = (page) => page.getByLabel('Password');
const out = (page) => page.getByRole('button', { name: 'Sign out', exact: true });

test('an agent signs out in one window, and the other says so and keeps what was begun', async (t) => {
	const { stage, ann } = await talk(t, { customer: '+447700900001', text: 'Hello' });
	await reply(ann).fill('half an ans');
	const other = await stage.window(ann.context());
	await other.goto(stage.world.base);
	await out(other).click();
	await form(other).waitFor();
	await form(ann).waitFor();
	assert.equal(await other.getByText(ENDED).count(), 0);
	await ann.getByText(ENDED).waitFor();
	await look(ann, 'session-ended');
	await signIn(ann, 'ann', 'no password of hers');
	await ann.getByText('The name or the password is wrong.').waitFor();
	await signIn(ann, 'ann', PASSWORD);
	await ann.locator('.row').click();
	assert.equal(await reply(ann).inputValue(), 'half an ans');
	await out(ann).click();
	await form(ann).waitFor();
	assert.equal(await ann.getByText(ENDED).count(), 0);
	assert.deepEqual([...ann.errors, ...other.errors], []);
});

for (const where of ['floor', 'carriers']) {
	test(`the same of the ${where}, which are live`, async (t) => {
		const stage = await Stage.start(t);
		const root = await stage.person('root', 'admin');
		await out(root).waitFor();
		await root.goto(`${stage.world.base}/#/${where}`);
		const other = await stage.window(root.context());
		await other.goto(`${stage.world.base}/#/${where}`);
		await out(root).waitFor();
		await out(other).click();
		await form(other).waitFor();
		await root.getByText(ENDED).waitFor();
		assert.equal(await other.getByText(ENDED).count(), 0);
		assert.deepEqual([...root.errors, ...other.errors], []);
	});
}
