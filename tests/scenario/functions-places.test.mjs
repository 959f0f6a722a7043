// What happens to a conversation on the floor beside its offers: moved, parked, given, asked about, reclaimed.
// Every event in every state against the Redis Functions (place.lua, consult.lua), and what they tell.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventsOf, Floor, TAG } from './lib/floor.mjs';
import { Functions } from './lib/functions.mjs';
import { Random } from './lib/random.mjs';

const NOW = 1_700_000_000_000;
const ACW = { acw: 'pending', acw_until: NOW + 60000, acw_holds: '1' };

const functions = Functions.forTests();
const floor = Floor.staffedForTests(functions, NOW);

const until = NOW + 30000;
const move = (leg, named = {}) =>
	floor.step('conv_move', { leg, queue: 'back', last: '', why: 'transfer', from: 'ann', ...named });
const release = (named = {}) => floor.step('conv_release', named);
const park = (agent = 'ann', named = {}) => floor.step('conv_park', { agent, until: NOW + 3600000, ...named });
const assign = (agent, named = {}) =>
	floor.step('conv_assign', {
		agent, queue: 'front', at: NOW, ours: '+15550100', customer: '+15550199', how: 'resume', ...named,
	});
const manual = (agent, conv = 'c1') => floor.call('conv_manual', { conv, agent, until, by: 'sue' });
const consult = (named = {}) =>
	floor.call('consult_begin', { conv: 'c1', agent: 'ann', queue: 'back', target: '', until, ...named });
const consultEnd = (agent = 'ann') => floor.call('consult_end', { conv: 'c1', agent, why: 'cancelled' });

// How to come to each state; each returns the epoch that is the newest there.
const STATES = {
	absent: async () => '1',
	waiting: async () => (await floor.enqueue(), '1'),
	alerting: async () => (await floor.enqueue(), floor.offered()),
	connected: async () => floor.connected(),
	parked: async () => {
		const epoch = await floor.connected();
		await park();
		return epoch;
	},
	'asking a queue': async () => {
		const epoch = await floor.connected();
		await consult();
		return epoch;
	},
	'asking bob': async () => {
		await floor.connected();
		return eventsOf(await consult({ target: 'bob' })).at(-1).epoch;
	},
	released: async () => {
		const epoch = await floor.connected();
		await release(ACW);
		return epoch;
	},
};

const EVENTS = {
	enqueue: () => floor.enqueue(),
	release: () => release(),
	'release of another leg': () => release({ leg: 2 }),
	'move of the same leg': () => move(1),
	'move to the next leg': () => move(2),
	'move of a leg that is over': () => move(0),
	'move to bob': () => move(2, { target: 'bob', until }),
	'move to who is full': () => move(2, { target: 'full', until }),
	park: () => park(),
	'park by another': () => park('bob'),
	'park of another leg': () => park('ann', { leg: 2 }),
	resume: () => assign('ann'),
	'resume by another': () => assign('bob'),
	'resume of another leg': () => assign('ann', { leg: 2 }),
	'by hand to bob': () => manual('bob'),
	'by hand to ann': () => manual('ann'),
	'by hand to who is full': () => manual('full'),
	'ask a queue': () => consult(),
	'ask bob': () => consult({ target: 'bob' }),
	'ask who is full': () => consult({ target: 'full' }),
	'ask oneself': () => consult({ target: 'ann' }),
	'ask about another’s': () => consult({ agent: 'bob' }),
	'ask no more': () => consultEnd(),
	'another asks no more': () => consultEnd('bob'),
	'bob accepts what he is asked': (epoch) => floor.accept(epoch, 'c1~c', 'bob'),
	'ann accepts what bob is asked': (epoch) => floor.accept(epoch, 'c1~c', 'ann'),
	'after-call work ends': () => floor.step('acw_end', { agent: 'ann' }),
};

