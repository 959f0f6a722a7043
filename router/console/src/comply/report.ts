/** Reports of consent as the router tells them, and their figures in words. Pure. */
import { lasting } from './words';

export const FIGURES = [
  'optOuts',
  'optOutsRepeated',
  'carrierOptOuts',
  'optIns',
  'help',
  'unclear',
  'unclearMore',
  'decided',
  'decidedMs',
  'decidedWithin1h',
  'decidedWithin4h',
  'decidedWithin24h',
  'decidedLater',
  'released',
  'optedOut',
  'removed',
  'listed',
  'confirmations',
  'confirmationsSent',
  'confirmationsLate',
  'confirmationsMissing',
  'confirmationsMs',
  'sentAfterOptOut',
  'blockedAtAccept',
  'blockedAtDispatch',
] as const;
export type Figure = (typeof FIGURES)[number];
export type Figures = Readonly<Record<Figure, number>>;

export type Bucket = Figures & { from: string };
type GroupRow = Partial<Figures> & { name: string };
export const GROUPS = ['number', 'programme', 'scope', 'language', 'source', 'rule'] as const;
export type GroupName = (typeof GROUPS)[number];

export interface Report {
  zone: string;
  by: 'day' | 'hour';
  dateAsked: string;
  cut: boolean;
  buckets: Bucket[];
  totals: Figures;
  groups: Record<GroupName, GroupRow[]>;
  open: { confirmationsOverdue: number; reviews: number; reviewsEscalated: number };
}

export const blocked = (of: Partial<Figures>): number =>
  (of.blockedAtAccept ?? 0) + (of.blockedAtDispatch ?? 0);

const share = (part: number, of: number): string =>
  of ? `${Math.round((100 * part) / of)} %` : '–';
const mean = (sum: number, of: number): string => (of ? lasting(sum / of) : '–');

/** The totals as a person reads them: name, value, what it is of. */
export function headlines({ totals: of, open }: Report): [string, string, string][] {
  const sent = of.confirmationsSent + of.confirmationsLate;
  const n = (value: number): string => value.toLocaleString();
  return [
    ['Opt-outs', n(of.optOuts), `${n(of.optOutsRepeated)} repeated`],
    ['By the carrier', n(of.carrierOptOuts), 'of the opt-outs'],
    ['Opt-ins', n(of.optIns), ''],
    ['HELP', n(of.help), ''],
    ['Unclear', n(of.unclear), `${n(open.reviews)} open, ${n(open.reviewsEscalated)} escalated`],
    [
      'Time to decide',
      mean(of.decidedMs, of.decided),
      `${share(of.decidedWithin1h + of.decidedWithin4h + of.decidedWithin24h, of.decided)} within 24 h`,
    ],
    ['Decided as opt-outs', share(of.optedOut, of.decided), `${n(of.decided)} decided`],
    [
      'Confirmed in 5 min',
      share(of.confirmationsSent, of.confirmations),
      `mean ${mean(of.confirmationsMs, sent)}`,
    ],
    [
      'Confirmations late, failed',
      `${n(of.confirmationsLate)}, ${n(of.confirmationsMissing)}`,
      `${n(open.confirmationsOverdue)} overdue now`,
    ],
    ['Sent after opt-out', n(of.sentAfterOptOut), 'must be 0'],
    ['Blocked attempts', n(blocked(of)), `${n(of.blockedAtDispatch)} at dispatch`],
    ['From lists', n(of.listed), 'numbers'],
    ['Removed', n(of.removed), 'by two people'],
  ];
}

/** A day of the browser's as the query has it, `back` days ago. */
export function dayOf(now: Date, back = 0): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - back);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
