import { useEffect, useState } from 'preact/hooks';

import { presences } from '../http';

interface Props {
  /** '' where nobody has said one yet. */
  value: string;
  disabled?: boolean;
  onChoose: (presence: string) => void;
}

/** What an agent says they do, of what an admin has set up. What was in use once is still shown. */
export function PresenceSelect({ value, disabled = false, onChoose }: Props) {
  const [known, setKnown] = useState<readonly string[]>([]);
  useEffect(() => {
    let gone = false;
    // Without the list what is in force is shown, and nothing else can be chosen.
    presences().then(
      (names) => gone || setKnown(names),
      () => {},
    );
    return () => {
      gone = true;
    };
  }, []);
  const options = value && !known.includes(value) ? [value, ...known] : known;
  return (
    <select
      class="presence"
      aria-label="Presence"
      title="Presence"
      value={value}
      disabled={disabled}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        // What is shown is what is in force, until the server says otherwise.
        event.currentTarget.value = value;
        onChoose(chosen);
      }}
    >
      {!value && <option value="">Presence…</option>}
      {options.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
