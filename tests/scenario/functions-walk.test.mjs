// The conversation's state machine on its partition: every event in every state, by the Redis Functions. The
// states flow, waiting and alerting are one here, `queued`; which of them it is, is the floor's
// (functions-places.test.mjs, functions-floor.test.mjs).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fieldsOf, Functions, Partition } from './lib/functions.mjs';

const NEVER = '4000000000000';
const WINDOW = 1000; // ms, as mo() has it

const functions = Functions.forTests();
const p = Partition.forTests(functions);

const asks = (name, named = {}) =>
	p.call(name, { conv: 'conv1', agent: 'ann', ref: `${name}-ref`, ...named });
const mo = (named) => p.mo({ conv: 'conv1', fp: p.name('fp'), ...named });
const park = (named) => asks('park', { until: '0', wake: '1', ref: p.name('ref'), ...named });
const disconnect = (named) =>
	asks('disconnect', { mode: 'mandatory', pending: '1', acw_until: '0', acw_holds: '0', ref: p.name('ref'), ...named });
const close = (named) => asks('close', { wrapup: 'sale', notes: 'n', mode: 'mandatory', ref: p.name('ref'), ...named });

// An order of a supervisor's, as the router gives it: looked at, then committed as it was seen.
const lead = async (name, named = {}) => {
	const order = { conv: 'conv1', by: 'sue', ref: 'order' };
	const [word, leg, , agent] = await p.call('lead_look', { ...order, order: name });
	if (word !== 'ok') return [word];
	return p.call(name, { ...order, leg, agent, mode: 'mandatory', pending: agent ? '1' : '0', acw_until: '0', acw_holds: '0', ...named });
};
// What brings a conversation into each state. Its id is conv1, its first agent ann.
const connected = async () => {
	await mo();
	await p.call('connect', { conv: 'conv1', leg: 1, agent: 'ann', scopes: '' });
};
// A conversation in which nobody has written for its time, which the stream's clock says.
const silent = async (idle) => {
	await mo();
	await p.call('connect', { conv: 'conv1', leg: 1, agent: 'ann', scopes: '', idle });
	p.now = Date.now() + idle + 1000;
};
const then = (...steps) => async () => {
	await connected();
	for (const step of steps) await step();
};
const STATES = {
	none: async () => {},
	queued: () => mo(),
	connected,
	'silent for too long': () => silent(90_000),
	'silent, but not for long': async () => {
		await silent(90_000);
		p.now -= 3_600_000;
	},
	parked: then(() => park()),
	'parked for a time': then(() => park({ until: String(p.now + 500), wake: '0' })),
	'parked, its time over': then(() => park({ until: String(p.now + 1) }), () => { p.now += 2; }),
	'answered and parked': then(() => p.accept({ conv: 'conv1' }), () => park()),
	'in after-call work': then(() => disconnect()),
	closed: then(() => close({ notes: '' })),
	'closed, the window over': then(() => close({ notes: '' }),
		() => { p.now += WINDOW + 1; }),
	'in after-call work, the window over': then(() => disconnect(), () => { p.now += WINDOW + 1; }),
	transferred: then(() => asks('transfer', { queue: 'back', target: '', note: '' })),
};

