import { useState } from 'preact/hooks';

import { Field, Select } from '../views/Fields';
import { PRESENCES, SYSTEM_PRESENCES, type Definition } from './api';
import { Edit, type DialogProps } from './Form';

/** Adds what agents may say they do, or changes it. */
export function PresenceDialog({
  definition,
  ...props
}: DialogProps & { definition: Definition | null }) {
  const [name, setName] = useState(definition?.name ?? '');
  const [system, setSystem] = useState(definition?.systemPresence ?? 'Busy');
  const [use, setUse] = useState<'yes' | 'no'>(definition?.deactivated ? 'no' : 'yes');
  const body = { ...definition, name, systemPresence: system, deactivated: use === 'no' };
  return (
    <Edit path={PRESENCES} what="presence" thing={definition} body={body} {...props}>
      <Field label="Name" value={name} onValue={setName} maxLength={64} required />
      <Select
        label="Counts as"
        value={system}
        options={SYSTEM_PRESENCES.map((one): [string, string] => [one, one])}
        onValue={setSystem}
      />
      <Select
        label="Agents can choose it"
        value={use}
        options={[
          ['yes', 'yes'],
          ['no', 'no: who has it keeps it'],
        ]}
        onValue={setUse}
      />
    </Edit>
  );
}
