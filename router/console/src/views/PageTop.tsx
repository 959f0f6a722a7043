import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { reason, SignedOut } from '../comply/api';
import { complies, operates, signOut, type User } from '../http';
import { Leave, Mark } from './Icons';

const isAdmin = ({ roles }: User): boolean => roles.includes('admin');

/** The pages beside the desk, and who has them. */
const PAGES: readonly (readonly [string, string, (user: User) => boolean])[] = [
  ['#/floor', 'Floor', operates],
  ['#/carriers', 'Carriers', operates],
  ['#/customers', 'Customers', (user) => operates(user) || complies(user)],
  ['#/admin', 'Set up', isAdmin],
  ['#/compliance', 'Compliance', complies],
  ['#/', 'Desk', ({ roles }) => roles.includes('agent')],
];

interface WaysProps {
  /** Which of the pages this is. */
  here: string;
  user: User;
}

/** The ways from a page to the others. */
export function Ways({ here, user }: WaysProps) {
  return PAGES.filter(([href, , allows]) => href !== here && allows(user)).map(([href, text]) => (
    <a key={href} href={href}>
      {text}
    </a>
  ));
}

/** What was last said of what somebody did here, or of what went wrong. */
export interface Messages {
  said: { text: string; bad: boolean } | null;
  onNotice: (text: string) => void;
  onTrouble: (error: unknown) => void;
  /** The same of what the page is about: until it comes there is nothing to show. */
  onLost: (error: unknown) => void;
  /** What the page is about did not come, and nothing has come since. */
  failed: boolean;
  /** Counts how often that was to be asked for anew. */
  tries: number;
  onRetry: () => void;
  /** All is well. */
  clear: () => void;
  dismiss: () => void;
}

/** Messages that are over once another page is gone to. */
export function useMessages(place: string, onSignedOut: () => void): Messages {
  const [said, setSaid] = useState<Messages['said']>(null);
  const [failed, setFailed] = useState(false);
  const [tries, setTries] = useState(0);
  const dismiss = (): void => setSaid(null);
  function clear(): void {
    dismiss();
    setFailed(false);
  }
  useEffect(clear, [place]);
  function onTrouble(error: unknown): void {
    if (error instanceof SignedOut) onSignedOut();
    else setSaid({ text: reason(error), bad: true });
  }
  return {
    said,
    onNotice: (text) => setSaid(text ? { text, bad: false } : null),
    onTrouble,
    onLost: (error) => {
      onTrouble(error);
      setFailed(true);
    },
    failed,
    tries,
    onRetry: () => {
      clear();
      setTries((before) => before + 1);
    },
    clear,
    dismiss,
  };
}

interface Props {
  /** Which of the pages this is. */
  here: string;
  user: User;
  /** `own`: by the button here. */
  onSignedOut: (own?: boolean) => void;
  messages?: Messages;
  /** How fresh the page is. */
  state?: ComponentChildren;
  /** Its tabs. */
  children?: ComponentChildren;
}

/** The bar over a page: what it is, the ways to the others, and under it what was said last; in sight wherever one is. */
export function PageTop({ here, user, onSignedOut, messages, state, children }: Props) {
  // There may be more tabs than a phone is wide.
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    const tab = bar.current?.querySelector('.tabs [aria-current=page]');
    tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [location.hash]);

  async function leave(): Promise<void> {
    await signOut();
    onSignedOut(true);
  }

  return (
    <div class="top">
      <header class="bar" ref={bar}>
        <h1 class="brand">
          <Mark /> <span>{PAGES.find(([href]) => href === here)?.[1]}</span>
        </h1>
        {state}
        <span class="gap" />
        <Ways here={here} user={user} />
        <span class="who wide">{user.name}</span>
        <button class="quiet" title="Sign out" aria-label="Sign out" onClick={() => void leave()}>
          <Leave />
        </button>
        {children}
      </header>
      {messages && <Said {...messages} />}
    </div>
  );
}

function Said({ said, dismiss }: Messages) {
  return (
    <div class={said ? `said ${said.bad ? 'bad' : 'good'}` : 'said'}>
      <p role="status">{said && !said.bad && said.text}</p>
      <p role="alert">{said?.bad && said.text}</p>
      {said && (
        <button class="quiet" onClick={dismiss}>
          Dismiss
        </button>
      )}
    </div>
  );
}
