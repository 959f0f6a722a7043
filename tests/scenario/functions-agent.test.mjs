// What agents are on the floor: every event in every state, and presence (agent.lua, with offer.lua and place.lua).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventsOf, Floor, TAG } from './lib/floor.mjs';
import { Functions } from './lib/functions.mjs';

const NOW = 1_700_000_000_000;
const ACW = { acw: 'pending', acw_until: NOW + 60000, acw_holds: '1' };

const functions = Functions.forTests();
const floor = Floor.staffedForTests(functions, NOW);

const until = NOW + 30000;
// An agent's routing status by what happens to them, with c1 waiting and one conversation that they may have.
describe('every event in every state of an agent', () => {
	const gone = (named) => floor.call('agent_down', { agent: 'ann', conn: 'r1:ann', ...named });
	const on = (value) => floor.call('agent_status', { agent: 'ann', on: value, cap: 3 });
	const offer = () => floor.call('offer_make', { conv: 'c1', agent: 'ann', until, how: 'standard' });
	const ring = () => floor.offered('c1', 'ann');
	// state → how to come to it; each returns the epoch of what rings, if something does.
	const AGENT_STATES = {
		'off queue': async () => void (await on(0)),
		idle: async () => {},
		alerting: () => ring(),
		interacting: async () => void (await floor.connected('c0')),
		'not responding': async () => void (await floor.call('offer_end', { conv: 'c1', agent: 'ann', epoch: await ring(), why: 'timeout' })),
		away: async () => void (await gone()),
		'gone for long': async () => {
			await gone();
			await floor.call('agent_gone', { before: NOW });
		},
		'in after-call work that holds the slot': async () => {
			await floor.connected('c0');
			await floor.step('conv_release', { conv: 'c0', ...ACW });
		},
	};
	const AGENT_EVENTS = {
		'on queue': () => on(1),
		'off queue': () => on(0),
		'a connection': () => floor.call('agent_up', { agent: 'ann', conn: 'r1:ann', cap: 3 }),
		'the last connection lost': () => gone(),
		'a minute without': () => floor.call('agent_gone', { before: NOW }),
		'an offer': offer,
		accept: (epoch) => floor.accept(epoch ?? '1'),
		decline: (epoch) => floor.call('offer_end', { conv: 'c1', agent: 'ann', epoch: epoch ?? '1', why: 'declined' }),
		timeout: (epoch) => floor.call('offer_end', { conv: 'c1', agent: '', epoch: epoch ?? '1', why: 'timeout' }),
		'the last conversation closed': () => floor.step('conv_release', { conv: 'c0' }),
		'after-call work done': () => floor.step('acw_end', { conv: 'c0', agent: 'ann' }),
		presence: () => floor.call('agent_presence', { agent: 'ann', presence: 'Meal' }),
	};
	const STATUS = {
		'off queue': 'off_queue', idle: 'idle', alerting: 'idle', interacting: 'interacting',
		'not responding': 'not_responding', away: 'idle', 'gone for long': 'off_queue',
		'in after-call work that holds the slot': 'interacting',
	};
	// event → state → [routing status after it, whether something rings]; what is not listed leaves both as they are.
	const rest = { 'off queue': ['off_queue', false], idle: ['off_queue', false], alerting: ['off_queue', false], interacting: ['off_queue', false], 'not responding': ['off_queue', false], away: ['off_queue', false], 'in after-call work that holds the slot': ['off_queue', false] };
	const AGENT_MOVES = {
		'on queue': { 'off queue': ['idle', false], 'not responding': ['idle', false], 'gone for long': ['idle', false] },
		'off queue': rest,
		'the last connection lost': { alerting: ['idle', false] },
		'a minute without': { away: ['off_queue', false] },
		'an offer': { idle: ['idle', true], interacting: ['interacting', true], 'in after-call work that holds the slot': ['interacting', true] },
		accept: { alerting: ['interacting', false] },
		decline: { alerting: ['not_responding', false] },
		timeout: { alerting: ['not_responding', false] },
		'the last conversation closed': { interacting: ['idle', false] },
		'after-call work done': { 'in after-call work that holds the slot': ['idle', false] },
	};
	for (const [state, reach] of Object.entries(AGENT_STATES)) {
		for (const [name, happen] of Object.entries(AGENT_EVENTS)) {
			const [status, rings] = AGENT_MOVES[name]?.[state] ?? [STATUS[state], state === 'alerting'];
			it(`${name} when ${state}: ${status}${rings ? ', rings' : ''}`, async () => {
				await floor.enqueue();
				const epoch = await reach();
				const before = (await floor.members('agent:ann:load')).length;
				await happen(epoch);
				const facts = (await floor.read('agents')).find(([agent]) => agent === 'ann');
				assert.equal(facts[1], status);
				assert.deepEqual(await floor.members('agent:ann:alert'), rings ? ['c1'] : []);
				if (name === 'presence') assert.equal((await floor.members('agent:ann:load')).length, before);
				const told = (await functions.events(TAG)).filter(({ a }) => a === 'ann').at(-1);
				if (told) assert.equal(told.ar, status, 'the newest event says what the agent is');
				await floor.holdsTogether();
			});
		}
	}
});

