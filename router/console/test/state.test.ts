import { describe, expect, test } from 'vitest';

import {
  apply,
  applyLocal,
  EMPTY,
  firstToWrap,
  itemOf,
  listed,
  longestWaiting,
  type Item,
  type PendingSend,
  type State,
} from '../src/state';
import type { AfterCall, Conversation, Message, Offer, PastTalk, ServerEvent } from '../src/wire';

const conversation: Conversation = {
  id: 'c1',
  customer: '+447700900001',
  ours: '+447700900900',
  queue: 'support',
  queue_name: 'Support',
  state: 'connected',
  leg: 1,
  opted_out: false,
  wrapup_codes: ['resolved'],
};
const offer: Offer = {
  conversation: 'c1',
  epoch: 2,
  queue: 'support',
  queue_name: 'Support',
  customer: '+447700900001',
  ours: '+447700900900',
  expires_ms: 30_000,
  waiting_since_ms: 0,
  last_agent: false,
};
const agent = { name: 'ada', routing: 'idle', capacity: 3, load: 0 } as const;

function snapshot(id: string, conversations = [conversation], offers: Offer[] = []): ServerEvent {
  return { type: 'snapshot', id, now: 1000, agent, offers, conversations };
}

function message(id: string, change: Partial<Message> = {}): Message {
  return { id, at: `${id}-0`, at_ms: Number(id), direction: 'in', text: `text ${id}`, ...change };
}

function heard(id: string, text: Message): ServerEvent {
  return { type: 'message', id, conversation: 'c1', message: text };
}

function fold(events: ServerEvent[], from: State = EMPTY): State {
  return events.reduce(apply, from);
}

const texts = (state: State): string[] => itemOf(state, 'c1')?.messages.map((m) => m.text) ?? [];

test('what is parked stands apart, first what comes back first, until it is taken up again', () => {
  const two = [conversation, { ...conversation, id: 'c2' }, { ...conversation, id: 'c3' }];
  const parked = (id: string, which: string, until_ms?: number): ServerEvent => {
    const said = until_ms === undefined ? {} : { until_ms };
    return { type: 'parked', id, conversation: which, leg: 1, ...said };
  };
  const state = fold([snapshot('5-0', two), parked('6-0', 'c1', 9000), parked('7-0', 'c2')]);
  const ids = (of: State): string[][] =>
    listed(of.items).map((list) => list.map((item) => item.conversation.id));
  expect(ids(state)).toEqual([['c3'], ['c1', 'c2']]);
  expect(itemOf(state, 'c1')?.conversation.parked_until_ms).toBe(9000);
  expect(itemOf(apply(state, parked('8-0', 'c1')), 'c1')?.conversation).toEqual({
    ...conversation,
    state: 'parked',
  });
  const back = apply(state, {
    type: 'resumed',
    id: '8-0',
    conversation: 'c1',
    leg: 1,
    reason: 'time',
  });
  expect(itemOf(back, 'c1')?.conversation).toEqual(conversation);
});

test('a conversation that is about to be closed says when, until somebody writes', () => {
  const warned: ServerEvent = {
    type: 'inactive',
    id: '6-0',
    conversation: 'c1',
    leg: 1,
    until_ms: 70_000,
  };
  const state = fold([snapshot('5-0'), warned]);
  const until = (of: State): number | undefined => itemOf(of, 'c1')?.conversation.inactive_until_ms;
  expect(until(state)).toBe(70_000);
  expect(until(apply(state, heard('7-0', message('7', { direction: 'note' }))))).toBe(70_000);
  expect(until(apply(state, heard('7-0', message('7'))))).toBeUndefined();
});

