// Texts that a person has to read: what is held meanwhile, and what becomes of it. functions/review.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions, Partition } from './lib/functions.mjs';

const CUSTOMER = '+15550199';

const functions = Functions.forTests();
const p = Partition.forTests(functions);

const unclear = (named = {}) => p.keyword('AMBIGUOUS', { text: 'maybe stop', rule: '9 en', ...named });
const open = async () => (await p.call('reviews', {})).filter((_, i) => i % 2 === 0);
const read = (id) => p.call('review_read', { id });
const decide = (id, yes, named = {}) =>
	p.call('review_decide', { id, yes, by: 'kim', scope: '', note: 'read it', who: 'who', salt: 's', seal: 'x', ...named });
const ledger = async () => (await p.stream('ledger')).map(({ fields }) => fields);
const ids = (taken) => taken.slice(1).map(([id]) => id);
const reminded = async () => (await p.call('reviews_due', {})).map((event) => fieldsOf(event.slice(1)).why);

describe('a text that may be an opt-out', () => {
	it('reaches an agent as any other, and is answered nothing', async () => {
		const [, happened, review] = await unclear();
		const told = fieldsOf(happened.slice(1));
		assert.deepEqual([told.k, told.s, told.how], ['AMBIGUOUS', 'queued', 'new']);
		assert.deepEqual([fieldsOf(review.slice(1)).e, fieldsOf(review.slice(1)).why], ['review', 'open']);
		assert.deepEqual(await p.stream('mt:acme:interactive'), []);
	});

	it('is a record of the ledger and one open review, however many follow', async () => {
		await unclear();
		await unclear({ text: 'not sure', fp: 'fp2' });
		const [id, ...others] = await open();
		assert.deepEqual(others, []);
		const records = await ledger();
		assert.deepEqual(records.map(({ what }) => what), ['hold', 'hold']);
		assert.equal(records[1].entry, id);
		const review = await read(id);
		assert.deepEqual(review.slice(0, 4).concat(review[8], review[12]),
			[CUSTOMER, '+15550100', review[2], 'p:shop', 'open', '1']);
		assert.deepEqual(review.slice(14).map((said) => [said[2], said[4]]), [['9', 'maybe stop'], ['9', 'not sure']]);
	});

	it('is listed by when it is due, the first so many of them', async () => {
		const due = p.now + 1000;
		for (const [i, late] of [30, 10, 20].entries())
			await unclear({ customer: `+1555019${i}`, fp: `fp${i}`, review_due: due + late });
		const dues = async (named) => (await p.call('reviews', named)).filter((_, i) => i % 2 === 1).map((at) => at - due);
		assert.deepEqual(await dues({}), [10, 20, 30]);
		assert.deepEqual(await dues({ limit: 2 }), [10, 20]);
	});

	it('holds what is automated at once, of every number of ours, and lets agents write', async () => {
		await p.waiting(['a1']);
		await p.accept({ conv: 'other', class: 'bulk' });
		const conv = (await p.hash('thread:+15550100:+15550199')).conv;
		for (const cls of ['transactional', 'bulk']) await p.accept({ conv, id: cls, class: cls });
		await unclear({ ours: '+15550101' });
		assert.deepEqual(ids(await p.taken()), ['a1']);
		await p.result('a1', 'sent');
		assert.deepEqual(await p.taken(), [0]);
		const [id] = await open();
		assert.deepEqual(await decide(id, 'release'), ['ok', 'released']);
		assert.deepEqual(ids(await p.taken()), ['transactional']);
		await p.result('transactional', 'sent');
		assert.deepEqual(ids(await p.taken()), ['bulk']);
	});

	it('leaves other customers alone', async () => {
		await p.waiting(['m1'], { class: 'bulk', customer: '+15550142' });
		await unclear();
		assert.deepEqual(ids(await p.taken()), ['m1']);
	});

	it('takes what a gateway has not written yet back, with its place', async () => {
		await p.waiting(['m1', 'm2'], { class: 'transactional' });
		assert.deepEqual(ids(await p.taken()), ['m1']);
		await unclear();
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1' }), 0);
		assert.deepEqual(await p.taken(), [0]);
		await decide((await open())[0], 'release');
		assert.deepEqual(ids(await p.taken()), ['m1']);
	});

	it('of a message that was begun the rest is sent', async () => {
		await p.waiting(['m1'], { class: 'transactional', segs: 2 });
		await p.taken();
		await p.result('m1', 'sent');
		await unclear();
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1' }), 1);
	});

	it('of one whose gateway knows that it was begun likewise, though nothing of it is applied', async () => {
		await p.waiting(['m1'], { class: 'transactional', segs: 2 });
		await p.taken();
		await unclear();
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1', begun: '1' }), 1);
	});
});

