import { useEffect, useState } from 'preact/hooks';

import { downloadUrl, queryText, read, type Query } from './api';
import { Bars, type Stack } from './Bars';
import type { PageProps } from './Comply';
import { Field, Select } from '../views/Fields';
import { Loading } from '../views/Loading';
import { Table } from '../views/Table';
import { blocked, dayOf, GROUPS, headlines, type GroupName, type Report } from './report';
import { moment, scopeText, sourceText } from './words';

const KEEP_MS = 15_000;

const PLOTS: readonly (readonly [string, readonly Stack[]])[] = [
  [
    'Opt-outs',
    [
      { name: 'By customers and staff', value: (of) => of.optOuts - of.carrierOptOuts },
      { name: 'By the carrier', value: (of) => of.carrierOptOuts },
    ],
  ],
  [
    'Opt-ins and HELP',
    [
      { name: 'Opt-ins', value: ({ optIns }) => optIns },
      { name: 'HELP', value: ({ help }) => help },
    ],
  ],
  [
    'Unclear, decided',
    [
      { name: 'Opted out', value: ({ optedOut }) => optedOut },
      { name: 'Released', value: ({ released }) => released },
    ],
  ],
  [
    'Confirmations',
    [
      { name: 'In 5 minutes', value: ({ confirmationsSent }) => confirmationsSent },
      { name: 'Late', value: ({ confirmationsLate }) => confirmationsLate },
      { name: 'Failed', value: ({ confirmationsMissing }) => confirmationsMissing },
    ],
  ],
  ['Sent after opt-out', [{ name: 'Sent', value: ({ sentAfterOptOut }) => sentAfterOptOut }]],
  [
    'Blocked attempts',
    [
      { name: 'When written', value: ({ blockedAtAccept }) => blockedAtAccept },
      { name: 'Before handed over', value: ({ blockedAtDispatch }) => blockedAtDispatch },
    ],
  ],
  [
    'Numbers from lists',
    [
      { name: 'Suppressed', value: ({ listed }) => listed },
      { name: 'Removed', value: ({ removed }) => removed },
    ],
  ],
];

const GROUP_TEXT: Record<GroupName, string> = {
  number: 'Number',
  programme: 'Programme',
  scope: 'Scope',
  language: 'Language',
  source: 'Source',
  rule: 'Rule',
};

const RANGES: readonly (readonly [string, number])[] = [
  ['Today', 0],
  ['7 days', 6],
  ['30 days', 29],
];

/** What happened to consent, in a range of days, as figures, plots and a file. */
export function ReportsPage({ query, asking }: PageProps & { query: Query }) {
  const [report, setReport] = useState<Report | null>(null);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const asked: Query = {
    since: query.since ?? dayOf(new Date(), 6),
    until: query.until ?? dayOf(new Date()),
    by: query.by ?? 'day',
    zone,
  };
  const key = queryText(asked);

  useEffect(() => {
    let current = true;
    const look = (): void => {
      read<Report>('/reports', asked).then(
        (found) => current && setReport(found),
        (error: unknown) => current && asking.onLost(error),
      );
    };
    look();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') look();
    }, KEEP_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [key, asking.tries]);

  return (
    <>
      <section class="card" aria-labelledby="reports-title">
        <header>
          <h2 id="reports-title">Reports</h2>
          <span class="hint">
            {zone}
            {report && `, as of ${moment(report.dateAsked)}`}
          </span>
          <span class="gap" />
          <a class="download" href={downloadUrl('/exports/report', asked)} download>
            Download CSV
          </a>
        </header>
        <RangeForm key={key} asked={asked} />
        {report?.cut && <p class="hint">There is more than is shown here: choose fewer days.</p>}
        {report && (
          <dl class="headlines" aria-label="Totals">
            {headlines(report).map(([name, value, more]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <b>{value}</b>
                  <span class="hint">{more}</span>
                </dd>
              </div>
            ))}
          </dl>
        )}
      </section>
      <Loading of={report} {...asking} />
      {report && (
        <section class="card" aria-labelledby="plots-title">
          <h2 id="plots-title">By {report.by}</h2>
          <div class="plots">
            {PLOTS.map(([title, stacks]) => (
              <Bars key={title} title={title} stacks={stacks} buckets={report.buckets} />
            ))}
          </div>
        </section>
      )}
      {report && <Groups report={report} />}
      <section class="card" aria-labelledby="ledger-title">
        <header>
          <h2 id="ledger-title">The ledger</h2>
          <span class="hint">
            proves itself offline: <code>bindery-router ledger verify FILE --key KEY</code>
          </span>
          <span class="gap" />
          <a class="download" href={downloadUrl('/ledger')} download>
            Download the ledger
          </a>
          <a class="download" href={downloadUrl('/ledger/head')} download>
            The last signed head
          </a>
          <a class="download" href={downloadUrl('/ledger/key')} download>
            The public key
          </a>
        </header>
      </section>
    </>
  );
}