describe('after-call work', () => {
  const acw = { mode: 'timeout', until_ms: 9000 } as const;
  const over: ServerEvent = { type: 'disconnected', id: '6-0', conversation: 'c1', leg: 1, acw };
  const again = { ...conversation, leg: 2 };
  const elsewhere = { ...again, queue: 'sales', queue_name: 'Sales', wrapup_codes: ['sold'] };
  const work = (leg: number, of: Conversation = conversation, how: AfterCall = acw) => ({
    leg,
    acw: how,
    queue_name: of.queue_name,
    wrapup_codes: of.wrapup_codes,
  });
  const untilLater = { mode: 'mandatory' } as const;
  const two: ServerEvent[] = [
    snapshot('5-0'),
    over,
    { type: 'connected', id: '7-0', conversation: elsewhere },
    { type: 'disconnected', id: '8-0', conversation: 'c1', leg: 2, acw: untilLater },
  ];
  const ends = (id: string, leg: number): ServerEvent => ({
    type: 'closed',
    id,
    conversation: 'c1',
    leg,
  });

  test('two legs of one conversation have each its own, with the codes of its own queue', () => {
    const state = fold(two);
    expect(itemOf(state, 'c1')?.work).toEqual([work(1), work(2, elsewhere, untilLater)]);
    expect(firstToWrap(itemOf(state, 'c1') as Item)).toBe(1);
    for (const [first, second] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const one = apply(state, ends('9-0', first));
      expect(itemOf(one, 'c1')?.work.map(({ leg }) => leg)).toEqual([second]);
      expect(itemOf(one, 'c1')?.conversation.state).toBe('after_call');
      expect(apply(one, ends('9-1', second)).items).toEqual([]);
    }
  });

  test('a leg that ends at once leaves what is left to do of the one before', () => {
    const state = fold([...two.slice(0, 3), ends('8-0', 2)]);
    expect(itemOf(state, 'c1')?.work).toEqual([work(1)]);
    expect(itemOf(state, 'c1')?.conversation.state).toBe('after_call');
    expect(apply(state, ends('9-0', 1)).items).toEqual([]);
  });

  test('what is told of an earlier leg does not end the one under way', () => {
    const state = fold([snapshot('5-0', [again]), over]);
    expect(itemOf(state, 'c1')?.conversation).toEqual(again);
    expect(itemOf(state, 'c1')?.work.map(({ leg }) => leg)).toEqual([1]);
  });

  test('a leg that ended stays until its after-call work is over', () => {
    const state = fold([snapshot('5-0'), over]);
    expect(itemOf(state, 'c1')?.conversation.state).toBe('after_call');
    expect(itemOf(state, 'c1')?.work).toEqual([work(1)]);
    const done = apply(state, { type: 'closed', id: '7-0', conversation: 'c1', leg: 1 });
    expect(done.items).toEqual([]);
  });

  test('the end of an earlier leg does not take the one under way', () => {
    const state = fold([
      snapshot('5-0'),
      over,
      { type: 'connected', id: '7-0', conversation: again },
      { type: 'closed', id: '8-0', conversation: 'c1', leg: 1, reason: 'timeout' },
    ]);
    expect(itemOf(state, 'c1')?.conversation).toEqual(again);
    expect(itemOf(state, 'c1')?.work).toEqual([]);
  });

  test('what was said between two legs is asked for, and what is here stays', () => {
    const page = { messages: [message('1')], more: false };
    const here = applyLocal(fold([snapshot('5-0')]), {
      type: 'thread_loaded',
      conversation: 'c1',
      ...page,
    });
    const back = fold([over, { type: 'connected', id: '7-0', conversation: again }], here);
    expect(itemOf(back, 'c1')?.loaded).toBe(false);
    expect(texts(back)).toEqual(['text 1']);
    const twice = { type: 'connected', id: '6-0', conversation } as const;
    expect(itemOf(apply(here, twice), 'c1')?.loaded).toBe(true);
  });

  test('a snapshot brings both, once each', () => {
    const row = (of: Conversation) => ({
      conversation: { ...of, state: 'after_call' as const },
      leg: of.leg,
      acw,
    });
    const first = snapshot('5-0', []);
    const legs = [row(elsewhere), row(conversation)];
    const alone = fold([{ ...first, after_call: legs } as ServerEvent]);
    expect(alone.items).toHaveLength(1);
    expect(itemOf(alone, 'c1')?.conversation.leg).toBe(2);
    expect(itemOf(alone, 'c1')?.work).toEqual([work(1), work(2, elsewhere)]);
    const both = fold([
      { ...snapshot('5-0', [again]), after_call: [row(conversation)] } as ServerEvent,
    ]);
    expect(both.items).toHaveLength(1);
    expect(itemOf(both, 'c1')?.conversation.leg).toBe(2);
    expect(itemOf(both, 'c1')?.work).toEqual([work(1)]);
  });
});

