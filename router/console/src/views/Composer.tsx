import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { isMac } from '../browser';
import { forcedText, planText } from '../format';
import { strokeText } from '../keys';
import { RequestError, type Plan } from '../wire';
import type { Item } from '../state';
import type { DeskProps } from './Desktop';
import { Lock } from './Icons';

const PLAN_AFTER_MS = 120;
const TEXT_MAX = 4000;
const NOTE_MAX = 1000;
const HEIGHT_MAX_PX = 200;

type Props = DeskProps & { item: Item };

/** What a text would become, by the server; an answer for a text that has since changed is not
 * used. */
function usePlan({ desk, screen, item }: Props, text: string) {
  const [known, setKnown] = useState<{ text: string; plan: Plan | null; refused: string | null }>();
  const { id } = item.conversation;
  const online = screen.link === 'open';
  useEffect(() => {
    if (!text || !online) return;
    let stale = false;
    const timer = setTimeout(() => {
      desk.plan(id, text).then(
        (plan) => stale || setKnown({ text, plan, refused: null }),
        (error: unknown) => {
          if (stale || !(error instanceof RequestError) || error.code === 'offline') return;
          setKnown({ text, plan: null, refused: error.message });
        },
      );
    }, PLAN_AFTER_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [desk, id, text, online]);
  return text && known ? { ...known, current: known.text === text } : null;
}

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
  const [reply, setReply] = useState(() => desk.draft(conversation.id));
  const [note, setNote] = useState('');
  const text = noting ? note : reply;
  const area = useRef<HTMLTextAreaElement>(null);
  const plan = usePlan(props, conversation.opted_out || noting ? '' : text);
  const locked = conversation.opted_out && !noting;

  // Another conversation begins with a reply: nobody writes a note by mistake, or the other way round.
  useEffect(() => store.set({ composing: 'reply' }), [store]);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(HEIGHT_MAX_PX, element.scrollHeight + 2)}px`;
  }, [text]);

  function change(next: string): void {
    if (noting) return setNote(next);
    setReply(next);
    desk.keepDraft(conversation.id, next);
  }

  function send(): void {
    if (locked || !text.trim()) return;
    area.current?.focus();
    if (noting) return void keepNote();
    desk.send(conversation.id, text);
    change('');
  }

  async function keepNote(): Promise<void> {
    if (await desk.note(conversation.id, note.trim())) setNote('');
  }

  function onKeyDown(event: KeyboardEvent): void {
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
      <div class="composer-line">
        <textarea
          id="reply"
          ref={area}
          rows={1}
          value={text}
          maxLength={noting ? NOTE_MAX : TEXT_MAX}
          readOnly={locked}
          aria-disabled={locked}
          aria-label={noting ? 'Note for colleagues' : `Reply to ${conversation.customer}`}
          aria-describedby={locked ? 'lock-reason' : 'counter'}
          placeholder={
            locked ? 'Locked' : noting ? 'Note for colleagues, never sent' : 'Reply by SMS'
          }
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button class="primary" disabled={locked || !text.trim()}>
          {noting ? 'Keep' : 'Send'}
        </button>
      </div>
      {!locked && (
        <p class="counter" id="counter" data-current={plan?.current ?? true}>
          {plan?.plan && <span>{planText(plan.plan)}</span>}
          {plan?.plan && forcedText(plan.plan) && (
            <span class="forced">{forcedText(plan.plan)}</span>
          )}
          {plan?.refused && <span class="forced">{plan.refused}</span>}
          {!plan && (
            <span class="hint wide">
              Enter {noting ? 'keeps the note' : 'sends'}, Shift+Enter begins a new line
            </span>
          )}
        </p>
      )}
    </form>
  );
}
