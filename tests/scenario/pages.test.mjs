// Lists of which a page is answered: every row is on one of them, once, in one order, whoever adds up the pages.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { World } from './lib/index.mjs';

const COMPLY = '/api/v2/compliance';

// Page by page; what is told beside the entities fits.
async function pages(ask, path, size, query = '') {
	const found = [];
	for (let number = 1, last = 1; number <= last; number += 1) {
		const { status, body } = await ask('GET', `${path}?pageSize=${size}&pageNumber=${number}${query}`);
		assert.equal(status, 200, JSON.stringify(body));
		assert.deepEqual([body.pageSize, body.pageNumber], [size, number]);
		assert.equal(body.pageCount, Math.ceil(body.total / size));
		assert.equal(body.entities.length, Math.min(size, body.total - found.length));
		found.push(...body.entities);
		last = body.pageCount;
	}
	return found;
}

async function paged(ask, path, { count, id, query = '' }) {
	const whole = await pages(ask, path, 500, query);
	assert.equal(whole.length, count);
	assert.equal(new Set(whole.map(id)).size, count);
	for (const size of [1, 4, Math.max(1, count)]) assert.deepEqual((await pages(ask, path, size, query)).map(id), whole.map(id), `${path} ${size}`);
	const answered = async (more) => (await ask('GET', `${path}?${more}${query}`)).body;
	assert.equal((await answered('pageNumber=1')).entities.length, Math.min(25, count)); // as every list has it
	assert.deepEqual((await answered('pageNumber=1000')).entities, []);
	// What stands behind an empty pair is read, too.
	for (const gap of ['&', '&&&']) assert.equal((await answered(`${gap}pageSize=1${gap}pageNumber=2`)).pageSize, 1);
	for (const wrong of ['pageSize=0', 'pageSize=501', 'pageSize=x', 'pageNumber=0', 'sortOrder=up'])
		assert.equal((await ask('GET', `${path}?${wrong}${query}`)).status, 400, wrong);
	return whole;
}

const byDate = (rows, field, order) =>
	assert.deepEqual(rows.map((row) => row[field]), rows.map((row) => row[field]).toSorted((a, b) => order * a.localeCompare(b)));

test('carriers stand in the order of the configuration', async (t) => {
	const names = Array.from({ length: 30 }, (_, i) => `carrier-${30 - i}`);
	const world = await World.start(t, { gateway: false, changes: ({ carrier }) => ({
		carriers: ['acme', ...names].map((name) => ({ ...carrier.entry({}), name })),
	}) });
	const lead = await person(world, 'supervisor');
	const path = '/api/v2/bindery/carriers';
	const all = await paged(lead, path, { count: 31, id: ({ name }) => name });
	assert.deepEqual(all.map(({ name }) => name), ['acme', ...names]);
	const back = await pages(lead, path, 4, '&sortOrder=desc');
	assert.deepEqual(back.map(({ name }) => name), ['acme', ...names].reverse());
});

test('removals, lists and rule sets', async (t) => {
	const world = await World.start(t, { gateway: false });
	const kim = await person(world, 'compliance', 'kim');
	const lee = await person(world, 'compliance', 'lee');
	const id = (row) => row.id;
	const done = async (who, method, path, body) => {
		const answer = await who(method, `${COMPLY}${path}`, body);
		assert.ok(answer.status < 300, JSON.stringify(answer.body));
		return answer.body;
	};
	for (const path of ['/removals', '/batches']) await paged(kim, `${COMPLY}${path}`, { count: 0, id });
	for (let i = 0; i < 28; i += 1) {
		const number = `+1555010${String(1000 + i)}`;
		await done(kim, 'POST', '/suppressions', { number, reason: 'called us' });
		await done(kim, 'POST', '/removals', { number, reason: 'consent by letter', reference: `case ${i}` });
	}
	const asked = await paged(kim, `${COMPLY}/removals`, { count: 28, id });
	byDate(asked, 'dateCreated', -1);
	byDate(await pages(kim, `${COMPLY}/removals`, 4, '&sortOrder=asc'), 'dateCreated', 1);
	for (const request of asked.slice(0, 9)) await done(lee, 'POST', `/removals/${request.id}/answer`, { answer: 'refuse' });
	await paged(kim, `${COMPLY}/removals`, { count: 19, id });
	byDate(await paged(kim, `${COMPLY}/removals`, { count: 9, id, query: '&state=answered' }), 'dateAnswered', -1);

	const row = (i) => `all\tcsv\tbatch-${String(i).padStart(3, '0')}\t${1_700_000_000_000 + i}\tkim\tfile ${i}`;
	for (let i = 0; i < 27; i += 1) // each in two partitions, told once
		for (const partition of [i % 16, (i + 1) % 16]) await world.redis.call('HSET', `{c${partition}}:bulk`, String(i), row(i));
	const batches = await paged(kim, `${COMPLY}/batches`, { count: 27, id });
	assert.deepEqual(batches.map(id), Array.from({ length: 27 }, (_, i) => `batch-${String(26 - i).padStart(3, '0')}`));

	const { body } = await kim('GET', `${COMPLY}/rule-sets?pageSize=1`);
	assert.ok(body.base.version);
	await paged(kim, `${COMPLY}/rule-sets`, { count: body.total, id });
});
