import { useState } from 'preact/hooks';

import { tell, type Reading } from './api';
import { Checks } from '../views/Fields';
import { ReadingView } from './ReadingView';

const CONTEXTS: readonly (readonly [string, string])[] = [
  ['marketing', 'The last message to the customer was marketing'],
  ['question', 'A question of ours waits for an answer'],
  ['agent', 'An agent is talking with the customer'],
  ['opted-out', 'The number is opted out'],
];

interface Props {
  /** What else the classifier is to be told: number, programme, ruleSet, version, set, language. */
  by: object;
  onTrouble: (error: unknown) => void;
}

/** A text and its context; the classifier that reads what comes in says what it would do. */
export function TryBox({ by, onTrouble }: Props) {
  const [text, setText] = useState('');
  const [context, setContext] = useState<readonly string[]>([]);
  const [read, setRead] = useState<{ text: string; reading: Reading } | null>(null);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    try {
      setRead({ text, reading: await tell<Reading>('/classifications', { text, context, ...by }) });
    } catch (error) {
      setRead(null);
      onTrouble(error);
    }
  }

  return (
    <>
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
        <Checks
          label="While"
          class="context"
          options={CONTEXTS}
          chosen={context}
          onChosen={setContext}
        />
        <div>
          <button class="primary">Read it</button>
        </div>
      </form>
      <div role="status">{read && <ReadingView {...read} withAnswer />}</div>
    </>
  );
}
