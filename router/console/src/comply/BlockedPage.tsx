import { useEffect, useState } from 'preact/hooks';

import { useLatest } from '../latest';
import { downloadUrl, read, type Blocked, type Page } from './api';
import type { PageProps } from './Comply';
import { Loading } from '../views/Loading';
import { Table } from '../views/Table';
import { entryLink, moment, numberLink, scopeText } from './words';

const WHERE: Record<string, string> = {
  accept: 'when it was written',
  dispatch: 'before it was handed over',
};

/** Sends that an opt-out has stopped: who wanted to, and what stopped them. */
export function BlockedPage({ asking }: PageProps) {
  const [rows, setRows] = useState<readonly Blocked[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const ask = useLatest();

  function look(next: string): void {
    ask(
      read<Page<Blocked>>('/blocked', { cursor: next, pageSize: '50' }),
      (page) => {
        setRows((before) => (next ? [...(before ?? []), ...page.entities] : page.entities));
        setCursor(page.nextCursor);
      },
      asking.onLost,
    );
  }

  useEffect(() => look(''), [asking.tries]);

  return (
    <section class="card" aria-labelledby="blocked-title">
      <header>
        <h2 id="blocked-title">Blocked attempts</h2>
        <span class="hint">the newest first</span>
        <span class="gap" />
        <a class="download" href={downloadUrl('/exports/blocked')} download>
          Download CSV
        </a>
      </header>
      <Loading of={rows} {...asking} />
      {rows?.length === 0 && !cursor && <p class="empty">Nothing was blocked.</p>}
      {rows && rows.length > 0 && (
        <Table
          label="Blocked attempts"
          heads={['Number', 'When', 'Wanted by', 'From', 'Stopped', 'Scope', 'By']}
        >
          {rows.map((row, i) => (
            <tr key={i}>
              <th scope="row">
                <a href={numberLink(row.number)}>{row.number}</a>
              </th>
              <td>{moment(row.date)}</td>
              <td>{row.by || 'a program'}</td>
              <td>{row.ours}</td>
              <td>{WHERE[row.where] ?? row.where}</td>
              <td>{scopeText(row.scope)}</td>
              <td>
                {row.entryId && <a href={entryLink(row.entryId)}>Evidence</a>}
                {row.batchId && `List ${row.batchId}`}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {cursor && (
        <p>
          <button onClick={() => look(cursor)}>More</button>
        </p>
      )}
    </section>
  );
}
