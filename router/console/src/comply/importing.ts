/** Sends a file of numbers piece by piece: the router reads each and keeps nothing of it. */
import { Refusal, tell } from './api';

/** Octets that this page reads of a file. */
export const FILE_MAX = 50_000_000;
const PIECE_ROWS = 1000;
const PIECE_LETTERS = 15_000;
const ODD_MAX = 200;
const TRIES = 5;

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
  added: number;
  also: number;
  repeated: number;
  refused: number;
  outcomes: Outcome[];
}

export interface Piece {
  /** From 1. */
  firstRow: number;
  rows: string;
  count: number;
}

/** The lines in pieces that one request may hold. */
export function* pieces(text: string): Generator<Piece> {
  let start = 0;
  let firstRow = 1;
  while (start < text.length) {
    let end = start;
    let count = 0;
    while (end < text.length && count < PIECE_ROWS) {
      const line = text.indexOf('\n', end);
      const next = line < 0 ? text.length : line + 1;
      if (count > 0 && next - start > PIECE_LETTERS) break;
      end = next;
      count += 1;
    }
    yield { firstRow, rows: text.slice(start, end).replace(/\n$/, ''), count };
    firstRow += count;
    start = end;
  }
}

async function hashOf(octets: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
  return Array.from(hash, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Importing {
  private stopped = false;
  private progress = NOTHING;
  /** What a dry run had already: nobody else remembers it. */
  private readonly seen = new Set<number>();

  constructor(
    private readonly file: File,
    private readonly order: Order,
    private readonly onProgress: (progress: Progress) => void,
  ) {}

  stop(): void {
    this.stopped = true;
  }

  /** The batch once all of it was sent; null where it was stopped. */
  async run(): Promise<{ batchId: string } | null> {
    if (this.file.size > FILE_MAX)
      throw new Refusal(`The file has more than ${FILE_MAX / 1_000_000} MB.`, 0, 'too.big');
    const octets = await this.file.arrayBuffer();
    const text = new TextDecoder().decode(octets);
    const fixed = { ...this.order, file: await hashOf(octets) };
    let known: { batchId?: string; column?: number; separator?: string } = {};
    let sent = 0;
    for (const { firstRow, rows, count } of pieces(text)) {
      if (this.stopped) return null;
      const answer = await this.send({ ...fixed, ...known, firstRow, rows });
      const { batchId, column, separator } = answer;
      known = this.order.dry ? { column, separator } : { batchId, column, separator };
      sent += rows.length + 1;
      this.add(answer, count, Math.min(100, Math.round((sent * 100) / text.length)));
    }
    return { batchId: known.batchId ?? '' };
  }

  /** A piece that may have been lost is sent again: what it did is done once. */
  private async send(piece: object): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await tell<Answer>('/imports', piece);
      } catch (error) {
        const lost =
          error instanceof TypeError || (error instanceof Refusal && error.status >= 500);
        if (!lost || attempt === TRIES || this.stopped) throw error;
        await pause(500 * attempt);
      }
    }
  }

  private add(answer: Answer, count: number, percent: number): void {
    const outcomes = this.order.dry
      ? answer.outcomes.map((row) => this.again(row))
      : answer.outcomes;
    const of = (kind: string): number =>
      outcomes.reduce((sum, { outcome }) => sum + (outcome === kind ? 1 : 0), 0);
    const [added, also, repeated] = [of('added'), of('also'), of('repeated')];
    const odd = outcomes.filter(({ outcome }) => outcome !== 'added');
    const before = this.progress;
    this.progress = {
      rows: before.rows + count,
      percent,
      added: before.added + added,
      also: before.also + also,
      repeated: before.repeated + repeated,
      refused: before.refused + outcomes.length - added - also - repeated,
      odd: [...before.odd, ...odd].slice(0, ODD_MAX),
    };
    this.onProgress(this.progress);
  }

  private again(row: Outcome): Outcome {
    if (!row.number) return row;
    const value = Number(row.number.slice(1));
    if (this.seen.has(value)) return { ...row, outcome: 'repeated' };
    this.seen.add(value);
    return row;
  }
}
