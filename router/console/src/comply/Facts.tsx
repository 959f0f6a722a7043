import type { ComponentChildren } from 'preact';

import type { Mood } from '../operate/words';
import { scopeText } from './words';

export type Fact = readonly [string, ComponentChildren];

/** Names and values, a row each; what is empty is left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== '' && value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Said({ text, mood }: { text: string; mood: Mood }) {
  return <span class={`mood mood-${mood}`}>{text}</span>;
}

/** As long as what was asked for may still come. */
export function Loading({ of, failed }: { of: unknown; failed: boolean }) {
  if (of !== null || failed) return null;
  return (
    <p class="empty" role="status">
      Loading…
    </p>
  );
}

/** A table that scrolls in its own box where it is wider than the page. */
export function Table({
  label,
  caption = label,
  heads,
  children,
}: {
  label: string;
  /** Where it says more. */
  caption?: string | undefined;
  heads: readonly string[];
  children: ComponentChildren;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head, i) => (
              <th key={i} scope="col">
                {head || <span class="unseen">What to do</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

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

export function ScopeSelect({
  label,
  scopes,
  value,
  onValue,
  none,
}: {
  label: string;
  scopes: readonly string[];
  value: string;
  onValue: (scope: string) => void;
  /** What the choice of none is called. */
  none?: string;
}) {
  return (
    <Select
      label={label}
      value={value}
      options={[
        ...(none === undefined ? [] : [['', none] as const]),
        ...scopes.map((scope) => [scope, scopeText(scope)] as const),
      ]}
      onValue={onValue}
    />
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
