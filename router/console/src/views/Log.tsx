import { Fragment, type ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { nameOf } from '../customers';
import { dayKey, dayLabel, fullTimeOf, legText } from '../format';
import type { Item, PendingSend } from '../state';
import type { Message, Past, PastTalk } from '../wire';
import { Bubble, PendingBubble } from './Bubble';
import type { DeskProps } from './Desktop';
import { Down } from './Icons';

const NEAR_END_PX = 48;
const NEAR_START_PX = 120;

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

interface Props extends DeskProps {
  item: Item;
  /** A reply that was refused is to be written anew; left out where nothing can be written. */
  onEdit?: ((send: PendingSend) => void) | undefined;
}

/** The messages of a conversation, and above them what was said before, whoever had it. */
export function Log({ desk, screen, item, onEdit }: Props) {
  const { conversation, messages, more, loaded, past } = item;
  const pending = screen.model.pending.filter(
    (send) => send.conversation === conversation.id && send.shown === null,
  );
  const talks = more ? [] : (past?.talks ?? []).filter(({ id }) => id !== conversation.id);
  const own = past?.talks.find(({ id }) => id === conversation.id);
  const goesOn = more || (past?.more ?? false);
  const oldest = talks.at(-1);
  const first = oldest ? `${oldest.id} ${oldest.messages[0]?.id}` : messages[0]?.id;
  const refused = pending.filter((send) => send.refused !== null).length;
  const scroll = useScroll(first, [messages, talks.length, first, pending.length, refused]);
  const now = Date.now() + screen.skewMs;
  const me = screen.model.agent?.name ?? '';

  useEffect(() => {
    // What I send I want to see, wherever I was.
    if (pending.length) scroll.toEnd();
  }, [pending.length]);

  function loadEarlier(): void {
    if (more) void desk.loadEarlier(conversation.id);
    else void desk.loadPast(conversation.id);
  }

  function onScroll(): void {
    scroll.onScroll();
    const top = scroll.box.current?.scrollTop ?? NEAR_START_PX;
    if (goesOn && top < NEAR_START_PX && !scroll.was.current.atEnd) loadEarlier();
  }

  // A button that goes away must not take the focus with it.
  const button = useRef<HTMLButtonElement>(null);
  const hadFocus = useRef(false);
  useLayoutEffect(() => {
    const lost = hadFocus.current && document.activeElement === document.body;
    if (lost && !button.current) scroll.box.current?.focus();
    hadFocus.current = document.activeElement === button.current && button.current !== null;
  });

  function onToEnd(): void {
    scroll.toEnd();
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
        {goesOn && (
          <button
            class="earlier"
            ref={button}
            onFocus={() => (hadFocus.current = true)}
            onClick={loadEarlier}
          >
            Earlier messages
          </button>
        )}
        {!loaded && <p class="empty">Loading…</p>}
        <ol class="messages">
          {[...talks].reverse().map((talk) => (
            <Fragment key={talk.id}>
              <TalkHead talk={talk} ours={conversation.ours} now={now} />
              <Said
                messages={talk.messages}
                legs={talk.legs}
                cut={talk.more}
                now={now}
                of={talk.id}
              >
                {(message) => <Bubble message={message} me={me} locked />}
              </Said>
            </Fragment>
          ))}
          {talks.length > 0 && (
            <li class="talk">
              <span>This conversation · {conversation.queue_name}</span>
            </li>
          )}
          <Said
            messages={messages}
            legs={own?.legs ?? []}
            cut={more}
            now={now}
            of={conversation.id}
          >
            {(message) => (
              <Bubble
                message={message}
                me={me}
                onRetry={() => void desk.retry(conversation.id, message.id)}
                retrying={screen.busy.has(`retry:${message.id}`)}
                locked={conversation.opted_out}
              />
            )}
          </Said>
          {pending.map((send) => (
            <PendingBubble
              key={send.ref}
              send={send}
              offline={screen.link !== 'open'}
              onEdit={onEdit && (() => onEdit(send))}
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

/** Where another conversation begins. */
function TalkHead({ talk, ours, now }: { talk: PastTalk; ours: string; now: number }) {
  return (
    <li class="talk">
      <span>
        Earlier conversation · {dayLabel(talk.created_ms, now)} · {talk.queue_name}
        {talk.ours !== ours && ` · ${talk.ours}`}
      </span>
    </li>
  );
}

interface SaidProps {
  messages: readonly Message[];
  legs: Past['legs'];
  /** Earlier messages are not here. */
  cut: boolean;
  now: number;
  of: string;
  children: (message: Message) => ComponentChildren;
}

/** Messages with their days, and in their place the ends of the legs that are over. */
function Said({ messages, legs, cut, now, of, children }: SaidProps) {
  const from = cut ? (messages[0]?.at_ms ?? Infinity) : 0;
  const ends = legs
    .filter(({ ended_ms: at }) => at >= from)
    .sort((a, b) => a.ended_ms - b.ended_ms);
  const behind = new Map<number, Past['legs']>();
  for (const leg of ends) {
    const at = messages.filter(({ at_ms: ms }) => (ms ?? 0) <= leg.ended_ms).length - 1;
    behind.set(at, [...(behind.get(at) ?? []), leg]);
  }
  const endsAt = (index: number) =>
    behind.get(index)?.map((leg) => (
      <li key={`${of} ${leg.leg}`} class="leg-end" title={fullTimeOf(leg.ended_ms)}>
        <span>
          {legText(leg)}
          {leg.notes && ` – ${leg.notes}`}
        </span>
      </li>
    ));
  return (
    <>
      {endsAt(-1)}
      {messages.map((message, index) => (
        <Fragment key={`${of} ${message.id}`}>
          {startsDay(messages[index - 1], message) && (
            <li class="day">
              <span>{dayLabel(message.at_ms ?? now, now)}</span>
            </li>
          )}
          {children(message)}
          {endsAt(index)}
        </Fragment>
      ))}
    </>
  );
}

function startsDay(before: Message | undefined, message: Message): boolean {
  if (message.at_ms === undefined) return false;
  return before?.at_ms === undefined || dayKey(before.at_ms) !== dayKey(message.at_ms);
}
