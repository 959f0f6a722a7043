import { useState } from 'preact/hooks';

import { FormEnd } from '../views/FormEnd';
import { Modal } from '../views/Modal';
import { Refusal, tell } from './api';
import type { PageProps } from './Comply';
import { ScopeSelect } from './Facts';
import { Field, Select } from '../views/Fields';
import { scopeText, sourceText } from './words';

interface Props extends PageProps {
  number: string;
  onClose: () => void;
  onAdded: (number: string) => void;
}

/** One person suppresses a number, at once. */
export function AddDialog({ scopes, number: given, onClose, onAdded, onTrouble, onNotice }: Props) {
  const [number, setNumber] = useState(given);
  const [country, setCountry] = useState('');
  const [scope, setScope] = useState('all');
  const [source, setSource] = useState('staff');
  const [why, setWhy] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      const added = await tell<{ number: string; added: boolean }>('/suppressions', {
        number: number.trim(),
        country: country.trim(),
        scope,
        source,
        reason: why.trim(),
      });
      onNotice(
        added.added
          ? `${added.number} is suppressed: ${scopeText(scope)}.`
          : `${added.number} was suppressed there already.`,
      );
      onAdded(added.number);
    } catch (error) {
      if (error instanceof Refusal) setProblem(error.message);
      else onTrouble(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal title="Add a number" onClose={onClose}>
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <Field label="Number" value={number} onValue={setNumber} maxLength={64} required />
        <Field
          label="Country, of a national number"
          value={country}
          onValue={setCountry}
          maxLength={3}
        />
        <ScopeSelect label="Scope" scopes={scopes} value={scope} onValue={setScope} />
        <Select
          label="Source"
          value={source}
          options={['staff', 'dnc', 'legal'].map((value) => [value, sourceText(value)] as const)}
          onValue={setSource}
        />
        <FormEnd
          label="Reason"
          text={why}
          onText={setWhy}
          problem={problem}
          action="Suppress it"
          disabled={busy}
          onCancel={onClose}
        />
      </form>
    </Modal>
  );
}
