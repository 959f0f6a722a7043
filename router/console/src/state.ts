/**
 * What the agent's screen shows, as a value. `apply` folds the server's events into it and can be
 * given the same event again, or one that is already out of date, without harm. No clock, no
 * socket, no document.
 */
import { compareAt, mergeMessages, waitingSince } from './thread';
import type {
  AfterCall,
  Agent,
  Consult,
  ConsultEnd,
  Conversation,
  Message,
  Offer,
  PastTalk,
  ServerEvent,
} from './wire';

/** A reply that the server has not answered for yet, or has refused. */
export interface PendingSend {
  ref: string;
  conversation: string;
  text: string;
  at_ms: number;
  /** Why it was not taken; null while it is under way. */
  refused: string | null;
  /** The message that an event showed before the answer came, so that it is not shown twice. */
  shown: string | null;
}

/** A leg of this agent's that is over but for its after-call work. Its codes are those of its own queue. */
export interface Work {
  leg: number;
  acw: AfterCall;
  queue_name: string;
  wrapup_codes: readonly string[];
}

export interface Item {
  conversation: Conversation;
  messages: readonly Message[];
  /** Whether the newest page was loaded since the last snapshot. */
  loaded: boolean;
  /** Whether the server has earlier messages than those here. */
  more: boolean;
  /** Position up to which the agent has read. */
  read: string | null;
  /** Legs in after-call work, the earliest first; another may be under way. */
  work: readonly Work[];
  /** Who is asked whether they take it. */
  consult: Consult | null;
  /** What was said before it, the newest first and itself without messages the first; null until it was asked for. */
  past: { leg: number; talks: readonly PastTalk[]; more: boolean } | null;
  /** How the last asking ended; null once it is another's, or somebody is asked anew. */
  answer: { reason: ConsultEnd; agent: string } | null;
}

export interface State {
  last: string | null;
  agent: Agent | null;
  offers: readonly Offer[];
  /** The highest epoch of each conversation whose offer has ended: a late offer is not shown. */
  ended: Readonly<Record<string, number>>;
  items: readonly Item[];
  pending: readonly PendingSend[];
  selected: string | null;
}

export type LocalEvent =
  | { type: 'thread_loaded'; conversation: string; messages: Message[]; more: boolean }
  | {
      type: 'past_loaded';
      conversation: string;
      leg: number;
      talks: PastTalk[];
      more: boolean;
      goesOn: boolean;
    }
  | { type: 'selected'; conversation: string | null }
  | { type: 'read'; conversation: string; at: string }
  | { type: 'answer_seen'; conversation: string }
  | { type: 'send_started'; send: PendingSend }
  | { type: 'send_accepted'; ref: string; message: Message }
  | { type: 'send_refused'; ref: string; reason: string }
  | { type: 'send_discarded'; ref: string }
  | { type: 'retried'; conversation: string; message: Message };

export const EMPTY: State = {
  last: null,
  agent: null,
  offers: [],
  ended: {},
  items: [],
  pending: [],
  selected: null,
};

export const EMPTY_ITEM: Omit<Item, 'conversation'> = {
  messages: [],
  loaded: false,
  more: false,
  read: null,
  work: [],
  consult: null,
  answer: null,
  past: null,
};

export function itemOf(state: State, conversation: string | null): Item | undefined {
  return state.items.find((item) => item.conversation.id === conversation);
}

/** The leg that the dialog `close` is to wrap up unless one was chosen; null: it closes what is under way. */
export function firstToWrap({ conversation, work }: Item): number | null {
  return conversation.state === 'after_call' ? (work[0]?.leg ?? null) : null;
}

/** What is at hand and what is parked, as the list shows them one under the other; the parked in the order in
 * which they come back. */
export function listed(items: readonly Item[]): [Item[], Item[]] {
  const isParked = ({ conversation }: Item): boolean => conversation.state === 'parked';
  const until = ({ conversation }: Item): number => conversation.parked_until_ms ?? Infinity;
  return [
    items.filter((item) => !isParked(item)),
    items.filter(isParked).sort((a, b) => (until(a) === until(b) ? 0 : until(a) - until(b))),
  ];
}

