// What is sent of answers to keywords when an opt-out comes behind them, or another behind that. functions/review.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions, Partition } from './lib/functions.mjs';
import { Random } from './lib/random.mjs';

const CUSTOMER = '+15550199';

const functions = Functions.forTests();
const p = Partition.forTests(functions);

// Says one keyword after another; → the ids of the answers, or undefined where there is none.
async function say(...verdicts) {
	const ids = [];
	for (const verdict of verdicts) {
		const [, , consent] = await p.keyword(verdict, { fp: p.name('fp'), answer_route: 'acme|other' });
		ids.push(fieldsOf(consent.slice(1)).m || undefined);
	}
	return ids;
}

// All that a carrier gets, one after the other, in as many takes as it needs.
async function sent() {
	const ids = [];
	for (;;) {
		const [, ...taken] = await p.taken();
		if (!taken.length) return ids;
		for (const [id] of taken) {
			ids.push(id);
			await p.result(id, 'sent');
		}
	}
}

const ended = async () => (await p.ended()).map(({ fields }) => fields.r);

describe('an answer to START', () => {
	it('that still waits when STOP comes is not sent, and its end is seen', async () => {
		const [started, stopped] = await say('OPT_IN', 'OPT_OUT');
		assert.deepEqual(await sent(), [stopped]);
		assert.deepEqual(await ended(), [started]);
		const [blocked] = await p.stream('blocked');
		assert.deepEqual([blocked.fields.m, blocked.fields.scope, blocked.fields.where], [started, 'p:shop', 'dispatch']);
	});

	it('that a gateway has is neither written nor goes to another carrier', async () => {
		for (const step of ['mt_check', 'mt_reroute']) {
			await functions.forget();
			await p.take();
			const [started] = await say('OPT_IN');
			assert.deepEqual((await p.taken()).slice(1).map(([id]) => id), [started]);
			const [stopped] = await say('OPT_OUT');
			assert.deepEqual([await p.call(step, { carrier: 'acme', id: started })].flat(), [0], step);
			assert.deepEqual(await ended(), [started]);
			assert.deepEqual(await sent(), [stopped]);
		}
	});

	it('stays unsent when another START lifts that STOP, which is answered by itself', async () => {
		const [started, stopped, again] = await say('OPT_IN', 'OPT_OUT', 'OPT_IN');
		assert.deepEqual(await sent(), [stopped, again]);
		assert.deepEqual(await ended(), [started]);
	});

	it('is not sent behind an opt-out that somebody of staff has written down', async () => {
		const [started] = await say('OPT_IN');
		await p.call('suppress', { customer: CUSTOMER, scope: 'all', source: 'staff', by: 'lee', who: 'w', salt: 's', seal: 'x', note: '' });
		assert.deepEqual(await sent(), []);
		assert.deepEqual(await ended(), [started]);
	});

	it('is sent where only another programme is opted out of', async () => {
		const [started] = await say('OPT_IN');
		await p.keyword('OPT_OUT', { fp: 'other', ours: '+15550142', scope: 'p:other', scopes: 'all|p:other|n:+15550142', answer: '' });
		assert.deepEqual(await sent(), [started]);
	});
});

describe('an answer to HELP', () => {
	it('is sent where it was asked for behind the STOP, in the same millisecond too', async () => {
		const [stopped, helped] = await say('OPT_OUT', 'HELP');
		assert.deepEqual(await sent(), [stopped, helped]);
	});

	it('is not sent where it was asked for before it', async () => {
		const [first, stopped, second] = await say('HELP', 'OPT_OUT', 'HELP');
		assert.deepEqual(await sent(), [stopped, second]);
		assert.deepEqual(await ended(), [first]);
	});
});

describe('the confirmation of an opt-out', () => {
	it('is sent once, however often STOP is said before it goes', async () => {
		const [stopped, ...more] = await say('OPT_OUT', 'OPT_OUT', 'OPT_OUT');
		assert.deepEqual(more, [undefined, undefined]);
		assert.deepEqual(await sent(), [stopped]);
		assert.deepEqual(await ended(), []);
	});

	it('is that of the last episode alone, where START came between before it went', async () => {
		const [first, started, second] = await say('OPT_OUT', 'OPT_IN', 'OPT_OUT');
		assert.deepEqual(await sent(), [second]);
		assert.deepEqual((await ended()).sort(), [first, started].sort());
	});

	it('and the answer to START behind it are both sent, in their order', async () => {
		const [stopped, started] = await say('OPT_OUT', 'OPT_IN');
		assert.deepEqual(await sent(), [stopped, started]);
	});

	it('that was written before answers knew what they answer is sent', async () => {
		const conv = await p.connected();
		await p.redis.call('XADD', `${p.tag}:mt:acme:interactive`, '*', 'm', 'old', 'c', CUSTOMER, 'o', '+15550100', 's',
			'all|p:shop|n:+15550100', 'x', '1', 'n', 1, 'r', 'record');
		await p.redis.call('HSET', `${p.tag}:msg:old`, 'state', 'queued', 'conv', conv, 'n', 1, 'carrier', 'acme', 'pair', `+15550100:${CUSTOMER}`);
		const [stopped] = await say('OPT_OUT');
		assert.deepEqual(await sent(), ['old', stopped]);
	});
});

