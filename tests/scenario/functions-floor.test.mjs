// The Redis Functions of the floor and of the agents' screens: offer.lua, agent.lua, screen.lua.

import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';

import { eventsOf, Floor, placeOf, TAG } from './lib/floor.mjs';
import { fieldsOf, Functions } from './lib/functions.mjs';

const NOW = 1_700_000_000_000;
const SOURCE = '{c3}:events';

const functions = Functions.forTests();
const { redis } = functions;
let floor;
let steps;

before(() => {
	floor = new Floor(functions, NOW);
});
beforeEach(async () => {
	steps = 0;
});

// What every event says of the conversation that enqueue() makes, and of ann.
const WHO = {
	c: 'c1', q: 'front', leg: '1', part: '3', ours: '+15550100', customer: '+15550199', since: String(NOW - 5000),
	prio: '0', skills: '', entered: String(NOW - 5000), ring: '0', how: '', kind: '', from: '',
};
const ann = (facts) => ({
	at: String(NOW), a: 'ann', ar: 'idle', al: '0', ac: '3', an: '1', as: String(NOW), ars: String(NOW), aw: '0', ...facts,
});
const call = (name, named) => functions.call(name, TAG, { now: NOW, ...named });
const step = () => `${(steps += 1)}-0`;
const enqueue = (conv = 'c1', named = {}) =>
	call('conv_enqueue', {
		source: SOURCE, id: step(), conv, part: 3, leg: 1, queue: 'front', at: NOW - 5000,
		ours: '+15550100', customer: '+15550199', last: '', ...named,
	});
const release = (conv = 'c1', named = {}) =>
	call('conv_release', { source: SOURCE, id: step(), conv, leg: 1, ...named });
const status = (agent, on, cap = 3) => call('agent_status', { agent, on, cap });
const up = (agent, conn = 'r1:1', cap = 3) => call('agent_up', { agent, conn, cap });
const down = (agent, conn = 'r1:1', named = {}) => call('agent_down', { agent, conn, ...named });
async function onQueue(agent = 'ann', cap = 3) {
	await status(agent, 1, cap);
	await up(agent, 'r1:1', cap);
}
const make = (conv = 'c1', agent = 'ann', named = {}) =>
	call('offer_make', { conv, agent, until: NOW + 30000, how: 'standard', ...named });
async function offered(conv = 'c1', agent = 'ann') {
	const [verdict, event] = await make(conv, agent);
	assert.equal(verdict, 'ok');
	return fieldsOf(event.slice(1)).epoch;
}
const accept = (epoch, { conv = 'c1', agent = 'ann' } = {}) =>
	call('offer_accept', { conv, agent, epoch });
const end = (epoch, why, { conv = 'c1', agent = 'ann' } = {}) =>
	call('offer_end', { conv, agent, epoch, why });
const conv = (id = 'c1') => placeOf(redis, id);
const members = async (key) => (await redis.call('SMEMBERS', `${TAG}:${key}`)).sort();
const scored = async (key) => fieldsOf(await redis.call('ZRANGE', `${TAG}:${key}`, 0, -1, 'WITHSCORES'));
const routing = async (agent = 'ann') =>
	(await floor.read('agents')).find(([name]) => name === agent)?.slice(1, 5);

