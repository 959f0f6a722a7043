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

export interface Seen<T> {
  rows: T[];
  /** By what the list is known for as long as it is so: what has no version has this. */
  mark: string;
}

const markOf = (response: Response): string => response.headers.get('ETag') ?? '';

/** All pages of a list, with the mark of the first: what changes while they are read is not seen. */
export async function allSeen<T>(path: string): Promise<Seen<T>> {
  let mark = '';
  const found = await everyPage(async (query) => {
    const response = await fetch(`${path}?${new URLSearchParams(query)}`);
    mark ||= markOf(response);
    return (await answered(response)) as Page<T>;
  });
  return { rows: found.flatMap(({ entities }) => entities), mark };
}

export async function all<T>(path: string): Promise<T[]> {
  return (await allSeen<T>(path)).rows;
}

const ask = (method: string, path: string, body: unknown, mark = ''): Promise<Response> =>
  fetch(path, {
    method,
    headers: {
      'Content-Type': 'application/json',
      'X-Bindery-CSRF': '1',
      ...(mark ? { 'If-Match': mark } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** → what was answered, null where there was nothing. */
export async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  return answered(await ask(method, path, body));
}

/** Changes what was seen so → its mark now. Refused with 412 where somebody has changed it since. */
export async function sendSeen(
  method: string,
  path: string,
  mark: string,
  body: unknown,
): Promise<string> {
  const response = await ask(method, path, body, mark);
  await answered(response);
  return markOf(response);
}
