// The Redis Functions of outbound messages and of what becomes of them: outbound.lua, receipt.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventOf, fieldsOf, Functions, Partition, SCOPES } from './lib/functions.mjs';
import { Child } from './lib/process.mjs';

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);

const ids = (taken) => taken.slice(1).map(([id]) => id);
const optOut = (customer = '+15550199', scope = 'p:shop') =>
	redis.call('HSET', `${p.tag}:opt:${customer}`, scope, 'keyword 1-0');

describe('mt_accept', () => {
	it('puts the reply into its thread, before the gateways, and tells it', async () => {
		const conv = await p.connected();
		const reply = await p.accept({ conv, id: 'm1', text: 'Good day', segs: 2 });
		assert.equal(reply[0], 'ok');
		const message = (await p.stream(`conv:${conv}:msgs`)).at(-1);
		assert.equal(message.id, reply[1]);
		assert.deepEqual(message.fields, { d: 'o', t: 'Good day', m: 'm1', a: 'ann', n: '2', x: '' });
		const [entry] = await p.entries('mt:acme:interactive');
		assert.deepEqual(entry.fields, {
			m: 'm1', c: '+15550199', o: '+15550100', s: SCOPES, x: '', n: '1', facts: `${conv} 2`, r: 'mt record',
		});
		assert.deepEqual(await p.hash('msg:m1'), {
			state: 'queued', conv, at: reply[1], n: '2', carrier: 'acme', pair: '+15550100:+15550199', scopes: SCOPES,
		});
		const told = eventOf(reply, 2);
		assert.deepEqual(told, {
			id: told.id, e: 'mt', c: conv, m: 'm1', p: reply[1], a: 'ann', s: 'connected', q: 'front',
			leg: '1', n: '2', carrier: 'acme', class: 'interactive', of: '', at: String(p.now),
		});
		assert.deepEqual((await p.events()).at(-1), told);
	});

	it('is done once for an agent’s ref, and says what it made', async () => {
		const conv = await p.connected();
		const [, position] = await p.accept({ conv, ref: 'r', id: 'm1' });
		const before = (await p.events()).length;
		const said = ['Hi', '1', ''];
		const again = ['again', 'm1', position, 'queued', ...said];
		assert.deepEqual(await p.accept({ conv, ref: 'r', id: 'm2', text: 'Another' }), again);
		await p.taken();
		assert.deepEqual(await p.accept({ conv, ref: 'r', id: 'm3' }), ['again', 'm1', position, 'queued', ...said]);
		assert.equal((await p.events()).length, before);
		assert.deepEqual(await p.hash('msg:m2'), {});
	});

	it('is done once even when the conversation was closed or opted out since', async () => {
		const conv = await p.connected();
		const [, position] = await p.accept({ conv, ref: 'r', id: 'm1' });
		await optOut();
		await p.call('close', { conv, agent: 'ann', wrapup: '', notes: '' });
		const again = await p.accept({ conv, ref: 'r', id: 'm2' });
		assert.deepEqual(again.slice(0, 4), ['again', 'm1', position, 'queued']);
	});

	it('takes the same ref of another agent for another message', async () => {
		const one = await p.connected('ann');
		const other = await p.connected('bob', { customer: '+15550198' });
		assert.equal((await p.accept({ conv: one, ref: 'r' }))[0], 'ok');
		assert.equal((await p.accept({ conv: other, ref: 'r', agent: 'bob' }))[0], 'ok');
	});

	it('is refused to whoever does not have the conversation', async () => {
		const conv = fieldsOf((await p.mo())[1].slice(1)).c;
		assert.deepEqual(await p.accept({ conv }), ['not_yours']);
		await p.call('connect', { conv, leg: 1, agent: 'ann', scopes: SCOPES });
		assert.deepEqual(await p.accept({ conv, agent: 'bob' }), ['not_yours']);
		assert.deepEqual(await p.accept({ conv: 'nowhere' }), ['not_yours']);
		await p.call('close', { conv, agent: 'ann', wrapup: '', notes: '' });
		assert.deepEqual(await p.accept({ conv }), ['not_yours']);
		assert.deepEqual(await p.stream('mt:acme:interactive'), []);
	});

	for (const scope of SCOPES.split('|')) {
		it(`is refused where ${scope} is suppressed, and tells who wanted it`, async () => {
			const conv = await p.connected();
			await optOut('+15550199', scope);
			const reply = await p.accept({ conv, id: 'm1', ref: 'r' });
			assert.deepEqual(reply.slice(0, 2), ['suppressed', scope]);
			const told = eventOf(reply, 2);
			assert.deepEqual(told, {
				id: told.id, e: 'blocked', where: 'accept', c: conv, a: 'ann', by: 'ann',
				ours: '+15550100', customer: '+15550199', q: 'front', leg: '1', m: '', scope, entry: 'keyword 1-0',
				at: String(p.now),
			});
			assert.deepEqual(await p.hash('msg:m1'), {});
			await redis.call('DEL', `${p.tag}:opt:+15550199`);
			assert.equal((await p.accept({ conv, id: 'm2', ref: 'r' }))[0], 'ok');
		});
	}

	it('is not held up by a scope of other numbers', async () => {
		const conv = await p.connected();
		await optOut('+15550199', 'p:bank');
		await optOut('+15550199', 'n:+15550101');
		assert.equal((await p.accept({ conv }))[0], 'ok');
	});

	it('numbers the references of a pair', async () => {
		await p.waiting(['m1', 'm2']);
		await p.waiting(['m3'], { customer: '+15550198' });
		const refs = (await p.entries('mt:acme:interactive')).map(({ fields }) => fields.n);
		assert.deepEqual(refs, ['1', '2', '1']);
	});
});

