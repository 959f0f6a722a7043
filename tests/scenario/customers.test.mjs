// Customers by HTTP: made, read, found, changed and erased, by who may.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { person } from './lib/api.mjs';
import { World } from './lib/index.mjs';

const PATH = '/api/v2/externalcontacts/contacts';
const LOOKUP = '/api/v2/externalcontacts/reversewhitepageslookup';

let last = 100;
const number = () => `+4477009${String((last += 1)).padStart(5, '0')}`;

describe('customers', () => {
	let world, admin;
	before(async () => {
		world = await World.start(null, { gateway: false });
		admin = await person(world, 'admin');
	});
	after(() => world.finish());

	const make = async (fields = {}, e164 = number()) => {
		const { status, body } = await admin('POST', PATH, { cellPhone: { e164 }, ...fields });
		assert.equal(status, 200, JSON.stringify(body));
		return body;
	};
	const find = async (query) => (await admin('GET', `${PATH}?${new URLSearchParams(query)}`)).body;
	const names = async (q) => (await find({ q })).entities.map(({ name }) => name);

	it('are kept as they were written, with the number as it is everywhere', async () => {
		const { status, body } = await admin('POST', PATH, {
			cellPhone: { userInput: '+44 (0)7700 900 099' }, firstName: 'Ida', lastName: "O'Berg", title: 'Buyer',
			workEmail: 'ida@example.com', address: { address1: '1 Road', city: 'Bath', countryCode: 'GB' },
			customFields: { tier: 'gold', orders: 3, vip: true, gone: null },
		});
		assert.equal(status, 200);
		assert.equal(body.cellPhone.e164, '+447700900099');
		assert.equal(body.name, "Ida O'Berg");
		assert.deepEqual(body.address, { address1: '1 Road', city: 'Bath', countryCode: 'GB' });
		assert.deepEqual(body.customFields, { orders: '3', tier: 'gold', vip: 'true' });
		assert.equal(body.version, 1);
		assert.match(body.createDate, /^2\d{3}-.*Z$/);
		const read = await admin('GET', body.selfUri);
		assert.deepEqual(read.body, body);
		assert.ok(!body.selfUri.includes('7700'));
	});

	it('are known by their number', async () => {
		const made = await make({ lastName: 'Lookup' });
		const lookup = (lookupVal) => admin('GET', `${LOOKUP}?${new URLSearchParams({ lookupVal })}`);
		assert.deepEqual((await lookup(`00${made.cellPhone.e164.slice(1)}`)).body, { contacts: [made] });
		assert.deepEqual((await lookup('+447700900000')).body, { contacts: [] });
		const refused = await lookup('Ida');
		assert.equal(refused.status, 400);
		assert.match(refused.body.message, /lookupVal must be a number/);
		const taken = await admin('POST', PATH, { cellPhone: { e164: made.cellPhone.e164 } });
		assert.deepEqual([taken.status, taken.body.code], [409, 'number.taken']);
	});

	it('that are changed lose what is not said, and no two changes overtake each other', async () => {
		const made = await make({ firstName: 'Ida', customFields: { tier: 'gold', old: 'yes' } });
		const change = { cellPhone: made.cellPhone, lastName: 'Berg', customFields: { tier: 'silver' }, version: 1 };
		const { status, body } = await admin('PUT', made.selfUri, change);
		assert.equal(status, 200, JSON.stringify(body));
		assert.equal(body.name, 'Berg');
		assert.deepEqual(body.customFields, { tier: 'silver' });
		assert.equal(body.version, 2);
		const late = await admin('PUT', made.selfUri, change);
		assert.deepEqual([late.status, late.body.code], [409, 'version.conflict']);
		const other = await admin('PUT', made.selfUri, { ...change, version: 2, cellPhone: { e164: number() } });
		assert.deepEqual([other.status, other.body.code], [409, 'number.stays']);
	});

	it('that are erased while somebody changes them are not made anew', async () => {
		for (let i = 0; i < 20; i++) {
			const made = await make({ lastName: 'Gone' });
			const change = { cellPhone: made.cellPhone, lastName: 'Here' };
			const [{ status }] = await Promise.all([admin('PUT', made.selfUri, change), admin('DELETE', made.selfUri)]);
			assert.ok([200, 404, 409].includes(status), `${status}`);
			assert.equal((await admin('GET', made.selfUri)).status, 404);
		}
	});

	it('that are erased are gone from everywhere', async () => {
		const made = await make({ lastName: 'Forgetme', workEmail: 'forgetme@example.com' });
		assert.equal((await admin('DELETE', made.selfUri)).status, 204);
		assert.equal((await admin('GET', made.selfUri)).status, 404);
		assert.equal((await admin('DELETE', made.selfUri)).status, 404);
		assert.deepEqual(await names('forgetme'), []);
		const said = [];
		for (const key of await world.redis.keys('{c*'))
			if ((await world.redis.call('TYPE', key)) === 'stream')
				said.push(JSON.stringify(await world.redis.call('XRANGE', key, '-', '+')));
		assert.ok(said.length > 0);
		assert.ok(!said.join().match(/forgetme/i));
		assert.ok(!said.join().includes(made.cellPhone.e164));
	});

	it('are found by the beginnings of words and by either end of a number', async () => {
		await make({ firstName: 'Élodie', lastName: 'Marchetti', workEmail: 'em@shop.example' }, '+12025550177');
		await make({ firstName: 'Elodie', lastName: 'Zweig' }, '+12025550188');
		assert.deepEqual(await names('elodie'), ['Élodie Marchetti', 'Elodie Zweig']);
		assert.deepEqual(await names('MARCH élo'), ['Élodie Marchetti']);
		assert.deepEqual(await names('em@shop'), ['Élodie Marchetti']);
		assert.deepEqual(await names('+1 202 555 01'), ['Élodie Marchetti', 'Elodie Zweig']);
		assert.deepEqual(await names('555-0188'), ['Elodie Zweig']);
		assert.deepEqual(await names('(0)202 555 0177'), ['Élodie Marchetti']);
		assert.deepEqual(await names('etti'), []);
		assert.deepEqual(await names('!!'), []);
		const { total } = await find({ q: '  ' });
		assert.ok(total > 4, `${total}`);
	});

	it('are listed by last name over all partitions, page by page', async () => {
		const wanted = [];
		for (let i = 0; i < 30; i++) {
			const name = `Paged${String((i * 7) % 30).padStart(2, '0')}`;
			await make({ lastName: name });
			wanted.push(name);
		}
		wanted.sort();
		const seen = [];
		for (let pageNumber = 1; pageNumber <= 3; pageNumber++) {
			const page = await find({ q: 'paged', pageSize: 12, pageNumber });
			assert.deepEqual([page.total, page.pageCount, page.pageSize], [30, 3, 12]);
			assert.equal(page.partialResults, false);
			seen.push(...page.entities.map(({ name }) => name));
		}
		assert.deepEqual(seen, wanted);
		const back = await find({ q: 'paged', pageSize: 5, sortOrder: 'lastName:desc' });
		assert.deepEqual(back.entities.map(({ name }) => name), wanted.slice(-5).reverse());
		await make({ lastName: 'Яковлев' });
		await make({ lastName: '渡辺' });
		await make({ title: 'Nameless' });
		const { entities: [nameless, ...named] } = await find({ pageSize: 3, sortOrder: 'desc' });
		assert.deepEqual([nameless.name, named.map(({ name }) => name)], ['', ['渡辺', 'Яковлев']]);
	});

	it('name what is wrong, and what is allowed', async () => {
		const refused = async (body, pattern) => {
			const answer = await admin('POST', PATH, body);
			assert.equal(answer.status, 400, JSON.stringify(body));
			assert.match(answer.body.message, pattern);
		};
		const cellPhone = { e164: number() };
		await refused({}, /cellPhone must be an object with e164/);
		await refused({ cellPhone: { e164: '0207 946' } }, /national number/);
		await refused({ cellPhone, lastName: 'x'.repeat(257) }, /lastName must be a text of at most 256 octets/);
		await refused({ cellPhone, lastName: 'a\tb' }, /without control characters/);
		await refused({ cellPhone, lastName: 'a\u0000b' }, /^The body has a text with NUL: line 1, column \d+\.$/);
		await refused({ cellPhone, customFields: [] }, /customFields must be an object/);
		await refused({ cellPhone, customFields: { 'a b': '1' } }, /letters, digits, _ and -/);
		await refused({ cellPhone, customFields: { a: {} } }, /letters, digits, _ and -/);
		const many = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`f${i}`, 'x']));
		await refused({ cellPhone, customFields: many }, /at most 30 fields/);
		await refused({ cellPhone, version: 'x' }, /version must be one that was read/);
		for (const query of ['pageSize=0', 'pageSize=101', 'pageNumber=11&pageSize=100', 'sortOrder=up'])
			assert.equal((await admin('GET', `${PATH}?${query}`)).status, 400, query);
		for (const id of ['nobody', '0.', '99.x', '-1.x', '00.x', '3.nobody'])
			assert.equal((await admin('GET', `${PATH}/${id}`)).status, 404, id);
	});

	it('may be as full as they can be', async () => {
		const wide = 'ß'.repeat(128);
		const fields = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, wide]));
		const made = await make({
			firstName: wide, middleName: wide, lastName: wide, salutation: wide, title: wide, workEmail: wide,
			personalEmail: wide, otherEmail: wide, externalSystemUrl: wide, customFields: fields,
			address: { address1: wide, address2: wide, city: wide, state: wide, postalCode: wide, countryCode: wide },
		});
		assert.equal(Object.keys(made.customFields).length, 30);
		assert.deepEqual((await admin('GET', made.selfUri)).body, made);
		const others = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`g${i}`, wide]));
		const put = await admin('PUT', made.selfUri, { cellPhone: made.cellPhone, customFields: others });
		assert.deepEqual([put.body.name, Object.keys(put.body.customFields).sort()], ['', Object.keys(others).sort()]);
	});

	it('have in the audit who changed what, until they are erased', async () => {
		const made = await make({ lastName: 'Audit', customFields: { tier: 'gold' } });
		const lead = await person(world, 'supervisor', 'audit-lead');
		await lead('PUT', made.selfUri, { cellPhone: made.cellPhone, lastName: 'Trail' });
		const of = async (query) => (await admin('GET', `/api/v2/audits?${new URLSearchParams(query)}`)).body;
		const { entities } = await of({ kind: 'customer', id: made.id });
		assert.deepEqual(entities.map(({ action, user }) => [action, user.id]), [['update', 'audit-lead'], ['create', 'only-admin']]);
		assert.deepEqual(entities[0].propertyChanges.map(({ property, oldValues, newValues }) => [property, ...oldValues, ...newValues]).sort(), [
			['lastName', 'Audit', 'Trail'], ['own.tier', 'gold', ''],
		]);
		assert.deepEqual((await of({ id: made.id, who: 'audit-lead' })).entities, entities.slice(0, 1));
		assert.equal((await admin('DELETE', made.selfUri)).status, 204);
		const after = await of({ kind: 'customer', id: made.id });
		assert.deepEqual(after.entities.map(({ action }) => action), ['delete', 'update', 'create']);
		assert.ok(!JSON.stringify(after).match(/Trail|gold/));
		assert.deepEqual(await of({ kind: 'customer', id: 'nobody' }), { entities: [], pageSize: 0, more: false });
	});

	it('are in the audit of all partitions and of the floor, each change once, page by page', async () => {
		// At once, so that several have the same id in their partitions.
		await Promise.all(Array.from({ length: 80 }, (_, i) => make({ lastName: `Many${i}` })));
		assert.equal((await admin('POST', '/api/v2/routing/skills', { name: 'audited' })).status, 200);
		for (const kind of ['customer', '']) {
			const seen = [];
			let before = '';
			for (let more = true; more; ) {
				const { body } = await admin('GET', `/api/v2/audits?${new URLSearchParams({ kind, pageSize: 7, ...(before && { before }) })}`);
				seen.push(...body.entities);
				({ more, before } = body);
				assert.ok(seen.length < 10_000); // the last page may have nothing
			}
			const kept = [];
			for (const key of await world.redis.keys('*:audit'))
				if (key.startsWith('{c') || !kind) kept.push(...(await world.redis.call('XRANGE', key, '-', '+')));
			assert.equal(seen.length, kept.length);
			const keys = seen.map(({ entity, action, eventDate, id }) => `${entity.id} ${action} ${eventDate} ${id}`);
			assert.equal(new Set(keys).size, keys.length);
			const dates = seen.map(({ id }) => Number(id.split('-')[0]));
			assert.deepEqual(dates, [...dates].sort((a, b) => b - a));
		}
	});

	it('are in the audit in order where one partition was looked through in vain', async () => {
		const lead = await person(world, 'supervisor', 'seldom');
		const put = async (made, lastName) => assert.equal((await lead('PUT', made.selfUri, { cellPhone: made.cellPhone, lastName })).status, 200);
		const [one, other] = [await make(), await make()];
		await put(one, 'First');
		await put(other, 'Second');
		await world.redis.call('EVAL', `for i = 1, 5001 do redis.call('XADD', KEYS[1], '*', 'e', 'audit', 'who', 'x') end`, 1,
			`{c${other.id.split('.')[0]}}:audit`);
		const seen = [];
		for (let more = true, before = ''; more; ) {
			const { body } = await admin('GET', `/api/v2/audits?${new URLSearchParams({ who: 'seldom', ...(before && { before }) })}`);
			seen.push(...body.entities.map(({ entity }) => entity.id));
			({ more, before } = body);
		}
		assert.deepEqual(seen, [other.id, one.id]);
	});
});