// event → state → [its state after it, its agent, the events told]; what is not listed is refused and changes
// nothing. `-` is a conversation that is not there, `…` what goes on as before.
const MOVES = {
	enqueue: { absent: ['waiting', '', 'waiting'], released: ['waiting', '', 'waiting'] },
	release: {
		waiting: ['-', '', 'released'],
		alerting: ['-', '', 'unoffered released'],
		connected: ['-', '', 'released'],
		parked: ['-', '', 'released'],
		'asking a queue': ['-', '', 'released released'],
		'asking bob': ['-', '', 'unoffered released released'],
	},
	'move of the same leg': {
		waiting: ['waiting', '', 'moved waiting'],
		alerting: ['waiting', '', 'unoffered moved waiting'],
	},
	'move to the next leg': {
		waiting: ['waiting', '', 'moved waiting'],
		alerting: ['waiting', '', 'unoffered moved waiting'],
		connected: ['waiting', '', 'moved waiting'],
		parked: ['waiting', '', 'moved waiting'],
		'asking a queue': ['waiting', '', 'released moved waiting'],
		'asking bob': ['waiting', '', 'unoffered released moved waiting'],
	},
	'move to bob': {
		waiting: ['alerting', 'bob', 'moved waiting offer'],
		alerting: ['alerting', 'bob', 'unoffered moved waiting offer'],
		connected: ['alerting', 'bob', 'moved waiting offer'],
		parked: ['alerting', 'bob', 'moved waiting offer'],
		'asking a queue': ['alerting', 'bob', 'released moved waiting offer'],
		'asking bob': ['alerting', 'bob', 'unoffered released moved waiting offer'],
	},
	'move to who is full': {
		waiting: ['waiting', '', 'moved waiting'],
		alerting: ['waiting', '', 'unoffered moved waiting'],
		connected: ['waiting', '', 'moved waiting'],
		parked: ['waiting', '', 'moved waiting'],
		'asking a queue': ['waiting', '', 'released moved waiting'],
		'asking bob': ['waiting', '', 'unoffered released moved waiting'],
	},
	park: {
		connected: ['parked', 'ann', 'parked'],
		parked: ['parked', 'ann', 'parked'],
		'asking a queue': ['parked', 'ann', 'released parked'],
		'asking bob': ['parked', 'ann', 'unoffered released parked'],
	},
	resume: {
		absent: ['connected', 'ann', 'assigned'],
		parked: ['connected', 'ann', 'assigned'],
		released: ['connected', 'ann', 'assigned'],
	},
	'resume by another': { absent: ['connected', 'bob', 'assigned'], released: ['connected', 'bob', 'assigned'] },
	'resume of another leg': { absent: ['connected', 'ann', 'assigned'], released: ['connected', 'ann', 'assigned'] },
	'by hand to bob': {
		waiting: ['alerting', 'bob', 'offer'],
		alerting: ['alerting', 'bob', 'unoffered offer'],
	},
	'by hand to ann': { waiting: ['alerting', 'ann', 'offer'] },
	'ask a queue': { connected: ['connected', 'ann', 'waiting'] },
	'ask bob': { connected: ['connected', 'ann', 'waiting offer'] },
	'ask no more': {
		'asking a queue': ['connected', 'ann', 'released'],
		'asking bob': ['connected', 'ann', 'unoffered released'],
	},
	'bob accepts what he is asked': { 'asking bob': ['connected', 'bob', 'accepted agent'] },
	'after-call work ends': { released: ['-', '', 'acw_ended'] },
};

