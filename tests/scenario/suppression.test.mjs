// The suppression list as somebody of compliance keeps it at the command line, and what the road makes of it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { BIN, OURS, waitFor, World } from './lib/index.mjs';
import { readExport } from './lib/ledger.mjs';
import { writeList } from './lib/lists.mjs';
import { done, officer } from './lib/officer.mjs';

const CUSTOMER = '+15550100199';

let world;
let ann;
before(async () => {
	world = await World.start(null);
	ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
	for (const name of ['kim', 'lee', 'max']) await world.addUser(name, { role: 'compliance' });
});
after(() => world.finish());

const { suppression, confirmed, refuses } = officer(() => world);

let written = 0;
function file(text) {
	const path = join(world.folder, `list${written++}.csv`);
	writeFileSync(path, text);
	return path;
}

async function batchOf(promise) {
	const { code, stdout, stderr } = await promise;
	assert.equal(code, 0, stderr);
	return { stdout, stderr, batch: stderr.match(/^batch (\S+)$/m)[1] };
}

// A conversation with that customer.
async function talk(customer) {
	await world.carrier.deliver({ from: customer, to: OURS, text: 'Hello' });
	return (await ann.acceptNext(customer)).id;
}

const isRefused = (id) => assert.rejects(ann.send(id, 'Hm'), (error) => error.code === 'suppressed');

