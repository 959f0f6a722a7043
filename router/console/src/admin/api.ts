/** People and things that are set up, over the HTTP API. */
import { answered } from '../comply/api';
import { everyPage } from '../pages';

export interface Thing {
  id: string;
  name: string;
  version: number | string;
  description?: string;
  /** The configuration names it: it can be neither renamed nor deleted here. */
  ofFile?: boolean;
}

export interface Person extends Thing {
  username: string;
  state: 'active' | 'inactive';
  roles: string[];
  capacity: number;
}

export interface Queue extends Thing {
  skillEvaluationMethod: 'ALL' | 'BEST' | 'NONE';
  lastAgentRoutingMode?: 'AnyAgent' | 'QueueMembersOnly' | 'Disabled';
  acwSettings?: { wrapupPrompt: string; timeoutMs?: number; holdsSlot?: boolean };
  mediaSettings: { message: { alertingTimeoutSeconds: number; enableAutoAnswer?: boolean } };
}

/** A canned response: one text, in libraries or everywhere. */
export interface Canned extends Thing {
  libraries?: { id: string }[];
  texts: { content: string; contentType?: string }[];
}

/** One of our numbers, which the configuration names: where what comes to it goes. */
export interface Recipient extends Thing {
  /** Else the configured one. */
  queue?: { id: string };
  configuredQueue: string;
  preferredAgents: { agent: { id: string }; score: number }[];
  preferredAgentsTimeoutSeconds: number;
}

/** A program that uses the API. */
export interface Client extends Thing {
  scope: string[];
  state: 'active' | 'inactive';
}

/** What agents may say they do. */
export interface Definition extends Thing {
  systemPresence: string;
  deactivated?: boolean;
}

export const SYSTEM_PRESENCES = [
  'Available',
  'Busy',
  'Away',
  'Break',
  'Meal',
  'Meeting',
  'Training',
];

/** A member with their ring, a skill with its proficiency. */
export interface Belonging {
  id: string;
  name: string;
  ringNumber?: number;
  proficiency?: number;
}

export const USERS = '/api/v2/users';
export const QUEUES = '/api/v2/routing/queues';
export const SKILLS = '/api/v2/routing/skills';
export const NUMBERS = '/api/v2/routing/message/recipients';
export const CLIENTS = '/api/v2/oauth/clients';
export const PRESENCES = '/api/v2/presence/definitions';
export const CODES = '/api/v2/routing/wrapupcodes';
export const LIBRARIES = '/api/v2/responsemanagement/libraries';
export const RESPONSES = '/api/v2/responsemanagement/responses';

export const at = (path: string, id: string): string => `${path}/${encodeURIComponent(id)}`;

interface Page<T> {
  entities: T[];
  pageCount: number;
}

/** All pages of a list. */
export async function all<T>(path: string): Promise<T[]> {
  const found = await everyPage(
    async (query) =>
      (await answered(await fetch(`${path}?${new URLSearchParams(query)}`))) as Page<T>,
  );
  return found.flatMap(({ entities }) => entities);
}

/** → what was answered, null where there was nothing. */
export async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  return answered(
    await fetch(path, {
      method,
      headers: { 'Content-Type': 'application/json', 'X-Bindery-CSRF': '1' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}
