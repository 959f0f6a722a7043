/** What the router says of the carriers, and what an operator tells them. */
import { everyPage } from '../pages';

export interface Bind {
  bind: number;
  state: string;
  since_ms: number;
  host: string;
  port: number;
  window: number;
  window_limit: number;
  window_max: number;
  quiet_ms: number;
  in: number;
  out: number;
  throttled: number;
  errors: number;
  error: string;
  error_ms: number;
  attempts: number;
  next_ms: number;
}

export interface Carrier {
  name: string;
  /** What it was told last: '', 'pause' or 'drain'. */
  hold: string;
  status: { state: string } & Partial<Record<string, number | string>>;
  binds: Bind[];
}

/** Counts are those of the ten seconds before `at_ms`. */
export interface Sample {
  at_ms: number;
  mo: number;
  receipts: number;
  submitted: number;
  sent: number;
  failed: number;
  unknown: number;
  throttled: number;
  errors: number;
  window: number;
  window_max: number;
  bound: number;
  binds: number;
  p50_ms: number;
  p95_ms: number;
}

export type Command = 'pause' | 'drain' | 'resume';

export interface List<T> {
  entities: T[];
  now_ms: number;
}

/** The session has ended; another sign-in is needed. */
export class SignedOut extends Error {}

const BASE = '/api/v2/bindery/carriers';

async function read<T>(path: string): Promise<T> {
  const response = await fetch(`${BASE}${path}`, { headers: { Accept: 'application/json' } });
  if (response.status === 401) throw new SignedOut();
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()) as T;
}

export async function readCarriers(): Promise<List<Carrier>> {
  const found = await everyPage((query) =>
    read<List<Carrier> & { pageCount: number }>(`?${new URLSearchParams(query)}`),
  );
  return {
    entities: found.flatMap(({ entities }) => entities),
    now_ms: found.at(-1)?.now_ms ?? 0,
  };
}

export const readSamples = (name: string): Promise<List<Sample>> =>
  read(`/${encodeURIComponent(name)}/samples`);

export async function command(name: string, what: Command): Promise<void> {
  const response = await fetch(`${BASE}/${encodeURIComponent(name)}/commands`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Bindery-CSRF': '1' },
    body: JSON.stringify({ command: what }),
  });
  if (response.status === 401) throw new SignedOut();
  if (response.ok) return;
  const body: unknown = await response.json().catch(() => null);
  throw new Error(
    body && typeof body === 'object' && 'message' in body && typeof body.message === 'string'
      ? body.message
      : `The server answered ${response.status}.`,
  );
}
