// Setting a day up without a line of configuration: skills, codes, a user, a queue with members, on the pages.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from '../scenario/lib/api.mjs';
import { PASSWORD, waitFor } from '../scenario/lib/index.mjs';
import { focused, look, signIn, Stage } from './lib.mjs';

for (const [size, scheme] of [['desktop', 'light'], ['phone', 'dark']]) {
	test(`an admin sets people and things up, ${size}, ${scheme}`, async (t) => {
		const stage = await Stage.start(t);
		const see = (page, name) => look(page, `admin-${size}-${scheme}-${name}`);
		const password = await stage.world.addUser('root', { role: 'admin' });
		const page = await stage.page({ size, scheme });
		await page.goto(`${stage.world.base}/#/admin/skills`);
		await signIn(page, 'root', password);
		const dialog = page.getByRole('dialog');
		const row = (name) => page.getByRole('row', { name: new RegExp(`^${name}`) });
		const add = async (what, fields) => {
			await page.getByRole('button', { name: `Add a ${what}` }).click();
			for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
			await dialog.getByRole('button', { name: 'Add' }).click();
		};
		const done = () => dialog.waitFor({ state: 'detached' });

		await page.getByText('There are none.').waitFor();
		await add('skill', { Name: 'French', Description: 'Speaks it' });
		await done();
		await row('French').getByText('Speaks it').waitFor();
		await add('skill', { Name: 'french' });
		await dialog.getByText('Another one has this name.').waitFor();
		await see(page, 'refused');
		await page.keyboard.press('Escape');
		await done();

		await page.getByRole('link', { name: 'Wrap-up codes' }).click();
		await row('Resolved').waitFor();
		assert.equal(await row('Resolved').getByRole('button', { name: /^Delete/ }).isDisabled(), true);
		await add('wrap-up code', { Name: 'Called back' });
		await done();
		await row('Called back').getByRole('button', { name: /^Delete/ }).click();
		await dialog.getByRole('button', { name: 'Delete' }).click();
		await done();
		await row('Called back').waitFor({ state: 'detached' });

		await page.getByRole('link', { name: 'Users' }).click();
		await add('user', {
			Name: 'Zoe Zander', 'Signs in as': 'zoe', 'Password, 8 characters at least': 'short',
		});
		await dialog.getByRole('alert').getByText(/password/i).waitFor();
		await dialog.getByLabel('Password, 8 characters at least').fill('long enough');
		await dialog.getByRole('button', { name: 'Add' }).click();
		await done();
		await row('Zoe Zander').getByRole('button', { name: /^Skills/ }).click();
		await dialog.getByLabel('French').selectOption('4');
		await see(page, 'skills');
		await dialog.getByRole('button', { name: 'Save' }).click();
		await done();
		await row('Zoe Zander').getByRole('button', { name: /^Skills/ }).click();
		await dialog.getByLabel('French').waitFor();
		assert.equal(await dialog.getByLabel('French').inputValue(), '4');
		await page.keyboard.press('Escape');
		await done();
		await see(page, 'users');

		await page.getByRole('link', { name: 'Queues' }).click();
		await add('queue', { Name: 'Returns', 'An offer rings for, in seconds, 7 to 900': '45' });
		await done();
		await row('Returns').getByText('45 s').waitFor();
		await row('Returns').getByRole('button', { name: /^Members/ }).click();
		await dialog.getByLabel('Zoe Zander').selectOption('2');
		await dialog.getByRole('button', { name: 'Save' }).click();
		await done();
		await row('Returns').getByRole('button', { name: /^Members/ }).click();
		await dialog.getByLabel('Zoe Zander').waitFor();
		assert.equal(await dialog.getByLabel('Zoe Zander').inputValue(), '2');
		await see(page, 'members');
		await page.keyboard.press('Escape');
		await done();
		await row('Returns').getByRole('button', { name: /^Change/ }).click();
		await see(page, 'queue');
		await dialog.getByLabel('After-call work').selectOption('MANDATORY_TIMEOUT');
		await dialog.getByRole('button', { name: 'Save' }).click();
		await done();
		await see(page, 'queues');

		// What comes to a number goes there, and to her before the others.
		await page.getByRole('link', { name: 'Numbers' }).click();
		await row('.15550100').getByText('support').waitFor();
		assert.equal(await page.getByRole('button', { name: /^(Add|Delete)/ }).count(), 0);
		await row('.15550100').getByRole('button', { name: /^Change/ }).click();
		await dialog.getByLabel('New conversations go to').selectOption({ label: 'Returns' });
		await dialog.getByLabel('Zoe Zander').selectOption('first');
		await dialog.getByLabel('They alone are asked for, in seconds').fill('20');
		await see(page, 'number');
		await dialog.getByRole('button', { name: 'Save' }).click();
		await done();
		// By what they are called, not by their ids.
		await row('.15550100').getByText('Returns', { exact: true }).waitFor();
		await row('.15550100').getByText('Zoe Zander', { exact: true }).waitFor();
		await see(page, 'numbers');

		await page.getByRole('link', { name: 'Libraries' }).click();
		await add('library', { Name: 'Greetings' });
		await done();
		await page.getByRole('link', { name: 'Canned responses' }).click();
		await page.getByRole('button', { name: 'Add a canned response' }).click();
		await dialog.getByLabel('Name', { exact: true }).fill('Hello');
		await dialog.getByLabel('Library').selectOption({ label: 'Greetings' });
		await dialog.getByLabel('Text').fill('Hello {{customer.name}}, how can I help?');
		await see(page, 'response');
		await dialog.getByRole('button', { name: 'Add' }).click();
		await done();
		await row('Hello').getByText('how can I help').waitFor();

		await page.getByRole('link', { name: 'Presences' }).click();
		await row('Meal').getByText('Meal', { exact: true }).first().waitFor();
		await add('presence', { Name: 'Coaching' });
		await done();
		await row('Coaching').getByText('Busy').waitFor();
		await see(page, 'presences');

		// A program, whose secret is shown once and works at once.
		await page.getByRole('link', { name: 'API clients' }).click();
		await page.getByText('There are none.').waitFor();
		await page.getByRole('button', { name: 'Add a client' }).click();
		await dialog.getByLabel('Name', { exact: true }).fill('Shop');
		await see(page, 'client');
		await dialog.getByRole('button', { name: 'Add' }).click();
		await dialog.getByText('It is shown this once.').waitFor();
		await see(page, 'secret');
		const token = async () => {
			const [id, secret] = await dialog.locator('code').allTextContents();
			const answer = await fetch(`${stage.world.base}/oauth/token`, {
				method: 'POST',
				headers: {
					authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
					'content-type': 'application/x-www-form-urlencoded',
				},
				body: 'grant_type=client_credentials',
			});
			return answer.status;
		};
		assert.equal(await token(), 200);
		await dialog.getByRole('button', { name: 'I have it' }).click();
		await done();
		await row('Shop').getByRole('button', { name: /^New secret/ }).click();
		await dialog.getByRole('button', { name: 'Make it' }).click();
		await dialog.getByText('It is shown this once.').waitFor();
		assert.equal(await token(), 200);
		await dialog.getByRole('button', { name: 'I have it' }).click();
		await done();
		await row('Shop').getByText('conversations').waitFor();
		await see(page, 'clients');

		// Supervisors see it by its name.
		await page.getByRole('link', { name: 'Floor' }).click();
		await page.getByRole('button', { name: 'Returns', exact: true }).waitFor();

		// Whoever was added works at once.
		const zoe = await stage.page();
		await zoe.goto(stage.world.base);
		await signIn(zoe, 'zoe', 'long enough');
		await zoe.getByRole('switch', { name: 'On queue' }).waitFor();
		assert.deepEqual(page.errors, []);
	});
}

