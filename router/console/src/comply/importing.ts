/** A file of numbers that are to be suppressed. */
import { pieces, readFile, Sending, type Piece } from '../pieces';
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
  added: number;
  also: number;
  repeated: number;
  refused: number;
  outcomes: Outcome[];
}

async function hashOf(octets: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
  return Array.from(hash, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

export class Importing {
  private stopped = false;
  private sending: Sending<Answer> | null = null;
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
    this.sending?.stop();
  }

  /** The batch once all of it was sent; null where it was stopped. */
  async run(): Promise<{ batchId: string } | null> {
    const octets = await readFile(this.file);
    const text = new TextDecoder().decode(octets);
    const fixed = { ...this.order, file: await hashOf(octets) };
    let known: { batchId?: string; column?: number; separator?: string } = {};
    if (this.stopped) return null;
    this.sending = new Sending(
      pieces(text),
      text.length,
      ({ firstRow, rows }: Piece) =>
        tell<Answer>('/imports', { ...fixed, ...known, firstRow, rows }),
      (answer, { count }, percent) => {
        const { batchId, column, separator } = answer;
        known = this.order.dry ? { column, separator } : { batchId, column, separator };
        this.add(answer, count, percent);
      },
    );
    return (await this.sending.run()) ? { batchId: known.batchId ?? '' } : null;
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
