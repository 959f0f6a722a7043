// How long customers waited for an answer, as the Redis Function of digest.lua sums it up from a partition's events:
// the first of a contact from the customer's text on, each one from when its agent had both.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions, Partition, SCOPES } from './lib/functions.mjs';

const DAY_MS = 86_400_000;

const functions = Functions.forTests();
const p = Partition.forTests(functions);

// → { what is told ('added' or 'all') and how far, figures }
async function fold(named = {}) {
	const [word, day, told, what, pairs] = await p.call('digest_fold', { limit: 200, offset: 0, told: '', ...named });
	return { word, day, told, what, figures: fieldsOf(pairs) };
}
const mo = (named) => p.mo({ conv: 'c1', fp: p.name('fp'), ...named });
const connect = (leg = 1, agent = 'ann') => p.call('connect', { conv: 'c1', leg, agent, scopes: SCOPES });
const reply = (named) => p.accept({ conv: 'c1', ...named });
const later = (seconds) => {
	p.now += 1000 * seconds;
};
// Of a kind and a name: first responses and what they took, responses and what they took, s.
const sums = (figures, of = 'q front') =>
	['first_responses', 'first_response_ms', 'responses', 'response_ms'].map((figure) =>
		Number(figures[`${of} ${figure}`] ?? 0) / (figure.endsWith('_ms') ? 1000 : 1));

// A customer writes, ann has it 7 s later and answers 3 s after that.
async function answered() {
	await mo();
	later(7);
	await connect();
	later(3);
	await reply();
}

describe('a day’s answers', () => {
	it('are the first from the customer’s text on, and each from when its agent had it', async () => {
		await answered();
		const { figures } = await fold();
		assert.deepEqual(sums(figures), [1, 10, 1, 3]);
		assert.deepEqual(sums(figures, 'a ann'), [1, 10, 1, 3]);
	});

	it('are to the oldest text that waits, and none to what was answered', async () => {
		await answered();
		await reply();
		later(5);
		await mo();
		later(2);
		await mo();
		later(4);
		await reply();
		assert.deepEqual(sums((await fold()).figures), [1, 10, 2, 9]);
	});

	it('begin anew with a new contact, and with whom it goes to', async () => {
		await answered();
		await p.call('close', { conv: 'c1', agent: 'ann', mode: '', wrapup: 'Resolved', notes: '' });
		p.now += 1;
		await mo({ window: 3_600_000 });
		later(4);
		await connect(2, 'bob');
		later(6);
		await p.call('transfer', { conv: 'c1', agent: 'bob', ref: 't', queue: 'back', target: '', note: '' });
		later(20);
		await connect(3, 'cid');
		later(1);
		await reply({ agent: 'cid' });
		const { figures } = await fold();
		assert.deepEqual(sums(figures), [1, 10, 1, 3]);
		assert.deepEqual(sums(figures, 'q back'), [1, 31, 1, 1]);
		assert.deepEqual(sums(figures, 'a bob'), [0, 0, 0, 0]);
	});

	it('are people’s: no keyword asks for one, and no program gives one', async () => {
		await p.keyword('OPT_IN', { conv: 'c1' });
		later(2);
		await p.keyword('AMBIGUOUS', { conv: 'c1', fp: p.name('fp') });
		await connect();
		later(9);
		await p.keyword('OPT_IN', { conv: 'c1', fp: p.name('fp') });
		assert.deepEqual(sums((await fold()).figures), [0, 0, 0, 0]);
		await p.redis.call('XADD', `${p.tag}:events`, '*', 'e', 'mt', 'c', 'c1', 'a', 'ann', 'by', 'shop', 'q', 'front', 'at', p.now);
		later(1);
		await reply();
		await p.keyword('OPT_IN', { conv: 'c1', fp: p.name('fp') });
		later(3);
		await reply();
		assert.deepEqual(sums((await fold()).figures), [1, 10, 1, 10]);
	});

	it('are of the day in which they were given, by the router’s clock', async () => {
		const midnight = Math.ceil(p.now / DAY_MS) * DAY_MS - 3_600_000; // an hour ahead of UTC
		p.now = midnight - 8000;
		await answered();
		const { day, figures } = await fold({ offset: 3_600_000 });
		assert.equal(day, (midnight + 3_600_000) / DAY_MS);
		assert.deepEqual(sums(figures), [1, 10, 1, 3]);
		p.now = midnight - 1;
		assert.deepEqual((await fold({ offset: 3_600_000 })).figures, {});
	});
});

