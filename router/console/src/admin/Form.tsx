import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { SignedOut } from '../comply/api';
import { End } from '../supervise/orders';
import { Modal } from '../views/Modal';

interface Props {
  title: string;
  action: string;
  /** Done where it resolves, but for `stay`: there is more to show. A refusal is shown. */
  onSubmit: () => Promise<unknown>;
  onDone: (changed: boolean) => void;
  onSignedOut: () => void;
  children?: ComponentChildren;
}

/** A dialog that changes something. */
export function Form({ title, action, onSubmit, onDone, onSignedOut, children }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    onSubmit().then(
      (outcome) => {
        if (outcome !== 'stay') onDone(true);
      },
      (error: Error) => {
        if (error instanceof SignedOut) return onSignedOut();
        setBusy(false);
        setProblem(error instanceof TypeError ? 'The server cannot be reached.' : error.message);
      },
    );
  }

  return (
    <Modal title={title} onClose={() => onDone(false)}>
      <form class="fields" onSubmit={submit}>
        {children}
        <End problem={problem} busy={busy} action={action} onCancel={() => onDone(false)} />
      </form>
    </Modal>
  );
}

interface SelectProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onValue: (value: T) => void;
}

export function Select<T extends string>({ label, value, options, onValue }: SelectProps<T>) {
  return (
    <label class="field">
      {label}
      <select value={value} onChange={(event) => onValue(event.currentTarget.value as T)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
