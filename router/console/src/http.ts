/** The few HTTP calls of the page: who am I, sign in, sign out. */

export interface User {
  name: string;
  roles: string[];
  queues?: string[];
}

/** Whether they may see the carriers. */
export const operates = ({ roles }: User): boolean =>
  roles.includes('supervisor') || roles.includes('admin');

/** Whether they may see who is suppressed, and why. */
export const complies = ({ roles }: User): boolean =>
  roles.includes('compliance') || roles.includes('admin');

/** Whether this console has a page for them. */
export const hasPage = (user: User): boolean =>
  user.roles.includes('agent') || operates(user) || complies(user);

type SignInResult =
  | { ok: true; user: User }
  | { ok: false; message: string; retryAfterS: number | null };

const UNSAFE = { 'Content-Type': 'application/json', 'X-Bindery-CSRF': '1' };

/** The user of the session, or null if there is none. Throws where the server cannot be asked. */
export async function currentUser(): Promise<User | null> {
  const response = await fetch('/api/v2/users/me', { headers: { Accept: 'application/json' } });
  if (response.status === 401) return null;
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()) as User;
}

export async function signIn(name: string, password: string): Promise<SignInResult> {
  let response: Response;
  try {
    response = await fetch('/api/v2/sign-in', {
      method: 'POST',
      headers: UNSAFE,
      body: JSON.stringify({ name, password }),
    });
  } catch {
    return { ok: false, message: 'The server cannot be reached.', retryAfterS: null };
  }
  if (response.ok) return { ok: true, user: (await response.json()) as User };
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return {
    ok: false,
    message: await refusal(response),
    retryAfterS: response.status === 429 ? (Number.isNaN(retryAfter) ? 30 : retryAfter) : null,
  };
}

/** What agents may say they do, by name. */
export async function presences(): Promise<string[]> {
  const path = '/api/v2/presence/definitions?pageSize=500';
  const response = await fetch(path, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const { entities } = (await response.json()) as {
    entities: { name: string; deactivated?: boolean }[];
  };
  return entities.filter(({ deactivated }) => !deactivated).map(({ name }) => name);
}

async function refusal(response: Response): Promise<string> {
  if (response.status === 401) return 'The name or the password is wrong.';
  if (response.status === 429) {
    const seconds = response.headers.get('Retry-After');
    return `Too many attempts.${seconds === null ? '' : ` Try again in ${seconds} s.`}`;
  }
  const body: unknown = await response.json().catch(() => null);
  if (body && typeof body === 'object' && 'message' in body && typeof body.message === 'string')
    return body.message;
  return `The server answered ${response.status}.`;
}

export async function signOut(): Promise<void> {
  await fetch('/api/v2/sign-out', { method: 'POST', headers: UNSAFE }).catch(() => undefined);
}
