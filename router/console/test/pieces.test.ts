import { describe, expect, it } from 'vitest';

import { pieces } from '../src/comply/importing';

describe('a file in pieces', () => {
  it('is whole lines, all of them, at most a thousand in a piece', () => {
    const lines = Array.from({ length: 2500 }, (_, i) => `+1555${i}`);
    const found = [...pieces(`${lines.join('\n')}\n`)];
    expect(found.map(({ firstRow, count }) => [firstRow, count])).toEqual([
      [1, 1000],
      [1001, 1000],
      [2001, 500],
    ]);
    expect(found.map(({ rows }) => rows).join('\n')).toBe(lines.join('\n'));
  });

  it('is parted by its length too', () => {
    const line = 'x'.repeat(9000);
    const found = [...pieces([line, line, 'a'].join('\r\n'))];
    expect(found.map(({ firstRow, count }) => [firstRow, count])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('of nothing is none', () => {
    expect([...pieces('')]).toEqual([]);
  });
});
