import { useEffect, useState } from 'preact/hooks';

import { Modal } from '../views/Modal';
import { read, tell } from './api';
import type { PageProps } from './Comply';
import { Facts, Said } from './Facts';
import { Field } from '../views/Fields';
import { Loading } from '../views/Loading';
import { Table } from '../views/Table';
import { Replay } from './Replay';
import { RuleSetEditor } from './RuleSetEditor';
import { changes, EMPTY, narrows, type RuleSet, type RuleSetFound, type Version } from './rulesets';
import { TryBox } from './TryBox';
import { moment, scopeText } from './words';

const STATES: Record<Version['state'], readonly [string, 'good' | 'warn' | 'calm']> = {
  active: ['In force', 'good'],
  draft: ['Draft', 'warn'],
  past: ['Past', 'calm'],
  discarded: ['Discarded', 'calm'],
};

const SIGNS = { added: '+', removed: '−', changed: '→' } as const;

function Changes({ before, after }: { before: RuleSet; after: RuleSet }) {
  const all = changes(before, after);
  if (all.length === 0) return <p class="empty">Nothing is different from what is in force.</p>;
  return (
    <ul class="changes">
      {all.map(({ what, place, before: was, after: is }, i) => (
        <li key={i} class={what}>
          <span class="hint">{place}</span>{' '}
          {was && (
            <del>
              <span class="unseen">removed: </span>
              {was}
            </del>
          )}{' '}
          {is && (
            <ins>
              {SIGNS[what]} {is}
            </ins>
          )}
        </li>
      ))}
    </ul>
  );
}