describe('conv_enqueue', () => {
	it('gives a conversation its place by the time it has waited since', async () => {
		const [told] = eventsOf(await enqueue('c1', { last: 'ann' }));
		assert.deepEqual(told, {
			...WHO, id: told.id, at: String(NOW), a: '', e: 'waiting', last: 'ann', pref: '', pref_until: '', target: '',
			promised: '',
		});
		assert.deepEqual(await scored('waiting'), { c1: String(NOW - 5000) });
		assert.deepEqual(await conv(), {
			part: '3', leg: '1', queue: 'front', at: String(NOW - 5000), ours: '+15550100',
			customer: '+15550199', last: 'ann', state: 'waiting', epoch: '0', prio: '0', entered: String(NOW - 5000),
		});
	});

	it('is done once for an event, and once for a conversation', async () => {
		await enqueue('c1', { id: '5-1' });
		assert.deepEqual(await enqueue('c1', { id: '5-1' }), ['done']);
		assert.deepEqual(await enqueue('c2', { id: '5-1' }), ['done']);
		assert.deepEqual(await enqueue('c2', { id: '5-0' }), ['done']);
		assert.deepEqual(await enqueue('c1', { id: '5-2' }), ['done']);
		assert.deepEqual(await scored('waiting'), { c1: String(NOW - 5000) });
		assert.equal((await enqueue('c2', { id: '10-0' }))[0], 'ok');
	});

	it('knows the steps of each partition apart', async () => {
		await enqueue('c1', { id: '5-1' });
		assert.equal((await enqueue('c2', { id: '5-1', source: '{c4}:events' }))[0], 'ok');
	});
});

describe('offer_make', () => {
	it('rings at an agent who is on queue, connected and has room', async () => {
		await onQueue();
		await enqueue('c1', { last: 'ann' });
		const [told] = eventsOf(await make('c1', 'ann', { how: 'last' }));
		assert.deepEqual(told, {
			...WHO, ...ann({ al: '1' }), id: told.id, e: 'offer', epoch: '1', until: String(NOW + 30000), last: '1', how: 'last',
			auto: '', by: '', seen: '', alone: '',
		});
		assert.deepEqual(await scored('waiting'), {});
		assert.deepEqual(await scored('alerting'), { c1: String(NOW + 30000) });
		assert.deepEqual(await members('agent:ann:load'), ['c1']);
		assert.deepEqual(await members('agent:ann:alert'), ['c1']);
		const facts = await conv();
		assert.deepEqual([facts.state, facts.agent, facts.epoch, facts.tried], ['alerting', 'ann', '1', '1']);
	});

	it('an agent who is offered work is behind those who waited longer', async () => {
		await onQueue();
		await enqueue();
		await make('c1', 'ann', { now: NOW + 7 });
		const [ann] = await floor.read('agents');
		assert.equal(ann[5], String(NOW + 7));
	});

	it('keeps in mind that the last agent had their turn', async () => {
		await onQueue();
		await enqueue('c1', { last: 'ann' });
		const [told] = eventsOf(await make('c1', 'ann', { how: 'last' }));
		await end(told.epoch, 'rescinded');
		assert.deepEqual(await make('c1', 'ann', { how: 'last' }), ['no', 'membership']);
		await make('c1', 'ann');
		assert.equal((await conv()).tried, '1');
	});

	it('does not overtake what was offered in front of it and refused', async () => {
		await onQueue('ann', 1);
		await enqueue('c1', { at: 1 });
		await enqueue('c2', { at: 2 });
		assert.deepEqual(await make('c2', 'ann', { behind: 'c1' }), ['no', 'behind']);
		assert.deepEqual(await scored('waiting'), { c1: '1', c2: '2' });
		await make('c1', 'ann');
		assert.deepEqual(await make('c2', 'ann', { behind: 'c1' }), ['no', 'agent']);
		await onQueue('bob', 1);
		assert.equal((await make('c2', 'bob', { behind: 'c1', seen: '5-1' }))[0], 'ok');
	});

	it('never gives an epoch twice', async () => {
		await onQueue();
		await enqueue();
		const epochs = [];
		for (let i = 0; i < 3; i++) {
			epochs.push(await offered());
			await end(epochs.at(-1), 'rescinded');
		}
		assert.deepEqual(epochs, ['1', '2', '3']);
	});

	const unfit = {
		'is off queue': async () => {
			await onQueue();
			await status('ann', 0);
		},
		'was never on queue': () => up('ann'),
		'is not known': async () => {},
		'is not connected': () => status('ann', 1),
		'has lost the connection': async () => {
			await onQueue();
			await down('ann');
		},
		'has no capacity': () => onQueue('ann', 0),
		'is full': async () => {
			await onQueue('ann', 1);
			await enqueue('full');
			await accept(await offered('full'), { conv: 'full' });
		},
		'is full of what rings': async () => {
			await onQueue('ann', 1);
			await enqueue('full');
			await offered('full');
		},
		'is not responding': async () => {
			await onQueue();
			await enqueue('missed');
			await end(await offered('missed'), 'timeout', { conv: 'missed' });
		},
	};
	for (const [name, given] of Object.entries(unfit)) {
		it(`is refused where the agent ${name}`, async () => {
			await given();
			await enqueue();
			const before = (await functions.events(TAG)).length;
			assert.deepEqual(await make(), ['no', 'agent']);
			assert.equal((await conv()).state, 'waiting');
			assert.equal((await functions.events(TAG)).length, before);
		});
	}

	it('is refused where the conversation does not wait', async () => {
		await onQueue();
		await onQueue('bob');
		assert.deepEqual(await make('nowhere'), ['no', 'conversation']);
		await enqueue();
		const epoch = await offered();
		assert.deepEqual(await make('c1', 'bob'), ['no', 'conversation']);
		await accept(epoch);
		assert.deepEqual(await make('c1', 'bob'), ['no', 'conversation']);
		await release();
		assert.deepEqual(await make('c1', 'bob'), ['no', 'conversation']);
		assert.deepEqual(await members('agent:bob:load'), []);
	});
});

