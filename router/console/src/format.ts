/** How things are said on the page. The locale and time zone are the browser's. */
import type { DeliveryState, Message, Past, Plan, Routing } from './wire';

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const timeOf = (ms: number): string => TIME.format(ms);
export const fullTimeOf = (ms: number): string => FULL.format(ms);

/** The local calendar day as a key that is the same for all its moments. */
export function dayKey(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

export function dayLabel(ms: number, nowMs: number): string {
  if (dayKey(ms) === dayKey(nowMs)) return 'Today';
  const now = new Date(nowMs);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(ms) === dayKey(yesterday.getTime())) return 'Yesterday';
  return DAY.format(ms);
}

/** The moment as short as it can be said: the time alone where it is today. To the nearest minute, since two
 * clocks never differ by the same twice. */
export function whenText(exactMs: number, nowMs: number): string {
  const ms = Math.round(exactMs / 60_000) * 60_000;
  if (dayKey(ms) === dayKey(nowMs)) return timeOf(ms);
  const now = new Date(nowMs);
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  if (dayKey(ms) === dayKey(tomorrow.getTime())) return `tomorrow ${timeOf(ms)}`;
  return `${SHORT_DAY.format(ms)} ${timeOf(ms)}`;
}

/** The times that parking offers, of the local calendar. */
export function parkTimes(nowMs: number): { label: string; atMs: number }[] {
  const now = new Date(nowMs);
  const morning = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9);
  return [
    { label: 'In 15 minutes', atMs: nowMs + 15 * 60_000 },
    { label: 'In 1 hour', atMs: nowMs + 3_600_000 },
    { label: 'Tomorrow morning', atMs: morning.getTime() },
  ];
}

/** The local moment as a field of type `datetime-local` has it. */
export function localInput(ms: number): string {
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A running time, as short as it can be read at a glance: `0:42`, `12:05`, `3 h 07`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${two(minutes % 60)}`;
  return `${Math.floor(hours / 24)} d`;
}

/** What the server takes of a text, and of a note. */
export const TEXT_MAX = 4000;
export const NOTE_MAX = 1000;

/** By how much a text is too long, or null. Nobody sees what a field cuts off, so none does. */
export function tooLong(text: string, most: number): string | null {
  const { length } = text;
  if (length <= most) return null;
  return `${length.toLocaleString()} characters, at most ${most.toLocaleString()}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `170/306 · 2 SMS · GSM-7` */
export function planText(plan: Plan): string {
  return `${plan.used}/${plan.limit} · ${plan.segments} SMS · ${plan.coding}`;
}

/** Names the character that made a text Unicode, if one did. */
export function forcedText(plan: Plan): string | null {
  if (!plan.forced_by) return null;
  return `${characterName(plan.forced_by.character)} needs Unicode`;
}

/** A character in quotation marks, or its code where it would not be seen. */
export function characterName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  if (/^[\p{Z}\p{C}]/u.test(character)) return `An invisible character (${hex})`;
  if (/^\p{M}/u.test(character)) return `A combining mark “◌${character}” (${hex})`;
  return `“${character}”`;
}

/** The state of a delivery in words, for a tooltip and for those who do not see the ticks. */
export const DELIVERY_TEXT: Record<DeliveryState, string> = {
  queued: 'Queued',
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  failed: 'Failed',
  unknown: 'Outcome unknown',
  suppressed: 'Not sent: the customer opted out',
  expired: 'Expired before it was delivered',
};

/** What stands below a bubble whose delivery went wrong, or null. */
export function deliveryProblem(message: Message): string | null {
  if (!message.state || ['queued', 'sending', 'sent', 'delivered'].includes(message.state))
    return null;
  const text = DELIVERY_TEXT[message.state];
  return message.reason ? `${text}: ${message.reason}` : text;
}

export const KEYWORD_TEXT: Record<NonNullable<Message['keyword']>, string> = {
  opt_out: 'Opt-out',
  opt_in: 'Opt-in',
  help: 'Help',
};

export const ROUTING_TEXT: Record<Routing, string> = {
  off_queue: 'Off queue',
  idle: 'On queue',
  interacting: 'On queue',
  not_responding: 'Not responding',
};

/** The title of the page: alerts first, since a tab shows little of it. */
export function pageTitle(alerts: number, unread: number): string {
  if (alerts > 0) return `(${alerts}) ${alerts === 1 ? 'offer' : 'offers'} waiting · Bindery`;
  return unread > 0 ? `(${unread}) Bindery` : 'Bindery';
}

/** A wrap-up code as the operator wrote it, unless it is a bare key: `issue_resolved` reads
 * `Issue resolved`. */
export function codeLabel(code: string): string {
  if (!/^[a-z0-9_]+$/.test(code)) return code;
  const words = code.replace(/_+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const ENDED: Record<string, string> = {
  transfer: 'gave it away',
  consult: 'handed it over',
  reclaimed: 'did not come back',
  inactivity: 'nobody wrote any more',
  supervisor: 'a supervisor closed it',
};

/** Who had a leg that is over, and how it ended. */
export function legText({ agent, wrapup, by }: Past['legs'][number]): string {
  return `${agent}: ${wrapup ? codeLabel(wrapup) : (ENDED[by] ?? 'ended')}`;
}

/** As people order names: number 9 before number 10. */
export const byName = new Intl.Collator(undefined, { numeric: true }).compare;
