import { useEffect, useRef, useState } from 'preact/hooks';

import { tell } from './api';
import { Said } from './Facts';
import { Field } from '../views/Fields';
import { Table } from '../views/Table';
import { differencesCsv, type Difference, type ReplayPiece } from './rulesets';
import { moment, numberLink, verdictSaid } from './words';

interface Props {
  ruleSet: string;
  /** The set, or the version, by which to read. */
  by: object;
  onTrouble: (error: unknown) => void;
}

interface Found {
  rows: Difference[];
  texts: number;
  progress: number;
  oldest: string | null;
  state: 'reading' | 'stopped' | 'whole';
}

const SHOWN = 500;
const day = (back: number): string =>
  new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);

function download(rows: readonly Difference[]): void {
  const url = URL.createObjectURL(new Blob([differencesCsv(rows)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'differences.csv';
  link.click();
  URL.revokeObjectURL(url);
}

function Row({ row }: { row: Difference }) {
  const [now, next] = [verdictSaid(row.active.verdict), verdictSaid(row.draft.verdict)];
  return (
    <tr>
      <th scope="row">
        {row.text === null ? row.number : <a href={numberLink(row.number)}>{row.number}</a>}
      </th>
      <td>{moment(row.date)}</td>
      <td>{row.ours}</td>
      <td class="remark" dir="auto">
        {row.text ?? 'hidden from your role'}
      </td>
      <td>
        <Said text={now.text} mood={now.mood} /> <span class="hint">rule {row.active.rule}</span>
      </td>
      <td>
        <Said text={next.text} mood={next.mood} /> <span class="hint">rule {row.draft.rule}</span>
      </td>
    </tr>
  );
}

function Result({ found }: { found: Found }) {
  const { rows, texts } = found;
  return (
    <>
      <p role="status">
        {found.state === 'reading' ? 'Reading: ' : found.state === 'stopped' ? 'Stopped: ' : ''}
        {rows.length.toLocaleString()} of {texts.toLocaleString()} texts would have been read
        differently.
        {found.oldest && ` Texts are kept since ${moment(found.oldest)}.`}
      </p>
      {rows.length > 0 && (
        <>
          <Table
            label="Texts that would have been read differently"
            heads={['Number', 'When', 'To', 'Text', 'By the rules in force', 'With the change']}
          >
            {rows.slice(0, SHOWN).map((row, i) => (
              <Row key={i} row={row} />
            ))}
          </Table>
          <div class="commands">
            {rows.length > SHOWN && (
              <span class="hint">The first {SHOWN} are shown; the export has all.</span>
            )}
            <button onClick={() => download(rows)}>Export as CSV</button>
          </div>
        </>
      )}
    </>
  );
}

/** Which texts that came would these rules have read differently? Piece by piece, until somebody stops it. */
export function Replay({ ruleSet, by, onTrouble }: Props) {
  const [from, setFrom] = useState(day(7));
  const [until, setUntil] = useState(day(0));
  const [found, setFound] = useState<Found | null>(null);
  const turn = useRef(0);

  useEffect(() => () => void turn.current++, []);

  async function go(): Promise<void> {
    const mine = ++turn.current;
    const sofar: Found = { rows: [], texts: 0, progress: 0, oldest: null, state: 'reading' };
    let cursor: string | null = '';
    setFound({ ...sofar });
    try {
      while (cursor !== null && turn.current === mine) {
        const piece: ReplayPiece = await tell<ReplayPiece>('/replays', {
          ruleSet,
          from,
          until,
          ...by,
          ...(cursor ? { cursor } : {}),
        });
        if (turn.current !== mine) return;
        sofar.rows.push(...piece.entities);
        sofar.texts += piece.texts;
        sofar.progress = piece.progress;
        sofar.oldest =
          [sofar.oldest, piece.dateOldest].filter((one) => one !== null).sort()[0] ?? null;
        cursor = piece.nextCursor;
        setFound({ ...sofar, state: cursor === null ? 'whole' : 'reading' });
      }
    } catch (error) {
      if (turn.current !== mine) return;
      setFound((before) => before && { ...before, state: 'stopped' });
      onTrouble(error);
    }
  }

  const reading = found?.state === 'reading';
  return (
    <section aria-labelledby="replay-title">
      <h3 id="replay-title">Which past messages would read differently?</h3>
      <form
        class="row-fields"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <Field label="From" type="date" value={from} onValue={setFrom} required />
        <Field label="Until" type="date" value={until} onValue={setUntil} required />
        <button disabled={reading}>Read them again</button>
        {reading && (
          <button
            type="button"
            onClick={() => {
              turn.current++;
              setFound((before) => before && { ...before, state: 'stopped' });
            }}
          >
            Stop
          </button>
        )}
      </form>
      {reading && <progress max={100} value={found.progress} aria-label="Read so far" />}
      {found && <Result found={found} />}
    </section>
  );
}