describe('every event in every state', () => {
	const states = {
		absent: async () => '1',
		waiting: async () => (await enqueue(), '0'),
		'waiting again': async () => {
			await enqueue();
			const epoch = await offered();
			await end(epoch, 'rescinded');
			return epoch;
		},
		alerting: async () => (await enqueue(), offered()),
		connected: async () => {
			await enqueue();
			const epoch = await offered();
			await accept(epoch);
			return epoch;
		},
		released: async () => {
			await enqueue();
			const epoch = await offered();
			await accept(epoch);
			await release();
			return epoch;
		},
	};
	const wrong = (epoch) => String(Number(epoch) + 1);
	const events = {
		accept: (epoch) => accept(epoch),
		'accept, wrong epoch': (epoch) => accept(wrong(epoch)),
		'accept, wrong agent': (epoch) => accept(epoch, { agent: 'bob' }),
		decline: (epoch) => end(epoch, 'declined'),
		'decline, wrong epoch': (epoch) => end(wrong(epoch), 'declined'),
		'decline, wrong agent': (epoch) => end(epoch, 'declined', { agent: 'bob' }),
		timeout: (epoch) => end(epoch, 'timeout', { agent: '' }),
		'timeout, wrong epoch': (epoch) => end(wrong(epoch), 'timeout', { agent: '' }),
		rescind: (epoch) => end(epoch, 'rescinded', { agent: '' }),
		release: () => release(),
		'release, wrong leg': () => release('c1', { leg: 2 }),
		enqueue: () => enqueue(),
	};
	// event → [what is said, the state after it] by state; what is not listed is refused and changes nothing
	const moves = {
		accept: { alerting: ['ok', 'connected'], connected: ['again', 'connected'] },
		decline: { alerting: ['ok', 'waiting'] },
		timeout: { alerting: ['ok', 'waiting'] },
		rescind: { alerting: ['ok', 'waiting'] },
		release: {
			waiting: ['ok', undefined],
			'waiting again': ['ok', undefined],
			alerting: ['ok', undefined],
			connected: ['ok', undefined],
		},
		enqueue: { absent: ['ok', 'waiting'], released: ['ok', 'waiting'] },
	};
	for (const [stateName, reach] of Object.entries(states)) {
		for (const [eventName, happen] of Object.entries(events)) {
			const fits = moves[eventName]?.[stateName];
			it(`${eventName} on ${stateName}: ${fits?.[0] ?? 'refused'}`, async () => {
				await onQueue();
				await onQueue('bob');
				const epoch = await reach();
				const before = await conv();
				const told = (await functions.events(TAG)).length;
				const reply = await happen(epoch);
				const facts = await conv();
				const refusal = /release|enqueue/.test(eventName) ? 'done' : 'conflict';
				assert.equal(reply[0], fits?.[0] ?? refusal);
				if (!fits) assert.deepEqual(facts, before);
				else assert.equal(facts.state, fits[1]);
				// What rings is taken back before it goes.
				const news = reply[0] !== 'ok' ? 0 : eventName === 'release' && stateName === 'alerting' ? 2 : 1;
				assert.equal((await functions.events(TAG)).length, told + news);
				assert.deepEqual((await functions.events(TAG)).slice(told), eventsOf(reply));
				await floor.holdsTogether();
			});
		}
	}
});

