import { useState } from 'preact/hooks';

import { Figure, FigureTable } from '../operate/Figure';
import { ceiling, HEIGHT, WIDTH } from '../operate/plot';
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

  return (
    <Figure
      title={title}
      at={pointed ? pointed.from : 'all of it'}
      legend={stacks.map(({ name, value }, i) => ({
        name,
        value: total(value).toLocaleString(),
        sample: <rect class={`bar-${i}`} width="24" height="8" />,
      }))}
      top={top.toLocaleString()}
      axis={[buckets[0]?.from, buckets.length > 1 && buckets.at(-1)?.from]}
      onPoint={(share) =>
        setPointed(share === null ? null : (buckets[Math.floor(share * buckets.length)] ?? null))
      }
      drawn={buckets.map((bucket, i) => {
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
    >
      {empty ? (
        <p class="hint">Nothing in this time.</p>
      ) : (
        <FigureTable
          label={title}
          heads={stacks.map(({ name }) => name)}
          rows={buckets
            .filter((bucket) => sum(bucket) > 0)
            .map((bucket) => ({
              from: bucket.from,
              values: stacks.map(({ value }) => value(bucket).toLocaleString()),
            }))}
        />
      )}
    </Figure>
  );
}
