/**
 * The messages of one conversation: kept once per id, in the order of their position, whatever
 * mixture of events, pages and acknowledgements they came by.
 */
import type { DeliveryState, Message } from './wire';

/** How far a message has come. An answer that was under way while an event overtook it must not
 * take a message back to an earlier state. */
const RANK: Record<DeliveryState, number> = {
  queued: 0,
  sending: 1,
  unknown: 2,
  sent: 3,
  delivered: 4,
  failed: 4,
  expired: 4,
  suppressed: 4,
};

/** Orders positions of the form `<ms>-<seq>` by number; other forms as text. */
export function compareAt(a: string, b: string): number {
  const [aMs = '', aSeq = ''] = a.split('-');
  const [bMs = '', bSeq = ''] = b.split('-');
  return compareDigits(aMs, bMs) || compareDigits(aSeq, bSeq);
}

function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function merged(old: Message, next: Message, authoritative: boolean): Message {
  const result = { ...next };
  if (old.again !== undefined) result.again = old.again;
  if (old.partial !== true && next.partial === true) {
    result.text = old.text;
    result.partial = false;
  }
  if (!authoritative && old.state && next.state && RANK[old.state] > RANK[next.state]) {
    result.state = old.state;
    if (old.reason !== undefined) result.reason = old.reason;
  }
  return result;
}

/**
 * Puts messages into a thread. `authoritative` says that they came as an event, in order, and not
 * as an answer that may be older than what is already shown. Returns the same array if nothing
 * changed its contents.
 */
export function mergeMessages(
  thread: readonly Message[],
  incoming: readonly Message[],
  authoritative: boolean,
): readonly Message[] {
  if (!incoming.length) return thread;
  const byId = new Map(thread.map((message) => [message.id, message]));
  for (const message of incoming) {
    const old = byId.get(message.id);
    byId.set(message.id, old ? merged(old, message, authoritative) : message);
    const first = message.of === undefined ? undefined : byId.get(message.of);
    if (first) byId.set(first.id, { ...first, again: message.id });
  }
  return [...byId.values()].sort((a, b) => compareAt(a.at, b.at));
}

/** Since when the customer waits for a person's answer, or null if nobody owes them one. */
export function waitingSince(thread: readonly Message[]): number | null {
  let since: number | null = null;
  for (const message of thread) {
    if (message.direction === 'out') {
      if (!message.automatic) since = null;
    } else if (message.direction === 'in' && !message.keyword && since === null) {
      since = message.at_ms ?? null;
    }
  }
  return since;
}

/** How many of the customer's messages stand after the position `read` (null: none was read). */
export function unreadCount(thread: readonly Message[], read: string | null): number {
  return thread.filter(
    (message) => message.direction === 'in' && (read === null || compareAt(message.at, read) > 0),
  ).length;
}