describe('every event in every state', () => {
	const everything = async () => {
		const seen = {};
		for (const key of await functions.redis.keys(`${TAG}:*`)) {
			if (/:(events|from|epoch)$/.test(key)) continue;
			seen[key] = (await functions.redis.call('DUMP', key)).toString();
		}
		return seen;
	};
	for (const [state, reach] of Object.entries(STATES)) {
		for (const [name, happen] of Object.entries(EVENTS)) {
			const fits = MOVES[name]?.[state];
			it(`${name} on ${state}: ${fits ? fits[0] : 'refused'}`, async () => {
				const epoch = await reach();
				const before = await everything();
				const told = (await functions.events(TAG)).length;
				const reply = await happen(epoch);
				const news = (await functions.events(TAG)).slice(told);
				await floor.holdsTogether();
				if (!fits) {
					assert.ok(['done', 'no', 'conflict'].includes(reply[0]), `${reply}`);
					assert.deepEqual(news, []);
					assert.deepEqual(await everything(), before);
					return;
				}
				assert.equal(reply[0], 'ok');
				assert.deepEqual(news, eventsOf(reply));
				assert.equal(news.map(({ e }) => e).join(' '), fits[2]);
				const { state: now = '-', agent = '' } = await floor.conv();
				assert.deepEqual([now, agent], fits.slice(0, 2));
			});
		}
	}

	it('a step that is asked for again is done once', async () => {
		await floor.connected();
		for (const [name, named] of [
			['conv_park', { agent: 'ann', until: NOW + 1 }],
			['conv_assign', { agent: 'ann', queue: 'front', at: NOW, ours: '1', customer: '2', how: 'resume' }],
			['conv_move', { leg: 2, queue: 'back', last: '', why: 'transfer' }],
			['acw_begin', { agent: 'ann', had_q: 'front', acw_until: 0, acw_holds: '0' }],
			['acw_end', { agent: 'ann' }],
			['conv_release', { leg: 2 }],
		]) {
			assert.equal((await floor.step(name, named))[0], 'ok', name);
			const events = (await functions.events(TAG)).length;
			floor.steps -= 1;
			assert.deepEqual(await floor.step(name, named), ['done'], name);
			assert.equal((await functions.events(TAG)).length, events);
			await floor.holdsTogether();
		}
	});
});

describe('a move', () => {
	it('keeps place, priority and skills unless they are changed', async () => {
		await floor.connected('c1', 'ann', { prio: 5, skills: 'billing,french' });
		const told = eventsOf(await move(2));
		assert.deepEqual(
			told.map(({ e, a, q, leg, prio, skills, since, to, why }) => [e, a, q, leg, prio, skills, Number(since), to, why]),
			[
				['moved', 'ann', 'front', '1', '5', 'billing,french', NOW - 5000, 'back', 'transfer'],
				['waiting', '', 'back', '2', '5', 'billing,french', NOW - 5000, undefined, undefined],
			],
		);
		assert.equal(told[1].from, 'ann');
		assert.equal(told[1].entered, String(NOW));
		const [, changed] = eventsOf(await move(2, { prio: 0, skills: '', at: NOW - 9, entered: NOW - 7 }));
		assert.deepEqual([changed.prio, changed.skills, changed.since, changed.entered], ['0', '', String(NOW - 9), String(NOW - 7)]);
	});

	it('begins the after-call work of who had it, once', async () => {
		await floor.connected();
		const [moved] = eventsOf(await move(2, ACW));
		assert.deepEqual([moved.a, moved.acw, moved.al, moved.aw, moved.ar], ['ann', 'pending', '1', '1', 'interacting']);
		await floor.holdsTogether();
		// Nobody has it now, so there is no work after it.
		await move(2, ACW);
		assert.equal(Object.keys(await functions.redis.hash(`${TAG}:agent:ann:acw`)).length, 1);
	});

	it('that comes when it was accepted meanwhile leaves it with who has it', async () => {
		await floor.connected();
		assert.deepEqual(await move(1), ['done']);
		assert.equal((await floor.conv()).queue, 'front');
	});

	it('to an agent rings there alone, and what is not taken waits in the queue', async () => {
		await floor.connected();
		const offer = eventsOf(await move(2, { target: 'bob', until })).at(-1);
		assert.deepEqual([offer.a, offer.how, offer.q, offer.leg, offer.from], ['bob', 'transfer', 'back', '2', 'ann']);
		await floor.call('offer_end', { conv: 'c1', agent: 'bob', epoch: offer.epoch, why: 'declined' });
		assert.deepEqual([(await floor.conv()).state, (await floor.conv()).queue], ['waiting', 'back']);
		assert.deepEqual(await floor.accept(offer.epoch, 'c1', 'bob'), ['conflict']);
	});
});

