import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { nameOf } from '../customers';
import type { Desk } from '../desk';
import type { Store } from '../store';
import type { Item } from '../state';
import { changedNeeds } from '../needs';
import type { Needs, Target, Targets } from '../wire';
import { FormEnd } from './FormEnd';
import { useFind } from './Find';
import { Modal } from './Modal';
import { NeedsFields } from './NeedsFields';

interface Props {
  desk: Desk;
  store: Store;
  item: Item;
}

interface Choice {
  kind: 'queue' | 'agent';
  name: string;
}

function queueHint(queue: Target): string {
  const waits = queue.waiting ? `${queue.waiting} waiting` : 'nothing waiting';
  return queue.available ? waits : `${waits}, nobody on queue`;
}

const AGAIN_MS = 3000;
const NOT_COME = 'The list of queues and agents did not come. It is asked for again.';

/** Gives the conversation to a queue, or to another agent who can take it, with a note; or asks first
 * whether they take it. */
export function TransferDialog({ desk, store, item }: Props) {
  const { conversation } = item;
  const [targets, setTargets] = useState<Targets | null>(null);
  const known = useRef(false);
  const queues = useFind('Find a queue', targets?.queues ?? [], ({ title }) => title);
  const agents = useFind('Find an agent', targets?.agents ?? [], ({ title }) => title);
  const [choice, setChoice] = useState<Choice | null>(null);
  const [needs, setNeeds] = useState<Needs | null>(null);
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const busy = store.screen.busy.has(`transfer:${conversation.id}`);
  const done = (): void => store.set({ dialog: null });
  const name = nameOf(store.screen.customers, conversation.customer);

  // Who can take it changes while one looks.
  useEffect(() => {
    let gone = false;
    const ask = (): void =>
      void desk.targets(conversation.id).then(
        (found) => {
          if (gone) return;
          known.current = true;
          setTargets(found);
          setProblem((before) => (before === NOT_COME ? null : before));
        },
        () => gone || known.current || setProblem(NOT_COME),
      );
    ask();
    const timer = setInterval(ask, AGAIN_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [desk, conversation.id]);

  // The list comes after the dialog has opened, and with it the first thing to choose.
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (targets) form.current?.querySelector<HTMLInputElement>('input:enabled')?.focus();
  }, [targets !== null]);

  async function give(how: 'transfer' | 'consult'): Promise<void> {
    if (!choice) return setProblem('Choose a queue or an agent.');
    const said = note.trim();
    const changed = targets?.needs && needs ? changedNeeds(targets.needs, needs) : {};
    const to = { [choice.kind]: choice.name, ...changed, ...(said && { note: said }) };
    if (await desk.transfer(how, conversation.id, to)) return done();
    setProblem(store.screen.notice);
    store.set({ notice: null });
  }

  function row(kind: Choice['kind'], target: Target, hint: string) {
    const barred = kind === 'agent' && !target.available;
    return (
      <label key={`${kind}:${target.name}`} class={barred ? 'barred' : undefined}>
        <input
          type="radio"
          name="target"
          disabled={barred}
          checked={choice?.kind === kind && choice.name === target.name}
          onChange={() => setChoice({ kind, name: target.name })}
        />
        {target.title}
        <span class="hint">{hint}</span>
      </label>
    );
  }

  return (
    <Modal title={`Transfer ${name}`} onClose={done}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          void give('transfer');
        }}
      >
        {targets === null && <p role="status">Looking for queues and agents…</p>}
        {targets !== null && (
          <fieldset class="codes">
            <legend>To a queue</legend>
            {queues.find}
            <div class="choices">
              {queues.shown.map((queue) => row('queue', queue, queueHint(queue)))}
              {queues.none}
            </div>
          </fieldset>
        )}
        {targets !== null && (
          <fieldset class="codes">
            <legend>To an agent</legend>
            {agents.find}
            <div class="choices">
              {agents.shown.map((agent) =>
                row('agent', agent, agent.available ? 'can take it' : 'cannot take it now'),
              )}
              {agents.none}
            </div>
            {targets.agents.length === 0 && <p>No other agent is connected.</p>}
          </fieldset>
        )}
        {targets?.needs && <NeedsFields known={targets.needs} needs={needs} onNeeds={setNeeds} />}
        <FormEnd
          label="Note for whoever gets it"
          text={note}
          onText={setNote}
          problem={problem}
          action="Transfer"
          disabled={busy || targets === null}
          also={{
            action: 'Ask first',
            disabled: busy || targets === null || item.consult !== null,
            onPress: () => void give('consult'),
          }}
          onCancel={done}
        />
      </form>
    </Modal>
  );
}
