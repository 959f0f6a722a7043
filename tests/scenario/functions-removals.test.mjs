// Who adds to what stands in a scope, and what a removal that was approved late takes of it. functions/suppression.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Functions, Partition } from './lib/functions.mjs';

const CUSTOMER = '+15550199';
const SCOPE = 'p:shop';

const functions = Functions.forTests();
const p = Partition.forTests(functions);

const sealed = { who: 'who', salt: 's', seal: 'x', note: '' };
const add = (source, named = {}) =>
	p.call('suppress', { customer: CUSTOMER, scope: SCOPE, source, by: 'kim', ...sealed, ...named });
const ask = (named = {}) =>
	p.call('removal_ask', { id: 'r1', customer: CUSTOMER, scope: SCOPE, by: 'kim', note: 'n', ref: 'f', ...named });
const answer = (yes = '1', named = {}) => p.call('removal_answer', { id: 'r1', by: 'lee', yes, ...sealed, ...named });
const stands = async () => (await p.hash(`opt:${CUSTOMER}`))[SCOPE];
const says = async () => (await p.stream('ledger')).map(({ fields }) => `${fields.what} ${fields.source}`);
const BUCKETS = 16381;
const list = (batch, scope = SCOPE) =>
	p.call('bulk_add', { batch, scope, source: 'dnc', by: 'max', reason: 'r', rows: `${15550199 % BUCKETS} ${Math.floor(15550199 / BUCKETS)}\n`, dry: '' });

describe('an entry', () => {
	it('that weighs more takes the place of another, and every one is in the ledger', async () => {
		await p.keyword('OPT_OUT');
		for (const source of ['staff', 'dnc', 'legal']) {
			const [word, entry] = await add(source);
			assert.equal(word, 'ok');
			assert.equal(await stands(), `${source} ${entry}`);
		}
		assert.deepEqual(await says(), ['revoke keyword', 'revoke staff', 'revoke dnc', 'revoke legal']);
	});

	it('that weighs no more is there already', async () => {
		for (const [there, others] of [['staff', ['staff', 'carrier']], ['dnc', ['staff', 'dnc', 'carrier']], ['legal', ['staff', 'dnc', 'legal', 'carrier']]]) {
			await functions.forget();
			const [, entry] = await add(there);
			for (const source of others) assert.deepEqual(await add(source), ['again', `${there} ${entry}`]);
		}
	});
});

describe('a removal', () => {
	it('takes what stood there when it was asked for', async () => {
		await add('staff');
		await list('b1');
		await ask();
		assert.deepEqual(await answer(), ['ok', 'kim']);
		assert.equal(await stands(), undefined);
		assert.deepEqual(await p.call('suppression_of', { customer: CUSTOMER, who: 'who', from: 0, limit: 0 }).then(([now, lists]) => [now, lists]), [[], []]);
	});

	const came = {
		'a STOP': async () => p.keyword('OPT_OUT', { fp: 'fp2' }),
		'an entry of the law’s': async () => add('legal'),
		'another list': async () => list('b2'),
	};
	for (const [what, comes] of Object.entries(came))
		it(`is not approved behind ${what} that came since, and can be refused`, async () => {
			await add('staff');
			await list('b1');
			await ask();
			await comes();
			const before = [await stands(), await says()];
			assert.deepEqual(await answer(), ['changed']);
			assert.deepEqual([await stands(), await says()], before);
			assert.deepEqual(await p.call('removals', {}), ['r1']);
			assert.deepEqual(await answer('0'), ['ok', 'kim']);
			assert.deepEqual(await p.call('removals', {}), []);
			await ask({ id: 'r2' });
			assert.deepEqual(await answer('1', { id: 'r2' }), ['ok', 'kim']);
			assert.equal(await stands(), undefined);
		});

	it('is not approved behind a STOP said again, nor one that took the place of a lifted one', async () => {
		for (const words of [['OPT_OUT'], ['OPT_IN', 'OPT_OUT']]) {
			await functions.forget();
			await p.take();
			await p.keyword('OPT_OUT');
			await ask();
			for (const word of words) await p.keyword(word, { fp: p.name('fp') });
			assert.deepEqual(await answer(), ['changed']);
			assert.match(await stands(), /^keyword /);
		}
	});

	it('is approved whatever comes into another scope, and where the last STOP is too old to be kept', async () => {
		await p.keyword('OPT_OUT');
		await ask();
		await add('legal', { scope: 'all' });
		await list('b2', 'all');
		await p.redis.call('DEL', `${p.tag}:stops:${CUSTOMER}`);
		assert.deepEqual(await answer(), ['ok', 'kim']);
		assert.deepEqual(Object.keys(await p.hash(`opt:${CUSTOMER}`)), ['all']);
	});

	it('of who says nothing of what stood there was asked before that was kept, and is asked for anew', async () => {
		await add('staff');
		await ask();
		await p.redis.call('HDEL', `${p.tag}:removal:r1`, 'entry', 'lists', 'stop');
		assert.deepEqual(await answer(), ['changed']);
	});
});

