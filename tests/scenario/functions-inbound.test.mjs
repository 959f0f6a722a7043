// The Redis Functions that apply what was heard: base.lua, threading.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventOf, fieldsOf, Functions, Partition, SCOPES } from './lib/functions.mjs';

const TAG = '{c3}';
const THREAD = 'thread:+15550100:+15550199';
const OPT = 'opt:+15550199';

const BROKEN = 9999999999999; // a break after all that was heard

const functions = Functions.forTests();
const p = Partition.forTests(functions);

describe('lease', () => {
	it('is one router’s until it ends', async () => {
		assert.equal((await functions.call('lease', TAG, { owner: 'other', ttl: 9000 }))[0], 'held');
		assert.equal(await functions.call('lease_end', TAG, { fence: p.fence }), 1);
		assert.equal(await p.take('other'), 'ok');
	});

	it('says how long it is still held', async () => {
		const [verdict, left] = await functions.call('lease', TAG, { owner: 'other', ttl: 9000 });
		assert.equal(verdict, 'held');
		assert.ok(left > 50000 && left <= 60000);
	});

	it('fences off the former self of the same owner', async () => {
		const former = p.fence;
		assert.equal(await p.take(), 'ok');
		assert.notEqual(p.fence, former);
		assert.equal(await functions.call('lease_keep', TAG, { fence: former, ttl: 9000 }), 0);
		assert.equal(await functions.call('lease_end', TAG, { fence: former }), 0);
		assert.equal(await functions.call('lease_keep', TAG, { fence: p.fence, ttl: 9000 }), 1);
	});

	it('never gives a token twice, even after it ran out', async () => {
		const former = p.fence;
		await functions.redis.call('DEL', `${TAG}:lease`);
		await p.take();
		assert.notEqual(p.fence, former);
	});

	it('takes an owner’s name with colons and digits for what it is', async () => {
		await functions.redis.call('DEL', `${TAG}:lease`);
		assert.equal(await p.take('host:1'), 'ok');
		assert.equal((await functions.call('lease', TAG, { owner: 'host', ttl: 1 }))[0], 'held');
		assert.equal(await p.take('host:1'), 'ok');
	});
});

describe('every step by the lease', () => {
	const steps = {
		mo: () => p.mo({ fence: 'router1:0' }),
		part: async () => p.part({ in: await p.heard('mo'), fence: 'router1:0' }),
		amend: async () => p.call('amend', { ...amendment, in: await p.heard('mo'), fence: 'x' }),
		drop: async () => p.call('drop', { in: await p.heard('mo'), why: 'w', fence: 'x' }),
		aside: async () =>
			p.call('aside', { in: await p.heard('mo'), why: 'w', record: 'r', fence: 'x' }),
		stray: async () =>
			p.call('stray', { ...p.consent('OPT_OUT'), in: await p.heard('mo'), why: 'w', fence: 'x' }),
		result: () => p.result('m1', 'sent', { fence: 'x' }),
		receipt: () => p.receipt('m1', 'delivered', { fence: 'x' }),
		stopped: async () => p.call('stopped', { back: await p.heard('sup'), id: 'm1', fence: 'x' }),
		connect: () => p.call('connect', { conv: 'c1', leg: 1, agent: 'ann', fence: 'x' }),
		start: () => p.call('start', { ...beginning, fence: 'x' }),
		'start without a fence': () => p.call('start', { ...beginning, fence: undefined }),
		mt_agentless: () => p.call('mt_agentless', { ...beginning, window: 0, active: '', by: 'shop', fence: 'x' }),
	};
	const beginning = {
		conv: 'c1', agent: 'ann', ref: 'r', ours: '+15550100', customer: '+15550199', queue: 'front', seen: '', leg: 1, idle: 0,
		id: 'm1', text: 'Hello', carrier: 'acme', class: 'interactive', record: 'r', scopes: '', segs: 1,
	};
	const amendment = {
		conv: 'c1', position: '1-0', text: 't', segs: 2, parts: 'k', partial: '', verdict: 'NONE',
	};
	for (const [name, step] of Object.entries(steps)) {
		it(`${name} of a tenure that has ended changes nothing`, async () => {
			assert.deepEqual(await step(), ['fenced']);
			assert.deepEqual(await p.events(), []);
			const keys = await functions.redis.keys(`${TAG}:*`);
			const mine = keys.filter((key) => !/:lease|:in$|:back$/.test(key));
			assert.deepEqual(mine, []);
			const asked = !/^(receipt|connect|start|mt_agentless)/.test(name);
			const left = (await p.stream('in')).length + (await p.stream('back')).length;
			assert.equal(left, asked ? 1 : 0);
		});
	}
});

