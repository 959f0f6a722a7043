import { describe, expect, it } from 'vitest';

import {
  changes,
  differencesCsv,
  EMPTY,
  narrows,
  newLanguage,
  wordsOf,
  type Difference,
  type RuleSet,
} from '../src/comply/rulesets';

const french = (more: Partial<RuleSet['languages'][0]>): RuleSet => ({
  ...EMPTY,
  languages: [{ ...newLanguage('fr'), ...more }],
});

describe('keywords a line each', () => {
  it('are without blanks around, empty lines and repetitions', () => {
    expect(wordsOf(' ASSEZ \n\nÇa suffit\nASSEZ')).toEqual(['ASSEZ', 'Ça suffit']);
  });
});

describe('what is different', () => {
  it('is told by its place', () => {
    expect(changes(EMPTY, EMPTY)).toEqual([]);
    const after = { ...french({ optOut: ['ASSEZ'], stopText: 'Fini.' }), helpText: 'Call us.' };
    expect(changes(french({ optOut: ['BASTA'] }), after)).toEqual([
      { what: 'added', place: 'Answer to HELP', before: '', after: 'Call us.' },
      { what: 'added', place: 'fr: Confirmation of an opt-out', before: '', after: 'Fini.' },
      { what: 'added', place: 'fr: Opt-out', before: '', after: 'ASSEZ' },
      { what: 'removed', place: 'fr: Opt-out', before: 'BASTA', after: '' },
    ]);
    expect(changes({ ...EMPTY, stopText: 'a' }, { ...EMPTY, stopText: 'b' })[0]?.what).toBe(
      'changed',
    );
  });

  it('needs two people where an opt-out goes or an opt-in comes', () => {
    expect(narrows(EMPTY, french({ optOut: ['ASSEZ'], help: ['AIDEZ'] }))).toBe(false);
    expect(narrows(french({ optOut: ['ASSEZ'] }), EMPTY)).toBe(true);
    expect(narrows(EMPTY, french({ optIn: ['REVENIR'] }))).toBe(true);
    expect(narrows(french({ optIn: ['REVENIR'] }), EMPTY)).toBe(false);
    const german = { ...EMPTY, languages: [{ ...newLanguage('de'), optOut: ['ASSEZ'] }] };
    expect(narrows(french({ optOut: ['ASSEZ'] }), german)).toBe(false);
  });
});

describe('the export', () => {
  it('has nothing that a spreadsheet would calculate', () => {
    const verdict = { verdict: 'NONE', rule: 10, language: '', pattern: '', ruleSet: 'en 1' };
    const row: Difference = {
      date: '2026-11-26T00:00:00.000Z',
      ours: '+1555',
      number: '+1666',
      conversation: 'c',
      was: 'NONE',
      text: '=cmd|"x"',
      context: ['agent'],
      active: verdict,
      draft: { ...verdict, verdict: 'OPT_OUT' },
    };
    const [, line] = differencesCsv([row]).split('\r\n');
    expect(line).toContain('"\'+1666"');
    expect(line).toContain('"\'=cmd|""x"""');
  });
});