/** Which of those at hand is gone on with once this one is put aside: the next one, or the one before the last. */
export function nextAtHand(items: readonly Item[], conversation: string): string | null {
  const [here] = listed(items);
  const at = here.findIndex((item) => item.conversation.id === conversation);
  return (here[at + 1] ?? here[at - 1])?.conversation.id ?? null;
}

/** Since when this customer waits; null also where nobody may answer them any more. */
export function owedSince({ conversation, messages }: Item): number | null {
  const over = conversation.opted_out || conversation.state === 'after_call';
  return over ? null : waitingSince(messages);
}

/** Whose customer has waited longest, or null where nobody waits. */
export function longestWaiting(items: readonly Item[]): Item | null {
  const waiting = items
    .map((item) => ({ item, since: owedSince(item) }))
    .filter((row): row is { item: Item; since: number } => row.since !== null)
    .sort((a, b) => a.since - b.since);
  return waiting[0]?.item ?? null;
}

/** Folds an event of the server in. One that is not newer than the last changes nothing. */
export function apply(state: State, event: ServerEvent): State {
  if (event.type === 'snapshot') return applySnapshot(state, event);
  if (state.last !== null && compareAt(event.id, state.last) <= 0) return state;
  return { ...applyNew(state, event), last: event.id };
}

function applyNew(state: State, event: Exclude<ServerEvent, { type: 'snapshot' }>): State {
  switch (event.type) {
    case 'agent':
      return {
        ...state,
        agent: { ...event.agent, presence: event.agent.presence ?? state.agent?.presence ?? '' },
      };
    case 'offer':
      return applyOffer(state, event.offer);
    case 'offer_ended':
      return endOffer(state, event.conversation, event.epoch);
    case 'consult':
      return change(state, event.conversation, (item) => ({
        ...item,
        consult: event.consult,
        answer: null,
      }));
    case 'consult_ended': {
      const { reason, agent = '' } = event;
      return change(state, event.conversation, (item) => ({
        ...item,
        consult: null,
        answer: { reason, agent },
      }));
    }
    case 'connected':
      return applyConnected(state, event.conversation);
    case 'message':
      return applyMessage(state, event.conversation, event.message);
    case 'message_state': {
      const { state: delivery, reason } = event;
      return change(state, event.conversation, (item) => ({
        ...item,
        messages: item.messages.map((message) =>
          message.id === event.message
            ? { ...message, state: delivery, ...(reason === undefined ? {} : { reason }) }
            : message,
        ),
      }));
    }
    case 'opt':
      return change(state, event.conversation, (item) => ({
        ...item,
        conversation: { ...item.conversation, opted_out: event.opted_out },
      }));
    case 'inactive':
      return change(state, event.conversation, (item) => ({
        ...item,
        conversation: { ...item.conversation, inactive_until_ms: event.until_ms },
      }));
    case 'parked':
      return change(state, event.conversation, (item) => ({
        ...item,
        conversation: {
          ...unparked(item.conversation),
          state: 'parked',
          ...(event.until_ms === undefined ? {} : { parked_until_ms: event.until_ms }),
        },
      }));
    case 'resumed':
      return change(state, event.conversation, (item) => ({
        ...item,
        conversation: { ...unparked(item.conversation), state: 'connected' },
      }));
    case 'disconnected':
      return change(state, event.conversation, (item) => ({
        ...item,
        ...ended(item, event.leg),
        work: withWork(item.work, workOf(item.conversation, event.leg, event.acw)),
      }));
    case 'closed':
      return applyClosed(state, event.conversation, event.leg);
    default:
      return state;
  }
}

function unparked(conversation: Conversation): Conversation {
  const { parked_until_ms: _, ...rest } = stirred(conversation);
  return rest;
}

/** Somebody has written, so it is not about to be closed any more. */
function stirred(conversation: Conversation): Conversation {
  const { inactive_until_ms: _, ...rest } = conversation;
  return rest;
}

function workOf(conversation: Conversation, leg: number, acw: AfterCall): Work {
  const { queue_name, wrapup_codes } = conversation;
  return { leg, acw, queue_name, wrapup_codes };
}

function withWork(all: readonly Work[], work: Work): readonly Work[] {
  return [...all.filter(({ leg }) => leg !== work.leg), work].sort((a, b) => a.leg - b.leg);
}