describe('drop and aside', () => {
	it('a dropped entry is acknowledged, counted, and dropped once', async () => {
		const entry = await p.heard('mo');
		assert.deepEqual(await p.call('drop', { in: entry, why: 'intermediate' }), ['ok']);
		assert.deepEqual(await p.call('drop', { in: entry, why: 'intermediate' }), ['done']);
		assert.equal(await p.count('intermediate'), 1);
		assert.equal((await p.stream('in')).length, 0);
	});

	it('what cannot be read is kept, counted and told', async () => {
		const entry = await p.heard('mo');
		const [verdict, happened] = await p.call('aside', { in: entry, why: 'bad tag', record: '\x01' });
		assert.equal(verdict, 'ok');
		assert.equal(fieldsOf(happened.slice(1)).e, 'aside');
		assert.deepEqual((await p.stream('aside'))[0].fields, { why: 'bad tag', r: '\x01' });
		assert.deepEqual(await p.call('aside', { in: entry, why: 'bad tag', record: 'x' }), ['done']);
		assert.equal((await p.stream('aside')).length, 1);
		assert.equal(await p.count('aside'), 1);
	});
});

describe('a text to a number that is none of ours', () => {
	const stray = async (verdict, named = {}) =>
		p.call('stray', {
			...p.consent(verdict), in: await p.heard('mo'), why: 'number_unknown', ours: '+15559999', customer: '+15550199',
			scope: 'all', scopes: 'all', text: 'text of it', ...named,
		});
	const whats = async () => (await p.stream('ledger')).map(({ fields }) => [fields.what, fields.scope, fields.ours]);

	it('is put aside, and an opt-out holds everywhere, is answered nothing, and is done once', async () => {
		const named = { in: await p.heard('mo') };
		const reply = await stray('OPT_OUT', named);
		assert.deepEqual([reply[0], eventOf(reply, 1).e, eventOf(reply, 2).e, eventOf(reply, 2).scope], ['ok', 'aside', 'suppression', 'all']);
		assert.match((await p.hash(OPT)).all, /^keyword \d+-\d+$/);
		assert.deepEqual(await whats(), [['revoke', 'all', '+15559999']]);
		assert.deepEqual(await stray('OPT_OUT', named), ['done']);
		assert.equal((await p.stream('aside')).length, 1);
		assert.deepEqual(await p.stream('mt:acme:interactive'), []);
		await stray('OPT_OUT');
		assert.deepEqual((await whats()).map(([what]) => what), ['revoke', 'revoke-again']);
	});

	it('that is unclear is read by a person, with the others of that customer', async () => {
		await stray('AMBIGUOUS', { text: 'no\nmore of it ', rule: '9 en' });
		const [id] = await p.call('reviews', {});
		const review = await p.call('review_read', { id });
		assert.deepEqual(review.slice(14), [['', '', '9', String(p.now), 'no\nmore of it ']]);
		await p.keyword('AMBIGUOUS', { text: 'hm', rule: '9 en' });
		assert.deepEqual((await p.call('review_read', { id })).slice(14).map((said) => said[4]), ['no\nmore of it ', 'hm']);
		assert.deepEqual(await p.call('review_decide', { id, yes: 'opt_out', by: 'kim', scope: '', note: 'n', who: 'w', salt: 's', seal: 'x' }), ['ok', 'opted_out']);
		assert.match((await p.hash(OPT)).all, /^keyword /);
	});

	it('that says anything else is put aside and nothing more', async () => {
		for (const verdict of ['NONE', 'OPT_IN', 'HELP']) assert.equal((await stray(verdict)).length, 2);
		assert.deepEqual(await whats(), []);
		assert.equal(await p.count('aside'), 3);
		assert.deepEqual(await p.stream('mt:acme:interactive'), []);
	});

	it('in parts that nobody completed is asked for no more', async () => {
		await p.part({ in: await p.heard('mo') });
		assert.equal((await stray('NONE', { in: undefined, due: '1', parts: 'key' }))[0], 'ok');
		assert.deepEqual(await stray('NONE', { in: undefined, due: '1', parts: 'key' }), ['done']);
	});
});

