/**
 * The frames of the agents' WebSocket, as router/door/asyncapi.yaml has them. Times are Unix
 * milliseconds of the server's clock.
 */

export type Routing = 'off_queue' | 'idle' | 'interacting' | 'not_responding';

export type DeliveryState =
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'failed'
  | 'unknown'
  | 'suppressed'
  | 'expired';

export interface Agent {
  name: string;
  routing: Routing;
  capacity: number;
  load: number;
  /** In a snapshot, '' where they never said one, and where it changes. */
  presence?: string;
}

export interface Offer {
  conversation: string;
  epoch: number;
  queue: string;
  /** What people call it. */
  queue_name: string;
  customer: string;
  ours: string;
  expires_ms: number;
  waiting_since_ms: number;
  last_agent: boolean;
  /** Who has it, and keeps it until this is accepted; the offer then has an id of its own. */
  asked_by?: string;
  how?: 'standard' | 'bullseye' | 'preferred' | 'last' | 'manual' | 'transfer' | 'consult';
  priority?: number;
  skills?: string[];
  /** The first text that nobody has answered, or its beginning. */
  text?: string;
  /** How many of them nobody has answered. */
  texts?: number;
  /** What a colleague has written for whoever gets it. */
  note?: string;
}

/** Who is asked whether they take a conversation of this agent. */
export interface Consult {
  queue: string;
  queue_name: string;
  /** Who is asked alone. */
  agent?: string;
  /** At whom it rings now. */
  ringing?: string;
  since_ms: number;
  expires_ms?: number;
}

export type ConsultEnd = 'accepted' | 'declined' | 'timeout' | 'gone' | 'cancelled' | 'over';

export interface Conversation {
  id: string;
  customer: string;
  ours: string;
  queue: string;
  queue_name: string;
  state: 'queued' | 'connected' | 'parked' | 'after_call' | 'closed';
  leg: number;
  opted_out: boolean;
  created_ms?: number;
  /** It is closed then unless somebody writes; told a minute before. */
  inactive_until_ms?: number;
  /** Of one that is parked: when it is taken up again, where a time was said. */
  parked_until_ms?: number;
  wrapup_codes: string[];
}

/** After-call work: by the queue's mode; it ends by itself at `until_ms`, where that is told. */
export interface AfterCall {
  mode: 'optional' | 'mandatory' | 'timeout' | 'forced' | 'agent_requested';
  until_ms?: number;
}

export interface Message {
  id: string;
  /** Position in the thread; see `compareAt`. */
  at: string;
  at_ms?: number;
  /** `note`: for colleagues, never sent. */
  direction: 'in' | 'out' | 'note';
  text: string;
  segments?: number;
  author?: string;
  keyword?: 'opt_out' | 'opt_in' | 'help';
  automatic?: boolean;
  partial?: boolean;
  state?: DeliveryState;
  reason?: string;
  /** When it is to be delivered, where that is not at once. */
  schedule_ms?: number;
  /** The carrier's own, of an outbound message those of its receipt. */
  parameters?: { name: string; value: string }[];
  /** The message, not delivered, that this one says once more. */
  of?: string;
  /** The message that says this one once more. */
  again?: string;
}

/** A conversation of the customer's, with those of its legs that have ended, the newest first. */
export interface Past {
  id: string;
  ours: string;
  queue: string;
  queue_name: string;
  state: 'queued' | 'connected' | 'parked' | 'closed';
  created_ms: number;
  legs: {
    leg: number;
    agent: string;
    queue: string;
    queue_name: string;
    ended_ms: number;
    by: string;
    wrapup: string;
    notes: string;
  }[];
}

/** A conversation of the past with what is here of its messages, the newest last. */
export interface PastTalk extends Past {
  messages: Message[];
  /** Whether it has earlier ones. */
  more: boolean;
}

/** Whom a conversation may be given to: a queue, with how many wait in it, or an agent. */
export interface Target {
  name: string;
  /** What people call it. */
  title: string;
  waiting?: number;
  available: boolean;
}

/** A canned response, with placeholders as they were written. */
export interface Response {
  id: string;
  name: string;
  text: string;
}

/** What is known of a customer: facts with a label are shown, in this order; a link is opened. */
export interface Customer {
  id: string;
  name: string;
  facts: { field: string; label?: string; value?: string; link?: string }[];
}

export interface Plan {
  coding: 'GSM-7' | 'Latin-1' | 'ASCII' | 'UCS-2';
  segments: number;
  used: number;
  limit: number;
  forced_by?: { character: string; offset: number };
}

