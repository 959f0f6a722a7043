import { useEffect, useState } from 'preact/hooks';

import { isPhone } from '../browser';
import { nameOf } from '../customers';
import { clock } from '../format';
import { useNow, type Store } from '../store';
import type { Message, Offer } from '../wire';
import { Bubble } from './Bubble';
import type { DeskProps } from './Desktop';
import { Back } from './Icons';

/** What the customer writes while it rings goes to who has it, so it is asked for. */
const AGAIN_MS = 2000;

export function peekAt(store: Store, conversation: string | null): void {
  const pane = conversation !== null || store.screen.model.selected !== null ? 'thread' : 'list';
  store.set({ peeking: conversation, pane: isPhone() && conversation === null ? 'list' : pane });
  if (conversation !== null) setTimeout(() => document.getElementById('peek-title')?.focus());
}

/** The centre pane while a colleague asks: the thread, to be read and not to be written in. */
export function Peek({ desk, store, screen, offer }: DeskProps & { offer: Offer }) {
  const [messages, setMessages] = useState<readonly Message[] | null>(null);
  const now = useNow(screen.skewMs, 250);
  const busy = screen.busy.has(`offer:${offer.conversation}`) || screen.link !== 'open';

  useEffect(() => {
    let gone = false;
    const ask = (): void =>
      void desk.peek(offer).then((found) => gone || (found && setMessages(found)));
    ask();
    const timer = setInterval(ask, AGAIN_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [desk, offer.conversation]);

  return (
    <>
      <div class="thread-head">
        <button
          class="quiet"
          aria-label="Back to my conversations"
          onClick={() => peekAt(store, null)}
        >
          <Back />
        </button>
        <h2 id="peek-title" tabIndex={-1}>
          {nameOf(screen.customers, offer.customer)}{' '}
          <span class="thread-queue">{offer.asked_by} asks you</span>
        </h2>
        <span class="countdown">{clock(Math.max(0, offer.expires_ms - now))}</span>
        <button disabled={busy} onClick={() => void desk.decline(offer)}>
          Decline
        </button>
        <button class="primary" disabled={busy} onClick={() => void desk.accept(offer)}>
          Accept
        </button>
      </div>
      <div class="log-frame">
        <div
          class="log"
          role="region"
          aria-label={`Messages with ${nameOf(screen.customers, offer.customer)}, to be read`}
          tabIndex={0}
        >
          {messages === null && <p class="empty">Loading…</p>}
          <ol class="messages">
            {messages?.map((message) => (
              <Bubble
                key={message.id}
                message={message}
                me={screen.model.agent?.name ?? ''}
                locked
              />
            ))}
          </ol>
        </div>
      </div>
      <p class="after-call">
        {offer.asked_by} has this conversation, and keeps it until you accept.
      </p>
    </>
  );
}
