// Keywords and answers that people of compliance edit: written as a draft, tried, put in force in every router at once
// by whoever may, and named in every verdict. functions/rules.lua, router/compliance/rulebook.h.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { person, program } from './lib/api.mjs';
import { OURS, waitFor, World } from './lib/index.mjs';
import { partitionOf } from './lib/load.mjs';
import { Pair } from './lib/pair.mjs';

const BASE = '/api/v2/compliance';
const OTHER = '+15550101';
const BARE = '+15550102';
const FILE_STOP = 'You are out, says the file.';

let world;
let kim;
let lee;
before(async () => {
	world = await World.start(null, {
		changes: {
			programmes: [
				{
					name: 'shop', scope: 'programme', stop_text: FILE_STOP, help_text: 'Help of the file.', start_text: 'In again.',
					hours: { preset: 'none' }, languages: [{ language: 'fr', opt_out: ['ASSEZ'], stop_text: 'C’est fini.' }],
				},
				{ name: 'bank', scope: 'programme', hours: { preset: 'none' } },
			],
			numbers: [
				{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop' },
				{ address: OTHER, carrier: 'acme', queue: 'support', programme: 'shop' },
				{ address: BARE, carrier: 'acme', queue: 'support' },
			],
		},
	});
	kim = await person(world, 'compliance', 'kim');
	lee = await person(world, 'compliance', 'lee');
});
after(() => world.finish());

const path = (id, more = '') => `${BASE}/rule-sets/${encodeURIComponent(id)}${more}`;
async function good(answer) {
	const { status, body } = await answer;
	assert.equal(status, 200, JSON.stringify(body));
	return body;
}
const look = (id) => good(kim('GET', path(id)));
const save = (who, id, set, revision = 0, reason = 'asked for by the shop') => who('PUT', path(id, '/draft'), { set, reason, revision });
const decide = (who, id, { version, revision }, decision = 'activate') => who('POST', path(id, '/decision'), { decision, version, revision });
const classify = (text, more = {}) => good(kim('POST', `${BASE}/classifications`, { text, ...more }));
const french = (more = {}) => ({ languages: [{ language: 'fr', optOut: ['ASSEZ'], ...more }] });

// One set put in force by two people.
async function put(id, set) {
	const draft = (await look(id)).draft;
	const saved = await good(save(kim, id, set, draft?.revision ?? 0));
	await good(decide(lee, id, saved));
	return saved.version;
}

let customers = 0;
const customer = () => `+1555010${String(4000 + customers++)}`;
// What a customer gets for that word, from the carrier's side.
async function answered(word, ours = OURS, from = customer()) {
	await world.carrier.deliver({ from, to: ours, text: word });
	return (await world.carrier.expectSubmit({ to: from })).text;
}
async function verdictOf(word, ours = OURS, from = customer()) {
	const key = `{c${partitionOf(from)}}`;
	await world.carrier.deliver({ from, to: ours, text: word });
	let row;
	await waitFor(async () => {
		const conv = await world.redis.call('HGET', `${key}:thread:${ours}:${from}`, 'conv');
		const rows = conv ? await world.redis.stream(`${key}:conv:${conv}:msgs`) : [];
		row = rows.find(({ fields }) => fields.d === 'i' && fields.t === word)?.fields;
		return row;
	}, { what: `${word} is applied` });
	return { verdict: row.k, mark: row.v };
}
// Waits until what is in force is what texts are read by.
const inForce = (id, version) =>
	waitFor(async () => new RegExp(`${id.replace(/^\w+:/, '').replace('+', '\\+')} ${version}\\b`).test((await look(id)).ruleSet), { what: `${id} ${version} is in force` });

describe('a rule set', () => {
	it('is what the file says at first, beside rules that everybody has', async () => {
		const all = await good(kim('GET', `${BASE}/rule-sets`));
		assert.deepEqual(all.entities, ['shop', 'bank'].map((name) => ({ id: `programme:${name}`, active: null, draft: null })));
		assert.match(all.base.version, /en 20/);
		const one = await look('programme:shop');
		assert.deepEqual([one.active, one.draft, one.versions], [null, null, []]);
		assert.equal(one.file.stopText, FILE_STOP);
		assert.deepEqual(one.file.languages[0].optOut, ['ASSEZ']);
		assert.match(one.ruleSet, /fr own$/);
		const base = await good(kim('GET', `${BASE}/base-rules`));
		assert.match(base.base.languages.find(({ language }) => language === 'en').text, /^opt_out: stop, /m);
	});

	it('that is being written reads nothing, but can be tried', async () => {
		const saved = await good(save(kim, 'programme:shop', french({ optOut: ['ASSEZ', 'Rideau'] })));
		assert.deepEqual(saved, { id: 'programme:shop', version: 1, revision: 1 });
		const tried = await classify('rideau!', { programme: 'shop', version: 1 });
		assert.deepEqual([tried.verdict, tried.rule, tried.language, tried.answer], ['OPT_OUT', 1, 'fr', FILE_STOP]);
		assert.match(tried.ruleSet, /fr own, shop 1$/);
		assert.equal((await classify('rideau!', { programme: 'shop' })).verdict, 'NONE');
		assert.equal((await classify('rideau!', { number: OURS })).verdict, 'NONE');
		assert.equal((await verdictOf('rideau!')).verdict, 'NONE');
		const unsaved = await classify('hola', { programme: 'shop', set: { languages: [{ language: 'es', help: ['HOLA'] }] } });
		assert.equal(unsaved.verdict, 'HELP');
		const { draft, versions } = await look('programme:shop');
		assert.deepEqual([draft.by, draft.reason, draft.state, draft.editors], ['kim', 'asked for by the shop', 'draft', ['kim']]);
		assert.deepEqual(versions.map(({ version, state }) => [version, state]), [[1, 'draft']]);
	});

	it('is put in force by whoever wrote it where it takes nothing away, and reads at once, without a restart', async () => {
		const { draft } = await look('programme:shop');
		await good(decide(kim, 'programme:shop', draft));
		await inForce('programme:shop', 1);
		assert.equal(await answered('RIDEAU'), FILE_STOP);
		const { verdict, mark } = await verdictOf('nothing at all');
		assert.equal(verdict, 'NONE');
		assert.match(mark, /^[0-9a-f]{6} shop 1$/);
		assert.equal(await answered('RIDEAU', OTHER), FILE_STOP, 'every number of the programme');
		const { active, draft: none } = await look('programme:shop');
		assert.deepEqual([active.version, active.state, active.approvedBy, none], [1, 'active', 'kim', null]);
	});

	it('names its version in the ledger, which has the change itself with the hash of its text', async () => {
		const from = customer();
		await answered('rideau', OURS, from);
		const { body } = await kim('GET', `${BASE}/suppressions?number=${encodeURIComponent(from)}`);
		const evidence = (await kim('GET', `${BASE}/suppressions/${body.inForce[0].id}`)).body;
		assert.match(evidence.record.rule, /^1 fr .*, fr own, shop 1$/);
		assert.match(evidence.reading.ruleSet, /shop 1$/);
		const record = (await world.redis.stream('{c0}:ledger')).map(({ fields }) => fields).find(({ what }) => what === 'rules');
		assert.deepEqual([record.scope, record.rule, record.by, record.reason, record.approved], ['p:shop', '1', 'kim', 'asked for by the shop', undefined]);
		assert.equal(record.file, createHash('sha256').update('fr.opt_out\tASSEZ\nfr.opt_out\tRideau\n').digest('hex'));
	});

	it('is in the audit: who wrote it, and who put it in force', async () => {
		const { body } = await kim('GET', '/api/v2/audits');
		const mine = body.entities.filter(({ entityType }) => entityType === 'rules').map((one) => [one.action, one.user.id, one.entity.id]);
		assert.deepEqual(mine, [['activate', 'kim', 'p:shop'], ['draft', 'kim', 'p:shop']]);
	});

	it('that takes an opt-out away, or adds an opt-in, is put in force by somebody else', async () => {
		for (const set of [french({ optOut: ['ASSEZ'] }), french({ optOut: ['ASSEZ', 'Rideau'], optIn: ['REVENIR'] })]) {
			const { draft } = await look('programme:shop');
			const saved = await good(save(kim, 'programme:shop', set, draft?.revision ?? 0));
			const own = await decide(kim, 'programme:shop', saved);
			assert.deepEqual([own.status, own.body.code], [409, 'own.request']);
		}
		// Nor by somebody who had a hand in it, nor by two at once.
		const { draft } = await look('programme:shop');
		const second = await good(save(lee, 'programme:shop', french({ optOut: ['ASSEZ'] }), draft.revision));
		for (const who of [kim, lee]) assert.equal((await decide(who, 'programme:shop', second)).body.code, 'own.request');
		const [moe, ned] = await Promise.all(['moe', 'ned'].map((name) => person(world, 'compliance', name)));
		const codes = (await Promise.all([decide(moe, 'programme:shop', second), decide(ned, 'programme:shop', second)])).map(({ status }) => status);
		assert.deepEqual(codes.sort(), [200, 404]);
		await inForce('programme:shop', 2);
		assert.equal((await verdictOf('rideau')).verdict, 'NONE');
		const { versions } = await look('programme:shop');
		assert.deepEqual(versions.map(({ version, state }) => [version, state]), [[2, 'active'], [1, 'past']]);
		const first = await good(kim('GET', path('programme:shop', '/versions/1')));
		assert.deepEqual(first.set.languages[0].optOut, ['ASSEZ', 'Rideau']);
	});

	it('is refused to a program, and to who has not seen what it became', async () => {
		const client = await program(world, 'compliance');
		assert.equal((await save(client, 'programme:bank', french())).body.code, 'person.required');
		const saved = await good(save(kim, 'programme:bank', french()));
		assert.equal((await decide(client, 'programme:bank', saved)).body.code, 'person.required');
		const stale = await save(lee, 'programme:bank', french(), 0);
		assert.deepEqual([stale.status, stale.body.code], [409, 'draft.changed']);
		assert.match(stale.body.message, /by kim/);
		assert.equal((await decide(lee, 'programme:bank', { ...saved, revision: 7 })).body.code, 'draft.changed');
		assert.equal((await decide(lee, 'programme:bank', { version: 9, revision: 1 })).status, 404);
		await good(decide(lee, 'programme:bank', saved, 'discard'));
		const { draft, versions } = await look('programme:bank');
		assert.deepEqual([draft, versions[0].state], [null, 'discarded']);
	});

	const wrong = [
		[{ languages: [{ language: 'fr', optIn: ['stop'] }] }, /fr\.opt_in: "stop" means something else .*OPT_OUT.*allowed/],
		[{ languages: [{ language: 'fr', optOut: ['START'], help: ['!!'] }] }, /"START" means something else.*; .*fr\.help: "!!" is no keyword/],
		[{ languages: [{ language: 'en', help: ['no thanks', 'lifeline', 'wrong number'] }] }, /en\.help: "no thanks" means something else .*AMBIGUOUS.*; .*"wrong number" means something else/],
		[{ languages: [{ language: 'FR' , stopText: 'x' }] }, /language "FR": allowed are two small letters/],
		[{ languages: [{ language: 'fr', optOut: Array.from({ length: 65 }, (_, i) => `w${i}`) }] }, /fr\.opt_out: 65 words, allowed 0\.\.64/],
		[{ stopText: 'x'.repeat(1601) }, /stop_text: 1601 octets, allowed 0\.\.1600/],
		[{ languages: [{ language: 'fr', optOut: ['a,b'] }] }, /fr\.opt_out\[0\]: allowed are neither commas/],
		[{ languages: [{ language: 'fr', optOut: [''] }] }, /0 octets, allowed 1\.\.96/],
		[{ languages: [{ language: 'fr', optOut: [1] }] }, /allowed is a text/],
		[{ languages: [{ language: 'fr', optOut: 'stop' }] }, /allowed is a list/],
		[{ languages: 'fr' }, /allowed is an object/],
		['fr', /allowed is an object/],
	];
	for (const [set, pattern] of wrong)
		it(`is refused where it is wrong: ${JSON.stringify(set).slice(0, 60)}`, async () => {
			const { status, body } = await save(kim, 'programme:shop', set);
			assert.equal(status, 400);
			assert.match(body.message, pattern);
		});

	it('is nobody’s who is not configured', async () => {
		for (const id of ['programme:none', 'number:+1999', 'all', 'category:x'])
			assert.equal((await kim('GET', path(id))).status, 404, id);
		assert.match((await kim('POST', `${BASE}/classifications`, { text: 'x', programme: 'none' })).body.message, /programme must be/);
		assert.match((await kim('POST', `${BASE}/classifications`, { text: 'x', version: 3 })).body.message, /ruleSet must say/);
	});
});

describe('a number’s own', () => {
	it('stands beside its programme’s, whose answers it hides; others of the programme have none of it', async () => {
		const version = await put(`number:${OTHER}`, { helpText: 'Help of this number.', languages: [{ language: 'de', optOut: ['RUHE'], stopText: 'Ruhe ist.' }] });
		await inForce(`number:${OTHER}`, version);
		assert.equal(await answered('Ruhe!', OTHER), 'Ruhe ist.');
		assert.equal(await answered('ASSEZ', OTHER), FILE_STOP);
		assert.equal(await answered('HELP', OTHER), 'Help of this number.');
		assert.equal(await answered('HELP', OURS), 'Help of the file.');
		assert.equal((await verdictOf('ruhe', OURS)).verdict, 'NONE');
		assert.match((await look(`number:${OTHER}`)).ruleSet, /, shop 2, \+15550101 1$/);
		const all = await good(kim('GET', `${BASE}/rule-sets`));
		assert.equal(all.entities.at(-1).id, `number:${OTHER}`);
	});

	it('goes with its programme’s when that changes', async () => {
		const version = await put('programme:shop', { stopText: 'Out, by the second edition.', languages: [{ language: 'fr', optOut: ['ASSEZ', 'SUFFIT'] }] });
		await inForce('programme:shop', version);
		assert.equal(await answered('SUFFIT', OTHER), 'Out, by the second edition.');
		assert.equal(await answered('ruhe', OTHER), 'Ruhe ist.');
	});

	it('may be all that there is', async () => {
		const version = await put(`number:${BARE}`, { stopText: 'Bare and out.' });
		await inForce(`number:${BARE}`, version);
		assert.equal(await answered('STOP', BARE), 'Bare and out.');
	});
});

it('a version that takes another’s place while a STOP is being applied takes no answer away', async (t) => {
	const one = await World.start(t);
	const pat = await person(one, 'compliance', 'pat');
	const first = await good(save(pat, 'programme:shop', { stopText: 'Out, by the first.' }));
	await good(decide(pat, 'programme:shop', first));
	const second = await good(save(pat, 'programme:shop', { stopText: 'Out, by the second.' }));
	await waitFor(async () => (await pat('POST', `${BASE}/classifications`, { text: 'STOP', programme: 'shop' })).body.answer === 'Out, by the first.', { what: 'it is in force' });
	// What is in force is asked for once a second: when the router goes on it asks, and applies what has come meanwhile.
	process.kill(one.router.child.pid, 'SIGSTOP');
	const stopped = Date.now();
	const from = [...Array(8)].map(customer);
	for (const each of from) await one.carrier.deliver({ from: each, to: OURS, text: 'STOP' });
	const named = { owner: 'p:shop', ...second, by: 'lee', base: first.version, narrows: '', file: 'x', now: Date.now() };
	assert.equal((await one.redis.call('FCALL', 'rules_activate', 1, '{c0}', ...Object.entries(named).flat()))[0], 'ok');
	await waitFor(() => Date.now() - stopped > 1100, { what: 'it is to be asked again' });
	process.kill(one.router.child.pid, 'SIGCONT');
	for (const each of from) assert.match((await one.carrier.expectSubmit({ to: each })).text, /^Out, by the (first|second)\.$/);
	assert.equal(one.router.child.exitCode, null);
});

describe('over restarts', () => {
	it('the router that begins again reads by what is in force from its first text on', async () => {
		await world.router.kill();
		const from = customer();
		const taken = world.carrier.deliverUntilTaken({ from, to: OURS, text: 'SUFFIT' });
		await world.startRouter();
		await taken;
		assert.equal((await world.carrier.expectSubmit({ to: from })).text, 'Out, by the second edition.');
	});

	it('an older copy of Redis, which knows no version, is read by what the file says', async (t) => {
		const one = await World.start(t);
		const pat = await person(one, 'compliance', 'pat');
		const text = async () => (await pat('POST', `${BASE}/classifications`, { text: 'stoppons', programme: 'shop' })).body.verdict;
		const saved = await good(save(pat, 'programme:shop', { languages: [{ language: 'fr', optOut: ['STOPPONS'] }] }));
		await good(decide(pat, 'programme:shop', saved));
		await waitFor(async () => (await text()) === 'OPT_OUT', { what: 'it is in force' });
		for (const key of await one.redis.keys('{c0}:rules*')) await one.redis.call('DEL', key);
		await one.redis.kill();
		await one.redis.start();
		await waitFor(async () => (await text()) === 'NONE', { what: 'it is in force no more' });
	});

	it('the router that stands by takes over with what was put in force at the other', async (t) => {
		const two = await World.start(t, { router: false, changes: { router: { instance: 'router-1' } } });
		const pair = await Pair.start(two);
		try {
			const door = await pair.working();
			const at = (name) => person({ base: door.base, addUser: (...words) => two.addUser(...words) }, 'compliance', name);
			const pat = await at('pat');
			const saved = await good(save(pat, 'programme:shop', { languages: [{ language: 'fr', optOut: ['STOPPONS'], stopText: 'Fini.' }] }));
			await good(decide(pat, 'programme:shop', saved));
			await pair.kill(door);
			const from = customer();
			await two.carrier.deliver({ from, to: OURS, text: 'Stoppons' });
			assert.equal((await two.carrier.expectSubmit({ to: from })).text, 'Fini.');
		} finally {
			await pair.stop();
		}
	});
});

describe('classify', () => {
	const run = async (text, ...words) => {
		const { code, stdout, stderr } = await world.command('bindery-router', ['classify', ...words], { input: `${text}\n` });
		return { code, stderr, said: stdout.trim().split('\t') };
	};

	it('reads by what is in force for a programme or a number', async () => {
		assert.deepEqual((await run('suffit', '--programme', 'shop')).said, ['OPT_OUT', '1', 'suffit']);
		assert.deepEqual((await run('ruhe', '--number', OTHER)).said, ['OPT_OUT', '1', 'ruhe']);
		assert.deepEqual((await run('ruhe', '--number', OTHER, '--language', 'fr')).said[0], 'NONE');
		assert.deepEqual((await run('ruhe', '--number', OURS)).said[0], 'NONE');
		assert.deepEqual((await run('suffit')).said[0], 'NONE');
		assert.deepEqual((await run('YES', '--context', 'opted-out', '--programme', 'bank')).said[0], 'OPT_IN');
	});

	it('says what is wrong', async () => {
		for (const [words, pattern, no = 2] of [
			[['--programme', 'none'], /no programme "none"; the configuration has \w/, 1],
			[['--number', '+1999'], /no number "\+1999"; the configuration has \+/, 1],
			[['--programme', 'shop', '--number', OURS], /not both/],
			[['--language', 'fr'], /of a programme or a number/],
			[['--programme', 'shop', '--language', 'french'], /two small letters/],
			[['--programme'], /needs a value/],
		]) {
			const { code, stderr } = await run('x', ...words);
			assert.equal(code, no, words.join(' '));
			assert.match(stderr, pattern);
		}
	});
});

describe('what a change would have read differently', () => {
	const set = { languages: [{ language: 'fr', optOut: ['ASSEZ', 'SUFFIT', 'STOPPONS', 'ruhe'] }] };
	const today = new Date().toISOString().slice(0, 10);
	async function replay(who, body) {
		const all = { entities: [], texts: 0, pieces: 0, progress: [] };
		for (let cursor; cursor !== null; all.pieces++) {
			const piece = await good(who('POST', `${BASE}/replays`, { from: today, until: today, ...body, ...(cursor ? { cursor } : {}) }));
			all.entities.push(...piece.entities);
			all.texts += piece.texts;
			all.progress.push(piece.progress);
			cursor = piece.nextCursor;
		}
		return all;
	}

	it('is listed with both verdicts, of those texts alone that come out otherwise', async () => {
		const all = await replay(kim, { ruleSet: 'programme:shop', set });
		assert.ok(all.texts >= 10);
		assert.ok(all.entities.length >= 1);
		for (const { text, ours, was, active, draft } of all.entities)
			assert.deepEqual([text, ours, was, active.verdict, draft.verdict], ['ruhe', OURS, 'NONE', 'NONE', 'OPT_OUT']);
		assert.match(all.entities[0].draft.ruleSet, /shop unsaved$/);
		assert.equal(all.progress.at(-1), 100);
		assert.deepEqual([...all.progress].sort((a, b) => a - b), all.progress);
	});

	it('goes on piece by piece, and tells the same', async () => {
		const whole = await replay(kim, { ruleSet: 'programme:shop', set });
		const first = await good(kim('POST', `${BASE}/replays`, { ruleSet: 'programme:shop', set, from: today, until: today, cursor: '15.' }));
		assert.equal(first.nextCursor, null);
		assert.ok(first.texts <= whole.texts);
		const nothing = await replay(kim, { ruleSet: 'programme:shop', set, from: '2001-01-01', until: '2001-01-02' });
		assert.deepEqual([nothing.entities, nothing.texts], [[], 0]);
	});

	it('hides numbers and texts from who is not of compliance', async () => {
		const { entities } = await replay(await person(world, 'admin', 'ada'), { ruleSet: 'programme:shop', set });
		assert.ok(entities.length >= 1);
		for (const { number, text } of entities) {
			assert.match(number, /^…\d{4}$/);
			assert.equal(text, null);
		}
	});

	it('is asked for rightly', async () => {
		for (const [body, pattern] of [
			[{ ruleSet: 'programme:none', set }, /ruleSet must be/],
			[{ ruleSet: 'programme:shop', set, from: 'yesterday' }, /from and until must be days/],
			[{ ruleSet: 'programme:shop', set, from: '2026-01-03', until: '2026-01-01' }, /from before until/],
			[{ ruleSet: 'programme:shop', set, cursor: '99.1-1' }, /cursor must be/],
			[{ ruleSet: 'programme:shop' }, /version or set/],
		]) {
			const { status, body: said } = await kim('POST', `${BASE}/replays`, { from: today, until: today, ...body });
			assert.equal(status, 400, JSON.stringify(body));
			assert.match(said.message, pattern);
		}
	});
});