describe('after-call work of a leg that ended as who was asked about it accepted', () => {
	const HAD = { had: 'ann', had_q: 'front' };
	const ENDS = {
		'was closed': () => release({ ...ACW, ...HAD }),
		'was transferred': () => move(2, { ...ACW, ...HAD }),
		'was transferred, and bob is through with it': async () => {
			await release({ leg: 2 });
			return move(2, { ...ACW, ...HAD });
		},
	};
	for (const [what, end] of Object.entries(ENDS)) {
		it(`begins all the same, though it ${what}`, async () => {
			await floor.connected();
			const { epoch } = eventsOf(await consult({ target: 'bob' })).at(-1);
			await floor.accept(epoch, 'c1~c', 'bob');
			const had = await floor.conv();
			const told = eventsOf(await end());
			assert.deepEqual(
				told.map(({ e, a, c, q, leg, part, acw_until, acw_holds, aw, al }) => [e, a, c, q, leg, part, acw_until, acw_holds, aw, al]),
				[['acw_began', 'ann', 'c1', 'front', '1', '3', String(NOW + 60000), '1', '1', '1']],
			);
			if (!what.includes('through')) assert.deepEqual(await floor.conv(), had);
			await floor.holdsTogether();
			floor.now = NOW + 60000;
			assert.deepEqual(await floor.call('floor_due', { reclaim: '' }), ['ok', ['acw', 'c1', 'ann', '3', '1']]);
			assert.equal(eventsOf(await floor.step('acw_end', { agent: 'ann' }))[0].aw, '0');
		});
	}

	it('is nobody’s where the leg has none', async () => {
		await floor.connected();
		const { epoch } = eventsOf(await consult({ target: 'bob' })).at(-1);
		await floor.accept(epoch, 'c1~c', 'bob');
		assert.deepEqual(await release({ had: 'ann' }), ['done']);
		assert.deepEqual(await move(2, { had: 'ann' }), ['done']);
	});
});

describe('auto-answer', () => {
	it('accepts an offer as it is made, and says so', async () => {
		await floor.enqueue();
		const reply = await floor.call('offer_make', { conv: 'c1', agent: 'ann', until, how: 'standard', auto: '1' });
		assert.deepEqual(eventsOf(reply).map(({ e, auto, ar, al }) => [e, auto, ar, al]), [
			['offer', '1', 'idle', '1'], ['accepted', undefined, 'interacting', '1'],
		]);
		assert.deepEqual(await floor.accept(eventsOf(reply)[0].epoch), ['again']);
		await floor.holdsTogether();
	});

	it('takes a consultation over at once', async () => {
		await floor.connected();
		const told = eventsOf(await consult({ target: 'bob', auto: '1' }));
		assert.deepEqual(told.map(({ e, c, a }) => [e, c, a]), [
			['waiting', 'c1~c', ''], ['offer', 'c1~c', 'bob'], ['accepted', 'c1', 'bob'], ['agent', undefined, 'ann'],
		]);
		await floor.holdsTogether();
	});
});

describe('assignment by hand', () => {
	it('looks at neither skills, ring nor membership, and says who did it', async () => {
		await floor.call('member_put', { q: 'front', a: 'ann', ring: 1, by: 'ada' });
		await floor.enqueue('c1', { skills: 'french' });
		const [told] = eventsOf(await manual('bob'));
		assert.deepEqual([told.a, told.how, told.by, told.skills], ['bob', 'manual', 'sue', 'french']);
	});

	it('is refused for who is off queue, gone or not responding', async () => {
		await floor.enqueue();
		await floor.call('agent_status', { agent: 'bob', on: 0, cap: 3 });
		assert.deepEqual(await manual('bob'), ['no', 'agent']);
		await floor.call('agent_down', { agent: 'ann', conn: 'r1:ann' });
		assert.deepEqual(await manual('ann'), ['no', 'agent']);
		assert.deepEqual(await manual('nobody'), ['no', 'agent']);
		assert.deepEqual(await manual('bob', 'nowhere'), ['no', 'conversation']);
	});
});