function RangeForm({ asked }: { asked: Query }) {
  const [since, setSince] = useState(asked.since ?? '');
  const [until, setUntil] = useState(asked.until ?? '');
  const [by, setBy] = useState(asked.by ?? 'day');
  const go = (wanted: Query): void => {
    location.hash = `#/compliance/reports${queryText(wanted)}`;
  };

  return (
    <div class="search">
      <form
        aria-label="Time"
        onSubmit={(event) => {
          event.preventDefault();
          go({ since, until, by });
        }}
      >
        <Field label="From" type="date" value={since} onValue={setSince} />
        <Field label="To" type="date" value={until} onValue={setUntil} />
        <Select
          label="By"
          value={by}
          options={[
            ['day', 'Day'],
            ['hour', 'Hour'],
          ]}
          onValue={setBy}
        />
        <button class="primary">Show</button>
        {RANGES.map(([text, back]) => (
          <button
            key={text}
            type="button"
            onClick={() =>
              go({
                since: dayOf(new Date(), back),
                until: dayOf(new Date()),
                by: back ? 'day' : 'hour',
              })
            }
          >
            {text}
          </button>
        ))}
      </form>
    </div>
  );
}

function nameOf(group: GroupName, name: string): string {
  if (!name) return '–';
  if (group === 'scope') return scopeText(name);
  return group === 'source' ? sourceText(name) : name;
}

function Groups({ report }: { report: Report }) {
  const [group, setGroup] = useState<GroupName>('number');
  const rows = report.groups[group]
    .map((row) => ({ ...row, blocked: blocked(row) }))
    .sort((a, b) => (b.optOuts ?? 0) - (a.optOuts ?? 0) || a.name.localeCompare(b.name));
  const cell = (value: number | undefined): string => (value ?? 0).toLocaleString();

  return (
    <section class="card" aria-labelledby="groups-title">
      <header>
        <h2 id="groups-title">By {GROUP_TEXT[group].toLowerCase()}</h2>
        <span class="gap" />
        <Select
          label="Of each"
          inline
          value={group}
          options={GROUPS.map((name) => [name, GROUP_TEXT[name]] as const)}
          onValue={setGroup}
        />
      </header>
      {rows.length === 0 && <p class="empty">Nothing in this time.</p>}
      {rows.length > 0 && (
        <Table
          label={`By ${GROUP_TEXT[group].toLowerCase()}`}
          heads={[
            GROUP_TEXT[group],
            'Opt-outs',
            'Repeated',
            'Opt-ins',
            'HELP',
            'Unclear',
            'Blocked',
            'From lists',
          ]}
        >
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{nameOf(group, row.name)}</th>
              <td>{cell(row.optOuts)}</td>
              <td>{cell(row.optOutsRepeated)}</td>
              <td>{cell(row.optIns)}</td>
              <td>{cell(row.help)}</td>
              <td>{cell(row.unclear)}</td>
              <td>{cell(row.blocked)}</td>
              <td>{cell(row.listed)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
