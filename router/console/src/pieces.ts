/** Sends a CSV file piece by piece: the router reads each and keeps nothing of it. */
import { Refusal } from './comply/api';

/** Octets that a page reads of a file. */
export const FILE_MAX = 50_000_000;
const PIECE_ROWS = 1000;
const PIECE_LETTERS = 15_000;
const TRIES = 5;

export interface Piece {
  /** The line with which it begins, from 1. */
  firstRow: number;
  rows: string;
  count: number;
}

/** Where the line ends that begins there. */
function lineEnd(text: string, start: number): number {
  const line = text.indexOf('\n', start);
  return line < 0 ? text.length : line + 1;
}

/** What parts cells, as router/compliance/csv.h finds it: the first in the first line, quotes aside. */
export function separatorOf(text: string): string {
  const line = text.slice(0, lineEnd(text, 0)).replace(/"[^"]*("|$)/g, '');
  return /[,;\t]/.exec(line)?.[0] ?? ',';
}

/** The place behind a cell in quotes; null where they are not closed within what a piece may have. */
function quoteEnd(text: string, open: number): number | null {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (at - open > PIECE_LETTERS) return null;
    if (text[at + 1] !== '"') return at + 1;
  }
  return null;
}

/** Where a row ends whose cells in quotes may go over lines, and whether they are closed; where they are not, it is
 * its first line alone. */
function rowEnd(text: string, start: number, separator: string): { end: number; whole: boolean } {
  let at = start;
  while (at < text.length) {
    const behind: number | null = text[at] === '"' ? quoteEnd(text, at) : at;
    if (behind === null) return { end: lineEnd(text, start), whole: false };
    const line = text.indexOf('\n', behind);
    const cell = text.indexOf(separator, behind);
    if (cell < 0 || (line >= 0 && line < cell))
      return { end: line < 0 ? text.length : line + 1, whole: true };
    at = cell + 1;
  }
  return { end: text.length, whole: true };
}

const countLines = (text: string): number => text.split('\n').length;

/** The rows in pieces that one request may hold; with a separator cells in quotes may go over lines. */
export function* pieces(text: string, separator?: string): Generator<Piece> {
  let start = 0;
  let firstRow = 1;
  while (start < text.length) {
    let end = start;
    let count = 0;
    let whole = true;
    while (whole && end < text.length && count < PIECE_ROWS) {
      const row =
        separator === undefined
          ? { end: lineEnd(text, end), whole: true }
          : rowEnd(text, end, separator);
      if (count > 0 && (row.end - start > PIECE_LETTERS || !row.whole)) break;
      ({ end, whole } = row);
      count += 1;
    }
    const rows = text.slice(start, end).replace(/\n$/, '');
    yield { firstRow, rows, count };
    firstRow += separator === undefined ? count : countLines(rows);
    start = end;
  }
}

/** What a spreadsheet wrote: UTF-8, UTF-16 with its mark, else what Windows had before. */
export function decode(octets: ArrayBuffer): { text: string; assumed: string | null } {
  const head = new Uint8Array(octets.slice(0, 2));
  if (head[0] === 0xff && head[1] === 0xfe)
    return { text: new TextDecoder('utf-16le').decode(octets), assumed: null };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(octets), assumed: null };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(octets), assumed: 'Windows-1252' };
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A piece that may have been lost is sent again: what it did is done once. */
async function persist<Answer>(send: () => Promise<Answer>, stop: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const lost = error instanceof TypeError || (error instanceof Refusal && error.status >= 500);
      if (!lost || attempt === TRIES || stop.aborted) throw error;
      await pause(500 * attempt);
    }
  }
}

/** Sends them one after the other. → Whether it was all of them; not where it was stopped. */
export async function sendAll<Answer>(
  { text, separator }: { text: string; separator?: string },
  stop: AbortSignal,
  send: (piece: Piece) => Promise<Answer>,
  onAnswer: (answer: Answer, percent: number, piece: Piece) => void,
): Promise<boolean> {
  let sent = 0;
  for (const piece of pieces(text, separator)) {
    if (stop.aborted) return false;
    const answer = await persist(() => send(piece), stop);
    sent += piece.rows.length + 1;
    onAnswer(answer, Math.min(100, Math.round((sent * 100) / text.length)), piece);
  }
  return true;
}

/** Throws where this page does not read so much. */
export async function readFile(file: File): Promise<ArrayBuffer> {
  if (file.size > FILE_MAX)
    throw new Refusal(`The file has more than ${FILE_MAX / 1_000_000} MB.`, 0, 'too.big');
  return file.arrayBuffer();
}
