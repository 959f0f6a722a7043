/** Keeps what the page shows of the carriers fresh, for as long as it is looked at. */
import {
  command,
  readCarriers,
  readSamples,
  SignedOut,
  type Carrier,
  type Command,
  type Sample,
} from './carriers';
import { changes } from './words';

const CARRIERS_MS = 2000;
const SAMPLES_MS = 10_000;

export interface Seen {
  /** null: not read yet */
  carriers: readonly Carrier[] | null;
  samples: Readonly<Record<string, readonly Sample[]>>;
  /** The server's clock less ours. */
  skewMs: number;
  /** Our time of the last answer. */
  readAt: number;
  trouble: string | null;
  /** For the live region. */
  polite: string;
  busy: ReadonlySet<string>;
}

export const UNSEEN: Seen = {
  carriers: null,
  samples: {},
  skewMs: 0,
  readAt: 0,
  trouble: null,
  polite: '',
  busy: new Set(),
};

const reason = (error: unknown): string =>
  error instanceof Error && !(error instanceof TypeError)
    ? error.message
    : 'The server cannot be reached.';

export class Watch {
  private seen = UNSEEN;
  private samplesAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;
  private asking = false;

  constructor(
    private readonly onSeen: (seen: Seen) => void,
    private readonly onSignedOut: () => void,
  ) {}

  start(): void {
    this.running = true;
    document.addEventListener('visibilitychange', this.look);
    this.look();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.look);
  }

  private readonly look = (): void => {
    clearTimeout(this.timer);
    if (!this.running || document.visibilityState !== 'visible' || this.asking) return;
    this.asking = true;
    void this.read().finally(() => {
      this.asking = false;
      if (this.running) this.timer = setTimeout(this.look, CARRIERS_MS);
    });
  };

  private set(change: Partial<Seen>): void {
    this.seen = { ...this.seen, ...change };
    if (this.running) this.onSeen(this.seen);
  }

  private async read(): Promise<void> {
    try {
      const { entities, now_ms } = await readCarriers();
      const polite = changes(this.seen.carriers ?? [], entities);
      this.set({
        carriers: entities,
        skewMs: now_ms - Date.now(),
        readAt: Date.now(),
        trouble: null,
        ...(polite === null ? {} : { polite }),
      });
      if (Date.now() - this.samplesAt >= SAMPLES_MS) await this.readSamples(entities);
    } catch (error) {
      this.fail(error);
    }
  }

  private async readSamples(carriers: readonly Carrier[]): Promise<void> {
    const lists = await Promise.all(carriers.map(({ name }) => readSamples(name)));
    this.samplesAt = Date.now();
    this.set({
      samples: Object.fromEntries(carriers.map(({ name }, i) => [name, lists[i]?.entities ?? []])),
    });
  }

  private fail(error: unknown): void {
    if (error instanceof SignedOut) this.onSignedOut();
    else this.set({ trouble: reason(error) });
  }

  async command(name: string, what: Command): Promise<void> {
    if (this.seen.busy.has(name)) return;
    this.set({ busy: new Set([...this.seen.busy, name]) });
    try {
      await command(name, what);
      this.set({ polite: `${name}: told to ${what}.` });
      this.look();
    } catch (error) {
      this.fail(error);
    } finally {
      this.set({ busy: new Set([...this.seen.busy].filter((other) => other !== name)) });
    }
  }
}