describe('mo', () => {
	// A pair's thread before the message: made by `given`, which returns the conversation's id.
	const close = async (conv) =>
		p.call('close', { conv, agent: 'ann', wrapup: 'done', notes: '' });
	const threads = {
		'no thread': { given: async () => null },
		queued: { given: async () => eventOf(await p.mo()).c },
		connected: { given: () => p.connected() },
		'closed inside the window': {
			given: async () => {
				const conv = await p.connected();
				await close(conv);
				p.now += 500;
				return conv;
			},
		},
		'closed at the window’s end': {
			given: async () => {
				const conv = await p.connected();
				await close(conv);
				p.now += 1000;
				return conv;
			},
		},
		'closed outside the window': {
			given: async () => {
				const conv = await p.connected();
				await close(conv);
				p.now += 1001;
				return conv;
			},
		},
		'closed, window 0': {
			window: 0,
			given: async () => {
				const conv = await p.connected();
				await close(conv);
				return conv;
			},
		},
		'connected, window 0': { window: 0, given: () => p.connected() },
		'of a conversation that is lost': {
			given: async () => {
				await functions.redis.call('HSET', `${TAG}:${THREAD}`, 'conv', 'gone', 'closed', p.now);
				return 'gone';
			},
		},
	};
	// thread → text: [state, how, leg, agent, last], keyword: the same
	const expected = {
		'no thread': [['queued', 'new', '1', '', ''], ['closed', 'new', '0', '', '']],
		queued: [['queued', 'open', '1', '', ''], ['queued', 'open', '1', '', '']],
		connected: [['connected', 'open', '1', 'ann', 'ann'], ['connected', 'open', '1', 'ann', 'ann']],
		'closed inside the window': [['queued', 'again', '2', '', 'ann'], ['closed', 'open', '1', '', 'ann']],
		'closed at the window’s end': [['queued', 'again', '2', '', 'ann'], ['closed', 'open', '1', '', 'ann']],
		'closed outside the window': [['queued', 'new', '1', '', ''], ['closed', 'new', '0', '', '']],
		'closed, window 0': [['queued', 'new', '1', '', ''], ['closed', 'new', '0', '', '']],
		'connected, window 0': [['connected', 'open', '1', 'ann', 'ann'], ['connected', 'open', '1', 'ann', 'ann']],
		'of a conversation that is lost': [['queued', 'new', '1', '', ''], ['closed', 'new', '0', '', '']],
	};
	for (const [name, thread] of Object.entries(threads)) {
		for (const verdict of ['NONE', 'OPT_OUT', 'OPT_IN', 'HELP']) {
			it(`${verdict} on ${name}`, async () => {
				const before = await thread.given();
				const old = before ? await p.hash(`conv:${before}`) : {};
				const args = { conv: 'fresh', text: 'Text', window: thread.window ?? 1000 };
				const reply = await (verdict === 'NONE' ? p.mo(args) : p.keyword(verdict, args));
				const [state, how, leg, agent, last] = expected[name][verdict === 'NONE' ? 0 : 1];
				const conv = how === 'new' ? 'fresh' : before;

				assert.equal(reply[0], 'ok');
				assert.equal(reply.length, verdict === 'NONE' ? 2 : 3);
				const told = eventOf(reply);
				const messages = await p.stream(`conv:${conv}:msgs`);
				const mine = messages.filter(({ fields }) => fields.d === 'i').at(-1);
				assert.deepEqual(mine.fields, {
					d: 'i', t: 'Text', n: '1', p: '', k: verdict, f: 'fp1', h: String(p.now), v: '',
				});
				assert.deepEqual(told, {
					id: told.id, e: 'mo', c: conv, m: mine.id, s: state, how, leg, q: 'front', a: agent, last,
					ours: '+15550100', customer: '+15550199', k: verdict, n: '1', partial: '',
					at: String(p.now),
				});
				const written = (await p.events()).filter(({ e }) => e === 'mo').at(-1);
				assert.deepEqual(written, told);

				const facts = await p.hash(`conv:${conv}`);
				assert.equal(facts.state, state);
				assert.equal(facts.leg, leg);
				assert.equal(facts.agent, agent);
				const pair = await p.hash(THREAD);
				assert.equal(pair.conv, conv);
				if (how === 'new') {
					assert.equal(facts.created, String(p.now));
					assert.equal(pair.closed, state === 'closed' ? String(p.now) : '');
					if (before) assert.deepEqual(await p.hash(`conv:${before}`), old);
				} else {
					assert.deepEqual(await p.hash('conv:fresh'), {});
				}
				assert.equal((await p.stream('in')).length, 0);
			});
		}
	}

	it('an entry that was applied is not applied again', async () => {
		const entry = await p.heard('mo');
		assert.equal((await p.mo({ in: entry }))[0], 'ok');
		assert.deepEqual(await p.mo({ in: entry }), ['done']);
		assert.equal((await p.events()).length, 1);
		assert.equal((await p.stream('conv:conv1:msgs')).length, 1);
	});

	it('a burst is one conversation', async () => {
		const replies = await Promise.all([p.mo(), p.mo({ text: 'b' }), p.mo({ text: 'c' })]);
		assert.equal(new Set(replies.map((reply) => eventOf(reply).c)).size, 1);
		assert.deepEqual(replies.map((reply) => eventOf(reply).how), ['new', 'open', 'open']);
	});

	it('numbers are told in the same form at once and later', async () => {
		const reply = await p.mo();
		assert.equal(eventOf(reply).leg, '1');
		assert.equal((await p.events())[0].leg, '1');
	});

	it('text after a keyword that began the conversation gets an agent', async () => {
		const first = eventOf(await p.keyword('HELP'));
		const second = eventOf(await p.mo());
		assert.deepEqual([second.c, second.how, second.leg, second.s], [first.c, 'again', '1', 'queued']);
	});

	it('pairs do not meet', async () => {
		const a = eventOf(await p.mo()).c;
		const b = eventOf(await p.mo({ ours: '+15550101' })).c;
		const c = eventOf(await p.mo({ customer: '+15550198' })).c;
		assert.equal(new Set([a, b, c]).size, 3);
	});
});