describe('the end of an offer', () => {
	it('gives the conversation its place back', async () => {
		await onQueue();
		await enqueue('c1', { at: 1 });
		await enqueue('c2', { at: 2 });
		await end(await offered(), 'rescinded');
		assert.deepEqual(await redis.call('ZRANGE', `${TAG}:waiting`, 0, -1), ['c1', 'c2']);
		assert.deepEqual(await scored('waiting'), { c1: '1', c2: '2' });
	});

	it('is told with its why and what the agent is after it', async () => {
		await onQueue();
		await enqueue();
		const [told] = eventsOf(await end(await offered(), 'declined'));
		assert.deepEqual(told, {
			...WHO, ...ann({ ar: 'not_responding' }), id: told.id, e: 'unoffered', epoch: '1', why: 'declined', how: 'standard',
			last: '', tried: '', pref: '', pref_until: '', alone: '',
		});
	});

	for (const [why, after] of [['declined', 'not_responding'], ['timeout', 'not_responding'], ['rescinded', 'idle']]) {
		it(`${why} leaves the agent ${after}`, async () => {
			await onQueue();
			await enqueue();
			await end(await offered(), why);
			assert.equal((await routing())[0], after);
		});
	}

	for (const [why, left] of [['declined', []], ['timeout', []], ['rescinded', ['c2', 'c3']]]) {
		it(`${why}: what else rings at the agent ${left.length ? 'rings on' : 'goes back'}`, async () => {
			await onQueue('ann', 5);
			for (const id of ['c1', 'c2', 'c3', 'c4']) await enqueue(id);
			const epoch = await offered('c1');
			await offered('c2');
			await offered('c3');
			await accept(await offered('c4'), { conv: 'c4' });
			const told = eventsOf(await end(epoch, why));
			const gone = left.length ? ['c1'] : ['c1', 'c2', 'c3'];
			assert.deepEqual(told.map(({ c }) => c), gone);
			assert.deepEqual(told.map((e) => e.why), [why, ...gone.slice(1).map(() => 'rescinded')]);
			assert.deepEqual(await members('agent:ann:alert'), left);
			assert.deepEqual(await members('agent:ann:load'), [...left, 'c4']);
			await floor.holdsTogether();
		});
	}

	it('an accept behind it loses cleanly, and the other agent’s stands', async () => {
		await onQueue();
		await onQueue('bob');
		await enqueue();
		const late = await offered();
		await end(late, 'timeout', { agent: '' });
		const epoch = await offered('c1', 'bob');
		assert.deepEqual(await accept(late), ['conflict']);
		assert.equal((await accept(epoch, { agent: 'bob' }))[0], 'ok');
		assert.deepEqual(await accept(late), ['conflict']);
		assert.equal((await conv()).agent, 'bob');
	});

	it('the same agent’s former offer is not the one that rings', async () => {
		await onQueue();
		await enqueue();
		const former = await offered();
		await end(former, 'rescinded');
		const epoch = await offered();
		assert.deepEqual(await accept(former), ['conflict']);
		assert.deepEqual(await end(former, 'declined'), ['conflict']);
		assert.equal((await accept(epoch))[0], 'ok');
	});
});

