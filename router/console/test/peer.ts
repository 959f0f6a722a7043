import { vi } from 'vitest';

/** The far end, as the test plays it. */
export class Peer {
  static all: Peer[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly frames: Record<string, unknown>[] = [];
  closed = false;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    Peer.all.push(this);
  }

  static get last(): Peer {
    return Peer.all.at(-1) as Peer;
  }

  send(data: string): void {
    this.frames.push(JSON.parse(data) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  greets(): void {
    this.onopen?.();
    this.says({ type: 'ack', ref: this.frames[0]?.ref });
  }
}

/** Lets the time pass until the link has begun an attempt to connect. */
export async function untilConnecting(): Promise<void> {
  while (Peer.last.closed) await vi.advanceTimersByTimeAsync(100);
}