describe('one number', () => {
	it('is added by one person, at once, and found however it is written', async () => {
		const id = await talk(CUSTOMER);
		await ann.send(id, 'One');
		assert.equal((await suppression('search', CUSTOMER)).code, 1);
		assert.equal(await done(suppression('add', '+1 (555) 010-0199', '--by', 'kim', '--reason', 'called us', '--scope', 'programme:shop')),
			`${CUSTOMER}\tp:shop\tadded\n`);
		await isRefused(id);
		for (const [number, ...more] of [[CUSTOMER], ['001 555 010 0199'], ['tel:+1-555-010-0199'], ['(555) 010.0199', '--country', '1']]) {
			const lines = (await done(suppression('search', number, ...more))).split('\n');
			assert.match(lines[0], /^\+15550100199\tp:shop\tstaff\t\d+\tkim\t\d+-\d+$/);
			assert.match(lines[1], /^history\t\+15550100199\trevoke\tp:shop\tstaff\tkim\t\t\d+\t\d+-\d+\tcalled us$/);
		}
		assert.equal(await done(suppression('add', CUSTOMER, '--by', 'lee', '--reason', 'again', '--scope', 'programme:shop')),
			`${CUSTOMER}\tp:shop\tthere already\n`);
	});

	it('is that of the country which is said, and none where that is no country or nobody says', async () => {
		const said = (number, ...more) => suppression('add', number, '--by', 'kim', '--reason', 'letter', ...more);
		assert.equal(await done(said('7911 123456', '--country', '44')), '+447911123456\tall\tadded\n');
		for (const [wrong, number, ...more] of [
			[/--country is 1 to 3 digits.*: \+44/, '020 7946 0000', '--country', '+44'],
			[/a national number; say of which country \(--country\), or write it with \+/, '2125550100'],
			[/no clear country/, '447911123456', '--country', '1'],
		]) {
			const { code, stdout, stderr } = await said(number, ...more);
			assert.deepEqual([code, stdout], [2, ''], stderr);
			assert.match(stderr, wrong);
		}
	});

	it('is not lifted by START, which lifts what a keyword made alone', async () => {
		await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'START' });
		await world.metricIs(world.base, 'bindery_mo_total', 2);
		assert.match(await done(suppression('search', CUSTOMER)), /^\+15550100199\tp:shop\tstaff/);
	});

	it('is taken off by two: nobody approves what they have asked for', async () => {
		const asked = await done(confirmed('remove', CUSTOMER, '--by', 'kim', '--reason', 'consent by letter', '--reference', 'case 7', '--scope', 'programme:shop'));
		const [request] = asked.split('\t');
		assert.match(asked, /\tasked; somebody else has to approve it\n$/);
		const listed = await done(suppression('requests'));
		assert.match(listed, new RegExp(`^${request.replaceAll('.', '\\.')}\t\\${CUSTOMER}\tp:shop\tkim\t\\d+\tcase 7\tconsent by letter\n$`));

		for (const name of ['kim', 'KIM']) {
			const own = await confirmed('approve', request, '--by', name);
			assert.equal(own.code, 1, own.stderr);
		}
		const wrong = await world.command('bindery-router', ['suppression', 'approve', request, '--by', 'lee', '--password-stdin'], { input: 'wrong password\n' });
		assert.equal(wrong.code, 1);
		assert.match(wrong.stderr, /no such user with that role and password: lee/);
		const agent = await confirmed('approve', request, '--by', 'ann');
		assert.match(agent.stderr, /no such user with that role and password: ann/);
		assert.match(await done(suppression('search', CUSTOMER)), /p:shop\tstaff/);

		assert.equal(await done(confirmed('approve', request, '--by', 'lee')), `${request}\tapproved\n`);
		const over = await confirmed('approve', request, '--by', 'max');
		assert.equal(over.code, 1);
		assert.match(over.stderr, /was answered before/);
		const { code, stdout } = await suppression('search', CUSTOMER);
		assert.equal(code, 1);
		assert.match(stdout, /history\t\+15550100199\trelease\tp:shop\tstaff\tkim\tlee\t\d+\t\d+-\d+\tcase 7; consent by letter\n$/);
		assert.equal(await done(suppression('requests')), '');
	});

	it('that was asked for does not take what came since, which approve says', async () => {
		const number = '+15550100310';
		await done(suppression('add', number, '--by', 'kim', '--reason', 'r'));
		const [request] = (await done(confirmed('remove', number, '--by', 'kim', '--reason', 'r', '--reference', 'f'))).split('\t');
		assert.match(await done(suppression('add', number, '--by', 'max', '--reason', 'a judgment', '--source', 'legal')), /\tadded\n$/);
		const { code, stderr } = await confirmed('approve', request, '--by', 'lee');
		assert.equal(code, 1);
		assert.match(stderr, /what suppresses the number has changed since this was asked for; refuse it and ask anew/);
		assert.match(await done(suppression('search', number)), /^\+15550100310\tall\tlegal\t/);
		assert.equal(await done(confirmed('refuse', request, '--by', 'lee')), `${request}\trefused\n`);
		const [anew] = (await done(confirmed('remove', number, '--by', 'kim', '--reason', 'r', '--reference', 'f'))).split('\t');
		await done(confirmed('approve', anew, '--by', 'lee'));
		assert.equal((await suppression('search', number)).code, 1);
	});

	it('of two who approve and one who refuses at once one is heard, and never the requester', async () => {
		for (let round = 0; round < 5; round++) {
			const number = `+1555010030${round}`;
			await done(suppression('add', number, '--by', 'kim', '--reason', 'r'));
			const [request] = (await done(confirmed('remove', number, '--by', 'kim', '--reason', 'r', '--reference', 'f'))).split('\t');
			const [partition, id] = request.split(/\.(.*)/);
			// At the Redis Function itself, which any route has to pass.
			const answers = await Promise.all(['kim', 'lee', 'max', 'Kim', 'lee', 'max'].map((by, i) =>
				world.redis.call('FCALL', 'removal_answer', 1, `{c${partition}}`, 'id', id, 'by', by, 'yes', i % 2 ? '0' : '1', 'now', '1', 'who', 'w', 'salt', 's', 'seal', 'x', 'note', '')));
			assert.deepEqual(answers.map(([word]) => word), ['own', 'ok', 'over', 'own', 'over', 'over']);
		}
	});
});

