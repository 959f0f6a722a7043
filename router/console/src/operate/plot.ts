/** Lines over the last hour, or hours, as paths in a box of WIDTH by HEIGHT. Pure. */

export const WIDTH = 600;
export const HEIGHT = 120;
export const HOUR_MS = 3_600_000;
/** Between two samples that are further apart the line is broken: nobody measured. */
const GAP_MS = 25_000;

/** How far back it goes, and what is a gap. */
export interface Reach {
  spanMs: number;
  gapMs: number;
}
const LAST_HOUR: Reach = { spanMs: HOUR_MS, gapMs: GAP_MS };
/** Of what is noted once a minute. */
export const minutely = (hours: number): Reach => ({ spanMs: hours * HOUR_MS, gapMs: 90_000 });

export interface Point {
  at: number;
  value: number;
}

/** The top of the axis: 1, 2 or 5 times a power of ten, at or above `most`. */
export function ceiling(most: number): number {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  for (const step of [1, 2, 5, 10]) if (step * power >= most) return step * power;
  return 10 * power;
}

/** An SVG path; points outside the reach before `now` are left out. */
export function path(
  points: readonly Point[],
  now: number,
  top: number,
  { spanMs, gapMs }: Reach = LAST_HOUR,
): string {
  let before: number | null = null;
  const steps: string[] = [];
  for (const { at, value } of points) {
    const age = now - at;
    if (age < 0 || age > spanMs) continue;
    const x = (WIDTH * (1 - age / spanMs)).toFixed(1);
    const y = (HEIGHT * (1 - Math.min(value, top) / top)).toFixed(1);
    const broken = before === null || at - before > gapMs;
    steps.push(`${broken ? 'M' : 'L'}${x} ${y}`);
    // A point alone would not be seen.
    if (broken) steps.push('h0.1');
    before = at;
  }
  return steps.join('');
}

interface Summary {
  last: number;
  most: number;
  mean: number;
}

export function summary(points: readonly Point[]): Summary {
  if (!points.length) return { last: 0, most: 0, mean: 0 };
  const values = points.map(({ value }) => value);
  return {
    last: values.at(-1) ?? 0,
    most: Math.max(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  };
}

/** The mean of each twelfth of it, which is five minutes of an hour, for the table, newest first. */
export function twelfths(
  points: readonly Point[],
  now: number,
  spanMs = HOUR_MS,
): { from: number; value: number | null }[] {
  const span = spanMs / 12;
  return Array.from({ length: 12 }, (_, i) => {
    const to = now - i * span;
    const inside = points.filter(({ at }) => at > to - span && at <= to);
    return { from: to - span, value: inside.length ? summary(inside).mean : null };
  });
}