describe('events', () => {
  test('an event that came before changes nothing', () => {
    const once = fold([snapshot('5-0'), heard('6-0', message('1'))]);
    expect(apply(once, heard('6-0', message('1')))).toBe(once);
    expect(apply(once, heard('5-9', message('2')))).toBe(once);
  });

  test('ids are compared as numbers, not as text', () => {
    const state = fold([snapshot('9-9'), heard('9-10', message('1')), heard('10-0', message('2'))]);
    expect(texts(state)).toEqual(['text 1', 'text 2']);
    expect(state.last).toBe('10-0');
  });

  test('every event of a session given twice over leaves the same screen', () => {
    const session: ServerEvent[] = [
      snapshot('1-0', []),
      { type: 'agent', id: '2-0', agent: { ...agent, routing: 'interacting', load: 1 } },
      { type: 'offer', id: '3-0', offer },
      { type: 'offer_ended', id: '4-0', conversation: 'c1', epoch: 2, reason: 'accepted' },
      { type: 'connected', id: '5-0', conversation },
      heard('6-0', message('10')),
      heard('7-0', message('11', { direction: 'out', state: 'queued', author: 'ada' })),
      { type: 'message_state', id: '8-0', conversation: 'c1', message: '11', state: 'sent' },
      { type: 'opt', id: '9-0', conversation: 'c1', opted_out: true },
    ];
    const once = fold(session);
    expect(fold(session.slice(1), once)).toEqual(once);
    expect(fold(session.flatMap((event) => [event, event]))).toEqual(once);
    expect(itemOf(once, 'c1')?.conversation.opted_out).toBe(true);
    expect(itemOf(once, 'c1')?.messages[1]?.state).toBe('sent');
  });

  test('a snapshot replaces what is there and begins the threads anew', () => {
    const state = fold([snapshot('5-0'), heard('6-0', message('1')), snapshot('2-0')]);
    expect(texts(state)).toEqual([]);
    expect(itemOf(state, 'c1')?.loaded).toBe(false);
    expect(state.last).toBe('2-0');
  });

  test('a snapshot keeps the chosen conversation if it is still there', () => {
    const chosen = applyLocal(fold([snapshot('1-0')]), { type: 'selected', conversation: 'c1' });
    expect(apply(chosen, snapshot('2-0')).selected).toBe('c1');
    expect(apply(chosen, snapshot('2-0', [])).selected).toBeNull();
  });

  test('a reason comes with a failure', () => {
    const state = fold([
      snapshot('1-0'),
      heard('2-0', message('1', { direction: 'out', state: 'sent' })),
      {
        type: 'message_state',
        id: '3-0',
        conversation: 'c1',
        message: '1',
        state: 'failed',
        reason: 'absent subscriber',
      },
    ]);
    expect(itemOf(state, 'c1')?.messages[0]).toMatchObject({
      state: 'failed',
      reason: 'absent subscriber',
    });
  });

  test('a completed message takes the place of its partial', () => {
    const state = fold([
      snapshot('1-0'),
      heard('2-0', message('1', { text: 'half', partial: true })),
      heard('3-0', message('2')),
      heard('4-0', message('1', { text: 'half and half', partial: false })),
    ]);
    expect(texts(state)).toEqual(['half and half', 'text 2']);
  });

  test('a message of a conversation that is not here is passed over', () => {
    const state = fold([snapshot('1-0', []), heard('2-0', message('1'))]);
    expect(state.items).toEqual([]);
  });

  test('closing the chosen conversation chooses its neighbour', () => {
    const other = { ...conversation, id: 'c2' };
    const chosen = applyLocal(fold([snapshot('1-0', [conversation, other])]), {
      type: 'selected',
      conversation: 'c1',
    });
    const state = apply(chosen, { type: 'closed', id: '2-0', conversation: 'c1' });
    expect(state.selected).toBe('c2');
    expect(apply(state, { type: 'closed', id: '3-0', conversation: 'c2' }).selected).toBeNull();
  });
});

