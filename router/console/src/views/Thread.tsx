import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { isMac } from '../browser';
import { nameOf } from '../customers';
import { clock, dayKey, dayLabel, whenText } from '../format';
import { strokeText } from '../keys';
import type { Item } from '../state';
import { useNow } from '../store';
import type { AfterCall, Message } from '../wire';
import { Bubble, PendingBubble } from './Bubble';
import { Composer } from './Composer';
import { ConsultStrip } from './ConsultStrip';
import type { DeskProps } from './Desktop';
import { Back, Down, Info, Lock } from './Icons';

const NEAR_END_PX = 48;
const NEAR_START_PX = 120;

type Props = DeskProps & { item: Item };

/** The centre pane: one conversation. */
export function Thread(props: Props) {
  const { desk, store, screen, item } = props;
  const { conversation, work } = item;
  const over = conversation.state === 'after_call';
  const parked = conversation.state === 'parked';
  const here = !over && !parked;
  return (
    <>
      <div class="thread-head">
        <button class="quiet phone" aria-label="Back to the list" onClick={() => desk.select(null)}>
          <Back />
        </button>
        <h2 id="thread-title" tabIndex={-1}>
          {nameOf(screen.customers, conversation.customer)}
          <span class="thread-queue">{conversation.queue_name}</span>
        </h2>
        {conversation.opted_out && (
          <span class="badge danger">
            <Lock /> <span class="wide">opted out</span>
          </span>
        )}
        <button
          class="quiet narrow"
          aria-label="Customer details"
          onClick={() => store.set({ pane: 'side' })}
        >
          <Info />
        </button>
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
            class="wide"
            title="End it now and wrap up after that"
            disabled={screen.busy.has(`close:${conversation.id}`)}
            onClick={() => void desk.disconnect(conversation.id)}
          >
            Disconnect
          </button>
        )}
        {!parked && (
          <button
            title={strokeText(screen.keys.close, isMac)}
            onClick={() => store.set({ dialog: 'close' })}
          >
            {over ? 'Wrap up' : 'Close'}
          </button>
        )}
      </div>
      <ConsultStrip {...props} />
      <Log {...props} />
      {over && work && <AfterCallWork {...props} acw={work.acw} />}
      {parked && <Parked {...props} />}
      {here && <Composer {...props} />}
    </>
  );
}

const WORK_TEXT: Record<AfterCall['mode'], string> = {
  mandatory: 'it asks for a wrap-up code',
  optional: 'a wrap-up code may be given',
  timeout: 'a wrap-up code may be given until the time is over',
  forced: 'it goes on until the time is over',
  agent_requested: 'a wrap-up code may be given',
};

/** What stands where the composer was, once the leg has ended. */
function AfterCallWork({ screen, acw }: Props & { acw: AfterCall }) {
  const now = useNow(screen.skewMs);
  return (
    <p class="after-call" role="status">
      Disconnected. After-call work: {WORK_TEXT[acw.mode]}.
      {acw.until_ms !== undefined && (
        <span class="countdown"> {clock(Math.max(0, acw.until_ms - now))} left</span>
      )}
    </p>
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

/** Keeps the end in sight while the reader is there, and the place while earlier pages come. */
function useScroll(first: string | undefined, content: unknown[]) {
  const box = useRef<HTMLDivElement>(null);
  const was = useRef({ first, height: 0, atEnd: true });
  const [behind, setBehind] = useState(false);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const { atEnd, height, first: before } = was.current;
    if (atEnd) element.scrollTop = element.scrollHeight;
    else if (before !== first) element.scrollTop += element.scrollHeight - height;
    was.current.first = first;
    was.current.height = element.scrollHeight;
  }, content);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (was.current.atEnd) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  function toEnd(): void {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  }

  function onScroll(): void {
    const element = box.current;
    if (!element) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    was.current.atEnd = left < NEAR_END_PX;
    setBehind(!was.current.atEnd);
  }

  return { box, behind, onScroll, toEnd, was };
}

function Log({ desk, screen, item }: Props) {
  const { conversation, messages, more, loaded } = item;
  const pending = screen.model.pending.filter(
    (send) => send.conversation === conversation.id && send.shown === null,
  );
  const scroll = useScroll(messages[0]?.id, [messages, pending.length]);
  const now = Date.now() + screen.skewMs;

  useEffect(() => {
    // What I send I want to see, wherever I was.
    if (pending.length) scroll.toEnd();
  }, [pending.length]);

  function onScroll(): void {
    scroll.onScroll();
    const top = scroll.box.current?.scrollTop ?? NEAR_START_PX;
    if (more && top < NEAR_START_PX && !scroll.was.current.atEnd)
      void desk.loadEarlier(conversation.id);
  }

  function onToEnd(): void {
    scroll.toEnd();
    // The button goes away; the focus must not go with it.
    scroll.box.current?.focus();
  }

  return (
    <div class="log-frame">
      <div
        class="log"
        ref={scroll.box}
        onScroll={onScroll}
        role="region"
        aria-label={`Messages with ${nameOf(screen.customers, conversation.customer)}`}
        tabIndex={0}
      >
        {more && (
          <button class="earlier" onClick={() => void desk.loadEarlier(conversation.id)}>
            Earlier messages
          </button>
        )}
        {!loaded && <p class="empty">Loading…</p>}
        <ol class="messages">
          {messages.map((message, index) => (
            <Fragment key={message.id}>
              {startsDay(messages[index - 1], message) && (
                <li class="day">
                  <span>{dayLabel(message.at_ms ?? now, now)}</span>
                </li>
              )}
              <Bubble
                message={message}
                me={screen.model.agent?.name ?? ''}
                onRetry={() => void desk.retry(conversation.id, message.id)}
                retrying={screen.busy.has(`retry:${message.id}`)}
                locked={conversation.opted_out}
              />
            </Fragment>
          ))}
          {pending.map((send) => (
            <PendingBubble
              key={send.ref}
              send={send}
              offline={screen.link !== 'open'}
              onResend={() => desk.resend(send)}
              onDiscard={() => desk.discard(send)}
            />
          ))}
        </ol>
      </div>
      {scroll.behind && (
        <button class="to-end" aria-label="To the newest message" onClick={onToEnd}>
          <Down />
        </button>
      )}
    </div>
  );
}

function startsDay(before: Message | undefined, message: Message): boolean {
  if (message.at_ms === undefined) return false;
  return before?.at_ms === undefined || dayKey(before.at_ms) !== dayKey(message.at_ms);
}
