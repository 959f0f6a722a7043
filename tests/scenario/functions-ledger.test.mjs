// The Redis Functions of the ledger: ledger.lua, and what opens sending.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';

import { fieldsOf, Functions, Partition } from './lib/functions.mjs';

const functions = Functions.forTests();
const p = Partition.forTests(functions);

const read = async (named = {}) => {
	const [length, ...rows] = await p.call('ledger_read', { after: '', limit: 100, ...named });
	return { length, rows: rows.map(([id, ...flat]) => ({ id, flat, fields: fieldsOf(flat) })) };
};
const recordOf = (flat) => {
	const escape = (text) => text.replace(/[\x00-\x1f\x7f%]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
	const fields = [];
	for (let i = 0; i < flat.length; i += 2) fields.push(`${flat[i]}=${escape(flat[i + 1])}`);
	return fields.join('\t');
};
const sha1 = (text) => createHash('sha1').update(text).digest('hex');

describe('a record', () => {
	it('has its place, and the hash of the one before it', async () => {
		await p.keyword('OPT_OUT');
		await p.keyword('OPT_IN', { conv: 'c\t1%\n' });
		await p.keyword('OPT_OUT');
		const { length, rows } = await read();
		assert.equal(length, '3');
		assert.deepEqual(rows.map(({ fields }) => [fields.p, fields.n]), [['3', '0'], ['3', '1'], ['3', '2']]);
		assert.equal(rows[0].fields.prev, '');
		assert.equal(rows[1].fields.prev, sha1(recordOf(rows[0].flat)));
		assert.equal(rows[2].fields.prev, sha1(recordOf(rows[1].flat)));
	});

	it('says in which scopes its number was on the list before, and is behind it', async () => {
		const staff = (scope) => p.call('suppress', { customer: '+15550199', scope, source: 'staff', by: 'lee', who: 'who', salt: 's', seal: 'x', note: '' });
		await p.keyword('OPT_OUT');
		await p.keyword('OPT_OUT', { fp: 'again' });
		await staff('n:+15550100');
		await p.keyword('OPT_IN', { lifts: 'p:shop', fp: 'start' });
		await p.keyword('AMBIGUOUS', { fp: 'unclear' });
		const [id] = await p.call('reviews', {});
		await p.call('review_decide', { id, yes: 'opt_out', by: 'kim', scope: 'all', note: '', who: 'who', salt: 's', seal: 'x' });
		await p.call('removal_ask', { id: 'r', by: 'kim', note: 'n', ref: 'f', customer: '+15550199', scope: 'all', narrow: 'p:shop' });
		await p.call('removal_answer', { id: 'r', by: 'lee', yes: '1', who: 'who', salt: 's', seal: 'x', note: '' });
		assert.deepEqual((await p.stream('ledger')).map(({ fields: { what, before = '', after = '' } }) => [what, before, after]), [
			['revoke', '', 'p:shop'],
			['revoke-again', 'p:shop', 'p:shop'],
			['revoke', 'p:shop', 'n:+15550100|p:shop'],
			['grant', 'n:+15550100|p:shop', 'n:+15550100'],
			['hold', '', ''],
			['revoke', 'n:+15550100', 'all|n:+15550100'],
			['release', 'all|n:+15550100', 'n:+15550100'],
			['revoke', 'n:+15550100', 'n:+15550100|p:shop'],
		]);
	});

	it('is read page by page', async () => {
		for (let i = 0; i < 5; i++) await p.keyword('OPT_OUT');
		const first = await read({ limit: 2 });
		assert.deepEqual(first.rows.map(({ fields }) => fields.n), ['0', '1']);
		const second = await read({ after: first.rows[1].id, limit: 2 });
		assert.deepEqual(second.rows.map(({ fields }) => fields.n), ['2', '3']);
		const last = await read({ after: second.rows[1].id, limit: 2 });
		assert.deepEqual(last.rows.map(({ fields }) => fields.n), ['4']);
		assert.deepEqual((await read({ after: last.rows[0].id })).rows, []);
	});

	it('is none where it was written before there was a tree, however many there are', async () => {
		for (let i = 0; i < 7; i++) await functions.redis.call('XADD', `${p.tag}:ledger`, '*', 'what', 'revoke', 'customer', '+15550199');
		assert.deepEqual(await read({ limit: 3 }), { length: '0', rows: [] });
		await p.keyword('OPT_OUT');
		const { length, rows } = await read({ limit: 3 });
		assert.equal(length, '1');
		assert.deepEqual(rows.map(({ fields }) => [fields.n, fields.prev]), [['0', '']]);
	});
});

describe('a page of the newest first', () => {
	const page = (named) => p.call('consent_page', { before: '', since: '-', limit: 3, what: '', scope: '', source: '', ...named });
	const numbers = (rows) => rows.map(([, n]) => Number(n));

	it('goes on behind the last that was looked at, or with it', async () => {
		for (let i = 0; i < 7; i++) await p.keyword('OPT_OUT');
		const [last, ...rows] = await page();
		assert.deepEqual(numbers(rows), [6, 5, 4]);
		assert.equal(last, rows[2][0]);
		assert.deepEqual(numbers((await page({ before: last })).slice(1)), [3, 2, 1]);
		assert.deepEqual(numbers((await page({ before: last, inclusive: '1' })).slice(1)), [4, 3, 2]);
		assert.deepEqual(numbers((await page({ limit: 9, since: rows[1][0] })).slice(1)), [6, 5]);
		assert.equal((await page({ limit: 9 }))[0], '');
	});

	it('looks through so many records in a call, and says where it stopped', async () => {
		await p.keyword('OPT_OUT');
		for (let i = 0; i < 2050; i++)
			await p.call('suppress', { customer: `+1555${i}`, scope: 'all', source: 'staff', by: 'kim', who: 'w', salt: 's', seal: 'x', note: 'n' });
		const [stopped, ...none] = await page({ source: 'keyword' });
		assert.deepEqual(none, []);
		assert.equal((await p.stream('ledger')).find(({ id }) => id === stopped).fields.n, '51');
		const [end, ...rows] = await page({ source: 'keyword', before: stopped });
		assert.deepEqual([end, numbers(rows)], ['', [0]]);
		assert.deepEqual(await p.call('reviews_page', { before: '', limit: 3 }), [stopped]);
		assert.deepEqual(await p.call('reviews_page', { before: stopped, limit: 3 }), ['']);
	});
});

describe('sending', () => {
	const waiting = async () => {
		const conv = await p.connected();
		await p.accept({ conv, id: 'm1' });
	};
	const take = (run) => p.call('mt_take', { carrier: 'acme', max: 10, run });

	it('is locked for a gateway whose run of Redis nobody has opened', async () => {
		await waiting();
		assert.deepEqual(await take('run2'), [2]);
		assert.equal(await p.call('ledger_open', { run: 'run1' }), 'ok');
		assert.deepEqual(await take('run2'), [2]);
		assert.equal(await p.call('mt_recover', { carrier: 'acme', run: 'run2' }), null);
		assert.equal(await p.call('ledger_open', { run: 'run2' }), 'ok');
		assert.equal((await take('run2')).length, 2);
	});

	it('is locked again, also for what a gateway has and for one that names no run', async () => {
		await waiting();
		await p.call('ledger_open', { run: 'run1' });
		assert.equal((await take('run1')).length, 2);
		const check = (run) => p.call('mt_check', { carrier: 'acme', id: 'm1', run });
		assert.equal(await check('run1'), 1);
		await p.call('ledger_open', { run: '' });
		assert.equal(await check('run1'), 2);
		assert.equal(await check(''), 2);
		assert.equal(await check(undefined), 2);
		assert.deepEqual(await take(undefined), [2]);
	});

	it('is opened by the router of that tenure alone', async () => {
		assert.equal(await p.call('ledger_open', { run: 'run1', fence: 'x' }), 'fenced');
		assert.deepEqual(await take('run1'), [2]);
	});
});

describe('the records of one number', () => {
	const page = (from, limit) => p.call('suppression_of', { customer: '+15550199', who: 'who', from, limit });
	const idsOf = ([, , past]) => past.map((row) => row[6]);
	// As the function makes them, without what it costs to call it.
	const stops = (count) => functions.redis.call('EVAL', `
		for i = 1, tonumber(ARGV[1]) do
			local n = redis.call('HINCRBY', KEYS[1] .. ':ledger:top', 'n', 1) - 1
			local id = redis.call('XADD', KEYS[1] .. ':ledger', '*', 'p', '3', 'n', n, 'prev', '', 'at', '1', 'what', 'revoke-again',
				'who', 'who', 'scope', 'p:shop', 'source', 'keyword', 'ours', '+15550100', 'seal', 'x')
			redis.call('HSET', KEYS[1] .. ':beside:' .. n, 'salt', 's', 'customer', '+15550199', 'record', 'evidence', 'note', 'n' .. i)
			redis.call('RPUSH', KEYS[1] .. ':trail:who', id)
		end`, '1', p.tag, String(count));

	it('are told by pages, from the first on or the last back', async () => {
		for (let i = 0; i < 7; i++) await p.keyword('OPT_OUT', { fp: `fp${i}` });
		const all = (await p.stream('ledger')).map(({ id }) => id);
		assert.deepEqual(idsOf(await page(0, 200)), all);
		assert.deepEqual(idsOf(await page(0, 3)), all.slice(0, 3));
		assert.deepEqual(idsOf(await page(3, 3)), all.slice(3, 6));
		assert.deepEqual(idsOf(await page(6, 3)), all.slice(6));
		assert.deepEqual(idsOf(await page(7, 3)), []);
		assert.deepEqual(idsOf(await page(-2, 2)), all.slice(-2));
		assert.deepEqual(idsOf(await page(-2, 9)), all.slice(-2));
		assert.deepEqual(idsOf(await page(-200, 200)), all);
		assert.deepEqual(idsOf(await page(-6, 8)), all.slice(-6));
		for (const from of [0, 3, -2]) assert.deepEqual(idsOf(await page(from, 0)), []);
		assert.equal((await page(0, 3))[3], 7);
		assert.deepEqual((await page(5, 1))[0].map(([scope, source]) => [scope, source]), [['p:shop', 'keyword']]);
	});

	it('may be 20,000: no call looks at more than 200, and erasing says of every page what went', async (t) => {
		const PAGE = 200;
		await stops(20_000);
		const [[last]] = await functions.redis.call('XREVRANGE', `${p.tag}:ledger`, '+', '-', 'COUNT', '1');
		// What Redis itself worked, however busy the machine is.
		const cpu = async () => {
			const info = await functions.redis.call('INFO', 'cpu');
			return 1000 * [...info.matchAll(/used_cpu_\w+_main_thread:([\d.]+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
		};
		const begun = await cpu();
		assert.equal(idsOf(await page(0, 20_000)).length, PAGE);
		assert.equal(idsOf(await page(-20_000, 20_000)).length, PAGE);
		let from = '0';
		let erased = 0;
		let calls = 2;
		while (from !== '') {
			const [gone, next] = await p.call('ledger_erase', { who: 'who', by: 'kim', from });
			assert.ok(Number(gone) <= PAGE);
			erased += Number(gone);
			from = next;
			calls += 1;
		}
		const each = ((await cpu()) - begun) / calls;
		t.diagnostic(`${each.toFixed(1)} ms of Redis a call`);
		assert.ok(each < 20, `${each} ms of Redis a call`);
		assert.equal(erased, 20_000);
		assert.equal(calls, 2 + 20_000 / PAGE + 1); // the records of the erasure are the number's, too
		assert.deepEqual(await functions.redis.call('KEYS', `${p.tag}:beside:*`), []);
		const told = (await read({ after: last, limit: 200 })).rows.map(({ fields }) => [fields.what, fields.rows]);
		assert.deepEqual(told, Array(20_000 / PAGE).fill(['erase', String(PAGE)]));
	});
});
