// The Redis Functions of what becomes of messages: segments, results and receipts in one call, and where the
// two meet: receipt.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventOf, Functions, Partition, SCOPES } from './lib/functions.mjs';

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);

describe('a message of several segments', () => {
	// [segment, state]… → the message's state at last, and whether it is still in flight
	const stories = [
		[[[0, 'sent']], 'sending', true],
		[[[0, 'sent'], [1, 'sent']], 'sending', true],
		[[[0, 'sent'], [1, 'sent'], [2, 'sent']], 'sent', false],
		[[[2, 'sent'], [0, 'sent'], [1, 'sent']], 'sent', false],
		[[[0, 'delivered'], [1, 'sent'], [2, 'delivered']], 'sent', false],
		[[[0, 'delivered'], [1, 'delivered'], [2, 'delivered']], 'delivered', false],
		[[[0, 'delivered'], [1, 'delivered']], 'sending', true],
		[[[0, 'sent'], [1, 'failed']], 'failed', true],
		[[[0, 'delivered'], [1, 'failed'], [2, 'delivered']], 'failed', false],
		[[[0, 'delivered'], [1, 'expired'], [2, 'delivered']], 'expired', false],
		[[[0, 'expired'], [1, 'failed'], [2, 'delivered']], 'failed', false],
		[[[0, 'unknown'], [1, 'sent'], [2, 'delivered']], 'unknown', false],
		[[[0, 'unknown'], [1, 'failed'], [2, 'sent']], 'failed', false],
		[[[0, 'unknown'], [1, 'sent'], [2, 'sent'], [0, 'sent']], 'sent', false],
	];
	for (const [moves, state, flying] of stories) {
		it(`${moves.map(([n, s]) => `${n} ${s}`).join(', ')}: ${state}`, async () => {
			await p.waiting(['m1'], { segs: 3 });
			await p.taken();
			for (const [segment, move] of moves) await p.result('m1', move, { segment });
			assert.equal((await p.hash('msg:m1')).state, state);
			assert.deepEqual(Object.keys(await p.hash('flight:acme')), flying ? ['m1'] : []);
			assert.deepEqual(Object.keys(await p.hash('busy')).length, flying ? 1 : 0);
		});
	}
});

describe('what the carrier may be asked to stop', () => {
	const sent = () => p.hash('sent:+15550199');
	const stops = { sid: 's1', cancel: '1' };

	for (const segs of [1, 2])
		it(`is forgotten with the last receipt of ${segs} segments`, async () => {
			await p.waiting(['m1'], { segs });
			await p.taken();
			for (let segment = 0; segment < segs; segment++) await p.result('m1', 'sent', { segment, ...stops });
			assert.deepEqual(await sent(), { m1: SCOPES });
			for (let segment = 0; segment < segs; segment++) {
				assert.deepEqual(await sent(), { m1: SCOPES });
				await p.receipt('m1', 'delivered', { segment });
			}
			assert.deepEqual(await sent(), {});
		});
});

describe('a step of a bundle', () => {
	it('is done though it names no entry, and where it may have been done before that is not counted', async () => {
		await p.waiting(['m1']);
		await p.taken();
		await p.result('m1', 'sent', { back: '=' });
		assert.equal((await p.hash('msg:m1')).state, 'sent');
		await p.receipt('m1', 'delivered', { back: '' });
		assert.equal((await p.hash('msg:m1')).state, 'delivered');
		const events = (await p.events()).length;
		await p.result('m1', 'sent', { back: '=' });
		await p.receipt('m1', 'delivered', { back: '=' });
		assert.deepEqual([await p.count('receipt_regressed'), await p.count('receipt_repeated')], [0, 0]);
		await p.result('m1', 'sent', { back: '' });
		await p.receipt('m1', 'delivered', { back: '' });
		assert.deepEqual([await p.count('receipt_regressed'), await p.count('receipt_repeated')], [1, 1]);
		assert.equal((await p.hash('msg:m1')).state, 'delivered');
		assert.equal((await p.events()).length, events);
	});

	it('does not undo what was heard since it was done, and does what was not', async () => {
		await p.waiting(['m1']);
		await p.waiting(['m2'], { customer: '+15550198' });
		await p.taken();
		await p.result('m1', 'sent', { back: '', written: p.now });
		await p.receipt('m1', 'unknown');
		await p.result('m1', 'sent', { back: '=', written: p.now });
		assert.equal((await p.hash('msg:m1')).state, 'unknown');
		await p.result('m2', 'unknown', { back: '' });
		await p.result('m2', 'sent', { back: '=', written: p.now });
		assert.equal((await p.hash('msg:m2')).state, 'sent');
	});
});

