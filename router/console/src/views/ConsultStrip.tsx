import { consultText } from '../announce';
import { nameOf } from '../customers';
import { clock } from '../format';
import type { Item } from '../state';
import { useNow } from '../store';
import type { DeskProps } from './Desktop';

/** Above the thread: who is asked about it, or how that ended. */
export function ConsultStrip({ desk, screen, item }: DeskProps & { item: Item }) {
  const { conversation, consult, answer } = item;
  const now = useNow(screen.skewMs);
  const { id } = conversation;
  if (consult) {
    const who = consult.ringing ?? consult.agent ?? consult.queue_name;
    const since = clock(now - consult.since_ms);
    return (
      <div class="banner consult" role="status">
        <span>
          {consult.ringing ? `Ringing at ${who}` : `Asking ${who}`}
          {consult.ringing && !consult.agent && ` of ${consult.queue_name}`}
          <span aria-hidden> · {since}</span>
        </span>
        <button
          disabled={screen.busy.has(`transfer:${id}`)}
          onClick={() => void desk.endConsult(id)}
        >
          Stop asking
        </button>
      </div>
    );
  }
  if (!answer || answer.reason === 'cancelled' || answer.reason === 'over') return null;
  return (
    <div class="banner consult" role="status">
      <span>
        {consultText(answer.reason, answer.agent, nameOf(screen.customers, conversation.customer))}
      </span>
      <button onClick={() => desk.answerSeen(id)}>Dismiss</button>
    </div>
  );
}