describe('a step whose predecessor was refused', () => {
	const enqueue = (id, prev, conv) =>
		call('conv_enqueue', {
			source: 'chain', id, prev, conv, part: 1, leg: 1, queue: 'q', at: 1, ours: '1', customer: '2',
			last: '',
		});
	it('is a gap, and both are taken when they come again in order', async () => {
		assert.equal((await enqueue('1-0', '', 'a'))[0], 'ok');
		assert.deepEqual(await enqueue('3-0', '2-0', 'c'), ['gap']);
		assert.equal((await enqueue('2-0', '', 'b'))[0], 'ok');
		assert.equal((await enqueue('3-0', '2-0', 'c'))[0], 'ok');
		assert.deepEqual(await enqueue('2-0', '1-0', 'b'), ['done']);
	});
});

describe('conv_release', () => {
	it('is done once for an event', async () => {
		await enqueue('c1', { id: '5-0' });
		assert.deepEqual(await release('c1', { id: '5-0' }), ['done']);
		assert.equal((await release('c1', { id: '5-1' }))[0], 'ok');
		await enqueue('c1', { id: '5-2' });
		assert.deepEqual(await release('c1', { id: '5-1' }), ['done']);
		assert.equal((await conv()).state, 'waiting');
	});

	it('frees the agent’s place, and says so', async () => {
		await onQueue('ann', 1);
		await enqueue('c1');
		await enqueue('c2');
		await accept(await offered('c1'));
		assert.deepEqual(await make('c2'), ['no', 'agent']);
		const [told] = eventsOf(await release('c1'));
		assert.deepEqual([told.e, told.a, told.ar, told.al, told.q], ['released', 'ann', 'idle', '0', 'front']);
		await offered('c2');
	});

	it('offers what the router has chosen in the same step, or says why not', async () => {
		const next = (conv, named = {}) => release(conv, { next: 'c2', agent: 'ann', until: NOW + 30000, how: 'standard', ...named });
		await onQueue('ann', 1);
		for (const id of ['c1', 'c2', 'c3']) await enqueue(id);
		await accept(await offered('c1'));
		for (const [late, answer] of [[{ leg: 2 }, ['done']], [{ id: '1-0' }, ['done']], [{ prev: '99-0', id: '99-1' }, ['gap']]])
			assert.deepEqual(await next('c1', late), [...answer, ['no', 'release']], 'ann still has c1');
		const [, ringing] = eventsOf(await next('c1'));
		assert.deepEqual([ringing.e, ringing.c, ringing.a, ringing.al], ['offer', 'c2', 'ann', '1']);
		await accept(ringing.epoch, { conv: 'c2' });
		const answer = await next('c2', { next: 'c3', behind: 'c3' });
		assert.deepEqual([answer.length, eventsOf(answer)[0].e, answer[2]], [3, 'released', ['no', 'behind']]);
		assert.deepEqual([await members('agent:ann:load'), (await conv('c3')).state], [[], 'waiting']);
	});
});

