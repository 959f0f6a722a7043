// What somebody of compliance does over HTTP: who is suppressed and why, onto the list by one, off it by two.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { ask as request, person, program, session } from './lib/api.mjs';
import { OURS, signIn, waitFor, World, PASSWORD } from './lib/index.mjs';
import { ledgerIn } from './lib/world.mjs';
import { rootByInclusion } from './lib/ledger.mjs';

const BASE = '/api/v2/compliance';
const CUSTOMER = '+15550100199';
const STOP_TEXT = 'You are unsubscribed and will get no more messages.';

let world;
let kim;
let lee;
let ann;
before(async () => {
	world = await World.start(null, { changes: (w) => ({ ledger: ledgerIn(w.folder, { head_interval_s: 1 }) }) });
	kim = await person(world, 'compliance', 'kim');
	lee = await person(world, 'compliance', 'lee');
	ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
});
after(() => world.finish());

const find = async (number, more = '') => {
	const { status, body } = await kim('GET', `${BASE}/suppressions?number=${encodeURIComponent(number)}${more}`);
	assert.equal(status, 200, JSON.stringify(body));
	return body;
};
const list = async (query) => {
	const { status, body } = await kim('GET', `${BASE}/suppressions?${query}`);
	assert.equal(status, 200, JSON.stringify(body));
	return body;
};
const add = (number, more = {}) => kim('POST', `${BASE}/suppressions`, { number, reason: 'called us', ...more });

async function talk(customer) {
	await world.carrier.deliver({ from: customer, to: OURS, text: 'Hello' });
	return (await ann.acceptNext(customer)).id;
}

async function stop(customer, text = 'STOP') {
	await world.carrier.deliver({ from: customer, to: OURS, text });
	const answer = await world.carrier.expectSubmit({ to: customer });
	assert.equal(answer.text, STOP_TEXT);
	return answer;
}

describe('a number', () => {
	it('is added by one person, at once, and found in any way of writing it', async () => {
		const id = await talk(CUSTOMER);
		const { status, body } = await add('+1 (555) 010-0199', { scope: 'programme:shop' });
		assert.equal(status, 201, JSON.stringify(body));
		assert.deepEqual([body.number, body.scope, body.added], [CUSTOMER, 'programme:shop', true]);
		await assert.rejects(ann.send(id, 'Hm'), (error) => error.code === 'suppressed');
		for (const [written, more] of [[CUSTOMER], ['001 555 010 0199'], ['tel:+1-555-010-0199'], ['(555) 010.0199', '&country=1']]) {
			const found = await find(written, more);
			assert.equal(found.number, CUSTOMER);
			assert.equal(found.suppressed, true);
			const [entry] = found.inForce;
			assert.deepEqual([entry.scope, entry.source, entry.by, entry.id], ['programme:shop', 'staff', 'kim', body.id]);
			assert.deepEqual(found.history.map(({ what, by, note }) => [what, by, note]), [['revoke', 'kim', 'called us']]);
		}
		const again = await add(CUSTOMER, { scope: 'programme:shop' });
		assert.deepEqual([again.status, again.body.added], [200, false]);
	});

	it('that nobody suppressed is found not to be', async () => {
		const found = await find('+15550100777');
		assert.deepEqual([found.suppressed, found.inForce, found.history], [false, [], []]);
	});

	const wrong = [
		['GET', '/suppressions?number=nobody', undefined, /not a number/],
		['GET', '/suppressions?number=0555010', undefined, /of which country \(country\)/],
		['GET', '/suppressions?number=2125550100', undefined, /a national number; .*, or write it with \+/],
		['GET', '/suppressions?number=442079460000&country=1', undefined, /no clear country/],
		['GET', '/suppressions?number=020%207946%200000&country=%2B44', undefined, /country must be 1 to 3 digits/],
		['POST', '/suppressions', { number: '020 7946 0000', country: '+44', reason: 'r' }, /country must be 1 to 3 digits/],
		['GET', '/suppressions?scope=programme:none', undefined, /scope must be/],
		['GET', '/suppressions?since=yesterday', undefined, /since must be a day/],
		['GET', '/suppressions?pageSize=101', undefined, /pageSize must be 1\.\.100/],
		['GET', '/suppressions?cursor=x', undefined, /cursor must be/],
		['POST', '/suppressions', {}, /number must be/],
		['POST', '/suppressions', { number: CUSTOMER }, /reason must be/],
		['POST', '/suppressions', { number: CUSTOMER, reason: 'a\tb' }, /reason must be a text .* without control/],
		['POST', '/suppressions', { number: CUSTOMER, reason: 'x'.repeat(513) }, /1 to 512 octets/],
		['POST', '/suppressions', { number: CUSTOMER, reason: 'r', source: 'keyword' }, /staff, dnc or legal/],
		['POST', '/suppressions', { number: CUSTOMER, reason: 'r', scope: 'programme:none' }, /scope must be/],
		['POST', '/suppressions', [], /not a JSON object/],
		['POST', '/removals', { number: CUSTOMER, reason: 'r' }, /reference must be/],
		['POST', '/removals', { number: CUSTOMER, reason: 'r', reference: 'f', scope: 'all', narrowTo: 'all' }, /narrower/],
		['POST', '/removals', { number: CUSTOMER, reason: 'r', reference: 'f', scope: 'all', narrowTo: 5 }, /narrowTo must be a text/],
		['POST', '/removals/0.1/answer', { answer: 'perhaps' }, /approve or refuse/],
		['GET', '/removals?state=odd', undefined, /asked or answered/],
		['POST', '/classifications', { text: 1 }, /text must be/],
		['POST', '/classifications', { text: '', context: ['odd'] }, /context must be/],
		['POST', '/classifications', { text: '', context: 'agent' }, /context must be/],
	];
	for (const [method, path, body, pattern] of wrong)
		it(`is refused where it is wrong: ${method} ${path} ${JSON.stringify(body)?.slice(0, 60)}`, async () => {
			const answer = await kim(method, `${BASE}${path}`, body);
			assert.equal(answer.status, 400);
			assert.match(answer.body.message, pattern);
		});
});