describe('a repeated message', () => {
	it('is known when it is suspect, and acknowledged and counted', async () => {
		await p.mo({ fp: 'same' });
		p.now += 60000;
		assert.deepEqual(await p.mo({ fp: 'same', broken: BROKEN }), ['repeated']);
		assert.equal(await p.count('mo_repeated'), 1);
		assert.equal((await p.events()).length, 1);
		assert.equal((await p.stream('in')).length, 0);
	});

	const others = {
		'is two messages where no break was': { fp: 'same' },
		'is none where the bytes differ': { fp: 'other', broken: BROKEN },
		'is none after the window': { fp: 'same', broken: BROKEN, later: 60001 },
		'is none from another customer': { fp: 'same', broken: BROKEN, customer: '+15550198' },
	};
	for (const [name, { later = 0, ...named }] of Object.entries(others)) {
		it(name, async () => {
			await p.mo({ fp: 'same' });
			p.now += later;
			assert.equal((await p.mo(named))[0], 'ok');
			assert.equal(await p.count('mo_repeated'), 0);
		});
	}

	it('is two messages where both came behind the break', async () => {
		const broken = p.now - 1;
		await p.mo({ fp: 'same', broken });
		p.now += 3000;
		assert.equal((await p.mo({ fp: 'same', broken }))[0], 'ok');
		assert.equal(await p.count('mo_repeated'), 0);
	});

	it('is found behind replies', async () => {
		const conv = await p.connected('ann', { fp: 'same' });
		for (let i = 0; i < 5; i++) await p.accept({ conv });
		assert.deepEqual(await p.mo({ fp: 'same', broken: BROKEN }), ['repeated']);
	});

	it('does not make a keyword count twice', async () => {
		await p.keyword('OPT_OUT', { fp: 'stop' });
		assert.deepEqual(await p.keyword('OPT_OUT', { fp: 'stop', broken: BROKEN }), ['repeated']);
		assert.equal((await p.stream('ledger')).length, 1);
	});
});