describe('a STOP of another scope behind one that was confirmed', () => {
	const stop = async (scope, after = 0, named = {}) => {
		p.now += after;
		const [, , consent] = await p.keyword('OPT_OUT', { scope, fp: p.name('fp'), ...named });
		return fieldsOf(consent.slice(1)).m || undefined;
	};
	const OTHER = { ours: '+15550101', scopes: 'all|p:shop|n:+15550101' };
	const BANK = { ours: '+15550142', scopes: 'all|p:bank|n:+15550142' };

	it('takes effect without a second message within five minutes', async () => {
		const first = await stop('c:shop:offers');
		assert.ok(first);
		assert.equal(await stop('p:shop', 299_999), undefined);
		assert.deepEqual(Object.keys(await p.hash(`opt:${CUSTOMER}`)).sort(), ['c:shop:offers', 'p:shop']);
		assert.deepEqual((await p.stream('ledger')).map(({ fields }) => [fields.what, fields.scope]), [['revoke', 'c:shop:offers'], ['revoke', 'p:shop']]);
		assert.deepEqual(await sent(), [first]);
	});

	it('is confirmed behind them, once', async () => {
		const first = await stop('c:shop:offers');
		const second = await stop('p:shop', 300_000);
		assert.ok(second);
		assert.equal(await stop('p:shop', 1), undefined);
		assert.deepEqual(await sent(), [first, second]);
	});

	it('is not confirmed to another number of the programme either, but to another programme’s it is', async () => {
		await stop('c:shop:offers');
		assert.equal(await stop('p:shop', 1, OTHER), undefined);
		assert.ok(await stop('p:bank', 1, BANK));
	});

	it('is one of its own where START came between', async () => {
		await stop('c:shop:offers');
		await p.keyword('OPT_IN', { lifts: 'c:shop:offers|p:shop', fp: 'start' });
		assert.ok(await stop('p:shop', 1));
	});

	it('is confirmed where the one before was another’s than the customer’s', async () => {
		await p.call('suppress', { customer: CUSTOMER, scope: 'c:shop:offers', source: 'staff', by: 'lee', who: 'w', salt: 's', seal: 'x', note: '' });
		assert.ok(await stop('p:shop', 1));
	});
});

it('STOP, START and HELP in any order, and a carrier that takes one when it likes: nothing goes behind a STOP but its confirmation', async (t) => {
	const random = new Random(t);
	for (let round = 0; round < 20; round++) {
		await functions.forget();
		await p.take();
		const answers = new Map(); // by id: which word it answers, the how manieth word that was
		const gone = [];
		let stop = 0; // the last STOP
		let episode = 0; // the last that opted out of what was not
		let out = false;
		const stands = ({ word, at }) => (word === 'OPT_OUT' ? at >= episode : at > stop);
		for (let at = 1; at <= 12; at++) {
			const word = random.one(['OPT_OUT', 'OPT_IN', 'HELP']);
			const [id] = await say(word);
			if (word === 'OPT_OUT') stop = at;
			if (word === 'OPT_OUT' && !out) episode = at;
			if (word !== 'HELP') out = word === 'OPT_OUT';
			if (id) answers.set(id, { word, at });
			if (random.between(0, 3)) continue;
			for (const [taken] of (await p.taken(1)).slice(1)) {
				assert.ok(stands(answers.get(taken)), `${taken} of ${JSON.stringify([...answers])} behind ${at} words`);
				gone.push(taken);
				await p.result(taken, 'sent');
			}
		}
		const left = [...answers].filter(([id, answer]) => !gone.includes(id) && stands(answer)).map(([id]) => id);
		assert.deepEqual(await sent(), left);
		assert.equal((await ended()).length + gone.length + left.length, answers.size);
	}
});
