interface SelectProps<T extends string> {
  label: string;
  inline?: boolean;
  value: T;
  options: readonly (readonly [T, string])[];
  onValue: (value: T) => void;
}

export function Select<T extends string>({
  label,
  inline = false,
  value,
  options,
  onValue,
}: SelectProps<T>) {
  return (
    <label class={inline ? 'field inline' : 'field'}>
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

interface ChecksProps {
  label: string;
  class: 'codes' | 'context';
  /** Its value, what it is called, and what it means. */
  options: readonly (readonly [value: string, text: string, hint?: string])[];
  chosen: readonly string[];
  onChosen: (chosen: readonly string[]) => void;
}

/** Some of many. */
export function Checks({ label, class: style, options, chosen, onChosen }: ChecksProps) {
  return (
    <fieldset class={style}>
      <legend>{label}</legend>
      {options.map(([value, text, hint]) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={({ currentTarget: { checked } }) =>
              onChosen(checked ? [...chosen, value] : chosen.filter((other) => other !== value))
            }
          />
          {text}
          {hint && <span class="hint">{hint}</span>}
        </label>
      ))}
    </fieldset>
  );
}

export function Field({
  label,
  hint,
  value,
  onValue,
  type = 'text',
  width = '',
  required = false,
  maxLength = 512,
}: {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
  type?: string;
  width?: '' | 'wide' | 'narrow';
  required?: boolean;
  maxLength?: number;
}) {
  return (
    <label class={width ? `field ${width}-field` : 'field'}>
      {label}
      <input
        type={type}
        dir="auto"
        value={value}
        required={required}
        maxLength={maxLength}
        autocomplete="off"
        {...(hint ? { placeholder: hint } : {})}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </label>
  );
}
