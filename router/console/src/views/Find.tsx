import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** What is longer than this is searched, and scrolls in its own box. */
export const MANY = 15;

interface Props {
  label: string;
  value: string;
  onValue: (value: string) => void;
}

/** Narrows a list down. */
export function Find({ label, value, onValue }: Props) {
  return (
    <input
      type="search"
      class="find"
      aria-label={label}
      placeholder="Find"
      value={value}
      onInput={(event) => onValue(event.currentTarget.value)}
      // It is part of forms that do something else.
      onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
    />
  );
}

/** Those whose names have what is typed, and where it is typed: nowhere as long as they are few. */
export function useFind<T>(
  label: string,
  things: readonly T[],
  nameOf: (thing: T) => string,
): { shown: readonly T[]; find: ComponentChildren; none: ComponentChildren } {
  const [part, setPart] = useState('');
  const many = things.length > MANY;
  const shown = many
    ? things.filter((thing) => nameOf(thing).toLowerCase().includes(part.trim().toLowerCase()))
    : things;
  return {
    shown,
    find: many && <Find label={label} value={part} onValue={setPart} />,
    none: many && shown.length === 0 && <p class="hint">None is called so.</p>,
  };
}
