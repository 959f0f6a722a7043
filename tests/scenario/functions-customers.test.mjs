// The Redis Functions of customers: directory.lua, in the partition of their number.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions } from './lib/functions.mjs';

const TAG = '{c3}';
const NOW = 1_700_000_000_000;
const NUMBER = '+447700900100';

const functions = Functions.forTests();
const { redis } = functions;

const put = (id, fields, named = {}) =>
	functions.call('entity_put', TAG, {
		kind: 'customer', id, by: 'root', now: NOW, version: '', unique: NUMBER, sort: 'x', words: 'x', ...named,
		...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`f:${name}`, value])),
	});
const remove = (id, named = {}) =>
	functions.call('entity_delete', TAG, { kind: 'customer', id, by: 'root', now: NOW, version: '', ...named });
const find = async (words, named = {}) => {
	const [count, more, ...rows] = await functions.call('customers_find', TAG, {
		words: words.join('\n'), also: '', descending: '', limit: 100, ...named,
	});
	return { count, more, ids: rows.map((row) => row.split('\n')[1]) };
};
const person = (id, name, unique) =>
	put(id, { lastName: name }, { unique, sort: name.toLowerCase(), words: name.toLowerCase().replaceAll(' ', '\n') });
const audits = async () => (await functions.events(TAG)).filter(({ e }) => e === 'audit');
const history = async (id) =>
	(await functions.call('audits', TAG, { before: '', limit: 100, who: '', kind: 'customer', id }))[1].map(
		([, ...flat]) => fieldsOf(flat),
	);

describe('a customer', () => {
	it('is found by the number', async () => {
		await put('c1', { lastName: 'A' });
		const [found, flat] = await functions.call('entity_get', TAG, { kind: 'customer', id: '', unique: NUMBER });
		assert.deepEqual([found, fieldsOf(flat).lastName], ['c1', 'A']);
		const [, nothing] = await functions.call('entity_get', TAG, { kind: 'customer', id: '', unique: '+1' });
		assert.deepEqual(nothing, []);
	});

	it('is the only one with that number', async () => {
		await put('c1', { lastName: 'A' }, { version: '0' });
		assert.deepEqual(await put('c2', { lastName: 'B' }, { version: '0' }), ['taken', 'c1']);
	});

	it('is in no event but by an id and the names of fields', async () => {
		await put('c1', { lastName: 'Marker', own: 'Secretly' });
		await put('c1', { lastName: 'Marked' });
		await remove('c1');
		const found = await audits();
		assert.deepEqual(found.map(({ action }) => action), ['create', 'update', 'delete']);
		assert.deepEqual(found.map(({ what }) => what), ['lastName\t\t\nown\t\t', 'lastName\t\t', 'name\t\t']);
		for (const key of ['events', 'audit']) {
			const all = JSON.stringify(await redis.call('XRANGE', `${TAG}:${key}`, '-', '+'));
			for (const said of ['Mark', 'Secretly', NUMBER]) assert.ok(!all.includes(said), `${key}: ${said}`);
		}
	});

	it('has what was changed, and by whom, for as long as it is there', async () => {
		await put('c1', { lastName: 'A' });
		await put('c1', { lastName: 'B' }, { by: 'ann' });
		assert.deepEqual(
			(await history('c1')).map(({ who, what }) => [who, what]),
			[['ann', 'lastName\tA\tB'], ['root', 'lastName\t\tA']],
		);
		await remove('c1');
		assert.deepEqual((await history('c1')).map(({ what }) => what), ['name\t\t', 'lastName\t\t', 'lastName\t\t']);
	});

	it('keeps the last hundred of its changes', async () => {
		for (let i = 1; i <= 110; i++) await put('c1', { lastName: `n${i}` });
		const kept = await redis.hash(`${TAG}:customer:c1:changes`);
		assert.equal(Object.keys(kept).length, 100);
		assert.equal(kept[110], 'lastName\tn109\tn110');
	});

	it('that is deleted leaves nothing but what happened', async () => {
		await person('c1', 'Marker Person', NUMBER);
		await remove('c1');
		assert.deepEqual((await redis.keys('*')).sort(), [`${TAG}:audit`, `${TAG}:events`]);
	});

	it('tells those who talk with them, when it is made, changed and deleted', async () => {
		await redis.call('HSET', `${TAG}:talks:${NUMBER}`, 'conv0', 'all', 'conv1', 'all', 'conv2', 'all');
		await redis.call('HSET', `${TAG}:conv:conv0`, 'state', 'waiting', 'agent', '');
		await redis.call('HSET', `${TAG}:conv:conv1`, 'state', 'connected', 'agent', 'ann');
		await redis.call('SET', `${TAG}:lease`, 'r:1');
		await put('c1', { lastName: 'A' });
		await put('c1', { lastName: 'A' });
		await put('c1', { lastName: 'B' });
		await remove('c1');
		const told = await redis.call('XRANGE', `${TAG}:back`, '-', '+');
		assert.deepEqual(told.map(([, flat]) => fieldsOf(flat)), Array(3).fill({ k: 'customer', c: NUMBER, r: NUMBER }));
		const step = { back: told[0][0], fence: 'r:1', customer: NUMBER, now: NOW };
		const [word, event, ...others] = await functions.call('customer_changed', TAG, step);
		assert.deepEqual([word, others], ['ok', []]); // nobody has the others
		assert.deepEqual(fieldsOf(event.slice(1)), {
			at: `${NOW}`, a: 'ann', e: 'customer', c: 'conv1', s: 'connected',
		});
		assert.deepEqual(await functions.call('customer_changed', TAG, step), ['done']);
		assert.deepEqual(await functions.call('customer_changed', TAG, { ...step, fence: 'r:0' }), ['fenced']);
	});
});

describe('customers_find', () => {
	it('tells them in order, and backwards, and how many there are', async () => {
		for (const [i, name] of ['Berg', 'Adler', 'Zorn', 'Conti'].entries()) await person(`c${i}`, name, `+4477009001${i}0`);
		assert.deepEqual(await find([]), { count: 4, more: '', ids: ['c1', 'c0', 'c3', 'c2'] });
		assert.deepEqual((await find([], { descending: '1', limit: 2 })).ids, ['c2', 'c3']);
	});

	it('needs every word, in any order and from its beginning', async () => {
		await person('c1', 'Maria Berg', '+447700900101');
		await person('c2', 'Maria Zorn', '+447700900102');
		assert.deepEqual((await find(['maria'])).ids.sort(), ['c1', 'c2']);
		assert.deepEqual((await find(['be', 'mar'])).ids, ['c1']);
		assert.deepEqual((await find(['erg'])).ids, []);
		assert.deepEqual((await find(['maria', 'erg'])).ids, []);
		assert.deepEqual((await find(['nobody'], { also: 'zo' })).ids, ['c2']);
		assert.deepEqual((await find(['maria'], { also: 'be' })).count, 2);
	});

	it('follows what changes', async () => {
		await person('c1', 'Maria Berg', NUMBER);
		await person('c1', 'Maria Zorn', NUMBER);
		assert.deepEqual((await find(['berg'])).ids, []);
		assert.deepEqual((await find(['zorn'])).ids, ['c1']);
		assert.deepEqual((await find([])).ids, ['c1']);
	});

	it('stops at five hundred entries and says that there may be more', async () => {
		for (let i = 0; i < 505; i++) await person(`c${i}`, `Same ${i}`, `+44770${i}`);
		const { count, more } = await find(['same']);
		assert.deepEqual([count, more], [500, '1']);
		assert.equal((await find(['504', 'same'])).ids.length, 1);
	});
});