describe('what was accepted when the number’s programme had another name', () => {
	const old = { scopes: 'all|p:old|n:+15550100' };

	it('is stopped by a STOP to that number, and stays so when START lifts it', async () => {
		await p.waiting(['m1', 'm2'], old);
		assert.deepEqual(ids(await p.taken(1)), ['m1']);
		await p.keyword('OPT_OUT', { answer: '' });
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1' }), 0);
		await p.keyword('OPT_IN', { answer: '', fp: 'start' });
		assert.deepEqual(ids(await p.taken()), []);
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['m1', 'm2']);
	});

	it('is stopped by a STOP to that number, though one to another of the programme came before', async () => {
		await p.waiting(['m1', 'm2'], old);
		assert.deepEqual(ids(await p.taken(1)), ['m1']);
		await p.keyword('OPT_OUT', { answer: '', fp: 'other', ours: '+15550142', scopes: 'all|p:shop|n:+15550142' });
		await p.keyword('OPT_OUT', { answer: '' });
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1' }), 0);
		assert.deepEqual(ids(await p.taken()), []);
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['m1', 'm2']);
	});

	it('goes where only a category was opted out of, or another number', async () => {
		await p.waiting(['m1'], old);
		await p.keyword('OPT_OUT', { answer: '', scope: 'c:shop:news' });
		await p.keyword('OPT_OUT', { answer: '', fp: 'other', ours: '+15550142', scopes: 'all|p:shop|n:+15550142' });
		assert.deepEqual(ids(await p.taken()), ['m1']);
	});
});

