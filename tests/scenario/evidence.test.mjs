// Evidence of a message in parts: every PDU of it as it came, in the order of its parts, wherever it is shown.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { person } from './lib/api.mjs';
import { readCsv } from './lib/csv.mjs';
import { OURS, waitFor, World } from './lib/index.mjs';
import { readExport } from './lib/ledger.mjs';
import { ledgerIn } from './lib/world.mjs';

const BASE = '/api/v2/compliance';

let world;
let kim;
before(async () => {
	world = await World.start(null, { changes: (w) => ({ router: { parts_timeout_s: 5 }, ledger: ledgerIn(w.folder, { head_interval_s: 1 }) }) });
	kim = await person(world, 'compliance', 'kim');
});
after(() => world.finish());

// The PDUs of `texts`, each a part behind a header with reference 42.
const parts = (from, ...texts) => texts.map((text, i) => ({
	source_addr: from,
	destination_addr: OURS,
	data_coding: 0,
	esm_class: 0x40,
	short_message: Buffer.concat([Buffer.from([5, 0, 3, 42, texts.length, i + 1]), Buffer.from(text)]),
}));
const deliver = async (pdu, bind) => assert.equal(await world.carrier.deliverPdu(pdu, { bind }), 'ESME_ROK');

async function evidenceOf(number, count = 1) {
	let found;
	await waitFor(async () => {
		({ body: found } = await kim('GET', `${BASE}/suppressions?number=${encodeURIComponent(number)}`));
		return found.history.length === count;
	}, { what: () => JSON.stringify(found) });
	const { body } = await kim('GET', `${BASE}/suppressions/${found.history[0].id}`);
	return body;
}
const besideOf = async (evidence) => {
	await waitFor(async () => (await kim('GET', `${BASE}/suppressions/${evidence.id}`)).body.proof?.signed);
	const { stdout } = await world.command('bindery-router', ['ledger', 'export']);
	writeFileSync(join(world.folder, 'all.ledger'), stdout);
	const { code, stdout: said } = await world.command('bindery-router', ['ledger', 'verify', join(world.folder, 'all.ledger')]);
	assert.equal(code, 0, said);
	return readExport(stdout).besides.find(({ p, n }) => p === evidence.partition && n === evidence.index).evidence;
};

describe('evidence of a STOP in parts', () => {
	it('has every PDU, in the order of the parts and not of their coming, each by its bind', async () => {
		const from = '+15550100901';
		const pdus = parts(from, 'Please re', 'move me fro', 'm your list');
		await deliver(pdus[2], 1);
		await deliver(pdus[0], 0);
		await deliver(pdus[1], 1);
		const evidence = await evidenceOf(from);
		assert.equal(evidence.text, 'Please remove me from your list');
		assert.equal(evidence.segments, 3);
		assert.equal(evidence.sealIntact, true);
		assert.deepEqual(evidence.pdus.map(({ part, parts: of, body, udh, esmClass }) => [part, of, body, udh, esmClass]),
			pdus.map(({ short_message: body }, i) => [i + 1, 3, body.toString('hex'), body.subarray(0, 6).toString('hex'), 0x40]));
		assert.equal(new Set(evidence.pdus.map(({ bind }) => bind)).size, 2);
		assert.equal(evidence.pdus[1].bind, evidence.pdus[2].bind);
		const [first, second, third] = evidence.pdus.map(({ dateReceived }) => dateReceived);
		assert.ok(third <= first && first <= second && second <= evidence.dateEffective, JSON.stringify(evidence.pdus));
		for (const { sequenceNumber } of evidence.pdus) assert.ok(sequenceNumber > 0);
		assert.deepEqual(evidence.raw, evidence.pdus[0]);
		const beside = await besideOf(evidence);
		let at = 0;
		for (const { short_message: body } of pdus) {
			const found = beside.indexOf(body, at);
			assert.ok(found >= at, `${body.toString('hex')} behind ${at}`);
			at = found + body.length;
		}
	});

	it('has what came of one whose parts did not all come, and all with the one that came late', async () => {
		const from = '+15550100902';
		const pdus = parts(from, 'STOP ', 'sending me ', 'texts');
		await deliver(pdus[0]);
		await deliver(pdus[1]);
		const evidence = await evidenceOf(from);
		assert.deepEqual([evidence.partial, evidence.pdus.map(({ part }) => part)], [true, [1, 2]]);
		await deliver(pdus[2]);
		const late = await evidenceOf(from, 2);
		assert.equal(late.record.what, 'revoke-again');
		assert.deepEqual(late.pdus.map(({ part }) => part), [1, 2, 3]);
		assert.deepEqual((await kim('GET', `${BASE}/suppressions/${evidence.id}`)).body.pdus.map(({ part }) => part), [1, 2]);
	});

	it('has the one PDU of a message in one, as it always had', async () => {
		const from = '+15550100903';
		await deliver({ source_addr: from, destination_addr: OURS, data_coding: 0, short_message: Buffer.from('STOP') });
		const evidence = await evidenceOf(from);
		assert.deepEqual(evidence.pdus, [evidence.raw]);
		assert.deepEqual([evidence.raw.part, evidence.raw.parts, evidence.raw.body], [1, 1, Buffer.from('STOP').toString('hex')]);
		assert.equal((await besideOf(evidence))[0], 1);
	});

	it('is a file of all records of a number, with a line for each PDU', async () => {
		const from = '+15550100902';
		const { status, body } = await kim('GET', `${BASE}/exports/evidence?number=${encodeURIComponent('1 555 010 0902')}`);
		assert.equal(status, 200, JSON.stringify(body));
		const rows = readCsv(body);
		assert.deepEqual(rows.map((row) => [row.number, row['record.what'], row['pdus.part']]),
			[[`'${from}`, 'revoke-again', '1\n2\n3'], [`'${from}`, 'revoke', '1\n2']]);
		assert.deepEqual(rows[0]['pdus.body'].split('\n'), parts(from, 'STOP ', 'sending me ', 'texts').map(({ short_message: octets }) => octets.toString('hex')));
		assert.equal(rows[0].text, 'STOP sending me texts');
		assert.match(rows[0].recordText, /^p=\d+\tn=\d+\tprev=/);
		assert.equal(rows[0].sealIntact, 'yes');
		const { body: told } = await kim('GET', '/api/v2/audits?kind=export&id=evidence');
		assert.doesNotMatch(JSON.stringify(told), /0902/);
		assert.deepEqual(readCsv((await kim('GET', `${BASE}/exports/evidence?number=%2B15550100999`)).body), []);
		assert.equal((await kim('GET', `${BASE}/exports/evidence?number=nobody`)).status, 400);
		assert.equal((await kim('GET', `${BASE}/exports/evidence`)).status, 400);
	});

	it('of what is unclear has them, too, and they outlive the conversation', async () => {
		const from = '+15550100904';
		const pdus = parts(from, 'wrong ', 'number');
		await deliver(pdus[1]);
		await deliver(pdus[0]);
		const { body } = await kim('GET', `${BASE}/reviews`);
		await waitFor(async () => (await kim('GET', `${BASE}/reviews`)).body.entities.some(({ number }) => number === from), { what: () => JSON.stringify(body) });
		const evidence = await evidenceOf(from);
		assert.equal(evidence.record.what, 'hold');
		assert.deepEqual(evidence.pdus.map(({ part }) => part), [1, 2]);
		for (const key of await world.redis.keys('{c*}:conv:*:msgs')) await world.redis.call('DEL', key);
		assert.equal((await evidenceOf(from)).text, 'wrong number');
	});
});