describe('a carrier that says that it does not know', () => {
	const overdue = () => redis.call('ZRANGE', `${p.tag}:overdue`, 0, -1);

	it('does not undo an answer, which a receipt alone may', async () => {
		await p.waiting(['m1']);
		await p.taken();
		await p.result('m1', 'sent');
		await p.result('m1', 'unknown');
		assert.equal((await p.hash('msg:m1')).state, 'sent');
		assert.equal(await p.count('receipt_regressed'), 1);
		await p.receipt('m1', 'unknown');
		assert.equal((await p.hash('msg:m1')).state, 'unknown');
	});

	it('is waited for no longer, and no receipt is missed then', async () => {
		await p.waiting(['m1']);
		await p.taken();
		await p.result('m1', 'sent', { due: p.now });
		await p.receipt('m1', 'unknown');
		const before = await p.events();
		const told = await p.call('result_overdue', { again: 0, id: 'm1', query: '' });
		assert.deepEqual(told, ['done']);
		assert.deepEqual(await overdue(), []);
		assert.equal(await p.count('receipt_overdue'), 0);
		assert.deepEqual(await p.events(), before);
	});
});

describe('many outcomes in one call', () => {
	it('are applied in their order, each acknowledged and told on its own', async () => {
		await p.waiting(['m1', 'm2']);
		await p.taken();
		const [first, second] = [await p.heard('rs'), await p.heard('dr')];
		const told = await p.outcomes(
			{ k: 'rs', back: first, id: 'm1', segment: 0, outcome: 'sent', reason: '' },
			{ k: 'dr', back: second, id: 'm1', segment: 0, outcome: 'delivered', reason: '' },
			{ k: 'dr', back: second, id: 'm1', segment: 0, outcome: 'failed', reason: '' },
			{ k: 'rs', back: '', id: 'nobody', segment: 0, outcome: 'sent', reason: '' },
		);
		assert.deepEqual(
			told.map(([verdict, happened]) => [verdict, happened && eventOf([verdict, happened]).st]),
			[['ok', 'sent'], ['ok', 'delivered'], ['done', undefined], ['ok', undefined]],
		);
		assert.equal((await p.hash('msg:m1')).state, 'delivered');
		assert.deepEqual(await p.stream('back'), []);
		assert.equal(await p.count('result_orphan'), 1);
	});

	it('are told in one event where nobody has the conversations', async () => {
		const customers = ['+15550181', '+15550182'];
		for (const [i, customer] of customers.entries()) {
			const conv = await p.waiting([`m${i}`], { customer });
			await p.call('close', { conv, agent: 'ann', wrapup: '', notes: '' });
		}
		await p.waiting(['talk']);
		await p.taken();
		const before = (await p.events()).length;
		const told = await p.outcomes(
			{ k: 'rs', back: '', id: 'm0', segment: 0, outcome: 'sent', reason: '' },
			{ k: 'rs', back: '', id: 'talk', segment: 0, outcome: 'sent', reason: '' },
			{ k: 'rs', back: '', id: 'm1', segment: 0, outcome: 'sent', reason: '' },
			{ k: 'dr', back: '', id: 'm0', segment: 0, outcome: 'delivered', reason: '' },
		);
		const events = (await p.events()).slice(before);
		assert.deepEqual(events.map(({ e }) => e), ['state', 'states']);
		assert.deepEqual(told.map((reply) => reply.length), [1, 2, 1, 2]);
		assert.deepEqual(told[3][1], [events[1].id, 'e', 'states']);
		assert.deepEqual(events[1].rows.split('\n').map((row) => row.split('\t').filter((_, i) => i !== 1)), [
			['m0', 'sent', '1', 'acme', `${p.now}`, ''], ['m1', 'sent', '1', 'acme', `${p.now}`, ''],
			['m0', 'delivered', '1', 'acme', `${p.now}`, ''],
		]);
		assert.deepEqual(await p.hash('flight:acme'), {});
		assert.deepEqual(await p.hash('busy'), {});
	});

	it('of which some are there no more apply what was not applied', async () => {
		await p.waiting(['m1']);
		await p.waiting(['m2'], { customer: '+15550182' });
		await p.taken();
		const [first, second] = [await p.heard('rs'), await p.heard('rs')];
		await p.result('m1', 'sent', { back: first });
		await p.outcomes(
			{ k: 'rs', back: first, id: 'm1', segment: 0, outcome: 'sent', reason: '' },
			{ k: 'rs', back: second, id: 'm2', segment: 0, outcome: 'sent', reason: '' },
		);
		assert.equal((await p.events()).filter(({ m, st }) => m === 'm1' && st).length, 1);
		assert.equal((await p.hash('msg:m2')).state, 'sent');
	});

	it('count a repetition once, though it is told again beside something new', async () => {
		await p.waiting(['m1']);
		await p.waiting(['m2'], { customer: '+15550182' });
		await p.taken();
		const [first, second] = [await p.heard('rs'), await p.heard('rs')];
		await p.result('m1', 'resent', { back: first });
		await p.outcomes(
			{ k: 'rs', back: first, id: 'm1', segment: 0, outcome: 'resent', reason: '' },
			{ k: 'rs', back: second, id: 'm2', segment: 0, outcome: 'sent', reason: '' },
		);
		assert.equal(await p.count('resent'), 1);
		assert.equal((await p.hash('msg:m2')).state, 'sent');
	});

	it('know how many segments the gateway has made', async () => {
		await p.waiting(['m1'], { segs: 3 });
		await p.taken();
		await p.outcomes(
			{ k: 'rs', back: '', id: 'm1', segment: 0, outcome: 'sent', reason: '', segments: '1' },
			{ k: 'dr', back: '', id: 'm1', segment: 0, outcome: 'delivered', reason: '' },
		);
		const { state, n } = await p.hash('msg:m1');
		assert.deepEqual([state, n], ['delivered', '1']);
		await p.waiting(['m2']);
		await p.taken();
		await p.result('m2', 'sent', { segments: '2' });
		assert.deepEqual(Object.keys(await p.hash('flight:acme')), ['m2']);
		await p.result('m2', 'sent', { segment: 1, segments: '2' });
		assert.equal((await p.hash('msg:m2')).state, 'sent');
	});

	it('of a tenure that has ended do nothing', async () => {
		await p.waiting(['m1']);
		await p.taken();
		const back = await p.heard('rs');
		const fence = p.fence;
		await p.take();
		const step = { k: 'rs', back, id: 'm1', segment: 0, outcome: 'sent', reason: '' };
		assert.deepEqual(await functions.steps('outcomes', p.tag, [fence], [step, step]), [
			['fenced'], ['fenced'],
		]);
		assert.equal((await p.stream('back')).length, 1);
		assert.deepEqual(Object.keys(await p.hash('flight:acme')), ['m1']);
	});
});

