import type { Desk } from '../desk';
import { fullTimeOf } from '../format';
import type { Store } from '../store';
import type { Conversation } from '../wire';
import { History } from './History';
import { Back } from './Icons';

interface Props {
  desk: Desk;
  conversation: Conversation;
  store: Store;
}

/** The right pane: who this is and under what they write to us. */
export function Side({ desk, conversation, store }: Props) {
  return (
    <section class="side" aria-label="Customer details">
      <div class="side-head">
        <button
          class="quiet narrow"
          aria-label="Back to the conversation"
          onClick={() => store.set({ pane: 'thread' })}
        >
          <Back />
        </button>
        <h2>Customer</h2>
      </div>
      <dl>
        <dt>Number</dt>
        <dd>{conversation.customer}</dd>
        <dt>Messages</dt>
        <dd>
          {conversation.opted_out ? (
            <span class="badge danger">opted out</span>
          ) : (
            <span class="badge good">allowed</span>
          )}
        </dd>
      </dl>
      {conversation.state === 'after_call' && !conversation.opted_out && (
        <button
          class="again"
          onClick={() =>
            store.set({
              dialog: 'start',
              startTo: { queue: conversation.queue, customer: conversation.customer },
            })
          }
        >
          Write to them again
        </button>
      )}
      <h2>Conversation</h2>
      <dl>
        <dt>Our number</dt>
        <dd>{conversation.ours}</dd>
        <dt>Queue</dt>
        <dd>{conversation.queue}</dd>
        <dt>Leg</dt>
        <dd>{conversation.leg}</dd>
        {conversation.created_ms !== undefined && (
          <>
            <dt>Began</dt>
            <dd>{fullTimeOf(conversation.created_ms)}</dd>
          </>
        )}
      </dl>
      <History
        key={conversation.id}
        desk={desk}
        screen={store.screen}
        conversation={conversation}
      />
    </section>
  );
}
