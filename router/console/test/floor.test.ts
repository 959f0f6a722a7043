import { describe, expect, test } from 'vitest';

import {
  agentOrder,
  everyMinute,
  fold,
  queueOrder,
  rowsOf,
  levelToday,
  serviceLevel,
  takers,
  timeIn,
  totals,
  UNKNOWN,
  type Floor,
  type FloorAgent,
  type FloorFrame,
  type FloorQueue,
} from '../src/supervise/floor';

function queue(id: string, change: Partial<FloorQueue> = {}): FloorQueue {
  return {
    id,
    name: id,
    waiting: 0,
    oldest_ms: null,
    late: 0,
    ringing: 0,
    members: 0,
    agents: { off_queue: 0, idle: 0, interacting: 0, not_responding: 0 },
    service_level: { seconds: 20, percent: 80 },
    ...change,
  };
}

function agent(id: string, change: Partial<FloorAgent> = {}): FloorAgent {
  return {
    id,
    presence: '',
    presence_since_ms: 0,
    routing: 'idle',
    routing_since_ms: 0,
    load: 0,
    capacity: 3,
    after_call: 0,
    connected: true,
    ...change,
  };
}

function frame(type: FloorFrame['type'], change: Partial<FloorFrame> = {}): FloorFrame {
  return { type, now: 1000, live: true, queues: [], agents: [], ...change };
}