describe('mt_take', () => {
	it('gives nothing where nothing waits, or waits for another carrier', async () => {
		assert.deepEqual(await p.taken(), [0]);
		await p.waiting(['m1']);
		assert.deepEqual(await p.taken(10, 'other'), [0]);
	});

	it('gives the id, the reference and the record, once', async () => {
		await p.waiting(['m1']);
		assert.deepEqual(await p.taken(), [0, ['m1', 1, 'mt record']]);
		assert.deepEqual(await p.taken(), [0]);
		assert.deepEqual(await p.stream('mt:acme:interactive'), []);
		assert.deepEqual(await p.hash('busy'), { '+15550100:+15550199': 'm1' });
		assert.deepEqual(Object.keys(await p.hash('flight:acme')), ['m1']);
	});

	it('keeps one of a pair in flight and the rest in their order', async () => {
		await p.waiting(['m1', 'm2', 'm3']);
		for (const id of ['m1', 'm2', 'm3']) {
			assert.deepEqual(ids(await p.taken()), [id]);
			assert.deepEqual(ids(await p.taken()), []);
			await p.result(id, 'sent');
		}
	});

	it('holds a pair back for all classes', async () => {
		await p.waiting(['m1']);
		await p.taken();
		await p.waiting(['m2'], { class: 'bulk' });
		assert.deepEqual(ids(await p.taken()), []);
		await p.result('m1', 'sent');
		assert.deepEqual(ids(await p.taken()), ['m2']);
	});

	it('does not hold back other pairs', async () => {
		await p.waiting(['a1', 'a2']);
		await p.waiting(['b1'], { customer: '+15550198' });
		assert.deepEqual(ids(await p.taken()), ['a1', 'b1']);
	});

	it('takes by class, and within one in the order of acceptance', async () => {
		const classes = ['bulk', 'transactional', 'interactive'];
		for (let i = 0; i < 9; i++)
			await p.waiting([`${classes[i % 3]}${i}`], { customer: `+1555020${i}`, class: classes[i % 3] });
		assert.deepEqual(ids(await p.taken(20)), [
			'interactive2', 'interactive5', 'interactive8', 'transactional1', 'transactional4',
			'transactional7', 'bulk0', 'bulk3', 'bulk6',
		]);
	});

	it('takes what is interactive alone where that is asked for, and says more of that', async () => {
		const urgent = (max) => p.call('mt_take', { carrier: 'acme', max, urgent: '1' });
		await p.waiting(['b1'], { customer: '+15550210', class: 'bulk' });
		assert.deepEqual(await urgent(5), [0]);
		for (let i = 0; i < 3; i++) await p.waiting([`m${i}`], { customer: `+1555020${i}` });
		const first = await urgent(2);
		assert.deepEqual([first[0], ids(first)], [1, ['m0', 'm1']]);
		const rest = await urgent(5);
		assert.deepEqual([rest[0], ids(rest)], [0, ['m2']]);
		assert.deepEqual(ids(await p.taken()), ['b1']);
	});

	it('takes no more than asked and says that more waits', async () => {
		for (let i = 0; i < 5; i++) await p.waiting([`m${i}`], { customer: `+1555020${i}` });
		const first = await p.taken(2);
		assert.deepEqual([first[0], ids(first)], [1, ['m0', 'm1']]);
		assert.deepEqual(await p.taken(0), [1]);
		const rest = await p.taken(3);
		assert.deepEqual([rest[0], ids(rest)], [0, ['m2', 'm3', 'm4']]);
	});

	it('looks behind a page of pairs that are busy', async () => {
		const conv = await p.waiting(['m']);
		await p.taken();
		await Promise.all(Array.from({ length: 200 }, (_, i) => p.accept({ conv, id: `m${i}` })));
		await p.waiting(['behind'], { customer: '+15550198' });
		assert.deepEqual(ids(await p.taken()), ['behind']);
	});

	it('ends what an opt-out covers, in one step with the taking', async () => {
		await p.waiting(['a1', 'a2', 'a3']);
		await p.waiting(['b1'], { customer: '+15550198' });
		await optOut();
		assert.deepEqual(ids(await p.taken()), ['b1']);
		const ended = (await p.ended()).map(({ fields }) => fields);
		assert.deepEqual(ended, ['a1', 'a2', 'a3'].map((r) => ({ k: 'sup', c: '+15550199', r })));
		assert.equal((await p.stream('mt:acme:interactive')).length, 0);
		assert.deepEqual(Object.keys(await p.hash('flight:acme')), ['b1']);
	});

	it('hands out the one confirmation behind what the STOP ended', async () => {
		await p.waiting(['a1', 'a2']);
		await p.keyword('OPT_OUT', { answer_id: 'answer' });
		assert.deepEqual(ids(await p.taken()), ['answer']);
	});

	it('holds back a customer from whom something was heard and not applied', async () => {
		await p.waiting(['a1', 'a2']);
		await p.waiting(['b1'], { customer: '+15550198' });
		const entry = await p.heard('mo');
		const held = await p.taken();
		assert.deepEqual([held[0], ids(held)], [2, ['b1']]);
		await p.keyword('OPT_OUT', { in: entry, answer_id: 'answer' });
		assert.deepEqual(ids(await p.taken()), ['answer']);
	});

	it('ends what waited when a STOP came, though a START has lifted it since', async () => {
		await p.waiting(['a1', 'a2']);
		await p.keyword('OPT_OUT', { answer_id: 'bye' });
		await p.keyword('OPT_IN', { answer_id: 'hello' });
		assert.deepEqual(ids(await p.taken()), ['bye']);
		const ended = (await p.ended()).map(({ fields }) => fields.r);
		assert.deepEqual(ended, ['a1', 'a2']);
	});

	// Its next entries are later than all that the clock says; those of other streams are not.
	const ahead = async (key) => {
		const id = await redis.call('XADD', key, '9999999999999-0', 'd', 'o');
		await redis.call('XDEL', key, id);
	};

	it('ends what waited when a STOP came, whatever the clock said', async () => {
		const conv = await p.waiting(['a1']);
		await ahead(`${p.tag}:conv:${conv}:msgs`);
		await p.waiting(['a2']);
		await p.keyword('OPT_OUT', { answer_id: 'bye' });
		await p.keyword('OPT_IN', { answer_id: 'hello' });
		assert.deepEqual(ids(await p.taken()), ['bye']);
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['a1', 'a2']);
	});

	it('hands out what was accepted when the STOP was lifted, whatever the clock said', async () => {
		await p.connected('ann');
		await ahead(`${p.tag}:ledger`);
		await p.keyword('OPT_OUT', { answer: '' });
		await p.keyword('OPT_IN', { answer: '' });
		await p.waiting(['a1']);
		assert.deepEqual(ids(await p.taken()), ['a1']);
		await p.result('a1', 'sent');
		await p.waiting(['a2']);
		await p.keyword('OPT_OUT', { answer: '' });
		await p.keyword('OPT_IN', { answer: '' });
		assert.deepEqual(await p.taken(), [0]);
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['a2']);
	});

	it('is not held back by results and endings that wait', async () => {
		await p.waiting(['a1']);
		for (const kind of ['rs', 'sup']) await p.heard(kind);
		assert.deepEqual(ids(await p.taken()), ['a1']);
	});

	it('waits where too much was heard to look through', async () => {
		await p.waiting(['a1']);
		const heard = (n) => Promise.all(Array.from({ length: n }, () => p.heard('mo', '+15550177')));
		await heard(512);
		assert.equal((await p.taken(0))[0], 1);
		await heard(1);
		assert.deepEqual(await p.taken(), [2]);
		assert.deepEqual(await p.taken(10, 'other'), [0]);
	});
});