/** What the end of a leg changes, unless a later one is under way. */
function ended(item: Item, leg: number): Partial<Item> {
  if (leg < item.conversation.leg) return {};
  return {
    conversation: { ...stirred(item.conversation), state: 'after_call' },
    consult: null,
  };
}

function change(state: State, conversation: string, to: (item: Item) => Item): State {
  const items = state.items.map((item) =>
    item.conversation.id === conversation ? to(item) : item,
  );
  return { ...state, items };
}

function applySnapshot(state: State, event: Extract<ServerEvent, { type: 'snapshot' }>): State {
  const working = event.after_call ?? [];
  const asked = new Map((event.consults ?? []).map((row) => [row.conversation, row.consult]));
  const connected = new Set(event.conversations.map(({ id }) => id));
  const over = working
    .map(({ conversation }) => conversation)
    .filter(({ id }) => !connected.has(id))
    .sort((a, b) => a.leg - b.leg);
  const latest = new Map(over.map((row) => [row.id, row]));
  // The snapshot's own order is none. What is shown already keeps its place.
  const place = new Map(state.items.map(({ conversation }, at) => [conversation.id, at]));
  const placed = ({ id }: Conversation): number => place.get(id) ?? place.size;
  const items = [...event.conversations, ...latest.values()]
    .sort((a, b) => placed(a) - placed(b) || (a.created_ms ?? 0) - (b.created_ms ?? 0))
    .filter((conversation) => conversation.state !== 'closed')
    .map((conversation): Item => {
      const old = itemOf(state, conversation.id);
      // Messages may have been missed in between, so what was there is dropped and asked for
      // again; only how far the agent had read is worth keeping.
      const read = old?.read ?? null;
      const work = working
        .filter((row) => row.conversation.id === conversation.id)
        .reduce<
          readonly Work[]
        >((all, row) => withWork(all, workOf(row.conversation, row.leg, row.acw)), []);
      const consult = asked.get(conversation.id) ?? null;
      return { ...EMPTY_ITEM, conversation, read, work, consult };
    });
  const kept = items.some((item) => item.conversation.id === state.selected);
  return {
    ...state,
    last: event.id,
    agent: event.agent,
    offers: event.offers,
    ended: {},
    items,
    selected: kept ? state.selected : null,
  };
}

function applyOffer(state: State, offer: Offer): State {
  if ((state.ended[offer.conversation] ?? 0) >= offer.epoch) return state;
  const others = state.offers.filter((other) => other.conversation !== offer.conversation);
  const shown = state.offers.find((other) => other.conversation === offer.conversation);
  if (shown && shown.epoch > offer.epoch) return state;
  return { ...state, offers: [...others, offer] };
}

function endOffer(state: State, conversation: string, epoch: number): State {
  const highest = Math.max(state.ended[conversation] ?? 0, epoch);
  return {
    ...state,
    ended: { ...state.ended, [conversation]: highest },
    offers: state.offers.filter(
      (offer) => offer.conversation !== conversation || offer.epoch > highest,
    ),
  };
}

function applyConnected(state: State, conversation: Conversation): State {
  const offers = state.offers.filter((offer) => offer.conversation !== conversation.id);
  if (itemOf(state, conversation.id))
    return { ...change(state, conversation.id, (item) => begun(item, conversation)), offers };
  return { ...state, offers, items: [...state.items, { ...EMPTY_ITEM, conversation }] };
}

/** What was said since an earlier leg ended was told to whoever had it then, and is asked for. */
function begun(item: Item, conversation: Conversation): Item {
  const { state, leg } = item.conversation;
  const goesOn = state !== 'after_call' && leg === conversation.leg;
  return { ...item, conversation, loaded: item.loaded && goesOn };
}

function applyMessage(state: State, conversation: string, message: Message): State {
  const item = itemOf(state, conversation);
  if (!item) return state;
  const isNew = !item.messages.some((other) => other.id === message.id);
  const after = change(state, conversation, (old) => ({
    ...old,
    conversation:
      isNew && message.direction !== 'note' ? stirred(old.conversation) : old.conversation,
    messages: mergeMessages(old.messages, [message], true),
  }));
  if (!isNew || message.direction !== 'out' || message.automatic || message.of !== undefined)
    return after;
  return { ...after, pending: markShown(state.pending, conversation, message) };
}