describe('a consultation', () => {
	it('is not offered to who asks', async () => {
		await floor.connected();
		await consult();
		const offer = (agent) => floor.call('offer_make', { conv: 'c1~c', agent, until, how: 'standard' });
		assert.deepEqual(await offer('ann'), ['no', 'membership']);
		assert.deepEqual(await manual('ann', 'c1~c'), ['no', 'conversation']);
		assert.equal((await offer('bob'))[0], 'ok');
	});

	it('counts in the load of who is asked while it rings, and moves the conversation when it is accepted', async () => {
		await floor.connected('c1', 'ann', { prio: 2, skills: 'french' });
		const [waiting, offer] = eventsOf(await consult({ target: 'bob' }));
		assert.deepEqual([waiting.c, waiting.kind, waiting.from, waiting.prio, waiting.skills], ['c1~c', 'consult', 'ann', '2', 'french']);
		assert.deepEqual([offer.a, offer.al, offer.how], ['bob', '1', 'consult']);
		const [told, handed] = eventsOf(await floor.accept(offer.epoch, 'c1~c', 'bob'));
		assert.deepEqual([told.e, told.c, told.a, told.from, told.leg, told.q, told.how, told.consult], ['accepted', 'c1', 'bob', 'ann', '2', 'back', 'consult', 'c1~c']);
		assert.deepEqual([handed.a, handed.al, handed.why, handed.ar], ['ann', '0', 'handed_over', 'idle']);
		assert.deepEqual(await floor.accept(offer.epoch, 'c1~c', 'bob'), ['again']);
		assert.deepEqual(await floor.accept(offer.epoch, 'c1', 'bob'), ['again']);
	});

	it('of a queue that is declined waits on there, and the conversation stays where it is', async () => {
		await floor.connected();
		await consult();
		const epoch = await floor.offered('c1~c', 'bob');
		await floor.call('offer_end', { conv: 'c1~c', agent: 'bob', epoch, why: 'declined' });
		assert.equal((await floor.conv('c1~c')).state, 'waiting');
		assert.equal((await floor.conv()).agent, 'ann');
		await floor.holdsTogether();
	});

	it('of one agent alone is over when they do not take it, however that is', async () => {
		await floor.connected();
		const ring = async () => eventsOf(await consult({ target: 'bob' })).at(-1).epoch;
		const over = async (reply, whys) => {
			const told = eventsOf(await reply).filter(({ c }) => c === 'c1~c');
			assert.deepEqual(told.map(({ e, why, alone }) => [e, why, alone]), whys.map(([e, why]) => [e, why, 'bob']));
			assert.deepEqual(await floor.conv('c1~c'), {});
			assert.equal((await floor.conv()).agent, 'ann');
			await floor.holdsTogether();
			await floor.onQueue('bob');
		};
		for (const why of ['declined', 'timeout']) {
			const epoch = await ring();
			await over(floor.call('offer_end', { conv: 'c1~c', agent: '', epoch, why }), [['unoffered', why], ['released', why]]);
		}
		const gone = [['unoffered', 'rescinded'], ['released', 'rescinded']];
		await ring();
		await over(floor.call('agent_down', { agent: 'bob', conn: 'r1:bob' }), gone);
		await ring();
		await over(floor.call('agent_status', { agent: 'bob', on: 0, cap: 3 }), gone);
		await ring();
		await over(consultEnd(), [['unoffered', 'rescinded'], ['released', 'cancelled']]);
	});

	it('is asked once by its ref', async () => {
		await floor.connected();
		assert.equal((await consult({ ref: 'r1' }))[0], 'ok');
		assert.deepEqual(await consult({ ref: 'r1' }), ['again']);
		await consultEnd();
		assert.deepEqual(await consult({ ref: 'r1' }), ['again']);
		assert.deepEqual(await floor.conv('c1~c'), {});
		assert.equal((await consult({ ref: 'r2' }))[0], 'ok');
	});

	it('that a supervisor gives to another alone is over with that one’s no', async () => {
		await floor.onQueue('cy');
		await floor.connected();
		await consult({ target: 'bob' });
		const [, told] = eventsOf(await manual('cy', 'c1~c'));
		assert.deepEqual([told.a, told.alone], ['cy', 'cy']);
		await floor.call('offer_end', { conv: 'c1~c', agent: 'cy', epoch: told.epoch, why: 'declined' });
		assert.deepEqual(await floor.conv('c1~c'), {});
	});

	it('of which the asker is lost goes on, and may be accepted', async () => {
		await floor.connected();
		const offer = eventsOf(await consult({ target: 'bob' })).at(-1);
		await floor.call('agent_down', { agent: 'ann', conn: 'r1:ann' });
		assert.equal((await floor.accept(offer.epoch, 'c1~c', 'bob'))[0], 'ok');
		await floor.holdsTogether();
	});
});

