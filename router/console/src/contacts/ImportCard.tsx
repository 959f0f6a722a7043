import { useEffect, useRef, useState } from 'preact/hooks';

import { Field, Table } from '../comply/Facts';
import { FILE_MAX } from '../pieces';
import { Importing, NOTHING, type Column, type Progress } from './importing';

type Step = 'choose' | 'tried' | 'done';

interface Props {
  onTrouble: (error: unknown) => void;
  onNotice: (text: string) => void;
}

/** A file of customers: tried dry, then imported with progress. */
export function ImportCard({ onTrouble, onNotice }: Props) {
  const [file, setFile] = useState<File | null>(null);
  const [country, setCountry] = useState('');
  const [step, setStep] = useState<Step>('choose');
  const [progress, setProgress] = useState<Progress>(NOTHING);
  const [busy, setBusy] = useState(false);
  const running = useRef<Importing | null>(null);

  useEffect(() => () => running.current?.stop(), []);

  function change(): void {
    setStep('choose');
    setProgress(NOTHING);
  }

  async function run(dry: boolean): Promise<void> {
    if (!file || running.current) return;
    setProgress(NOTHING);
    setBusy(true);
    onNotice('');
    running.current = new Importing(file, { country: country.trim(), dry }, setProgress);
    try {
      const whole = await running.current.run();
      setStep(dry ? (whole ? 'tried' : 'choose') : 'done');
      if (!whole) onNotice(dry ? 'Stopped; nothing was written.' : 'Stopped; what was read is in.');
      else if (!dry) onNotice(`${file.name} is imported.`);
    } catch (error) {
      onTrouble(error);
    } finally {
      running.current = null;
      setBusy(false);
    }
  }

  return (
    <section class="card" aria-labelledby="import-title">
      <h2 id="import-title">Import customers</h2>
      <form
        class="fields import-fields"
        onSubmit={(event) => {
          event.preventDefault();
          void run(true);
        }}
        onInput={change}
      >
        <label class="field">
          CSV file
          <input
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            required
            disabled={busy}
            onChange={(event) => {
              setFile(event.currentTarget.files?.[0] ?? null);
              change();
            }}
          />
        </label>
        <Field
          label="Country, of national numbers"
          hint="1, 44"
          value={country}
          onValue={setCountry}
          maxLength={3}
        />
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
          The first row names the columns; one of them is the number. Names that Bindery knows, such
          as first name, last name, title or city, go where they belong, every other column becomes
          a field of your own. Empty cells leave what is there. Trying writes nothing; up to{' '}
          {FILE_MAX / 1_000_000} MB.
        </p>
      </form>
      {progress.percent > 0 && <Outcome progress={progress} dry={step !== 'done'} />}
    </section>
  );
}

const targetOf = ({ field, label }: Column): string =>
  field === '' ? 'left out' : field.startsWith('own.') ? `own field ${label}` : label;

function Outcome({ progress, dry }: { progress: Progress; dry: boolean }) {
  const { rows, percent, created, changed, unchanged, repeated, refused } = progress;
  const { columns, odd, oddCount, assumed } = progress;
  const number = (count: number): string => count.toLocaleString();
  return (
    <>
      <progress max={100} value={percent} aria-label="Read of the file" />
      <p role="status">
        {number(rows)} rows, {percent} %: {number(created)} {dry ? 'would be added' : 'added'},{' '}
        {number(changed)} {dry ? 'would be changed' : 'changed'}, {number(unchanged)} as they were,{' '}
        {number(repeated)} repeated, {number(refused)} refused
      </p>
      {assumed !== null && (
        <p class="hint">The file is not UTF-8; it was read as {assumed}. Look at the names.</p>
      )}
      <p class="hint columns">
        {columns.map((column, i) => (
          <span key={i}>
            {column.name || `column ${i + 1}`} → {targetOf(column)}
          </span>
        ))}
      </p>
      {odd.length > 0 && (
        <Table
          label="Rows that change nothing"
          heads={['Line', 'Cell', 'Number', 'Outcome', 'Why']}
        >
          {odd.map(({ row, cell, number: digits, outcome, what }) => (
            <tr key={row}>
              <th scope="row">{number(row)}</th>
              <td>{cell}</td>
              <td>{digits}</td>
              <td>{outcome}</td>
              <td class="remark">{what}</td>
            </tr>
          ))}
        </Table>
      )}
      {oddCount > odd.length && (
        <p class="hint">
          The first {odd.length} of {number(oddCount)} such rows.
        </p>
      )}
    </>
  );
}
