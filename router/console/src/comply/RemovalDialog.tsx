import { useState } from 'preact/hooks';

import { FormEnd } from '../views/FormEnd';
import { Modal } from '../views/Modal';
import { Refusal, tell } from './api';
import type { PageProps } from './Comply';
import { ScopeSelect } from './Facts';
import { Field } from '../views/Fields';
import { scopeText } from './words';

interface Props extends PageProps {
  /** A number and its scope, or a batch. */
  number?: string;
  scope?: string;
  batchId?: string;
  onClose: () => void;
  onAsked: () => void;
}

/** Everything is wider than a programme, and that than one of its numbers or categories. */
const width = (scope: string): number =>
  scope === 'all' ? 2 : scope.startsWith('programme:') ? 1 : 0;

/** Asks that a suppression be removed or narrowed, or a batch taken back; somebody else answers. */
export function RemovalDialog(props: Props) {
  const { number, scope = 'all', batchId, scopes, onClose, onAsked, onTrouble, onNotice } = props;
  const [narrowTo, setNarrowTo] = useState('');
  const [reference, setReference] = useState('');
  const [why, setWhy] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const narrower = scopes.filter((other) => width(other) < width(scope));

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      const { id } = await tell<{ id: string }>('/removals', {
        reason: why.trim(),
        reference: reference.trim(),
        ...(batchId ? { batchId } : { number, scope }),
        ...(narrowTo ? { narrowTo } : {}),
      });
      onNotice(`Asked for, as ${id}. Somebody else has to approve it.`);
      props.onRequests();
      onAsked();
    } catch (error) {
      if (error instanceof Refusal) setProblem(error.message);
      else onTrouble(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal title={batchId ? `Take back ${batchId}` : `Remove ${number ?? ''}`} onClose={onClose}>
      <p>
        {batchId
          ? 'All numbers that this list suppressed are to be contacted again.'
          : `Now in force: ${scopeText(scope)}.`}{' '}
        It stays in force until somebody else has approved this.
      </p>
      <form class="fields" onSubmit={(event) => void submit(event)}>
        {!batchId && (
          <ScopeSelect
            label="What stays suppressed"
            none="Nothing of it"
            scopes={narrower}
            value={narrowTo}
            onValue={setNarrowTo}
          />
        )}
        <Field
          label="Reference"
          hint="case, letter, order"
          value={reference}
          onValue={setReference}
          required
        />
        <FormEnd
          label="Reason"
          text={why}
          onText={setWhy}
          problem={problem}
          action="Ask for it"
          disabled={busy}
          onCancel={onClose}
        />
      </form>
    </Modal>
  );
}
