import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { reason, Refusal, SignedOut } from '../comply/api';
import { useLatest } from '../latest';
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
  /** What has to be known first. */
  first?: Asked<unknown>;
  /** Reads again what somebody else has changed since. */
  onAgain?: () => Promise<void>;
  children?: ComponentChildren;
}

/** What a dialog asks the server for before anything can be changed. */
export interface Asked<T> {
  state: 'asked' | 'known' | 'refused';
  found: T | null;
  problem: string | null;
}

/** Asks once; `onFound` is told what came. */
export function useAsked<T>(
  ask: () => Promise<T>,
  onSignedOut: () => void,
  onFound?: (found: T) => void,
): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ state: 'asked', found: null, problem: null });
  const latest = useLatest();
  useEffect(() => {
    latest(
      ask(),
      (found) => {
        onFound?.(found);
        setAsked({ state: 'known', found, problem: null });
      },
      (error) => {
        if (error instanceof SignedOut) onSignedOut();
        else setAsked({ state: 'refused', found: null, problem: reason(error) });
      },
    );
  }, []);
  return asked;
}

/** A dialog that changes something. Where somebody else was faster, it is looked at again before it is saved. */
export function Form({ title, action, onSubmit, onDone, onSignedOut, ...rest }: Props) {
  const { first, onAgain, children } = rest;
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [late, setLate] = useState(false);

  function failed(error: unknown): void {
    if (error instanceof SignedOut) return onSignedOut();
    setBusy(false);
    setLate(onAgain !== undefined && error instanceof Refusal && error.status === 412);
    setProblem(reason(error));
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    if (late && onAgain)
      onAgain().then(() => {
        setBusy(false);
        setLate(false);
      }, failed);
    else
      onSubmit().then((outcome) => {
        if (outcome !== 'stay') onDone(true);
      }, failed);
  }

  return (
    <Modal title={title} onClose={() => onDone(false)}>
      <form class="fields" onSubmit={submit}>
        {first?.state === 'asked' && <p role="status">Loading…</p>}
        {(first === undefined || first.state === 'known') && children}
        <End
          problem={first?.problem ?? problem}
          busy={busy || (first !== undefined && first.state !== 'known')}
          action={late ? 'Look again' : action}
          onCancel={() => onDone(false)}
        />
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
  first?: Asked<unknown>;
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
