import { expect, test } from 'vitest';

import { ceiling, twelfths, HEIGHT, path, summary, WIDTH } from '../src/operate/plot';

const NOW = 10_000_000;

test('the axis ends at 1, 2 or 5 times a power of ten', () => {
  expect([0, 0.3, 1, 1.1, 7, 20, 21, 499, Number.NaN].map(ceiling)).toEqual([
    1, 0.5, 1, 2, 10, 20, 50, 500, 1,
  ]);
});

test('now is at the right edge, the top of the axis above', () => {
  expect(path([{ at: NOW, value: 10 }], NOW, 10)).toBe(`M${WIDTH}.0 0.0h0.1`);
  expect(path([{ at: NOW - 3_600_000, value: 0 }], NOW, 10)).toBe(`M0.0 ${HEIGHT}.0h0.1`);
});

test('a line is broken where nobody measured', () => {
  const points = [0, 10_000, 20_000, 60_000].map((ms) => ({ at: NOW - 100_000 + ms, value: 1 }));
  expect(path(points, NOW, 2).match(/[ML]/g)).toEqual(['M', 'L', 'L', 'M']);
});

test('what is older than an hour, or not yet, is left out', () => {
  const points = [NOW - 3_600_001, NOW + 1].map((at) => ({ at, value: 1 }));
  expect(path(points, NOW, 1)).toBe('');
});

test('the summary of nothing is nothing', () => {
  expect(summary([])).toEqual({ last: 0, most: 0, mean: 0 });
  expect(summary([3, 5, 1].map((value, at) => ({ at, value })))).toEqual({
    last: 1,
    most: 5,
    mean: 3,
  });
});

test('the table has twelve times five minutes, and gaps where nobody measured', () => {
  const rows = twelfths([{ at: NOW - 1000, value: 4 }], NOW);
  expect(rows).toHaveLength(12);
  expect(rows[0]).toEqual({ from: NOW - 300_000, value: 4 });
  expect(rows[1]?.value).toBeNull();
});
