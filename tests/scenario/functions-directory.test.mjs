// The Redis Functions of what is set up: directory.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions } from './lib/functions.mjs';

const TAG = '{acd}';
const NOW = 1_700_000_000_000;

const functions = Functions.forTests();
const { redis } = functions;

const put = (id, fields, named = {}) =>
	functions.call('entity_put', TAG, {
		kind: 'skill', id, by: 'root', now: NOW, version: '', unique: '', ...named,
		...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`f:${name}`, value])),
	});
const remove = (id, named = {}) =>
	functions.call('entity_delete', TAG, { kind: 'skill', id, by: 'root', now: NOW, version: '', ...named });
const fieldsOfRow = ([, flat]) => fieldsOf(flat);
const audits = async () => (await functions.events(TAG)).filter(({ e }) => e === 'audit');

describe('entity_put', () => {
	it('makes what is not there, and says all of it', async () => {
		const [verdict, row] = await put('s1', { name: 'Spanish' }, { unique: 'spanish' });
		assert.equal(verdict, 'ok');
		assert.equal(row[0], 's1');
		assert.deepEqual(await redis.hash(`${TAG}:skill:s1`), {
			name: 'Spanish', version: '1', unique: 'spanish', created_ms: `${NOW}`, changed_ms: `${NOW}`,
		});
		const [audit] = await audits();
		assert.equal(audit.action, 'create');
		assert.equal(audit.who, 'root');
		assert.equal(audit.kind, 'skill');
		assert.equal(audit.what, 'name\t\tSpanish');
	});

	it('changes the fields that are named and keeps the others', async () => {
		await put('s1', { name: 'Spanish', text: 'Castilian' });
		const [, row] = await put('s1', { name: 'Español' }, { now: NOW + 5 });
		const fields = fieldsOfRow(row);
		assert.equal(fields.name, 'Español');
		assert.equal(fields.text, 'Castilian');
		assert.equal(fields.version, '2');
		assert.equal(fields.created_ms, `${NOW}`);
		assert.equal(fields.changed_ms, `${NOW + 5}`);
		await put('s1', { text: '' });
		assert.equal((await redis.hash(`${TAG}:skill:s1`)).text, undefined);
	});

	it('that changes nothing is no event and no version', async () => {
		await put('s1', { name: 'Spanish' });
		assert.equal((await put('s1', { name: 'Spanish' }))[0], 'same');
		assert.equal((await audits()).length, 1);
	});

	it('refuses another version than the one that is there', async () => {
		assert.deepEqual(await put('s1', { name: 'a' }, { version: '1' }), ['missing', '0']);
		await put('s1', { name: 'a' }, { version: '0' });
		assert.deepEqual(await put('s1', { name: 'b' }, { version: '0' }), ['conflict', '1']);
		assert.deepEqual(await put('s1', { name: 'b' }, { version: '2' }), ['conflict', '1']);
		assert.equal((await put('s1', { name: 'b' }, { version: '1' }))[0], 'ok');
	});

	it('gives a name to one of a kind only, and frees it', async () => {
		await put('s1', { name: 'Spanish' }, { unique: 'spanish' });
		assert.deepEqual(await put('s2', { name: 'SPANISH' }, { unique: 'spanish' }), ['taken', 's1']);
		assert.equal((await put('q1', { name: 'Spanish' }, { unique: 'spanish', kind: 'queue' }))[0], 'ok');
		await put('s1', { name: 'Catalan' }, { unique: 'catalan' });
		assert.equal((await put('s2', { name: 'Spanish' }, { unique: 'spanish' }))[0], 'ok');
	});

	it('never writes a secret into an event', async () => {
		await put('c1', { name: 'CRM', secret_hash: 'abc' }, { kind: 'client' });
		const [audit] = await audits();
		assert.ok(audit.what.includes('secret_hash\t\t'));
		assert.ok(!audit.what.includes('abc'));
	});

	it('cannot be used to write what is kept by the function itself', async () => {
		await put('s1', { name: 'a', version: '77', created_ms: '1' });
		const kept = await redis.hash(`${TAG}:skill:s1`);
		assert.equal(kept.version, '1');
		assert.equal(kept.created_ms, `${NOW}`);
	});
});

