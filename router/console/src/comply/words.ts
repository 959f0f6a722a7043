/** How consent is said on the page, and where its pages are. */
import type { Mood } from '../operate/words';

const WHATS: Record<string, [string, Mood]> = {
  revoke: ['Opted out', 'danger'],
  'revoke-again': ['Opted out again', 'warn'],
  grant: ['Opted in', 'good'],
  release: ['Removed', 'good'],
  hold: ['Held', 'warn'],
  import: ['Imported', 'calm'],
  erase: ['Erased', 'calm'],
  rules: ['Rules changed', 'warn'],
};

const SOURCES: Record<string, string> = {
  keyword: 'Keyword',
  staff: 'Staff',
  dnc: 'Do not call',
  legal: 'Legal',
  carrier: 'Carrier',
};

export function whatSaid(what: string): { text: string; mood: Mood } {
  const [text, mood] = WHATS[what] ?? [what, 'calm' as const];
  return { text, mood };
}

export const sourceText = (source: string): string => SOURCES[source] ?? source;

/** `programme:shop` reads `shop`, with what it is in front. */
export function scopeText(scope: string): string {
  if (scope === 'all') return 'Everything';
  const [kind, name] = [scope.slice(0, scope.indexOf(':')), scope.slice(scope.indexOf(':') + 1)];
  if (kind === 'programme') return `Programme ${name}`;
  if (kind === 'category')
    return `Category ${name.slice(name.lastIndexOf(':') + 1)} of ${name.slice(0, name.lastIndexOf(':'))}`;
  return kind === 'number' ? `Number ${name}` : scope;
}

const LANGUAGES = new Intl.DisplayNames(undefined, { type: 'language', fallback: 'code' });
export const languageName = (code: string): string => LANGUAGES.of(code) ?? code;

/** Scopes beside each other; nothing at all where nobody knows them. */
export function scopesText(scopes: readonly string[] | undefined): string {
  if (!scopes) return '';
  return scopes.length ? scopes.map(scopeText).join(', ') : 'nothing';
}

const VERDICTS: Record<string, { text: string; mood: Mood; does: string }> = {
  OPT_OUT: {
    text: 'Opt-out',
    mood: 'danger',
    does: 'The number is suppressed at once, what waits for it is stopped, and one confirmation is sent.',
  },
  OPT_IN: { text: 'Opt-in', mood: 'good', does: 'What a keyword suppressed is lifted.' },
  HELP: { text: 'Help', mood: 'calm', does: 'The programme’s help text is sent.' },
  AMBIGUOUS: {
    text: 'Ambiguous',
    mood: 'warn',
    does: 'Nothing is sent by itself to that number until a person has read it.',
  },
  NONE: { text: 'Nothing', mood: 'calm', does: 'It goes to an agent like any other message.' },
};

export const verdictSaid = (verdict: string): { text: string; mood: Mood; does: string } =>
  VERDICTS[verdict] ?? { text: verdict, mood: 'calm', does: '' };

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const moment = (iso: string | null | undefined): string =>
  iso ? MOMENT.format(new Date(iso)) : '–';

/** The text as three: what is before the octets from..to of its UTF-8, those, what is behind. */
export function spanOf(text: string, from: number, to: number): [string, string, string] {
  const octets = new TextEncoder().encode(text);
  const part = (start: number, end: number): string =>
    new TextDecoder().decode(octets.slice(start, end));
  return [part(0, from), part(from, to), part(to, octets.length)];
}

interface Place {
  page: string;
  /** What stands behind the page's name: an entry's id. */
  about: string;
  query: Readonly<Record<string, string>>;
}

/** `#/compliance/search?number=1` → search, {number}. */
export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/compliance\/?/, '').split('?', 2);
  const [page = '', ...rest] = path.split('/');
  return {
    page: page || 'search',
    about: decodeURIComponent(rest.join('/')),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

export const entryLink = (id: string): string => `#/compliance/entry/${encodeURIComponent(id)}`;

export const ruleSetLink = (id: string): string => `#/compliance/rules/${encodeURIComponent(id)}`;

export const numberLink = (number: string): string =>
  `#/compliance/search?${new URLSearchParams({ number }).toString()}`;

/** Duration for a person: `1.2 s`, `4 min`, `3 h`. */
export function lasting(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
