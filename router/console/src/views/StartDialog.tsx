import { useEffect, useRef, useState } from 'preact/hooks';

import type { Desk } from '../desk';
import { TEXT_MAX, tooLong } from '../format';
import type { Store } from '../store';
import type { Target } from '../wire';
import { Counter } from './Counter';
import { Modal } from './Modal';
import { usePlan } from './usePlan';

/** Begins a conversation on behalf of a queue, from its number. */
export function StartDialog({ desk, store }: { desk: Desk; store: Store }) {
  const { screen } = store;
  const [queues, setQueues] = useState<readonly Target[]>([]);
  const { startTo } = screen;
  const [queue, setQueue] = useState(startTo?.queue ?? '');
  const [customer, setCustomer] = useState(startTo?.customer ?? '');
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const number = useRef<HTMLInputElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const done = (): void => store.set({ dialog: null });
  const excess = tooLong(text, TEXT_MAX);
  const asked = queue && customer.trim() && !excess ? text : '';
  const plan = usePlan(`${queue} ${customer}`, asked, screen.link === 'open', (said) =>
    desk.startPlan(queue, customer.trim(), said),
  );

  useEffect(() => {
    let gone = false;
    desk.targets().then(
      (found) => {
        if (gone) return;
        setQueues(found.queues);
        setQueue((known) => known || (found.queues[0]?.name ?? ''));
        (startTo ? field : number).current?.focus();
      },
      () => gone || setProblem('The list of queues did not come. Close this and try again.'),
    );
    return () => {
      gone = true;
    };
  }, [desk]);

  async function submit(): Promise<void> {
    if (!customer.trim()) return setProblem('Whom is it to? Write a number with its country.');
    if (!text.trim()) return setProblem('There is no text to send.');
    setProblem(null);
    if (await desk.begin(queue, customer.trim(), text)) return done();
    setProblem(store.screen.notice);
    store.set({ notice: null });
  }

  return (
    <Modal title="New conversation" onClose={done}>
      <form
        class="start"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label>
          On behalf of
          <select value={queue} onChange={(event) => setQueue(event.currentTarget.value)}>
            {queues.map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          Customer’s number
          <input
            ref={number}
            type="tel"
            autocomplete="off"
            maxLength={64}
            placeholder="+1 555 010 0199"
            value={customer}
            onInput={(event) => {
              setCustomer(event.currentTarget.value);
              setProblem(null);
            }}
          />
        </label>
        <label>
          Text
          <textarea
            ref={field}
            rows={4}
            value={text}
            aria-describedby="start-counter"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <p class="counter" id="start-counter" data-current={plan?.current ?? true}>
          {excess && <span class="forced">{excess}</span>}
          <Counter plan={plan} />
        </p>
        <p class="form-error" role="alert">
          {problem}
        </p>
        <div class="dialog-actions">
          <button type="button" onClick={done}>
            Cancel
          </button>
          <button class="primary" disabled={screen.busy.has('start') || !queue || excess !== null}>
            Send
          </button>
        </div>
      </form>
    </Modal>
  );
}