describe('agents', () => {
	it('off queue, what rings goes back and what they have stays', async () => {
		await onQueue();
		for (const id of ['c1', 'c2', 'c3']) await enqueue(id);
		await accept(await offered('c1'));
		await offered('c2');
		await offered('c3');
		const told = eventsOf(await status('ann', 0));
		assert.deepEqual(told.map(({ e, c, why }) => [e, c, why]), [
			['unoffered', 'c2', 'rescinded'], ['unoffered', 'c3', 'rescinded'], ['agent', undefined, 'off_queue'],
		]);
		assert.deepEqual(told.map(({ ar }) => ar), ['off_queue', 'off_queue', 'off_queue']);
		assert.deepEqual(await routing(), ['off_queue', 1, 3, 1]);
		await floor.holdsTogether();
	});

	it('are interacting with a conversation, idle with none', async () => {
		await onQueue();
		assert.deepEqual(await routing(), ['idle', 0, 3, 1]);
		await enqueue();
		const epoch = await offered();
		assert.deepEqual(await routing(), ['idle', 1, 3, 1]);
		await accept(epoch);
		assert.deepEqual(await routing(), ['interacting', 1, 3, 1]);
		await release();
		assert.deepEqual(await routing(), ['idle', 0, 3, 1]);
	});

	it('not responding are idle again by going on queue, and wait from then on', async () => {
		await onQueue();
		await enqueue();
		await end(await offered(), 'timeout');
		await call('agent_status', { agent: 'ann', on: 1, cap: 3, now: NOW + 9 });
		const [ann] = await floor.read('agents');
		assert.deepEqual([ann[1], ann[5]], ['idle', String(NOW + 9)]);
	});

	it('on queue who say so again keep the time since when they wait', async () => {
		await onQueue();
		await call('agent_status', { agent: 'ann', on: 1, cap: 3, now: NOW + 9 });
		assert.equal((await floor.read('agents'))[0][5], String(NOW));
	});

	it('have the capacity that was said last', async () => {
		await onQueue('ann', 3);
		await up('ann', 'r1:2', 1);
		assert.deepEqual(await routing(), ['idle', 0, 1, 2]);
	});

	it('are away only with the last of their windows', async () => {
		await onQueue();
		await up('ann', 'r1:2');
		await enqueue();
		await offered();
		const [one] = eventsOf(await down('ann', 'r1:1'));
		assert.deepEqual([one.e, one.why, one.an], ['agent', 'window_down', '1']);
		assert.deepEqual(await down('ann', 'r1:1'), ['ok']);
		assert.deepEqual(await members('agent:ann:alert'), ['c1']);
		const told = eventsOf(await down('ann', 'r1:2'));
		assert.deepEqual(told.map(({ e, why }) => [e, why]), [['unoffered', 'rescinded'], ['agent', 'down']]);
		assert.deepEqual(await down('ann', 'r1:2'), ['ok']);
		await floor.holdsTogether();
	});

	it('back within the grace are as before', async () => {
		await onQueue();
		await down('ann');
		await up('ann', 'r1:2');
		assert.deepEqual(await call('agent_gone', { before: NOW + 60000 }), ['ok']);
		assert.deepEqual(await routing(), ['idle', 0, 3, 1]);
	});

	it('away for longer are off queue, once', async () => {
		await onQueue();
		await down('ann');
		assert.deepEqual(await call('agent_gone', { before: NOW - 1 }), ['ok']);
		assert.equal((await routing())[0], 'idle');
		const [told] = eventsOf(await call('agent_gone', { before: NOW }));
		assert.deepEqual([told.a, told.ar, told.why], ['ann', 'off_queue', 'gone']);
		assert.deepEqual(await call('agent_gone', { before: NOW }), ['ok']);
	});

	it('off queue and away are not told as gone', async () => {
		await up('ann');
		await down('ann');
		assert.deepEqual(await call('agent_gone', { before: NOW }), ['ok']);
		assert.deepEqual(await scored('away'), {});
	});

	it('keep their conversations while they are away', async () => {
		await onQueue();
		await enqueue();
		await accept(await offered());
		await down('ann');
		await call('agent_gone', { before: NOW });
		assert.deepEqual(await members('agent:ann:load'), ['c1']);
		assert.equal((await conv()).state, 'connected');
	});

	it('of a router that has started again have lost its connections, not another’s', async () => {
		await onQueue('ann');
		await onQueue('bob');
		await up('bob', 'r2:1');
		await up('cy', 'r10:1');
		await enqueue();
		await offered();
		const told = eventsOf(await call('agent_sweep', { router: 'r1' }));
		assert.deepEqual(told.map(({ e, a, why }) => [e, a, why]).sort(),
			[['agent', 'ann', 'down'], ['agent', 'bob', 'window_down'], ['unoffered', 'ann', 'rescinded']]);
		assert.deepEqual(await members('agent:ann:conns'), []);
		assert.deepEqual(await members('agent:bob:conns'), ['r2:1']);
		assert.deepEqual(await members('agent:cy:conns'), ['r10:1']);
		assert.deepEqual(await call('agent_sweep', { router: 'r1' }), ['ok']);
		await floor.holdsTogether();
	});
});

