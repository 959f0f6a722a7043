import { describe, expect, it } from 'vitest';

import { decode, pieces, separatorOf } from '../src/pieces';

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

  it('is whole rows where cells in quotes go over lines, and counts their lines', () => {
    const row = `+1555,"${'x\n'.repeat(5000)}x"`;
    const found = [...pieces(['phone,notes', row, row, '+1556,"a ""b""\nc"', 'd'].join('\n'), ',')];
    expect(found.map(({ firstRow, count }) => [firstRow, count])).toEqual([
      [1, 2],
      [5003, 3],
    ]);
    expect(found[1]?.rows.endsWith('\n+1556,"a ""b""\nc"\nd')).toBe(true);
  });

  it('in which a quote is not closed loses that line alone', () => {
    const lines = ['phone,name', '+1,5" pipe', '+2,"never', ...Array(2000).fill('+3,x')];
    const found = [...pieces(lines.join('\n'), ',')];
    expect(found.map(({ firstRow, count }) => [firstRow, count])).toEqual([
      [1, 2],
      [3, 1],
      [4, 1000],
      [1004, 1000],
    ]);
    expect(found[1]?.rows).toBe('+2,"never');
  });

  it('of nothing is none', () => {
    expect([...pieces('')]).toEqual([]);
  });
});

describe('a file', () => {
  it('is parted by what its first line has first, quotes aside', () => {
    expect(separatorOf('a;b,c\n')).toBe(';');
    expect(separatorOf('"a,b"\tc')).toBe('\t');
    expect(separatorOf('alone\na;b')).toBe(',');
    expect(separatorOf('"a;\n')).toBe(',');
  });

  it('is read in what it was written in', () => {
    const of = (...octets: number[]): ArrayBuffer => new Uint8Array(octets).buffer;
    expect(decode(of(0xc3, 0xa9))).toEqual({ text: 'é', assumed: null });
    expect(decode(of(0xef, 0xbb, 0xbf, 0x61))).toEqual({ text: 'a', assumed: null });
    expect(decode(of(0xff, 0xfe, 0xe9, 0))).toEqual({ text: 'é', assumed: null });
    expect(decode(of(0xe9))).toEqual({ text: 'é', assumed: 'Windows-1252' });
  });
});
