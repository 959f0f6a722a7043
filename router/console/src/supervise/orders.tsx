/** The dialogs in which a supervisor says what is to be done. */
import { useEffect, useRef, useState } from 'preact/hooks';

import { byName } from '../format';
import { useFind } from '../views/Find';
import { Modal } from '../views/Modal';
import { takers, type Floor, type Row, type Target } from './floor';

export type Give = (type: string, fields: Record<string, unknown>) => Promise<void>;

interface Props {
  give: Give;
  onDone: () => void;
}

/** What is being given and what went wrong with it. */
function useGiving({ give, onDone }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  function submit(type: string, fields: Record<string, unknown>): void {
    setBusy(true);
    setProblem(null);
    give(type, fields).then(onDone, (error: Error) => {
      setBusy(false);
      setProblem(error.message);
    });
  }
  return { problem, busy, setProblem, submit };
}

interface EndProps {
  problem: string | null;
  busy: boolean;
  action: string;
  onCancel: () => void;
}

export function End({ problem, busy, action, onCancel }: EndProps) {
  return (
    <>
      <p class="form-error" role="alert">
        {problem}
      </p>
      <div class="dialog-actions">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <button class="primary" disabled={busy}>
          {action}
        </button>
      </div>
    </>
  );
}

interface ChoiceProps {
  target: Target;
  /** Where it is not its id. */
  name?: string;
  hint: string;
  barred: boolean;
  chosen: Target | null;
  onChoose: (target: Target) => void;
}

function Choice({ target, name, hint, barred, chosen, onChoose }: ChoiceProps) {
  return (
    <label class={barred ? 'barred' : undefined}>
      <input
        type="radio"
        name="target"
        disabled={barred}
        checked={chosen?.kind === target.kind && chosen.id === target.id}
        onChange={() => onChoose(target)}
      />
      {name ?? target.id}
      <span class="hint">{hint}</span>
    </label>
  );
}

const nameOf = (row: Row): string => row.customer || 'this conversation';

interface RowProps extends Props {
  floor: Floor;
  row: Row;
  /** Who has it, and so cannot be given it. */
  holder: string | null;
}

function AgentChoices({
  floor,
  holder,
  chosen,
  onChoose,
}: Pick<RowProps, 'floor' | 'holder'> & Pick<ChoiceProps, 'chosen' | 'onChoose'>) {
  const agents = takers(floor).filter(({ agent }) => agent.id !== holder);
  const { shown, find, none } = useFind('Find an agent', agents, ({ agent }) => agent.id);
  return (
    <fieldset class="codes">
      <legend>To an agent</legend>
      {find}
      <div class="choices">
        {shown.map(({ agent, able }) => (
          <Choice
            key={agent.id}
            target={{ kind: 'agent', id: agent.id }}
            hint={`${agent.load}/${agent.capacity}${able ? '' : ', cannot take it now'}`}
            barred={!able}
            chosen={chosen}
            onChoose={onChoose}
          />
        ))}
        {none}
      </div>
      {agents.length === 0 && <p>No other agent is connected.</p>}
    </fieldset>
  );
}

/** The first thing that can be chosen has the focus. */
function useFirstChoice() {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLInputElement>('input:enabled')?.focus(), []);
  return form;
}

/** Gives what waits to one agent, whatever skills and ring it asks for. */
export function AssignDialog({ floor, row, holder, ...props }: RowProps) {
  const [chosen, setChosen] = useState<Target | null>(null);
  const { problem, busy, setProblem, submit } = useGiving(props);
  const form = useFirstChoice();
  return (
    <Modal title={`Assign ${nameOf(row)}`} onClose={props.onDone}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!chosen) return setProblem('Choose an agent.');
          submit('assign', { conversation: row.conversation, agent: chosen.id });
        }}
      >
        <p class="hint">It rings there alone. Skills and rings are not looked at.</p>
        <AgentChoices floor={floor} holder={holder} chosen={chosen} onChoose={setChosen} />
        <End problem={problem} busy={busy} action="Assign" onCancel={props.onDone} />
      </form>
    </Modal>
  );
}

/** Takes a conversation from whoever has it, for a queue or another agent. */
export function TakeDialog({ floor, row, holder, ...props }: RowProps) {
  const [chosen, setChosen] = useState<Target | null>(null);
  const { problem, busy, setProblem, submit } = useGiving(props);
  const form = useFirstChoice();
  const queues = [...floor.queues.values()].sort((a, b) => byName(a.name, b.name));
  const { shown, find, none } = useFind('Find a queue', queues, ({ name }) => name);
  return (
    <Modal title={`Transfer ${nameOf(row)}`} onClose={props.onDone}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!chosen) return setProblem('Choose a queue or an agent.');
          submit('transfer', { conversation: row.conversation, [chosen.kind]: chosen.id });
        }}
      >
        {holder !== null && <p class="hint">{holder} loses it at once.</p>}
        <fieldset class="codes">
          <legend>To a queue</legend>
          {find}
          <div class="choices">
            {shown.map((queue) => (
              <Choice
                key={queue.id}
                target={{ kind: 'queue', id: queue.id }}
                name={queue.name}
                hint={queue.waiting ? `${queue.waiting} waiting` : 'nothing waiting'}
                barred={holder === null && queue.id === row.queue}
                chosen={chosen}
                onChoose={setChosen}
              />
            ))}
            {none}
          </div>
        </fieldset>
        <AgentChoices floor={floor} holder={holder} chosen={chosen} onChoose={setChosen} />
        <End problem={problem} busy={busy} action="Transfer" onCancel={props.onDone} />
      </form>
    </Modal>
  );
}

/** Asks once more before a conversation is ended for whoever has it, or for who still waits. */
export function CloseDialog({ row, holder, ...props }: Omit<RowProps, 'floor'>) {
  const { problem, busy, submit } = useGiving(props);
  return (
    <Modal title={`Close ${nameOf(row)}?`} onClose={props.onDone}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit('close', { conversation: row.conversation });
        }}
      >
        <p>
          {holder === null
            ? 'Nobody has answered it. It counts as given up.'
            : `${holder} loses it at once.`}
        </p>
        <p>The customer is told nothing. What they text next is offered again.</p>
        <End problem={problem} busy={busy} action="Close" onCancel={props.onDone} />
      </form>
    </Modal>
  );
}

/** Asks once more before an agent is thrown out. */
export function SignOutDialog({ agent, ...props }: Props & { agent: string }) {
  const { problem, busy, submit } = useGiving(props);
  return (
    <Modal title={`Sign ${agent} out?`} onClose={props.onDone}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit('sign_out', { agent });
        }}
      >
        <p>Every window of theirs closes, and they are off queue.</p>
        <p>What they have stays theirs until it is taken from them. They may sign in again.</p>
        <End problem={problem} busy={busy} action="Sign out" onCancel={props.onDone} />
      </form>
    </Modal>
  );
}