describe('mt_check', () => {
	const check = (id) => p.call('mt_check', { carrier: 'acme', id });

	it('lets what is in flight be written', async () => {
		await p.waiting(['m1']);
		await p.taken();
		assert.equal(await check('m1'), 1);
		assert.equal(await check('m1'), 1);
	});

	it('refuses what is not in flight', async () => {
		await p.waiting(['m1']);
		assert.equal(await check('m1'), 0);
		await p.taken();
		await p.result('m1', 'sent');
		assert.equal(await check('m1'), 0);
	});

	it('asks to wait while something of the customer is not applied', async () => {
		await p.waiting(['m1']);
		await p.waiting(['b1'], { customer: '+15550198' });
		await p.taken();
		await p.heard('mo');
		assert.equal(await check('m1'), 2);
		assert.equal(await check('b1'), 1);
	});

	it('ends what an opt-out covers and lets the pair’s next come', async () => {
		await p.waiting(['m1', 'm2']);
		await p.taken();
		await p.keyword('OPT_OUT', { answer_id: 'answer' });
		assert.equal(await check('m1'), 0);
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['m1']);
		assert.deepEqual(await p.hash('flight:acme'), {});
		assert.equal(await check('m1'), 0);
		assert.deepEqual(ids(await p.taken()), ['answer']);
		assert.equal(await check('answer'), 1);
	});
});

