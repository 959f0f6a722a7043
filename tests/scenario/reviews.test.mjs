// A text that may or may not be an opt-out: what goes out meanwhile, who reads it, and what they decide.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { person } from './lib/api.mjs';
import { OURS, waitFor, World } from './lib/index.mjs';
import { enqueue, partitionOf } from './lib/load.mjs';
import { officer } from './lib/officer.mjs';

let world;
let ann;
before(async () => {
	world = await World.start(null);
	ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
	for (const name of ['kim', 'lee']) await world.addUser(name, { role: 'compliance' });
});
after(() => world.finish());

const { suppression, confirmed, refuses } = officer(() => world);
const decide = (...words) => confirmed('decide', ...words);
const lines = async () => (await suppression('review')).stdout.trim().split('\n').filter(Boolean).map((line) => line.split('\t'));

async function say(from, text) {
	const before = await world.metric(world.base, 'bindery_mo_total');
	await world.carrier.deliver({ from, to: OURS, text });
	await world.metricIs(world.base, 'bindery_mo_total', before + 1);
}

async function reviewOf(customer) {
	let found;
	await waitFor(async () => (found = (await lines()).find((line) => line[1] === customer)), { what: `a review of ${customer}` });
	return found;
}

const campaign = (customer, id) => enqueue(world.redis, [{ id, customer, text: `Sale ${id}` }]);
const submitted = (customer) => world.carrier.submits.all.filter(({ destination }) => `+${destination}` === customer).map(({ text }) => text);

describe('“wrong number” out of the blue', () => {
	const customer = '+15550100301';

	it('holds the campaign and nothing else, and reaches an agent who may answer', async () => {
		await say(customer, 'Wrong number');
		const { id } = await ann.acceptNext(customer);
		const [review, , ours, scope, at, due, state, told, rule, more, by, text] = await reviewOf(customer);
		assert.match(review, new RegExp(`^${partitionOf(customer)}\\.\\d+-\\d+$`));
		assert.deepEqual([ours, scope, state, told, more, by, text], [OURS, 'p:shop', 'open', '', '0', '', 'Wrong number']);
		assert.match(rule, /^9 en /);
		assert.ok(Number(due) > Number(at) && Number(due) <= Number(at) + 4 * 86400_000);
		await campaign(customer, 'held1');
		await campaign('+15550100302', 'free1');
		await world.carrier.expectSubmit({ text: 'Sale free1' });
		await ann.send(id, 'Sorry about that.');
		await world.carrier.expectSubmit({ text: 'Sorry about that.' });
		assert.deepEqual(submitted(customer), ['Sorry about that.']);
		await world.metricIs(world.base, 'bindery_reviews_open', 1);
	});

	it('is released by a person who says who they are, and then it goes out', async () => {
		const [review] = await reviewOf(customer);
		const wrong = await world.command('bindery-router', ['suppression', 'decide', review, 'release', '--by', 'kim', '--reason', 'r', '--password-stdin'], { input: 'wrong\n' });
		assert.equal(wrong.code, 1);
		const { code, stdout, stderr } = await decide(review, 'release', '--by', 'kim', '--reason', 'meant the previous owner');
		assert.equal(code, 0, stderr);
		assert.equal(stdout, `${review}\t${customer}\treleased\n`);
		await world.carrier.expectSubmit({ text: 'Sale held1' });
		const again = await decide(review, 'opt-out', '--by', 'lee', '--reason', 'r');
		assert.equal(again.code, 1);
		assert.match(again.stderr, /was decided before/);
		const whole = (await suppression('review', review)).stdout;
		assert.match(whole, /\treleased\t/);
		assert.match(whole, /^said\t\S+\t\d+-\d+\t9\t\d+\tWrong number$/m);
		assert.match(whole, /^decided\t\d+\tmeant the previous owner$/m);
		assert.deepEqual(await lines(), []);
		await world.metricIs(world.base, 'bindery_reviews_open', 0);
	});

	it('says all of it in the ledger, the exported too', async () => {
		const { stdout } = await suppression('search', customer);
		assert.deepEqual(stdout.trim().split('\n').map((line) => line.split('\t').slice(2, 6).join(' ')),
			['hold p:shop keyword ', 'release p:shop review kim']);
	});
});