describe('keywords', () => {
	const consent = async (verdict, named) => eventOf(await p.keyword(verdict, named), 2);
	const answers = async () => (await p.entries('mt:acme:interactive')).map(({ fields }) => fields);

	it('STOP suppresses, is written down, and is confirmed once per episode', async () => {
		const first = await consent('OPT_OUT', { answer_id: 'a1' });
		assert.deepEqual([first.out, first.changed, first.m], ['1', '1', 'a1']);
		const second = await consent('OPT_OUT');
		assert.deepEqual([second.out, second.changed, second.m, second.p], ['1', '0', '', '']);
		const ledger = await p.stream('ledger');
		assert.deepEqual(ledger.map(({ fields }) => fields.what), ['revoke', 'revoke-again']);
		assert.match((await p.hash(OPT))['p:shop'], /^keyword \d+-\d+$/);
		const [only, ...more] = await answers();
		assert.deepEqual(more, []);
		assert.deepEqual(only, {
			m: 'a1', c: '+15550199', o: '+15550100', s: 'all|p:shop|n:+15550100', x: `${ledger[0].id} p:shop`, n: '1', facts: `${first.c} 1`,
			r: 'answer record',
		});
		assert.equal((await p.hash('msg:a1')).state, 'queued');
	});

	it('the ledger’s entry is named by the suppression and holds the evidence', async () => {
		const { c } = await consent('OPT_OUT');
		const [entry] = await p.stream('ledger');
		assert.equal((await p.hash(OPT))['p:shop'], `keyword ${entry.id}`);
		assert.deepEqual(entry.fields, {
			p: '3', n: '0', prev: '', at: String(p.now), what: 'revoke', who: 'who', scope: 'p:shop',
			source: 'keyword', ours: '+15550100', conv: c, rule: '1', after: 'p:shop', seal: 'seal',
		});
		assert.deepEqual(await p.hash('beside:0'), {
			salt: 'salt', customer: '+15550199', record: 'evidence', note: '',
		});
	});

	it('the confirmation is handed out although the customer is opted out', async () => {
		await consent('OPT_OUT', { answer_id: 'a1' });
		assert.deepEqual(await p.taken(), [0, ['a1', 1, 'answer record']]);
	});

	it('START lifts what STOP made and confirms; the next STOP is a new episode', async () => {
		await consent('OPT_OUT', { answer_id: 'a1' });
		const lifted = await consent('OPT_IN', { answer_id: 'a2' });
		assert.deepEqual([lifted.out, lifted.changed, lifted.m], ['0', '1', 'a2']);
		assert.deepEqual(await p.hash(OPT), {});
		const again = await consent('OPT_OUT', { answer_id: 'a3' });
		assert.deepEqual([again.out, again.changed, again.m], ['1', '1', 'a3']);
		const ledger = (await p.stream('ledger')).map(({ fields }) => fields.what);
		assert.deepEqual(ledger, ['revoke', 'grant', 'revoke']);
	});

	for (const entry of ['staff 1-0', 'dnc 1-0', 'legal 1-0', 'import 1-0']) {
		it(`START does not lift an entry of ${entry.split(' ')[0]}, nor answer`, async () => {
			await functions.redis.call('HSET', `${TAG}:${OPT}`, 'p:shop', entry);
			const told = await consent('OPT_IN');
			assert.deepEqual([told.out, told.changed, told.m], ['1', '0', '']);
			assert.deepEqual(await p.hash(OPT), { 'p:shop': entry });
			assert.deepEqual(await answers(), []);
		});
	}

	it('STOP on top of a staff entry leaves it, and START still does not lift it', async () => {
		await functions.redis.call('HSET', `${TAG}:${OPT}`, 'p:shop', 'staff 1-0');
		await consent('OPT_OUT');
		await consent('OPT_IN');
		assert.deepEqual(await p.hash(OPT), { 'p:shop': 'staff 1-0' });
	});

	it('START of one scope is not confirmed while another still suppresses', async () => {
		await functions.redis.call('HSET', `${TAG}:${OPT}`, 'all', 'dnc 1-0', 'p:shop', 'keyword 1-0');
		const told = await consent('OPT_IN');
		assert.deepEqual([told.out, told.changed, told.m], ['1', '0', '']);
		assert.deepEqual(await p.hash(OPT), { all: 'dnc 1-0' });
		assert.deepEqual(await answers(), []);
	});

	it('START lifts its scope only', async () => {
		await functions.redis.call('HSET', `${TAG}:${OPT}`, 'p:bank', 'keyword 1-0', 'p:shop', 'keyword 2-0');
		await consent('OPT_IN');
		assert.deepEqual(await p.hash(OPT), { 'p:bank': 'keyword 1-0' });
	});

	it('HELP is answered whether opted out or not', async () => {
		assert.equal((await consent('HELP', { answer_id: 'a1' })).m, 'a1');
		await consent('OPT_OUT', { answer_id: 'a2' });
		const told = await consent('HELP', { answer_id: 'a3' });
		assert.deepEqual([told.out, told.changed, told.m], ['1', '0', 'a3']);
		assert.equal((await p.stream('ledger')).length, 1);
	});

	it('HELP and idle START are answered five times in ten minutes, together', async () => {
		const told = [];
		for (let i = 0; i < 4; i++) told.push(await consent('HELP'));
		for (let i = 0; i < 3; i++) told.push(await consent('OPT_IN'));
		assert.deepEqual(told.map(({ m }) => m !== ''), [true, true, true, true, true, false, false]);
		const left = await functions.redis.call('PTTL', `${TAG}:answers:+15550199`);
		assert.ok(left > 590000 && left <= 600000);
	});

	it('the limit of answers is each customer’s own', async () => {
		for (let i = 0; i < 6; i++) await consent('HELP');
		assert.notEqual((await consent('HELP', { customer: '+15550198' })).m, '');
	});

	it('STOP is confirmed even when HELP has used the limit up', async () => {
		for (let i = 0; i < 6; i++) await consent('HELP');
		assert.equal((await consent('OPT_OUT', { answer_id: 'a1' })).m, 'a1');
	});

	it('a word that counts only from who is opted out is a text from anybody else', async () => {
		const yes = { verdict: undefined, verdicts: 'NNNNNNNNIIIIIIII', 'rule:I': '8 en', answers: 'I' };
		const reply = await p.keyword('OPT_IN', yes);
		assert.equal(reply.length, 2);
		assert.deepEqual([eventOf(reply).k, eventOf(reply).s], ['NONE', 'queued']);
		assert.deepEqual(await p.stream('ledger'), []);
		await consent('OPT_OUT');
		assert.equal((await consent('OPT_IN', yes)).changed, '1');
	});

	it('where no answer is configured none is sent', async () => {
		const told = await consent('OPT_OUT', { answer: '' });
		assert.deepEqual([told.out, told.m], ['1', '']);
		assert.deepEqual(await answers(), []);
	});

	it('a keyword tells the agent who has the conversation', async () => {
		await p.connected();
		const told = await consent('OPT_OUT');
		assert.deepEqual([told.s, told.a], ['connected', 'ann']);
	});
});