export type ServerEvent =
  | {
      type: 'snapshot';
      id: string;
      now?: number;
      agent: Agent;
      offers: Offer[];
      conversations: Conversation[];
      after_call?: { conversation: Conversation; leg: number; acw: AfterCall }[];
      consults?: { conversation: string; consult: Consult }[];
    }
  | { type: 'agent'; id: string; agent: Agent }
  | { type: 'offer'; id: string; offer: Offer }
  | {
      type: 'offer_ended';
      id: string;
      conversation: string;
      epoch: number;
      reason: 'accepted' | 'declined' | 'timeout' | 'rescinded';
    }
  | { type: 'consult'; id: string; conversation: string; consult: Consult }
  | {
      type: 'consult_ended';
      id: string;
      conversation: string;
      reason: ConsultEnd;
      agent?: string;
    }
  | { type: 'connected'; id: string; conversation: Conversation }
  | { type: 'message'; id: string; conversation: string; message: Message }
  | {
      type: 'message_state';
      id: string;
      conversation: string;
      message: string;
      state: DeliveryState;
      reason?: string;
    }
  | { type: 'customer_changed'; id: string; conversation: string }
  | { type: 'opt'; id: string; conversation: string; opted_out: boolean }
  | { type: 'inactive'; id: string; conversation: string; leg: number; until_ms: number }
  | { type: 'parked'; id: string; conversation: string; leg: number; until_ms?: number }
  | {
      type: 'resumed';
      id: string;
      conversation: string;
      leg: number;
      reason: 'agent' | 'time' | 'message';
    }
  | { type: 'disconnected'; id: string; conversation: string; leg: number; acw: AfterCall }
  | {
      type: 'closed';
      id: string;
      conversation: string;
      leg?: number;
      wrapup?: string;
      reason?:
        | 'agent'
        | 'timeout'
        | 'transfer'
        | 'consult'
        | 'reclaimed'
        | 'inactivity'
        | 'supervisor';
    };

export interface Ack {
  type: 'ack';
  ref: string;
  message?: Message;
  plan?: Plan;
  messages?: Message[];
  more?: boolean;
  conversation?: Conversation;
  history?: Past[];
  past?: PastTalk[];
  queues?: Target[];
  agents?: Target[];
  /** Of the conversation that targets were asked for: what it asks for. */
  skills?: string[];
  priority?: number;
  responses?: Response[];
  customer?: Customer | null;
}

export interface Refusal {
  type: 'error';
  ref: string | null;
  code: string;
  message: string;
}

export type ServerFrame = ServerEvent | Ack | Refusal;

/** What the client asks for; the link adds `ref`. */
export type Request =
  | { type: 'status'; routing: 'on_queue' | 'off_queue' }
  | { type: 'presence'; presence: string }
  | { type: 'accept' | 'decline'; conversation: string; epoch: number }
  | { type: 'send' | 'plan'; conversation: string; text: string }
  | { type: 'retry'; conversation: string; message: string }
  | { type: 'thread'; conversation: string; before?: string; limit?: number }
  | { type: 'close'; conversation: string; wrapup: string; notes?: string }
  | { type: 'disconnect'; conversation: string; acw?: boolean }
  | { type: 'wrapup'; conversation: string; leg: number; wrapup?: string; notes?: string }
  | { type: 'note'; conversation: string; text: string }
  | { type: 'park'; conversation: string; until_ms?: number }
  | { type: 'resume'; conversation: string }
  | { type: 'history'; conversation: string; before?: string; limit?: number }
  | { type: 'earlier'; conversation: string; of: string; before?: string; limit?: number }
  | { type: 'past'; conversation: string; of?: string; before?: string; limit?: number }
  | { type: 'ping' }
  | { type: 'targets'; conversation?: string }
  | ({ type: 'transfer' | 'consult'; conversation: string } & Given)
  | { type: 'consult_end'; conversation: string }
  | { type: 'start' | 'plan'; queue: string; customer: string; text: string }
  | { type: 'responses'; queue: string }
  | { type: 'customer'; customer: string };

/** The skills, by their ids, and the priority by which it is chosen who gets a conversation. */
export interface Needs {
  skills: readonly string[];
  priority: number;
}

export interface Targets {
  queues: readonly Target[];
  agents: readonly Target[];
  needs: Needs | null;
}

/** To whom a conversation goes: a queue or an agent; and what it asks for from now on, where that changes. */
export interface Given extends Partial<Needs> {
  queue?: string;
  agent?: string;
  note?: string;
}

/** Why a request did not succeed; `offline` is ours: the link broke before the answer. */
export class RequestError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