describe('what is told of them', () => {
	it('is the same in one call or in many, and counts once', async () => {
		await answered();
		const seen = [];
		let told = '0';
		for (let word = 'more'; word === 'more'; ) {
			const page = await fold({ limit: 1, told });
			assert.equal(page.what, 'added');
			({ word, told } = page);
			for (const [figure, by] of Object.entries(page.figures)) seen.push([figure, String(by)]);
		}
		const { what, figures } = await fold();
		assert.equal(what, 'all');
		assert.deepEqual(Object.fromEntries(seen), figures);
		assert.deepEqual((await fold({ told })).figures, {});
	});

	it('is everything to who has missed what another router has folded', async () => {
		await answered();
		const { told } = await fold();
		await mo();
		later(5);
		await reply();
		const other = await fold({ told });
		assert.deepEqual([other.what, sums(other.figures)], ['added', [0, 0, 1, 5]]);
		const late = await fold({ told });
		assert.deepEqual([late.what, sums(late.figures)], ['all', [1, 10, 2, 8]]);
		assert.equal(late.told, other.told);
	});

	it('leaves nothing of a conversation that is over', async () => {
		await answered();
		await fold();
		assert.deepEqual(await p.hash('digest:asked'), {});
		await mo();
		await fold();
		assert.deepEqual(Object.keys(await p.hash('digest:asked')), ['c1']);
		await p.call('close', { conv: 'c1', agent: 'ann', mode: '', wrapup: 'Resolved', notes: '' });
		await fold();
		assert.deepEqual(await p.hash('digest:asked'), {});
	});
});

// The event of many moves says whose they are, so that only what went to one who has opted out once is looked at.
describe('what was sent after an opt-out', () => {
	// What there is of the figure, where m1 was handed over before the customer's STOP and written behind it; `old`: the event
	// says no pairs, as before.
	async function sentAfter({ customer = '+15550199', old } = {}) {
		const conv = await p.waiting(['m1']);
		await p.waiting(['m2'], { customer: '+15550198' });
		for (const each of [conv, (await p.hash('msg:m2')).conv]) await p.call('close', { conv: each, agent: 'ann', wrapup: '', notes: '' });
		await p.taken();
		await p.keyword('OPT_OUT', { customer, answer: '', at: p.now });
		const written = Date.now() + 60_000;
		await p.outcomes(...['m1', 'm2'].map((id) =>
			({ k: 'rs', back: '', id, segment: 0, outcome: 'sent', reason: '', segments: '1', written })));
		const { id, pairs, ...states } = (await p.events()).at(-1);
		assert.deepEqual([states.e, pairs], ['states', '+15550100:+15550199\n+15550100:+15550198']);
		if (old) {
			await p.redis.call('XDEL', `${p.tag}:events`, id);
			await p.redis.call('XADD', `${p.tag}:events`, '*', ...Object.entries(states).flat());
		}
		await fold();
		await fold();
		const flat = await p.call('digest_read', { day: Math.floor(written / DAY_MS) });
		return Object.entries(fieldsOf(flat)).filter(([field]) => field.includes('sent_after')).map(([, by]) => by);
	}

	it('is counted once', async () => assert.deepEqual(await sentAfter(), ['1']));
	it('is counted where the event says nothing of pairs', async () => assert.deepEqual(await sentAfter({ old: true }), ['1']));
	it('is nothing where somebody else opted out', async () => assert.deepEqual(await sentAfter({ customer: '+15550197' }), []));
});
