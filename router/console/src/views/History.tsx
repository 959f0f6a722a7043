import { useEffect, useState } from 'preact/hooks';

import type { Desk } from '../desk';
import { dayLabel, fullTimeOf, legText } from '../format';
import type { Screen } from '../store';
import type { Conversation, Message, Past } from '../wire';
import { Bubble } from './Bubble';
import { Modal } from './Modal';

interface Props {
  desk: Desk;
  screen: Screen;
  conversation: Conversation;
}

/** What the customer wrote before, in the right pane: each conversation with how its legs ended. */
export function History({ desk, screen, conversation }: Props) {
  const [past, setPast] = useState<Past[] | null>(null);
  const [more, setMore] = useState(false);
  const [reading, setReading] = useState<Past | null>(null);
  const { id, leg } = conversation;

  // A leg that ended, or a link that came back, may have added to it.
  useEffect(() => {
    let gone = false;
    if (screen.link !== 'open') return;
    desk.history(id).then(
      (page) => {
        if (gone) return;
        setPast(page.past);
        setMore(page.more);
      },
      () => gone || setPast([]),
    );
    return () => {
      gone = true;
    };
  }, [desk, id, leg, screen.link]);

  async function showMore(): Promise<void> {
    const page = await desk.history(id, past?.at(-1)?.id).catch(() => null);
    if (!page) return;
    setPast([...(past ?? []), ...page.past]);
    setMore(page.more);
  }

  const shown = (past ?? []).filter((entry) => entry.id !== id || entry.legs.length > 0);
  return (
    <>
      <h2>History</h2>
      {past !== null && shown.length === 0 && <p class="hint">Nothing before this.</p>}
      <ul class="history">
        {shown.map((entry) => (
          <li key={entry.id}>
            <p class="past-head">
              <strong>{entry.id === id ? 'This conversation' : dayOf(entry, screen.skewMs)}</strong>
              <span class="hint">
                {entry.queue_name}
                {entry.ours !== conversation.ours && `, ${entry.ours}`}
              </span>
            </p>
            {entry.legs.map((ended) => (
              <p key={ended.leg} class="past-leg" title={fullTimeOf(ended.ended_ms)}>
                {legText(ended)}
                {ended.notes && <span class="past-notes">{ended.notes}</span>}
              </p>
            ))}
            {entry.id !== id && <button onClick={() => setReading(entry)}>Read</button>}
          </li>
        ))}
      </ul>
      {more && (
        <button class="more" onClick={() => void showMore()}>
          Earlier conversations
        </button>
      )}
      {reading && (
        <Reading
          desk={desk}
          screen={screen}
          conversation={conversation}
          past={reading}
          onClose={() => setReading(null)}
        />
      )}
    </>
  );
}

const dayOf = (past: Past, skewMs: number): string =>
  dayLabel(past.created_ms, Date.now() + skewMs);

/** One of them, to be read. */
function Reading(props: Props & { past: Past; onClose: () => void }) {
  const { desk, screen, conversation, past, onClose } = props;
  const [messages, setMessages] = useState<Message[] | null>(null);
  const [more, setMore] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function load(before?: string): Promise<void> {
    try {
      const page = await desk.earlier(conversation.id, past.id, before);
      setMessages((have) => [...page.messages, ...(have ?? [])]);
      setMore(page.more);
    } catch {
      setProblem('The messages did not come. Close this and try again.');
    }
  }
  useEffect(() => void load(), [past.id]);

  return (
    <Modal title={`${dayOf(past, screen.skewMs)}, ${past.queue_name}`} onClose={onClose}>
      <div class="past-log" role="region" aria-label="Messages, to be read" tabIndex={0}>
        {more && <button onClick={() => void load(messages?.[0]?.at)}>Earlier messages</button>}
        {messages === null && problem === null && <p role="status">Loading…</p>}
        <ol class="messages">
          {messages?.map((message) => (
            <Bubble key={message.id} message={message} me={screen.model.agent?.name ?? ''} locked />
          ))}
        </ol>
      </div>
      <p class="form-error" role="alert">
        {problem}
      </p>
      <div class="dialog-actions">
        <button onClick={onClose}>Close</button>
      </div>
    </Modal>
  );
}
