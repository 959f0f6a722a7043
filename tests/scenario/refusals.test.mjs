// Who suppresses beside the customer's keyword: staff, lists, carriers. What the agent's screen hears at once, and
// what is kept of sends that were blocked.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { OURS, waitFor, World } from './lib/index.mjs';
import { enqueue, partitionOf } from './lib/load.mjs';
import { done, officer } from './lib/officer.mjs';

const SISTER = '+15550102';

let world;
let ann;
before(async () => {
	world = await World.start(null, {
		changes: (w) => ({
			numbers: [OURS, SISTER].map((address) => ({ address, carrier: 'acme', queue: 'support', programme: 'shop' })),
			carriers: [{
				name: 'acme', hosts: [{ host: '127.0.0.1', port: w.carrier.port }], system_id: w.carrier.systemId,
				password: w.carrier.password, binds: 2, window: 10,
				statuses: [{ status: 0x451, action: 'fail', opt_out: true }],
			}],
		}),
	});
	ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
	for (const name of ['kim', 'lee']) await world.addUser(name, { role: 'compliance' });
});
after(() => world.finish());

const { suppression, confirmed } = officer(() => world);
const rows = (text) => text.trim().split('\n').filter(Boolean).map((line) => line.split('\t'));

let customers = 0;
const customer = () => `+15550100${String(600 + customers++)}`;
async function talk(from, to = OURS) {
	await world.carrier.deliver({ from, to, text: 'Hello' });
	return (await ann.acceptNext(from)).id;
}
const optOf = async (id, wanted) => assert.equal((await ann.event('opt', (event) => event.conversation === id)).opted_out, wanted);
const isRefused = (id) => assert.rejects(ann.send(id, 'Hm'), (error) => error.code === 'suppressed');

describe('the composer of an agent who is talking', () => {
	it('is locked at once by staff, and unlocked by the removal of two', async () => {
		const from = customer();
		const id = await talk(from);
		await done(suppression('add', from, '--by', 'kim', '--reason', 'called us'));
		await optOf(id, true);
		await isRefused(id);
		const [request] = (await done(confirmed('remove', from, '--by', 'kim', '--reason', 'r', '--reference', 'c'))).split('\t');
		await done(confirmed('approve', request, '--by', 'lee'));
		await optOf(id, false);
		await ann.send(id, 'Welcome back.');
	});

	it('is locked by a list, and unlocked where the batch is taken back', async () => {
		const from = customer();
		const id = await talk(from);
		const path = join(world.folder, 'list.csv');
		writeFileSync(path, `+15550100999\n${from}\n`);
		const { stderr } = await suppression('import', path, '--by', 'kim', '--reason', 'r', '--source', 'dnc');
		await optOf(id, true);
		const [, batch] = stderr.match(/^batch (\S+)$/m);
		const [request] = (await done(confirmed('remove', '--batch', batch, '--by', 'kim', '--reason', 'r', '--reference', 'c'))).split('\t');
		await done(confirmed('approve', request, '--by', 'lee'));
		await optOf(id, false);
	});

	it('is locked in the other conversation, too, by a STOP to a sister number', async () => {
		const from = customer();
		const here = await talk(from);
		const there = await talk(from, SISTER);
		await world.carrier.deliver({ from, to: OURS, text: 'STOP' });
		await optOf(here, true);
		await optOf(there, true);
		await world.carrier.deliver({ from, to: OURS, text: 'START' });
		await optOf(there, false);
	});

	it('hears nothing of a scope that does not cover it, nor after the conversation is over', async () => {
		const from = customer();
		const id = await talk(from);
		await done(suppression('add', from, '--by', 'kim', '--reason', 'r', '--scope', `number:${SISTER}`));
		await ann.send(id, 'Still here.');
		await ann.close(id, 'Resolved');
		await done(suppression('add', from, '--by', 'kim', '--reason', 'r'));
		const next = customer();
		const other = await talk(next);
		await done(suppression('add', next, '--by', 'kim', '--reason', 'r'));
		await optOf(other, true);
		assert.deepEqual(ann.events.all.filter(({ event, conversation }) => event === 'opt' && conversation === id), []);
	});
});