describe('mt_recover', () => {
	const recover = (carrier = 'acme') => p.call('mt_recover', { carrier });

	it('gives back what is in flight, with the segments whose outcome is known', async () => {
		await p.waiting(['m1'], { segs: 3 });
		await p.waiting(['b1'], { customer: '+15550198' });
		await p.taken();
		await p.result('m1', 'sent', { segment: 0 });
		await p.result('m1', 'sent', { segment: 2 });
		await redis.call('HSET', `${p.tag}:msg:m1`, 'cut', '1.0');
		const rows = (await recover()).sort();
		assert.deepEqual(rows, [['b1', 1, 'mt record', '', '', ''], ['m1', 1, 'mt record', '0,2', '1.0', '']]);
		assert.deepEqual((await recover()).sort(), rows);
		assert.deepEqual(await recover('other'), []);
	});

	it('says how often each segment was sent again, as nobody knew what became of it', async () => {
		await p.waiting(['m1'], { segs: 3 });
		await p.taken();
		for (const segment of [0, 2, 2]) await p.result('m1', 'resent', { segment, reason: 'link_lost' });
		await p.result('m1', 'resent', { segment: 0, reason: 'rerouted' });
		assert.deepEqual(await recover(), [['m1', 1, 'mt record', '', '', '1,0,2']]);
	});

	it('waits until the results that were heard are applied', async () => {
		await p.waiting(['m1']);
		await p.taken();
		const entry = await p.heard('rs');
		assert.equal(await recover(), null);
		await p.result('m1', 'sent', { back: entry });
		assert.deepEqual(await recover(), []);
	});

	it('does not wait for the results of other carriers', async () => {
		await p.waiting(['m1']);
		await p.taken();
		const heard = (g, k = 'rs') => redis.call('XADD', `${p.tag}:back`, '*', 'k', k, 'c', '', 'r', 'results', 'g', g);
		for (let i = 0; i < 40; i++) await heard('other');
		await heard('|other|acme2|', 'many');
		assert.deepEqual((await recover()).map(([id]) => id), ['m1']);
		for (const [g, k] of [['acme', 'rs'], ['|other|acme|', 'many']]) {
			const last = await heard(g, k);
			assert.equal(await recover(), null);
			await redis.call('XDEL', `${p.tag}:back`, last);
		}
	});
});

