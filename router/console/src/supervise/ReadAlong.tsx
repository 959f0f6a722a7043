import { useLayoutEffect, useRef } from 'preact/hooks';

import { Bubble } from '../views/Bubble';
import { Pane } from './Detail';
import { queueName, type Floor } from './floor';

interface Props {
  floor: Floor;
  conversation: string;
  onClose: () => void;
}

const STATE_TEXT: Record<string, string> = {
  queued: 'waits for an agent',
  connected: 'is with an agent',
  parked: 'is parked',
  closed: 'is closed',
};

/** A thread, live, in which nothing can be written. */
export function ReadAlong({ floor, conversation, onClose }: Props) {
  const { thread } = floor;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [thread]);
  const about = thread?.conversation;
  return (
    <Pane
      title={about ? about.customer : 'Read along'}
      subject={`read-${conversation}`}
      onClose={onClose}
    >
      <p class="hint">
        {about && `${queueName(floor, about.queue)} · ${STATE_TEXT[about.state] ?? about.state} · `}
        Read only. That you read it is noted.
      </p>
      {thread === null && <p class="empty">Loading…</p>}
      {thread !== null && (
        <div
          ref={box}
          class="along"
          role="log"
          aria-label={`Messages with ${about?.customer}`}
          tabIndex={0}
        >
          {thread.more && <p class="empty">Earlier messages are not shown.</p>}
          <ol class="messages">
            {thread.messages.map((message) => (
              <Bubble key={message.id} message={message} me="" locked />
            ))}
          </ol>
        </div>
      )}
    </Pane>
  );
}