function Versions({
  versions,
  onTake,
}: {
  versions: readonly Version[];
  onTake: (version: number) => void;
}) {
  return (
    <section class="card" aria-labelledby="versions-title">
      <h2 id="versions-title">Versions</h2>
      <Table
        label="Versions"
        heads={[
          'Version',
          'State',
          'Written by',
          'When',
          'Reason',
          'In force by',
          'From',
          'Until',
          '',
        ]}
      >
        {versions.map((one) => (
          <tr key={one.version}>
            <th scope="row">{one.version}</th>
            <td>
              <Said text={STATES[one.state][0]} mood={STATES[one.state][1]} />
            </td>
            <td>{one.editors.join(', ') || one.by}</td>
            <td>{moment(one.date)}</td>
            <td class="remark" dir="auto">
              {one.reason}
            </td>
            <td>{one.approvedBy}</td>
            <td>{moment(one.dateActivated)}</td>
            <td>{moment(one.dateEnded)}</td>
            <td>
              <button onClick={() => onTake(one.version)}>
                Take over<span class="unseen"> version {one.version}</span>
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

interface ActivateProps {
  found: RuleSetFound;
  draft: Version;
  user: string;
  busy: boolean;
  onDo: (decision: 'activate' | 'discard') => void;
  onClose: () => void;
}

function Activate({ found, draft, user, busy, onDo, onClose }: ActivateProps) {
  const [before, after] = [found.active?.set ?? found.file ?? EMPTY, draft.set ?? EMPTY];
  const two = narrows(before, after);
  const mine = draft.editors.includes(user.toLowerCase());
  return (
    <Modal title={`Put version ${draft.version} in force?`} onClose={onClose}>
      <Facts
        facts={[
          ['Of', scopeText(found.id)],
          ['Written by', draft.editors.join(', ')],
          ['Reason', draft.reason],
        ]}
      />
      <Changes before={before} after={after} />
      <p>
        {two
          ? 'It takes opt-outs away or adds opt-ins, so somebody who has not written it puts it in force.'
          : 'Every text that comes from now on is read by it. Who wrote it and who puts it in force goes into the ledger.'}
      </p>
      <div class="dialog-actions">
        <button onClick={onClose}>Cancel</button>
        <button class="primary" disabled={busy || (two && mine)} onClick={() => onDo('activate')}>
          Put it in force
        </button>
      </div>
    </Modal>
  );
}

/** Keywords and answers of one programme or number: what is in force, the draft, and what it would do. */
export function RuleSetPage({
  id,
  user,
  onTrouble,
  asking: awaited,
  onNotice,
}: PageProps & { id: string }) {
  const [found, setFound] = useState<RuleSetFound | null>(null);
  const [set, setSet] = useState<RuleSet>(EMPTY);
  const [edition, setEdition] = useState(0);
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const path = `/rule-sets/${encodeURIComponent(id)}`;
  const inForce = found?.active?.set ?? found?.file ?? EMPTY;
  const draft = found?.draft ?? null;
  const saved = draft?.set ?? inForce;
  const dirty = changes(saved, set).length > 0;

  function take(next: RuleSet): void {
    setSet(next);
    setEdition((before) => before + 1);
  }

  async function look(): Promise<void> {
    const fresh = await read<RuleSetFound>(path);
    setFound(fresh);
    setWhy(fresh.draft?.reason ?? '');
    take(fresh.draft?.set ?? fresh.active?.set ?? fresh.file ?? EMPTY);
  }

  useEffect(() => void look().catch(awaited.onLost), [id, awaited.tries]);

  /** Does it, says so, and looks again; what went wrong leaves what was typed. */
  async function act(does: () => Promise<unknown>, said: string): Promise<void> {
    setBusy(true);
    try {
      await does();
      await look();
      onNotice(said);
    } catch (error) {
      onTrouble(error);
    } finally {
      setBusy(false);
      setAsking(false);
    }
  }

  const decide = (decision: 'activate' | 'discard'): Promise<void> =>
    act(
      () =>
        tell(`${path}/decision`, {
          decision,
          version: draft?.version,
          revision: draft?.revision,
        }),
      decision === 'activate'
        ? `${scopeText(id)}: version ${draft?.version} is in force.`
        : `${scopeText(id)}: draft ${draft?.version} is discarded.`,
    );
  const takeOver = (version: number): void => {
    read<Version>(`${path}/versions/${version}`).then((one) => {
      take(one.set ?? EMPTY);
      onNotice(`Version ${version} stands in the editor, and is not saved.`);
    }, onTrouble);
  };

  if (!found) return <Loading of={found} {...awaited} />;
  return (
    <>
      <section class="card" aria-labelledby="set-title">
        <header>
          <h2 id="set-title">{scopeText(id)}</h2>
          <Said
            text={
              found.active ? `Version ${found.active.version} in force` : 'As bindery.conf says'
            }
            mood={found.active ? 'good' : 'calm'}
          />
          {draft && <Said text={`Draft ${draft.version} by ${draft.by}`} mood="warn" />}
          <a href="#/compliance/rules">All keywords and answers</a>
        </header>
        <Facts facts={[['Read by', found.ruleSet]]} />
        <form
          class="fields"
          onSubmit={(event) => {
            event.preventDefault();
            const body = { set, reason: why, revision: draft?.revision ?? 0 };
            void act(
              () => tell(`${path}/draft`, body, 'PUT'),
              `${scopeText(id)}: the draft is saved.`,
            );
          }}
        >
          <RuleSetEditor
            key={edition}
            value={set}
            below={id.startsWith('number:') ? 'As its programme has it' : 'As bindery.conf says'}
            onValue={setSet}
          />
          <Field label="Reason of the change" value={why} onValue={setWhy} width="wide" required />
          <div class="commands">
            <button class="primary" disabled={busy || !dirty}>
              Save the draft
            </button>
            {draft && (
              <>
                <button type="button" disabled={busy || dirty} onClick={() => setAsking(true)}>
                  Put in force…
                </button>
                <button type="button" disabled={busy} onClick={() => void decide('discard')}>
                  Discard the draft
                </button>
              </>
            )}
          </div>
        </form>
        <section aria-labelledby="changes-title">
          <h3 id="changes-title">What would be different</h3>
          <Changes before={inForce} after={set} />
        </section>
      </section>
      <section class="card" aria-labelledby="try-title">
        <h2 id="try-title">What would this text do, with what stands above?</h2>
        <TryBox by={{ ruleSet: id, set }} onTrouble={onTrouble} />
        <Replay ruleSet={id} by={{ set }} onTrouble={onTrouble} />
      </section>
      {found.versions.length > 0 && <Versions versions={found.versions} onTake={takeOver} />}
      {asking && draft && (
        <Activate
          found={found}
          draft={draft}
          user={user.name}
          busy={busy}
          onDo={(decision) => void decide(decision)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
