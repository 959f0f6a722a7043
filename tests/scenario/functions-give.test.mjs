// The Redis Functions by which an agent notes something and gives a conversation away: give.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions, Partition } from './lib/functions.mjs';

const eventOf = (event) => fieldsOf(event.slice(1));

const functions = Functions.forTests();
const p = Partition.connectedForTests(functions);

const note = (named = {}) => p.call('note', { conv: p.conv, agent: 'ann', ref: 'r1', text: 'Order 17', ...named });
const transfer = (named = {}) =>
	p.call('transfer', { conv: p.conv, agent: 'ann', ref: 'r1', queue: 'billing', target: '', note: '', ...named });
const directions = async () => (await p.stream(`conv:${p.conv}:msgs`)).map(({ fields }) => fields.d);

describe('a note', () => {
	it('stands in the thread and is told', async () => {
		const [verdict, position, told] = await note();
		assert.equal(verdict, 'ok');
		assert.deepEqual(eventOf(told), {
			e: 'note', c: p.conv, p: position, a: 'ann', s: 'connected', q: 'front', leg: '1',
			at: String(p.now),
		});
		const last = (await p.stream(`conv:${p.conv}:msgs`)).at(-1);
		assert.deepEqual([last.id, last.fields], [position, { d: 'n', t: 'Order 17', a: 'ann' }]);
	});

	it('is written once for a ref, and again for another', async () => {
		const [, position] = await note();
		assert.deepEqual(await note({ text: 'Another' }), ['again', position]);
		assert.equal((await note({ ref: 'r2' }))[0], 'ok');
		assert.deepEqual(await directions(), ['i', 'n', 'n']);
	});

	it('is for who has the conversation', async () => {
		assert.deepEqual(await note({ agent: 'bob' }), ['not_yours']);
		assert.deepEqual(await note({ conv: 'nothing' }), ['not_yours']);
		assert.deepEqual(await directions(), ['i']);
	});
});

describe('a transfer', () => {
	it('tells what it asks for from now on, where that changes', async () => {
		const [, told] = await transfer({ skills: '=', prio: '-5' });
		const { skills, prio } = eventOf(told);
		assert.deepEqual([skills, prio], ['=', '-5']);
	});

	it('ends the leg for good and lets the next one wait in that queue', async () => {
		const [verdict, told] = await transfer({ target: 'bob' });
		assert.equal(verdict, 'ok');
		assert.deepEqual(eventOf(told), {
			e: 'transferred', c: p.conv, a: 'ann', leg: '2', q: 'billing', from_q: 'front', target: 'bob', s: 'queued',
			ours: '+15550100', customer: '+15550199', acw: '', acw_mode: '', acw_until: '0', acw_holds: '', at: String(p.now),
		});
		const { state, agent, leg, queue } = await p.hash(`conv:${p.conv}`);
		assert.deepEqual([state, agent, leg, queue], ['queued', '', '2', 'billing']);
		const first = await p.hash(`conv:${p.conv}:leg:1`);
		assert.deepEqual(
			[first.agent, first.queue, first.by, first.mode, first.ended, first.wrapped],
			['ann', 'front', 'transfer', undefined, String(p.now), String(p.now)],
		);
		const wrapup = { conv: p.conv, leg: 1, agent: 'ann', wrapup: 'Resolved', notes: '' };
		assert.deepEqual(await p.call('wrapup', wrapup), ['late']);
		assert.deepEqual(await p.call('wrapup', { ...wrapup, wrapup: '' }), ['again']);
	});

	it('to nobody in particular stays in its queue', async () => {
		await transfer({ queue: '', target: 'bob' });
		assert.equal((await p.hash(`conv:${p.conv}`)).queue, 'front');
	});

	it('begins the after-call work of who gives it away, which is theirs alone', async () => {
		const [, told] = await transfer({ mode: 'mandatory', pending: '1', acw_until: '0', acw_holds: '1' });
		const { acw, acw_mode, acw_until, acw_holds } = eventOf(told);
		assert.deepEqual([acw, acw_mode, acw_until, acw_holds], ['pending', 'mandatory', '0', '1']);
		assert.equal('wrapped' in (await p.hash(`conv:${p.conv}:leg:1`)), false);
		const wrapup = { conv: p.conv, leg: 1, agent: 'ann', wrapup: 'Resolved', notes: '' };
		assert.deepEqual(await p.call('wrapup', { ...wrapup, agent: 'bob' }), ['not_yours']);
		assert.equal((await p.call('wrapup', wrapup))[0], 'ok');
		assert.equal((await p.hash(`conv:${p.conv}`)).state, 'queued');
	});

	it('puts its note before what it tells', async () => {
		const [, first, second] = await transfer({ note: 'Order 17' });
		assert.deepEqual([eventOf(first).e, eventOf(second).e], ['note', 'transferred']);
		assert.deepEqual(await directions(), ['i', 'n']);
	});

	it('is done once for a ref, and the same ref of a note is another', async () => {
		assert.equal((await note())[0], 'ok');
		assert.equal((await transfer())[0], 'ok');
		assert.deepEqual(await transfer(), ['again']);
		assert.deepEqual(await transfer({ ref: 'r2' }), ['not_yours']);
		assert.equal((await p.hash(`conv:${p.conv}`)).leg, '2');
	});

	it('is for who has the conversation', async () => {
		assert.deepEqual(await transfer({ agent: 'bob' }), ['not_yours']);
		assert.equal((await p.hash(`conv:${p.conv}`)).state, 'connected');
	});
});
