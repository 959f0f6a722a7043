/**
 * What the browser keeps for the page. Replies under way, drafts and the chosen conversation are
 * of this window (sessionStorage); how far was read is of the agent's browser (localStorage).
 */
import { parseOutbox, stringifyOutbox } from './outbox';
import type { PendingSend } from './state';
import type { Composing } from './store';

const DRAFTS: Record<Composing, string> = { reply: 'drafts', note: 'notes' };

function readMap(storage: Storage, key: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(storage.getItem(key) ?? '{}');
    if (!value || typeof value !== 'object') return {};
    const entries = Object.entries(value).filter((entry) => typeof entry[1] === 'string');
    return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    return {};
  }
}

function write(storage: Storage, key: string, value: string): void {
  try {
    storage.setItem(key, value);
  } catch {
    // A full or forbidden storage costs the comfort of a reload, not the work.
  }
}

/** All of it is under the agent's name: the next one at this desk starts with nothing of theirs. */
export class Memory {
  constructor(private readonly agent: string) {}

  private key(what: string): string {
    return `bindery.${what}.${this.agent}`;
  }

  outbox(): PendingSend[] {
    return parseOutbox(sessionStorage.getItem(this.key('outbox')), Date.now());
  }

  keepOutbox(pending: readonly PendingSend[]): void {
    write(sessionStorage, this.key('outbox'), stringifyOutbox(pending));
  }

  selected(): string | null {
    return sessionStorage.getItem(this.key('selected'));
  }

  keepSelected(conversation: string | null): void {
    write(sessionStorage, this.key('selected'), conversation ?? '');
  }

  draft(mode: Composing, conversation: string): string {
    return readMap(sessionStorage, this.key(DRAFTS[mode]))[conversation] ?? '';
  }

  keepDraft(mode: Composing, conversation: string, text: string): void {
    const key = this.key(DRAFTS[mode]);
    const drafts = readMap(sessionStorage, key);
    if (text) drafts[conversation] = text;
    else delete drafts[conversation];
    write(sessionStorage, key, JSON.stringify(drafts));
  }

  reads(): Record<string, string> {
    return readMap(localStorage, this.key('read'));
  }

  /** Replaces the marks; conversations that are gone are left out by the caller. */
  keepReads(reads: Record<string, string>): void {
    write(localStorage, this.key('read'), JSON.stringify(reads));
  }
}