describe('a list', () => {
	const csv = [
		'name;phone',
		'Ann;+1 (555) 020-0001',
		'"Bea; the second";"+1 555 020 0002"',
		'Cid;0015550200001',
		'Dot;nobody',
		'Eve;',
		'Fay;070-174 06 35',
	].join('\r\n');
	const outcomes = (first, second) => [
		`2\t+1 (555) 020-0001\t+15550200001\t${first}`,
		`3\t+1 555 020 0002\t+15550200002\t${second}`,
		'4\t0015550200001\t+15550200001\trepeated',
		'5\tnobody\t\tnot a number',
		'6\t\t\tno number',
		'7\t070-174 06 35\t\ta national number; say of which country (--country), or write it with +',
	];
	const rows = (text) => text.trim().split('\n').sort((a, b) => parseInt(a, 10) - parseInt(b, 10));
	let first;

	it('is tried dry: every row’s outcome, and nothing is written', async () => {
		const { code, stdout, stderr } = await suppression('import', file(csv), '--by', 'kim', '--reason', 'r', '--source', 'dnc', '--dry-run');
		assert.equal(code, 0, stderr);
		assert.deepEqual(rows(stdout), outcomes('added', 'added'));
		assert.match(stderr, /^7 rows \(100 %\), 2 added, 0 also, 1 repeated, 3 refused, \d+ rows\/s$/m);
		assert.equal((await suppression('search', '+15550200001')).code, 1);
	});

	it('whose lines end in CR alone is one row that is refused', async () => {
		const { stdout, stderr } = await suppression('import', file('+15550300001\r+15550300002\r'), '--by', 'kim', '--reason', 'r', '--source', 'dnc', '--dry-run');
		assert.equal(stdout, '1\t+15550300001 +15550300002\t\tnot a number\n');
		assert.match(stderr, /^1 rows \(100 %\), 0 added, 0 also, 0 repeated, 1 refused, /m);
	});

	it('is imported: the numbers are suppressed at once, a row that is wrong stops nothing', async () => {
		const id = await talk('+15550200001');
		await ann.send(id, 'Still');
		const path = file(csv);
		first = await batchOf(suppression('import', path, '--by', 'kim', '--reason', 'do not call', '--source', 'dnc'));
		assert.deepEqual(rows(first.stdout), outcomes('added', 'added'));
		assert.match(first.stderr, /^[\d.]+ octets of Redis a number$/m);
		await isRefused(id);
		assert.match(await done(suppression('search', '+15550200002')), new RegExp(`^\\+15550200002\tall\tdnc\t\\d+\tkim\t${first.batch}\n$`));
		const { stdout } = await world.command('bindery-router', ['ledger', 'export']);
		const imports = [...readExport(stdout).records.values()].flat().filter(({ fields }) => fields.what === 'import');
		assert.equal(imports.reduce((sum, { fields }) => sum + Number(fields.rows), 0), 2);
		for (const { fields } of imports) {
			assert.equal(fields.batch, first.batch);
			assert.equal(fields.file, createHash('sha256').update(readFileSync(path)).digest('hex'));
			assert.deepEqual([fields.by, fields.source, fields.reason, fields.scope], ['kim', 'dnc', 'do not call', 'all']);
		}
	});

	it('is among the batches, and what is not cannot be asked to go', async () => {
		const nowhere = await confirmed('remove', '--batch', `${first.batch}0`, '--by', 'kim', '--reason', 'r', '--reference', 'f');
		assert.deepEqual([nowhere.code, nowhere.stdout, nowhere.stderr],
			[1, '', `bindery-router: suppression: no such batch; \`suppression batches\` lists them: ${first.batch}0\n`]);
		assert.equal(await done(suppression('requests')), '');
		assert.match(await done(suppression('batches')), new RegExp(`^${first.batch}\tall\tdnc\t\\d+\tkim\tdo not call\n$`));
	});

	it('that is broken off with kill -9 can be taken back whole', async () => {
		const path = join(world.folder, 'long.csv');
		writeList(path, 0, 200_000);
		const child = spawn(join(BIN, 'bindery-router'), ['-c', world.config, 'suppression', 'import', path, '--by', 'kim', '--reason', 'r',
			'--source', 'long', '--quiet'], { stdio: ['ignore', 'ignore', 'pipe'] });
		let said = '';
		child.stderr.on('data', (data) => (said += data));
		const gone = new Promise((resolve) => child.on('exit', resolve));
		const some = async () => Number(await world.redis.call('HGET', '{c0}:count', 'bulk')) > 3000;
		await waitFor(some, { what: () => `some of it is there; it said ${said}` });
		child.kill('SIGKILL');
		await gone;
		const [, batch] = said.match(/^batch (\S+)$/m);
		const before = (await done(suppression('export', '--source', 'long'))).trim().split('\n').length - 1;
		assert.ok(before > 0 && before < 200_000, before);
		const [request] = (await done(confirmed('remove', '--batch', batch, '--by', 'kim', '--reason', 'broken off', '--reference', 'c3'))).split('\t');
		assert.equal(await done(confirmed('approve', request, '--by', 'lee')), `${request}\tapproved\n${batch}\ttaken from ${before} numbers\n`);
		assert.equal((await done(suppression('export', '--source', 'long'))).trim().split('\n').length, 1);
	});

	it('leaves a number suppressed for as long as another list has it', async () => {
		const second = await batchOf(suppression('import', file('+15550200002\n+15550200003\n'), '--by', 'lee', '--reason', 'r', '--source', 'legal'));
		assert.deepEqual(rows(second.stdout), ['1\t+15550200002\t+15550200002\talso', '2\t+15550200003\t+15550200003\tadded']);
		const [request] = (await done(confirmed('remove', '--batch', second.batch, '--by', 'lee', '--reason', 'wrong file', '--reference', 'c1'))).split('\t');
		assert.equal((await confirmed('approve', request, '--by', 'lee')).code, 1);
		assert.equal((await suppression('search', '+15550200003')).code, 0);
		const approved = await done(confirmed('approve', request, '--by', 'kim'));
		assert.equal(approved, `${request}\tapproved\n${second.batch}\ttaken from 2 numbers\n`);
		// Broken off, anybody but who asked for it lets it go on, and once it is done nobody does.
		for (const by of ['kim', 'max']) assert.equal((await confirmed('approve', request, '--by', by)).code, 1);
		const id = request.slice(request.indexOf('.') + 1);
		await world.redis.call('HDEL', `{c0}:removal:${id}`, 'done');
		assert.equal((await confirmed('approve', request, '--by', 'lee')).code, 1);
		assert.equal(await done(confirmed('approve', request, '--by', 'max')), `${request}\tapproved\n${second.batch}\ttaken from 0 numbers\n`);
		assert.equal(await world.redis.call('HGET', `{c0}:removal:${id}`, 'answered'), 'kim');
		assert.equal((await suppression('search', '+15550200003')).code, 1);
		assert.match(await done(suppression('search', '+15550200002')), new RegExp(`\t${first.batch}\n$`));
	});

	it('of which a number is removed by two keeps the others', async () => {
		const [request] = (await done(confirmed('remove', '+15550200002', '--by', 'lee', '--reason', 'r', '--reference', 'c2'))).split('\t');
		await done(confirmed('approve', request, '--by', 'kim'));
		assert.equal((await suppression('search', '+15550200002')).code, 1);
		assert.equal((await suppression('search', '+15550200001')).code, 0);
	});

	it('covers the programme or number that it was imported for, and no other', async () => {
		await batchOf(suppression('import', file('+15550200009\n'), '--by', 'kim', '--reason', 'r', '--source', 'crm', '--scope', `number:${OURS}`));
		await isRefused(await talk('+15550200009'));
		await batchOf(suppression('import', file('+15550200010\n'), '--by', 'kim', '--reason', 'r', '--source', 'crm', '--scope', 'programme:shop'));
		await isRefused(await talk('+15550200010'));
	});

	it('stops what waits already: the take looks, too', async () => {
		const id = await talk('+15550200011');
		const held = [];
		world.carrier.onSubmit = (submit) => held.push(submit);
		await ann.send(id, 'First');
		await ann.send(id, 'Second');
		await batchOf(suppression('import', file('+15550200011\n'), '--by', 'kim', '--reason', 'r', '--source', 'dnc'));
		await waitFor(() => held.length === 1, { what: () => 'the first is at the carrier' });
		world.carrier.onSubmit = (submit) => submit.answer();
		for (const submit of held) submit.answer();
		let states;
		await waitFor(async () => {
			states = (await ann.thread(id)).filter(({ author }) => author).map(({ state }) => state);
			return states.join() === 'sent,suppressed';
		}, { what: () => `the second is suppressed; they are ${states}` });
	});

	it('is exported with cells that no spreadsheet takes for formulas', async () => {
		await done(suppression('add', '+15550200020', '--by', '=cmd', '--reason', 'r', '--source', 'legal'));
		const lines = (await done(suppression('export'))).trim().split('\n');
		assert.equal(lines[0], 'number,scope,source,at,by,reference');
		assert.ok(lines.some((line) => /^'\+15550200020,all,legal,\d+,'=cmd,\d+-\d+$/.test(line)), lines.join('\n'));
		assert.ok(lines.some((line) => line.startsWith("'+15550200001,all,dnc,")));
		for (const line of lines.slice(1))
			for (const cell of line.split(',')) assert.doesNotMatch(cell, /^[=+@-]/);
		for (const [since, some] of [['2001-01-01', true], ['2100-01-01', false], [String(Date.now() + 1e6), false]])
			assert.equal((await done(suppression('export', '--since', since))).trim().split('\n').length > 1, some, since);
		const legal = (await done(suppression('export', '--source', 'legal'))).trim().split('\n');
		assert.equal(legal.length, 2);
		// What was exported can be imported again.
		const { stdout } = await suppression('import', file(lines.join('\n')), '--by', 'kim', '--reason', 'r', '--source', 'copy', '--dry-run');
		assert.equal(stdout.trim().split('\n').filter((line) => !/\t(also|added|repeated)$/.test(line)).length, 0, stdout);
	});
});

