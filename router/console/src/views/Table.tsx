import type { ComponentChildren } from 'preact';

/** A table that scrolls in its own box where it is wider than the page. */
export function Table({
  label,
  caption = label,
  heads,
  children,
}: {
  label: string;
  /** Where it says more. */
  caption?: string | undefined;
  heads: readonly string[];
  children: ComponentChildren;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head, i) => (
              <th key={i} scope="col">
                {head || <span class="unseen">What to do</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
