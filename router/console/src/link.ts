/**
 * The connection to the router: one WebSocket at a time, opened again after a break with a growing
 * pause, `hello` first, requests matched to their answers by `ref`. Knows frames, but nothing of
 * what they mean.
 */
import { RESEND_MAX_MS, TOO_OLD } from './outbox';
import { RequestError, type Ack, type Request, type ServerEvent, type ServerFrame } from './wire';

export type LinkState = 'connecting' | 'open' | 'waiting' | 'closed';

const PROTOCOL = 'bindery.agent.v1';
/** A link that owes an answer for this long is taken for dead: a browser is not told of pings. */
export const ANSWER_TIMEOUT_MS = 12_000;
/** Where nothing was heard for so long, the server is asked whether it is there. */
export const QUIET_MS = 30_000;
const BACKOFF_FIRST_MS = 400;
const BACKOFF_MAX_MS = 12_000;
const CLOSE_SIGNED_OUT = 4401;

/** The pause before attempt number `attempt` (0 is the first), with half of it left to chance so
 * that a whole floor of agents does not come back in one instant. `chance` is in [0, 1). */
export function backoffMs(attempt: number, chance: number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * chance);
}

interface Waiting {
  frame: Request & { ref: string };
  /** Whether it is said again on the next connection rather than given up. */
  keep: boolean;
  sent: boolean;
  /** When it may have been said first, here or by a page before this one; null: never. */
  saidMs: number | null;
  resolve: (ack: Ack) => void;
  reject: (error: RequestError) => void;
}

interface LinkOptions {
  url: string;
  /** The last event id that was applied, or null for a snapshot. */
  last: () => string | null;
  onEvent: (event: ServerEvent) => void;
  onState: (state: LinkState, retryAtMs: number | null) => void;
  /** Asked after a connection that did not open: false ends the attempts. */
  stillSignedIn: () => Promise<boolean>;
  onSignedOut: () => void;
  newRef: () => string;
}

export class Link {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private greeted = false;
  private stopped = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private answerTimer: ReturnType<typeof setTimeout> | undefined;
  private quietTimer: ReturnType<typeof setTimeout> | undefined;
  private helloRef = '';
  private readonly waiting = new Map<string, Waiting>();

  constructor(private readonly options: LinkOptions) {}

  open(): void {
    this.stopped = false;
    this.connect();
  }

  /** Ends the connection for good; whatever was still asked is rejected. */
  close(): void {
    this.stopped = true;
    clearTimeout(this.retryTimer);
    this.dropSocket();
    for (const entry of this.waiting.values())
      entry.reject(new RequestError('offline', 'Signed out.'));
    this.waiting.clear();
    this.options.onState('closed', null);
  }

  /** The network seems to be back: do not sit out the pause, and look whether what is open carries. */
  hurry(): void {
    if (this.stopped) return;
    if (this.socket) return this.ping();
    this.attempt = 0;
    this.connect();
  }

  /** The network is said to be gone: a connection over it would look whole until it owed an answer. */
  cut(): void {
    if (!this.stopped && this.socket) this.dropAndRetry();
  }

  /** Any answer will do; where one is owed already, that one. */
  private ping(): void {
    if (this.greeted && !this.owesAnswer())
      this.request({ type: 'ping' }, false).catch(() => undefined);
  }

  private heard(): void {
    clearTimeout(this.quietTimer);
    this.quietTimer = setTimeout(() => this.ping(), QUIET_MS);
  }

  /**
   * Asks the server. With `keep` the request survives broken connections and is said again with
   * the same ref until it is answered, or rejected with `too_old` where the server may have forgotten
   * the ref; without, it is rejected with `offline` when the link breaks. `saidMs`: when it may have
   * been said before.
   */
  request(
    request: Request,
    keep: boolean,
    ref: string = this.options.newRef(),
    saidMs: number | null = null,
  ): Promise<Ack> {
    return new Promise((resolve, reject) => {
      if (!keep && !this.greeted) {
        reject(new RequestError('offline', 'Not connected.'));
        return;
      }
      const frame = { ...request, ref };
      const entry: Waiting = { frame, keep, sent: false, saidMs, resolve, reject };
      this.waiting.set(ref, entry);
      if (this.greeted) this.send(entry);
    });
  }

