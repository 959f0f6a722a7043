import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** How it was last read. */
interface Run {
  dry: boolean;
  whole: boolean;
}

interface Props<Whole> {
  title: string;
  /** Reads it until `stop`. → What became of it, null or false where it was stopped. */
  read: (file: File, dry: boolean, stop: AbortSignal) => Promise<Whole | null | false>;
  /** What is said of it once it is in. */
  said: (file: File, whole: Whole) => string;
  onNotice: (text: string) => void;
  /** What was found holds no more. */
  onChange: () => void;
  onTrouble: (error: unknown) => void;
  hint: ComponentChildren;
  /** What was found: by a try, or for good. */
  outcome: (dry: boolean) => ComponentChildren;
  /** The other fields. */
  children: ComponentChildren;
}

/** A file that is tried dry, and imported once it was. */
export function FileForm<Whole>(props: Props<Whole>) {
  const { title, read, said, onNotice, onChange, onTrouble, hint, outcome, children } = props;
  const [file, setFile] = useState<File | null>(null);
  const [last, setLast] = useState<Run | null>(null);
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController | null>(null);

  useEffect(() => () => running.current?.abort(), []);

  function change(): void {
    setLast(null);
    onChange();
  }

  async function run(dry: boolean): Promise<void> {
    if (!file || running.current) return;
    const mine = new AbortController();
    running.current = mine;
    onChange();
    onNotice('');
    setLast({ dry, whole: false });
    setBusy(true);
    try {
      const whole = (await read(file, dry, mine.signal)) || null;
      setLast({ dry, whole: whole !== null });
      if (!whole) onNotice(dry ? 'Stopped; nothing was written.' : 'Stopped; what was read is in.');
      else if (!dry) onNotice(said(file, whole));
    } catch (error) {
      onTrouble(error);
    } finally {
      running.current = null;
      setBusy(false);
    }
  }

  const tried = last !== null && last.dry && last.whole;
  return (
    <section class="card" aria-labelledby="import-title">
      <h2 id="import-title">{title}</h2>
      <form
        class="fields import-fields"
        onSubmit={(event) => {
          event.preventDefault();
          void run(true);
        }}
        onInput={change}
      >
        <fieldset class="bare" disabled={busy}>
          <label class="field">
            CSV file
            <input
              type="file"
              accept=".csv,.txt,text/csv,text/plain"
              required
              onChange={(event) => {
                setFile(event.currentTarget.files?.[0] ?? null);
                change();
              }}
            />
          </label>
          {children}
        </fieldset>
        <div class="commands">
          <button class={last?.whole ? '' : 'primary'} disabled={busy}>
            Try it dry
          </button>
          <button
            type="button"
            class={tried ? 'primary' : ''}
            disabled={busy || !tried}
            onClick={() => void run(false)}
          >
            Import it
          </button>
          {busy && (
            <button type="button" onClick={() => running.current?.abort()}>
              Stop
            </button>
          )}
        </div>
        <p class="hint">{hint}</p>
      </form>
      {outcome(last?.dry ?? true)}
    </section>
  );
}
