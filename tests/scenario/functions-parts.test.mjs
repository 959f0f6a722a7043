// The Redis Functions that put the parts of a message together: part.lua, and mo() of threading.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions, Partition } from './lib/functions.mjs';

const TAG = '{c3}';
const THREAD = 'thread:+15550100:+15550199';

const BROKEN = 9999999999999; // a break after all that was heard

const functions = Functions.forTests();
const p = Partition.forTests(functions);

describe('parts', () => {
	// Hears and offers part n; what it says is done: whole → mo(), late → amend(), clash → mo() partial.
	async function hear(n, { total = 3, label = '' } = {}) {
		const entry = await p.heard('mo');
		return offer(entry, n, total, label);
	}
	async function offer(entry, n, total, label) {
		const reply = await p.part({ in: entry, n, total, record: `${label}${n}`, fp: `fp ${label}${n}` });
		const [verdict, ...rest] = reply;
		const keys = { parts: 'key', parts_ttl: 9000 };
		if (verdict === 'whole')
			await p.mo({ in: entry, text: textOf(rest), ...keys });
		if (verdict === 'late') {
			const [conv, position] = rest.shift().split(' ');
			const partial = rest.length / 2 === total ? '' : '1';
			const named = {
				in: entry, conv, position, text: textOf(rest), segs: 3, partial, parts: 'key', verdict: 'NONE',
			};
			assert.equal((await p.call('amend', named))[0], 'ok');
		}
		if (verdict === 'clash') {
			await p.mo({ due: 'key', text: textOf(rest), partial: '1', ...keys });
			return [verdict, ...(await offer(entry, n, total, label))];
		}
		return [verdict];
	}
	const textOf = (flat) => flat.filter((_, i) => i % 2 === 1).join(' ');
	const due = () => functions.redis.call('ZRANGE', `${TAG}:due`, 0, -1);
	const expire = async (total = 3) => {
		const rest = await functions.call('parts_of', TAG, { parts: 'key', total });
		return p.mo({ due: 'key', text: textOf(rest), partial: '1', parts: 'key', parts_ttl: 9000 });
	};
	const thread = async () => {
		const conv = (await p.hash(THREAD)).conv;
		if (!conv) return [];
		const late = await p.hash(`conv:${conv}:late`);
		return (await p.stream(`conv:${conv}:msgs`)).map(
			({ id, fields }) => [late[`${id} t`] ?? fields.t, late[`${id} p`] ?? fields.p].join('|'));
	};

	const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
	for (const order of orders) {
		it(`in the order ${order.join(', ')} are one message`, async () => {
			assert.deepEqual(await hear(order[0]), ['kept']);
			assert.deepEqual(await due(), ['key']);
			assert.deepEqual(await hear(order[1]), ['kept']);
			assert.deepEqual(await hear(order[2]), ['whole']);
			assert.deepEqual(await thread(), ['0 1 2|']);
			assert.deepEqual(await due(), []);
			assert.equal((await p.stream('in')).length, 0);
		});

		it(`in the order ${order.join(', ')}, each twice, are one message`, async () => {
			const said = [];
			for (const n of order) said.push(...(await hear(n)), ...(await hear(n)));
			assert.deepEqual(said, ['kept', 'repeated', 'kept', 'repeated', 'whole', 'repeated']);
			assert.deepEqual(await thread(), ['0 1 2|']);
			assert.equal(await p.count('part_repeated'), 3);
			assert.equal((await p.stream('in')).length, 0);
		});

		it(`in the order ${order.join(', ')}, too late, complete the message`, async () => {
			await hear(order[0]);
			assert.equal((await expire())[0], 'ok');
			assert.deepEqual(await thread(), [`${order[0]}|1`]);
			assert.deepEqual(await hear(order[1]), ['late']);
			assert.deepEqual(await thread(), [`${[order[0], order[1]].sort().join(' ')}|1`]);
			assert.deepEqual(await hear(order[1]), ['repeated']);
			assert.deepEqual(await hear(order[2]), ['late']);
			assert.deepEqual(await thread(), ['0 1 2|']);
			assert.deepEqual(await hear(order[2]), ['repeated']);
			assert.equal((await p.stream('in')).length, 0);
		});
	}

	it('one of one is whole at once', async () => {
		assert.deepEqual(await hear(0, { total: 1 }), ['whole']);
		assert.deepEqual(await thread(), ['0|']);
	});

	it('the deadline is that of the first part heard', async () => {
		await p.part({ in: await p.heard('mo'), n: 0, total: 3, deadline: 10 });
		await p.part({ in: await p.heard('mo'), n: 1, total: 3, deadline: 20 });
		assert.equal(await functions.redis.call('ZSCORE', `${TAG}:due`, 'key'), '10');
	});

	it('a deadline is done once', async () => {
		await hear(0);
		assert.equal((await expire())[0], 'ok');
		assert.deepEqual(await expire(), ['done']);
		assert.deepEqual(await thread(), ['0|1']);
	});

	it('a reference used anew while a message is incomplete shows both', async () => {
		await hear(0, { label: 'a', total: 2 });
		assert.deepEqual(await hear(0, { label: 'b', total: 2 }), ['clash', 'kept']);
		assert.deepEqual(await hear(1, { label: 'b', total: 2 }), ['whole']);
		assert.deepEqual(await thread(), ['a0|1', 'b0 b1|']);
		assert.equal((await p.stream('in')).length, 0);
	});

	it('a reference used anew after a message is another message', async () => {
		await hear(0, { label: 'a', total: 2 });
		await hear(1, { label: 'a', total: 2 });
		assert.deepEqual(await hear(0, { label: 'b', total: 2 }), ['kept']);
		assert.deepEqual(await hear(1, { label: 'b', total: 2 }), ['whole']);
		assert.deepEqual(await thread(), ['a0 a1|', 'b0 b1|']);
	});

	it('a part heard and not applied yet is offered again as if for the first time', async () => {
		await hear(0, { total: 2 });
		const entry = await p.heard('mo');
		assert.equal((await p.part({ in: entry, n: 1, fp: 'fp 1' }))[0], 'whole');
		assert.equal((await p.part({ in: entry, n: 1, fp: 'fp 1' }))[0], 'whole');
		assert.deepEqual(await offer(entry, 1, 2, ''), ['whole']);
		assert.equal((await p.part({ in: entry, n: 1, fp: 'fp 1' }))[0], 'done');
		assert.deepEqual(await thread(), ['0 1|']);
	});

	it('a part that comes while the overdue ones are read is not left out', async () => {
		await hear(0, { total: 2 });
		const entry = await p.heard('mo');
		assert.equal((await p.part({ in: entry, n: 1, fp: 'fp 1' }))[0], 'whole');
		const keys = { parts: 'key', parts_ttl: 9000 };
		const overdue = { due: '1', have: 1, total: 2, text: '0', partial: '1', ...keys };
		assert.deepEqual(await p.mo(overdue), ['stale']);
		assert.equal((await p.mo({ in: entry, text: '0 1', ...keys }))[0], 'ok');
		assert.deepEqual(await thread(), ['0 1|']);
	});

	it('a late part whose amendment a crash ate is late again', async () => {
		await hear(0, { total: 2 });
		await expire(2);
		const entry = await p.heard('mo');
		assert.equal((await p.part({ in: entry, n: 1 }))[0], 'late');
		assert.deepEqual(await offer(entry, 1, 2, ''), ['late']);
		assert.deepEqual(await thread(), ['0 1|']);
		assert.equal((await p.stream('in')).length, 0);
	});

	it('two entries that both found the message whole make it once', async () => {
		await hear(0, { total: 2 });
		const [one, other] = [await p.heard('mo'), await p.heard('mo')];
		assert.equal((await p.part({ in: one, n: 1, fp: 'fp 1' }))[0], 'whole');
		assert.equal((await p.part({ in: other, n: 1, fp: 'fp 1' }))[0], 'whole');
		const named = { text: '0 1', parts: 'key', parts_ttl: 9000 };
		assert.equal((await p.mo({ in: one, ...named }))[0], 'ok');
		assert.deepEqual(await p.mo({ in: other, ...named }), ['repeated']);
		assert.deepEqual(await thread(), ['0 1|']);
		assert.equal((await p.stream('in')).length, 0);
	});

	it('what is left of a message expires', async () => {
		await hear(0, { total: 2 });
		await hear(1, { total: 2 });
		const left = await functions.redis.call('PTTL', `${TAG}:parts:key`);
		assert.ok(left > 0 && left <= 9000);
	});

	it('an amendment whose parts have expired leaves nothing that stays', async () => {
		await hear(0, { total: 2 });
		await expire(2);
		const entry = await p.heard('mo');
		const [, where] = await p.part({ in: entry, n: 1 });
		await functions.redis.call('DEL', `${TAG}:parts:key`);
		const [conv, position] = where.split(' ');
		await p.call('amend', {
			in: entry, conv, position, text: 't', segs: 2, parts: 'key', partial: '', verdict: 'NONE',
		});
		assert.equal(await functions.redis.call('EXISTS', `${TAG}:parts:key`), 0);
	});

	it('an amendment is told, with who has the conversation', async () => {
		await hear(0, { total: 2 });
		await expire(2);
		await p.call('connect', { conv: (await p.hash(THREAD)).conv, leg: 1, agent: 'ann' });
		await hear(1, { total: 2 });
		const told = (await p.events()).at(-1);
		assert.deepEqual([told.e, told.s, told.a], ['amended', 'connected', 'ann']);
	});

	it('a STOP that only its late part makes one takes effect', async () => {
		await hear(0, { total: 2 });
		await expire(2);
		const entry = await p.heard('mo');
		const [, where] = await p.part({ in: entry, n: 1 });
		const [conv, position] = where.split(' ');
		const [verdict, amended, consent] = await p.call('amend', {
			...p.consent('OPT_OUT'), ours: '+15550100', customer: '+15550199', carrier: 'acme',
			in: entry, conv, position, segs: 2, parts: 'key', partial: '',
		});
		assert.equal(verdict, 'ok');
		assert.equal(fieldsOf(amended.slice(1)).k, 'OPT_OUT');
		assert.deepEqual(fieldsOf(consent.slice(1)).changed, '1');
		assert.equal((await p.stream('ledger')).length, 1);
		assert.equal((await p.stream('mt:acme:interactive')).length, 1);
	});

	it('a repeated message leaves no parts behind', async () => {
		await p.mo({ fp: 'long' });
		await p.part({ in: await p.heard('mo'), n: 0 });
		const entry = await p.heard('mo');
		assert.equal((await p.part({ in: entry, n: 1 }))[0], 'whole');
		const again = { in: entry, fp: 'long', broken: BROKEN, parts: 'key', parts_ttl: 9000 };
		assert.deepEqual(await p.mo(again), ['repeated']);
		assert.deepEqual(await p.part({ in: await p.heard('mo'), n: 0 }), ['repeated']);
		assert.equal(await functions.redis.call('ZCARD', `${TAG}:due`), 0);
		assert.ok((await functions.redis.call('PTTL', `${TAG}:parts:key`)) > 0);
	});
});