describe('a message of one segment', () => {
	// What is applied, in its order → the state after each, and what is counted.
	const stories = [
		[['sent'], ['sent'], {}],
		[['failed'], ['failed'], {}],
		[['unknown'], ['unknown'], {}],
		[['sent', 'delivered'], ['sent', 'delivered'], {}],
		[['sent', 'failed'], ['sent', 'failed'], {}],
		[['sent', 'expired'], ['sent', 'expired'], {}],
		[['sent', 'sent'], ['sent', 'sent'], { receipt_repeated: 1 }],
		[['sent', 'delivered', 'delivered'], ['sent', 'delivered', 'delivered'], { receipt_repeated: 1 }],
		[['sent', 'delivered', 'sent'], ['sent', 'delivered', 'delivered'], { receipt_regressed: 1 }],
		[['sent', 'delivered', 'failed'], ['sent', 'delivered', 'delivered'], { receipt_regressed: 1 }],
		[['sent', 'failed', 'delivered'], ['sent', 'failed', 'failed'], { receipt_regressed: 1 }],
		[['sent', 'expired', 'delivered'], ['sent', 'expired', 'expired'], { receipt_regressed: 1 }],
		[['failed', 'sent'], ['failed', 'failed'], { receipt_regressed: 1 }],
		[['sent', 'unknown'], ['sent', 'unknown'], {}],
		[['sent', 'unknown', 'delivered'], ['sent', 'unknown', 'delivered'], {}],
		[['unknown', 'sent', 'delivered'], ['unknown', 'sent', 'delivered'], {}],
		[['unknown', 'delivered', 'unknown'], ['unknown', 'delivered', 'delivered'], { receipt_regressed: 1 }],
		[['unknown', 'unknown'], ['unknown', 'unknown'], { receipt_repeated: 1 }],
		[['delivered', 'sent'], ['delivered', 'delivered'], { receipt_regressed: 1 }],
	];
	for (const [moves, states, counts] of stories) {
		it(`${moves.join(', ')}: ${states.at(-1)}`, async () => {
			const conv = await p.waiting(['m1']);
			await p.taken();
			const before = (await p.events()).length;
			const told = [];
			for (const [i, move] of moves.entries()) {
				const step = i === 0 ? p.result('m1', move, { reason: `why ${i}` }) : p.receipt('m1', move);
				const reply = await step;
				assert.equal(reply[0], 'ok');
				if (reply.length > 1) told.push(eventOf(reply));
				assert.equal((await p.hash('msg:m1')).state, states[i]);
			}
			const changes = states.filter((state, i) => state !== states[i - 1]);
			assert.deepEqual(told.map(({ st }) => st), changes);
			assert.deepEqual((await p.events()).slice(before), told);
			assert.deepEqual(told[0], {
				id: told[0].id, e: 'state', c: conv, m: 'm1', st: states[0], why: 'why 0', s: 'connected',
				a: 'ann', n: '1', carrier: 'acme', at: String(p.now),
			});
			for (const what of ['receipt_repeated', 'receipt_regressed'])
				assert.equal(await p.count(what), counts[what] ?? 0);
			assert.deepEqual(await p.hash('flight:acme'), {});
			assert.deepEqual(await p.hash('busy'), {});
		});
	}

	it('a result is applied once', async () => {
		await p.waiting(['m1']);
		await p.taken();
		const entry = await p.heard('rs');
		assert.equal((await p.result('m1', 'sent', { back: entry }))[0], 'ok');
		assert.deepEqual(await p.result('m1', 'failed', { back: entry }), ['done']);
		assert.equal((await p.hash('msg:m1')).state, 'sent');
	});

	it('takes the receipts that came before its result', async () => {
		await p.waiting(['m1']);
		await p.taken();
		const reply = await p.result('m1', 'sent', { receipts: 'sent,delivered' });
		assert.equal(eventOf(reply).st, 'delivered');
	});

	it('a receipt heard here acknowledges its entry', async () => {
		await p.waiting(['m1']);
		await p.taken();
		await p.result('m1', 'sent');
		const entry = await p.heard('dr');
		assert.equal((await p.receipt('m1', 'delivered', { back: entry })).length, 2);
		assert.deepEqual(await p.receipt('m1', 'delivered', { back: entry }), ['done']);
		assert.deepEqual(await p.stream('back'), []);
	});

	it('sent once more stays in flight, and is told and counted', async () => {
		await p.waiting(['m1']);
		await p.taken();
		const reply = await p.result('m1', 'resent', { reason: 'link_lost' });
		const told = eventOf(reply);
		assert.deepEqual(told, {
			id: told.id, e: 'resent', m: 'm1', segment: '0', why: 'link_lost', at: String(p.now),
		});
		assert.equal((await p.hash('msg:m1')).resent, '1');
		assert.equal(await p.count('resent'), 1);
		assert.deepEqual(Object.keys(await p.hash('flight:acme')), ['m1']);
		await p.result('m1', 'sent');
		assert.deepEqual(await p.hash('flight:acme'), {});
	});

	it('that nobody knows is acknowledged and counted', async () => {
		assert.deepEqual(await p.result('x', 'sent'), ['ok']);
		assert.deepEqual(await p.receipt('x', 'delivered'), ['ok']);
		assert.equal(await p.count('result_orphan'), 1);
		assert.equal(await p.count('receipt_orphan'), 1);
		assert.deepEqual(await p.hash('msg:x'), {});
		assert.deepEqual(await p.stream('back'), []);
	});

	it('a state that nobody knows is counted and changes nothing', async () => {
		await p.waiting(['m1']);
		await p.taken();
		await p.result('m1', 'sent', { receipts: 'odd' });
		assert.deepEqual(await p.receipt('m1', 'odd'), ['ok']);
		assert.deepEqual(await p.receipt('m1', 'odd', { segment: 7 }), ['ok']);
		assert.equal((await p.hash('msg:m1')).state, 'sent');
		assert.equal(await p.count('state_unknown'), 3);
		assert.equal(eventOf(await p.receipt('m1', 'delivered')).st, 'delivered');
	});

	it('is told with others where nobody has the conversation', async () => {
		const conv = await p.waiting(['m1']);
		await p.taken();
		await p.call('close', { conv, agent: 'ann', wrapup: '', notes: '' });
		const [, told] = await p.result('m1', 'failed', { reason: 'not\n\tnow' });
		const { id, ...event } = (await p.events()).at(-1);
		assert.deepEqual(told, [id, 'e', 'states']);
		const rows = ['m1', conv, 'failed', '1', 'acme', p.now, 'not  now'].join('\t');
		assert.deepEqual(event, { e: 'states', n: '1', rows, at: String(p.now), pairs: '+15550100:+15550199' });
	});
});

