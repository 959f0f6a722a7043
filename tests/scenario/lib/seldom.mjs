// What a day on the floor seldom has, done to the functions themselves, for what their events say.

import assert from 'node:assert/strict';

import { eventsOf, Floor } from './floor.mjs';
import { Functions, Partition, SCOPES } from './functions.mjs';

const ok = (reply) => assert.equal(reply[0], 'ok', `${reply}`);

// Of a partition: a record that nobody can read, a part that comes late, what carriers do to a message.
async function messages(p) {
	await p.take();
	ok(await p.call('aside', { in: await p.heard('mo'), why: 'bad tag', record: 'x' }));
	const [, first] = await p.mo({ partial: '1', tlvs: 'mccmnc 26201\n' });
	const [c, m] = ['c', 'm'].map((field) => first[first.indexOf(field) + 1]);
	ok(await p.call('amend', {
		in: await p.heard('mo'), conv: c, position: m, ours: '+15550100', customer: '+15550199', text: 'All of it',
		segs: 2, partial: '', parts: 'key', verdict: 'NONE',
	}));
	await p.waiting(['m1', 'm2', 'm3'], { customer: '+15550187', route: 'acme|beta' });
	await p.taken();
	assert.equal((await p.call('mt_reroute', { carrier: 'acme', id: 'm1', back: '1' }))[0], 1);
	await p.taken();
	assert.equal((await p.call('mt_reroute', { carrier: 'acme', id: 'm1', back: '' }))[0], 1);
	assert.equal((await p.call('mt_divert', { carrier: 'acme', class: 'interactive', from: '' }))[0], 2);
	await p.taken(10, 'beta');
	await p.result('m1', 'resent', { reason: 'link_lost' });
	await p.result('m1', 'sent');
	ok(await p.receipt('m1', 'delivered', { tlvs: 'mccmnc 26201\n' }));
}

// What agents put aside, and what is taken from them; what a program writes, or may not.
async function conversations(p) {
	const conv = await p.connected('ann', { customer: '+15550186' });
	const named = { conv, agent: 'ann', leg: 1 };
	for (const [until, wake, taken] of [['0', '', 'resume'], [p.now, '', 'park_due'], ['0', '1', 'mo']]) {
		ok(await p.call('park', { ...named, ref: p.name('ref'), until, wake }));
		if (taken === 'mo') ok(await p.mo({ customer: '+15550186' }));
		else ok(await p.call(taken, named));
	}
	ok(await p.call('reclaim', named));
	ok(await p.call('connect', { ...named, leg: 2, scopes: SCOPES, idle: 120_000 }));
	const silent = Date.now() + 115_000; // messages stand in the thread by Redis's clock
	ok(await p.call('idle_due', { now: silent }));
	ok(await p.call('idle_close', { ...named, leg: 2, now: silent + 10_000, mode: '', pending: '', acw_until: '0', acw_holds: '' }));
	const written = { ours: '+15550100', customer: '+15550185', queue: 'front', window: 0, active: '', text: 'Hi', carrier: 'acme',
		class: 'transactional', record: 'r', scopes: SCOPES, segs: 1, by: 'shop', agent: '' };
	ok(await p.call('mt_agentless', { ...written, id: 'w1', conv: 'w' }));
	await p.taken();
	ok(await p.result('w1', 'sent'));
	ok(await p.call('mt_agentless', { ...written, id: 'w3', conv: 'u', schedule: 28_400_000 * 60_000, w: '28400000-28400060' }));
	await p.keyword('OPT_OUT', { customer: '+15550185' });
	assert.equal((await p.call('mt_agentless', { ...written, id: 'w2', conv: 'v' }))[0], 'suppressed');
}

