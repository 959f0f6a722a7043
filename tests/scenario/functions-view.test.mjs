// The Redis Functions that screens are read by: view.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions, Partition, SCOPES } from './lib/functions.mjs';

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);

describe('conv_view', () => {
	it('is nothing for a conversation that nobody knows', async () => {
		assert.equal(await p.call('conv_view', { conv: 'x' }), null);
	});

	it('shows who has it, and every scope that the customer opted out of', async () => {
		const conv = await p.connected();
		const facts = ['connected', 'ann', '1', '+15550100', '+15550199', 'front', String(p.now), '', ''];
		assert.deepEqual(await p.call('conv_view', { conv }), facts);
		await redis.call('HSET', `${p.tag}:opt:+15550199`, 'all', 'dnc 1-0');
		await p.keyword('OPT_OUT');
		assert.deepEqual(await p.call('conv_view', { conv }), [...facts, 'all', 'p:shop']);
	});
});

describe('glance', () => {
	const glance = (conv) => p.call('glance', { conv });

	it('of a conversation that nobody knows is nothing', async () => {
		assert.deepEqual(await glance('x'), ['', '0', '']);
	});

	it('is the first text that no person has answered, with their number', async () => {
		const conv = await p.connected('ann', { text: 'Hello' });
		assert.deepEqual(await glance(conv), ['Hello', '1', '']);
		await p.keyword('HELP', { answer_id: 'a1' });
		assert.deepEqual(await glance(conv), ['Hello', '2', ''], 'an automatic answer is nobody’s');
		await p.accept({ conv, id: 'm1', text: 'Good day' });
		assert.deepEqual((await glance(conv)).slice(1), ['0', ''], 'all is answered');
		await p.mo({ text: 'First' });
		await p.mo({ text: 'Second' });
		await p.call('note', { agent: 'ann', conv, ref: 'n1', text: 'For you' });
		assert.deepEqual(await glance(conv), ['First', '2', 'For you']);
	});
});

describe('thread', () => {
	const thread = async (conv, limit = 10, before = '') =>
		(await p.call('thread', { conv, limit, before })).map(fieldsOf);

	it('of a conversation that nobody knows is empty', async () => {
		assert.deepEqual(await thread('x'), []);
	});

	it('shows both directions, the newest first, with the state of what was sent', async () => {
		const conv = await p.connected('ann', { text: 'Hello' });
		await p.accept({ conv, id: 'm1', text: 'Good day', segs: 2 });
		await p.taken();
		await p.result('m1', 'failed', { reason: 'ESME_RINVDSTADR' });
		const [reply, text] = await thread(conv);
		assert.deepEqual(text, { at: text.at, d: 'i', t: 'Hello', n: '1', p: '', k: 'NONE' });
		assert.deepEqual(reply, {
			at: reply.at, d: 'o', t: 'Good day', n: '2', m: 'm1', a: 'ann', x: '', st: 'failed',
			why: 'ESME_RINVDSTADR', of: '', again: '',
		});
	});

	it('shows a keyword and its answer for what they are', async () => {
		const reply = await p.keyword('HELP', { answer_id: 'a1' });
		const [answer, asked] = await thread(fieldsOf(reply[1].slice(1)).c);
		assert.equal(asked.k, 'HELP');
		assert.deepEqual([answer.t, answer.a, answer.x, answer.st], ['answer to HELP', '', '1', 'queued']);
	});

	it('comes in pages, with one row more where there are earlier ones', async () => {
		const conv = await p.connected('ann', { text: '0' });
		for (let i = 1; i < 5; i++) await p.mo({ text: String(i) });
		const first = await thread(conv, 2);
		assert.deepEqual(first.map(({ t }) => t), ['4', '3', '2']);
		const second = await thread(conv, 3, first[1].at);
		assert.deepEqual(second.map(({ t }) => t), ['2', '1', '0']);
	});

	it('is all of it to who has the conversation, and none to a reader who neither has it nor wraps it up', async () => {
		const conv = await p.connected('ann', { text: 'Hello' });
		const read = async (reader) => (await p.call('thread', { conv, ...reader, limit: 10, before: '' })).map((row) => fieldsOf(row).t);
		assert.deepEqual(await read({ reader: 'ann' }), ['Hello']);
		assert.deepEqual(await read({ reader: 'eve' }), []);
		assert.deepEqual(await read({}), ['Hello'], 'who reads along reads all of it');
	});

	it('shows what came late in its place', async () => {
		const part = async (n) =>
			p.call('part', {
				in: await p.heard('mo'), parts: 'key', n, total: 2, record: 'r', fp: n, deadline: 1, ttl: 9000,
			});
		await part(0);
		const keys = { parts: 'key', parts_ttl: 9000 };
		const told = await p.mo({ due: 'key', text: 'Hel…', partial: '1', ...keys });
		const { c: conv, m: position } = fieldsOf(told[1].slice(1));
		await p.mo({ text: 'behind' });
		const entry = await p.heard('mo');
		const named = {
			in: entry, conv, position, text: 'Hello', segs: 2, partial: '', parts: 'key', verdict: 'NONE',
		};
		await p.call('amend', named);
		const rows = (await thread(conv)).map(({ t, p: partial, n }) => [t, partial, n]);
		assert.deepEqual(rows, [['behind', '', '1'], ['Hello', '', '2']]);
	});
});