const EVENTS = {
	'a text': () => mo(),
	'a keyword': () => p.keyword('HELP', { conv: 'conv1', fp: 'word' }),
	'ann accepts': () => p.call('connect', { conv: 'conv1', leg: 1, agent: 'ann', scopes: '' }),
	'bob accepts the second leg': () => p.call('connect', { conv: 'conv1', leg: 2, agent: 'bob', scopes: '' }),
	'ann replies': () => p.accept({ conv: 'conv1' }),
	'bob replies': () => p.accept({ conv: 'conv1', agent: 'bob' }),
	'ann notes': () => asks('note', { text: 'Order 17' }),
	'bob notes': () => asks('note', { text: 'Order 17', agent: 'bob' }),
	'ann transfers': () => asks('transfer', { queue: 'back', target: '', note: '' , ref: 'other' }),
	'bob transfers': () => asks('transfer', { queue: 'back', target: '', note: '', agent: 'bob' }),
	'ann parks': () => park({ until: NEVER }),
	'bob parks': () => park({ until: NEVER, agent: 'bob' }),
	'ann resumes': () => asks('resume'),
	'bob resumes': () => asks('resume', { agent: 'bob' }),
	'the time is over': () => p.call('park_due', { conv: 'conv1', leg: 1 }),
	'the time of another leg is over': () => p.call('park_due', { conv: 'conv1', leg: 2 }),
	'ann does not come back': () => p.call('reclaim', { conv: 'conv1', leg: 1, agent: 'ann' }),
	'bob does not come back': () => p.call('reclaim', { conv: 'conv1', leg: 1, agent: 'bob' }),
	'ann disconnects': () => disconnect(),
	'bob disconnects': () => disconnect({ agent: 'bob' }),
	'ann closes': () => close(),
	'bob closes': () => close({ agent: 'bob' }),
	'ann wraps up': () => asks('wrapup', { leg: 1, wrapup: 'sale', notes: 'n' }),
	'bob wraps up': () => asks('wrapup', { leg: 1, wrapup: 'sale', notes: 'n', agent: 'bob' }),
	'the silence is over its time': () => p.call('idle_close',
		{ conv: 'conv1', leg: 1, mode: 'mandatory', pending: '1', acw_until: '0', acw_holds: '0' }),
	'the silence of another leg is': () => p.call('idle_close',
		{ conv: 'conv1', leg: 2, mode: 'mandatory', pending: '1', acw_until: '0', acw_holds: '0' }),
	'sue transfers': () => lead('lead_transfer', { queue: 'back', target: '' }),
	'sue closes': () => lead('lead_close'),
	'sue closes what has changed hands': () => lead('lead_close', { leg: 9 }),
	'after-call work is over': () => p.call('leg_due', { conv: 'conv1', leg: 1 }),
};

// event → state → [its state after it, its agent, its leg, the events told]. What is not listed is refused and
// changes nothing.
const parkedAll = (move) => Object.fromEntries(
	['parked', 'parked for a time', 'parked, its time over', 'answered and parked'].map((state) => [state, move]));
const hers = (move) => Object.fromEntries(
	['connected', 'silent for too long', 'silent, but not for long'].map((state) => [state, move]));
const MOVES = {
	'a text': {
		none: ['queued', '', '1', 'mo'],
		queued: ['queued', '', '1', 'mo'],
		...hers(['connected', 'ann', '1', 'mo']),
		...parkedAll(['connected', 'ann', '1', 'mo resumed']),
		'parked for a time': ['parked', 'ann', '1', 'mo'],
		'in after-call work': ['queued', '', '2', 'mo'],
		'in after-call work, the window over': ['queued', '', '2', 'mo'],
		closed: ['queued', '', '2', 'mo'],
		'closed, the window over': ['queued', '', '1', 'mo'],
		transferred: ['queued', '', '2', 'mo'],
	},
	'a keyword': {
		none: ['closed', '', '0', 'mo consent'],
		queued: ['queued', '', '1', 'mo consent'],
		...hers(['connected', 'ann', '1', 'mo consent']),
		...parkedAll(['parked', 'ann', '1', 'mo consent']),
		'in after-call work': ['closed', '', '1', 'mo consent'],
		'in after-call work, the window over': ['closed', '', '1', 'mo consent'],
		closed: ['closed', '', '1', 'mo consent'],
		'closed, the window over': ['closed', '', '0', 'mo consent'],
		transferred: ['queued', '', '2', 'mo consent'],
	},
	'ann accepts': { queued: ['connected', 'ann', '1', 'connected'] },
	'bob accepts the second leg': { transferred: ['connected', 'bob', '2', 'connected'] },
	'ann replies': { ...hers(['connected', 'ann', '1', 'mt']) },
	'ann notes': { ...hers(['connected', 'ann', '1', 'note']) },
	'ann transfers': { ...hers(['queued', '', '2', 'transferred']) },
	'ann parks': { ...hers(['parked', 'ann', '1', 'parked']), ...parkedAll(['parked', 'ann', '1', 'parked']) },
	'ann resumes': parkedAll(['connected', 'ann', '1', 'resumed']),
	'the time is over': { 'parked, its time over': ['connected', 'ann', '1', 'resumed'] },
	'ann does not come back': {
		...hers(['queued', '', '2', 'reclaimed']),
		...parkedAll(['queued', '', '2', 'reclaimed']),
		'answered and parked': null,
	},
	'ann disconnects': { ...hers(['closed', '', '1', 'closed']) },
	'ann closes': {
		...hers(['closed', '', '1', 'closed']),
		'in after-call work': ['closed', '', '1', 'wrapup'],
		'in after-call work, the window over': ['closed', '', '1', 'wrapup'],
	},
	'ann wraps up': {
		'in after-call work': ['closed', '', '1', 'wrapup'],
		'in after-call work, the window over': ['closed', '', '1', 'wrapup'],
	},
	'the silence is over its time': { 'silent for too long': ['closed', '', '1', 'closed'] },
	'sue transfers': {
		queued: ['queued', '', '1', 'transferred'],
		...hers(['queued', '', '2', 'transferred']),
		...parkedAll(['queued', '', '2', 'transferred']),
		transferred: ['queued', '', '2', 'transferred'],
	},
	'sue closes': {
		queued: ['closed', '', '1', 'closed'],
		...hers(['closed', '', '1', 'closed']),
		...parkedAll(['closed', '', '1', 'closed']),
		transferred: ['closed', '', '2', 'closed'],
	},
	'after-call work is over': {
		'in after-call work': ['closed', '', '1', 'wrapup'],
		'in after-call work, the window over': ['closed', '', '1', 'wrapup'],
	},
};

