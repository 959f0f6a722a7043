/** Customers over the HTTP API, where they are external contacts. */
import { answered, queryText, type Query } from '../comply/api';

export const CONTACTS = '/api/v2/externalcontacts/contacts';

export interface Contact {
  id: string;
  name: string;
  cellPhone: { e164: string };
  firstName?: string;
  middleName?: string;
  lastName?: string;
  salutation?: string;
  title?: string;
  workEmail?: string;
  personalEmail?: string;
  otherEmail?: string;
  address: {
    address1?: string;
    address2?: string;
    city?: string;
    state?: string;
    postalCode?: string;
    countryCode?: string;
  };
  externalSystemUrl?: string;
  customFields: Record<string, string>;
  version: number;
  modifyDate: string;
}

export interface Page {
  entities: Contact[];
  total: number;
  pageNumber: number;
  pageCount: number;
  /** A search stopped before it had looked at all. */
  partialResults: boolean;
}

/** As many as a page shows; of a list the API tells the first thousand. */
const PAGE_SIZE = 50;
export const PAGES_MAX = 1000 / PAGE_SIZE;

async function get<T>(path: string, query: Query): Promise<T> {
  const headers = { Accept: 'application/json' };
  return (await answered(await fetch(`${path}${queryText(query)}`, { headers }))) as T;
}

export const find = (q: string, pageNumber: number): Promise<Page> =>
  get<Page>(CONTACTS, { q, pageNumber: String(pageNumber), pageSize: String(PAGE_SIZE) });

export interface Change {
  id: string;
  eventDate: string;
  user: { id: string };
  action: 'create' | 'update' | 'delete';
  propertyChanges: { property: string; oldValues: string[]; newValues: string[] }[];
}

/** What was done to one of them, the newest first. */
export const changesOf = async (id: string): Promise<Change[]> =>
  (await get<{ entities: Change[] }>('/api/v2/audits', { kind: 'customer', id })).entities;

/** What to call them: by their number where there is no name. */
export const calledBy = ({ name, cellPhone }: Contact): string => name || cellPhone.e164;
