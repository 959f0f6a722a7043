import { expect, test } from 'vitest';

import { parseOutbox, RESEND_MAX_MS, stringifyOutbox } from '../src/outbox';
import type { PendingSend } from '../src/state';

const send: PendingSend = {
  ref: 'r1',
  conversation: 'c1',
  text: 'hello',
  at_ms: 1000,
  refused: null,
  shown: '9',
};

test('a reply survives a reload with its ref', () => {
  expect(parseOutbox(stringifyOutbox([send]), 2000)).toEqual([{ ...send, shown: null }]);
});

test('a reply too old for its ref to be remembered is left to a person', () => {
  const [old] = parseOutbox(stringifyOutbox([send]), 1000 + RESEND_MAX_MS);
  expect(old?.refused).toContain('Too old');
});

test.each([null, '', 'x', '{}', '[1, null, {"ref": 3}]'])('%j is an empty outbox', (text) => {
  expect(parseOutbox(text, 0)).toEqual([]);
});