/** The event of our own reply may come before its answer. The oldest reply with that text is it. */
function markShown(
  pending: readonly PendingSend[],
  conversation: string,
  message: Message,
): readonly PendingSend[] {
  const match = pending.find(
    (send) =>
      send.conversation === conversation &&
      send.text === message.text &&
      send.refused === null &&
      send.shown === null,
  );
  return pending.map((send) => (send === match ? { ...send, shown: message.id } : send));
}

/** A leg is over, with its after-call work. The conversation stays for a later one, and for what is left to do of others. */
function applyClosed(state: State, conversation: string, leg: number | undefined): State {
  const item = itemOf(state, conversation);
  if (!item || leg === undefined) return without(state, conversation);
  const work = item.work.filter((other) => other.leg !== leg);
  const later = leg < item.conversation.leg && item.conversation.state !== 'after_call';
  if (!later && work.length === 0) return without(state, conversation);
  return change(state, conversation, (old) => ({ ...old, ...ended(old, leg), work }));
}

function without(state: State, conversation: string): State {
  const index = state.items.findIndex((item) => item.conversation.id === conversation);
  if (index < 0) return state;
  const items = state.items.filter((item) => item.conversation.id !== conversation);
  const neighbour = items[Math.min(index, items.length - 1)];
  const selected =
    state.selected === conversation ? (neighbour?.conversation.id ?? null) : state.selected;
  const pending = state.pending.filter(
    (send) => send.conversation !== conversation || send.refused === null,
  );
  return { ...state, items, selected, pending };
}

/** Folds in what this page did or asked for. */
export function applyLocal(state: State, event: LocalEvent): State {
  switch (event.type) {
    case 'thread_loaded':
      return change(state, event.conversation, (item) => loadPage(item, event));
    case 'past_loaded':
      return change(state, event.conversation, (item) => ({
        ...item,
        past: {
          leg: event.leg,
          talks: event.goesOn ? joinTalks(item.past?.talks ?? [], event.talks) : event.talks,
          more: event.more,
        },
      }));
    case 'selected':
      return { ...state, selected: event.conversation };
    case 'read':
      return change(state, event.conversation, (item) =>
        item.read !== null && compareAt(item.read, event.at) >= 0
          ? item
          : { ...item, read: event.at },
      );
    case 'answer_seen':
      return change(state, event.conversation, (item) => ({ ...item, answer: null }));
    case 'send_started':
      return { ...state, pending: [...state.pending, event.send] };
    case 'send_accepted': {
      const send = state.pending.find((other) => other.ref === event.ref);
      if (!send) return state;
      const pending = state.pending.filter((other) => other !== send);
      return change({ ...state, pending }, send.conversation, (item) => ({
        ...item,
        messages: mergeMessages(item.messages, [event.message], false),
      }));
    }
    case 'send_refused':
      return {
        ...state,
        pending: state.pending.map((send) =>
          send.ref === event.ref ? { ...send, refused: event.reason } : send,
        ),
      };
    case 'send_discarded':
      return { ...state, pending: state.pending.filter((send) => send.ref !== event.ref) };
    case 'retried':
      return change(state, event.conversation, (item) => ({
        ...item,
        messages: mergeMessages(item.messages, [event.message], false),
      }));
    default:
      return state;
  }
}

/** A page begins where the last one ended, which may be in the middle of a conversation. */
function joinTalks(have: readonly PastTalk[], next: readonly PastTalk[]): readonly PastTalk[] {
  const last = have.at(-1);
  const [first, ...rest] = next;
  if (!last || !first || last.id !== first.id) return [...have, ...next];
  const joined = { ...first, messages: [...first.messages, ...last.messages] };
  return [...have.slice(0, -1), joined, ...rest];
}

function loadPage(item: Item, page: { messages: Message[]; more: boolean }): Item {
  const earliest = item.messages[0]?.at;
  const first = page.messages[0]?.at;
  // `more` speaks of what lies before the page; it matters only if the page reaches further back
  // than what is already here.
  const reachesBack =
    !item.loaded ||
    first === undefined ||
    earliest === undefined ||
    compareAt(first, earliest) <= 0;
  return {
    ...item,
    messages: mergeMessages(item.messages, page.messages, false),
    loaded: true,
    more: reachesBack ? page.more : item.more,
  };
}
