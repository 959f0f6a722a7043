import { expect, test } from 'vitest';

import { changedNeeds } from '../src/needs';

const KNOWN = { skills: ['french', 'vip'], priority: 2 };

test.each([
  [{ skills: ['vip', 'french'], priority: 2 }, {}],
  [{ skills: ['vip'], priority: 2 }, { skills: ['vip'] }],
  [
    { skills: [], priority: 0 },
    { skills: [], priority: 0 },
  ],
  [{ skills: ['french', 'vip'], priority: -1 }, { priority: -1 }],
])('of %j what differs is %j', (next, changed) => {
  expect(changedNeeds(KNOWN, next)).toEqual(changed);
});
