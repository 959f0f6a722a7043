import { Fragment } from 'preact';

import { fullTimeOf } from '../format';
import type { Conversation, Customer } from '../wire';
import type { DeskProps } from './Desktop';
import { History } from './History';
import { Back } from './Icons';

interface Props extends DeskProps {
  conversation: Conversation;
}

/** What somebody has told us of them; `undefined`: it was not answered yet. */
function Facts({ customer }: { customer: Customer | null | undefined }) {
  const shown = customer?.facts.filter(({ label }) => label !== undefined) ?? [];
  return (
    <>
      {shown.map(({ label, value, link }) => (
        <Fragment key={label}>
          <dt>{label}</dt>
          <dd>
            {link === undefined ? (
              value
            ) : (
              <a href={link} target="_blank" rel="noopener noreferrer">
                Open<span class="unseen"> {label} in a new tab</span>
              </a>
            )}
          </dd>
        </Fragment>
      ))}
    </>
  );
}

/** The right pane: who this is and under what they write to us. */
export function Side({ desk, conversation, store, screen }: Props) {
  const customer = screen.customers.get(conversation.customer);
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
        {customer?.name && (
          <>
            <dt>Name</dt>
            <dd class="who-name">{customer.name}</dd>
          </>
        )}
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
        <Facts customer={customer} />
      </dl>
      {customer === null && <p class="hint unknown">Nothing else is known by this number.</p>}
      {conversation.state === 'after_call' && !conversation.opted_out && (
        <button
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
        <dd>{conversation.queue_name}</dd>
        <dt>Leg</dt>
        <dd>{conversation.leg}</dd>
        {conversation.created_ms !== undefined && (
          <>
            <dt>Began</dt>
            <dd>{fullTimeOf(conversation.created_ms)}</dd>
          </>
        )}
      </dl>
      <History key={conversation.id} desk={desk} screen={screen} conversation={conversation} />
    </section>
  );
}
