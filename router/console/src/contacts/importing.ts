/** A file of customers. */
import { answered } from '../comply/api';
import { decode, pieces, readFile, Sending, separatorOf, type Piece } from '../pieces';

const ODD_MAX = 200;

export interface Column {
  name: string;
  /** "" where it is nothing's. */
  field: string;
  label: string;
}

export interface Outcome {
  row: number;
  cell: string;
  number: string;
  outcome: 'created' | 'changed' | 'unchanged' | 'repeated' | 'refused';
  what: string;
}

export interface Answer {
  separator: string;
  columns: Column[];
  outcomes: Outcome[];
}

export interface Progress {
  rows: number;
  percent: number;
  created: number;
  changed: number;
  unchanged: number;
  repeated: number;
  refused: number;
  columns: readonly Column[];
  /** Rows that somebody should look at, the first of them, and how many there are. */
  odd: readonly Outcome[];
  oddCount: number;
  /** In what it was read, where that is a guess. */
  assumed: string | null;
}

export const NOTHING: Progress = {
  rows: 0,
  percent: 0,
  created: 0,
  changed: 0,
  unchanged: 0,
  repeated: 0,
  refused: 0,
  columns: [],
  odd: [],
  oddCount: 0,
  assumed: null,
};

export interface Order {
  country: string;
  dry: boolean;
}

const isOdd = ({ outcome }: Outcome): boolean => outcome === 'refused' || outcome === 'repeated';

/** What an answer adds to what came before; `seen` are the numbers of a dry run, which nobody else remembers. */
export function add(
  before: Progress,
  { columns, outcomes }: Answer,
  percent: number,
  seen: Set<string> | null,
): Progress {
  const done = (kind: Outcome['outcome']): boolean => kind !== 'refused' && kind !== 'repeated';
  const now = outcomes.map(
    (row): Outcome =>
      done(row.outcome) && seen?.has(row.number)
        ? { ...row, outcome: 'repeated', what: 'an earlier row has this number; this one counts' }
        : row,
  );
  for (const { number } of outcomes) if (number) seen?.add(number);
  const of = (kind: Outcome['outcome']): number =>
    now.reduce((sum, { outcome }) => sum + (outcome === kind ? 1 : 0), 0);
  const odd = now.filter(isOdd);
  return {
    ...before,
    rows: before.rows + now.length,
    percent,
    created: before.created + of('created'),
    changed: before.changed + of('changed'),
    unchanged: before.unchanged + of('unchanged'),
    repeated: before.repeated + of('repeated'),
    refused: before.refused + of('refused'),
    columns: columns.some(({ name }) => name) ? columns : before.columns,
    odd: [...before.odd, ...odd].slice(0, ODD_MAX),
    oddCount: before.oddCount + odd.length,
  };
}

async function tell(body: object): Promise<Answer> {
  const response = await fetch('/api/v2/bindery/customers/imports', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Bindery-CSRF': '1' },
    body: JSON.stringify(body),
  });
  return (await answered(response)) as Answer;
}

export class Importing {
  private stopped = false;
  private sending: Sending<Answer> | null = null;

  constructor(
    private readonly file: File,
    private readonly order: Order,
    private readonly onProgress: (progress: Progress) => void,
  ) {}

  stop(): void {
    this.stopped = true;
    this.sending?.stop();
  }

  /** Whether all of it was sent. */
  async run(): Promise<boolean> {
    const { text, assumed } = decode(await readFile(this.file));
    const seen = this.order.dry ? new Set<string>() : null;
    const separator = separatorOf(text);
    let known: { columns?: string[] } = {};
    let progress: Progress = { ...NOTHING, assumed };
    if (this.stopped) return false;
    this.sending = new Sending(
      pieces(text, separator),
      text.length,
      ({ firstRow, rows }: Piece) => tell({ ...this.order, ...known, separator, firstRow, rows }),
      (answer, _, percent) => {
        known = { columns: answer.columns.map(({ field }) => field) };
        progress = add(progress, answer, percent, seen);
        this.onProgress(progress);
      },
    );
    return this.sending.run();
  }
}
