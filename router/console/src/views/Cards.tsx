import type { ComponentChildren } from 'preact';

interface Props<T> {
  /** The element that names it. */
  labelledBy: string;
  rows: readonly T[];
  name: (row: T) => ComponentChildren;
  /** Beside the name. */
  columns: readonly (readonly [string, (row: T) => ComponentChildren])[];
  /** Buttons. */
  actions: (row: T) => ComponentChildren;
}

/** A table whose rows are cards on a narrow page: the name, what is known of it by line, what can be done. */
export function Cards<T extends { id: string }>(props: Props<T>) {
  const { labelledBy, rows, name, columns, actions } = props;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-labelledby={labelledBy}>
      <table role="table" class="cards">
        <thead>
          <tr>
            <th scope="col">Name</th>
            {columns.map(([title]) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            <th scope="col">
              <span class="unseen">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={row.id} role="row">
              <th scope="row" role="rowheader">
                {name(row)}
              </th>
              {columns.map(([title, value]) => (
                <td key={title} role="cell" data-title={title}>
                  {value(row)}
                </td>
              ))}
              <td class="actions" role="cell">
                {actions(row)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
