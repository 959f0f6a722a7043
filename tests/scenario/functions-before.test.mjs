// What was written by functions of before is understood by these: entries before a gateway with a field for each value,
// messages in flight that were packed. outbound.lua, dispatch.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Functions, Partition, SCOPES } from './lib/functions.mjs';

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);
const CUSTOMER = '+15550199';
const PAIR = `+15550100:${CUSTOMER}`;
const BOTH = { m: 'm1', c: CUSTOMER, o: '+15550100', s: SCOPES, x: '', n: '7', facts: '' };

// A message before its gateway, as it was written; → the fields that it has behind those that all have.
async function waits(id = 'm1', more = {}) {
	await redis.call('HSET', `${p.tag}:msg:${id}`, 'state', 'queued', 'conv', 'c1', 'at', '0-0', 'n', '1', 'carrier', 'acme',
		'pair', PAIR, 'scopes', SCOPES);
	const named = { m: id, c: CUSTOMER, o: '+15550100', s: SCOPES, x: '', n: '7', r: 'rec\0ord', ...more };
	await redis.call('XADD', `${p.tag}:mt:acme:bulk`, '*', ...Object.entries(named).flat());
}

const PACK = `redis.call('HSET', KEYS[1] .. ':flight:acme', 'm1', cmsgpack.pack({'7', ARGV[1], ARGV[2], ARGV[3], '', '1', 'rec\\0ord', 'bulk',
  'acme|beta', '', '', '', ''}))
redis.call('HSET', KEYS[1] .. ':busy', ARGV[1], 'm1')`;

// The same in flight.
async function flies() {
	await waits();
	await redis.call('DEL', `${p.tag}:mt:acme:bulk`);
	await redis.call('EVAL', PACK, 1, p.tag, PAIR, CUSTOMER, SCOPES);
}

const sent = (...more) => ['S', '', p.now, 'm1', '', p.now, 'acme', ...more];
const outcomes = (...values) => redis.call('FCALL', 'outcomes', 1, p.tag, p.fence, 1, 'k', ...values);

async function hasLanded(state) {
	assert.equal((await p.hash('msg:m1')).state, state);
	assert.deepEqual([await p.hash('flight:acme'), await p.hash('busy')], [{}, {}]);
}

describe('an entry with a field for each value', () => {
	it('is taken, and lands', async () => {
		await waits();
		assert.deepEqual((await p.taken()).slice(1), [['m1', 7, 'rec\0ord']]);
		assert.deepEqual(await p.hash('busy'), { [PAIR]: 'm1' });
		await outcomes(...sent());
		await hasLanded('sent');
	});

	it('is written as one text where it goes to another carrier, and is taken there', async () => {
		await waits('m1', { v: 'acme|beta' });
		assert.deepEqual(await p.call('mt_divert', { carrier: 'acme', class: 'bulk', from: '', unbound: '|acme|' }), [1, '', 0]);
		const [{ fields }] = await p.entries('mt:beta:bulk');
		assert.deepEqual(fields, { ...BOTH, r: 'rec\0ord', y: '1', v: 'acme|beta' });
		assert.deepEqual((await p.taken(10, 'beta')).slice(1), [['m1', 7, 'rec\0ord']]);
	});

	it('expires', async () => {
		await waits('m1', { e: p.now });
		const [{ id }] = await p.stream('mt:acme:bulk');
		await redis.call('ZADD', `${p.tag}:waits`, p.now, `acme:bulk:${id}`);
		const [told] = await p.call('later_due', { now: p.now });
		assert.deepEqual([told[4], told.includes('expired')], ['c1', true]);
		assert.deepEqual(await p.stream('mt:acme:bulk'), []);
	});

	it('is stopped by an opt-out', async () => {
		await waits();
		await p.keyword('OPT_OUT', { answer: '' });
		assert.deepEqual((await p.taken()).slice(1), []);
		assert.equal((await p.ended()).length, 1);
	});
});

describe('a packed message in flight', () => {
	it('is given to a gateway that begins', async () => {
		await flies();
		assert.deepEqual(await p.call('mt_recover', { carrier: 'acme' }), [['m1', 7, 'rec\0ord', '', '', '']]);
	});

	it('may be written, and goes to another carrier as one text', async () => {
		await flies();
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1' }), 1);
		assert.deepEqual(await p.call('mt_reroute', { carrier: 'acme', id: 'm1' }), [1, 'beta']);
		const [{ fields }] = await p.entries('mt:beta:bulk');
		assert.deepEqual(fields, { ...BOTH, r: 'rec\0ord', v: 'acme|beta' });
		assert.deepEqual(await p.hash('busy'), { [PAIR]: 'm1' });
		assert.deepEqual((await p.taken(10, 'beta')).slice(1), [['m1', 7, 'rec\0ord']]);
	});

	it('lands', async () => {
		await flies();
		await outcomes(...sent('d', '', p.now, 'm1'));
		await hasLanded('delivered');
	});
});

describe('a message in flight', () => {
	const text = async () => (await p.hash('flight:acme')).m1?.split('\0');

	it('says what its result needs, and nothing of it is read for that', async () => {
		const conv = await p.waiting(['m1']);
		await p.taken();
		assert.deepEqual((await text()).slice(0, 7), [PAIR, '1', `${conv} 1`, 'm1', CUSTOMER, SCOPES, '']);
		await outcomes(...sent());
		await hasLanded('sent');
	});

	it('that has more segments than was thought is read', async () => {
		await p.waiting(['m1']);
		await p.taken();
		await p.result('m1', 'sent', { segments: '2' });
		assert.match((await text())[2], / 2$/);
		await p.result('m1', 'sent', { segment: 1, segments: '2' });
		assert.equal((await p.hash('msg:m1')).n, '2');
		await hasLanded('sent');
	});

	it('keeps what it says where it waits again', async () => {
		const conv = await p.waiting(['m1'], { class: 'bulk', route: 'acme|beta' });
		await p.taken();
		await p.call('mt_reroute', { carrier: 'acme', id: 'm1' });
		assert.deepEqual((await p.taken(10, 'beta')).slice(1).length, 1);
		assert.equal((await p.hash('flight:beta')).m1.split('\0')[2], `${conv} 1`);
	});

	it('is not landed by the result of another carrier, where it is not', async () => {
		await p.waiting(['m1'], { class: 'bulk', route: 'acme|beta' });
		await p.taken();
		await p.call('mt_reroute', { carrier: 'acme', id: 'm1' });
		await outcomes(...sent());
		assert.deepEqual(await p.hash('busy'), { [PAIR]: 'm1' });
	});
});
