import { useEffect, useState } from 'preact/hooks';

import { useLatest } from '../latest';
import { AddDialog } from './AddDialog';
import {
  downloadUrl,
  queryText,
  read,
  type NumberFound,
  type Page,
  type Query,
  type Row,
} from './api';
import type { PageProps } from './Comply';
import { Said, ScopeSelect } from './Facts';
import { Field, Select } from '../views/Fields';
import { Table } from '../views/Table';
import { NumberView } from './NumberView';
import {
  entryLink,
  moment,
  numberLink,
  ruleSetLink,
  scopeText,
  sourceText,
  whatSaid,
} from './words';

const WHATS: readonly (readonly [string, string])[] = [
  ['revoke', 'Opt-outs'],
  ['grant', 'Opt-ins'],
  ['release', 'Removals'],
  ['import', 'Imports'],
  ['rules', 'Changes of rules'],
  ['any', 'Everything'],
];

const FILTERS = ['scope', 'source', 'since', 'until', 'what'] as const;

/** Who is suppressed: one number, or what happened by scope, source and time. */
export function SearchPage(props: PageProps & { query: Query }) {
  const { query, onTrouble } = props;
  const [found, setFound] = useState<NumberFound | null>(null);
  const [rows, setRows] = useState<readonly Row[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [adding, setAdding] = useState(false);
  const ask = useLatest();
  const key = queryText(query);
  const number = query.number ?? '';

  function look(next: string): void {
    const failed = (error: unknown): void => {
      setBusy(false);
      onTrouble(error);
    };
    setBusy(true);
    if (number)
      return ask(
        read<NumberFound>('/suppressions', query),
        (one) => {
          setBusy(false);
          setFound(one);
        },
        failed,
      );
    ask(
      read<Page<Row>>('/suppressions', { ...query, cursor: next }),
      (page) => {
        setBusy(false);
        setRows((before) => (next ? [...(before ?? []), ...page.entities] : page.entities));
        setCursor(page.nextCursor);
      },
      failed,
    );
  }

  useEffect(() => {
    setFound(null);
    setRows(null);
    setCursor(null);
    look('');
  }, [key]);

  return (
    <>
      <section class="card" aria-labelledby="search-title">
        <header>
          <h2 id="search-title">Search</h2>
          <span class="gap" />
          <a class="download" href={downloadUrl('/exports/suppressions')} download>
            Download the whole list
          </a>
          <button onClick={() => setAdding(true)}>Add a number</button>
        </header>
        <SearchForm key={key} query={query} scopes={props.scopes} />
      </section>
      {busy && !found && !rows && <p class="empty">Looking…</p>}
      {found && <NumberView {...props} found={found} onChanged={() => look('')} />}
      {rows && (
        <section class="card" aria-labelledby="rows-title">
          <header>
            <h2 id="rows-title">
              {WHATS.find(([what]) => what === (query.what ?? 'revoke'))?.[1] ?? 'Records'}
            </h2>
            <span class="hint">the newest first</span>
            <span class="gap" />
            <a class="download" href={downloadUrl('/exports/consent', query)} download>
              Download CSV
            </a>
          </header>
          {rows.length === 0 && !cursor && <p class="empty">Nothing of that kind.</p>}
          {rows.length > 0 && <Rows rows={rows} />}
          {cursor && (
            <p>
              <button disabled={busy} onClick={() => look(cursor)}>
                {rows.length ? 'More' : 'Look further back'}
              </button>
            </p>
          )}
        </section>
      )}
      {adding && (
        <AddDialog
          {...props}
          number={number}
          onClose={() => setAdding(false)}
          onAdded={(added) => {
            setAdding(false);
            if (number === added) look('');
            else location.hash = numberLink(added);
          }}
        />
      )}
    </>
  );
}

function SearchForm({ query, scopes }: { query: Query; scopes: readonly string[] }) {
  const [number, setNumber] = useState(query.number ?? '');
  const [country, setCountry] = useState(query.country ?? '');
  const [filter, setFilter] = useState<Query>(
    Object.fromEntries(FILTERS.map((name) => [name, query[name] ?? ''])),
  );
  const set = (name: string) => (value: string) => setFilter({ ...filter, [name]: value });

  function go(wanted: Query): void {
    location.hash = `#/compliance/search${queryText(wanted)}`;
  }

  return (
    <div class="search">
      <form
        role="search"
        aria-label="By number"
        onSubmit={(event) => {
          event.preventDefault();
          go({ number: number.trim(), country: country.trim() });
        }}
      >
        <Field
          label="Number"
          hint="in any way of writing it"
          value={number}
          onValue={setNumber}
          width="wide"
        />
        <Field
          label="Country"
          hint="1, 44"
          value={country}
          onValue={setCountry}
          maxLength={3}
          width="narrow"
        />
        <button class="primary">Find</button>
      </form>
      <form
        role="search"
        aria-label="By scope, source and time"
        onSubmit={(event) => {
          event.preventDefault();
          go(filter);
        }}
      >
        <Select
          label="Kind"
          value={filter.what || 'revoke'}
          options={WHATS}
          onValue={set('what')}
        />
        <ScopeSelect
          label="Scope"
          none="Any"
          scopes={scopes}
          value={filter.scope ?? ''}
          onValue={set('scope')}
        />
        <Field label="Source" hint="any" value={filter.source ?? ''} onValue={set('source')} />
        <Field label="From" type="date" value={filter.since ?? ''} onValue={set('since')} />
        <Field label="To" type="date" value={filter.until ?? ''} onValue={set('until')} />
        <button>List</button>
      </form>
    </div>
  );
}

function Rows({ rows }: { rows: readonly Row[] }) {
  return (
    <Table
      label="What happened"
      heads={['Number', 'What', 'Scope', 'Source', 'By', 'When', 'In force', 'Remark']}
    >
      {rows.map((row) => {
        const { text, mood } = whatSaid(row.what);
        return (
          <tr key={row.id}>
            <th scope="row">
              {row.number && <a href={numberLink(row.number)}>{row.number}</a>}
              {!row.number && row.rows > 0 && `${row.rows.toLocaleString()} numbers`}
              {row.what === 'rules' && <a href={ruleSetLink(row.scope)}>version {row.rule}</a>}
              {!row.number && !row.rows && row.what !== 'rules' && <span class="hint">erased</span>}
            </th>
            <td>
              <Said text={text} mood={mood} />
            </td>
            <td>{scopeText(row.scope)}</td>
            <td>{sourceText(row.source)}</td>
            <td>{row.by}</td>
            <td>
              <a href={entryLink(row.id)}>{moment(row.dateEffective)}</a>
            </td>
            <td>{row.inForce === null ? '' : row.inForce ? 'Yes' : 'No'}</td>
            <td class="remark" dir="auto">
              {row.note}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}