describe('entity_delete', () => {
	it('takes it away with its name, once', async () => {
		await put('s1', { name: 'Spanish' }, { unique: 'spanish' });
		assert.deepEqual(await remove('s1', { version: '3' }), ['conflict', '1']);
		assert.equal((await remove('s1', { version: '1' }))[0], 'ok');
		assert.deepEqual(await remove('s1'), ['missing', '0']);
		assert.equal((await put('s2', { name: 'Spanish' }, { unique: 'spanish' }))[0], 'ok');
		assert.deepEqual((await audits()).map(({ action }) => action), ['create', 'delete', 'create']);
	});

	it('of a skill takes it from agents, of a queue its members, of a user both', async () => {
		const staff = { by: 'root', now: NOW };
		await functions.call('skill_put', TAG, { a: 'ann', skill: 's1', level: '3', ...staff });
		await functions.call('member_put', TAG, { q: 'front', a: 'ann', ring: '1', ...staff });
		await functions.call('member_put', TAG, { q: 'back', a: 'ann', ring: '1', ...staff });
		await put('s1', { name: 'Spanish' });
		await remove('s1');
		assert.deepEqual(await redis.hash(`${TAG}:agent:ann:skills`), {});
		await put('front', { name: 'front' }, { kind: 'queue' });
		await remove('front', { kind: 'queue' });
		assert.deepEqual(await redis.hash(`${TAG}:queue:front:members`), {});
		await put('ann', { name: 'ann' }, { kind: 'user' });
		await put('ann', { state: 'deleted' }, { kind: 'user', forget: '1' });
		assert.deepEqual(await redis.hash(`${TAG}:queue:back:members`), {});
	});
});

describe('entities', () => {
	it('are read page by page, each of them', async () => {
		for (let i = 0; i < 700; i++) await put(`s${i}`, { name: `skill ${i}` });
		const seen = new Set();
		let cursor = '0';
		do {
			const [next, ...rows] = await functions.call('entities', TAG, { kind: 'skill', cursor, limit: 50 });
			for (const row of rows) {
				assert.equal(fieldsOfRow(row).name, `skill ${row[0].slice(1)}`);
				seen.add(row[0]);
			}
			cursor = next;
		} while (cursor !== '0');
		assert.equal(seen.size, 700);
	});

	it('are read one by one too', async () => {
		await put('s1', { name: 'Spanish' });
		assert.equal(fieldsOfRow(await functions.call('entity_get', TAG, { kind: 'skill', id: 's1' })).name, 'Spanish');
		assert.deepEqual(await functions.call('entity_get', TAG, { kind: 'skill', id: 's2' }), ['s2', []]);
	});
});