describe('member_put and skill_put', () => {
	const member = (q, a, ring) => call('member_put', { q, a, ring, by: 'ada' });
	const skill = (a, name, level) => call('skill_put', { a, skill: name, level, by: 'ada' });
	const offer = (agent, named = {}) => make('c1', agent, { q: 'front', ring: 0, need: '', members_only: '', ...named });
	const refused = (why) => ['no', why];

	it('say who did it, what was before, and nothing where nothing changes', async () => {
		const [told] = eventsOf(await member('front', 'ann', 2));
		assert.deepEqual(told, {
			id: told.id, at: String(NOW), a: '', e: 'member', q: 'front', who: 'ann', ring: '2', before: '0', by: 'ada',
		});
		assert.deepEqual(await member('front', 'ann', 2), ['again']);
		const [level] = eventsOf(await skill('ann', 'billing', 4));
		assert.deepEqual(level, {
			id: level.id, at: String(NOW), a: '', e: 'skill', who: 'ann', skill: 'billing', level: '4', before: '0', by: 'ada',
		});
		assert.deepEqual(await skill('ann', 'billing', 4), ['again']);
		assert.equal(eventsOf(await skill('ann', 'billing', 0))[0].before, '4');
		assert.equal(eventsOf(await member('front', 'ann', 0))[0].before, '2');
		assert.deepEqual(await member('front', 'ann', 0), ['again']);
	});

	it('are shown by floor_read', async () => {
		await member('front', 'ann', 2);
		await skill('ann', 'billing', 4);
		assert.deepEqual(await floor.read('queues'), [['front', 'ann', '2']]);
		assert.deepEqual((await floor.read('agents')).map((row) => row.slice(10)), [['billing', '4']]);
	});

	it('a queue without members is served by everybody, unless it is for members only', async () => {
		await onQueue();
		await enqueue();
		assert.deepEqual(await offer('ann', { members_only: '1' }), refused('membership'));
		assert.equal((await offer('ann'))[0], 'ok');
	});

	it('a queue with members is served by them alone, from their ring on', async () => {
		await onQueue('ann');
		await onQueue('bob');
		await member('front', 'bob', 2);
		await enqueue();
		assert.deepEqual(await offer('ann'), refused('membership'));
		assert.deepEqual(await offer('bob'), refused('membership'));
		const [told] = eventsOf(await offer('bob', { ring: 1, how: 'bullseye' }));
		assert.deepEqual([told.a, told.ring, told.how], ['bob', '1', 'bullseye']);
	});

	it('whoever lacks a skill that is needed is refused, but for the last agent', async () => {
		await onQueue();
		await skill('ann', 'french', 1);
		await enqueue('c1', { skills: 'billing,french', prio: 3, last: 'ann' });
		assert.deepEqual(await offer('ann', { need: 'billing,french' }), refused('membership'));
		const [told] = eventsOf(await offer('ann', { need: 'billing,french', how: 'last' }));
		assert.deepEqual([told.skills, told.prio, told.how], ['billing,french', '3', 'last']);
	});

	it('an offer for another queue than it waits in now is refused', async () => {
		await onQueue();
		await enqueue();
		assert.deepEqual(await offer('ann', { q: 'back' }), refused('conversation'));
	});
});
