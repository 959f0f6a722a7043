import type { ComponentChildren } from 'preact';

import { Table } from '../views/Table';
import { HEIGHT, WIDTH } from './plot';

interface Props {
  title: ComponentChildren;
  /** When what the legend says was. */
  at: ComponentChildren;
  /** Names and values; the sample is 24 wide and 8 high. */
  legend: readonly { name: string; value: string; sample: ComponentChildren }[];
  top: string;
  /** From the left to the right. */
  axis: readonly ComponentChildren[];
  /** Where the pointer is, 0 to 1 of the width; null once it has left. */
  onPoint: (share: number | null) => void;
  /** What is drawn, WIDTH by HEIGHT. */
  drawn: ComponentChildren;
  /** The same as a table, under it. */
  children: ComponentChildren;
}

/** What lines and bars have around them. */
export function Figure({ title, at, legend, top, axis, onPoint, drawn, children }: Props) {
  function point(event: PointerEvent): void {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    onPoint((event.clientX - left) / width);
  }

  return (
    <figure class="plot">
      <figcaption>
        <span class="plot-title">{title}</span>
        <span class="hint plot-at">{at}</span>
      </figcaption>
      <ul class="legend">
        {legend.map(({ name, value, sample }) => (
          <li key={name}>
            <svg class="sample" viewBox="0 0 24 8" aria-hidden>
              {sample}
            </svg>
            {name} <b>{value}</b>
          </li>
        ))}
      </ul>
      <div class="plot-box">
        <span class="axis-top" aria-hidden>
          {top}
        </span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden
          onPointerMove={point}
          onPointerLeave={() => onPoint(null)}
        >
          {[0, 0.5, 1].map((y) => (
            <path key={y} class="grid" d={`M0 ${y * HEIGHT}H${WIDTH}`} />
          ))}
          {drawn}
        </svg>
        <span class="axis" aria-hidden>
          {axis.map((label, i) => (
            <span key={i}>{label}</span>
          ))}
        </span>
      </div>
      {children}
    </figure>
  );
}

interface TableProps {
  label: string;
  /** The label unless said. */
  caption?: string | undefined;
  heads: readonly string[];
  rows: readonly { from: string; values: readonly string[] }[];
}

/** What is drawn, in numbers. */
export function FigureTable({ label, caption, heads, rows }: TableProps) {
  return (
    <details>
      <summary>
        Table<span class="unseen"> of {label}</span>
      </summary>
      <Table label={`Table of ${label}`} caption={caption} heads={['From', ...heads]}>
        {rows.map(({ from, values }) => (
          <tr key={from}>
            <th scope="row">{from}</th>
            {values.map((value, i) => (
              <td key={i}>{value}</td>
            ))}
          </tr>
        ))}
      </Table>
    </details>
  );
}