describe('the last admin', () => {
	const user = (id, fields, named = {}) => put(id, fields, { kind: 'user', ...named });
	const gone = (id) => remove(id, { kind: 'user' });
	const leaves = (id) => functions.call('user_leaves', TAG, { id });
	const admin = (id, more = {}) => user(id, { name: id, roles: 'agent,admin', state: 'active', secret_changed_ms: '1', ...more });

	it('is neither demoted, nor made inactive, nor deleted, nor on the way to it', async () => {
		await admin('root');
		await user('ann', { name: 'Ann', roles: 'agent,administrator', state: 'active' });
		await admin('off', { state: 'inactive' });
		for (const fields of [{ roles: 'agent' }, { state: 'inactive' }, { roles: '' }])
			assert.deepEqual(await user('root', fields), ['last', 'root']);
		assert.deepEqual(await leaves('root'), ['last', 'root']);
		assert.deepEqual(await gone('root'), ['last', 'root']);
		assert.equal((await redis.hash(`${TAG}:user:root`)).version, '1');
		assert.equal((await audits()).length, 3);
		// What leaves them an admin may change.
		assert.equal((await user('root', { name: 'Root', roles: 'admin' }))[0], 'ok');
		assert.equal((await gone('ann'))[0], 'ok');
	});

	it('is one who can sign in: who has no password is none', async () => {
		await admin('root');
		await admin('eve', { secret_changed_ms: '' });
		assert.deepEqual(await leaves('root'), ['last', 'root']);
		assert.deepEqual(await user('root', { state: 'inactive' }), ['last', 'root']);
		// They are nobody whom it needs, either.
		assert.equal((await user('eve', { roles: 'agent' }))[0], 'ok');
		assert.equal((await user('eve', { roles: 'admin' }))[0], 'ok');
		assert.equal((await user('eve', { secret_changed_ms: '5' }))[0], 'ok');
		assert.equal((await gone('root'))[0], 'ok');
		assert.deepEqual(await gone('eve'), ['last', 'eve']);
		// That somebody has none is found out, of whoever it is and in any order.
		assert.equal((await user('eve', { secret_changed_ms: '' }))[0], 'ok');
		assert.equal((await admin('root'))[0], 'ok');
		assert.deepEqual(await gone('root'), ['last', 'root']);
	});

	it('is whoever is left: of two who are to go, the second stays', async () => {
		await admin('root');
		await admin('eve');
		assert.equal((await user('root', { roles: 'agent' }))[0], 'ok');
		assert.deepEqual(await gone('eve'), ['last', 'eve']);
	});

	it('is counted without who is about to be deleted, of whom nothing changes any more', async () => {
		await admin('root');
		await admin('eve');
		assert.deepEqual(await leaves('nobody'), ['missing', '0']);
		assert.deepEqual(await leaves('eve'), ['ok']);
		assert.deepEqual(await gone('root'), ['last', 'root']);
		const before = await redis.hash(`${TAG}:user:eve`);
		for (const fields of [{ name: 'Eve' }, { secret_changed_ms: '5' }])
			for (const version of ['', '1', '7']) assert.deepEqual(await user('eve', fields, { version }), ['leaving', 'eve']);
		assert.deepEqual(await redis.hash(`${TAG}:user:eve`), before);
		assert.deepEqual(await leaves('root'), ['last', 'root']);
		assert.deepEqual(await leaves('eve'), ['ok'], 'it may be asked for again');
		assert.equal((await gone('eve'))[0], 'ok');
		assert.equal((await admin('eve'))[0], 'ok', 'made anew');
		assert.equal((await gone('root'))[0], 'ok');
	});

	it('counts who was about to be deleted again, where they stay', async () => {
		await admin('root');
		await admin('eve');
		assert.deepEqual(await leaves('eve'), ['ok']);
		const stays = (id) => functions.call('user_stays', TAG, { id });
		assert.deepEqual(await stays('eve'), ['ok']);
		assert.deepEqual(await leaves('root'), ['ok']);
		assert.deepEqual(await stays('nobody'), ['ok']);
		assert.deepEqual(await redis.hash(`${TAG}:user:nobody`), {});
	});
});

describe('skills', () => {
	it('are no more than routing tells apart', async () => {
		await redis.call('EVAL', `for i = 1, 1023 do redis.call('SADD', '${TAG}:skills', 's' .. i) end`, 0);
		assert.equal((await put('last', { name: 'Last' }))[0], 'ok');
		assert.deepEqual(await put('more', { name: 'More' }), ['skills_full', '1024']);
		assert.deepEqual(await redis.hash(`${TAG}:skill:more`), {});
		assert.equal((await put('last', { name: 'The last' }))[0], 'ok', 'what there is may change');
		assert.equal((await put('q', { name: 'Queue' }, { kind: 'queue' }))[0], 'ok');
		await remove('last');
		assert.equal((await put('more', { name: 'More' }))[0], 'ok');
	});
});
