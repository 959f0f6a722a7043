import { useState } from 'preact/hooks';

import { nameOf } from '../customers';
import type { Desk } from '../desk';
import { codeLabel } from '../format';
import { firstToWrap, type Item } from '../state';
import type { Store } from '../store';
import { legName } from './AfterCall';
import { FormEnd } from './FormEnd';
import { Modal } from './Modal';

interface Props {
  desk: Desk;
  store: Store;
  item: Item;
}

/** Closes the conversation, or wraps up a leg of it that was disconnected. */
export function CloseDialog({ desk, store, item }: Props) {
  const { conversation, work } = item;
  const chosen = store.screen.wrapping ?? firstToWrap(item);
  const wrapping = work.find(({ leg }) => leg === chosen) ?? null;
  const optional = wrapping !== null && wrapping.acw.mode !== 'mandatory';
  const codes = wrapping?.wrapup_codes ?? conversation.wrapup_codes;
  const [code, setCode] = useState(codes.length === 1 ? (codes[0] ?? '') : '');
  const [notes, setNotes] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const busy = store.screen.busy.has(`close:${conversation.id}`);
  const done = (): void => store.set({ dialog: null });
  const name = nameOf(store.screen.customers, conversation.customer);
  const several = wrapping !== null && (work.length > 1 || conversation.state !== 'after_call');
  const title = `${wrapping ? 'Wrap up' : 'Close'} ${name}${several ? `, ${legName(wrapping)}` : ''}`;

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (codes.length > 0 && !code && !optional) return setProblem('Choose a wrap-up code.');
    const said = notes.trim();
    const taken = wrapping
      ? await desk.wrapup(conversation.id, wrapping.leg, code, said)
      : await desk.close(conversation.id, code, said);
    if (taken) return done();
    // It has gone with its conversation; what was said of it stands on the page.
    if (store.screen.dialog !== 'close') return;
    setProblem(store.screen.notice);
    store.set({ notice: null });
  }

  return (
    <Modal title={title} onClose={done}>
      <form onSubmit={(event) => void submit(event)}>
        <fieldset class="codes">
          <legend>{optional ? 'Wrap-up code, if any' : 'Wrap-up code'}</legend>
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
        <FormEnd
          label="Notes"
          text={notes}
          onText={setNotes}
          problem={problem}
          action={wrapping ? 'Wrap up' : 'Close conversation'}
          disabled={busy}
          onCancel={done}
        />
      </form>
    </Modal>
  );
}
