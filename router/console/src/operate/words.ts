/** How the state of carriers is said. */
import type { Bind, Carrier } from './carriers';

export type Mood = 'good' | 'warn' | 'danger' | 'calm';

const STATES: Record<string, [string, Mood]> = {
  bound: ['Bound', 'good'],
  partly: ['Partly bound', 'warn'],
  down: ['Down', 'danger'],
  credentials_refused: ['Credentials refused', 'danger'],
  silent: ['Gateway silent', 'danger'],
  unserved: ['Gateway too old: upgrade it', 'danger'],
  paused: ['Paused', 'calm'],
  draining: ['Draining', 'calm'],
  drained: ['Drained', 'calm'],
  stopping: ['Stopping', 'calm'],
};

const BIND_STATES: Record<string, [string, Mood]> = {
  bound_tx: ['Bound, transmitter', 'good'],
  bound_rx: ['Bound, receiver', 'good'],
  bound_trx: ['Bound, transceiver', 'good'],
  draining: ['Draining', 'calm'],
  unbinding: ['Unbinding', 'calm'],
  stopped: ['Stopped', 'calm'],
  waiting: ['Waiting', 'danger'],
  connecting: ['Connecting', 'warn'],
  binding: ['Binding', 'warn'],
  open: ['Awaiting outbind', 'warn'],
};

export interface Said {
  text: string;
  mood: Mood;
}

const said = (found: [string, Mood] | undefined, state: string): Said =>
  found ? { text: found[0], mood: found[1] } : { text: state.replace(/_/g, ' '), mood: 'warn' };

export const carrierState = ({ status }: Pick<Carrier, 'status'>): Said =>
  said(STATES[status.state], status.state);

export function bindState(bind: Pick<Bind, 'state' | 'quiet_ms'>): Said {
  if (bind.quiet_ms > 0) return { text: 'Throttled', mood: 'warn' };
  return said(BIND_STATES[bind.state], bind.state);
}

/** `ESME_RTHROTTLED` reads `RTHROTTLED`; the rest as it is. */
export const errorName = (error: string): string => error.replace(/^ESME_/, '');

export function figure(value: number | string | undefined): string {
  return typeof value === 'number' ? value.toLocaleString() : '–';
}

/** A rate with as many digits as it deserves. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 10) return perSecond.toFixed(1);
  return Math.round(perSecond).toLocaleString();
}

/** What changed since the last look, as one sentence for who does not see it; or null. */
export function changes(before: readonly Carrier[], after: readonly Carrier[]): string | null {
  const sentences = after.flatMap((carrier) => {
    const old = before.find(({ name }) => name === carrier.name);
    const now = carrierState(carrier).text;
    return old && carrierState(old).text !== now ? [`${carrier.name}: ${now}.`] : [];
  });
  return sentences.length ? sentences.join(' ') : null;
}