// A text that may or may not ask for no more.
async function reviews(p) {
	await p.mo({ ...p.consent('AMBIGUOUS'), customer: '+15550188', text: 'maybe stop' });
	await p.mo({ ...p.consent('AMBIGUOUS'), customer: '+15550188', text: 'not sure' });
	p.now += 5000;
	await p.call('reviews_due', {});
	const decision = { by: 'kim', scope: '', note: '', who: 'who', salt: 's', seal: 'x' };
	const [id] = await p.call('reviews', {});
	ok(await p.call('review_decide', { ...decision, id, yes: 'release' }));
	await p.mo({ ...p.consent('AMBIGUOUS'), customer: '+15550189', text: 'no more, I think' });
	const [meant] = await p.call('reviews', {});
	ok(await p.call('review_decide', { ...decision, id: meant, yes: 'opt_out' }));
	const [asked] = (await p.stream('back')).filter(({ fields }) => fields.k === 'cfm');
	ok(await p.call('review_confirm', { back: asked.id, id: meant, scopes: SCOPES, answer: 'You are out.', answer_id: 'confirmed',
		answer_carrier: 'acme', answer_record: 'r', answer_segs: 1 }));
}

// On the floor: whom a conversation prefers, who is asked beside its agent, who has it without an offer.
async function places(floor) {
	for (const name of ['ann', 'bob']) await floor.onQueue(name);
	await floor.enqueue('p1', { pref: 'bob:9', pref_until: floor.now + 9000 });
	const preferred = await floor.call('offer_make', { conv: 'p1', agent: 'bob', until: floor.now + 9000, how: 'preferred' });
	ok(await floor.accept(eventsOf(preferred)[0].epoch, 'p1', 'bob'));
	await floor.connected('c1', 'ann');
	for (const ends of [false, true]) {
		const asked = { conv: 'c1', agent: 'ann', queue: 'back', target: ends ? '' : 'bob', until: floor.now + 9000 };
		const reply = await floor.call('consult_begin', asked);
		ok(reply);
		if (ends) ok(await floor.call('consult_end', { conv: 'c1', agent: 'ann', why: 'cancelled' }));
		else ok(await floor.call('offer_end', { conv: 'c1~c', agent: 'bob', epoch: eventsOf(reply)[1].epoch, why: 'rescinded' }));
		if (!ends) await floor.call('consult_end', { conv: 'c1', agent: 'ann', why: 'cancelled' });
	}
	const again = eventsOf(await floor.call('consult_begin', {
		conv: 'c1', agent: 'ann', queue: 'back', target: 'bob', until: floor.now + 9000 }));
	ok(await floor.accept(again[1].epoch, 'c1~c', 'bob'));
	ok(await floor.step('acw_begin', { conv: 'c1', agent: 'ann', had_q: 'front', acw_until: '0', acw_holds: '0' }));
	ok(await floor.step('acw_end', { conv: 'c1', agent: 'ann', why: 'agent' }));
	const place = { conv: 'o1', queue: 'front', at: floor.now, ours: '+15550100', customer: '+15550198' };
	ok(await floor.step('conv_assign', { ...place, agent: 'ann', how: 'outbound' }));
	ok(await floor.step('conv_park', { conv: 'o1', agent: 'ann', until: '0' }));
	ok(await floor.step('conv_assign', { ...place, agent: 'ann', how: 'resume' }));
	ok(await floor.call('agent_down', { agent: 'bob', conn: 'r1:bob' }));
	floor.now += 70_000;
	ok(await floor.call('agent_gone', { before: floor.now - 60_000 }));
	ok(await floor.call('agent_capacity', { agent: 'ann', cap: 9 }));
	await floor.onQueue('cid');
	ok(await floor.call('agent_down', { agent: 'cid', conn: 'r1:cid' }));
	ok(await floor.call('agent_retire', { agent: 'cid' }));
	ok(await floor.call('agent_gone', { before: floor.now - 60_000 }));
}

// All of it on a Redis of its own, which `reading` may read.
export async function seldom(reading) {
	const functions = await Functions.start();
	try {
		const partition = new Partition(functions);
		await messages(partition);
		await conversations(partition);
		await reviews(partition);
		await places(new Floor(functions));
		return await reading(functions.redis);
	} finally {
		await functions.stop();
	}
}
