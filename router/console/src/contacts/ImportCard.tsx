import { useState } from 'preact/hooks';

import { Field } from '../views/Fields';
import { Table } from '../views/Table';
import { FILE_MAX } from '../pieces';
import { FileForm } from '../views/FileForm';
import { importCustomers, NOTHING, type Column, type Progress } from './importing';

interface Props {
  onTrouble: (error: unknown) => void;
  onNotice: (text: string) => void;
}

/** A file of customers: tried dry, then imported with progress. */
export function ImportCard({ onTrouble, onNotice }: Props) {
  const [country, setCountry] = useState('');
  const [progress, setProgress] = useState<Progress>(NOTHING);
  return (
    <FileForm
      title="Import customers"
      read={(file, dry, stop) =>
        importCustomers(file, { country: country.trim(), dry }, stop, setProgress)
      }
      said={({ name }) => `${name} is imported.`}
      onNotice={onNotice}
      onChange={() => setProgress(NOTHING)}
      onTrouble={onTrouble}
      hint={
        <>
          The first row names the columns; one of them is the number. Names that Bindery knows, such
          as first name, last name, title or city, go where they belong, every other column becomes
          a field of your own. Empty cells leave what is there. Trying writes nothing; up to{' '}
          {FILE_MAX / 1_000_000} MB.
        </>
      }
      outcome={(dry) => progress.percent > 0 && <Outcome progress={progress} dry={dry} />}
    >
      <Field
        label="Country, of national numbers"
        hint="1, 44"
        value={country}
        onValue={setCountry}
        maxLength={3}
      />
    </FileForm>
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