describe('after-call work', () => {
	const taken = () => floor.read('agents').then((rows) => rows.find(([name]) => name === 'ann').slice(1, 4));

	it('that holds the slot counts as load until it is done', async () => {
		await floor.onQueue('ann', 1);
		await floor.connected();
		const [told] = eventsOf(await release(ACW));
		assert.deepEqual([told.acw, told.acw_until, told.acw_holds, told.al, told.aw], ['pending', String(NOW + 60000), '1', '1', '1']);
		assert.deepEqual(await taken(), ['interacting', 1, 1]);
		await floor.enqueue('c2');
		const offer = () => floor.call('offer_make', { conv: 'c2', agent: 'ann', until, how: 'standard' });
		assert.deepEqual(await offer(), ['no', 'agent']);
		const [ended] = eventsOf(await floor.step('acw_end', { agent: 'ann' }));
		assert.deepEqual([ended.al, ended.aw, ended.ar], ['0', '0', 'idle']);
		assert.equal((await offer())[0], 'ok');
	});

	it('that does not hold it leaves the agent free', async () => {
		await floor.onQueue('ann', 1);
		await floor.connected();
		await release({ ...ACW, acw_holds: '0' });
		assert.deepEqual(await taken(), ['idle', 0, 1]);
	});

	it('of each leg is its own, also of the same conversation', async () => {
		await floor.connected();
		await release(ACW);
		await floor.connected('c1', 'ann', { leg: 2 });
		await release({ ...ACW, leg: 2 });
		const rows = (await floor.call('floor_due', { now: NOW + 60000, reclaim: '' })).slice(1);
		assert.deepEqual(rows, [['acw', 'c1', 'ann', '3', '1'], ['acw', 'c1', 'ann', '3', '2']]);
		await floor.step('acw_end', { agent: 'ann', leg: 1 });
		await floor.holdsTogether();
		assert.deepEqual(Object.keys(await functions.redis.hash(`${TAG}:agent:ann:acw`)), ['c1 2']);
	});

	it('without a time has no deadline', async () => {
		await floor.connected();
		await release({ ...ACW, acw_until: 0 });
		assert.deepEqual(await floor.call('floor_due', { now: NOW + 9e9, reclaim: '' }), ['ok']);
		await floor.holdsTogether();
	});
});

