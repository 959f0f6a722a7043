import { useEffect, useRef, useState } from 'preact/hooks';

import type { Desk } from '../desk';
import { matching } from '../placeholder';
import type { Response } from '../wire';

const SHOWN_MAX = 50;

/** The canned responses that a `/` looks for; nothing where none fits. They are asked for each time it
 * opens, so that they are those of now. */
export function useResponses(desk: Desk, queue: string, query: string | null) {
  const [all, setAll] = useState<readonly Response[]>([]);
  const [at, setAt] = useState(0);
  const open = query !== null;

  useEffect(() => {
    if (!open) return;
    let gone = false;
    void desk.responses(queue).then((found) => gone || setAll(found));
    return () => {
      gone = true;
    };
  }, [desk, queue, open]);
  useEffect(() => setAt(0), [query]);

  const found = query === null ? [] : matching(all, query).slice(0, SHOWN_MAX);
  const chosen = found[Math.min(at, found.length - 1)];
  function move(step: number): void {
    setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
  }
  return { found, chosen, move };
}

interface Props {
  found: readonly Response[];
  chosen: Response | undefined;
  onPick: (response: Response) => void;
}

export function ResponsePicker({ found, chosen, onPick }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <ul class="responses" id="responses" role="listbox" aria-label="Canned responses" ref={list}>
      {found.map((response) => (
        <li
          key={response.id}
          id={`response-${response.id}`}
          role="option"
          aria-selected={response === chosen}
          onMouseDown={(event) => {
            // The focus stays in the text.
            event.preventDefault();
            onPick(response);
          }}
        >
          <strong>{response.name}</strong>
          <span>{response.text}</span>
        </li>
      ))}
    </ul>
  );
}