const REFUSED = ['done', 'again', 'late', 'not_yours', 'no', 'changed'];

async function everything() {
	const seen = {};
	for (const key of await functions.redis.keys(`${p.tag}:*`)) {
		if (!/:(events|lease.*|in|(disconnect|close):ann:.*)$/.test(key)) seen[key] = (await functions.redis.call('DUMP', key)).toString();
	}
	return seen;
}

describe('every event in every state', () => {
	for (const [state, reach] of Object.entries(STATES)) {
		for (const [name, happen] of Object.entries(EVENTS)) {
			const fits = MOVES[name]?.[state];
			it(`${name}, ${state}: ${fits ? fits[0] : 'refused'}`, async () => {
				await reach();
				const before = await everything();
				const told = (await p.events()).length;
				const reply = await happen();
				const news = (await p.events()).slice(told);
				if (!fits) {
					assert.ok(REFUSED.includes(reply[0]), `${reply}`);
					assert.deepEqual(news, []);
					assert.deepEqual(await everything(), before);
					return;
				}
				assert.equal(reply[0], 'ok');
				assert.equal(news.map(({ e }) => e).join(' '), fits[3]);
				const { conv } = await p.hash('thread:+15550100:+15550199');
				const { state: now, agent, leg, ...rest } = await p.hash(`conv:${conv}`);
				assert.deepEqual([now, agent, leg], fits.slice(0, 3));
				assert.equal('until' in rest, now === 'parked');
			});
		}
	}
});

// An agent's word on a leg is not one on the next, however late it is said again.
describe('the end of a leg, said again by its ref', () => {
	const next = async () => {
		await mo();
		assert.equal((await p.call('connect', { conv: 'conv1', leg: 2, agent: 'ann', scopes: '' }))[0], 'ok');
	};
	const untouched = async () => {
		const { state, agent, leg } = await p.hash('conv:conv1');
		assert.deepEqual([state, agent, leg], ['connected', 'ann', '2']);
	};
	for (const [name, end] of Object.entries({ disconnect, close })) {
		const late = [name === 'close' ? 'late' : 'again'];
		it(`${name} leaves the next leg as it is`, async () => {
			await connected();
			assert.equal((await end({ ref: 'one' }))[0], 'ok');
			assert.deepEqual(await end({ ref: 'one' }), ['again']);
			await next();
			assert.deepEqual(await end({ ref: 'one' }), ['again']);
			assert.deepEqual(await end({ ref: 'one', fence: 'old' }), ['fenced']);
			await untouched();
			assert.equal((await end({ ref: 'two' }))[0], 'ok');
		});

		it(`${name} of what another window has ended, too`, async () => {
			await connected();
			await close({ mode: 'none' });
			assert.deepEqual(await end({ ref: 'one' }), ['again']);
			assert.deepEqual(await end({ ref: 'other', notes: 'other' }), late);
			await next();
			assert.deepEqual(await end({ ref: 'one' }), ['again']);
			assert.deepEqual(await end({ ref: 'other', notes: 'other' }), late);
			await untouched();
		});

		it(`${name} that was refused may be said again`, async () => {
			await mo();
			assert.deepEqual(await end({ ref: 'one' }), ['not_yours']);
			await p.call('connect', { conv: 'conv1', leg: 1, agent: 'ann', scopes: '' });
			assert.equal((await end({ ref: 'one' }))[0], 'ok');
		});
	}
});

