import { expect, test } from 'vitest';

import { commandOf, DEFAULT_KEYS, parseKeys, remap, type Stroke } from '../src/keys';

const stroke = (key: string, change: Partial<Stroke> = {}): Stroke => ({
  key,
  code: `Key${key.toUpperCase()}`,
  altKey: true,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  ...change,
});

test('Alt with a letter is a command, also while typing', () => {
  expect(commandOf(stroke('j'), DEFAULT_KEYS, false, true)).toBe('next');
  expect(commandOf(stroke('a'), DEFAULT_KEYS, false, false)).toBe('accept');
  expect(commandOf(stroke('y'), DEFAULT_KEYS, false, false)).toBeNull();
});

test('a letter alone, or with AltGr, is text', () => {
  expect(commandOf(stroke('j', { altKey: false }), DEFAULT_KEYS, false, false)).toBeNull();
  expect(commandOf(stroke('e', { ctrlKey: true }), DEFAULT_KEYS, false, false)).toBeNull();
});

test('on a Mac Option types letters, so Control goes with it', () => {
  expect(commandOf(stroke('@', { code: 'KeyL' }), DEFAULT_KEYS, true, true)).toBeNull();
  const both = stroke('¬', { code: 'KeyL', ctrlKey: true });
  expect(commandOf(both, DEFAULT_KEYS, true, true)).toBe('reply');
});

test('a layout without Latin letters is read by the place of the key', () => {
  expect(commandOf(stroke('о', { code: 'KeyJ' }), DEFAULT_KEYS, false, false)).toBe('next');
});

test('a question mark asks for help unless it is typed into a text', () => {
  const question = stroke('?', { altKey: false, shiftKey: true, code: 'Slash' });
  expect(commandOf(question, DEFAULT_KEYS, false, false)).toBe('help');
  expect(commandOf(question, DEFAULT_KEYS, false, true)).toBeNull();
});

test('two commands never share a key', () => {
  const keys = remap(DEFAULT_KEYS, 'accept', 'j');
  expect(keys.accept).toBe('j');
  expect(keys.next).toBe('a');
});

test('a stored map that makes no sense leaves the defaults', () => {
  expect(parseKeys('{"accept": "??", "next": 4}')).toEqual(DEFAULT_KEYS);
  expect(parseKeys('not json')).toEqual(DEFAULT_KEYS);
  expect(parseKeys(null)).toEqual(DEFAULT_KEYS);
  expect(parseKeys('{"accept": "x"}').accept).toBe('x');
});