describe('evidence of a STOP', () => {
	const from = '+15550100300';
	let evidence;

	it('has what was heard, how it read, what was sent before and in answer to it', async () => {
		const id = await talk(from);
		const sent = await ann.send(id, 'Our sale starts on Monday.');
		await world.carrier.expectSubmit({ to: from });
		await ann.state(sent.id, 'sent');
		const submit = await stop(from, 'Stóp!!');
		assert.equal(await submit.receipt(), 'ESME_ROK');
		const [{ id: entry }] = (await find(from)).inForce;
		await waitFor(async () => {
			evidence = (await kim('GET', `${BASE}/suppressions/${entry}`)).body;
			return evidence.confirmation?.state === 'delivered' && evidence.proof?.signed;
		}, { what: () => `it is confirmed and signed; it is ${JSON.stringify(evidence, null, 1)}` });
		assert.equal(evidence.number, from);
		assert.equal(evidence.inForce, true);
		assert.equal(evidence.erased, false);
		assert.equal(evidence.sealIntact, true);
		assert.deepEqual([evidence.scopesBefore, evidence.scopesAfter], [[], [evidence.record.scope]]);
		assert.deepEqual([evidence.raw.carrier, evidence.raw.customer, evidence.raw.ours], ['acme', from, OURS]);
		assert.match(evidence.raw.body, /^([0-9a-f]{2})+$/);
		assert.equal(evidence.raw.sourceAddress, from.slice(1));
		assert.equal(evidence.text, 'Stóp!!');
		assert.equal(evidence.reading.verdict, 'OPT_OUT');
		assert.equal(evidence.reading.matched, 'Stóp');
		assert.deepEqual(evidence.reading.variants.plain, ['stop']);
		assert.equal(evidence.record.rule, `1 ${evidence.reading.language} ${evidence.reading.ruleSet}`);
		assert.equal(evidence.lastOutbound.text, 'Our sale starts on Monday.');
		assert.equal(evidence.lastOutbound.by, 'ann');
		assert.equal(evidence.confirmation.text, STOP_TEXT);
		assert.equal(evidence.confirmation.automatic, true);
		const times = [evidence.dateReceived, evidence.dateEffective, evidence.confirmation.dateSubmitted,
			evidence.confirmation.dateReceipt];
		for (const time of times) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.deepEqual(times, [...times].sort());
	});

	it('proves that its record is in the tree that a signed head covers', () => {
		const { proof, recordText } = evidence;
		const leaf = createHash('sha256').update('\0').update(recordText).digest();
		assert.equal(proof.leaf, leaf.toString('hex'));
		const root = rootByInclusion(leaf, proof.index, proof.treeSize, proof.path.map((hash) => Buffer.from(hash, 'hex')));
		assert.equal(root.toString('hex'), proof.root);
		assert.equal(proof.rootIsSigned, true);
		const [line, signature] = proof.head.split('\n');
		assert.ok(line.split('\t').includes(`tree=${evidence.partition}:${proof.treeSize}:${proof.root}`));
		const pem = readFileSync(join(world.folder, 'ledger/public.pem'));
		const key = createPublicKey(pem);
		assert.ok(verify(null, Buffer.from(line), key, Buffer.from(signature.slice('signature='.length), 'hex')));
		assert.equal(key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'), proof.publicKey);
	});

	it('is lifted by START, and says so', async () => {
		await world.carrier.deliver({ from, to: OURS, text: 'START' });
		await world.carrier.expectSubmit({ to: from });
		const found = await find(from);
		assert.equal(found.suppressed, false);
		assert.deepEqual(found.history.map(({ what }) => what), ['grant', 'revoke']);
		const { body } = await kim('GET', `${BASE}/suppressions/${evidence.id}`);
		assert.equal(body.inForce, false);
	});

	it('goes with an erasure, and the proof stays', async () => {
		const { code, stdout, stderr } = await world.command('bindery-router', ['ledger', 'erase', from, '--by', 'kim', '--password-stdin'],
			{ input: `${PASSWORD}\n` });
		assert.equal(code, 0, stderr);
		const { body } = await kim('GET', `${BASE}/suppressions/${evidence.id}`);
		assert.equal(body.erased, true);
		assert.deepEqual([body.number, body.raw, body.text], [undefined, undefined, undefined]);
		assert.equal(body.proof.leaf, evidence.proof.leaf);
		assert.match(stdout, /^records\t[1-9]\d*\nblocked\t0\nrequests\t0\n$/);
	});

	it('of nothing is not found', async () => {
		for (const id of ['0.1-0', '99.1-0', 'x', '0.x', '0.-', '0.1-0;x', `0.${'9'.repeat(40)}-0`])
			assert.equal((await kim('GET', `${BASE}/suppressions/${encodeURIComponent(id)}`)).status, 404, id);
	});
});

describe('what happened to anybody', () => {
	const numbers = Array.from({ length: 30 }, (_, i) => `+155501004${String(i).padStart(2, '0')}`);
	before(async () => {
		for (const number of numbers) assert.equal((await add(number, { source: 'legal', reason: `case ${number}` })).status, 201);
	});

	it('is read page by page, the newest first, each once', async () => {
		const seen = [];
		let cursor = '';
		do {
			const page = await list(`source=legal&pageSize=7&cursor=${cursor}`);
			assert.ok(page.entities.length <= 7);
			seen.push(...page.entities);
			cursor = page.nextCursor;
		} while (cursor);
		assert.deepEqual(seen.map(({ number }) => number), numbers.toReversed());
		for (const row of seen) {
			assert.deepEqual([row.what, row.scope, row.source, row.by, row.inForce], ['revoke', 'all', 'legal', 'kim', true]);
			assert.equal(row.note, `case ${row.number}`);
		}
		const times = seen.map(({ dateEffective }) => dateEffective);
		assert.deepEqual(times, times.toSorted().toReversed());
	});

	it('is read by time, scope and kind', async () => {
		const { entities } = await list('source=legal&pageSize=100');
		const [, second, third] = entities;
		const until = await list(`source=legal&until=${third.dateEffective}&pageSize=100`);
		assert.ok(until.entities.every(({ dateEffective }) => dateEffective < third.dateEffective));
		const since = await list(`source=legal&since=${second.dateEffective}&pageSize=100`);
		assert.ok(since.entities.length >= 2 && since.entities.every(({ dateEffective }) => dateEffective >= second.dateEffective));
		assert.equal((await list(`source=legal&since=2100-01-01`)).entities.length, 0);
		assert.equal((await list('source=legal&until=2001-01-01')).entities.length, 0);
		const shop = (await list('scope=programme:shop')).entities;
		assert.ok(shop.length > 0 && shop.every(({ scope }) => scope === 'programme:shop'));
		const grants = (await list('what=grant')).entities;
		assert.deepEqual(grants.map(({ what, number }) => [what, number]), [['grant', null]]);
	});
});

describe('a removal', () => {
	const ask = (who, number, more = {}) => who('POST', `${BASE}/removals`, { number, reason: 'consent by letter', reference: 'case 7', ...more });
	const answer = (who, id, word) => who('POST', `${BASE}/removals/${id}/answer`, { answer: word });
	const waiting = async () => (await kim('GET', `${BASE}/removals`)).body.entities;

	it('is asked for by one, seen by all, approved by another', async () => {
		const asked = await ask(kim, '1 555 010 0199', { scope: 'programme:shop' });
		assert.equal(asked.status, 202, JSON.stringify(asked.body));
		const { id } = asked.body;
		const [row] = await waiting();
		assert.deepEqual([row.id, row.number, row.scope, row.by, row.reason, row.reference, row.state],
			[id, CUSTOMER, 'programme:shop', 'kim', 'consent by letter', 'case 7', 'asked']);
		const own = await answer(kim, id, 'approve');
		assert.deepEqual([own.status, own.body.code], [409, 'own.request']);
		assert.equal((await answer(kim, id, 'refuse')).status, 409);
		assert.equal((await find(CUSTOMER)).suppressed, true);
		const good = await answer(lee, id, 'approve');
		assert.deepEqual([good.status, good.body.state], [200, 'approved']);
		assert.equal((await find(CUSTOMER)).suppressed, false);
		const late = await answer(lee, id, 'refuse');
		assert.deepEqual([late.status, late.body.code], [409, 'answered.before']);
		assert.deepEqual(await waiting(), []);
		const [done] = (await kim('GET', `${BASE}/removals?state=answered`)).body.entities;
		assert.deepEqual([done.id, done.state, done.answeredBy], [id, 'approved', 'lee']);
		const [release] = (await find(CUSTOMER)).history;
		assert.deepEqual([release.what, release.by, release.approvedBy, release.note], ['release', 'kim', 'lee', 'case 7; consent by letter']);
	});

	it('is answered by no program, which whoever asked may be running', async () => {
		await add('+15550100510');
		const { body: { id } } = await ask(kim, '+15550100510');
		const desk = await program(world, 'compliance', 'opt-out-desk');
		for (const word of ['approve', 'refuse']) {
			const said = await answer(desk, id, word);
			assert.deepEqual([said.status, said.body.code], [403, 'person.required']);
		}
		assert.equal((await find('+15550100510')).suppressed, true);
		assert.equal((await answer(lee, id, 'refuse')).body.state, 'refused');
	});

	it('is asked for by no program, whose owner might approve it', async () => {
		const number = '+15550100512';
		await add(number);
		const desk = await program(world, 'compliance', 'desk-that-asks');
		for (const what of [{}, { scope: 'all', narrowTo: `number:${OURS}` }, { number: undefined, batchId: 'b' }]) {
			const said = await ask(desk, number, what);
			assert.deepEqual([said.status, said.body.code], [403, 'person.required']);
		}
		assert.deepEqual(await waiting(), []);
		assert.equal((await find(number)).suppressed, true);
	});

	it('takes nothing that came since it was asked for: a STOP outlives it', async () => {
		const number = '+15550100513';
		await add(number, { scope: 'programme:shop' });
		const { body: { id } } = await ask(kim, number, { scope: 'programme:shop' });
		await world.carrier.deliver({ from: number, to: OURS, text: 'STOP' });
		await waitFor(async () => (await find(number)).history[0].what === 'revoke-again', { what: 'the STOP is written down' });
		const said = await answer(lee, id, 'approve');
		assert.deepEqual([said.status, said.body.code], [409, 'changed.since']);
		assert.equal((await find(number)).suppressed, true);
		assert.equal((await answer(lee, id, 'refuse')).body.state, 'refused');
		const anew = await ask(kim, number, { scope: 'programme:shop' });
		assert.equal((await answer(lee, anew.body.id, 'approve')).status, 200);
		assert.equal((await find(number)).suppressed, false);
	});

	it('that is refused changes nothing', async () => {
		await add('+15550100500');
		const { body: { id } } = await ask(kim, '+15550100500');
		assert.equal((await answer(lee, id, 'refuse')).body.state, 'refused');
		assert.equal((await find('+15550100500')).suppressed, true);
	});

	it('of what is not suppressed is none', async () => {
		const { status, body } = await ask(kim, '+15550100501');
		assert.deepEqual([status, body.code], [404, 'not.suppressed']);
		assert.equal((await answer(lee, '0.nothing', 'approve')).status, 404);
		assert.equal((await answer(lee, 'x', 'approve')).status, 404);
	});

	it('may leave a narrower scope, which START lifts where a keyword made it', async () => {
		const number = '+15550100502';
		await add(number);
		const { body: { id } } = await ask(kim, number, { scope: 'all', narrowTo: `number:${OURS}` });
		assert.equal((await waiting())[0].narrowTo, `number:${OURS}`);
		await answer(lee, id, 'approve');
		const found = await find(number);
		assert.deepEqual(found.inForce.map(({ scope, source }) => [scope, source]), [[`number:${OURS}`, 'staff']]);
		assert.deepEqual(found.history.map(({ what, scope, approvedBy }) => [what, scope, approvedBy]),
			[['revoke', `number:${OURS}`, 'lee'], ['release', 'all', 'lee'], ['revoke', 'all', '']]);
		const { body } = await kim('GET', `${BASE}/suppressions/${found.inForce[0].id}`);
		assert.equal(body.sealIntact, true);

		const keyword = '+15550100503';
		await stop(keyword);
		const asked = await ask(kim, keyword, { scope: 'programme:shop', narrowTo: `number:${OURS}` });
		await answer(lee, asked.body.id, 'approve');
		assert.deepEqual((await find(keyword)).inForce.map(({ scope, source }) => [scope, source]), [[`number:${OURS}`, 'keyword']]);
	});

	it('is never approved by who asked for it: other sessions, capitals, all at once', async () => {
		const kim2 = await session(world, 'kim');
		const KIM = await person(world, 'compliance', 'KIM').catch(() => null);
		for (let round = 0; round < 5; round++) {
			const number = `+1555010060${round}`;
			await add(number);
			const { body: { id } } = await ask(kim, number);
			const own = [kim, kim2, KIM].filter(Boolean);
			const mine = await Promise.all([...own, ...own].map((who) => answer(who, id, 'approve')));
			for (const { status } of mine) assert.equal(status, 409);
			assert.equal((await find(number)).suppressed, true);
			const all = await Promise.all([kim, lee, kim2, lee, kim, lee].map((who, i) => answer(who, id, i === 3 ? 'refuse' : 'approve')));
			assert.equal(all.filter(({ status }) => status === 200).length, 1);
			for (const i of [0, 2, 4]) assert.equal(all[i].status, 409);
			const { approvedBy } = (await find(number)).history.find(({ what }) => what === 'release') ?? { approvedBy: 'lee' };
			assert.equal(approvedBy, 'lee');
		}
	});

	it('does not take the name from the body', async () => {
		const number = '+15550100610';
		await add(number, { by: 'lee' });
		const { body: { id } } = await ask(kim, number, { by: 'lee' });
		assert.equal((await kim('POST', `${BASE}/removals/${id}/answer`, { answer: 'approve', by: 'lee' })).status, 409);
		assert.equal((await find(number)).inForce[0].by, 'kim');
	});

	it('is approved by an admin, and by no agent or supervisor', async () => {
		const number = '+15550100611';
		await add(number);
		const { body: { id } } = await ask(kim, number);
		for (const role of ['agent', 'supervisor']) assert.equal((await answer(await person(world, role), id, 'approve')).status, 403);
		const { status } = await request(world, { method: 'POST', path: `${BASE}/removals/${id}/answer`, body: { answer: 'approve' } });
		assert.equal(status, 401);
		assert.equal((await answer(await person(world, 'admin'), id, 'approve')).status, 200);
	});
});

describe('what would this text do', () => {
	const read = async (text, context) => (await kim('POST', `${BASE}/classifications`, { text, context })).body;

	it('is answered by the classifier that reads what comes in', async () => {
		const found = await read('Please STOP texting me');
		assert.deepEqual([found.verdict, found.language], ['OPT_OUT', 'en']);
		assert.deepEqual(found.variants.plain, ['please', 'stop', 'texting', 'me']);
		assert.match(found.ruleSet, /en \S+/);
		const { stdout } = await world.command('bindery-router', ['classify', '--json'], { input: 'Please STOP texting me\n' });
		const said = JSON.parse(stdout);
		for (const key of ['verdict', 'rule', 'language', 'pattern', 'variant', 'from', 'to']) assert.equal(found[key], said[key], key);
	});

	it('depends on the context', async () => {
		assert.equal((await read('YES')).verdict, 'NONE');
		assert.equal((await read('YES', ['opted-out'])).verdict, 'OPT_IN');
	});

	it('shows what was compared', async () => {
		const found = await read('ЅТОР stoppp');
		assert.deepEqual(found.variants.lookAlikes.at(0), 'stop');
		assert.deepEqual(found.variants.collapsed.at(1), 'stop');
		assert.equal((await read('')).verdict, 'NONE');
	});
});

describe('what is unclear', () => {
	const reviews = async () => (await kim('GET', `${BASE}/reviews`)).body.entities;
	const decide = (who, id, decision, more = {}) => who('POST', `${BASE}/reviews/${id}/decision`, { decision, reason: 'I have called', ...more });
	const unclear = async (from) => {
		await world.carrier.deliver({ from, to: OURS, text: 'wrong number' });
		let found;
		await waitFor(async () => (found = (await reviews()).find(({ number }) => number === from)));
		return found;
	};

	it('is read by a person, who opts the number out or lets it go', async () => {
		const one = await unclear('+15550100700');
		assert.deepEqual([one.ours, one.scope, one.texts.length], [OURS, 'programme:shop', 1]);
		assert.equal(one.texts[0].text, 'wrong number');
		assert.equal(one.texts[0].reading.verdict, 'AMBIGUOUS');
		assert.ok(one.dateDue > one.dateCreated);
		const { status, body } = await decide(kim, one.id, 'opt-out');
		assert.deepEqual([status, body.state], [200, 'opted_out']);
		const found = await find('+15550100700');
		assert.equal(found.suppressed, true);
		assert.deepEqual(found.history.map(({ what, by }) => [what, by]), [['revoke', 'kim'], ['hold', '']]);
		assert.equal((await kim('GET', `${BASE}/suppressions/${found.inForce[0].id}`)).body.inForce, true);
		assert.equal((await decide(lee, one.id, 'release')).body.code, 'decided.before');

		const other = await unclear('+15550100701');
		const both = await Promise.all([decide(kim, other.id, 'release'), decide(lee, other.id, 'release')]);
		assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 409]);
		assert.equal((await find('+15550100701')).suppressed, false);
		assert.deepEqual(await reviews(), []);
	});

	it('is refused where it is wrong', async () => {
		assert.match((await decide(kim, '0.1-0', 'perhaps')).body.message, /release or opt-out/);
		assert.match((await decide(kim, '0.1-0', 'release', { reason: '' })).body.message, /reason must be/);
		assert.equal((await decide(kim, '0.1-0', 'release')).status, 404);
		assert.equal((await decide(kim, 'x', 'release')).status, 404);
	});
});

