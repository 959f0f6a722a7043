// What holds back a message that a program sends: opt-outs, of a category alone as well, texts that nobody has read,
// hours at the recipient's place.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { program } from './lib/api.mjs';
import { OURS, PASSWORD, waitFor, World } from './lib/index.mjs';
import { partitionOf } from './lib/load.mjs';

const PATH = '/api/v2/conversations/messages/agentless';
const QUIET = '+15550106'; // a number whose programme sends at no hour
const LATER = '+15550107'; // one that sends at any hour but this one
const STOPPED = 'You are unsubscribed.';

let world;
let shop;
before(async () => {
	const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: 'numeric', timeZone: 'Europe/London' }).format(new Date()));
	const [from, to] = hour < 12 ? [hour + 2, 24] : [0, hour - 1];
	const programme = (name, hours, more = {}) => ({ name, scope: 'programme', stop_text: STOPPED, help_text: 'Help.', start_text: 'Back.', hours, ...more });
	const own = (first, last) => ({ preset: 'own', from: first, to: last, sunday_from: first, sunday_to: last });
	const number = (address, name) => ({ address, carrier: 'acme', queue: 'support', programme: name });
	world = await World.start(null, {
		changes: {
			programmes: [
				programme('shop', { preset: 'none' }, { categories: [{ name: 'offers', words: ['offers'], marketing: true }, { name: 'parcels', words: ['parcels'] }] }),
				programme('quiet', own(0, 0)),
				programme('later', own(from, to)),
			],
			numbers: [number(OURS, 'shop'), number(QUIET, 'quiet'), number(LATER, 'later')],
		},
	});
	await world.addUser('kim', { role: 'compliance' });
	shop = await program(world, 'conversations', 'Shop');
});
after(() => world.finish());

let customers = 100;
const customer = () => `+447700900${customers++}`;
const send = (to, textBody, more = {}) =>
	shop('POST', PATH, { fromAddress: OURS, toAddress: to, toAddressMessengerType: 'sms', textBody, ...more });
const accepted = async (promise) => {
	const { status, body } = await promise;
	assert.equal(status, 202, JSON.stringify(body));
	return body;
};
const refused = async (promise, code) => {
	const { status, body } = await promise;
	assert.deepEqual([status, body.code], [400, code]);
};
async function say(from, text) {
	const before = await world.metric(world.base, 'bindery_mo_total');
	await world.carrier.deliver({ from, to: OURS, text });
	await world.metricIs(world.base, 'bindery_mo_total', before + 1);
}
const suppression = async (...words) => (await world.command('bindery-router', ['suppression', ...words], {})).stdout;
const sent = (to) => world.carrier.submits.all.filter(({ destination }) => `+${destination}` === to).map(({ text }) => text);

describe('a category', () => {
	it('is refused to who has opted out of it alone; the rest goes', async () => {
		const to = customer();
		await accepted(send(to, 'Two for one', { category: 'offers' }));
		await world.carrier.expectSubmit({ to, text: 'Two for one' });
		await say(to, 'STOP OFFERS');
		await world.carrier.expectSubmit({ to, text: STOPPED });
		await refused(send(to, 'Three for two', { category: 'offers' }), 'recipient.opted.out');
		await accepted(send(to, 'Your parcel is here', { category: 'parcels' }));
		await world.carrier.expectSubmit({ to, text: 'Your parcel is here' });
		const [line] = (await suppression('blocked', to)).trim().split('\n').map((row) => row.split('\t'));
		assert.match(line[2], /^client:/);
		assert.equal(line[7], 'c:shop:offers');
		assert.match(line[8], /^keyword \d+-\d+$/);
	});

	it('that is not named may be the one, and what waited without one is stopped', async () => {
		const to = customer();
		await accepted(send(to, 'Tomorrow: two for one', { scheduleDeliveryTime: new Date(Date.now() + 86400000).toISOString() }));
		await say(to, 'STOP OFFERS');
		await world.carrier.expectSubmit({ to, text: STOPPED });
		const { status, body } = await send(to, 'Three for two');
		assert.deepEqual([status, body.code], [400, 'recipient.opted.out']);
		assert.match(body.message, /a category of the sender's messages, and this one names none/);
		assert.deepEqual((await suppression('blocked', to)).trim().split('\n').map((row) => row.split('\t')[1]).sort(), ['accept', 'dispatch']);
		await say(to, 'START');
		await accepted(send(to, 'Three for two'));
		await world.carrier.expectSubmit({ to, text: 'Three for two' });
	});

	it('that nobody has is refused', async () => {
		await refused(send(customer(), 'Hm', { category: 'gossip' }), 'category.unknown');
		await refused(send(customer(), 'Hm', { category: '' }), 'bad.request');
	});

	it('of marketing makes “no” a text for a person, which a question of service does not', async () => {
		const [asked, sold] = [customer(), customer()];
		await accepted(send(asked, 'Is Tuesday fine?'));
		await accepted(send(sold, 'Want two for one?', { category: 'offers' }));
		for (const to of [asked, sold]) await world.carrier.expectSubmit({ to });
		for (const from of [asked, sold]) await say(from, 'No');
		const review = await suppression('review');
		assert.ok(review.includes(sold), review);
		assert.ok(!review.includes(asked), review);
	});
});

it('waits while nobody has read what the customer wrote, and goes when it is released', async () => {
	const to = customer();
	await say(to, 'Wrong number');
	await accepted(send(to, 'Your parcel is here'));
	await accepted(send(customer(), 'The next one'));
	await world.carrier.expectSubmit({ text: 'The next one' });
	assert.deepEqual(sent(to), []);
	const [review] = (await suppression('review')).split('\n').find((line) => line.includes(to)).split('\t');
	const { code, stderr } = await world.command('bindery-router',
		['suppression', 'decide', review, 'release', '--by', 'kim', '--reason', 'r', '--password-stdin'], { input: `${PASSWORD}\n` });
	assert.equal(code, 0, stderr);
	await world.carrier.expectSubmit({ to, text: 'Your parcel is here' });
});

describe('hours at the recipient’s place', () => {
	it('that never come refuse it', async () => {
		await refused(send(customer(), 'Psst', { fromAddress: QUIET }), 'quiet.hours');
	});

	it('that are not now make it wait, with the windows of its whole validity', async () => {
		const to = customer();
		await accepted(send(to, 'In the morning', { fromAddress: LATER }));
		const later = `{c${partitionOf(to)}}:later`;
		await waitFor(async () => Number(await world.redis.call('ZCARD', later)) === 1, { what: 'it waits' });
		const [, minute] = await world.redis.call('ZRANGE', later, 0, 0, 'WITHSCORES');
		assert.ok(Number(minute) * 60_000 > Date.now());
		assert.equal(Number(minute) % 60, 0);
		assert.deepEqual(sent(to), []);
	});
});