describe('the decision', () => {
	it('to opt out suppresses, ends what was held, and can be taken back by START', async () => {
		await p.waiting(['m1'], { class: 'bulk' });
		await unclear();
		const [id] = await open();
		assert.deepEqual(await decide(id, 'opt_out'), ['ok', 'opted_out']);
		assert.deepEqual(await p.taken(), [0]);
		assert.deepEqual((await p.ended()).map(({ fields }) => [fields.k, fields.r]), [['sup', 'm1']]);
		const records = await ledger();
		assert.deepEqual(records.map(({ what, by, source, entry }) => [what, by, source, entry]),
			[['hold', undefined, 'keyword', undefined], ['revoke', 'kim', 'review', id]]);
		await p.keyword('OPT_IN');
		assert.deepEqual(await p.hash(`opt:${CUSTOMER}`), {});
	});

	it('leaves what staff has put on the list theirs, which START does not lift', async () => {
		await p.call('suppress', { customer: CUSTOMER, scope: 'p:shop', source: 'staff', by: 'lee', who: 'w', salt: 's', seal: 'x', note: '' });
		await unclear();
		assert.deepEqual(await decide((await open())[0], 'opt_out'), ['ok', 'opted_out']);
		await p.keyword('OPT_IN');
		assert.match((await p.hash(`opt:${CUSTOMER}`))['p:shop'], /^staff /);
	});

	it('is still to be made where the customer opts out of one category', async () => {
		await unclear();
		await p.keyword('OPT_OUT', { scope: 'c:shop:offers' });
		assert.equal((await open()).length, 1);
		await p.keyword('OPT_OUT', { fp: 'fp9' });
		assert.deepEqual(await open(), []);
	});

	it('may be for another scope', async () => {
		await unclear();
		await decide((await open())[0], 'opt_out', { scope: 'all' });
		assert.deepEqual(Object.keys(await p.hash(`opt:${CUSTOMER}`)), ['all']);
	});

	describe('is confirmed', () => {
		const asked = async () => (await p.stream('back')).filter(({ fields }) => fields.k === 'cfm');
		const confirm = async (named = {}) => {
			const [entry] = await asked();
			const [id] = entry.fields.r.split('\t');
			return p.call('review_confirm', { back: entry.id, id, scopes: 'all|p:shop|n:+15550100', answer: 'You are out.',
				answer_id: 'confirmation', answer_carrier: 'acme', answer_record: 'r', answer_segs: 1, ...named });
		};
		const sent = async () => (await p.entries('mt:acme:interactive')).map(({ fields }) => [fields.x.split(' ')[1], fields.c]);
		const out = async (named) => {
			await unclear();
			return decide((await open())[0], 'opt_out', named);
		};

		it('once, and a STOP behind the decision is answered nothing, in whichever order the two are applied', async () => {
			for (const [i, order] of [['confirm', 'stop'], ['stop', 'confirm']].entries()) {
				await functions.forget();
				await p.take();
				await out({ scope: i ? 'all' : '' });
				for (const what of order) await (what === 'stop' ? p.keyword('OPT_OUT', { fp: 'fp7' }) : confirm());
				assert.deepEqual(await sent(), [[i ? 'all' : 'p:shop', CUSTOMER]], order.join());
				assert.deepEqual(await asked(), []);
			}
		});

		it('tells whoever has the conversation, and says in whose thread', async () => {
			await out();
			const [, event] = await confirm();
			const told = fieldsOf(event.slice(1));
			assert.deepEqual([told.e, told.k, told.out, told.m], ['consent', 'OPT_OUT', '1', 'confirmation']);
		});

		it('not where a STOP decided first, or had been confirmed before', async () => {
			await unclear();
			const [id] = await open();
			await p.keyword('OPT_OUT', { fp: 'fp8' });
			assert.equal((await decide(id, 'opt_out'))[0], 'over');
			await unclear({ fp: 'fp9' });
			assert.deepEqual(await decide((await open())[0], 'opt_out', { scope: 'all' }), ['ok', 'opted_out']);
			assert.deepEqual(await asked(), []);
			assert.equal((await sent()).length, 1);
		});

		it('not where START came between, nor twice where the router died behind it', async () => {
			await out();
			await p.keyword('OPT_IN', { fp: 'fp8', answer: '' });
			const [entry] = await asked();
			assert.deepEqual(await confirm(), ['ok']);
			assert.deepEqual(await p.call('review_confirm', { back: entry.id, id: entry.fields.r.split('\t')[0] }), ['done']);
			assert.deepEqual(await sent(), []);
		});

		it('not with a number that is ours no more, which is counted', async () => {
			await out();
			assert.deepEqual(await confirm({ answer: undefined }), ['ok']);
			assert.deepEqual(await sent(), []);
			assert.equal(await p.count('review_unconfirmed'), 1);
		});

		it('within five minutes of the text, not of the decision, or it counts as late', async () => {
			const heard = p.now;
			await unclear();
			p.now += 200_000;
			await decide((await open())[0], 'opt_out');
			assert.equal((await asked())[0].fields.r.split('\t')[3], String(heard));
			const [, event] = await confirm();
			assert.equal(fieldsOf(event.slice(1)).heard, String(heard));
			const overdue = async () => (await p.call('digest_open', {}))[0];
			const fold = () => p.call('digest_fold', { limit: 100, offset: 0, told: '' });
			await fold();
			p.now = heard + 299_999;
			assert.equal(await overdue(), 0);
			p.now += 2;
			assert.equal(await overdue(), 1);
			await p.taken();
			await p.result('confirmation', 'sent');
			await fold();
			const flat = await p.call('digest_read', { day: Math.floor(p.now / 86_400_000) });
			const figures = Object.entries(fieldsOf(flat)).map(([field, by]) => [field.split('\t')[1], by]);
			assert.deepEqual(figures.filter(([name]) => /^confirm_/.test(name)).sort(), [['confirm_late', '1'], ['confirm_ms', '300001']]);
		});

		it('not where another scope was confirmed within the five minutes', async () => {
			await unclear();
			await p.keyword('OPT_OUT', { scope: 'c:shop:offers', fp: 'fp7' });
			const [id] = await open();
			p.now += 299_000;
			assert.deepEqual(await decide(id, 'opt_out'), ['ok', 'opted_out']);
			assert.deepEqual(await asked(), []);
		});

		it('not by a router whose tenure is over', async () => {
			await out();
			assert.deepEqual(await confirm({ fence: 'x' }), ['fenced']);
			assert.equal((await asked()).length, 1);
		});
	});

	it('of a text in no conversation is erased with its number, and so is what was remarked', async () => {
		const stray = (text, fp) => p.heard('mo').then((entry) => p.call('stray', {
			...p.consent('AMBIGUOUS'), in: entry, why: 'number', text, rule: '9 en', ours: '+15550177', customer: CUSTOMER, fp, carrier: 'acme' }));
		await stray('my secret maybe stop', 'a');
		await stray('more of it', 'b');
		await unclear({ text: 'in a conversation', fp: 'c' });
		const [id] = await open();
		await decide(id, 'release', { note: 'she is ill' });
		assert.deepEqual((await read(id)).slice(14).map((said) => said[4]), ['my secret maybe stop', 'more of it', 'in a conversation']);
		assert.deepEqual(await p.call('ledger_erase', { who: 'who', by: 'kim', from: 0 }), ['4', '']);
		const review = await read(id);
		assert.deepEqual(review.slice(14).map(([conv, , rule, , text]) => [conv !== '', rule, text]), [[false, '9', ''], [false, '9', ''], [true, '9', 'in a conversation']]);
		assert.deepEqual([review[8], review[9], review[11]], ['released', 'kim', '']);
		const all = await functions.redis.call('EVAL', "local out = {} for _, k in ipairs(redis.call('KEYS', ARGV[1] .. ':review*')) do "
			+ "local t = redis.call('TYPE', k).ok out[#out + 1] = t == 'hash' and table.concat(redis.call('HVALS', k), ' ') or t == 'list' and table.concat(redis.call('LRANGE', k, 0, -1), ' ') or '' end return out", '0', p.tag);
		assert.doesNotMatch(all.join('\n'), /secret|more of it|ill/);
	});

	it('is made once, by somebody, and says who made it', async () => {
		assert.deepEqual(await decide('1-1', 'release'), ['missing']);
		await unclear();
		const [id] = await open();
		assert.deepEqual(await decide(id, 'release', { by: '' }), ['missing']);
		assert.deepEqual(await decide(id, 'maybe'), ['missing']);
		const answers = await Promise.all(['kim', 'lee'].map((by) => decide(id, 'release', { by })));
		assert.deepEqual(answers, [['ok', 'released'], ['over', 'released', 'kim']]);
		const review = await read(id);
		assert.deepEqual(review.slice(8, 12), ['released', 'kim', String(p.now), 'read it']);
		assert.deepEqual(await open(), []);
		await unclear({ fp: 'fp3' });
		assert.notEqual((await open())[0], id);
	});

	it('is the customer’s own where STOP or START follows', async () => {
		for (const [word, state, what] of [['OPT_OUT', 'opted_out', 'revoke'], ['OPT_IN', 'opted_in', 'grant']]) {
			await unclear({ fp: word });
			const [id] = await open();
			await p.keyword(word);
			assert.deepEqual((await read(id)).slice(8, 10), [state, '']);
			const last = (await ledger()).at(-1);
			assert.deepEqual([last.what, last.entry], [what, id]);
			assert.equal(await p.count('review_open'), 0);
		}
	});
});