// The router writes what nearly all steps are without names: `S back now id due written carrier`, `d back now id`; an older one
// writes `s back now id due written`.
describe('a step written shorter', () => {
	const whole = { outcome: 'sent', segments: '1', due: '1700003600000', written: '1699999999000' };
	const sent = { k: 'rs', ...whole };
	const given = { k: 'dr', outcome: 'delivered' };
	const brief = (how, step, back, now) => {
		if (step.k === 'dr') return ['d', back, now, 'm1'];
		return how === 'S' ? ['S', back, now, 'm1', step.due, step.written, 'acme'] : ['s', back, now, 'm1', step.due, step.written];
	};

	// What the steps leave behind, a call for each list of them; those that are `sent` or `given` shorter, with S or s, or not.
	async function left(shorter, calls, { customer, segs = 1, of, before } = {}) {
		const q = new Partition(functions, { S: 3, s: 5 }[shorter] ?? 4);
		await q.take();
		const conv = await q.waiting(['m1'], { customer, segs });
		if (customer) await q.call('close', { conv, agent: 'ann', wrapup: '', notes: '' });
		await q.taken();
		await before?.(q);
		const told = [];
		for (const steps of calls) {
			const flat = [];
			for (const step of steps) {
				const back = step === calls[0][0] || of !== 'one' ? await q.heard('rs') : '1-1';
				const named = { segment: 0, reason: '', segments: '', due: '', written: '', ...step };
				const values = [named.k, back, q.now, 'm1', 0, named.outcome, '', named.segments, named.due, named.written];
				flat.push(...(shorter && (step === sent || step === given) ? brief(shorter, step, back, q.now) : values));
			}
			const names = ['k', 'back', 'now', 'id', 'segment', 'outcome', 'reason', 'segments', 'due', 'written'];
			const said = await redis.call('FCALL', 'outcomes', 1, q.tag, q.fence, names.length, ...names, ...flat);
			told.push(said.map((one) => [one].flat().map((event) => Array.isArray(event) ? event.slice(1) : event)));
		}
		const hashes = ['msg:m1', 'flight:acme', 'busy', 'count', 'sent:+15550199'];
		const events = (await q.events()).map((event) => ({ ...event, id: '', c: '', rows: event.rows?.replace(/\t[^\t]+/, '') }));
		return JSON.parse(JSON.stringify([
			told, ...(await Promise.all(hashes.map((key) => q.hash(key)))), events,
			await redis.call('ZRANGE', `${q.tag}:overdue`, 0, -1, 'WITHSCORES'), await q.stream('back'),
		]).replaceAll(conv, 'CONV').replace(/\b\d{13}-\d+\b/g, 'ID'));
	}

	const other = (outcome) => ({ k: 'dr', outcome });
	const asked = (q) => redis.call('HSET', `${q.tag}:msg:m1`, 'i0', 's1');
	const stopped = async (q) => q.call('stopped', { back: await q.heard('sup'), id: 'm1' });
	const stories = {
		'is sent': [[[sent]]],
		'is sent and delivered': [[[sent], [given]]],
		'is both in one call': [[[sent, given]]],
		'is repeated': [[[sent, sent], [given, given]]],
		'is delivered, fails and is delivered': [[[sent, given, other('failed'), given]]],
		'has failed before': [[[sent, other('failed'), given]]],
		'is unknown before': [[[sent], [other('unknown')], [given]]],
		'was given up before': [[[sent, other('unknown'), given]]],
		'comes before the answer': [[[given, sent]]],
		'says nothing of when': [[[{ ...sent, written: '', due: '' }, given]]],
		'says nothing of how many segments': [[[{ ...sent, segments: '0' }, given]]],
		'is sent after all, and delivered': [[[{ k: 'rs', outcome: 'unknown' }], [{ ...sent, due: '' }, given]]],
		'is sent again before': [[[{ k: 'rs', outcome: 'resent' }, sent, given]]],
		'is of another number of segments': [[[sent], [given]], { segs: 2 }],
		'is of more segments than was thought': [[[{ ...sent, segments: '2' }, given, sent]]],
		'is of what may be stopped': [[[sent], [given]], { before: asked }],
		'is of what an opt-out has ended': [[[sent], [given]], { before: stopped }],
		'is of whom nobody talks with': [[[sent, given]], { customer: '+15550188' }],
		'was taken off before': [[[sent, given]], { of: 'one' }],
		'is of nobody': [[[sent, given]], { before: (q) => redis.call('DEL', `${q.tag}:msg:m1`, `${q.tag}:flight:acme`) }],
	};
	for (const [name, [calls, named]] of Object.entries(stories))
		it(`does the same where it ${name}`, async () => {
			const whole = await left(false, calls, named);
			assert.deepEqual(await left('S', calls, named), whole);
			await functions.forget();
			assert.deepEqual(await left('s', calls, named), whole);
		});

	it('leaves nothing to be waited for where both come together', async () => {
		const [told, message, flight, busy, , , , overdue, back] = await left('S', [[sent, given]]);
		assert.deepEqual(told[0].map(([verdict]) => verdict), ['ok', 'ok']);
		assert.deepEqual([message.state, message.wat, message.dat], ['delivered', sent.written, '1700000000000']);
		assert.deepEqual([flight, busy, overdue, back], [{}, {}, [], []]);
	});
});