describe('presence', () => {
	const say = (presence, now = NOW) => floor.call('agent_presence', { agent: 'ann', presence, now });

	it('is told with what it was before, and brings no work', async () => {
		await floor.call('agent_status', { agent: 'ann', on: 0, cap: 3 });
		const [told] = eventsOf(await say('Available'));
		assert.deepEqual([told.e, told.why, told.presence, told.before, told.ar], ['agent', 'presence', 'Available', '', 'off_queue']);
		assert.deepEqual(await say('Available'), ['again']);
		const [meal] = eventsOf(await say('Meal', NOW + 5));
		assert.equal(meal.before, 'Available');
		const agents = await floor.read('agents');
		assert.deepEqual(agents.find(([name]) => name === 'ann').slice(7, 9), ['Meal', String(NOW + 5)]);
	});

	it('routing status says since when it is so', async () => {
		await floor.call('agent_status', { agent: 'ann', on: 0, cap: 3, now: NOW + 7 });
		const [told] = eventsOf(await floor.call('agent_up', { agent: 'ann', conn: 'r1:2', cap: 3, now: NOW + 9 }));
		assert.deepEqual([told.ar, told.ars], ['off_queue', String(NOW + 7)]);
	});
});

describe('the floor', () => {
	it('is of whoever has its lease, and of nobody whose fence is empty', async () => {
		const events = async () => (await floor.redis.stream(`${TAG}:events`)).length;
		const before = await events();
		const asks = [['agent_up', { conn: 'r2:9', cap: 3 }], ['agent_status', { on: 0, cap: 3 }], ['agent_down', { conn: 'r1:ann' }]];
		const refused = async (fence) => {
			for (const [name, named] of asks) assert.deepEqual(await floor.call(name, { agent: 'ann', fence, ...named }), ['fenced']);
		};
		await refused('');
		const [, fence] = await functions.call('lease', TAG, { owner: 'r1', ttl: 60000 });
		await refused('');
		await refused('r2:1');
		assert.equal(await events(), before);
		assert.equal((await floor.call('agent_up', { agent: 'ann', conn: 'r1:9', cap: 3, fence }))[0], 'ok');
	});
});

describe('agent_sweep', () => {
	const told = (answer) => eventsOf(answer).map(({ a, why }) => `${a} ${why}`).sort();
	const sweep = async () => told(await floor.call('agent_sweep', { router: 'another' }));

	it('retires who is no user any more, once, and nobody where no user is known', async () => {
		assert.deepEqual(await sweep(), []);
		await floor.call('entity_put', { kind: 'user', id: 'ann', by: 'root', version: '', unique: '', 'f:name': 'Ann' });
		assert.deepEqual(await sweep(), ['bob off_queue', 'full off_queue']);
		assert.deepEqual(await sweep(), []);
		await floor.call('agent_down', { agent: 'bob', conn: 'r1:bob' });
		assert.deepEqual(told(await floor.call('agent_gone', { before: 0 })), ['bob deleted']);
		assert.deepEqual((await functions.redis.call('SMEMBERS', `${TAG}:agents`)).sort(), ['ann', 'full']);
	});
});