describe('the floor', () => {
  test('keeps what a change does not name, and forgets all of it for a snapshot', () => {
    const first = fold(UNKNOWN, frame('snapshot', { queues: [queue('a'), queue('b')] }), 400);
    expect(first.skewMs).toBe(600);
    const next = fold(first, frame('changed', { queues: [queue('a', { waiting: 2 })] }), 400);
    expect([...next.queues.values()].map(({ id, waiting }) => [id, waiting])).toEqual([
      ['a', 2],
      ['b', 0],
    ]);
    expect([...fold(next, frame('snapshot'), 400).queues.keys()]).toEqual([]);
  });

  test('lets go of what is deleted, and takes it up again under the same name', () => {
    const all = { queues: [queue('a'), queue('b')], agents: [agent('ann'), agent('bob')] };
    const first = fold(UNKNOWN, frame('snapshot', all), 0);
    const gone = { queues: ['a'], agents: ['bob'] };
    const next = fold(first, frame('changed', { gone }), 0);
    expect([...next.queues.keys()]).toEqual(['b']);
    expect([...next.agents.keys()]).toEqual(['ann']);
    const none = { queues: [], agents: [] };
    const back = fold(next, frame('changed', { queues: [queue('a')], gone: none }), 0);
    expect([...back.queues.keys()]).toEqual(['b', 'a']);
  });

  test('says so while the figures are not of now', () => {
    const floor = fold(UNKNOWN, frame('snapshot', { live: false }), 0);
    expect(floor.trouble).toMatch(/last figures/);
    expect(fold(floor, frame('changed'), 0).trouble).toBeNull();
  });

  test('adds up its queues, and counts each agent once', () => {
    const agents = { off_queue: 0, idle: 1, interacting: 0, not_responding: 0 };
    const floor = fold(
      UNKNOWN,
      frame('snapshot', {
        queues: [
          queue('a', { waiting: 3, late: 1, oldest_ms: 500, agents }),
          queue('b', { waiting: 1, oldest_ms: 200, ringing: 1, agents }),
        ],
        agents: [agent('ann'), agent('bob', { connected: false })],
      }),
      0,
    );
    const sum = totals(floor);
    expect(sum).toMatchObject({ waiting: 4, late: 1, ringing: 1, oldest_ms: 200 });
    expect(sum.agents.idle).toBe(1);
    expect(serviceLevel(sum)).toBe(75);
    expect(serviceLevel(queue('c'))).toBeNull();
  });

  test('shows first what has waited longest, and who does not respond', () => {
    const queues = [queue('b'), queue('c', { oldest_ms: 9 }), queue('a')].sort(queueOrder);
    expect(queues.map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    const agents = [
      agent('off', { connected: false, routing: 'off_queue' }),
      agent('busy', { routing: 'interacting' }),
      agent('late', { routing: 'not_responding' }),
      agent('free'),
    ].sort(agentOrder);
    expect(agents.map(({ id }) => id)).toEqual(['late', 'free', 'busy', 'off']);
  });
});

test('who could take one more now comes first, the least loaded before the others', () => {
  const agents = new Map(
    [
      agent('full', { load: 3 }),
      agent('gone', { connected: false }),
      agent('off', { routing: 'off_queue' }),
      agent('one', { load: 1, routing: 'interacting' }),
      agent('none'),
    ].map((row) => [row.id, row]),
  );
  const found = takers({ ...UNKNOWN, agents }).map(({ agent: { id }, able }) => `${id} ${able}`);
  expect(found).toEqual(['none true', 'one true', 'off false', 'full false']);
});

test('a list that came for what was looked at before is not shown', () => {
  const floor: Floor = { ...UNKNOWN, list: { type: 'waiting', queue: 'a', total: 0, rows: [] } };
  expect(rowsOf(floor, { kind: 'queue', id: 'a' })).toEqual([]);
  expect(rowsOf(floor, { kind: 'queue', id: 'b' })).toBeNull();
  expect(rowsOf(floor, { kind: 'agent', id: 'a' })).toBeNull();
});

const DAY_MS = 86_400_000;
const nothing = { offered: 0, answered: 0, abandoned: 0, flow_out: 0, in_time: 0, not_answered: 0 };
const zero = {
  ...nothing,
  transfers: 0,
  legs: 0,
  wait_ms: 0,
  wait_max_ms: 0,
  talk_ms: 0,
  acw_ms: 0,
  first_responses: 0,
  first_response_ms: 0,
  responses: 0,
  response_ms: 0,
};

test('a new day begins with nothing, and of the same day only what differs is told', () => {
  const row = { ...zero, id: 'a', offered: 2 };
  const frame: FloorFrame = { type: 'changed', now: 1, live: true, queues: [], agents: [] };
  const of = (begins_ms: number, queues: (typeof row)[]) => ({
    ...frame,
    today: { begins_ms, queues, agents: [] },
  });
  let floor = fold(UNKNOWN, of(DAY_MS, [row]), 1);
  floor = fold(floor, of(DAY_MS, [{ ...row, id: 'b' }]), 1);
  expect([...floor.day.queues.keys()]).toEqual(['a', 'b']);
  floor = fold(floor, frame, 1);
  expect(floor.day.queues.size).toBe(2);
  floor = fold(floor, of(2 * DAY_MS, []), 1);
  expect(floor.day.queues.size).toBe(0);
});

test('what was given up counts against the level of the day', () => {
  const day = { ...zero, id: 'a', in_time: 3, answered: 4, abandoned: 2 };
  expect(levelToday(day)).toBe(50);
  expect(levelToday({ ...zero, id: 'a' })).toBeNull();
});

test('the time in a status goes on while the agent is in it, from midnight at the earliest', () => {
  const sums = { ...zero, handled: 0, missed: 0, declined: 0 };
  const times = { idle_ms: 5000, interacting_ms: 7, not_responding_ms: 0, off_queue_ms: 0 };
  const floor: Floor = {
    ...UNKNOWN,
    agents: new Map([['ann', agent('ann', { routing: 'idle', routing_since_ms: DAY_MS - 1000 })]]),
    day: {
      begins_ms: DAY_MS,
      queues: new Map(),
      agents: new Map([['ann', { ...sums, ...times, id: 'ann' }]]),
    },
  };
  expect(timeIn(floor, 'ann', 'idle', DAY_MS + 2000)).toBe(7000);
  expect(timeIn(floor, 'ann', 'interacting', DAY_MS + 2000)).toBe(7);
  expect(timeIn(floor, 'bob', 'idle', DAY_MS)).toBe(0);
});

test('minutes in which nothing was are there as nothing', () => {
  const points = [
    { at_ms: 0, offered: 2 },
    { at_ms: 120_000, waiting: 1 },
  ];
  const minutes = everyMinute({ type: 'points', queue: '*', hours: 1, points }, 200_000);
  expect(minutes.map(({ offered, waiting }) => [offered, waiting])).toEqual([
    [2, 0],
    [0, 0],
    [0, 1],
  ]);
  expect(everyMinute({ type: 'points', queue: '*', hours: 1, points: [] }, 1)).toEqual([]);
});
