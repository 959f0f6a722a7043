// Files of customers: tried dry, sent in pieces, sent again, and whatever people and others put into them.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { person } from './lib/api.mjs';
import { World } from './lib/index.mjs';

const PATH = '/api/v2/externalcontacts/contacts';
const IMPORTS = '/api/v2/bindery/customers/imports';

describe('a file of customers', () => {
	let world, lead;
	before(async () => {
		world = await World.start(null, { gateway: false });
		lead = await person(world, 'supervisor');
	});
	after(() => world.finish());

	const ask = (rows, more = {}) => lead('POST', IMPORTS, { rows, ...more });
	const send = async (rows, more) => {
		const { status, body } = await ask(rows, more);
		assert.equal(status, 200, JSON.stringify(body));
		return body;
	};
	const counts = ({ created, changed, unchanged, repeated, refused }) => [created, changed, unchanged, repeated, refused];
	const whats = ({ outcomes }) => outcomes.map(({ row, outcome, what }) => `${row} ${outcome} ${what}`.trim());
	const known = async (q) => (await lead('GET', `${PATH}?${new URLSearchParams({ q, pageSize: 100 })}`)).body.entities;
	const one = async (q) => (await known(q))[0];

	it('tried dry says what it would do, and does nothing', async () => {
		const file = 'Phone,First name,Last Name,Tier,Home-Town\n+447700900201,Ida,Berg,gold,Bath\n';
		const dry = await send(file, { dry: true });
		assert.deepEqual(counts(dry), [1, 0, 0, 0, 0]);
		assert.deepEqual(dry.columns, [
			{ name: 'Phone', field: 'unique', label: 'Number' },
			{ name: 'First name', field: 'firstName', label: 'First name' },
			{ name: 'Last Name', field: 'lastName', label: 'Last name' },
			{ name: 'Tier', field: 'own.Tier', label: 'Tier' },
			{ name: 'Home-Town', field: 'own.Home-Town', label: 'Home-Town' },
		]);
		assert.deepEqual(whats(dry), ['2 created firstName, lastName, Tier, Home-Town']);
		assert.deepEqual(await known('+447700900201'), []);
		assert.deepEqual(counts(await send(file)), [1, 0, 0, 0, 0]);
		const made = await one('+447700900201');
		assert.deepEqual([made.name, made.customFields, made.version], ['Ida Berg', { Tier: 'gold', 'Home-Town': 'Bath' }, 1]);
	});

	it('sent again changes nothing; a changed row changes what differs alone; an empty cell leaves what is there', async () => {
		const file = 'number;name;city\n+447700900211;Adler;Bath\n+447700900212;Berg;Wells\n';
		assert.deepEqual(counts(await send(file)), [2, 0, 0, 0, 0]);
		assert.deepEqual(counts(await send(file)), [0, 0, 2, 0, 0]);
		const again = await send('number;name;city\n+447700900211;Adler;\n+447700900212;Berg;York\n');
		assert.deepEqual(counts(again), [0, 1, 1, 0, 0]);
		assert.deepEqual(whats(again), ['2 unchanged', '3 changed address.city']);
		const [adler, berg] = [await one('+447700900211'), await one('+447700900212')];
		assert.deepEqual([adler.address.city, adler.version], ['Bath', 1]);
		assert.deepEqual([berg.address.city, berg.version], ['York', 2]);
	});

	it('reads what spreadsheets write: marks, quotes over lines, tabs, blanks, national numbers', async () => {
		const file = '\uFEFF"Mobile";"Last name";"Address";"Notes"\r\n'
			+ '"07700 900221";" O""Neil; the 2nd ";"1 Road\r\nBath";x\r\n'
			+ ' 07700 900222 ;5" pipe;;\r\n'
			+ '\r\n';
		const { outcomes, separator, ...rest } = await send(file, { country: '44' });
		assert.equal(separator, ';');
		assert.deepEqual(counts(rest), [2, 0, 0, 0, 0]);
		assert.deepEqual(outcomes.map(({ row, number }) => [row, number]), [[2, '+447700900221'], [4, '+447700900222']]);
		const made = await one('+447700900221');
		assert.deepEqual([made.lastName, made.address.address1], ['O"Neil; the 2nd', '1 Road  Bath']);
		assert.equal((await one('+447700900222')).lastName, '5" pipe');
		assert.equal((await send('Tel\tName\n+447700900223\tTabbed\n')).created, 1);
	});

	it('says of every row that is refused where, what and why, and takes the others', async () => {
		const said = await send([
			'phone,lastName,tier', 'nobody,A,x', '020 7946 0000,B,x', ',C,x', '+44770,D,x', '+447700900231,E,x,y',
			`+447700900232,${'z'.repeat(257)},x`, '+447700900233,G\u0007,x', '+447700900234,H,"x', '+447700900235,I,x',
		].join('\n'));
		assert.deepEqual(counts(said), [1, 0, 0, 0, 8]);
		assert.deepEqual(whats(said), [
			'2 refused not a number',
			'3 refused number: it is national, and no country was said',
			'4 refused no number',
			'5 refused an international number has 7 to 15 digits',
			'6 refused 4 cells, allowed are the 3 of the first row',
			'7 refused lastName: 257 octets, allowed are 256 without control characters',
			'8 refused lastName: 2 octets, allowed are 256 without control characters',
			'9 refused a quote is not closed',
			'10 created lastName, tier',
		]);
		assert.equal(said.outcomes[0].cell, 'nobody');
	});

	it('with a number twice takes the last row of it', async () => {
		const file = 'phone,lastName\n+447700900241,First\n00447700900241,Second\n+447700900241,\u0007\n';
		const said = await send(file, { dry: true });
		assert.deepEqual(whats(said).slice(0, 2), ['2 repeated a later row has this number; that one counts', '3 created lastName']);
		assert.deepEqual(counts(await send(file)), [1, 0, 0, 1, 1]);
		assert.equal((await one('+447700900241')).lastName, 'Second');
	});

	it('goes on in pieces as the first was answered', async () => {
		const { columns, separator } = await send('phone;first;skip me;skip me\n+447700900251;A;;');
		assert.deepEqual(columns.map(({ field }) => field), ['unique', 'firstName', 'own.skip_me', '']);
		const more = { columns: columns.map(({ field }) => field), separator, firstRow: 3 };
		const said = await send('+447700900252;B;1;2\n+447700900253,C', more);
		assert.deepEqual(whats(said), ['3 created firstName, skip_me', '4 refused not a number']);
		assert.deepEqual((await one('+447700900252')).customFields, { skip_me: '1' });
	});

	it('is refused whole where its first row is none, or the order is not one', async () => {
		const refused = async (rows, more, pattern) => {
			const { status, body } = await ask(rows, more);
			assert.equal(status, 400, JSON.stringify(body));
			assert.match(body.message, pattern);
		};
		await refused('+447700900261,Ida\n', {}, /first row must name the columns/);
		await refused('', {}, /first row must name the columns/);
		const wide = Array.from({ length: 31 }, (_, i) => `f${i}`).join(',');
		await refused(`phone,${wide}\n`, {}, /names 31 custom fields, allowed are 30/);
		await refused(`phone\n${'+447700900262\n'.repeat(1001)}`, {}, /at most 1000 rows/);
		await refused('phone\n\u0000', {}, /^The body has a text with NUL: line 1, column \d+\.$/);
		await refused('x'.repeat(60001), {}, /at most 60000 octets/);
		await refused('phone\n', { country: '44444' }, /country must be/);
		await refused('phone\n', { separator: '|' }, /separator must be/);
		await refused('phone\n', { firstRow: -1 }, /firstRow must be/);
		for (const columns of [[], 'x', ['firstName'], ['unique', 'unique'], ['unique', 'version'], ['unique', 'own.a b'], [1]])
			await refused('x', { columns, firstRow: 2 }, /columns must be/);
	});

	it('gives nobody more custom fields than they may have', async () => {
		const head = (from) => Array.from({ length: 20 }, (_, i) => `f${from + i}`).join(',');
		const cells = Array(20).fill('x').join(',');
		assert.equal((await send(`phone,${head(0)}\n+447700900271,${cells}\n`)).created, 1);
		const said = await send(`phone,${head(15)}\n+447700900271,${cells}\n`);
		assert.deepEqual(whats(said), ['2 refused a customer has at most 30 custom fields']);
	});

	it('stands in the audit as whoever sent it', async () => {
		await send('phone,lastName\n+447700900281,Audited\n');
		const [{ id }] = await known('+447700900281');
		const key = `{c${id.split('.')[0]}}:audit`;
		const rows = (await world.redis.call('XRANGE', key, '-', '+')).map(([, flat]) => flat.join(' '));
		assert.ok(rows.some((row) => row.includes('who only-supervisor action create') && row.includes(id)), rows.join('\n'));
	});

	it('is imported at the command line too, dry first, and somebody is erased there', async () => {
		const path = join(world.folder, 'customers.csv');
		writeFileSync(path, Buffer.concat([
			Buffer.from('phone,lastName\n+447700900291,Shell\nnobody,X\n+447700900292,'), Buffer.from([0xe9]),
			Buffer.from('\n+447700900291,"Shelley\n"\n'),
		]));
		const run = (...words) => world.command('bindery-router', ['customer', ...words, '--by', 'ops']);
		const lines = ({ stdout }) => stdout.trim().split('\n').map((line) => line.split('\t').slice(0, 5).join(' ').trim());
		const dry = await run('import', path, '--dry-run');
		assert.equal(dry.code, 0, dry.stderr);
		assert.deepEqual(lines(dry), [
			'2 +447700900291 +447700900291 created lastName', '3 nobody  refused not a number',
			'4 +447700900292 +447700900292 refused lastName: it is not UTF-8',
			'5 +447700900291 +447700900291 repeated an earlier row has this number; this one counts',
		]);
		assert.match(dry.stderr, /4 rows, 1 created, 0 changed, 0 unchanged, 1 repeated, 2 refused/);
		assert.deepEqual(await known('+447700900291'), []);
		assert.equal((await run('import', path, '--quiet')).stdout.trim().split('\n').length, 2);
		const made = await one('+447700900291');
		assert.deepEqual([made.lastName, made.version], ['Shelley', 2]);
		const erased = await run('erase', '00 44 7700 900291');
		assert.deepEqual([erased.code, erased.stdout.trim()], [0, made.id]);
		assert.deepEqual(await known('+447700900291'), []);
		assert.equal((await run('erase', '+447700900291')).code, 1);
		assert.equal((await run('erase', 'Ida')).code, 2);
		assert.equal((await run('import', join(world.folder, 'nowhere'))).code, 1);
		assert.equal((await run('merge', path)).code, 2);
		writeFileSync(path, '+447700900291,Shell\n');
		const none = await run('import', path);
		assert.equal(none.code, 1);
		assert.match(none.stderr, /customers\.csv: The first row must name the columns/);
	});
});
