// Lists over HTTP: tried dry, imported piece by piece, taken back by two.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { person } from './lib/api.mjs';
import { waitFor, World } from './lib/index.mjs';
import { readExport } from './lib/ledger.mjs';

const BASE = '/api/v2/compliance';
const CSV = ['name;phone', 'Ann;+1 (555) 020-0001', '"Bea; the second";"+1 555 020 0002"', 'Cid;0015550200001', 'Dot;nobody', 'Eve;', '', 'Fay;070-174 06 35'].join('\r\n');
const file = createHash('sha256').update(CSV).digest('hex');

let world;
let kim;
let lee;
before(async () => {
	world = await World.start(null, { gateway: false });
	kim = await person(world, 'compliance', 'kim');
	lee = await person(world, 'compliance', 'lee');
});
after(() => world.finish());

const send = (who, rows, more = {}) => who('POST', `${BASE}/imports`, { source: 'dnc', reason: 'do not call', file, rows, ...more });
const suppressed = async (number) => (await kim('GET', `${BASE}/suppressions?number=${encodeURIComponent(number)}`)).body;

describe('a list', () => {
	const outcomes = (said) => said.outcomes.map(({ row, number, outcome }) => [row, number, outcome]);
	const wanted = [
		[2, '+15550200001', 'added'], [3, '+15550200002', 'added'], [4, '+15550200001', 'repeated'],
		[5, '', 'not a number'], [6, '', 'no number'], [8, '', 'a national number; say of which country (--country), or write it with +'],
	];

	it('is tried dry: an outcome for every row, and nothing is written', async () => {
		const { status, body } = await send(kim, CSV, { dry: true });
		assert.equal(status, 200, JSON.stringify(body));
		assert.deepEqual(outcomes(body), wanted);
		assert.deepEqual([body.column, body.separator, body.names, body.added, body.also, body.repeated, body.refused], [2, ';', true, 2, 0, 1, 3]);
		assert.equal((await suppressed('+15550200001')).suppressed, false);
		assert.deepEqual((await kim('GET', `${BASE}/batches`)).body.entities, []);
	});

	it('is imported in pieces, each of them once, and stands in the ledger', async () => {
		const lines = CSV.split('\r\n');
		const first = (await send(kim, lines.slice(0, 3).join('\n'))).body;
		const next = { batchId: first.batchId, column: first.column, separator: first.separator, firstRow: 4 };
		const second = (await send(kim, lines.slice(3).join('\n'), next)).body;
		assert.deepEqual([...outcomes(first), ...outcomes(second)], wanted);
		const again = (await send(kim, lines.slice(0, 3).join('\n'), { batchId: first.batchId })).body;
		assert.deepEqual([again.added, again.repeated], [0, 2]);
		const found = await suppressed('+15550200002');
		assert.deepEqual(found.inForce.map(({ scope, source, by, batchId }) => [scope, source, by, batchId]), [['all', 'dnc', 'kim', first.batchId]]);
		const [batch] = (await lee('GET', `${BASE}/batches`)).body.entities;
		assert.deepEqual([batch.id, batch.scope, batch.source, batch.by, batch.reason], [first.batchId, 'all', 'dnc', 'kim', 'do not call']);
		const { stdout } = await world.command('bindery-router', ['ledger', 'export']);
		const imports = [...readExport(stdout).records.values()].flat().filter(({ fields }) => fields.what === 'import');
		assert.equal(imports.reduce((sum, { fields }) => sum + Number(fields.rows), 0), 2);
		for (const { fields } of imports) assert.deepEqual([fields.file, fields.by, fields.batch], [file, 'kim', first.batchId]);
	});

	it('whose lines end in CR alone is one row that is refused', async () => {
		for (const rows of ['+15550300001\r+15550300002\r', 'phone,name\r+15550300001,Ann\r+15550300002,Bob', '+15550300001,Ann\r+15550300002,Bob\n']) {
			const { body } = await send(kim, rows, { dry: true });
			assert.deepEqual([body.added, body.refused], [0, 1], rows);
			assert.deepEqual(outcomes(body).map(([row, number]) => [row, number]), [[1, '']]);
		}
	});

	it('is added to by nobody else', async () => {
		const { batchId } = (await send(kim, '+15550200100')).body;
		const { status, body } = await send(lee, '+15550200100', { batchId });
		assert.deepEqual([status, body.code], [409, 'batch.of.another']);
	});

	it('is taken back whole by two', async () => {
		const numbers = Array.from({ length: 1000 }, (_, i) => `+1555030${String(i).padStart(4, '0')}`);
		const { body } = await send(kim, numbers.join('\n'), { source: 'crm' });
		assert.equal(body.added, 1000);
		const asked = await kim('POST', `${BASE}/removals`, { batchId: body.batchId, reason: 'wrong file', reference: 'c1' });
		assert.equal(asked.status, 202);
		const answer = (who) => who('POST', `${BASE}/removals/${asked.body.id}/answer`, { answer: 'approve' });
		assert.equal((await answer(kim)).body.code, 'own.request');
		assert.equal((await answer(lee)).status, 200);
		let row;
		await waitFor(async () => (row = (await kim('GET', `${BASE}/removals?state=answered`)).body.entities[0]).whole, { what: () => `it is whole: ${JSON.stringify(row)}` });
		assert.deepEqual([row.batchId, row.taken, row.answeredBy], [body.batchId, 1000, 'lee']);
		for (const number of [numbers[0], numbers[999]]) assert.equal((await suppressed(number)).suppressed, false);
		assert.equal((await suppressed('+15550200002')).suppressed, true);
	});

	const wrong = [
		[{ rows: 'x'.repeat(60001) }, /60000 octets/],
		[{ rows: '1\n'.repeat(1001) }, /at most 1000 rows/],
		[{ source: 'keyword' }, /not keyword/],
		[{ source: '' }, /source must be/],
		[{ reason: '' }, /reason must be/],
		[{ file: 'abc' }, /file must be the SHA-256/],
		[{ column: 65 }, /column must be/],
		[{ column: 'a' }, /column must be/],
		[{ firstRow: -1 }, /firstRow/],
		[{ separator: 'x' }, /separator must be/],
		[{ scope: 'programme:none' }, /scope must be/],
		[{ batchId: 'a\tb' }, /batchId must be/],
		[{ country: 'se' }, /country must be/],
	];
	for (const [more, pattern] of wrong)
		it(`is refused where it is wrong: ${JSON.stringify(more).slice(0, 50)}`, async () => {
			const { status, body } = await send(kim, '+15550200300', more);
			assert.equal(status, 400);
			assert.match(body.message, pattern);
		});
});
