import { isMac } from '../browser';
import { nameOf } from '../customers';
import { clock, whenText } from '../format';
import { strokeText } from '../keys';
import { listed, owedSince, type Item } from '../state';
import { useNow } from '../store';
import { unreadCount } from '../thread';
import type { Message, Offer } from '../wire';
import { legName } from './AfterCall';
import type { DeskProps } from './Desktop';
import { Ways } from './PageTop';
import { peekAt } from './Peek';

/** The left pane: what is offered, then what is mine. */
export function List(props: DeskProps) {
  const { model } = props.screen;
  const { agent } = model;
  const [here, parked] = listed(model.items);
  return (
    <nav class="list" aria-label="Conversations">
      {model.offers.length > 0 && (
        <section class="offers" aria-label="Offers">
          {model.offers.map((offer, index) => (
            <OfferCard key={offer.conversation} {...props} offer={offer} first={index === 0} />
          ))}
        </section>
      )}
      <h2 class="list-title">
        Conversations
        {agent && (
          <span class="count">
            {agent.load}/{agent.capacity}
          </span>
        )}
        <button
          class="quiet"
          title={`Begin a conversation (${strokeText(props.screen.keys.start, isMac)})`}
          onClick={() => props.store.set({ dialog: 'start', startTo: null })}
        >
          New
        </button>
      </h2>
      {here.length === 0 ? (
        <p class="empty">
          {agent?.routing === 'off_queue'
            ? 'You are off queue. Go on queue to be offered conversations.'
            : model.offers.length > 0
              ? 'Nothing accepted yet.'
              : 'Nothing yet. Offers appear here.'}
        </p>
      ) : (
        <ul class="rows">
          {here.map((item) => (
            <Row key={item.conversation.id} {...props} item={item} />
          ))}
        </ul>
      )}
      {parked.length > 0 && (
        <>
          <h2 class="list-title">
            Parked <span class="count">{parked.length}</span>
          </h2>
          <ul class="rows">
            {parked.map((item) => (
              <Row key={item.conversation.id} {...props} item={item} />
            ))}
          </ul>
        </>
      )}
      {props.screen.user && (
        <p class="ways">
          <Ways here="#/" user={props.screen.user} />
        </p>
      )}
    </nav>
  );
}

interface OfferProps extends DeskProps {
  offer: Offer;
  /** The one that the keys act on. */
  first: boolean;
}

function OfferCard({ desk, store, screen, offer, first }: OfferProps) {
  const now = useNow(screen.skewMs, 250);
  const leftMs = Math.max(0, offer.expires_ms - now);
  // The whole time is not told; the first sight of the offer stands for it.
  const busy = screen.busy.has(`offer:${offer.conversation}`) || screen.link !== 'open';
  const name = nameOf(screen.customers, offer.customer);
  return (
    <article class="offer" aria-label={`Offer from ${name}`}>
      <div class="offer-head">
        <strong title={offer.customer}>{name}</strong>
        <span class="countdown" role="timer" aria-label="Time left">
          {Math.round(leftMs / 1000)} s
        </span>
      </div>
      <div class="offer-facts">
        {offer.asked_by === undefined ? (
          <>
            <span>{offer.queue_name}</span>
            <span>waiting {clock(now - offer.waiting_since_ms)}</span>
          </>
        ) : (
          <>
            <span class="badge">{offer.asked_by} asks you</span>
            <button
              class="quiet"
              title={strokeText(screen.keys.look, isMac)}
              onClick={() => peekAt(store, offer.conversation)}
            >
              Read it
            </button>
          </>
        )}
        {name !== offer.customer && <span>{offer.customer}</span>}
        {offer.last_agent && <span class="badge">had you last</span>}
        {offer.how !== undefined && HOW_TEXT[offer.how] !== undefined && (
          <span class="badge">{HOW_TEXT[offer.how]}</span>
        )}
        {(offer.priority ?? 0) !== 0 && <span class="badge">priority {offer.priority}</span>}
        {offer.skills?.map((skill) => (
          <span key={skill} class="badge">
            {skill}
          </span>
        ))}
      </div>
      {offer.text !== undefined && (
        <p class="offer-text" dir="auto">
          {offer.text}
          {(offer.texts ?? 1) > 1 && <bdi class="hint"> and {(offer.texts ?? 1) - 1} more</bdi>}
        </p>
      )}
      {offer.note !== undefined && (
        <p class="offer-note" dir="auto">
          <bdi class="hint">Note: </bdi>
          {offer.note}
        </p>
      )}
      <Countdown leftMs={leftMs} offer={offer} />
      <div class="offer-actions">
        <button class="primary" disabled={busy} onClick={() => void desk.accept(offer)}>
          Accept
          {first && <kbd>{strokeText(screen.keys.accept, isMac)}</kbd>}
        </button>
        <button disabled={busy} onClick={() => void desk.decline(offer)}>
          Decline
          {first && <kbd>{strokeText(screen.keys.decline, isMac)}</kbd>}
        </button>
      </div>
    </article>
  );
}

