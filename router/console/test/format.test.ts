import { describe, expect, test } from 'vitest';

import { announcement, offersOf } from '../src/announce';
import {
  characterName,
  clock,
  codeLabel,
  dayLabel,
  deliveryProblem,
  forcedText,
  localInput,
  pageTitle,
  parkTimes,
  planText,
  timeOf,
  tooLong,
  whenText,
} from '../src/format';
import { apply, EMPTY } from '../src/state';
import type { Message, Offer, ServerEvent } from '../src/wire';

test('the counter says units, parts and coding', () => {
  const plan = { coding: 'GSM-7', segments: 2, used: 170, limit: 306 } as const;
  expect(planText(plan)).toBe('170/306 · 2 SMS · GSM-7');
  expect(forcedText(plan)).toBeNull();
});

test('a text that is too long says how long it is, and nothing else does', () => {
  expect(tooLong('a'.repeat(4000), 4000)).toBeNull();
  expect(tooLong('a'.repeat(4001), 4000)).toBe(
    `${(4001).toLocaleString()} characters, at most ${(4000).toLocaleString()}`,
  );
});

test('the counter names the character that made it Unicode', () => {
  const plan = { coding: 'UCS-2', segments: 1, used: 9, limit: 70 } as const;
  expect(forcedText({ ...plan, forced_by: { character: '🙂', offset: 3 } })).toBe(
    '“🙂” needs Unicode',
  );
});

test.each([
  ['’', '“’”'],
  ['\u00a0', 'An invisible character (U+00A0)'],
  ['\u200d', 'An invisible character (U+200D)'],
  ['\u0301', 'A combining mark “◌\u0301” (U+0301)'],
])('the character %j is named %s', (character, name) => {
  expect(characterName(character)).toBe(name);
});

test.each([
  [-5, '0:00'],
  [42_000, '0:42'],
  [725_000, '12:05'],
  [3 * 3_600_000 + 7 * 60_000, '3 h 07'],
  [50 * 3_600_000, '2 d'],
])('%i ms read %s', (ms, text) => {
  expect(clock(ms)).toBe(text);
});

test('days are named as people name them', () => {
  const noon = new Date(2026, 10, 21, 12).getTime();
  expect(dayLabel(noon - 3_600_000, noon)).toBe('Today');
  expect(dayLabel(noon - 13 * 3_600_000, noon)).toBe('Yesterday');
  expect(dayLabel(noon - 72 * 3_600_000, noon)).toContain('18');
});

test('a failure is told with the reason of the carrier', () => {
  const message: Message = { id: '1', at: '1-0', direction: 'out', text: '', state: 'failed' };
  expect(deliveryProblem({ ...message, reason: 'absent subscriber' })).toBe(
    'Failed: absent subscriber',
  );
  expect(deliveryProblem({ ...message, state: 'delivered' })).toBeNull();
});

test('the title of the page puts offers first', () => {
  expect(pageTitle(1, 4)).toBe('(1) offer waiting · Bindery');
  expect(pageTitle(2, 0)).toBe('(2) offers waiting · Bindery');
  expect(pageTitle(0, 4)).toBe('(4) Bindery');
  expect(pageTitle(0, 0)).toBe('Bindery');
});

test('a wrap-up code is shown as the operator wrote it, a bare key as words', () => {
  expect(codeLabel('Follow-up')).toBe('Follow-up');
  expect(codeLabel('issue_resolved')).toBe('Issue resolved');
});

describe('what is said aloud', () => {
  const offer = { conversation: 'c1', epoch: 1 } as Offer;
  const agent = { name: 'ada', routing: 'idle', capacity: 3, load: 0 } as const;
  const snapshot: ServerEvent = {
    type: 'snapshot',
    id: '1-0',
    agent,
    offers: [offer],
    conversations: [],
  };

  test('an offer is announced once, also when a snapshot brings it again', () => {
    const first = apply(EMPTY, snapshot);
    expect(offersOf(snapshot, EMPTY, first)).toEqual([offer]);
    const second = apply(first, { ...snapshot, id: '2-0' });
    expect(offersOf({ ...snapshot, id: '2-0' }, first, second)).toEqual([]);
  });

  test('a message of a conversation that is not here is not', () => {
    const message: Message = { id: '1', at: '1-0', direction: 'in', text: 'x' };
    const event: ServerEvent = { type: 'message', id: '2-0', conversation: 'c9', message };
    expect(announcement(event, EMPTY, new Map())).toBeNull();
  });
});

test('a moment to come is said to the nearest minute, with its day where it is not today', () => {
  const now = new Date(2026, 10, 26, 20, 0).getTime();
  const morning = parkTimes(now)[2];
  expect(morning?.atMs).toBe(new Date(2026, 10, 27, 9, 0).getTime());
  expect(whenText((morning?.atMs ?? 0) - 3, now)).toBe(`tomorrow ${timeOf(morning?.atMs ?? 0)}`);
  const soon = new Date(2026, 10, 26, 20, 15).getTime();
  expect(whenText(soon + 29_000, now)).toBe(timeOf(soon));
  expect(localInput(soon)).toBe('2026-11-26T20:15');
});