describe('offers', () => {
  const ended = (id: string, epoch: number): ServerEvent => ({
    type: 'offer_ended',
    id,
    conversation: 'c1',
    epoch,
    reason: 'rescinded',
  });

  test('the end of an earlier epoch does not end a later offer', () => {
    const state = fold([
      snapshot('1-0', []),
      { type: 'offer', id: '2-0', offer: { ...offer, epoch: 3 } },
      ended('3-0', 2),
    ]);
    expect(state.offers.map((shown) => shown.epoch)).toEqual([3]);
  });

  test('an offer that ended is not shown again by its own epoch', () => {
    const state = fold([snapshot('1-0', []), ended('2-0', 2), { type: 'offer', id: '3-0', offer }]);
    expect(state.offers).toEqual([]);
  });

  test('a new epoch replaces the card of the same conversation', () => {
    const state = fold([
      snapshot('1-0', [], [offer]),
      { type: 'offer', id: '2-0', offer: { ...offer, epoch: 4 } },
    ]);
    expect(state.offers.map((shown) => shown.epoch)).toEqual([4]);
  });

  test('connecting ends the card', () => {
    const state = fold([
      snapshot('1-0', [], [offer]),
      { type: 'connected', id: '2-0', conversation },
    ]);
    expect(state.offers).toEqual([]);
    expect(state.items).toHaveLength(1);
  });
});

describe('replies under way', () => {
  const send: PendingSend = {
    ref: 'r1',
    conversation: 'c1',
    text: 'hello',
    at_ms: 1,
    refused: null,
    shown: null,
  };
  const sent = message('20', { direction: 'out', text: 'hello', state: 'queued', author: 'ada' });
  const started = applyLocal(fold([snapshot('1-0')]), { type: 'send_started', send });

  test('the answer turns a reply into a message', () => {
    const state = applyLocal(started, { type: 'send_accepted', ref: 'r1', message: sent });
    expect(state.pending).toEqual([]);
    expect(texts(state)).toEqual(['hello']);
  });

  test('event first, answer second: shown once all the time', () => {
    const seen = apply(started, heard('2-0', sent));
    expect(seen.pending[0]?.shown).toBe('20');
    const state = applyLocal(seen, { type: 'send_accepted', ref: 'r1', message: sent });
    expect(state.pending).toEqual([]);
    expect(texts(state)).toEqual(['hello']);
  });

  test('two replies with the same text are matched one by one', () => {
    const twice = applyLocal(started, { type: 'send_started', send: { ...send, ref: 'r2' } });
    const seen = apply(twice, heard('2-0', sent));
    expect(seen.pending.map((other) => other.shown)).toEqual(['20', null]);
  });

  test('a late answer does not take the ticks back', () => {
    const delivered = fold(
      [
        heard('2-0', sent),
        { type: 'message_state', id: '3-0', conversation: 'c1', message: '20', state: 'delivered' },
      ],
      started,
    );
    const state = applyLocal(delivered, { type: 'send_accepted', ref: 'r1', message: sent });
    expect(itemOf(state, 'c1')?.messages[0]?.state).toBe('delivered');
  });

  test('a refused reply stays until it is sent again or discarded', () => {
    const refused = applyLocal(started, { type: 'send_refused', ref: 'r1', reason: 'no route' });
    expect(refused.pending[0]?.refused).toBe('no route');
    expect(apply(refused, snapshot('9-0')).pending).toHaveLength(1);
    expect(applyLocal(refused, { type: 'send_discarded', ref: 'r1' }).pending).toEqual([]);
  });
});

