/** Keywords and answers of a programme or a number, as they are edited and compared. */

export interface LanguageSet {
  language: string;
  stopText: string;
  helpText: string;
  startText: string;
  optOut: string[];
  help: string[];
  optIn: string[];
}

export interface RuleSet {
  stopText: string;
  helpText: string;
  startText: string;
  languages: LanguageSet[];
}

export interface Version {
  version: number;
  state: 'draft' | 'active' | 'past' | 'discarded';
  by: string;
  date: string;
  reason: string;
  approvedBy: string;
  dateActivated: string | null;
  dateEnded: string | null;
  revision: number;
  editors: string[];
  set?: RuleSet;
}

export interface RuleSetFound {
  id: string;
  active: Version | null;
  draft: Version | null;
  file: RuleSet | null;
  ruleSet: string;
  versions: Version[];
}

export const ANSWERS = [
  ['stopText', 'Confirmation of an opt-out'],
  ['helpText', 'Answer to HELP'],
  ['startText', 'Confirmation of an opt-in'],
] as const;

export const WORDS = [
  ['optOut', 'Opt-out'],
  ['help', 'Help'],
  ['optIn', 'Opt-in'],
] as const;

export const EMPTY: RuleSet = { stopText: '', helpText: '', startText: '', languages: [] };

export const newLanguage = (language: string): LanguageSet => ({
  language,
  stopText: '',
  helpText: '',
  startText: '',
  optOut: [],
  help: [],
  optIn: [],
});

/** A keyword a line, without what is empty or there twice. */
export const wordsOf = (text: string): string[] => [
  ...new Set(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ),
];

export interface Change {
  what: 'added' | 'removed' | 'changed';
  place: string;
  before: string;
  after: string;
}

function textChanges(
  place: string,
  before: Pick<RuleSet, 'stopText' | 'helpText' | 'startText'> | undefined,
  after: Pick<RuleSet, 'stopText' | 'helpText' | 'startText'> | undefined,
): Change[] {
  return ANSWERS.flatMap(([key, label]) => {
    const [was, is] = [before?.[key] ?? '', after?.[key] ?? ''];
    if (was === is) return [];
    const what = was === '' ? 'added' : is === '' ? 'removed' : 'changed';
    return [{ what, place: `${place}${label}`, before: was, after: is } as const];
  });
}

/** What is different in `after`, in the order of the page. */
export function changes(before: RuleSet, after: RuleSet): Change[] {
  const languages = [
    ...new Set([...before.languages, ...after.languages].map((one) => one.language)),
  ];
  const all = textChanges('', before, after);
  for (const language of languages) {
    const was = before.languages.find((one) => one.language === language);
    const is = after.languages.find((one) => one.language === language);
    all.push(...textChanges(`${language}: `, was, is));
    for (const [key, label] of WORDS) {
      const place = `${language}: ${label}`;
      const [old, fresh] = [was?.[key] ?? [], is?.[key] ?? []];
      for (const word of fresh)
        if (!old.includes(word)) all.push({ what: 'added', place, before: '', after: word });
      for (const word of old)
        if (!fresh.includes(word)) all.push({ what: 'removed', place, before: word, after: '' });
    }
  }
  return all;
}

/** Whether two people have to want it: an opt-out goes, or an opt-in comes. As ruleset_narrows() of the router has it. */
export function narrows(before: RuleSet, after: RuleSet): boolean {
  const all = (set: RuleSet, key: 'optOut' | 'optIn'): string[] =>
    set.languages.flatMap((one) => one[key]);
  const has = (words: string[], word: string): boolean => words.includes(word);
  return (
    all(before, 'optOut').some((word) => !has(all(after, 'optOut'), word)) ||
    all(after, 'optIn').some((word) => !has(all(before, 'optIn'), word))
  );
}

export interface Difference {
  date: string;
  ours: string;
  number: string;
  conversation: string;
  was: string;
  text: string | null;
  context: string[];
  active: Verdict;
  draft: Verdict;
}

interface Verdict {
  verdict: string;
  rule: number;
  language: string;
  pattern: string;
  ruleSet: string;
}

export interface ReplayPiece {
  entities: Difference[];
  events: number;
  texts: number;
  differences: number;
  dateOldest: string | null;
  progress: number;
  nextCursor: string | null;
}

/** No spreadsheet takes it for a formula, and quotes are doubled. */
const cell = (text: string): string =>
  `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

export function differencesCsv(rows: readonly Difference[]): string {
  const heads = [
    'date',
    'number',
    'to',
    'text',
    'read then',
    'context',
    'in force',
    'rule',
    'by',
    'with the change',
    'rule',
    'by',
  ];
  const lines = rows.map((row) => [
    row.date,
    row.number,
    row.ours,
    row.text ?? '',
    row.was,
    row.context.join(' '),
    row.active.verdict,
    String(row.active.rule),
    row.active.ruleSet,
    row.draft.verdict,
    String(row.draft.rule),
    row.draft.ruleSet,
  ]);
  return [heads, ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}