describe('events_after', () => {
	it('gives the events behind an id with the messages that they are about', async () => {
		const conv = await p.connected('ann', { text: 'Hello' });
		await p.accept({ conv, id: 'm1', text: 'Good day', segs: 2 });
		await p.taken();
		for (const segment of [0, 1]) await p.result('m1', 'sent', { segment });
		const rows = await p.call('events_after', { id: '0-0', limit: 10 });
		const told = rows.map(([event, text, segments]) => [fieldsOf(event.slice(1)).e, text, segments]);
		assert.deepEqual(told, [
			['mo', 'Hello', '1'], ['connected', '', '0'], ['mt', 'Good day', '2'], ['state', '', '0'],
		]);
		const behind = await p.call('events_after', { id: rows[1][0][0], limit: 1 });
		assert.deepEqual(behind, [rows[2]]);
		assert.deepEqual(await p.call('events_after', { id: rows[3][0][0], limit: 1 }), []);
	});

	it('an event told at once is the event read again', async () => {
		const [, told] = await p.mo();
		const [[event]] = await p.call('events_after', { id: '0-0', limit: 1 });
		assert.deepEqual(event, told);
	});

	it('the same where it is kept as one text, with fields that are empty', async () => {
		const { c: conv, leg } = fieldsOf((await p.mo())[1].slice(1));
		const [, told] = await p.call('connect', { conv, leg, agent: 'ann', scopes: SCOPES });
		const [, [event]] = await p.call('events_after', { id: '0-0', limit: 2 });
		assert.deepEqual(event, told);
		assert.equal(fieldsOf(event.slice(1)).how, '');
		const [[, entry]] = await p.redis.call('XREVRANGE', `${p.tag}:events`, '+', '-');
		assert.deepEqual([entry.length, entry[0]], [2, 'x']);
	});
});

describe('agent_view', () => {
	const call = (name, named) => functions.call(name, '{acd}', { now: p.now, ...named });

	it('of an agent whom nobody knows is off queue with nothing', async () => {
		assert.deepEqual(await call('agent_view', { agent: 'ann' }), ['off_queue', 0, 0]);
	});

	it('shows what an agent has and what rings', async () => {
		await call('agent_status', { agent: 'ann', on: 1, cap: 3 });
		await call('agent_up', { agent: 'ann', conn: 'r1:1', cap: 3 });
		await call('conv_enqueue', {
			source: 's', id: '1-0', conv: 'c1', part: 3, leg: 1, queue: 'front', at: 5, ours: '+1', customer: '+2',
			last: '',
		});
		await call('offer_make', { conv: 'c1', agent: 'ann', until: 9, last: '' });
		const row = ['c1', 'alerting', '1', '9', 'front', '+1', '+2', '5', '', '3'];
		const [routing, load, cap, first] = await call('agent_view', { agent: 'ann' });
		assert.deepEqual([routing, load, cap, first.slice(0, 10)], ['idle', 1, 3, row]);
	});
});