it('sends that were blocked are listed, with what blocked them', async () => {
	const number = '+15550100800';
	const id = await talk(number);
	const { body: added } = await add(number);
	for (let i = 0; i < 5; i++) await assert.rejects(ann.send(id, `Hm ${i}`), (error) => error.code === 'suppressed');
	const seen = [];
	let cursor = '';
	do {
		const { status, body } = await kim('GET', `${BASE}/blocked?pageSize=2&cursor=${cursor}`);
		assert.equal(status, 200);
		seen.push(...body.entities);
		cursor = body.nextCursor;
	} while (cursor);
	const mine = seen.filter((row) => row.number === number);
	assert.equal(mine.length, 5);
	for (const row of mine) assert.deepEqual([row.where, row.by, row.ours, row.scope, row.entryId, row.batchId], ['accept', 'ann', OURS, 'all', added.id, '']);
	assert.ok(seen.length > 5);
	// With an erasure they are gone, and the number is suppressed as before.
	const { stdout } = await world.command('bindery-router', ['ledger', 'erase', number, '--by', 'kim', '--password-stdin'], { input: `${PASSWORD}\n` });
	assert.match(stdout, /^records\t1\nblocked\t5\nrequests\t0\n$/);
	const left = async () => (await kim('GET', `${BASE}/blocked?pageSize=100`)).body.entities.filter((row) => row.number === number).length;
	assert.equal(await left(), 0);
	await assert.rejects(ann.send(id, 'Once more'), (error) => error.code === 'suppressed');
	assert.equal(await left(), 1);
});

it('is not to be had while the store is away, and then again', async () => {
	const { cookie } = await signIn(world.base, 'kim', PASSWORD);
	const asked = { method: 'GET', path: `${BASE}/suppressions?number=${encodeURIComponent(CUSTOMER)}`, cookie };
	await world.redis.kill();
	const answer = await request(world, asked);
	assert.equal(answer.status, 503);
	await world.redis.start();
	await waitFor(async () => (await request(world, asked)).status === 200, { what: () => 'it is there again' });
});
