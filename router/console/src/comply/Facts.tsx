import type { ComponentChildren } from 'preact';

import type { Mood } from '../operate/words';
import { Select } from '../views/Fields';
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
            <dd dir="auto">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Said({ text, mood }: { text: string; mood: Mood }) {
  return <span class={`mood mood-${mood}`}>{text}</span>;
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
