// A whole day: two agents and a supervisor at three browsers, customers with their phones, and a router that is
// restarted in the middle. By mouse and by keyboard alone, at a desk and on a phone, by day and by night.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { settles } from '../scenario/lib/index.mjs';
import { bubble, focused, look, reply, signIn, Stage } from './lib.mjs';

const EVE = '+15550199';
const DAN = '+15550177';
const RESPONSE = ['f:name', 'Greeting', 'f:text', 'Hello {{customer.name|there}}, this is {{agent.name}}.'];

const dialogOf = (page) => page.getByRole('dialog');

// Moves the focus with Tab until it is on what the locator finds.
async function tabTo(page, locator) {
	await locator.waitFor();
	for (let at = 0; at < 60; at += 1) {
		if (await locator.evaluate((element) => element === document.activeElement)) return;
		await page.keyboard.press('Tab');
	}
	assert.fail(`Tab does not come to ${locator}`);
}

// What a person does, by mouse or by keyboard alone.
class Person {
	constructor(page, keys) {
		Object.assign(this, { page, keys });
	}

	button(name, within = this.page) {
		return within.getByRole('button', { name, exact: true });
	}

	async press(locator) {
		if (!this.keys) return locator.click();
		await tabTo(this.page, locator);
		return this.page.keyboard.press('Enter');
	}

	async command(key, mouse) {
		return this.keys ? this.page.keyboard.press(key) : mouse();
	}

	// The list beside or, on a phone, behind the thread.
	async toList() {
		const back = this.page.getByRole('button', { name: 'Back to the list' });
		if (await back.isVisible()) await this.press(back);
	}

	async goOnQueue() {
		await this.command('Alt+q', () => this.page.getByRole('switch', { name: 'On queue' }).click());
		await this.page.locator('[role=switch][aria-checked=true]').waitFor();
	}

	async accept(customer) {
		if (!this.keys) await this.toList();
		const offer = this.page.getByRole('article', { name: `Offer from ${customer}`, includeHidden: true });
		await offer.waitFor({ state: this.keys ? 'attached' : 'visible' });
		await this.command('Alt+a', () => offer.getByRole('button', { name: /^Accept/ }).click());
		await this.page.getByRole('heading', { name: customer }).waitFor();
	}

	async write(field, text) {
		if (this.keys) {
			await focused(this.page, field);
			await this.page.keyboard.type(text);
			await this.page.keyboard.press('Enter');
			return;
		}
		await field.fill(text);
		await field.locator('xpath=ancestor::form').getByRole('button', { name: /^(Send|Keep)$/ }).click();
	}

	async answer(text) {
		await this.command('Alt+l', () => this.button('Reply').click());
		await reply(this.page).waitFor();
		await this.write(reply(this.page), text);
		await bubble(this.page, text).waitFor();
	}

	async note(text) {
		await this.command('Alt+p', () => this.button('Note').click());
		const field = this.page.getByRole('textbox', { name: 'Note for colleagues' });
		await field.waitFor();
		await this.write(field, text);
		await bubble(this.page, text).waitFor();
	}

	// Chooses a radio button of the dialog that is open.
	async choose(name) {
		const radio = dialogOf(this.page).getByRole('radio', { name, disabled: false });
		await radio.waitFor();
		if (!this.keys) return radio.check();
		const all = dialogOf(this.page).locator('input[type=radio]:enabled');
		await tabTo(this.page, all.first());
		for (let at = await all.count(); at > 0 && !(await radio.isChecked()); at -= 1) {
			if (at === (await all.count())) await this.page.keyboard.press('Space');
			else await this.page.keyboard.press('ArrowDown');
		}
		assert.ok(await radio.isChecked(), `the keyboard chooses ${name}`);
		return undefined;
	}

	async give(how, to) {
		await this.command('Alt+t', () => this.button('Transfer').click());
		await this.choose(to);
		await this.press(this.button(how, dialogOf(this.page)));
		await dialogOf(this.page).waitFor({ state: 'detached' });
	}

	// Closes, or wraps up, with the first code.
	async close(button) {
		await this.command('Alt+e', () => this.button(button === 'Wrap up' ? button : 'Close').click());
		await this.choose('Resolved');
		await this.press(this.button(button, dialogOf(this.page)));
		await dialogOf(this.page).waitFor({ state: 'detached' });
	}

	async begin(customer, text) {
		if (!this.keys) await this.toList();
		await this.command('Alt+n', () => this.button('New').click());
		const number = dialogOf(this.page).getByLabel('Customer’s number');
		const field = dialogOf(this.page).getByLabel('Text');
		await this.page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'tel');
		if (this.keys) {
			await this.page.keyboard.type(customer);
			await this.page.keyboard.press('Tab');
			await this.page.keyboard.type(text);
		} else {
			await number.fill(customer);
			await field.fill(text);
		}
		await this.press(this.button('Send', dialogOf(this.page)));
		await dialogOf(this.page).waitFor({ state: 'detached' });
		await this.page.getByRole('heading', { name: customer }).waitFor();
	}
}