describe('a text that somebody reads as an opt-out', () => {
	const customer = '+15550100303';

	it('suppresses, and what was held ends suppressed', async () => {
		await say(customer, 'Cancel, I changed my mind');
		await campaign(customer, 'held2');
		const [review] = await reviewOf(customer);
		const { code, stderr } = await decide(review, 'opt-out', '--by', 'lee', '--reason', 'they mean it', '--scope', 'all');
		assert.equal(code, 0, stderr);
		const state = () => world.redis.call('HGET', `{c${partitionOf(customer)}}:msg:held2`, 'state');
		await waitFor(async () => (await state()) === 'suppressed', { what: async () => `held2 is ${await state()}` });
		assert.match((await suppression('search', customer)).stdout, /^\+15550100303\tall\tkeyword\t/);
		await world.carrier.expectSubmit({ to: customer, text: 'You are unsubscribed and will get no more messages.' });
		await say(customer, 'STOP');
		await say(customer, 'Hello?');
		await campaign('+15550100302', 'free2');
		await world.carrier.expectSubmit({ text: 'Sale free2' });
		assert.deepEqual(submitted(customer), ['You are unsubscribed and will get no more messages.'], 'one confirmation, and nothing for the STOP behind it');
	});
});

describe('an opt-out that is read late', () => {
	it('is one, and is not confirmed when five minutes have gone by since the text', async () => {
		const customer = '+15550100306';
		await say(customer, 'Cancel, I changed my mind');
		const [review] = await reviewOf(customer);
		const [partition, id] = review.split(/\.(.*)/);
		const tag = `{c${partition}}`;
		await world.redis.call('HSET', `${tag}:review:${id}`, 'at', Date.now() - 300_001); // as if they had
		assert.equal((await decide(review, 'opt-out', '--by', 'lee', '--reason', 'they mean it')).code, 0);
		const conv = await world.redis.call('HGET', `${tag}:thread:${OURS}:${customer}`, 'conv');
		let told;
		await waitFor(async () => {
			const rows = (await world.redis.stream(`${tag}:conv:${conv}:msgs`)).filter(({ fields }) => fields.x === '1');
			told = await Promise.all(rows.map(({ fields }) => world.redis.call('HMGET', `${tag}:msg:${fields.m}`, 'state', 'reason')));
			return told.length === 1 && told[0][1] === 'expired';
		}, { what: () => `the confirmation has expired: ${JSON.stringify(told)}` });
		assert.deepEqual(submitted(customer), []);
		assert.match((await suppression('search', customer)).stdout, /^\+15550100306\tp:shop\tkeyword\t/);
	});
});

describe('an agent’s chat', () => {
	const customer = '+15550100304';

	it('holds nothing for a “no” that answers a question, or is said in the chat', async () => {
		await say(customer, 'Hello there');
		const { id } = await ann.acceptNext(customer);
		await ann.send(id, 'Is it the blue one?');
		await world.carrier.expectSubmit({ text: 'Is it the blue one?' });
		await say(customer, 'No');
		await say(customer, 'Bye');
		await ann.close(id, 'Resolved');
		await say(customer, 'no');
		const review = await reviewOf(customer);
		assert.equal(review[11], 'no');
		assert.equal(review[9], '0', 'the third alone');
	});
});

describe('one that nobody reads', () => {
	it('is told of when it is due and when it is late, and stays held over a restart', async () => {
		const customer = '+15550100305';
		await say(customer, 'not interested');
		const [review] = await reviewOf(customer);
		const [partition, id] = review.split(/\.(.*)/);
		const tag = `{c${partition}}`;
		// As if a day had passed.
		await world.redis.call('HSET', `${tag}:review:${id}`, 'due', 1, 'late', 2);
		for (const list of ['reviews', 'reviews:due']) await world.redis.call('ZADD', `${tag}:${list}`, 1, id);
		await world.metricIs(world.base, 'bindery_reviews_escalated', 1);
		await world.router.kill();
		await world.startRouter();
		await world.metricIs(world.base, 'bindery_reviews_due', 1);
		assert.equal((await reviewOf(customer))[7], ' due escalated');
		const told = (await world.happened()).filter(({ fields }) => fields.e === 'review' && fields.customer === customer);
		assert.deepEqual(told.map(({ fields }) => fields.why).sort(), ['due', 'escalated', 'open']);
	});
});

