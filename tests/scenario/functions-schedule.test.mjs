// Messages that are to be delivered at a time of their own: where they wait, and what ends them. functions/outbound.lua.

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { fieldsOf, Functions, Partition, SCOPES } from './lib/functions.mjs';

const MINUTE = 60_000;
const OLD_SCOPES = 'all|p:old|n:+15550100'; // of a message that was accepted when the programme had another name
const PAIR = '+15550100:+15550199';

const functions = Functions.forTests();
let minute; // of now, since 1970

const p = Partition.forTests(functions);

beforeEach(async () => {
	p.now = 1_700_000_040_000 - (1_700_000_040_000 % MINUTE);
	minute = p.now / MINUTE;
});

const at = (minutes) => ({ schedule: p.now + minutes * MINUTE, w: `${minute + minutes}-${minute + minutes + 60}` });
const send = (names, minutes, named = {}) => p.waiting(names, { class: 'transactional', ...at(minutes), ...named });
const ids = async (named = {}) =>
	(await p.call('mt_take', { carrier: 'acme', max: 10, ...named })).slice(1).map(([id]) => id);
const due = () => p.call('later_due', {});
const pass = (minutes) => {
	p.now += minutes * MINUTE;
};
const scheduled = () => p.hash('scheduled:+15550199');
const state = async (id) => (await p.hash(`msg:${id}`)).state;

describe('with us', () => {
	it('it waits until its minute, and is known by its scopes until then', async () => {
		await send(['m1'], 10);
		assert.deepEqual(await ids(), []);
		assert.deepEqual(await scheduled(), { m1: SCOPES });
		assert.equal((await p.hash('msg:m1')).sch, String(p.now + 10 * MINUTE));
		pass(9);
		await due();
		assert.deepEqual(await ids(), []);
		pass(1);
		await due();
		assert.deepEqual(await scheduled(), {});
		assert.deepEqual(await ids(), ['m1']);
	});

	it('it holds back nothing else of its pair, nor is it held back', async () => {
		await send(['m1'], 10);
		const open = { class: 'transactional', w: `${minute}-${minute + 90}` };
		await p.waiting(['m2'], open);
		await p.waiting(['a1']);
		assert.deepEqual(await ids(), ['a1']);
		await p.result('a1', 'sent');
		assert.deepEqual(await ids(), ['m2']);
		await p.result('m2', 'sent');
		pass(10);
		await due();
		assert.deepEqual(await ids(), ['m1']);
		assert.equal(await p.redis.call('EXISTS', `${p.tag}:later:pairs`), 0);
	});

	it('it goes by its time, and those of one minute by when they came', async () => {
		await send(['m1'], 12);
		await send(['m2', 'm3'], 10);
		pass(12);
		await due();
		const order = [];
		for (let i = 0; i < 3; i++) {
			const [id] = await ids();
			order.push(id);
			await p.result(id, 'sent');
		}
		assert.deepEqual(order, ['m2', 'm3', 'm1']);
	});

	it('an opt-out ends it at once, and a start behind that does not bring it back', async () => {
		await send(['m1'], 10);
		await send(['m2'], 10, { scopes: 'n:+15550177' });
		await p.keyword('OPT_OUT', { answer: '' });
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['m1']);
		assert.deepEqual(Object.keys(await scheduled()), ['m2']);
		const [blocked] = (await p.events()).filter(({ e }) => e === 'blocked');
		assert.deepEqual([blocked.m, blocked.where, blocked.scope], ['m1', 'dispatch', 'p:shop']);
		await p.keyword('OPT_IN', { answer: '' });
		pass(10);
		await due();
		assert.deepEqual(await ids(), ['m2']);
		assert.deepEqual(await p.ended().then((all) => all.length), 1);
	});

	it('an opt-out to its number ends it, whatever the programme was called when it was accepted', async () => {
		await send(['m1'], 10, { scopes: OLD_SCOPES });
		await send(['m2'], 10, { scopes: 'all|p:old|n:+15550177' });
		await p.keyword('OPT_OUT', { answer: '' });
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['m1']);
		assert.deepEqual(Object.keys(await scheduled()), ['m2']);
	});

	it('its window being over then, it ends as others do', async () => {
		await send(['m1'], 10);
		pass(100);
		const [told] = await due();
		const fields = fieldsOf(told.slice(1));
		assert.deepEqual([fields.st, fields.why, await state('m1')], ['expired', 'quiet hours', 'expired']);
		assert.deepEqual(await scheduled(), {});
	});

	it('what the customer is taken to answer is not what waits', async () => {
		const before = (await p.waiting([]), await p.hash(`thread:${PAIR}`));
		await send(['m1'], 10, { marketing: '1' });
		const thread = await p.hash(`thread:${PAIR}`);
		assert.deepEqual([thread.out, thread.asked], [before.out, before.asked]);
		await p.waiting(['a1'], { asked: p.now });
		assert.equal((await p.hash(`thread:${PAIR}`)).out, 'interactive');
		await ids();
		await p.result('a1', 'sent');
		pass(10);
		await due();
		await ids();
		assert.equal((await p.hash(`thread:${PAIR}`)).out, 'marketing');
	});

	it('no more than a hundred of one customer wait', async () => {
		const agentless = (id) =>
			p.call('mt_agentless', {
				id, conv: `c${id}`, ours: '+15550100', customer: '+15550199', queue: 'front', window: 1000, active: '',
				text: 'Hi', carrier: 'acme', class: 'transactional', record: 'r', scopes: SCOPES, segs: 1, by: 'client:x',
				agent: 'Shop', ...at(10),
			});
		for (let i = 0; i < 100; i++) assert.equal((await agentless(`m${i}`))[0], 'ok');
		assert.deepEqual(await agentless('m100'), ['crowded']);
		const again = await agentless('m7');
		assert.deepEqual([again[0], again[4]], ['again', String(p.now + 10 * MINUTE)]);
		const told = (await p.events()).find(({ m }) => m === 'm7');
		assert.equal(told.due, String(p.now + 10 * MINUTE));
	});
});

