// What the browser tests share: Debian's Chromium, the simulated carrier with its handset page, the
// daemons of the scenario tests, screenshots under build/screenshots, and the accessibility audit.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { freePort, OURS, QUEUE, settles, waitFor, World } from '../scenario/lib/index.mjs';
import { Handsets } from '../sim/handset.mjs';
import { Smsc } from '../sim/smsc.mjs';
import { Web } from '../sim/web.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCREENSHOTS = join(ROOT, 'build/screenshots');
const CONSOLE = join(ROOT, 'router/console');
const SYSTEM_ID = 'bindery';
const PASSWORD = 'demo';
const TIMEOUT_MS = 45_000; // bounds how long a failure takes
const FLAGS = [
	'--headless',
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

// What is looked at and audited while it rings is to ring on.
const RINGING = { ...QUEUE, alerting_timeout_s: 300 };

export const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

// The carrier with its handsets, both daemons, a browser. All of it ends with the test `t`.
export class Stage {
	static async start(t, changes = {}) {
		assert.ok(existsSync(join(CONSOLE, 'dist/index.html')), 'the console is not built');
		const stage = new Stage();
		t.after(() => stage.finish());
		stage.smsc = new Smsc({ systemId: SYSTEM_ID, password: PASSWORD });
		stage.handsets = new Handsets(stage.smsc);
		stage.web = new Web({ smsc: stage.smsc, handsets: stage.handsets, numbers: [OURS] });
		const port = await stage.smsc.listen(await freePort()); // some tests go away from it, and come back
		stage.handsetUrl = `http://127.0.0.1:${await stage.web.listen(0)}/`;
		stage.world = await World.start(t, { changes: { carriers: [carrierAt(port)], queues: [RINGING], ...changes } });
		stage.browser = await chromium.launch({
			executablePath: process.env.BINDERY_CHROMIUM ?? '/usr/bin/chromium',
			args: FLAGS,
			timeout: 120_000,
		});
		return stage;
	}

	// A page of its own session; what it logs as an error is kept in `page.errors`.
	async page({ size = 'desktop', scheme = 'light' } = {}) {
		const context = await this.browser.newContext({
			viewport: SIZES[size],
			colorScheme: scheme,
			locale: 'en-GB',
		});
		context.setDefaultTimeout(TIMEOUT_MS);
		return this.window(context);
	}

	async window(context) {
		const page = await context.newPage();
		page.errors = [];
		page.on('pageerror', (error) => page.errors.push(String(error)));
		page.on('console', (message) => {
			// A connection that fails, or a refusal that the page expects, is logged by the browser.
			const expected = /WebSocket connection|Failed to load resource/.test(message.text());
			if (message.type() === 'error' && !expected) page.errors.push(message.text());
		});
		return page;
	}

	// A phone in the customer's hand, on the handset page.
	async handset(number) {
		const page = await this.page();
		await page.goto(this.handsetUrl);
		// What comes first says from which numbers one writes to which, and fills the field.
		await page.locator('#ours option').first().waitFor({ state: 'attached' });
		await page.locator('#customer').fill(number);
		await page.locator('#customer').press('Enter');
		await page.locator('#phones button[aria-current=true]', { hasText: number }).waitFor({ state: 'attached' });
		return {
			page,
			// Once it is on its way: texts go out in the order in which they are written.
			async texts(text) {
				await page.locator('#text').fill(text);
				const sent = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/send');
				await page.getByRole('button', { name: 'Send', exact: true }).click();
				assert.equal((await sent).status(), 202, `“${text}” of ${number}`);
			},
			gets: (text) => page.locator('.bubble.business', { hasText: text }).first().waitFor(),
			count: (text) => page.locator('.bubble.business', { hasText: text }).count(),
		};
	}

	agent(name, options) {
		return this.person(name, 'agent', options);
	}

	// Who answers for consent, on their first page.
	async officer(name, options) {
		const page = await this.person(name, 'compliance', options);
		await page.getByRole('heading', { name: 'Search' }).waitFor();
		return page;
	}

	// Somebody who has signed in by the form.
	async person(name, role, options) {
		const password = await this.world.addUser(name, { role });
		const page = await this.page(options);
		await page.goto(this.world.base);
		await signIn(page, name, password);
		return page;
	}

	async finish() {
		await this.browser?.close();
		await Promise.all([this.smsc?.close(), this.web?.close()]);
	}
}

function carrierAt(port) {
	return {
		name: 'acme',
		hosts: [{ host: '127.0.0.1', port }],
		system_id: SYSTEM_ID,
		password: PASSWORD,
		binds: 2,
		window: 10,
	};
}

export async function signIn(page, name, password) {
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('Password').fill(password);
	await page.getByLabel('Password').press('Enter');
}

// Writes an entity of the directory, as the router would.
export function keep({ world }, kind, id, fields) {
	const flat = Object.entries(fields).flatMap(([name, value]) => [`f:${name}`, value]);
	return world.redis.call('FCALL', 'entity_put', 1, '{acd}', 'kind', kind, 'id', id, 'by', 'ada',
		'now', `${Date.now()}`, 'version', '', 'unique', '', 'forget', '', ...flat);
}

export async function goOnQueue(page) {
	await page.getByRole('switch', { name: 'On queue' }).click();
	await page.locator('[role=switch][aria-checked=true]').waitFor();
}

// Takes the offer of this customer by the keyboard.
export async function acceptOffer(page, customer) {
	await page.getByRole('article', { name: `Offer from ${customer}` }).waitFor();
	await page.keyboard.press('Alt+a');
	await page.getByRole('heading', { name: customer }).waitFor();
}

// An agent who has begun to talk with a customer.
export async function talk(t, { customer, text, ...options }) {
	const stage = await Stage.start(t);
	const ann = await stage.agent('ann', options);
	await goOnQueue(ann);
	const phone = await stage.handset(customer);
	await phone.texts(text);
	await acceptOffer(ann, customer);
	await bubble(ann, text).waitFor();
	return { stage, ann, phone };
}

export const reply = (page) => page.getByRole('textbox', { name: /^Reply to/ });

// The bubble with this text, of either side.
export const bubble = (page, text) => page.locator('.bubble', { hasText: text });

const ACTIVE = () => {
	const { localName, id, className, textContent } = document.activeElement;
	return `${localName}#${id}.${className} ${textContent.slice(0, 60)}`;
};

// Waits until what the locator says has the focus.
export async function focused(page, locator, what = `${locator}`) {
	let active;
	await waitFor(async () => {
		active = await page.evaluate(ACTIVE);
		return (await locator.count()) === 1 && locator.evaluate((element) => document.activeElement === element);
	}, { what: () => `the focus ${what}, where it is on ${active}` });
}

export async function shot(page, name) {
	mkdirSync(SCREENSHOTS, { recursive: true });
	await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

// What is wider than the page, or than the dialog or the pane that it is in.
const sticksOut = () => [document.documentElement, ...document.querySelectorAll('dialog[open], .list, .thread, .side')]
	.filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth)
	.map(({ className, localName }) => className || localName);

// A picture, and the audit of what is on it; nothing sticks out.
export async function look(page, name) {
	await shot(page, name);
	await audit(page, name);
	await settles(() => page.evaluate(sticksOut), [], { what: `what sticks out of ${name}` });
}

// Fails on anything that axe calls serious or critical.
export async function audit(page, where) {
	const axe = readFileSync(join(CONSOLE, 'node_modules/axe-core/axe.min.js'), 'utf8');
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run(document));
	const found = violations
		.filter(({ impact }) => ['serious', 'critical'].includes(impact))
		.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ target }) => target.join(' '))}`);
	assert.deepEqual(found, []);
}
