import { useEffect, useState } from 'preact/hooks';

import { all, read } from './api';
import type { PageProps } from './Comply';
import { ScopeSelect } from './Facts';
import { Loading } from '../views/Loading';
import { Table } from '../views/Table';
import type { Version } from './rulesets';
import { languageName, moment, ruleSetLink, scopeText } from './words';

interface Listed {
  id: string;
  active: Version | null;
  draft: Version | null;
}

interface Base {
  version: string;
  languages: { language: string; text?: string }[];
}

function Row({ id, active, draft }: Listed) {
  return (
    <tr>
      <th scope="row">
        <a href={ruleSetLink(id)}>{scopeText(id)}</a>
      </th>
      <td>{active ? `Version ${active.version}` : 'As bindery.conf says'}</td>
      <td>{active ? moment(active.dateActivated) : '–'}</td>
      <td>
        {active ? [...new Set([active.by, active.approvedBy])].filter(Boolean).join(', ') : '–'}
      </td>
      <td class="remark" dir="auto">
        {active?.reason ?? ''}
      </td>
      <td>{draft ? `Version ${draft.version}, by ${draft.by}` : '–'}</td>
    </tr>
  );
}

/** The rules that everybody has, language by language, as they are compiled in. */
function BaseRules({ onTrouble }: Pick<PageProps, 'onTrouble'>) {
  const [base, setBase] = useState<Base | null>(null);

  function open(): void {
    if (!base) read<{ base: Base }>('/base-rules').then((found) => setBase(found.base), onTrouble);
  }

  return (
    <details class="base-rules" onToggle={(event) => event.currentTarget.open && open()}>
      <summary>Words and patterns that are built in</summary>
      <p class="hint">
        They hold for every number and cannot be switched off.{' '}
        {base && `Versions: ${base.version}.`}
      </p>
      {base?.languages.map(({ language, text }) => (
        <details key={language}>
          <summary>{languageName(language)}</summary>
          <pre class="octets" tabIndex={0} aria-label={`Rules, ${languageName(language)}`}>
            {text}
          </pre>
        </details>
      ))}
    </details>
  );
}

/** Whose keywords and answers there are, and which version is in force. */
export function RulesPage({ scopes, onTrouble, asking }: PageProps) {
  const [rows, setRows] = useState<readonly Listed[] | null>(null);
  const [number, setNumber] = useState('');

  useEffect(() => {
    all<Listed>('/rule-sets').then(setRows, asking.onLost);
  }, [asking.tries]);

  return (
    <section class="card" aria-labelledby="rules-title">
      <header>
        <h2 id="rules-title">Keywords and answers</h2>
        <span class="hint">of programmes, and of numbers that have their own</span>
      </header>
      <Loading of={rows} {...asking} />
      {rows?.length === 0 && <p class="empty">There is no programme.</p>}
      {rows && rows.length > 0 && (
        <Table
          label="Keywords and answers"
          heads={['Of', 'In force', 'Since', 'By', 'Reason', 'Draft']}
        >
          {rows.map((row) => (
            <Row key={row.id} {...row} />
          ))}
        </Table>
      )}
      <form
        class="row-fields"
        onSubmit={(event) => {
          event.preventDefault();
          if (number) location.hash = ruleSetLink(number);
        }}
      >
        <ScopeSelect
          label="Of one number"
          none="Choose a number"
          scopes={scopes.filter((scope) => scope.startsWith('number:'))}
          value={number}
          onValue={setNumber}
        />
        <button disabled={!number}>Open</button>
      </form>
      <BaseRules onTrouble={onTrouble} />
    </section>
  );
}
