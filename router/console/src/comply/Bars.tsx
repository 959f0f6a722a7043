import { useState } from 'preact/hooks';

import { ceiling, HEIGHT, WIDTH } from '../operate/plot';
import { Table } from './Facts';
import type { Bucket } from './report';

export interface Stack {
  name: string;
  value: (bucket: Bucket) => number;
}

interface Props {
  title: string;
  stacks: readonly Stack[];
  buckets: readonly Bucket[];
}

/** Bars by day or hour, one upon the other, with their sums, and the same as a table. */
export function Bars({ title, stacks, buckets }: Props) {
  const [pointed, setPointed] = useState<Bucket | null>(null);
  const sum = (bucket: Bucket): number => stacks.reduce((all, { value }) => all + value(bucket), 0);
  const top = ceiling(Math.max(0, ...buckets.map(sum)));
  const step = WIDTH / Math.max(1, buckets.length);
  const total = (value: Stack['value']): number =>
    pointed ? value(pointed) : buckets.reduce((all, bucket) => all + value(bucket), 0);
  const empty = buckets.every((bucket) => sum(bucket) === 0);

  function point(event: PointerEvent): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * buckets.length);
    setPointed(buckets[at] ?? null);
  }

  return (
    <figure class="plot">
      <figcaption>
        <span class="plot-title">{title}</span>
        <span class="hint plot-at">{pointed ? pointed.from : 'all of it'}</span>
      </figcaption>
      <ul class="legend">
        {stacks.map(({ name, value }, i) => (
          <li key={name}>
            <svg class="sample" viewBox="0 0 24 8" aria-hidden>
              <rect class={`bar-${i}`} width="24" height="8" />
            </svg>
            {name} <b>{total(value).toLocaleString()}</b>
          </li>
        ))}
      </ul>
      <div class="plot-box">
        <span class="axis-top" aria-hidden>
          {top.toLocaleString()}
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
          {buckets.map((bucket, i) => {
            let under = 0;
            return stacks.map(({ name, value }, j) => {
              const height = (HEIGHT * value(bucket)) / top;
              under += height;
              return height > 0 ? (
                <rect
                  key={`${name}-${bucket.from}`}
                  class={`bar-${j}${bucket === pointed ? ' pointed' : ''}`}
                  x={(i * step + step * 0.1).toFixed(2)}
                  y={(HEIGHT - under).toFixed(2)}
                  width={(step * 0.8).toFixed(2)}
                  height={height.toFixed(2)}
                />
              ) : null;
            });
          })}
        </svg>
        <span class="axis" aria-hidden>
          <span>{buckets[0]?.from}</span>
          <span>{buckets.length > 1 && buckets.at(-1)?.from}</span>
        </span>
      </div>
      {empty ? (
        <p class="hint">Nothing in this time.</p>
      ) : (
        <details>
          <summary>
            Table<span class="unseen"> of {title}</span>
          </summary>
          <Table label={`Table of ${title}`} heads={['From', ...stacks.map(({ name }) => name)]}>
            {buckets
              .filter((bucket) => sum(bucket) > 0)
              .map((bucket) => (
                <tr key={bucket.from}>
                  <th scope="row">{bucket.from}</th>
                  {stacks.map(({ name, value }) => (
                    <td key={name}>{value(bucket).toLocaleString()}</td>
                  ))}
                </tr>
              ))}
          </Table>
        </details>
      )}
    </figure>
  );
}