  private connect(): void {
    clearTimeout(this.retryTimer);
    this.options.onState('connecting', null);
    const socket = new WebSocket(this.options.url, PROTOCOL);
    this.socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.hello(socket);
    };
    socket.onmessage = (event) => {
      if (socket === this.socket) this.receive(String(event.data));
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.lost(event.code, opened);
    };
    // Covers a connection attempt, and a greeting, that nobody answers.
    this.expectAnswer();
  }

  private hello(socket: WebSocket): void {
    this.helloRef = this.options.newRef();
    const last = this.options.last();
    socket.send(
      JSON.stringify({ type: 'hello', ref: this.helloRef, ...(last === null ? {} : { last }) }),
    );
  }

  private receive(data: string): void {
    this.heard();
    let frame: ServerFrame;
    try {
      frame = JSON.parse(data) as ServerFrame;
    } catch {
      return;
    }
    if (frame.type === 'ack' || frame.type === 'error') this.answer(frame);
    else this.options.onEvent(frame);
  }

  private answer(frame: Extract<ServerFrame, { type: 'ack' | 'error' }>): void {
    if (frame.ref === this.helloRef) {
      if (frame.type === 'ack') this.greet();
      else this.dropAndRetry();
      return;
    }
    const entry = frame.ref === null ? undefined : this.waiting.get(frame.ref);
    if (!entry) return;
    this.waiting.delete(entry.frame.ref);
    this.expectAnswer();
    if (frame.type === 'ack') entry.resolve(frame);
    else entry.reject(new RequestError(frame.code, frame.message));
  }

  private greet(): void {
    this.greeted = true;
    this.attempt = 0;
    this.expectAnswer();
    this.options.onState('open', null);
    for (const entry of this.waiting.values()) if (!entry.sent) this.send(entry);
  }

  private send(entry: Waiting): void {
    const now = Date.now();
    if (entry.saidMs !== null && now - entry.saidMs >= RESEND_MAX_MS) {
      this.waiting.delete(entry.frame.ref);
      entry.reject(new RequestError('too_old', TOO_OLD));
      return;
    }
    entry.saidMs ??= now;
    entry.sent = true;
    this.socket?.send(JSON.stringify(entry.frame));
    this.expectAnswer();
  }

  /** Restarts the watch over answers owed, or ends it where none is. */
  private expectAnswer(): void {
    clearTimeout(this.answerTimer);
    if (this.owesAnswer() && this.socket)
      this.answerTimer = setTimeout(() => this.dropAndRetry(), ANSWER_TIMEOUT_MS);
  }

  private owesAnswer(): boolean {
    return !this.greeted || [...this.waiting.values()].some((entry) => entry.sent);
  }

  private dropSocket(): void {
    const socket = this.socket;
    this.socket = null;
    this.greeted = false;
    clearTimeout(this.answerTimer);
    clearTimeout(this.quietTimer);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private dropAndRetry(): void {
    this.lost(0, true);
  }

  private lost(code: number, opened: boolean): void {
    this.dropSocket();
    for (const [ref, entry] of this.waiting) {
      entry.sent = false;
      if (entry.keep) continue;
      this.waiting.delete(ref);
      entry.reject(new RequestError('offline', 'The connection was lost.'));
    }
    if (this.stopped) return;
    if (code === CLOSE_SIGNED_OUT) {
      this.signedOut();
      return;
    }
    this.retryLater(opened);
  }

  private retryLater(opened: boolean): void {
    const pause = backoffMs(this.attempt++, Math.random());
    this.options.onState('waiting', Date.now() + pause);
    this.retryTimer = setTimeout(() => void this.retry(opened), pause);
  }

  private async retry(opened: boolean): Promise<void> {
    // A handshake refused for want of a session looks to a browser like a network that is down.
    const signedIn = opened || (await this.options.stillSignedIn().catch(() => true));
    if (this.stopped || this.socket) return;
    if (signedIn) this.connect();
    else this.signedOut();
  }

  private signedOut(): void {
    this.close();
    this.options.onSignedOut();
  }
}
