import { useState } from 'preact/hooks';

import { nameOf } from '../customers';
import type { Desk } from '../desk';
import { localInput, parkTimes, timeOf, whenText } from '../format';
import type { Store } from '../store';
import type { Conversation } from '../wire';
import { Modal } from './Modal';

interface Props {
  desk: Desk;
  store: Store;
  conversation: Conversation;
}

/** Which of the times offered, one of the agent's own, or none. */
type Choice = number | 'own' | 'open';

/** Puts the conversation aside, with the time at which it comes back. */
export function ParkDialog({ desk, store, conversation }: Props) {
  const [now] = useState(() => Date.now());
  const [choice, setChoice] = useState<Choice>(0);
  const [own, setOwn] = useState(() => localInput(now + 2 * 3_600_000));
  const [problem, setProblem] = useState<string | null>(null);
  const times = parkTimes(now);
  const busy = store.screen.busy.has(`park:${conversation.id}`);
  const done = (): void => store.set({ dialog: null });
  const name = nameOf(store.screen.customers, conversation.customer);

  function until(): number | null | undefined {
    if (choice === 'open') return null;
    const local = choice === 'own' ? new Date(own).getTime() : times[choice]?.atMs;
    if (local === undefined || Number.isNaN(local) || local <= Date.now()) return undefined;
    return Math.round(local + store.screen.skewMs);
  }

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const untilMs = until();
    if (untilMs === undefined) return setProblem('Choose a time to come.');
    if (await desk.park(conversation.id, untilMs)) return done();
    setProblem(store.screen.notice);
    store.set({ notice: null });
  }

  function radio(which: Choice, label: string, hint: string) {
    return (
      <label key={which}>
        <input
          type="radio"
          name="until"
          checked={choice === which}
          onChange={() => setChoice(which)}
        />
        {label}
        <span class="hint">{hint}</span>
      </label>
    );
  }

  return (
    <Modal title={`Park ${name}`} onClose={done}>
      <form onSubmit={(event) => void submit(event)}>
        <fieldset class="codes">
          <legend>Until</legend>
          {times.map(({ label, atMs }, index) =>
            radio(index, label, label.startsWith('In') ? timeOf(atMs) : whenText(atMs, now)),
          )}
          {radio('own', 'Another time', '')}
          <input
            type="datetime-local"
            class="own-time"
            aria-label="Another time"
            value={own}
            onFocus={() => setChoice('own')}
            onInput={(event) => {
              setChoice('own');
              setOwn(event.currentTarget.value);
            }}
          />
          {radio('open', 'Until I take it up again', '')}
        </fieldset>
        <p class="form-error" role="alert">
          {problem}
        </p>
        <div class="dialog-actions">
          <button type="button" onClick={done}>
            Cancel
          </button>
          <button class="primary" disabled={busy}>
            Park
          </button>
        </div>
      </form>
    </Modal>
  );
}