describe('what is said wrongly', () => {
	const wrong = [
		[[], /search, add, remove, .*, not: nothing/],
		[['sing'], /search, add, remove, .*, not: sing/],
		[['search', 'Ann'], /Ann: not a number/],
		[['add', CUSTOMER], /--by says who does it/],
		[['add', CUSTOMER, '--by', 'kim'], /--reason says why/],
		[['add', CUSTOMER, '--by', 'kim', '--reason', 'a\tb'], /512 octets, without control characters: --reason/],
		[['add', CUSTOMER, '--by', 'kim', '--reason', 'r', '--scope', 'programme:none'], /a scope is all, .*, of the configuration; not: programme:none/],
		[['add', CUSTOMER, '--by', 'kim', '--reason', 'r', '--source', 'keyword'], /a source is staff, dnc or legal: keyword/],
		[['remove', '--by', 'kim', '--reason', 'r', '--reference', 'f'], /a number or a batch, not both/],
		[['remove', CUSTOMER, '--by', 'kim', '--reason', 'r'], /--reference says which case/],
		[['search', '--since', 'yesterday'], /--since is a day such as .*, not: yesterday/],
		[['import', '--by', 'kim', '--reason', 'r'], /import: which FILE/],
	];
	refuses(wrong);

	it('a file that is not there, a number that is not on the list', async () => {
		const missing = await suppression('import', '/nowhere/list.csv', '--by', 'kim', '--reason', 'r', '--source', 'dnc');
		assert.equal(missing.code, 1);
		assert.match(missing.stderr, /\/nowhere\/list.csv: No such file or directory/);
		const unknown = await confirmed('remove', '+15550299999', '--by', 'kim', '--reason', 'r', '--reference', 'f');
		assert.equal(unknown.code, 1);
		assert.match(unknown.stderr, /is not suppressed in that scope: \+15550299999/);
	});
});