test('what a dialog was not told is not saved: a server that is slow, and then does not answer', async (t) => {
	const stage = await Stage.start(t);
	const ada = await person(stage.world, 'admin', 'ada');
	const { body: skill } = await ada('POST', '/api/v2/routing/skills', { name: 'French' });
	await stage.world.addUser('zoe');
	const own = '/api/v2/users/zoe/routingskills';
	assert.equal((await ada('PUT', `${own}/bulk`, [{ id: skill.id, proficiency: 4 }])).status, 200);
	const page = await stage.page();
	await page.goto(`${stage.world.base}/#/admin/users`);
	await signIn(page, 'ada', PASSWORD);
	let refuse;
	await page.route(`**${own}?*`, async (route) => {
		await new Promise((resolve) => (refuse = resolve));
		await route.abort();
	});
	await page.getByRole('button', { name: 'Skills zoe' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByText('Loading…').waitFor();
	const save = dialog.getByRole('button', { name: 'Save' });
	assert.equal(await save.isDisabled(), true, 'it would take away what is not there yet');
	await waitFor(() => refuse, { what: 'it is asked' });
	refuse();
	await dialog.getByRole('alert').getByText('The server cannot be reached.').waitFor();
	assert.equal(await dialog.getByText('Loading…').count(), 0);
	assert.equal(await save.isDisabled(), true);
	await look(page, 'admin-slow');
	await page.keyboard.press('Escape');
	await page.unroute(`**${own}?*`);
	await page.getByRole('button', { name: 'Skills zoe' }).click();
	assert.equal(await dialog.getByLabel('French').inputValue(), '4');
	await save.click();
	await dialog.waitFor({ state: 'detached' });
	assert.equal((await ada('GET', own)).body.entities[0].proficiency, 4);
	assert.deepEqual(page.errors, []);
});

test('of two admins at the same members neither loses what the other has done', async (t) => {
	const stage = await Stage.start(t);
	const root = await person(stage.world, 'admin', 'root');
	for (const name of ['Ann', 'Bob', 'Cyd'])
		await root('POST', '/api/v2/users', { name, username: name.toLowerCase(), password: PASSWORD });
	await root('POST', '/api/v2/routing/queues', { name: 'Returns' });
	const page = await stage.page();
	await page.goto(`${stage.world.base}/#/admin/queues`);
	await signIn(page, 'root', PASSWORD);
	const dialog = page.getByRole('dialog');
	const members = '/api/v2/routing/queues/Returns/members';
	await page.getByRole('button', { name: 'Members Returns' }).click();
	await dialog.getByLabel('Ann').selectOption('1');
	await dialog.getByLabel('Cyd').selectOption('3');
	assert.equal((await root('POST', members, [{ id: 'bob', ringNumber: 2 }])).status, 204);
	await dialog.getByRole('button', { name: 'Save' }).press('Enter');
	await dialog.getByRole('alert').getByText('Somebody else has changed the members of this queue').waitFor();
	await look(page, 'admin-late');
	const again = dialog.getByRole('button', { name: 'Look again' });
	await focused(page, again, 'on what is to be done now');
	await again.press('Enter');
	await dialog.getByText('Changed meanwhile: Bob: ring 2 (was no).').waitFor();
	await look(page, 'admin-looked-again');
	for (const [name, ring] of [['Ann', '1'], ['Bob', '2'], ['Cyd', '3']])
		assert.equal(await dialog.getByLabel(name).inputValue(), ring);
	await dialog.getByLabel('Cyd').selectOption('');
	await dialog.getByRole('button', { name: 'Save' }).press('Enter');
	await dialog.waitFor({ state: 'detached' });
	const { body } = await root('GET', members);
	assert.deepEqual(body.entities.map(({ id, ringNumber }) => [id, ringNumber]), [['ann', 1], ['bob', 2]]);

	// Who comes is kept before who goes: the other one may be there in between.
	await page.getByRole('button', { name: 'Members Returns' }).click();
	await dialog.getByLabel('Cyd').selectOption('4');
	await dialog.getByLabel('Bob').selectOption('');
	await page.route(`**${members}?delete=true`, async (route) => {
		assert.equal((await root('PATCH', `${members}/ann`, { ringNumber: 5 })).status, 204);
		await route.continue();
	}, { times: 1 });
	await dialog.getByRole('button', { name: 'Save' }).press('Enter');
	await again.press('Enter');
	await dialog.getByText('Changed meanwhile: Ann: ring 5 (was ring 1). What you chose').waitFor();
	await dialog.getByRole('button', { name: 'Save' }).press('Enter');
	await dialog.waitFor({ state: 'detached' });
	const now = await root('GET', members);
	assert.deepEqual(now.body.entities.map(({ id, ringNumber }) => [id, ringNumber]), [['ann', 5], ['cyd', 4]]);
});
