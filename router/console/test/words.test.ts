import { expect, test } from 'vitest';

import type { Carrier } from '../src/operate/carriers';
import { bindState, carrierState, changes, errorName, rate } from '../src/operate/words';

const carrier = (name: string, state: string): Carrier => ({
  name,
  hold: '',
  status: { state },
  binds: [],
});

test('a state that the page does not know is said as it is', () => {
  expect(carrierState(carrier('acme', 'half_asleep'))).toEqual({
    text: 'half asleep',
    mood: 'warn',
  });
});

test('a gateway that Redis does not serve is told to be upgraded', () => {
  expect(carrierState(carrier('acme', 'unserved'))).toEqual({
    text: 'Gateway too old: upgrade it',
    mood: 'danger',
  });
});

test('a bind that is quiet is throttled, whatever its session is', () => {
  expect(bindState({ state: 'bound_trx', quiet_ms: 10 }).text).toBe('Throttled');
  expect(bindState({ state: 'bound_trx', quiet_ms: 0 }).mood).toBe('good');
});

test('only what changed is said', () => {
  const before = [carrier('acme', 'bound'), carrier('brick', 'bound')];
  const after = [carrier('acme', 'down'), carrier('brick', 'bound'), carrier('new', 'bound')];
  expect(changes(before, after)).toBe('acme: Down.');
  expect(changes(after, after)).toBeNull();
});

test('figures are as long as they deserve', () => {
  expect([0, 0.25, 9.96, 12.4].map(rate)).toEqual(['0', '0.3', '10.0', '12']);
  expect(errorName('ESME_RTHROTTLED')).toBe('RTHROTTLED');
  expect(errorName('0x00000455')).toBe('0x00000455');
});
