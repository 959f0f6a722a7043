/**
 * Replies on their way, kept over a reload of the page. The server does a ref once within an hour,
 * so a reply may be said again for less than that; after it, whether it was taken is for a person
 * to look at.
 */
import type { PendingSend } from './state';

export const RESEND_MAX_MS = 50 * 60_000;
export const TOO_OLD = 'Too old to send again safely. Check whether it was sent.';

export function isResendable(send: PendingSend, nowMs: number): boolean {
  return send.refused === null && nowMs - send.at_ms < RESEND_MAX_MS;
}

export function stringifyOutbox(pending: readonly PendingSend[]): string {
  return JSON.stringify(pending.map((send) => ({ ...send, shown: null })));
}

/** Reads what `stringifyOutbox` wrote; anything else is an empty outbox. */
export function parseOutbox(text: string | null, nowMs: number): PendingSend[] {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(value)) return [];
  return value.filter(isPending).map((send) => {
    if (send.refused !== null || isResendable(send, nowMs)) return send;
    return { ...send, refused: TOO_OLD };
  });
}

function isPending(value: unknown): value is PendingSend {
  if (!value || typeof value !== 'object') return false;
  const send = value as Partial<PendingSend>;
  return (
    typeof send.ref === 'string' &&
    typeof send.conversation === 'string' &&
    typeof send.text === 'string' &&
    typeof send.at_ms === 'number' &&
    (send.refused === null || typeof send.refused === 'string')
  );
}
