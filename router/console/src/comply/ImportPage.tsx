import { useEffect, useState } from 'preact/hooks';

import { FILE_MAX } from '../pieces';
import { FileForm } from '../views/FileForm';
import { all, type Batch, type Removal } from './api';
import type { PageProps } from './Comply';
import { ScopeSelect } from './Facts';
import { Field } from '../views/Fields';
import { Loading } from '../views/Loading';
import { Table } from '../views/Table';
import { importNumbers, NOTHING, type Progress } from './importing';
import { RemovalDialog } from './RemovalDialog';
import { moment, scopeText } from './words';

/** Lists of numbers: tried dry, imported with progress, and those that were, to be taken back. */
export function ImportPage(props: PageProps) {
  const [batches, setBatches] = useState<readonly Batch[] | null>(null);
  const [removals, setRemovals] = useState<readonly Removal[]>([]);
  const [taking, setTaking] = useState<Batch | null>(null);

  function look(): void {
    Promise.all([
      all<Batch>('/batches'),
      all<Removal>('/removals'),
      all<Removal>('/removals', { state: 'answered' }),
    ]).then(([found, asked, answered]) => {
      setBatches(found);
      setRemovals([...asked, ...answered].filter(({ batchId }) => batchId));
    }, props.asking.onLost);
  }
  useEffect(look, [props.asking.tries]);

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
        <Loading of={batches} {...props.asking} />
        {batches?.length === 0 && <p class="empty">No list was imported yet.</p>}
        {batches !== null && batches.length > 0 && (
          <Table label="Lists" heads={['List', 'Scope', 'Source', 'By', 'When', 'Reason', '']}>
            {batches.map((batch) => (
              <tr key={`${batch.id} ${batch.scope}`}>
                <th scope="row">{batch.id}</th>
                <td>{scopeText(batch.scope)}</td>
                <td>{batch.source}</td>
                <td>{batch.by}</td>
                <td>{moment(batch.dateCreated)}</td>
                <td class="remark" dir="auto">
                  {batch.reason}
                </td>
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
  const [scope, setScope] = useState('all');
  const [source, setSource] = useState('dnc');
  const [country, setCountry] = useState('');
  const [why, setWhy] = useState('');
  const [progress, setProgress] = useState<Progress>(NOTHING);
  const order = { scope, source: source.trim(), country: country.trim(), reason: why.trim() };
  return (
    <FileForm
      title="Import a list"
      read={(file, dry, stop) =>
        importNumbers(file, { ...order, dry }, stop, setProgress).finally(() => dry || onImported())
      }
      said={({ name }, { batchId }) => `${name} is imported as ${batchId}.`}
      onNotice={onNotice}
      onChange={() => setProgress(NOTHING)}
      onTrouble={onTrouble}
      hint={
        <>
          Up to {FILE_MAX / 1_000_000} MB here; the command line takes longer lists. Trying writes
          nothing.
        </>
      }
      outcome={(dry) => progress.rows > 0 && <Outcome progress={progress} dry={dry} />}
    >
      <ScopeSelect label="Scope" scopes={scopes} value={scope} onValue={setScope} />
      <Field label="Source" value={source} onValue={setSource} maxLength={32} required />
      <Field
        label="Country, of national numbers"
        value={country}
        onValue={setCountry}
        maxLength={3}
      />
      <Field label="Reason" value={why} onValue={setWhy} required width="wide" />
    </FileForm>
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
