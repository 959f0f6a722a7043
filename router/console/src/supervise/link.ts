import { newRef } from '../browser';
import { currentUser } from '../http';
import { ANSWER_TIMEOUT_MS, backoffMs, QUIET_MS } from '../link';
import { RESEND_MAX_MS, TOO_OLD } from '../outbox';
import {
  fold,
  UNKNOWN,
  type Floor,
  type FloorFrame,
  type PointsFrame,
  type Target,
  type ThreadFrame,
  type WaitingFrame,
  type WorkFrame,
} from './floor';

const PROTOCOL = 'bindery.floor.v1';
const CLOSE_SIGNED_OUT = 4401;

interface Answer {
  type: 'ack' | 'error';
  ref: string | null;
  message?: string;
}
type Frame = FloorFrame | WaitingFrame | WorkFrame | ThreadFrame | PointsFrame | Answer;

interface Order {
  frame: { ref: string } & Record<string, unknown>;
  /** When it was said first; null: never yet. */
  saidMs: number | null;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Keeps the floor fresh for as long as the page is there, and what is ordered until it is answered: an order that a
 * break left open is said again with its ref, by which it is done once, for as long as the server knows the ref. */
export class FloorLink {
  private floor = UNKNOWN;
  private socket: WebSocket | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private answerTimer: ReturnType<typeof setTimeout> | undefined;
  private quietTimer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private stopped = false;
  private open = false;
  private readonly orders = new Map<string, Order>();
  private looked: Target | null = null;
  private past: { queue: string; hours: number } | null = null;
  private reading: { conversation: string; ref: string } | null = null;

  constructor(
    private readonly onFloor: (floor: Floor) => void,
    private readonly onSignedOut: () => void,
  ) {}

  start(): void {
    this.retryTimer = undefined;
    const url = new URL('/floor', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.hash = '';
    const socket = new WebSocket(url, PROTOCOL);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', ref: newRef() }));
    socket.onmessage = ({ data }) => this.receive(JSON.parse(String(data)) as Frame);
    socket.onclose = ({ code }) => void this.lost(code);
    this.expectFrame();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retryTimer);
    this.dropSocket();
  }

  /** The network seems to be back: do not sit out the pause, and look whether what is open carries. */
  hurry(): void {
    if (this.stopped) return;
    if (this.socket) return this.ping();
    if (this.retryTimer === undefined) return;
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    this.start();
  }

  /** Any frame will do for an answer; where one is awaited already, nothing is asked. */
  private ping(): void {
    if (!this.open || this.answerTimer !== undefined) return;
    this.say({ type: 'ping', ref: newRef() });
    this.expectFrame();
  }

  private expectFrame(): void {
    this.answerTimer = setTimeout(() => void this.lost(0), ANSWER_TIMEOUT_MS);
  }

  private heard(): void {
    this.endWatch();
    this.quietTimer = setTimeout(() => this.ping(), QUIET_MS);
  }

  private endWatch(): void {
    clearTimeout(this.answerTimer);
    clearTimeout(this.quietTimer);
    this.answerTimer = undefined;
  }

  private dropSocket(): void {
    const socket = this.socket;
    this.socket = null;
    this.open = false;
    this.endWatch();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** Resolves once it is done, rejects with the reason why not. */
  order(type: string, fields: Record<string, unknown>): Promise<void> {
    const frame = { type, ref: newRef(), ...fields };
    return new Promise((resolve, reject) => {
      const order = { frame, saidMs: null, resolve, reject };
      this.orders.set(frame.ref, order);
      this.sayOrder(order);
    });
  }

  private sayOrder(order: Order): void {
    if (!this.open) return;
    const now = Date.now();
    order.saidMs ??= now;
    if (now - order.saidMs < RESEND_MAX_MS) return this.say(order.frame);
    this.orders.delete(order.frame.ref);
    order.reject(new Error(TOO_OLD));
  }

  /** Looks at what waits in a queue or at what an agent has; null: at nothing. */
  look(target: Target | null): void {
    this.looked = target;
    this.set({ ...this.floor, list: null });
    this.say({ type: 'look', ref: newRef(), ...(target && { [target.kind]: target.id }) });
  }

  /** Looks at the last hours of a queue; `*`: of the floor. */
  lookBack(queue: string, hours: number): void {
    this.past = { queue, hours };
    this.say({ type: 'points', ref: newRef(), ...this.past });
  }

  /** Reads a conversation along; null: none. */
  read(conversation: string | null): void {
    this.reading = conversation === null ? null : { conversation, ref: newRef() };
    this.set({ ...this.floor, thread: null });
    this.say({ type: 'read', ref: newRef(), ...this.reading });
  }

  private say(frame: object): void {
    if (this.open) this.socket?.send(JSON.stringify(frame));
  }

  private set(floor: Floor): void {
    this.floor = floor;
    if (!this.stopped) this.onFloor(floor);
  }

  private receive(frame: Frame): void {
    this.heard();
    if (frame.type === 'snapshot' || frame.type === 'changed') {
      this.attempt = 0;
      this.set(fold(this.floor, frame, Date.now()));
      if (frame.type === 'snapshot') this.resume();
    } else if (frame.type === 'waiting' || frame.type === 'work') {
      this.set({ ...this.floor, list: frame });
    } else if (frame.type === 'points') {
      this.set({ ...this.floor, points: frame });
    } else if (frame.type === 'thread') {
      if (this.reading) this.set({ ...this.floor, thread: frame });
    } else if (frame.type === 'ack' || frame.type === 'error') {
      this.answered(frame);
    }
  }

  private resume(): void {
    this.open = true;
    if (this.looked) this.say({ type: 'look', ref: newRef(), [this.looked.kind]: this.looked.id });
    if (this.past) this.say({ type: 'points', ref: newRef(), ...this.past });
    if (this.reading) this.say({ type: 'read', ...this.reading });
    for (const order of this.orders.values()) this.sayOrder(order);
  }

  private answered({ type, ref, message }: Answer): void {
    const order = ref === null ? undefined : this.orders.get(ref);
    if (!order || ref === null) return;
    this.orders.delete(ref);
    if (type === 'ack') order.resolve();
    else order.reject(new Error(message));
  }

  private async lost(code: number): Promise<void> {
    this.dropSocket();
    if (code === CLOSE_SIGNED_OUT) return this.onSignedOut();
    this.set({
      ...this.floor,
      live: false,
      trouble: 'The connection is lost; trying again. These are the last figures.',
    });
    // A handshake that is refused tells the page nothing: the session is looked at instead.
    const late = new Promise<undefined>((resolve) =>
      setTimeout(() => resolve(undefined), ANSWER_TIMEOUT_MS),
    );
    const user = await Promise.race([currentUser(), late]).catch(() => undefined);
    if (this.stopped) return;
    if (user === null) return this.onSignedOut();
    this.retryTimer = setTimeout(() => this.start(), backoffMs(this.attempt, Math.random()));
    this.attempt += 1;
  }
}