describe('connect and close', () => {
	it('connect is done once, by the leg that asked', async () => {
		const conv = eventOf(await p.mo()).c;
		assert.deepEqual(await p.call('connect', { conv, leg: 2, agent: 'ann' }), ['done']);
		const told = eventOf(await p.call('connect', { conv, leg: 1, agent: 'ann' }));
		assert.deepEqual(told, {
			id: told.id, e: 'connected', c: conv, a: 'ann', leg: '1', q: 'front', ours: '+15550100',
			customer: '+15550199', created: String(p.now), out: '0', how: '', at: String(p.now),
		});
		assert.deepEqual(await p.call('connect', { conv, leg: 1, agent: 'bob' }), ['done']);
		const facts = await p.hash(`conv:${conv}`);
		assert.deepEqual([facts.state, facts.agent], ['connected', 'ann']);
		assert.equal((await p.hash(THREAD)).last, 'ann');
	});

	it('connect of a conversation that nobody knows does nothing', async () => {
		assert.deepEqual(await p.call('connect', { conv: 'x', leg: 1, agent: 'ann' }), ['done']);
		assert.deepEqual(await p.hash('conv:x'), {});
	});

	it('connect tells that the customer is opted out', async () => {
		const conv = eventOf(await p.mo()).c;
		await p.keyword('OPT_OUT');
		const named = { conv, leg: 1, agent: 'ann', scopes: SCOPES };
		assert.equal(eventOf(await p.call('connect', named)).out, '1');
	});

	const close = (conv, agent = 'ann') =>
		p.call('close', { conv, agent, wrapup: 'sale', notes: 'n' });

	// (state, event) of a leg: what each ask is answered in each state of it.
	const LEGS = {
		'never begun': { given: async () => eventOf(await p.mo()).c,
			disconnect: 'not_yours', wrapup: 'not_yours', due: 'done', close: 'not_yours' },
		connected: { given: () => p.connected(), disconnect: 'ok', wrapup: 'not_yours', due: 'done', close: 'ok' },
		'in after-call work': { given: async () => {
			const conv = await p.connected();
			await disconnect(conv);
			return conv;
		}, disconnect: 'again', wrapup: 'ok', due: 'ok', close: 'ok' },
		'wrapped up': { given: async () => {
			const conv = await p.connected();
			await close(conv);
			return conv;
		}, disconnect: 'again', wrapup: 'again', due: 'done', close: 'again' },
	};
	const disconnect = (conv, agent = 'ann', mode = 'mandatory') => p.call('disconnect',
		{ conv, agent, mode, pending: '1', acw_until: '0', acw_holds: '0' });
	const wrapup = (conv, agent = 'ann', code = 'sale') =>
		p.call('wrapup', { conv, leg: 1, agent, wrapup: code, notes: '' });
	const ASKS = { disconnect, wrapup, due: (conv) => p.call('leg_due', { conv, leg: 1 }), close: (conv, agent) => close(conv, agent) };
	for (const [state, { given, ...answers }] of Object.entries(LEGS)) {
		for (const [name, answer] of Object.entries(answers)) {
			it(`${name} of a leg that is ${state} is answered ${answer}`, async () => {
				const conv = await given();
				const before = (await p.events()).length;
				assert.equal((await ASKS[name](conv))[0], answer);
				assert.equal((await p.events()).length, before + (answer === 'ok' ? 1 : 0));
				if (name === 'due') return;
				assert.equal((await ASKS[name](conv, 'bob'))[0], 'not_yours');
			});
		}
	}

	it('what is forced takes a code and goes on; a time that is over ends it with that code', async () => {
		const conv = await p.connected();
		await disconnect(conv, 'ann', 'forced');
		assert.equal(eventOf(await wrapup(conv)).over, '');
		assert.deepEqual(await wrapup(conv), ['again']);
		const told = eventOf(await ASKS.due(conv));
		assert.deepEqual([told.wrapup, told.why, told.over], ['sale', 'timeout', '1']);
		assert.deepEqual(await ASKS.due(conv), ['done']);
	});

	it('what is mandatory asks for a code', async () => {
		const conv = await p.connected();
		await disconnect(conv);
		assert.deepEqual(await wrapup(conv, 'ann', ''), ['wrapup']);
	});

	it('a message in after-call work opens the conversation again, even behind the window', async () => {
		const conv = await p.connected();
		await disconnect(conv);
		p.now += 10 * 86400000;
		const told = eventOf(await p.mo());
		assert.deepEqual([told.c, told.how, told.leg, told.last], [conv, 'again', '2', 'ann']);
	});

	it('close is the agent’s alone, and said again after a lost answer', async () => {
		const conv = eventOf(await p.mo()).c;
		assert.deepEqual(await close(conv), ['not_yours']);
		await p.call('connect', { conv, leg: 1, agent: 'ann' });
		assert.deepEqual(await close(conv, 'bob'), ['not_yours']);
		assert.deepEqual(await close('x'), ['not_yours']);
		const told = eventOf(await close(conv));
		assert.deepEqual(told, {
			id: told.id, e: 'closed', c: conv, a: 'ann', leg: '1', q: 'front', ours: '+15550100',
			customer: '+15550199', wrapup: 'sale', notes: 'n', why: 'agent', by: '', acw: '', acw_mode: '',
			acw_until: '0', acw_holds: '',
			at: String(p.now),
		});
		assert.deepEqual(await close(conv), ['again']);
		assert.deepEqual(await close(conv, 'bob'), ['not_yours']);
		const facts = await p.hash(`conv:${conv}`);
		assert.deepEqual([facts.state, facts.agent, facts.wrapup], ['closed', '', 'sale']);
		assert.equal((await p.hash(THREAD)).closed, String(p.now));
	});

	it('the second leg is another agent’s to close', async () => {
		const conv = await p.connected();
		await close(conv);
		await p.mo();
		assert.deepEqual(await p.call('connect', { conv, leg: 1, agent: 'ann' }), ['done']);
		assert.equal((await p.call('connect', { conv, leg: 2, agent: 'bob' }))[0], 'ok');
		assert.deepEqual(await close(conv), ['not_yours']);
		assert.equal((await close(conv, 'bob'))[0], 'ok');
	});
});