async function open(t, { keys, size, scheme }) {
	const stage = await Stage.start(t);
	await stage.world.redis.call('FCALL', 'entity_put', 1, '{acd}', 'kind', 'response', 'id', 'r1', 'by', 'ada',
		'now', `${Date.now()}`, 'version', '', 'unique', '', 'forget', '', ...RESPONSE);
	const person = async (name, role) => {
		const password = await stage.world.addUser(name, { role });
		const page = await stage.page({ size, scheme });
		await page.goto(stage.world.base);
		await signIn(page, name, password);
		return new Person(page, keys);
	};
	const [ann, bob, sue] = [await person('ann'), await person('bob'), await person('sue', 'supervisor')];
	const see = (who, name) => look(who.page, `day-${size}-${scheme}-${name}`);
	return { stage, ann, bob, sue, see };
}

const floorRow = (sue, name) => sue.page.getByRole('row', { name: new RegExp(`^${name}`) });
const delivered = (who, text) => bubble(who.page, text).getByRole('img', { name: 'Delivered' }).waitFor();

async function morning({ stage, ann, bob, sue, see }) {
	await sue.page.getByRole('heading', { name: 'Floor' }).waitFor();
	await sue.page.getByText('Live', { exact: true }).waitFor();
	await ann.goOnQueue();
	const eve = await stage.handset(EVE);
	await eve.texts('Where is my order?');
	await ann.page.getByRole('article', { name: `Offer from ${EVE}` }).waitFor();
	await see(ann, '1-offer');
	await ann.accept(EVE);
	await floorRow(sue, 'ann').getByText('1/3').waitFor();
	await ann.command('Alt+l', () => reply(ann.page).click());
	await focused(ann.page, reply(ann.page));
	await ann.page.keyboard.type('/gre');
	const response = ann.page.getByRole('listbox', { name: 'Canned responses' }).getByRole('option').first();
	await response.waitFor();
	await ann.command('Enter', () => response.click());
	assert.equal(await reply(ann.page).inputValue(), 'Hello there, this is ann.');
	await ann.page.keyboard.press('Enter');
	await delivered(ann, 'Hello there');
	await ann.note('Order 17');
	await bob.goOnQueue();
	await floorRow(sue, 'bob').getByText('0/3').waitFor();
	await see(sue, '2-floor');
	return eve;
}

async function noon({ stage, ann, sue, see }, eve) {
	await stage.world.router.kill();
	await ann.page.getByText('Connection lost').waitFor({ state: 'attached' });
	await ann.answer('Written in the dark');
	await eve.texts('Said in the dark');
	await see(ann, '3-lost');
	await stage.world.startRouter();
	await bubble(ann.page, 'Said in the dark').waitFor();
	await eve.gets('Written in the dark');
	await delivered(ann, 'Written in the dark');
	assert.equal(await bubble(ann.page, 'in the dark').count(), 2);
	assert.equal(await eve.count('Written in the dark'), 1);
	await sue.page.getByText('Live', { exact: true }).waitFor();
	await floorRow(sue, 'ann').getByText('1/3').waitFor();
}

async function afternoon({ ann, bob, see }, eve) {
	await ann.give('Ask first', /^bob/);
	await ann.page.getByText(/^Ringing at bob/).waitFor();
	await see(ann, '4-asking');
	await bob.accept(EVE);
	await bubble(bob.page, 'Order 17').waitFor();
	await bob.answer('I have your order here.');
	await eve.gets('I have your order here.');
	await ann.page.getByText('After-call work: ').waitFor();
	await ann.close('Wrap up');
	await ann.page.getByRole('heading', { name: EVE }).waitFor({ state: 'detached' });
	// Given away for good, it rings at ann alone, and is hers again.
	await bob.give('Transfer', /^ann/);
	await ann.accept(EVE);
	await eve.texts('Thank you both');
	await bubble(ann.page, 'Thank you both').waitFor();
	await ann.close('Close conversation');
	await ann.page.getByRole('heading', { name: EVE }).waitFor({ state: 'detached' });
}

async function evening({ stage, bob, sue, see }) {
	const dan = await stage.handset(DAN);
	await bob.begin(DAN, 'Your parcel is at the gate');
	await dan.gets('Your parcel is at the gate');
	await dan.texts('STOP');
	await bob.page.getByText('Replies are locked').waitFor();
	await see(bob, '5-opted-out');
	await dan.texts('START');
	await bob.page.getByText('Replies are locked').waitFor({ state: 'detached' });
	await bob.answer('Good that you are back.');
	await dan.gets('Good that you are back.');
	await bob.close('Close conversation');
	await bob.page.getByRole('heading', { name: DAN }).waitFor({ state: 'detached' });
	for (const name of ['ann', 'bob']) await floorRow(sue, name).getByText('0/3').waitFor();
	await see(sue, '6-floor');
	assert.equal(await dan.count('Your parcel'), 1);
}

const DAYS = [
	['by mouse', false, 'desktop', 'light'],
	['by keyboard alone', true, 'desktop', 'dark'],
	['by touch', false, 'phone', 'light'],
	['by keyboard alone', true, 'phone', 'dark'],
];

for (const [how, keys, size, scheme] of DAYS) {
	test(`a whole day ${how}, ${size}, ${scheme}`, async (t) => {
		const day = await open(t, { keys, size, scheme });
		const eve = await morning(day);
		await noon(day, eve);
		await afternoon(day, eve);
		await evening(day);
		const { stage, ann, bob, sue } = day;
		assert.deepEqual([ann, bob, sue].flatMap(({ page }) => page.errors), []);
		assert.equal(await stage.world.metric(stage.world.base, 'bindery_sweep_found'), 0);
		await settles(() => stage.world.redis.keys('{acd}:conv:*'), [], { what: 'what is left on the floor' });
	});
}
