import { useState } from 'preact/hooks';

import type { Desk } from '../desk';
import { codeLabel } from '../format';
import type { Store } from '../store';
import type { Conversation } from '../wire';
import { Modal } from './Modal';

interface Props {
  desk: Desk;
  store: Store;
  conversation: Conversation;
}

export function CloseDialog({ desk, store, conversation }: Props) {
  const codes = conversation.wrapup_codes;
  const [code, setCode] = useState(codes.length === 1 ? (codes[0] ?? '') : '');
  const [notes, setNotes] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const busy = store.screen.busy.has(`close:${conversation.id}`);
  const done = (): void => store.set({ dialog: null });

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (codes.length > 0 && !code) return setProblem('Choose a wrap-up code.');
    if (await desk.close(conversation.id, code, notes.trim())) return done();
    setProblem(store.screen.notice);
    store.set({ notice: null });
  }

  return (
    <Modal title={`Close ${conversation.customer}`} onClose={done}>
      <form onSubmit={(event) => void submit(event)}>
        <fieldset class="codes">
          <legend>Wrap-up code</legend>
          {codes.map((value, index) => (
            <label key={value}>
              <input
                type="radio"
                name="wrapup"
                value={value}
                checked={code === value}
                autofocus={index === 0}
                onChange={() => setCode(value)}
              />
              {codeLabel(value)}
            </label>
          ))}
          {codes.length === 0 && <p>This queue has no wrap-up codes.</p>}
        </fieldset>
        <label class="notes">
          Notes
          <textarea
            rows={3}
            maxLength={1000}
            value={notes}
            onInput={(event) => setNotes(event.currentTarget.value)}
          />
        </label>
        <p class="form-error" role="alert">
          {problem}
        </p>
        <div class="dialog-actions">
          <button type="button" onClick={done}>
            Cancel
          </button>
          <button class="primary" disabled={busy}>
            Close conversation
          </button>
        </div>
      </form>
    </Modal>
  );
}
