import { useState } from 'preact/hooks';

import { isMac } from '../browser';
import { nameOf } from '../customers';
import { whenText } from '../format';
import { strokeText } from '../keys';
import { firstToWrap, type Item, type PendingSend } from '../state';
import { useNow } from '../store';
import { AfterCall } from './AfterCall';
import { Composer } from './Composer';
import { ConsultStrip } from './ConsultStrip';
import type { DeskProps } from './Desktop';
import { Back, Info, Lock } from './Icons';
import { Log } from './Log';

type Props = DeskProps & { item: Item };

/** The centre pane: one conversation. */
export function Thread(props: Props) {
  const { desk, store, screen, item } = props;
  const { conversation } = item;
  const over = conversation.state === 'after_call';
  const several = over && item.work.length > 1; // each has a button of its own
  const parked = conversation.state === 'parked';
  const here = !over && !parked;
  const [edited, setEdited] = useState(0);

  /** A refused reply goes back to the composer, before what has been begun there since. */
  function edit(send: PendingSend): void {
    const begun = desk.draft('reply', conversation.id);
    desk.keepDraft('reply', conversation.id, begun ? `${send.text}\n${begun}` : send.text);
    desk.discard(send);
    setEdited(edited + 1);
    setTimeout(() => document.getElementById('reply')?.focus());
  }

  return (
    <>
      <div class="thread-head">
        <button class="quiet phone" aria-label="Back to the list" onClick={() => desk.select(null)}>
          <Back />
        </button>
        <h2 id="thread-title" tabIndex={-1}>
          <span class="thread-name">{nameOf(screen.customers, conversation.customer)}</span>{' '}
          <span class="thread-queue">
            {conversation.queue_name}
            {conversation.opted_out && (
              <span class="badge danger">
                <Lock /> opted out
              </span>
            )}
          </span>
        </h2>
        <button
          class="quiet narrow"
          aria-label="Customer details"
          onClick={() => store.set({ pane: 'side' })}
        >
          <Info />
        </button>
        <div class="thread-actions">
          {here && (
            <button
              title={strokeText(screen.keys.park, isMac)}
              onClick={() => store.set({ dialog: 'park' })}
            >
              Park
            </button>
          )}
          {here && (
            <button
              title={strokeText(screen.keys.transfer, isMac)}
              onClick={() => store.set({ dialog: 'transfer' })}
            >
              Transfer
            </button>
          )}
          {here && (
            <button
              title="End it now and wrap up after that"
              disabled={screen.busy.has(`close:${conversation.id}`)}
              onClick={() => void desk.disconnect(conversation.id)}
            >
              Disconnect
            </button>
          )}
          {!parked && !several && (
            <button
              title={strokeText(screen.keys.close, isMac)}
              onClick={() => store.set({ dialog: 'close', wrapping: firstToWrap(item) })}
            >
              {over ? 'Wrap up' : 'Close'}
            </button>
          )}
        </div>
      </div>
      <ConsultStrip {...props} />
      <Log {...props} onEdit={here ? edit : undefined} />
      {item.work.length > 0 && <AfterCall {...props} />}
      {parked && <Parked {...props} />}
      {here && <Composer key={edited} {...props} />}
    </>
  );
}

/** What stands where the composer was, while it is put aside. */
function Parked({ desk, screen, item }: Props) {
  const { id, parked_until_ms: until } = item.conversation;
  const now = useNow(screen.skewMs);
  return (
    <div class="after-call parked">
      <p role="status">
        Parked
        {until === undefined
          ? ' until you take it up again'
          : ` until ${whenText(until - screen.skewMs, now)}`}
        .
      </p>
      <button
        class="primary"
        title={strokeText(screen.keys.park, isMac)}
        disabled={screen.busy.has(`park:${id}`) || screen.link !== 'open'}
        onClick={() => void desk.resume(id)}
      >
        Take it up
      </button>
    </div>
  );
}