describe('more of them than one page', () => {
	// Of every partition, all due later than any real one.
	const waiting = (partition, count) => world.redis.call('EVAL', `
		local tag = '{c' .. ARGV[1] .. '}'
		for i = 1, tonumber(ARGV[2]) do
			local id = string.format('9%012d-%d', i, ARGV[1])
			redis.call('HSET', tag .. ':review:' .. id, 'customer', '+15550108000', 'ours', '${OURS}', 'conv', 'c', 'scope', 'all',
				'rule', '9 en', 'at', ARGV[3], 'due', ARGV[3] + i, 'late', ARGV[3] + i, 'state', 'open', 'more', '0')
			redis.call('ZADD', tag .. ':reviews', ARGV[3] + i, id)
		end`, '0', String(partition), String(count), String(Date.now() + 30 * 86400_000));

	it('lists those that are due first, whichever partition has them', async () => {
		const max = await person(world, 'compliance', 'max');
		const listed = async (query = 'pageSize=200') => (await max('GET', `/api/v2/compliance/reviews?${query}`)).body;
		const last = Array.from({ length: 400 }, (_, i) => `+155501${String(7000 + i)}`).find((number) => partitionOf(number) === 15);
		for (const partition of [0, 7]) await waiting(partition, 250);
		await say(last, 'not interested');
		await reviewOf(last);
		const { entities, more } = await listed();
		assert.deepEqual([entities.length, more], [200, true]);
		const dues = entities.map(({ dateDue }) => dateDue);
		assert.deepEqual(dues, dues.toSorted());
		assert.ok(entities.slice(0, 20).some(({ number }) => number === last));
		assert.deepEqual([...new Set(entities.slice(-20).map(({ id }) => id.split('.')[0]))].sort(), ['0', '7']);
		// The pages behind it have the rest, each once.
		const all = [];
		for (let page = 1, pages = 1; page <= pages; page += 1) {
			const { entities: found, pageCount, pageNumber, total } = await listed(`pageSize=200&pageNumber=${page}`);
			all.push(...found);
			pages = pageCount;
			assert.deepEqual([pageNumber, total > 500, pageCount], [page, true, 3]);
		}
		assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
		assert.deepEqual(all.slice(0, 200), entities);
		assert.deepEqual(all.map(({ dateDue }) => dateDue), all.map(({ dateDue }) => dateDue).toSorted());
		assert.equal((await listed('')).entities.length, 25);
		assert.deepEqual((await listed('pageSize=1&sortOrder=desc')).entities, all.slice(-1));
		assert.equal((await max('GET', '/api/v2/compliance/reviews?pageSize=501')).status, 400);
		for (const partition of [0, 7]) await world.redis.call('ZREMRANGEBYSCORE', `{c${partition}}:reviews`, String(Date.now() + 20 * 86400_000), '+inf');
		const rest = await listed();
		assert.equal(rest.more, false);
		assert.ok(rest.entities.length < 20);
	});
});

describe('what is said wrongly', () => {
	const wrong = [
		[['decide', '3.1-1', 'release', '--by', 'kim'], /--reason says why/],
		[['decide', '3.1-1', '--by', 'kim', '--reason', 'r'], /a decision is release or opt-out/],
		[['review', '3.1-1', 'now'], /what is this: now/],
	];
	refuses(wrong);

	it('a review that is not there, a decision that is none', async () => {
		assert.equal((await suppression('review', '3.1-1')).code, 1);
		assert.equal((await suppression('review', '99.1-1')).code, 1);
		assert.match((await decide('3.1-1', 'release', '--by', 'kim', '--reason', 'r')).stderr, /no such review/);
		assert.match((await decide('3.1-1', 'forget', '--by', 'kim', '--reason', 'r')).stderr, /release or opt-out/);
	});
});
