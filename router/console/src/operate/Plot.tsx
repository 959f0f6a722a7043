import { useState } from 'preact/hooks';

import { timeOf } from '../format';
import type { Sample } from './carriers';
import { Figure, FigureTable } from './Figure';
import {
  ceiling,
  HEIGHT,
  HOUR_MS,
  path,
  type Point,
  type Reach,
  summary,
  twelfths,
  WIDTH,
} from './plot';

interface Timed {
  at_ms: number;
}

export interface Series<S extends Timed = Sample> {
  name: string;
  value: (sample: S) => number;
}

interface Props<S extends Timed> {
  title: string;
  unit: string;
  series: readonly Series<S>[];
  samples: readonly S[];
  now: number;
  format: (value: number) => string;
  /** The top of the axis where the data do not decide it. */
  top?: number;
  /** The last hour unless said. */
  reach?: Reach;
}

/** How long ago, at each quarter of the axis. */
function quarters(spanMs: number): string[] {
  const unit = spanMs > 2 * HOUR_MS ? 'h' : 'min';
  const whole = spanMs / (unit === 'h' ? HOUR_MS : 60_000);
  return [4, 3, 2, 1].map((n) => `−${Number(((whole * n) / 4).toFixed(2))} ${unit}`);
}

/** The sample nearest to where the pointer is, or null. */
function nearest<S extends Timed>(
  samples: readonly S[],
  now: number,
  share: number,
  spanMs: number,
): S | null {
  const at = now - (1 - share) * spanMs;
  let best: S | null = null;
  for (const sample of samples)
    if (!best || Math.abs(sample.at_ms - at) < Math.abs(best.at_ms - at)) best = sample;
  return best && Math.abs(best.at_ms - at) < spanMs / 30 ? best : null;
}

/** When it was: the newest sample is `now`, unless none came for a while. */
function moment({ at_ms }: Timed, pointed: boolean, now: number, lateMs: number): string {
  return pointed || now - at_ms > lateMs ? timeOf(at_ms) : 'now';
}

interface Line {
  points: readonly Point[];
}

/** A row for each twelfth, newest first. */
function rowsOf(
  lines: readonly Line[],
  now: number,
  spanMs: number,
  format: (value: number) => string,
) {
  const columns = lines.map(({ points }) => twelfths(points, now, spanMs));
  return (columns[0] ?? []).map(({ from }, row) => ({
    from: timeOf(from),
    values: columns.map((column) => {
      const value = column[row]?.value ?? null;
      return value === null ? '–' : format(value);
    }),
  }));
}

/** Lines over the last hour or hours, with what they say now, and the same as a table. */
export function Plot<S extends Timed>(props: Props<S>) {
  const { title, unit, series, samples, now, format, top: fixed, reach } = props;
  const spanMs = reach?.spanMs ?? HOUR_MS;
  const [pointed, setPointed] = useState<S | null>(null);
  const lines = series.map(({ name, value }) => ({
    name,
    value,
    points: samples.map((sample): Point => ({ at: sample.at_ms, value: value(sample) })),
  }));
  const most = Math.max(...lines.map(({ points }) => summary(points).most), 0);
  const top = fixed ?? ceiling(most);
  const shown = pointed ?? samples.at(-1) ?? null;

  return (
    <Figure
      title={
        <>
          {title} <span class="hint">{unit}</span>
        </>
      }
      at={shown && moment(shown, pointed !== null, now, reach?.gapMs ?? 30_000)}
      legend={lines.map(({ name, value }, i) => ({
        name,
        value: shown ? format(value(shown)) : '–',
        sample: <path class={`line line-${i}`} d="M0 4H24" />,
      }))}
      top={format(top)}
      axis={[...quarters(spanMs), 'now']}
      onPoint={(share) => setPointed(share === null ? null : nearest(samples, now, share, spanMs))}
      drawn={
        <>
          {lines.map(({ name, points }, i) => (
            <path key={name} class={`line line-${i}`} d={path(points, now, top, reach)} />
          ))}
          {pointed && (
            <path
              class="cross"
              d={`M${(WIDTH * (1 - (now - pointed.at_ms) / spanMs)).toFixed(1)} 0V${HEIGHT}`}
            />
          )}
        </>
      }
    >
      <FigureTable
        label={title}
        caption={`${title}, ${unit}, mean of each ${spanMs / 720_000} minutes`}
        heads={lines.map(({ name }) => name)}
        rows={rowsOf(lines, now, spanMs, format)}
      />
    </Figure>
  );
}
