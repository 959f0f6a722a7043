import { describe, expect, it } from 'vitest';

import { add, NOTHING, type Answer, type Outcome } from '../src/contacts/importing';

const row = (line: number, number: string, outcome: Outcome['outcome']): Outcome => ({
  row: line,
  cell: number,
  number,
  outcome,
  what: '',
});
const answer = (outcomes: Outcome[]): Answer => ({
  separator: ',',
  columns: [{ name: '', field: 'unique', label: 'Number' }],
  outcomes,
});

describe('a file of customers', () => {
  it('counts what became of its rows, and keeps those that change nothing', () => {
    const first = add(
      NOTHING,
      { ...answer([row(2, '+1', 'repeated'), row(3, '', 'refused'), row(4, '+1', 'created')]) },
      50,
      null,
    );
    const both = add(
      first,
      answer([row(5, '+2', 'changed'), row(6, '+3', 'unchanged')]),
      100,
      null,
    );
    expect(both).toMatchObject({
      rows: 5,
      percent: 100,
      created: 1,
      changed: 1,
      unchanged: 1,
      repeated: 1,
      refused: 1,
      oddCount: 2,
    });
    expect(both.odd.map((one) => one.row)).toEqual([2, 3]);
  });

  it('tried dry remembers the numbers of earlier pieces, and only those', () => {
    const seen = new Set<string>();
    const first = add(
      NOTHING,
      answer([row(2, '+1', 'repeated'), row(3, '+1', 'created'), row(4, '+2', 'created')]),
      50,
      seen,
    );
    expect([first.created, first.repeated]).toEqual([2, 1]);
    const both = add(first, answer([row(5, '+2', 'created'), row(6, '+4', 'created')]), 100, seen);
    expect([both.created, both.repeated]).toEqual([3, 2]);
  });

  it('shows two hundred rows at most, and says how many there are', () => {
    const rows = Array.from({ length: 300 }, (_, i) => row(i, '', 'refused'));
    const progress = add(NOTHING, answer(rows), 100, null);
    expect([progress.odd.length, progress.oddCount]).toEqual([200, 300]);
  });
});