describe('a send that was blocked', () => {
	it('is kept with who wanted it and which entry blocked it, at accept and at dispatch', async () => {
		const from = customer();
		const id = await talk(from);
		const held = [];
		world.carrier.onSubmit = (submit) => held.push(submit);
		await ann.send(id, 'First');
		await ann.send(id, 'Second');
		await waitFor(() => held.length === 1, { what: 'the first is at the carrier' });
		await done(suppression('add', from, '--by', 'kim', '--reason', 'r', '--scope', 'programme:shop'));
		world.carrier.onSubmit = (submit) => submit.answer();
		for (const submit of held) submit.answer();
		await isRefused(id);
		let kept;
		await waitFor(async () => (kept = rows(await done(suppression('blocked', from)))).length === 2, { what: () => `two of them; they are ${kept}` });
		const entry = (await world.redis.hash(`{c${partitionOf(from)}}:opt:${from}`))['p:shop'];
		assert.match(entry, /^staff \d+-\d+$/);
		for (const [at, , by, whom, ours, conv, , scope, why] of kept) {
			assert.ok(Math.abs(Number(at) - Date.now()) < 60_000);
			assert.deepEqual([by, whom, ours, conv, scope, why], ['ann', from, OURS, id, 'p:shop', entry]);
		}
		assert.deepEqual(kept.map((row) => row[1]).sort(), ['accept', 'dispatch']);
		const thread = await ann.thread(id);
		assert.equal(thread.find(({ text }) => text === 'Second').state, 'suppressed');
		const message = thread.find(({ text }) => text === 'Second').id;
		assert.equal(kept.find((row) => row[1] === 'dispatch')[6], message);
		const told = (await world.happened()).filter(({ fields }) => fields.e === 'blocked' && fields.c === id);
		assert.deepEqual(told.map(({ fields }) => fields.entry), [entry, entry]);
		assert.ok(rows(await done(suppression('blocked'))).length >= 2);
		assert.equal(await done(suppression('blocked', from, '--since', '2100-01-01')), '');
	});
});

describe('a carrier that says the customer opted out there', () => {
	const entries = async (from) => rows((await suppression('search', from)).stdout);

	it('by a status: our number is suppressed, the ledger says by which carrier, START does not lift it', async () => {
		const from = customer();
		const id = await talk(from);
		world.carrier.onSubmit = (submit) => submit.answer({ status: 0x451 });
		await ann.send(id, 'Anybody there?');
		await optOf(id, true);
		world.carrier.onSubmit = (submit) => submit.answer();
		const [[, scope, source, , by], history] = await entries(from);
		assert.deepEqual([scope, source, by], [`n:${OURS}`, 'carrier', 'acme']);
		assert.match(history.at(-1), /0x00000451/);
		await isRefused(id);
		await world.carrier.deliver({ from, to: OURS, text: 'START' });
		await waitFor(async () => (await entries(from)).some((row) => row[2] === 'grant'), { what: 'START is in the ledger' });
		assert.equal((await entries(from))[0][2], 'carrier');
		await isRefused(id);
	});

	for (const [name, early] of [['by a receipt', false], ['by a receipt that came before the answer', true]])
		it(`${name}`, async () => {
			const from = customer();
			const id = await talk(from);
			const held = [];
			world.carrier.onSubmit = (submit) => held.push(submit);
			await ann.send(id, 'Hello?');
			await waitFor(() => held.length === 1, { what: 'it is at the carrier' });
			const messageId = `out-${name.length}`;
			const receipt = () => world.carrier.receipt(held[0], { state: 'REJECTD', error: '21610', messageId, form: 'text' });
			if (early) await receipt();
			held[0].answer({ messageId });
			if (!early) await receipt();
			await optOf(id, true);
			world.carrier.onSubmit = (submit) => submit.answer();
			assert.deepEqual((await entries(from))[0].slice(1, 3), [`n:${OURS}`, 'carrier']);
		});

	it('changes nothing of what the customer has asked for already, and another error means nothing', async () => {
		const from = customer();
		const other = customer();
		for (const one of [from, other]) await talk(one);
		await enqueue(world.redis, [{ id: `late${from}`, customer: from }, { id: `late${other}`, customer: other }]);
		const sent = [await world.carrier.expectSubmit({ to: from }), await world.carrier.expectSubmit({ to: other })];
		await world.carrier.deliver({ from, to: OURS, text: 'STOP' });
		await waitFor(async () => (await entries(from)).length > 0, { what: 'the STOP' });
		await sent[0].receipt({ state: 'REJECTD', error: '21610' });
		await sent[1].receipt({ state: 'REJECTD', error: '021' });
		const state = (one) => world.redis.call('HGET', `{c${partitionOf(one)}}:msg:late${one}`, 'state');
		for (const one of [from, other]) await waitFor(async () => (await state(one)) === 'failed', { what: 'the receipt' });
		assert.deepEqual((await entries(from))[0].slice(1, 3), ['p:shop', 'keyword']);
		assert.equal((await suppression('search', other)).code, 1);
	});
});