describe('a deadline', () => {
	const due = (ms, reclaim = '') => floor.call('floor_due', { now: NOW + ms, reclaim }).then((reply) => reply.slice(1));

	it('is told when it has passed, and again after five seconds until something comes of it', async () => {
		await floor.connected();
		await park('ann', { until: NOW + 1000 });
		assert.deepEqual(await due(999), []);
		assert.deepEqual(await due(1000), [['parked', 'c1', 'ann', '3', '1']]);
		assert.deepEqual(await due(5999), []);
		assert.deepEqual(await due(6000), [['parked', 'c1', 'ann', '3', '1']]);
		await assign('ann');
		assert.deepEqual(await due(99999), []);
		await floor.holdsTogether();
	});

	it('of who does not come back names what they have, connected or parked, until they are back', async () => {
		await floor.connected('c1');
		await floor.connected('c2');
		await floor.step('conv_park', { conv: 'c2', agent: 'ann', until: 0 });
		await floor.connected('c3', 'bob');
		await floor.call('agent_down', { agent: 'ann', conn: 'r1:ann' });
		assert.deepEqual(await due(59999, 60000), []);
		assert.deepEqual(await due(99999, ''), []);
		assert.deepEqual(await due(60000, 60000), [['reclaim', 'c1', 'ann', '3', '1'], ['reclaim', 'c2', 'ann', '3', '1']]);
		assert.deepEqual(await due(60001, 60000), []);
		await move(2, { why: 'reclaimed', at: NOW - 5000 });
		assert.deepEqual(await due(90000, 60000), [['reclaim', 'c2', 'ann', '3', '1']]);
		await floor.call('agent_up', { agent: 'ann', conn: 'r1:ann', cap: 3 });
		assert.deepEqual(await due(999999, 60000), []);
	});

	it('of who had nothing is forgotten', async () => {
		await floor.call('agent_down', { agent: 'ann', conn: 'r1:ann' });
		await due(60000, 60000);
		assert.deepEqual(await floor.scored('lost'), {});
	});
});

describe('preferred agents', () => {
	const offer = (agent, named) => floor.call('offer_make', { conv: 'c1', agent, until, how: 'preferred', ...named });

	it('need neither skill nor membership, while they are preferred', async () => {
		await floor.call('member_put', { q: 'front', a: 'ann', ring: 1, by: 'ada' });
		await floor.enqueue('c1', { skills: 'french', pref: 'bob:70,cy:10', pref_until: NOW + 1000 });
		assert.deepEqual(await offer('ann'), ['no', 'membership']);
		assert.deepEqual(await offer('bob', { now: NOW + 1000 }), ['no', 'membership']);
		const [told] = eventsOf(await offer('bob'));
		assert.deepEqual([told.a, told.how], ['bob', 'preferred']);
		const [back] = eventsOf(await floor.call('offer_end', { conv: 'c1', agent: '', epoch: told.epoch, why: 'timeout' }));
		assert.deepEqual([back.pref, back.pref_until], ['bob:70,cy:10', String(NOW + 1000)]);
	});
});

