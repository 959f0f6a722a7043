import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { isMac } from '../browser';
import { nameOf, placeholders } from '../customers';
import { NOTE_MAX, TEXT_MAX, tooLong } from '../format';
import { strokeText } from '../keys';
import { expand, slashAt, unfilled } from '../placeholder';
import type { Response } from '../wire';
import { Counter } from './Counter';
import type { Item } from '../state';
import type { DeskProps } from './Desktop';
import { Lock } from './Icons';
import { ResponsePicker, useResponses } from './ResponsePicker';
import { usePlan } from './usePlan';

const HEIGHT_MAX_PX = 200;

type Props = DeskProps & { item: Item };

/** Reply or note: where what is written goes. */
function Modes({ store, screen }: Props) {
  const modes = ['reply', 'note'] as const;
  return (
    <div class="modes" role="group" aria-label="What to write">
      {modes.map((mode) => (
        <button
          key={mode}
          type="button"
          aria-pressed={screen.composing === mode}
          title={strokeText(screen.keys[mode], isMac)}
          onClick={() => {
            store.set({ composing: mode });
            document.getElementById('reply')?.focus();
          }}
        >
          {mode === 'reply' ? 'Reply' : 'Note'}
        </button>
      ))}
    </div>
  );
}

export function Composer(props: Props) {
  const { desk, store, screen, item } = props;
  const { conversation } = item;
  const noting = screen.composing === 'note';
  const [reply, setReply] = useState(() => desk.draft('reply', conversation.id));
  const [note, setNote] = useState(() => desk.draft('note', conversation.id));
  const text = noting ? note : reply;
  const area = useRef<HTMLTextAreaElement>(null);
  const locked = conversation.opted_out && !noting;
  const excess = tooLong(text, noting ? NOTE_MAX : TEXT_MAX);
  const planned = conversation.opted_out || noting || excess ? '' : text;
  const plan = usePlan(conversation.id, planned, screen.link === 'open', (said) =>
    desk.plan(conversation.id, said),
  );
  const [caret, setCaret] = useState(0);
  const [dismissed, setDismissed] = useState(false);
  const slash = noting || locked || dismissed ? null : slashAt(text, caret);
  const responses = useResponses(desk, conversation.queue, slash ? slash.query : null);
  const missing = noting ? null : unfilled(text);
  const never = plan !== null && plan.current && plan.never;
  const barred = locked || !text.trim() || missing !== null || excess !== null || never;

  // Another conversation begins with a reply: nobody writes a note by mistake, or the other way round. At once: whoever
  // has asked for a note by then is not to write to the customer.
  useLayoutEffect(() => store.set({ composing: 'reply' }), [store]);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(HEIGHT_MAX_PX, element.scrollHeight + 2)}px`;
  }, [text]);

  function pick(response: Response): void {
    if (!slash) return;
    const filled = expand(response.text, {
      ...placeholders(screen.customers.get(conversation.customer)),
      'agent.name': screen.user?.name,
      'customer.number': conversation.customer,
      'queue.name': conversation.queue_name,
      'our.number': conversation.ours,
    });
    const next = text.slice(0, slash.at) + filled + text.slice(caret);
    const end = slash.at + filled.length;
    const gap = unfilled(filled);
    change(next);
    setCaret(end);
    // What is left to fill in is marked, so that typing replaces it.
    const from = gap ? slash.at + gap.at : end;
    setTimeout(() => area.current?.setSelectionRange(from, gap ? from + gap.text.length : end));
  }

  function change(next: string): void {
    (noting ? setNote : setReply)(next);
    desk.keepDraft(screen.composing, conversation.id, next);
  }

  function send(): void {
    if (barred) return;
    area.current?.focus();
    if (noting) return void keepNote();
    desk.send(conversation.id, text);
    change('');
  }

  async function keepNote(): Promise<void> {
    if (!(await desk.note(conversation.id, note.trim()))) return;
    setNote('');
    desk.keepDraft('note', conversation.id, '');
  }

  /** The keys of the list of responses, while it is open. */
  function onListKey(event: KeyboardEvent): boolean {
    const { chosen, move } = responses;
    if (!chosen || event.isComposing || event.altKey || event.shiftKey) return false;
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter' || event.key === 'Tab') pick(chosen);
    else if (event.key === 'Escape') setDismissed(true);
    else return false;
    event.preventDefault();
    return true;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (onListKey(event)) return;
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      class={['composer', locked && 'locked', noting && 'noting'].filter(Boolean).join(' ')}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Modes {...props} />
      {locked && (
        <p class="lock" id="lock-reason">
          <Lock />
          <span>
            {conversation.customer} opted out of messages from {conversation.ours}. Replies are
            locked until they opt back in.
          </span>
        </p>
      )}
      {responses.found.length > 0 && (
        <ResponsePicker found={responses.found} chosen={responses.chosen} onPick={pick} />
      )}
      <div class="composer-line">
        <textarea
          id="reply"
          ref={area}
          rows={1}
          value={text}
          readOnly={locked}
          aria-disabled={locked}
          aria-label={
            noting
              ? 'Note for colleagues'
              : `Reply to ${nameOf(screen.customers, conversation.customer)}`
          }
          aria-describedby={locked ? 'lock-reason' : 'counter'}
          placeholder={
            locked ? 'Locked' : noting ? 'Note for colleagues, never sent' : 'Reply by SMS'
          }
          aria-controls={responses.chosen ? 'responses' : undefined}
          aria-activedescendant={responses.chosen && `response-${responses.chosen.id}`}
          onInput={(event) => {
            change(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart);
            setDismissed(false);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
        />
        <button class="primary" disabled={barred}>
          {noting ? 'Keep' : 'Send'}
        </button>
      </div>
      {!locked && (
        <p class="counter" id="counter" data-current={plan?.current ?? true}>
          {missing && <span class="forced">Fill in {missing.text} first.</span>}
          {excess && <span class="forced">{excess}</span>}
          <Counter plan={plan} />
          {!plan && !excess && (
            <span class="hint wide">
              Enter {noting ? 'keeps the note' : 'sends'}, Shift+Enter begins a new line
              {!noting && ', / finds a response'}
            </span>
          )}
        </p>
      )}
    </form>
  );
}
