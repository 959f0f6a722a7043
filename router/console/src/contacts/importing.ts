/** A file of customers. */
import { send } from '../admin/api';
import { decode, readFile, sendAll, separatorOf } from '../pieces';

const IMPORTS = '/api/v2/bindery/customers/imports';
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
  const now = outcomes.map(
    (row): Outcome =>
      !isOdd(row) && seen?.has(row.number)
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

/** → Whether all of it was sent; not where it was stopped. */
export async function importCustomers(
  file: File,
  order: Order,
  stop: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<boolean> {
  const { text, assumed } = decode(await readFile(file));
  const seen = order.dry ? new Set<string>() : null;
  const separator = separatorOf(text);
  let known: { columns?: string[] } = {};
  let progress: Progress = { ...NOTHING, assumed };
  return sendAll(
    { text, separator },
    stop,
    async ({ firstRow, rows }) =>
      (await send('POST', IMPORTS, { ...order, ...known, separator, firstRow, rows })) as Answer,
    (answer, percent) => {
      known = { columns: answer.columns.map(({ field }) => field) };
      progress = add(progress, answer, percent, seen);
      onProgress(progress);
    },
  );
}