describe('with the carrier', () => {
	const ahead = { ahead: '1' };

	it('it is handed over before its time, to a gateway that tells the carrier', async () => {
		await send(['m1'], 10, ahead);
		assert.deepEqual(await scheduled(), {});
		assert.deepEqual(await ids(ahead), ['m1']);
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1', ...ahead }), 1);
		await p.result('m1', 'sent', { sid: 's1', cancel: '1', ahead: 10 * MINUTE });
		const ttl = await p.redis.call('PTTL', `${p.tag}:sent:+15550199`);
		assert.ok(ttl > 259_200_000, `asked to stop it for ${ttl} ms`);
		await p.keyword('OPT_OUT', { answer: '' });
		const [asked] = await p.stream('ask:acme');
		assert.deepEqual([asked.fields.op, asked.fields.i], ['cancel', 's1']);
	});

	it('an opt-out to its number has the carrier asked to stop it, whatever the programme was called', async () => {
		await send(['m1'], 10, { ...ahead, scopes: OLD_SCOPES });
		assert.deepEqual(await ids(ahead), ['m1']);
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1', ...ahead }), 1);
		await p.result('m1', 'sent', { sid: 's1', cancel: '1', ahead: 10 * MINUTE });
		await p.keyword('OPT_OUT', { answer: '', ours: '+15550142', scopes: 'all|p:shop|n:+15550142' });
		assert.deepEqual(await p.stream('ask:acme'), [], 'another number');
		for (const fp of ['own', 'again']) await p.keyword('OPT_OUT', { answer: '', fp });
		assert.deepEqual((await p.stream('ask:acme')).map(({ fields }) => [fields.op, fields.i]), [['cancel', 's1']], 'once');
	});

	it('it waits here where the gateway does not', async () => {
		await send(['m1'], 10, ahead);
		assert.deepEqual(await ids(), []);
		assert.deepEqual(Object.keys(await scheduled()), ['m1']);
		await p.waiting(['a1']);
		assert.deepEqual(await ids(), ['a1']);
		await p.result('a1', 'sent');
		pass(10);
		await due();
		assert.deepEqual(await ids(), ['m1']);
	});

	it('what was taken and not begun waits here once the carrier is not told any more', async () => {
		await send(['m1'], 10, ahead);
		assert.deepEqual(await ids(ahead), ['m1']);
		assert.equal(await p.call('mt_check', { carrier: 'acme', id: 'm1' }), 0);
		assert.deepEqual(await ids(), []);
		assert.deepEqual(Object.keys(await scheduled()), ['m1']);
		pass(10);
		await due();
		assert.deepEqual(await ids(), ['m1']);
	});

	it('refused, it waits here where the next carrier is not told', async () => {
		await send(['m1'], 10, { ...ahead, route: 'acme|other' });
		assert.deepEqual(await ids(ahead), ['m1']);
		assert.deepEqual(await p.call('mt_reroute', { carrier: 'acme', id: 'm1' }), [1, 'other']);
		assert.deepEqual(await ids({ carrier: 'other' }), []);
		assert.deepEqual(Object.keys(await scheduled()), ['m1']);
		pass(10);
		await due();
		assert.deepEqual(await ids({ carrier: 'other' }), ['m1']);
	});

	it('moved to a carrier that is not told, it waits here and holds back nothing of its pair', async () => {
		await send(['m1'], 10, { ...ahead, route: 'acme|other' });
		assert.deepEqual(await p.call('mt_divert', { carrier: 'acme', class: 'transactional', from: '' }), [1, '', 0]);
		assert.deepEqual(await ids({ carrier: 'other' }), []);
		assert.deepEqual(Object.keys(await scheduled()), ['m1']);
		await p.waiting(['a1']);
		assert.deepEqual(await ids(), ['a1']);
		await p.result('a1', 'sent');
		pass(10);
		await due();
		const [{ fields }] = await p.entries('mt:other:transactional');
		assert.deepEqual([fields.m, fields.y], ['m1', undefined]); // in its order there, as one that was accepted there
		assert.deepEqual(await ids({ carrier: 'other' }), ['m1']);
	});

	it('an opt-out before it is handed over ends it', async () => {
		await send(['m1'], 10, ahead);
		await p.keyword('OPT_OUT', { answer: '' });
		assert.deepEqual(await ids(ahead), []);
		assert.deepEqual((await p.ended()).map(({ fields }) => fields.r), ['m1']);
	});
});
