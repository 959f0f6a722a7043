import { expect, test } from 'vitest';

import { compareAt, mergeMessages, unreadCount, waitingSince } from '../src/thread';
import type { Message } from '../src/wire';

const at = (ms: number, change: Partial<Message> = {}): Message => ({
  id: String(ms),
  at: `${ms}-0`,
  at_ms: ms,
  direction: 'in',
  text: '',
  ...change,
});

test('positions are ordered by number and then by sequence', () => {
  expect(['10-0', '9-2', '9-10', '9-1'].sort(compareAt)).toEqual(['9-1', '9-2', '9-10', '10-0']);
});

test('the customer waits since the first message that a person has not answered', () => {
  expect(waitingSince([at(1), at(2)])).toBe(1);
  expect(waitingSince([at(1), at(2, { direction: 'out' }), at(3), at(4)])).toBe(3);
  expect(waitingSince([at(1), at(2, { direction: 'out' })])).toBeNull();
});

test('an automatic answer is no answer, and a keyword asks for none', () => {
  expect(waitingSince([at(1), at(2, { direction: 'out', automatic: true })])).toBe(1);
  expect(waitingSince([at(1, { keyword: 'opt_out' })])).toBeNull();
});

test('unread are those of the customer after the mark', () => {
  const thread = [at(1), at(2, { direction: 'out' }), at(3), at(4)];
  expect(unreadCount(thread, null)).toBe(3);
  expect(unreadCount(thread, '1-0')).toBe(2);
  expect(unreadCount(thread, '4-0')).toBe(0);
});

test('an old page does not make a whole message partial again', () => {
  const whole = [at(1, { text: 'all of it', partial: false })];
  const merged = mergeMessages(whole, [at(1, { text: 'all', partial: true })], false);
  expect(merged[0]).toMatchObject({ text: 'all of it', partial: false });
});

test('an event may take an unknown outcome back to sending, an old page may not', () => {
  const unknown = [at(1, { direction: 'out', state: 'unknown' })];
  const again = at(1, { direction: 'out', state: 'sending' });
  expect(mergeMessages(unknown, [again], true)[0]?.state).toBe('sending');
  expect(mergeMessages(unknown, [again], false)[0]?.state).toBe('unknown');
});
