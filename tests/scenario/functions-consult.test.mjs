// The Redis Functions by which a conversation goes to a colleague who was asked: consult and hand_over of
// give.lua, in every state that its conversation may have come to in the meantime.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Floor } from './lib/floor.mjs';
import { fieldsOf, Functions, Partition, SCOPES } from './lib/functions.mjs';

const eventsOf = ([, ...events]) => events.map((event) => fieldsOf(event.slice(1)));

const functions = Functions.forTests();
const p = Partition.connectedForTests(functions);

const consult = (named = {}) => p.call('consult', { conv: p.conv, agent: 'ann', ref: 'r1', note: '', ...named });
const handOver = (named = {}) =>
	p.call('hand_over', {
		conv: p.conv, agent: 'bob', from: 'ann', leg: 2, queue: 'billing', scopes: SCOPES, mode: 'mandatory', pending: '1',
		acw_until: 0, acw_holds: '1', ...named,
	});
const state = async () => {
	const { state: is, agent, leg, queue } = await p.hash(`conv:${p.conv}`);
	return [is, agent, leg, queue];
};

describe('asking a colleague', () => {
	it('says where the conversation is, with the note in the thread', async () => {
		const [verdict, queue, told] = await consult({ note: 'Order 17' });
		assert.deepEqual([verdict, queue, fieldsOf(told.slice(1)).e], ['ok', 'front', 'note']);
		assert.deepEqual(await consult({ note: 'Order 18' }), ['again', 'front']);
		assert.equal((await p.stream(`conv:${p.conv}:msgs`)).length, 2);
		assert.deepEqual(await state(), ['connected', 'ann', '1', 'front']);
	});

	it('is for who has it', async () => {
		assert.deepEqual(await consult({ agent: 'bob' }), ['not_yours']);
	});

	it('is of the tenure, said again or not', async () => {
		await consult();
		for (const fence of ['old', undefined])
			for (const ref of ['r1', 'r2']) assert.deepEqual(await consult({ ref, note: 'Order 17', fence }), ['fenced']);
		assert.equal((await p.stream(`conv:${p.conv}:msgs`)).length, 1);
	});
});

describe('asking no more', () => {
	it('is done once by its ref, and not to what is asked next', async () => {
		const floor = new Floor(functions, p.now);
		const ask = (ref) => floor.call('consult_begin', { conv: 'c1', agent: 'ann', ref, queue: 'billing', target: '', until: p.now + 1 });
		const end = (ref) => floor.call('consult_end', { conv: 'c1', agent: 'ann', ref, why: 'cancelled' });
		await floor.onQueue('ann');
		await floor.connected();
		assert.deepEqual(await end('e1'), ['no', 'conversation']);
		await ask('a1');
		assert.equal((await end('e1'))[0], 'ok');
		assert.deepEqual(await end('e1'), ['again']);
		await ask('a2');
		assert.deepEqual(await end('e1'), ['again']);
		assert.equal((await floor.conv('c1~c')).state, 'waiting');
		assert.equal((await end('e2'))[0], 'ok');
	});
});

describe('what was asked and accepted', () => {
	it('ends the leg of who had it, with its after-call work, and begins the next', async () => {
		const [handed, connected] = eventsOf(await handOver());
		assert.deepEqual(handed, {
			e: 'handed_over', c: p.conv, a: 'ann', leg: '1', q: 'front', to: 'bob', to_q: 'billing', ours: '+15550100',
			customer: '+15550199', why: 'consult', acw: 'pending', acw_mode: 'mandatory', acw_until: '0', acw_holds: '1',
			at: String(p.now),
		});
		assert.deepEqual([connected.e, connected.a, connected.leg, connected.q], ['connected', 'bob', '2', 'billing']);
		assert.deepEqual(await state(), ['connected', 'bob', '2', 'billing']);
		const [first, second] = [await p.hash(`conv:${p.conv}:leg:1`), await p.hash(`conv:${p.conv}:leg:2`)];
		assert.deepEqual([first.agent, first.by, first.mode, first.wrapped], ['ann', 'consult', 'mandatory', undefined]);
		assert.deepEqual([second.agent, second.queue], ['bob', 'billing']);
		assert.equal((await p.hash('thread:+15550100:+15550199')).last, 'bob');
		assert.deepEqual(await handOver(), ['done']);
		const wrapup = { conv: p.conv, leg: 1, agent: 'ann', wrapup: 'Resolved', notes: '' };
		assert.equal((await p.call('wrapup', wrapup))[0], 'ok');
	});

	it('leaves no after-call work where the queue has none', async () => {
		const [handed] = eventsOf(await handOver({ pending: '0' }));
		assert.deepEqual([handed.acw, handed.acw_mode], ['', '']);
		assert.equal((await p.hash(`conv:${p.conv}:leg:1`)).wrapped, String(p.now));
	});

	// On the floor it is bob's: whatever ann has done in the same moment, he gets it.
	const MEANWHILE = {
		closed: () => p.call('close', { conv: p.conv, agent: 'ann', mode: '', wrapup: 'Resolved', notes: '' }),
		transferred: () => p.call('transfer', { conv: p.conv, agent: 'ann', ref: 't', queue: 'back', target: '', note: '' }),
		async 'closed, and the customer has written again'() {
			await MEANWHILE.closed();
			await p.mo();
		},
	};
	for (const [what, happens] of Object.entries(MEANWHILE)) {
		it(`is his, though it was ${what}`, async () => {
			await happens();
			const told = eventsOf(await handOver());
			assert.deepEqual(told.map(({ e, a }) => [e, a]), [['connected', 'bob']]);
			assert.deepEqual(await state(), ['connected', 'bob', '2', 'billing']);
		});
	}

	it('is refused of another leg, of another agent, and to who has lost the partition', async () => {
		assert.deepEqual(await handOver({ leg: 3 }), ['done']);
		assert.deepEqual(await handOver({ leg: 1 }), ['done']);
		assert.deepEqual(await handOver({ from: 'cid' }), ['done']);
		assert.deepEqual(await handOver({ conv: 'nothing' }), ['done']);
		assert.deepEqual(await handOver({ fence: 'old' }), ['fenced']);
		assert.deepEqual(await state(), ['connected', 'ann', '1', 'front']);
	});
});
