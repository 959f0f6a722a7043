import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { backoffMs, Link, QUIET_MS, type LinkState } from '../src/link';
import { RESEND_MAX_MS } from '../src/outbox';
import type { ServerEvent } from '../src/wire';
import { Peer, untilConnecting } from './peer';

let events: ServerEvent[];
let states: LinkState[];
let last: string | null;
let signedIn: boolean;
let signedOut: number;
let refs: number;
let link: Link;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Peer);
  Peer.all = [];
  events = [];
  states = [];
  last = null;
  signedIn = true;
  signedOut = 0;
  refs = 0;
  link = new Link({
    url: 'ws://here/agent',
    last: () => last,
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    stillSignedIn: () => Promise.resolve(signedIn),
    onSignedOut: () => (signedOut += 1),
    newRef: () => `r${++refs}`,
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const breaks = async (code = 1006): Promise<void> => {
  Peer.last.onclose?.({ code });
  await vi.advanceTimersByTimeAsync(500);
};

test('hello is the first frame and carries the last event after a break', async () => {
  link.open();
  Peer.last.greets();
  expect(Peer.last.protocol).toBe('bindery.agent.v1');
  expect(Peer.last.frames[0]).toEqual({ type: 'hello', ref: 'r1' });
  last = '7-0';
  await breaks();
  Peer.last.greets();
  expect(Peer.all).toHaveLength(2);
  expect(Peer.last.frames[0]).toMatchObject({ type: 'hello', last: '7-0' });
});

test('nothing is asked before hello is answered', () => {
  link.open();
  void link.request({ type: 'send', conversation: 'c', text: 't' }, true, 'mine');
  Peer.last.onopen?.();
  expect(Peer.last.frames).toHaveLength(1);
  Peer.last.says({ type: 'ack', ref: Peer.last.frames[0]?.ref });
  expect(Peer.last.frames[1]).toMatchObject({ type: 'send', ref: 'mine' });
});

test('a kept request is said again with its ref until it is answered, then never', async () => {
  link.open();
  Peer.last.greets();
  const answer = link.request({ type: 'send', conversation: 'c', text: 't' }, true, 'mine');
  await breaks();
  Peer.last.greets();
  expect(Peer.last.frames[1]).toMatchObject({ type: 'send', ref: 'mine', text: 't' });
  Peer.last.says({ type: 'ack', ref: 'mine' });
  await expect(answer).resolves.toMatchObject({ ref: 'mine' });
  await breaks();
  Peer.last.greets();
  expect(Peer.last.frames).toHaveLength(1);
});

test('a kept request whose ref may be forgotten is not said again', async () => {
  link.open();
  Peer.last.greets();
  const answer = link.request({ type: 'send', conversation: 'c', text: 't' }, true, 'mine');
  const refused = expect(answer).rejects.toMatchObject({ code: 'too_old' });
  Peer.last.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(RESEND_MAX_MS);
  await untilConnecting();
  Peer.last.greets();
  await refused;
  expect(Peer.last.frames).toHaveLength(1);
});

test('what a page before this one may have said is as old as that', async () => {
  link.open();
  Peer.last.greets();
  const long = Date.now() - RESEND_MAX_MS + 400;
  const send = { type: 'send', conversation: 'c', text: 't' } as const;
  const answer = link.request(send, true, 'mine', long);
  expect(Peer.last.frames).toHaveLength(2);
  const refused = expect(answer).rejects.toMatchObject({ code: 'too_old' });
  await breaks();
  Peer.last.greets();
  await refused;
});

test('what was never said goes out, however long the link was down', async () => {
  link.open();
  void link.request({ type: 'send', conversation: 'c', text: 't' }, true, 'mine');
  Peer.last.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(2 * RESEND_MAX_MS);
  await untilConnecting();
  Peer.last.greets();
  expect(Peer.last.frames[1]).toMatchObject({ type: 'send', ref: 'mine' });
});

test('other requests are given up when the link breaks', async () => {
  link.open();
  Peer.last.greets();
  const answer = link.request({ type: 'plan', conversation: 'c', text: 't' }, false);
  const refused = expect(answer).rejects.toMatchObject({ code: 'offline' });
  await breaks();
  await refused;
});

test('an error is the answer of its ref', async () => {
  link.open();
  Peer.last.greets();
  const answer = link.request({ type: 'accept', conversation: 'c', epoch: 1 }, true, 'mine');
  Peer.last.says({ type: 'error', ref: 'mine', code: 'conflict', message: 'Taken.' });
  await expect(answer).rejects.toMatchObject({ code: 'conflict' });
});

test('a link that owes an answer too long is taken for dead', async () => {
  link.open();
  Peer.last.greets();
  void link.request({ type: 'send', conversation: 'c', text: 't' }, true);
  await vi.advanceTimersByTimeAsync(13_000);
  expect(Peer.all).toHaveLength(2);
  expect(Peer.all[0]?.closed).toBe(true);
});

test('a quiet link is asked whether it carries, and left alone while it does', async () => {
  link.open();
  Peer.last.greets();
  for (let round = 1; round <= 3; round++) {
    await vi.advanceTimersByTimeAsync(QUIET_MS);
    expect(Peer.last.frames).toHaveLength(1 + round);
    expect(Peer.last.frames.at(-1)).toMatchObject({ type: 'ping' });
    Peer.last.says({ type: 'ack', ref: Peer.last.frames.at(-1)?.ref });
  }
  await vi.advanceTimersByTimeAsync(QUIET_MS - 1);
  Peer.last.says({ type: 'agent', id: '1-0' });
  await vi.advanceTimersByTimeAsync(QUIET_MS - 1);
  expect(Peer.last.frames).toHaveLength(4);
  expect(Peer.all).toHaveLength(1);
});

test('a quiet link that does not answer is taken for dead', async () => {
  link.open();
  Peer.last.greets();
  await vi.advanceTimersByTimeAsync(QUIET_MS + 13_000);
  expect(Peer.all).toHaveLength(2);
  expect(Peer.all[0]?.closed).toBe(true);
});

test('a page that is seen again asks at once whether its link carries', async () => {
  link.open();
  link.hurry();
  Peer.last.greets();
  link.hurry();
  link.hurry();
  expect(Peer.last.frames.map(({ type }) => type)).toEqual(['hello', 'ping']);
  await vi.advanceTimersByTimeAsync(11_000);
  link.hurry();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(Peer.all).toHaveLength(2);
});

test('close code 4401 ends it and asks to sign in', async () => {
  link.open();
  Peer.last.greets();
  await breaks(4401);
  expect(signedOut).toBe(1);
  expect(Peer.all).toHaveLength(1);
});

test('a handshake refused for want of a session asks to sign in', async () => {
  signedIn = false;
  link.open();
  await breaks();
  expect(signedOut).toBe(1);
  expect(Peer.all).toHaveLength(1);
});

test('frames of a socket that was given up are not heard', async () => {
  link.open();
  const first = Peer.last;
  first.greets();
  await breaks();
  first.says({ type: 'agent', id: '1-0' });
  first.onmessage?.({ data: 'x' });
  expect(events).toEqual([]);
});

test('a frame that is no JSON is passed over', () => {
  link.open();
  Peer.last.greets();
  Peer.last.onmessage?.({ data: '{' });
  Peer.last.says({ type: 'agent', id: '1-0' });
  expect(events).toHaveLength(1);
});

test('closing for good rejects what was asked and stays closed', async () => {
  link.open();
  Peer.last.greets();
  const answer = link.request({ type: 'send', conversation: 'c', text: 't' }, true);
  const refused = expect(answer).rejects.toMatchObject({ code: 'offline' });
  link.close();
  await refused;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Peer.all).toHaveLength(1);
  expect(states.at(-1)).toBe('closed');
});

test('the pause grows, has a limit, and half of it is left to chance', () => {
  expect(backoffMs(0, 0)).toBe(200);
  expect(backoffMs(0, 1)).toBe(400);
  expect(backoffMs(3, 1)).toBe(3200);
  expect(backoffMs(1000, 1)).toBe(12_000);
});

test('a network that is said to be gone cuts the connection at once, and it is opened again', async () => {
  link.open();
  Peer.last.greets();
  const asked = link.request({ type: 'status', routing: 'on_queue' }, false).catch(String);
  link.cut();
  expect(states.at(-1)).toBe('waiting');
  expect(await asked).toMatch(/lost/);
  await vi.advanceTimersByTimeAsync(500);
  Peer.last.greets();
  expect(Peer.all).toHaveLength(2);
  expect(states.at(-1)).toBe('open');
});