/** How it came here, where that is not the common way. */
const HOW_TEXT: Partial<Record<NonNullable<Offer['how']>, string>> = {
  preferred: 'you are preferred',
  manual: 'assigned to you',
  transfer: 'transferred',
};

const firstLeft = new Map<string, number>();

/** A bar that runs out. How long the queue lets it ring is not told, so the time left at the first
 * sight of the offer is the whole. */
function Countdown({ leftMs, offer }: { leftMs: number; offer: Offer }) {
  const key = `${offer.conversation}:${offer.epoch}`;
  const whole = firstLeft.get(key) ?? leftMs;
  if (!firstLeft.has(key)) {
    if (firstLeft.size > 200) firstLeft.clear();
    firstLeft.set(key, leftMs);
  }
  return <progress max={Math.max(1, whole)} value={leftMs} aria-hidden />;
}

function Row({ desk, screen, item }: DeskProps & { item: Item }) {
  const { conversation, messages, read } = item;
  const now = useNow(screen.skewMs);
  const unread = unreadCount(messages, read);
  const { parked_until_ms: until } = conversation;
  const since = owedSince(item);
  const last = messages.at(-1);
  const ends = Math.min(...item.work.map(({ acw }) => acw.until_ms ?? Infinity));
  const selected = screen.model.selected === conversation.id;
  return (
    <li>
      <button
        class="row"
        aria-current={selected ? 'true' : undefined}
        data-conversation={conversation.id}
        onClick={() => desk.select(conversation.id)}
      >
        <span class="row-head">
          <strong title={conversation.customer}>
            {nameOf(screen.customers, conversation.customer)}
          </strong>
          {since !== null && (
            <span class="wait" title="The customer waits for an answer">
              <span class="unseen">waits for an answer since </span>
              {clock(now - since)}
            </span>
          )}
        </span>
        <span class="row-text">
          <span class="snippet" dir="auto">
            <bdi>{last && sender(last)}</bdi>
            {last ? last.text : conversation.queue_name}
          </span>
          {!selected && desk.hasDraft(conversation.id) && (
            <span class="badge warn" title="You have begun to write here">
              draft
            </span>
          )}
          {item.consult && (
            <span class="badge">asking {item.consult.agent ?? item.consult.queue_name}</span>
          )}
          {item.work.length > 0 && (
            <span class="badge" title={item.work.map(legName).join('; ')}>
              {item.work.length > 1 ? `${item.work.length} × ` : ''}after-call work
              {Number.isFinite(ends) && ` ${clock(ends - now)}`}
            </span>
          )}
          {conversation.inactive_until_ms !== undefined && (
            <span class="badge warn" title="Nobody writes, so it is going to be closed">
              closes in {clock(conversation.inactive_until_ms - now)}
            </span>
          )}
          {conversation.state === 'parked' && (
            <span class="badge">
              {until === undefined ? 'parked' : `until ${whenText(until - screen.skewMs, now)}`}
            </span>
          )}
          {conversation.opted_out && <span class="badge danger">opted out</span>}
          {unread > 0 && (
            <span class="unread">
              {unread}
              <span class="unseen"> unread</span>
            </span>
          )}
        </span>
      </button>
    </li>
  );
}

function sender(message: Message): string {
  if (message.direction === 'in') return '';
  if (message.direction === 'note') return 'Note: ';
  return message.automatic ? 'Automatic: ' : 'You: ';
}