describe('pages', () => {
  const load = (state: State, messages: Message[], more: boolean): State =>
    applyLocal(state, { type: 'thread_loaded', conversation: 'c1', messages, more });

  test('pages and events overlap without doubles, in order', () => {
    const heardFirst = fold([snapshot('1-0'), heard('2-0', message('7'))]);
    const newest = load(heardFirst, [message('5'), message('6'), message('7')], true);
    const all = load(newest, [message('3'), message('4')], false);
    expect(texts(all)).toEqual(['text 3', 'text 4', 'text 5', 'text 6', 'text 7']);
    expect(itemOf(all, 'c1')?.more).toBe(false);
  });

  test('the newest page asked for again does not say what lies before the earliest', () => {
    const all = load(load(fold([snapshot('1-0')]), [message('1')], false), [message('9')], true);
    expect(itemOf(all, 'c1')?.more).toBe(false);
  });

  test('reading goes forward only', () => {
    const at = (state: State, position: string): State =>
      applyLocal(state, { type: 'read', conversation: 'c1', at: position });
    const state = at(at(fold([snapshot('1-0')]), '10-0'), '9-0');
    expect(itemOf(state, 'c1')?.read).toBe('10-0');
  });
});

describe('what was said before', () => {
  const talk = (id: string, at: string[], more = false): PastTalk => ({
    id,
    ours: '+1',
    queue: 'support',
    queue_name: 'Support',
    state: 'closed',
    created_ms: 1,
    legs: [],
    messages: at.map((each) => ({ id: each, at: each, direction: 'in', text: each })),
    more,
  });
  const loaded = (state: State, talks: PastTalk[], goesOn: boolean): State =>
    applyLocal(state, {
      type: 'past_loaded',
      conversation: 'c1',
      leg: 1,
      talks,
      more: true,
      goesOn,
    });
  const shown = (state: State): [string, string[]][] =>
    (state.items[0]?.past?.talks ?? []).map(({ id, messages }) => [id, messages.map((m) => m.at)]);

  test('is joined in the middle of a conversation, and begun anew with a leg', () => {
    let state = apply(EMPTY, { type: 'connected', id: '1-0', conversation });
    state = loaded(state, [talk('c1', []), talk('b', ['5-0', '6-0'], true)], false);
    state = loaded(state, [talk('b', ['3-0', '4-0']), talk('a', ['2-0'])], true);
    expect(shown(state)).toEqual([
      ['c1', []],
      ['b', ['3-0', '4-0', '5-0', '6-0']],
      ['a', ['2-0']],
    ]);
    state = loaded(state, [talk('c1', [])], false);
    expect(shown(state)).toEqual([['c1', []]]);
  });
});

test('a snapshot keeps the places, and puts what is new behind them, the oldest first', () => {
  const made = (id: string, created_ms: number): Conversation => ({
    ...conversation,
    id,
    created_ms,
  });
  const [a, b, c, d] = [made('c1', 1), made('c2', 2), made('c3', 3), made('c4', 4)];
  const ids = (state: State): string[] => state.items.map((item) => item.conversation.id);
  const before = fold([
    snapshot(
      '5-0',
      [b, a].map((one) => ({ ...one })),
    ),
  ]);
  expect(ids(before)).toEqual(['c1', 'c2']);
  const accepted: ServerEvent = {
    type: 'snapshot',
    id: '6-0',
    now: 1,
    agent,
    offers: [],
    conversations: [d, b, c],
  };
  expect(ids(fold([accepted], before))).toEqual(['c2', 'c3', 'c4']);
  expect(
    ids(fold([{ ...accepted, id: '7-0', conversations: [a, d, c, b] }], fold([accepted], before))),
  ).toEqual(['c2', 'c3', 'c4', 'c1']);
});

test('who has waited longest is found, and nobody where nobody may be answered', () => {
  const two = [conversation, { ...conversation, id: 'c2' }];
  const said = (id: string, which: string, at: string, change = {}): ServerEvent => ({
    type: 'message',
    id,
    conversation: which,
    message: message(at, change),
  });
  const both = fold([snapshot('5-0', two), said('6-0', 'c1', '20'), said('7-0', 'c2', '10')]);
  expect(longestWaiting(both.items)?.conversation.id).toBe('c2');
  const answered = fold([said('8-0', 'c2', '30', { direction: 'out' })], both);
  expect(longestWaiting(answered.items)?.conversation.id).toBe('c1');
  const out = answered.items.map((item) => ({
    ...item,
    conversation: { ...item.conversation, opted_out: true },
  }));
  expect(longestWaiting(out)).toBeNull();
});
