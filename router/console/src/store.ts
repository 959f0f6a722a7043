/** The one place that holds what the page shows, and tells the views when it changed. */
import { useEffect, useState } from 'preact/hooks';

import type { Known } from './customers';
import type { User } from './http';
import { parseKeys, type KeyMap } from './keys';
import type { LinkState } from './link';
import { EMPTY, type State } from './state';

export type Composing = 'reply' | 'note';
export type Pane = 'list' | 'thread' | 'side';
export type Dialog = 'help' | 'close' | 'transfer' | 'start' | 'park' | null;

/** Whether it is about none of the conversations: it may stay whichever is chosen. */
export function standsAlone(dialog: Dialog): boolean {
  return dialog === null || dialog === 'help' || dialog === 'start';
}

export interface Screen {
  /** undefined: not known yet; null: nobody is signed in. */
  user: User | null | undefined;
  /** Their session ended, and it was not they who ended it here. */
  ended: boolean;
  link: LinkState;
  /** Local time of the next attempt, while the link waits for it. */
  retryAtMs: number | null;
  /** The server's clock less ours. */
  skewMs: number;
  model: State;
  customers: Known;
  pane: Pane;
  dialog: Dialog;
  /** The leg that the dialog `close` wraps up; null: it closes what is under way. */
  wrapping: number | null;
  notice: string | null;
  /** What the composer writes. */
  composing: Composing;
  /** Counts the times that the focus was to go to the chosen conversation. */
  focus: number;
  /** The offer that is read before it is answered: one that asks about another's conversation. */
  peeking: string | null;
  /** Whom the dialog that begins a conversation is to, where that is known. */
  startTo: { queue: string; customer: string } | null;
  polite: string;
  assertive: string;
  keys: KeyMap;
  muted: boolean;
  /** Names of what was asked and is not answered yet, such as `status` or `accept:<id>`. */
  busy: ReadonlySet<string>;
}

export class Store {
  screen: Screen = {
    user: undefined,
    ended: false,
    link: 'closed',
    retryAtMs: null,
    skewMs: 0,
    model: EMPTY,
    customers: new Map(),
    pane: 'list',
    dialog: null,
    wrapping: null,
    notice: null,
    composing: 'reply',
    focus: 0,
    peeking: null,
    startTo: null,
    polite: '',
    assertive: '',
    keys: parseKeys(localStorage.getItem('bindery.keys')),
    muted: localStorage.getItem('bindery.muted') === 'yes',
    busy: new Set(),
  };

  private readonly watchers = new Set<() => void>();

  set(change: Partial<Screen>): void {
    this.screen = { ...this.screen, ...change };
    for (const watcher of this.watchers) watcher();
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

export function useScreen(store: Store): Screen {
  const [screen, setScreen] = useState(store.screen);
  useEffect(() => {
    setScreen(store.screen);
    return store.watch(() => setScreen(store.screen));
  }, [store]);
  return screen;
}

/** The server's time, renewed every `everyMs`. */
export function useNow(skewMs: number, everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now + skewMs;
}
