import { useState } from 'preact/hooks';

import { timeOf } from '../format';
import type { Sample } from './carriers';
import { ceiling, fiveMinutes, HEIGHT, path, type Point, summary, WIDTH } from './plot';

export interface Series {
  name: string;
  value: (sample: Sample) => number;
}

interface Props {
  title: string;
  unit: string;
  series: readonly Series[];
  samples: readonly Sample[];
  now: number;
  format: (value: number) => string;
  /** The top of the axis where the data do not decide it. */
  top?: number;
}

const QUARTERS = [0, 15, 30, 45, 60];

/** The sample nearest to where the pointer is, or null. */
function nearest(samples: readonly Sample[], now: number, share: number): Sample | null {
  const at = now - (1 - share) * 3_600_000;
  let best: Sample | null = null;
  for (const sample of samples)
    if (!best || Math.abs(sample.at_ms - at) < Math.abs(best.at_ms - at)) best = sample;
  return best && Math.abs(best.at_ms - at) < 120_000 ? best : null;
}

/** When it was: the newest sample is `now`, unless none came for a while. */
function moment({ at_ms }: Sample, pointed: boolean, now: number): string {
  return pointed || now - at_ms > 30_000 ? timeOf(at_ms) : 'now';
}

/** Lines over the last hour, with what they say now, and the same as a table. */
export function Plot({ title, unit, series, samples, now, format, top: fixed }: Props) {
  const [pointed, setPointed] = useState<Sample | null>(null);
  const lines = series.map(({ name, value }) => ({
    name,
    value,
    points: samples.map((sample): Point => ({ at: sample.at_ms, value: value(sample) })),
  }));
  const most = Math.max(...lines.map(({ points }) => summary(points).most), 0);
  const top = fixed ?? ceiling(most);
  const shown = pointed ?? samples.at(-1) ?? null;
  const id = `plot-${title.replace(/\W+/g, '-').toLowerCase()}`;

  function point(event: PointerEvent): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    setPointed(nearest(samples, now, (event.clientX - box.left) / box.width));
  }

  return (
    <figure class="plot">
      <figcaption>
        <span class="plot-title">
          {title} <span class="hint">{unit}</span>
        </span>
        <span class="hint plot-at">{shown && moment(shown, pointed !== null, now)}</span>
      </figcaption>
      <ul class="legend">
        {lines.map(({ name, value }, i) => (
          <li key={name}>
            <svg class="sample" viewBox="0 0 24 8" aria-hidden>
              <path class={`line line-${i}`} d="M0 4H24" />
            </svg>
            {name} <b>{shown ? format(value(shown)) : '–'}</b>
          </li>
        ))}
      </ul>
      <div class="plot-box">
        <span class="axis-top" aria-hidden>
          {format(top)}
        </span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden
          onPointerMove={point}
          onPointerLeave={() => setPointed(null)}
        >
          {[0, 0.5, 1].map((y) => (
            <path key={y} class="grid" d={`M0 ${y * HEIGHT}H${WIDTH}`} />
          ))}
          {lines.map(({ name, points }, i) => (
            <path key={name} class={`line line-${i}`} d={path(points, now, top)} />
          ))}
          {pointed && (
            <path
              class="cross"
              d={`M${(WIDTH * (1 - (now - pointed.at_ms) / 3_600_000)).toFixed(1)} 0V${HEIGHT}`}
            />
          )}
        </svg>
        <span class="axis" aria-hidden>
          {QUARTERS.map((minutes) => (
            <span key={minutes}>{minutes === 60 ? 'now' : `−${60 - minutes} min`}</span>
          ))}
        </span>
      </div>
      <details>
        <summary>
          Table<span class="unseen"> of {title}</span>
        </summary>
        <div class="scroll" tabIndex={0} role="region" aria-label={`Table of ${title}`}>
          <table id={id}>
            <caption class="unseen">
              {title}, {unit}, mean of each five minutes
            </caption>
            <thead>
              <tr>
                <th scope="col">From</th>
                {lines.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {fiveMinutes(lines[0]?.points ?? [], now).map(({ from }, row) => (
                <tr key={row}>
                  <th scope="row">{timeOf(from)}</th>
                  {lines.map(({ name, points }) => {
                    const value = fiveMinutes(points, now)[row]?.value ?? null;
                    return <td key={name}>{value === null ? '–' : format(value)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
