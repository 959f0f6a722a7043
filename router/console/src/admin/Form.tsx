import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { SignedOut } from '../comply/api';
import { End } from '../supervise/orders';
import { Modal } from '../views/Modal';
import { at, send, type Thing } from './api';

export interface DialogProps {
  onDone: (changed: boolean) => void;
  onSignedOut: () => void;
}

interface Props extends DialogProps {
  title: string;
  action: string;
  /** Done where it resolves, but for `stay`: there is more to show. A refusal is shown. */
  onSubmit: () => Promise<unknown>;
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

interface EditProps extends DialogProps {
  path: string;
  /** What one is called. */
  what: string;
  /** Null where one is added. */
  thing: Thing | null;
  /** Sent whole: what is not said becomes what is usual, so what a form does not show is in it. */
  body: object;
  /** Where it is not enough that it was sent. */
  onSubmit?: () => Promise<unknown>;
  children: ComponentChildren;
}

/** A dialog that adds a thing or changes it. */
export function Edit({ path, what, thing, body, onSubmit, ...props }: EditProps) {
  const put = (): Promise<unknown> =>
    thing ? send('PUT', at(path, thing.id), body) : send('POST', path, body);
  return (
    <Form
      title={thing ? `Change ${thing.name}` : `Add a ${what}`}
      action={thing ? 'Save' : 'Add'}
      onSubmit={onSubmit ?? put}
      {...props}
    />
  );
}