// Whatever is called in whatever order, by several at once who know only some of it: it holds together, and what
// is refused changes nothing.
describe('thousands of random calls', () => {
	const CALLS = Number(process.env.BINDERY_PLACES_CALLS ?? 4000);
	const AGENTS = ['ann', 'bob', 'cy'];
	let lot;
	const legs = {};
	// Legs only go up.
	const next = (conv) => (legs[conv] = (legs[conv] ?? 0) + 20);
	const random = (n) => lot.between(0, n);
	const pick = (list) => list[random(list.length)];

	const known = async (conv) => {
		const c = await floor.conv(conv);
		const beside = random(3) === 0 ? '~c' : '';
		const { epoch = '0', agent = '' } = beside ? await floor.conv(`${conv}~c`) : c;
		return {
			leg: Number(c.leg ?? next(conv)) + (random(6) ? 0 : random(3) - 1),
			agent: c.agent && random(4) ? c.agent : pick(AGENTS),
			offer: { conv: `${conv}${beside}`, epoch: random(8) ? epoch : '1', agent: random(8) && agent ? agent : pick(AGENTS) },
		};
	};
	const acw = () => (random(2) ? { acw: 'pending', acw_until: random(2) ? 0 : floor.now + random(9000), acw_holds: `${random(2)}` } : {});
	const CALLED = {
		conv_enqueue: ({ conv }) => floor.enqueue(conv, { leg: next(conv), ...(random(4) ? {} : { target: pick(AGENTS), until: floor.now + 9000 }) }),
		conv_release: ({ conv, leg }) => floor.step('conv_release', { conv, leg, ...acw() }),
		conv_move: ({ conv, leg }) =>
			floor.step('conv_move', {
				conv, leg: leg + random(2), queue: pick(['front', 'back']), last: '', why: 'transfer',
				...(random(2) ? { target: pick(AGENTS), until: floor.now + 9000, auto: `${random(2)}` } : {}), ...acw(),
			}),
		conv_assign: ({ conv, leg, agent }) =>
			floor.step('conv_assign', { conv, leg, agent, queue: 'front', at: floor.now, ours: '1', customer: '2', how: 'resume' }),
		conv_park: ({ conv, leg, agent }) => floor.step('conv_park', { conv, leg, agent, until: random(2) ? 0 : floor.now + random(9000) }),
		async acw_end({ conv, leg, agent }) {
			const entries = Object.keys(await functions.redis.hash(`${TAG}:agent:${agent}:acw`));
			const [of, which] = entries.length && random(8) ? pick(entries).split(' ') : [conv, leg];
			return floor.step('acw_end', { conv: of, leg: which, agent });
		},
		conv_manual: ({ conv }) => floor.call('conv_manual', { conv, agent: pick(AGENTS), until: floor.now + 9000, by: 'sue' }),
		consult_begin: ({ conv, agent }) =>
			floor.call('consult_begin', { conv, agent, queue: 'back', target: random(2) ? '' : pick(AGENTS), until: floor.now + 9000 }),
		consult_end: ({ conv, agent }) => floor.call('consult_end', { conv, agent, why: 'cancelled' }),
		offer_make: ({ offer }) =>
			floor.call('offer_make', { conv: offer.conv, agent: pick(AGENTS), until: floor.now + 9000, how: 'standard' }),
		offer_accept: ({ offer }) => floor.call('offer_accept', offer),
		offer_end: ({ offer }) => floor.call('offer_end', { ...offer, why: pick(['declined', 'timeout', 'rescinded']) }),
		agent_status: ({ agent }) => floor.call('agent_status', { agent, on: random(6) ? 1 : 0, cap: random(7) }),
		agent_up: ({ agent }) => floor.call('agent_up', { agent, conn: `r1:${agent}`, cap: random(7) }),
		agent_down: ({ agent }) => (random(3) ? floor.call('agent_up', { agent, conn: `r1:${agent}`, cap: 4 }) : floor.call('agent_down', { agent, conn: `r1:${agent}` })),
		floor_due: () => floor.call('floor_due', { reclaim: 1000 }),
	};

	// What needs others to have been done.
	const OFTEN = ['offer_make', 'offer_make', 'offer_accept', 'offer_accept', 'consult_begin', 'consult_begin', 'consult_end', 'acw_end', 'offer_end', 'offer_end'];

	it(`${CALLS} of them`, async (t) => {
		lot = new Random(t);
		const road = [];
		const done = new Map();
		for (let i = 0; i < CALLS; i++) {
			floor.now += random(500);
			const name = pick([...Object.keys(CALLED), ...OFTEN]);
			const conv = pick(['c1', 'c2', 'c3', 'c4', 'c5']);
			const told = (await functions.events(TAG)).length;
			const reply = await CALLED[name]({ conv, ...(await known(conv)) });
			road.push(`${name} ${conv} ${reply[0]}`);
			const where = `call ${i}:\n${road.slice(-12).join('\n')}`;
			if (reply[0] !== 'ok') assert.equal((await functions.events(TAG)).length, told, where);
			else done.set(name, (done.get(name) ?? 0) + 1);
			await floor.holdsTogether().catch((error) => {
				throw new Error(`${error.message} after ${where}`);
			});
			if (i % 100 === 99) await functions.redis.call('XTRIM', `${TAG}:events`, 'MAXLEN', 0);
		}
		for (const name of Object.keys(CALLED)) assert.ok(done.get(name) > 2, `${name} was done ${done.get(name)} times`);
	});
});
