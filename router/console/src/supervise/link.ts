import { newRef } from '../browser';
import { currentUser } from '../http';
import { backoffMs } from '../link';
import { fold, UNKNOWN, type Floor, type FloorFrame } from './floor';

const PROTOCOL = 'bindery.floor.v1';
const CLOSE_SIGNED_OUT = 4401;

/** Keeps the floor fresh for as long as the page is there. */
export class FloorLink {
  private floor = UNKNOWN;
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private stopped = false;

  constructor(
    private readonly onFloor: (floor: Floor) => void,
    private readonly onSignedOut: () => void,
  ) {}

  start(): void {
    const url = new URL('/floor', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.hash = '';
    const socket = new WebSocket(url, PROTOCOL);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', ref: newRef() }));
    socket.onmessage = ({ data }) => this.receive(JSON.parse(String(data)) as FloorFrame);
    socket.onclose = ({ code }) => void this.lost(socket, code);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private set(floor: Floor): void {
    this.floor = floor;
    if (!this.stopped) this.onFloor(floor);
  }

  private receive(frame: FloorFrame): void {
    if (frame.type !== 'snapshot' && frame.type !== 'changed') return;
    this.attempt = 0;
    this.set(fold(this.floor, frame, Date.now()));
  }

  private async lost(socket: WebSocket, code: number): Promise<void> {
    if (this.stopped || socket !== this.socket) return;
    if (code === CLOSE_SIGNED_OUT) return this.onSignedOut();
    this.set({
      ...this.floor,
      live: false,
      trouble: 'The connection is lost; trying again. These are the last figures.',
    });
    // A handshake that is refused tells the page nothing: the session is looked at instead.
    const user = await currentUser().catch(() => undefined);
    if (user === null) return this.onSignedOut();
    this.timer = setTimeout(() => this.start(), backoffMs(this.attempt, Math.random()));
    this.attempt += 1;
  }
}