describe('the reminder', () => {
	it('comes once when it is due and once when it is late, and is counted until it is decided', async () => {
		await unclear();
		const [id] = await open();
		assert.deepEqual(await reminded(), []);
		p.now += 1000;
		assert.deepEqual(await reminded(), ['due']);
		assert.deepEqual(await reminded(), []);
		p.now += 1000;
		assert.deepEqual(await reminded(), ['escalated']);
		p.now += 1e9;
		assert.deepEqual(await reminded(), []);
		assert.deepEqual([await p.count('review_open'), await p.count('review_due'), await p.count('review_escalated')], [1, 1, 1]);
		assert.equal((await read(id))[13], ' due escalated');
		await decide(id, 'release');
		assert.deepEqual([await p.count('review_open'), await p.count('review_due'), await p.count('review_escalated')], [0, 0, 0]);
	});

	it('of a tenure that has ended is none', async () => {
		await unclear();
		p.now += 1e9;
		assert.deepEqual(await p.call('reviews_due', { fence: 'x' }), []);
	});
});

describe('the context of a text', () => {
	// N without any, then a letter for each set of marketing 1, question 2, agent 4, opted out 8.
	const verdicts = 'NOHIOOOOAHHHHHHH';
	const say = (named = {}) => p.keyword('', { verdict: undefined, verdicts, 'rule:O': '1 en', 'rule:H': '7 en',
		'rule:I': '8 en', 'rule:A': '9 en', ...named });
	const kind = async (named) => fieldsOf((await say(named))[1].slice(1)).k;

	it('is none at first', async () => assert.equal(await kind(), 'NONE'));

	it('is a question of ours until it was answered', async () => {
		const conv = await p.connected();
		await p.accept({ conv, asked: p.now });
		await p.call('close', { conv, agent: 'ann', wrapup: 'done', notes: '' });
		assert.equal(await kind(), 'HELP');
		assert.equal(await kind({ fp: 'fp2' }), 'NONE');
	});

	it('is no question after three days', async () => {
		const conv = await p.connected();
		await p.accept({ conv, asked: p.now });
		await p.call('close', { conv, agent: 'ann', wrapup: 'done', notes: '' });
		p.now += 72 * 3600000 + 1;
		assert.equal(await kind(), 'NONE');
	});

	it('is an agent’s chat while it is connected', async () => {
		await p.connected();
		assert.equal(await kind(), 'OPT_OUT');
	});

	it('is marketing where that was the last that we sent, whatever it asks', async () => {
		const conv = await p.connected();
		await p.accept({ conv, asked: p.now });
		await p.accept({ conv, class: 'bulk', asked: p.now });
		await p.call('close', { conv, agent: 'ann', wrapup: 'done', notes: '' });
		assert.equal(await kind(), 'OPT_OUT');
		assert.equal((await p.hash('thread:+15550100:+15550199')).out, 'marketing');
	});

	it('is that the number is opted out', async () => {
		await p.keyword('OPT_OUT');
		assert.equal(await kind(), 'AMBIGUOUS');
	});

	it('decides which rule is kept, and whether the answer is sent', async () => {
		await p.connected();
		await say({ answers: 'H' });
		assert.equal((await ledger())[0].rule, '1 en');
		assert.deepEqual(await p.stream('mt:acme:interactive'), []);
	});
});
