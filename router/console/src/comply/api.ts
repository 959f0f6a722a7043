/** What the router says of consent, and what somebody of compliance tells it. */
import { everyPage } from '../pages';

/** The session has ended; another sign-in is needed. */
export class SignedOut extends Error {}

/** What the router would not do, in its words. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message);
  }
}

export interface Entry {
  id?: string;
  batchId?: string;
  scope: string;
  source: string;
  dateCreated: string | null;
  by: string;
}

interface Happened {
  id: string;
  what: string;
  scope: string;
  source: string;
  by: string;
  approvedBy: string;
  dateReceived: string | null;
  dateEffective: string;
  note: string;
}

export interface NumberFound {
  number: string;
  suppressed: boolean;
  inForce: Entry[];
  history: Happened[];
  historyTotal: number;
}

export interface Row extends Happened {
  number: string | null;
  inForce: boolean | null;
  batchId: string;
  rows: number;
  rule: string;
  ours: string;
}

export interface Page<T> {
  entities: T[];
  nextCursor: string | null;
}

export interface Reading {
  verdict: string;
  rule: number;
  language: string;
  pattern: string;
  variant: string;
  from: number;
  to: number;
  matched: string;
  ruleSet: string;
  /** What would be sent, where an answer is. */
  answer: string;
  variants: Record<'plain' | 'collapsed' | 'lookAlikes', string[]>;
}

export interface Sent {
  id: string;
  dateAccepted: string;
  text: string;
  by: string;
  automatic: boolean;
  state: string;
  reason: string;
  dateSubmitted: string | null;
  dateReceipt: string | null;
  carrier: string;
}

export interface Proof {
  index: number;
  leaf: string;
  treeSize: number;
  root: string;
  path: string[];
  signed: boolean;
  rootIsSigned: boolean;
  dateSigned: string | null;
  head: string;
  publicKey: string;
}

export type Pdu = Record<string, string | number | boolean | null>;

export interface Evidence {
  id: string;
  partition: number;
  index: number;
  dateReceived: string | null;
  dateEffective: string;
  record: Record<string, string>;
  scopesBefore?: string[];
  scopesAfter?: string[];
  recordText: string;
  inForce: boolean | null;
  erased: boolean;
  number?: string;
  note?: string;
  sealIntact?: boolean;
  raw?: Pdu;
  /** All of them, by their parts; `raw` is the first. */
  pdus?: Pdu[];
  text?: string;
  segments?: number;
  partial?: boolean;
  reading?: Reading;
  lastOutbound?: Sent | null;
  confirmation?: Sent | null;
  proof: Proof | null;
}

export interface Removal {
  id: string;
  number: string;
  batchId: string;
  by: string;
  reason: string;
  reference: string;
  state: 'asked' | 'approved' | 'refused';
  answeredBy: string;
  scope: string;
  narrowTo: string | null;
  dateCreated: string;
  taken: number;
  whole: boolean;
}

export interface Review {
  id: string;
  number: string;
  ours: string;
  rule: string;
  /** `due`, `escalated`, both or nothing. */
  told: string;
  dateCreated: string;
  dateDue: string;
  dateEscalated: string;
  scope: string;
  texts: { date: string; text: string; rule: string; reading: Reading }[];
}

export interface Batch {
  id: string;
  scope: string;
  source: string;
  by: string;
  reason: string;
  dateCreated: string | null;
}

export interface Blocked {
  where: string;
  by: string;
  number: string;
  ours: string;
  scope: string;
  date: string;
  entryId: string;
  batchId: string;
}

const BASE = '/api/v2/compliance';

export async function answered(response: Response): Promise<unknown> {
  if (response.status === 401) throw new SignedOut();
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const said = (body ?? {}) as { message?: unknown; code?: unknown };
  throw new Refusal(
    typeof said.message === 'string' ? said.message : `The server answered ${response.status}.`,
    response.status,
    typeof said.code === 'string' ? said.code : '',
  );
}

export type Query = Readonly<Record<string, string>>;

/** `?a=1` of what is not empty. */
export function queryText(query: Query): string {
  const parts = Object.entries(query).filter(([, value]) => value !== '');
  return parts.length ? `?${new URLSearchParams(parts).toString()}` : '';
}

export async function read<T>(path: string, query: Query = {}): Promise<T> {
  const headers = { Accept: 'application/json' };
  return (await answered(await fetch(`${BASE}${path}${queryText(query)}`, { headers }))) as T;
}

/** One page of a list that has a total. */
export interface Leaf<T> {
  entities: T[];
  total: number;
  pageCount: number;
}

/** All pages of such a list. */
export async function all<T>(path: string, query: Query = {}): Promise<T[]> {
  const found = await everyPage((page) => read<Leaf<T>>(path, { ...query, ...page }));
  return found.flatMap(({ entities }) => entities);
}

export async function tell<T>(
  path: string,
  body: object,
  method: 'POST' | 'PUT' = 'POST',
): Promise<T> {
  const response = await fetch(`${BASE}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', 'X-Bindery-CSRF': '1' },
    body: JSON.stringify(body),
  });
  return (await answered(response)) as T;
}

/** Where the browser downloads from. */
export const downloadUrl = (path: string, query: Query = {}): string =>
  `${BASE}${path}${queryText(query)}`;

/** Why it went wrong, for a person. */
export const reason = (error: unknown): string =>
  error instanceof Error && !(error instanceof TypeError)
    ? error.message
    : 'The server cannot be reached.';
