import { useState } from 'preact/hooks';

import { downloadUrl, type Entry, type NumberFound } from './api';
import type { PageProps } from './Comply';
import { Said } from './Facts';
import { Table } from '../views/Table';
import { RemovalDialog } from './RemovalDialog';
import { entryLink, moment, scopeText, sourceText, whatSaid } from './words';

interface Props extends PageProps {
  found: NumberFound;
  onChanged: () => void;
}

/** One number: what suppresses it now, and how that came. */
export function NumberView({ found, onChanged, ...props }: Props) {
  const [removing, setRemoving] = useState<Entry | null>(null);
  return (
    <section class="card" aria-labelledby="number-title">
      <header>
        <h2 id="number-title">{found.number}</h2>
        {found.suppressed ? (
          <Said text="Suppressed" mood="danger" />
        ) : (
          <Said text="Not suppressed" mood="good" />
        )}
        <span class="gap" />
        <a
          class="download"
          href={downloadUrl('/exports/evidence', { number: found.number })}
          download
        >
          Evidence as CSV
        </a>
      </header>
      {found.suppressed && (
        <Table label="In force" heads={['Scope', 'Source', 'Since', 'By', 'Of', '']}>
          {found.inForce.map((entry, i) => (
            <tr key={i}>
              <th scope="row">{scopeText(entry.scope)}</th>
              <td>{sourceText(entry.source)}</td>
              <td>{moment(entry.dateCreated)}</td>
              <td>{entry.by || 'the customer'}</td>
              <td>
                {entry.id && <a href={entryLink(entry.id)}>Evidence</a>}
                {entry.batchId && <span>List {entry.batchId}</span>}
              </td>
              <td>
                <button onClick={() => setRemoving(entry)}>
                  Ask for removal<span class="unseen"> of {scopeText(entry.scope)}</span>
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <h3>History</h3>
      {found.history.length === 0 && <p class="hint">Nothing is known of this number.</p>}
      {found.history.length > 0 && (
        <Table
          label="History"
          heads={['What', 'Scope', 'Source', 'By', 'Approved by', 'When', 'Remark']}
        >
          {found.history.map((row) => {
            const { text, mood } = whatSaid(row.what);
            return (
              <tr key={row.id}>
                <th scope="row">
                  <Said text={text} mood={mood} />
                </th>
                <td>{scopeText(row.scope)}</td>
                <td>{sourceText(row.source)}</td>
                <td>{row.by || 'the customer'}</td>
                <td>{row.approvedBy}</td>
                <td>
                  <a href={entryLink(row.id)}>{moment(row.dateEffective)}</a>
                </td>
                <td class="remark" dir="auto">
                  {row.note}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      {found.historyTotal > found.history.length && (
        <p class="hint">
          The newest {found.history.length} of {found.historyTotal.toLocaleString()} records.
        </p>
      )}
      {removing && (
        <RemovalDialog
          {...props}
          number={found.number}
          scope={removing.scope}
          onClose={() => setRemoving(null)}
          onAsked={() => {
            setRemoving(null);
            onChanged();
          }}
        />
      )}
    </section>
  );
}
