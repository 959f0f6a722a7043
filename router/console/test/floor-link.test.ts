import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { QUIET_MS } from '../src/link';
import { RESEND_MAX_MS } from '../src/outbox';
import type { Floor } from '../src/supervise/floor';
import { FloorLink } from '../src/supervise/link';
import { Peer, untilConnecting } from './peer';

// What the modules look at as they are loaded.
vi.hoisted(() => vi.stubGlobal('navigator', { platform: '' }));

const SNAPSHOT = { type: 'snapshot', now: 0, live: true, queues: [], agents: [] };

let floor: Floor;
let signedIn: boolean;
let signedOut: number;
let link: FloorLink;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Peer);
  vi.stubGlobal('location', { href: 'http://here/' });
  vi.stubGlobal('fetch', () =>
    Promise.resolve({ status: signedIn ? 200 : 401, ok: signedIn, json: () => ({}) }),
  );
  Peer.all = [];
  signedIn = true;
  signedOut = 0;
  link = new FloorLink(
    (shown) => (floor = shown),
    () => (signedOut += 1),
  );
  link.start();
});

afterEach(() => {
  link.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const shows = (): void => {
  Peer.last.greets();
  Peer.last.says(SNAPSHOT);
};
const types = (): unknown[] => Peer.last.frames.map(({ type }) => type);

test('a quiet floor is asked for a sign of life, and one that gives none is left', async () => {
  shows();
  await vi.advanceTimersByTimeAsync(QUIET_MS);
  expect(types()).toEqual(['hello', 'ping']);
  Peer.last.says({ type: 'ack', ref: Peer.last.frames[1]?.ref });
  await vi.advanceTimersByTimeAsync(QUIET_MS - 1);
  expect(types()).toEqual(['hello', 'ping']);
  await vi.advanceTimersByTimeAsync(1);
  expect(types()).toEqual(['hello', 'ping', 'ping']);
  expect(floor.live).toBe(true);
  await vi.advanceTimersByTimeAsync(13_000);
  expect(Peer.all[0]?.closed).toBe(true);
  expect(Peer.all).toHaveLength(2);
  expect(floor.live).toBe(false);
  shows();
  expect(floor.live).toBe(true);
});

test('an attempt that nobody answers is given up', async () => {
  await vi.advanceTimersByTimeAsync(13_000);
  expect(Peer.all).toHaveLength(2);
});

test('a page that is seen again asks at once, or does not sit out the pause', async () => {
  link.hurry();
  shows();
  link.hurry();
  link.hurry();
  expect(types()).toEqual(['hello', 'ping']);
  Peer.last.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(0);
  link.hurry();
  link.hurry();
  expect(Peer.all).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(Peer.all).toHaveLength(2);
});

test('who is signed out is told so, once', async () => {
  shows();
  signedIn = false;
  Peer.last.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect([signedOut, Peer.all.length]).toEqual([1, 1]);
});

test('an order is said again after a break, unless its ref may be forgotten', async () => {
  shows();
  const done = link.order('close', { conversation: 'c' });
  Peer.last.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(500);
  shows();
  const { ref } = Peer.last.frames[1] ?? {};
  expect(Peer.last.frames[1]).toMatchObject({ type: 'close', conversation: 'c' });
  Peer.last.says({ type: 'ack', ref });
  await done;
  const refused = expect(link.order('close', { conversation: 'd' })).rejects.toThrow('Too old');
  Peer.last.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(RESEND_MAX_MS);
  await untilConnecting();
  shows();
  await refused;
  expect(types()).toEqual(['hello']);
});