describe('an erasure', () => {
	const erase = () => p.call('removals_erase', { customer: CUSTOMER, by: 'max' });
	const request = async (id) => (({ customer, note, ref, state, answered, by }) => [customer, note, ref, state, answered, by])(await p.hash(`removal:${id}`));

	it('takes the number and what was said from every request about it, and refuses what is open', async () => {
		await add('staff');
		await ask();
		await answer();
		await add('staff');
		await ask({ id: 'r2' });
		await p.call('suppress', { customer: '+15550198', scope: SCOPE, source: 'staff', by: 'kim', ...sealed });
		await ask({ id: 'other', customer: '+15550198' });
		// One that the list of a partition does not show any more, and one of before it was kept whose they are.
		await p.redis.call('ZREM', `${p.tag}:answered`, 'r1');
		await ask({ id: 'r3' });
		await p.redis.call('SREM', `${p.tag}:asked:${CUSTOMER}`, 'r3');
		const stood = await stands();
		assert.equal(await erase(), 3);
		assert.deepEqual(await request('r1'), ['', '', '', 'approved', 'lee', 'kim']);
		for (const id of ['r2', 'r3']) assert.deepEqual(await request(id), ['', '', '', 'refused', 'max', 'kim']);
		assert.deepEqual(await request('other'), ['+15550198', 'n', 'f', 'asked', undefined, 'kim']);
		assert.deepEqual(await p.call('removals', {}), ['other']);
		assert.deepEqual(await p.redis.keys(`${p.tag}:asked:*`), [`${p.tag}:asked:+15550198`]);
		assert.equal(await stands(), stood, 'what it asked for stays in force');
		assert.deepEqual(await p.call('removal_answer', { id: 'r2', by: 'lee', yes: '1', ...sealed }), ['over', 'refused']);
		assert.equal(await erase(), 0);
	});

	it('takes the sends to that number that were blocked, page by page, and no others', async () => {
		const script = `for i = 1, 2500 do redis.call('XADD', KEYS[1], '*', 'customer', i % 3 == 0 and ARGV[1] or 'x', 'at', i) end`;
		await p.redis.call('EVAL', script, 1, `${p.tag}:blocked`, CUSTOMER);
		let [before, erased] = ['', 0];
		const pages = [];
		do {
			const [some, next] = await p.call('blocked_erase', { customer: CUSTOMER, before });
			[before, erased] = [next, erased + Number(some)];
			pages.push(some);
		} while (before);
		assert.deepEqual([pages.length, erased], [3, 833]);
		const left = await p.stream('blocked');
		assert.deepEqual([left.length, left.some(({ fields }) => fields.customer === CUSTOMER)], [1667, false]);
	});
});
