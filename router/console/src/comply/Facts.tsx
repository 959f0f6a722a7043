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

/** A table that scrolls in its own box where it is wider than the page. */
export function Table({
  label,
  heads,
  children,
}: {
  label: string;
  heads: readonly string[];
  children: ComponentChildren;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <caption class="unseen">{label}</caption>
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
    <label class="field">
      {label}
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {scopes.map((scope) => (
          <option key={scope} value={scope}>
            {scopeText(scope)}
          </option>
        ))}
      </select>
    </label>
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
