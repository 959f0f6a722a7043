/** A file of numbers that are to be suppressed. */
import { readFile, sendAll, type Piece } from '../pieces';
import { tell } from './api';

const ODD_MAX = 200;

export interface Outcome {
  row: number;
  cell: string;
  number: string;
  outcome: string;
}

export interface Progress {
  rows: number;
  percent: number;
  added: number;
  also: number;
  repeated: number;
  refused: number;
  /** Rows that add nothing, the first of them. */
  odd: readonly Outcome[];
}

export const NOTHING: Progress = {
  rows: 0,
  percent: 0,
  added: 0,
  also: 0,
  repeated: 0,
  refused: 0,
  odd: [],
};

export interface Order {
  scope: string;
  source: string;
  country: string;
  reason: string;
  dry: boolean;
}

interface Answer {
  batchId: string;
  column: number;
  separator: string;
  outcomes: Outcome[];
}

async function hashOf(octets: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
  return Array.from(hash, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** What a piece adds to what came before. */
function add(
  before: Progress,
  outcomes: readonly Outcome[],
  { count }: Piece,
  percent: number,
): Progress {
  const of = (kind: string): number =>
    outcomes.reduce((sum, { outcome }) => sum + (outcome === kind ? 1 : 0), 0);
  const [added, also, repeated] = [of('added'), of('also'), of('repeated')];
  const odd = outcomes.filter(({ outcome }) => outcome !== 'added');
  return {
    rows: before.rows + count,
    percent,
    added: before.added + added,
    also: before.also + also,
    repeated: before.repeated + repeated,
    refused: before.refused + outcomes.length - added - also - repeated,
    odd: [...before.odd, ...odd].slice(0, ODD_MAX),
  };
}

/** What a dry run had already: nobody else remembers it. Digits as numbers, which are small. */
class Seen {
  private readonly numbers = new Set<number>();

  again(row: Outcome): Outcome {
    if (!row.number) return row;
    const value = Number(row.number.slice(1));
    if (this.numbers.has(value)) return { ...row, outcome: 'repeated' };
    this.numbers.add(value);
    return row;
  }
}

/** → The batch once all of it was sent; null where it was stopped. */
export async function importNumbers(
  file: File,
  order: Order,
  stop: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<{ batchId: string } | null> {
  const octets = await readFile(file);
  const text = new TextDecoder().decode(octets);
  const fixed = { ...order, file: await hashOf(octets) };
  const seen = order.dry ? new Seen() : null;
  let known: { batchId?: string; column?: number; separator?: string } = {};
  let progress = NOTHING;
  const whole = await sendAll(
    { text },
    stop,
    ({ firstRow, rows }) => tell<Answer>('/imports', { ...fixed, ...known, firstRow, rows }),
    ({ batchId, column, separator, outcomes }, percent, piece) => {
      known = order.dry ? { column, separator } : { batchId, column, separator };
      const rows = seen ? outcomes.map((row) => seen.again(row)) : outcomes;
      progress = add(progress, rows, piece, percent);
      onProgress(progress);
    },
  );
  return whole ? { batchId: known.batchId ?? '' } : null;
}
