import { useEffect, useRef, useState } from 'preact/hooks';

import { FILE_MAX } from '../pieces';
import { read, type Batch, type Removal } from './api';
import type { PageProps } from './Comply';
import { Field, ScopeSelect, Table } from './Facts';
import { Importing, NOTHING, type Progress } from './importing';
import { RemovalDialog } from './RemovalDialog';
import { moment, scopeText } from './words';

type Step = 'choose' | 'tried' | 'done';

/** Lists of numbers: tried dry, imported with progress, and those that were, to be taken back. */
export function ImportPage(props: PageProps) {
  const [batches, setBatches] = useState<readonly Batch[]>([]);
  const [removals, setRemovals] = useState<readonly Removal[]>([]);
  const [taking, setTaking] = useState<Batch | null>(null);

  function look(): void {
    Promise.all([
      read<{ entities: Batch[] }>('/batches'),
      read<{ entities: Removal[] }>('/removals'),
      read<{ entities: Removal[] }>('/removals', { state: 'answered' }),
    ]).then(([found, asked, answered]) => {
      setBatches(
        found.entities.sort((a, b) => (b.dateCreated ?? '').localeCompare(a.dateCreated ?? '')),
      );
      setRemovals([...asked.entities, ...answered.entities].filter(({ batchId }) => batchId));
    }, props.onTrouble);
  }
  useEffect(look, []);

  const stateOf = (id: string): string => {
    const request = removals.find(({ batchId, state }) => batchId === id && state !== 'refused');
    if (!request) return '';
    if (request.state === 'asked') return 'asked to be taken back';
    return request.whole ? 'taken back' : 'is being taken back';
  };

  return (
    <>
      <Wizard {...props} onImported={look} />
      <section class="card" aria-labelledby="lists-title">
        <h2 id="lists-title">Lists</h2>
        {batches.length === 0 && <p class="empty">No list was imported yet.</p>}
        {batches.length > 0 && (
          <Table label="Lists" heads={['List', 'Scope', 'Source', 'By', 'When', 'Reason', '']}>
            {batches.map((batch) => (
              <tr key={`${batch.id} ${batch.scope}`}>
                <th scope="row">{batch.id}</th>
                <td>{scopeText(batch.scope)}</td>
                <td>{batch.source}</td>
                <td>{batch.by}</td>
                <td>{moment(batch.dateCreated)}</td>
                <td class="remark">{batch.reason}</td>
                <td>
                  {stateOf(batch.id) ? (
                    <span class="hint">{stateOf(batch.id)}</span>
                  ) : (
                    <button onClick={() => setTaking(batch)}>
                      Take back<span class="unseen"> {batch.id}</span>
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </section>
      {taking && (
        <RemovalDialog
          {...props}
          batchId={taking.id}
          onClose={() => setTaking(null)}
          onAsked={() => {
            setTaking(null);
            look();
          }}
        />
      )}
    </>
  );
}

function Wizard({
  scopes,
  onTrouble,
  onNotice,
  onImported,
}: PageProps & { onImported: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [scope, setScope] = useState('all');
  const [source, setSource] = useState('dnc');
  const [country, setCountry] = useState('');
  const [why, setWhy] = useState('');
  const [step, setStep] = useState<Step>('choose');
  const [progress, setProgress] = useState<Progress>(NOTHING);
  const running = useRef<Importing | null>(null);
  const busy = running.current !== null;

  useEffect(() => () => running.current?.stop(), []);

  async function run(dry: boolean): Promise<void> {
    if (!file) return;
    setProgress(NOTHING);
    const order = {
      scope,
      source: source.trim(),
      country: country.trim(),
      reason: why.trim(),
      dry,
    };
    running.current = new Importing(file, order, setProgress);
    try {
      const whole = await running.current.run();
      setStep(dry ? 'tried' : 'done');
      if (!dry && whole) onNotice(`${file.name} is imported as ${whole.batchId}.`);
    } catch (error) {
      onTrouble(error);
    } finally {
      running.current = null;
      setProgress((last) => ({ ...last }));
      if (!dry) onImported();
    }
  }

  return (
    <section class="card" aria-labelledby="import-title">
      <h2 id="import-title">Import a list</h2>
      <form
        class="fields import-fields"
        onSubmit={(event) => {
          event.preventDefault();
          void run(true);
        }}
        onInput={() => setStep('choose')}
      >
        <label class="field">
          CSV file
          <input
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            required
            onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
          />
        </label>
        <ScopeSelect label="Scope" scopes={scopes} value={scope} onValue={setScope} />
        <Field label="Source" value={source} onValue={setSource} maxLength={32} required />
        <Field
          label="Country, of national numbers"
          value={country}
          onValue={setCountry}
          maxLength={3}
        />
        <Field label="Reason" value={why} onValue={setWhy} required width="wide" />
        <div class="commands">
          <button class={step === 'choose' ? 'primary' : ''} disabled={busy}>
            Try it dry
          </button>
          <button
            type="button"
            class={step === 'tried' ? 'primary' : ''}
            disabled={busy || step !== 'tried'}
            onClick={() => void run(false)}
          >
            Import it
          </button>
          {busy && (
            <button type="button" onClick={() => running.current?.stop()}>
              Stop
            </button>
          )}
        </div>
        <p class="hint">
          Up to {FILE_MAX / 1_000_000} MB here; the command line takes longer lists. Trying writes
          nothing.
        </p>
      </form>
      {progress.rows > 0 && <Outcome progress={progress} dry={step !== 'done'} />}
    </section>
  );
}

function Outcome({ progress, dry }: { progress: Progress; dry: boolean }) {
  const { rows, percent, added, also, repeated, refused, odd } = progress;
  return (
    <>
      <progress max={100} value={percent} aria-label="Read of the file" />
      <p role="status">
        {rows.toLocaleString()} rows, {percent} %: {added.toLocaleString()}{' '}
        {dry ? 'would be suppressed' : 'suppressed'}, {also.toLocaleString()} by another list too,{' '}
        {repeated.toLocaleString()} repeated, {refused.toLocaleString()} refused
      </p>
      {odd.length > 0 && (
        <Table label="Rows that add nothing" heads={['Row', 'Cell', 'Number', 'Outcome']}>
          {odd.map(({ row, cell, number, outcome }) => (
            <tr key={row}>
              <th scope="row">{row.toLocaleString()}</th>
              <td>{cell}</td>
              <td>{number}</td>
              <td>{outcome}</td>
            </tr>
          ))}
        </Table>
      )}
      {refused + repeated + also > odd.length && (
        <p class="hint">The first {odd.length} rows of that kind.</p>
      )}
    </>
  );
}
