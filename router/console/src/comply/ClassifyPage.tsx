import { useState } from 'preact/hooks';

import { tell, type Reading } from './api';
import type { PageProps } from './Comply';
import { ReadingView } from './ReadingView';

const CONTEXTS: readonly (readonly [string, string])[] = [
  ['marketing', 'The last message to the customer was marketing'],
  ['question', 'A question of ours waits for an answer'],
  ['agent', 'An agent is talking with the customer'],
  ['opted-out', 'The number is opted out'],
];

/** What would this text do? The classifier that reads what comes in says so. */
export function ClassifyPage({ onTrouble }: PageProps) {
  const [text, setText] = useState('');
  const [context, setContext] = useState<readonly string[]>([]);
  const [read, setRead] = useState<{ text: string; reading: Reading } | null>(null);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    try {
      setRead({ text, reading: await tell<Reading>('/classifications', { text, context }) });
    } catch (error) {
      onTrouble(error);
    }
  }

  return (
    <section class="card" aria-labelledby="classify-title">
      <h2 id="classify-title">What would this text do?</h2>
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <label class="field wide-field">
          A customer writes
          <textarea
            rows={3}
            maxLength={4000}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <fieldset class="context">
          <legend>While</legend>
          {CONTEXTS.map(([name, label]) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={context.includes(name)}
                onChange={(event) =>
                  setContext(
                    event.currentTarget.checked
                      ? [...context, name]
                      : context.filter((other) => other !== name),
                  )
                }
              />
              {label}
            </label>
          ))}
        </fieldset>
        <div>
          <button class="primary">Read it</button>
        </div>
      </form>
      <div role="status">{read && <ReadingView {...read} />}</div>
    </section>
  );
}