describe('receipts and answers meet', () => {
	const TAG = '{d7}';
	const NAMED_MS = 6 * 3_600_000;
	const name = 'acme:123';
	const named = async () => {
		const [key] = await redis.keys(`${TAG}:ids:*`);
		return redis.hash(key);
	};
	const meet = async (step) =>
		(await functions.steps('meet', TAG, [], [{ name, ttl: 9000, ...step }]))[0];
	const expect = (target = '3 m1 0') => meet({ k: 'rs', target });
	const seen = (state, named = {}) => meet({ k: 'dr', state, ...named });

	it('when the answer is first', async () => {
		assert.equal(await expect(), '');
		assert.equal(await seen('delivered'), '3 m1 0');
		assert.equal(await seen('delivered'), '3 m1 0');
		assert.deepEqual(await named(), { [name]: '3 m1 0' });
		assert.deepEqual(await redis.hash(`${TAG}:early:${name}`), {});
	});

	it('when the receipt is first, and the answer may ask again', async () => {
		assert.equal(await seen('sent'), '');
		assert.equal(await seen('delivered'), '');
		assert.equal(await expect(), 'sent,delivered');
		assert.equal(await expect(), 'sent,delivered');
		assert.equal(await seen('failed'), '3 m1 0');
	});

	it('a receipt that was parked and comes again does not go before what was parked with it', async () => {
		for (const state of ['failed', 'expired']) assert.equal(await seen(state), '');
		assert.equal(await expect(), 'failed,expired');
		assert.equal(await seen('expired'), '=');
		assert.equal(await seen('delivered'), '3 m1 0');
		assert.deepEqual(
			await functions.steps('meet', TAG, [], [
				{ k: 'dr', name, ttl: 9000, state: 'expired' },
				{ k: 'rs', name, ttl: 9000, target: '3 m1 0' },
				{ k: 'dr', name, ttl: 9000, state: 'delivered' },
			]),
			['=', 'failed,expired', '3 m1 0'],
		);
	});

	it('of several the first final one says why, and what else it has to say', async () => {
		await seen('unknown', { reason: 'unknown' });
		await seen('failed', { reason: 'undeliverable, error 27', tlvs: 'mccmnc 26201\n' });
		await seen('expired', { reason: 'expired', tlvs: 'mccmnc 26202\n' });
		assert.equal(await expect(), 'unknown,failed,expired undeliverable, error 27\nmccmnc 26201\n');
	});

	it('what is heard behind a delivery is not why it was delivered', async () => {
		await seen('delivered');
		await seen('failed', { reason: 'undeliverable' });
		assert.equal(await expect(), 'delivered,failed');
	});

	it('a receipt of an id that was given anew is not what was parked for the old one', async () => {
		await seen('delivered');
		await expect();
		const again = { k: 'rs', name, ttl: 9000, target: '3 m2 0' };
		assert.deepEqual(
			await functions.steps('meet', TAG, [], [again, { k: 'dr', name, ttl: 9000, state: 'delivered' }]),
			['', '3 m2 0'],
		);
		assert.equal(await seen('delivered'), '3 m2 0');
	});

	it('a receipt counts that came shortly before the answer, however long both had to wait', async () => {
		const hour = Date.now() - 3_600_000;
		await seen('delivered');
		await redis.call('HSET', `${TAG}:early:${name}`, 'when', Math.floor(hour / 1000));
		assert.equal(await meet({ k: 'rs', target: '3 m1 0', now: hour + 500 }), 'delivered');
		assert.equal(await meet({ k: 'rs', target: '3 m1 0', now: hour + 601_000 }), '');
	});

	it('a receipt parked twice is one', async () => {
		await seen('delivered');
		await seen('delivered');
		assert.equal(await expect(), 'delivered');
	});

	it('a flood of receipts for one id is bounded', async () => {
		for (let i = 0; i < 40; i++) await seen(`state${i}`);
		assert.equal((await expect()).split(',').length, 16);
	});

	it('accounts and ids do not meet', async () => {
		await expect();
		assert.equal(await seen('delivered', { name: 'other:123' }), '');
		assert.equal(await seen('delivered', { name: 'acme:1234' }), '');
	});

	it('many steps in one call are as many calls, in their order', async () => {
		const steps = [
			{ k: 'dr', name, state: 'failed', reason: 'REJECTD' },
			{ k: 'rs', name, target: '3 m1 0' },
			{ k: 'dr', name, state: 'delivered' },
			{ k: 'dr', name: 'acme:9', state: 'delivered' },
		].map((step) => ({ ttl: 9000, ...step }));
		assert.deepEqual(await functions.steps('meet', TAG, [], steps), [
			'', 'failed REJECTD', '3 m1 0', '',
		]);
	});

	it('both sides expire', async () => {
		await seen('delivered', { name: 'acme:1' });
		await expect();
		const [ids] = await redis.keys(`${TAG}:ids:*`);
		for (const [key, most] of [[`${TAG}:early:acme:1`, 9000], [ids, 9000 + NAMED_MS]]) {
			const left = await redis.call('PTTL', key);
			assert.ok(left > 0 && left <= most);
		}
	});

	it('an id that was named hours ago is known, and one given anew is the new one', async () => {
		const ttl = 72 * 3_600_000;
		await redis.call('HSET', `${TAG}:ids:${Math.floor((Date.now() - ttl) / NAMED_MS)}`, name, '3 old 0', 'acme:2', '3 m2 0');
		assert.equal(await seen('delivered', { name: 'acme:2', ttl }), '3 m2 0');
		assert.equal(await seen('delivered', { ttl }), '3 old 0');
		await meet({ k: 'rs', target: '3 m1 0', ttl });
		assert.equal(await seen('delivered', { ttl }), '3 m1 0');
	});

	it('an id is known for as long as its carrier keeps the message before its time', async () => {
		await meet({ k: 'rs', target: '3 m1 0', ahead: 100_000 });
		const left = await redis.call('PTTL', `${TAG}:id:${name}`);
		assert.ok(left > 100_000 && left <= 109_000, `${left} ms`);
		await redis.call('DEL', ...(await redis.keys(`${TAG}:ids:*`)));
		assert.equal(await seen('delivered'), '3 m1 0');
	});

	it('an id as it was written before is known', async () => {
		await redis.call('SET', `${TAG}:id:${name}`, '3 m1 0');
		assert.equal(await seen('delivered'), '3 m1 0');
	});

	it('of receipts that no answer names so many are kept, and the newest', async () => {
		const KEPT = 10_000;
		const seconds = Math.floor(Date.now() / 1000);
		const old = Array.from({ length: KEPT - 1 }, (_, i) => `acme:old${i}`);
		for (let from = 0; from < KEPT; from += 1000) {
			const names = old.slice(from, from + 1000);
			await redis.call('ZADD', `${TAG}:early`, ...names.flatMap((each) => [seconds - 60, each]));
			await redis.call('ZADD', `${TAG}:parked`, ...names.flatMap((each) => [(seconds - 60) * 1000, each]));
			await Promise.all(names.map((each) => redis.call('HSET', `${TAG}:early:${each}`, 'when', seconds - 60, 'parked', 'failed')));
		}
		const count = async (what) => Number((await redis.call('HGET', `${TAG}:count`, what)) ?? 0);
		await seen('delivered');
		assert.equal(await count('receipt_crowded'), 0);
		await seen('delivered', { name: 'acme:456' });
		assert.deepEqual([await count('receipt_crowded'), await count('receipt_orphan')], [1, 1]);
		assert.equal((await redis.keys(`${TAG}:early:*`)).length, KEPT);
		// What has met its answer goes without a count, and what waits for it is the last to go.
		assert.equal(await expect(), 'delivered');
		await redis.call('ZADD', `${TAG}:early`, 1, name);
		await seen('delivered', { name: 'acme:789' });
		assert.equal(await count('receipt_crowded'), 1);
		assert.equal(await redis.call('EXISTS', `${TAG}:early:${name}`), 0);
		assert.equal(await redis.call('EXISTS', `${TAG}:early:acme:456`, `${TAG}:early:acme:789`), 2);
		await functions.call('receipt_orphans', TAG, { before: 1, expired: (seconds - 30) * 1000 });
		assert.equal(await redis.call('ZCARD', `${TAG}:early`), 2);
	});

	it('what is parked for another message of the id is not for this one', async () => {
		await expect();
		await redis.call('HSET', `${TAG}:early:${name}`, 'when', Math.floor(Date.now() / 1000), 'parked', 'delivered');
		await redis.call('ZADD', `${TAG}:early`, 1, name);
		assert.equal(await expect('3 m2 0'), '');
		assert.deepEqual(await redis.hash(`${TAG}:early:${name}`), {});
	});
});