// What a router asks for that has lost the partition meanwhile, be it for an agent, a supervisor or by a clock.
describe('every event of a tenure that is over', () => {
	const without = { 'a former one': (older) => older, none: () => undefined };
	for (const [which, fence] of Object.entries(without)) {
		for (const [name, states] of Object.entries(MOVES)) {
			for (const state of Object.keys(states).filter((one) => states[one])) {
				it(`${name}, ${state}, ${which}`, async () => {
					await STATES[state]();
					const older = p.fence;
					await p.take();
					p.fence = fence(older);
					const before = await everything();
					const told = (await p.events()).length;
					assert.deepEqual(await EVENTS[name](), ['fenced']);
					assert.equal((await p.events()).length, told);
					assert.deepEqual(await everything(), before);
				});
			}
		}
	}
});

describe('silence', () => {
	const due = async () => {
		const [, events, rows] = await p.call('idle_due');
		return [events.map((event) => fieldsOf(event.slice(1)).e), rows];
	};
	it('is warned of once, a minute before, and then told until it is closed', async () => {
		await silent(90_000);
		p.now = Date.now() + 10_000;
		assert.deepEqual(await due(), [[], []]);
		p.now += 30_000;
		assert.deepEqual(await due(), [['inactive'], []]);
		assert.deepEqual(await due(), [[], []]);
		p.now += 60_000;
		assert.deepEqual(await due(), [[], [['conv1', '1', 'front']]]);
		p.now += 6_000;
		assert.deepEqual(await due(), [[], [['conv1', '1', 'front']]]);
		await p.call('idle_close', { conv: 'conv1', leg: 1, mode: '', pending: '0' });
		p.now += 6_000;
		assert.deepEqual(await due(), [[], []]);
		const { by, wrapped } = await p.hash('conv:conv1:leg:1');
		assert.deepEqual([by, Boolean(wrapped)], ['inactivity', true]);
	});

	it('is of nobody where the queue has none, and for the holder of the partition', async () => {
		await connected();
		assert.equal(await functions.redis.call('EXISTS', `${p.tag}:idle`), 0);
		const older = p.fence;
		await p.take();
		assert.deepEqual(await p.call('idle_due', { fence: older }), ['fenced']);
		assert.deepEqual(await p.call('idle_close', { conv: 'conv1', leg: 1, fence: older }), ['fenced']);
	});
});

describe('a deadline', () => {
	it('is asked by whoever holds the partition alone', async () => {
		await STATES['parked, its time over']();
		const older = p.fence;
		await p.take();
		assert.deepEqual(await p.call('park_due', { conv: 'conv1', leg: 1, fence: older }), ['fenced']);
		assert.deepEqual(await p.call('reclaim', { conv: 'conv1', leg: 1, agent: 'ann', fence: older }), ['fenced']);
	});

	it('that was said anew is not over', async () => {
		await STATES['parked, its time over']();
		await park({ until: NEVER });
		assert.deepEqual(await p.call('park_due', { conv: 'conv1', leg: 1 }), ['done']);
	});
});

describe('what the customer waits for', () => {
	const reclaim = async () => (await p.call('reclaim', { conv: 'conv1', leg: 1, agent: 'ann' }))[0];
	const cases = {
		'a text': [[() => mo()], 'ok'],
		'an answer': [[() => mo(), () => p.accept({ conv: 'conv1' })], 'done'],
		'a text behind an answer': [[() => p.accept({ conv: 'conv1' }), () => mo()], 'ok'],
		'a note behind a text': [[() => asks('note', { text: 'n' })], 'ok'],
		'a keyword, answered by itself, behind an answer': [
			[() => p.accept({ conv: 'conv1' }), () => p.keyword('HELP', { fp: 'word' })], 'done'],
		'a keyword behind a text': [[() => p.keyword('HELP', { fp: 'word' })], 'ok'],
	};
	for (const [name, [steps, verdict]] of Object.entries(cases)) {
		it(`${name}: ${verdict}`, async () => {
			await connected();
			for (const step of steps) await step();
			assert.equal(await reclaim(), verdict);
		});
	}

	it('the leg that ended says so', async () => {
		await connected();
		const [, told] = await p.call('reclaim', { conv: 'conv1', leg: 1, agent: 'ann' });
		const { id: _, ...fields } = { ...fieldsOf(told.slice(1)), id: told[0] };
		assert.deepEqual(fields, {
			e: 'reclaimed', c: 'conv1', a: 'ann', leg: '2', q: 'front', s: 'queued', ours: '+15550100',
			customer: '+15550199', at: String(p.now),
		});
		const { agent, by, ended } = await p.hash('conv:conv1:leg:1');
		assert.deepEqual([agent, by, ended], ['ann', 'reclaimed', String(p.now)]);
	});
});