describe('a message ended by an opt-out', () => {
	const stop = async (id) => {
		const [entry] = await p.ended();
		return p.call('stopped', { back: entry.id, id });
	};

	it('is suppressed, and told, once', async () => {
		const conv = await p.waiting(['m1']);
		await optOut();
		await p.taken();
		const [entry] = await p.ended();
		const told = eventOf(await stop('m1'));
		assert.deepEqual(told, {
			id: told.id, e: 'state', c: conv, m: 'm1', st: 'suppressed', why: 'opted out', s: 'connected',
			a: 'ann', n: '1', carrier: 'acme', at: String(p.now),
		});
		assert.equal((await p.hash('msg:m1')).state, 'suppressed');
		assert.deepEqual(await p.call('stopped', { back: entry.id, id: 'm1' }), ['done']);
	});

	it('that nobody knows is acknowledged', async () => {
		const entry = await p.heard('sup');
		assert.deepEqual(await p.call('stopped', { back: entry, id: 'x' }), ['ok']);
		assert.deepEqual(await p.hash('msg:x'), {});
	});

	it('stays suppressed when the answer to a segment written before it comes', async () => {
		await p.waiting(['m1'], { segs: 2 });
		await p.taken();
		await optOut();
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1' }), 0);
		await stop('m1');
		const before = (await p.events()).length;
		assert.deepEqual(await p.result('m1', 'sent'), ['ok']);
		assert.deepEqual(await p.receipt('m1', 'delivered'), ['ok']);
		const facts = await p.hash('msg:m1');
		assert.deepEqual([facts.state, facts.s0], ['suppressed', 'delivered']);
		assert.equal((await p.events()).length, before);
	});
});

describe('wake-ups', () => {
	// What `step` publishes on the channel.
	async function told(channel, step) {
		const ear = new Child('ear', 'redis-cli', ['-s', redis.socket, 'SUBSCRIBE', channel]);
		await ear.says(/^subscribe\n.*\n1\n/m);
		await step();
		const [, payload] = await ear.says(/^message\n.*\n(.*)\n/m);
		await ear.kill();
		return payload;
	}

	it('the gateway is told of a message that waits, with its partition, and a + where it is interactive', async () => {
		const conv = await p.connected();
		assert.equal(await told('mt:acme', () => p.accept({ conv })), '3+');
		assert.equal(await told('mt:acme', () => p.accept({ conv, id: 'm2', class: 'bulk' })), '3');
		assert.equal(await told('mt:acme', () => p.accept({ conv, id: 'm3', class: 'transactional' })), '3-');
	});

	it('the gateway is told when a pair is free again and more waits', async () => {
		await p.waiting(['m1', 'm2']);
		await p.waiting(['m3'], { class: 'bulk' });
		await p.taken();
		assert.equal(await told('mt:acme', () => p.result('m1', 'sent')), '3+');
		await p.taken();
		assert.equal(await told('mt:acme', () => p.result('m2', 'sent')), '3');
	});

	it('the gateway is told where what waits has a pace of its own', async () => {
		await p.call('mt_paced', { carrier: 'acme', numbers: '+15550100' });
		await p.waiting(['m1', 'm2']);
		await p.call('mt_take', { carrier: 'acme', max: 9, paces: '1', numbers: '+15550100 9' });
		assert.equal(await told('mt:acme', () => p.result('m1', 'sent')), '3=');
	});

	it('the gateway is told of anything where what waits had a pace of its own', async () => {
		await p.call('mt_paced', { carrier: 'acme', numbers: '+15550100' });
		await p.waiting(['m1', 'm2']);
		await p.call('mt_take', { carrier: 'acme', max: 9, paces: '1', numbers: '+15550100 9' });
		await p.call('mt_paced', { carrier: 'acme', numbers: '' });
		assert.equal(await told('mt:acme', () => p.result('m1', 'sent')), '3+');
	});
});
