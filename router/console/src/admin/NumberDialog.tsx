import { useState } from 'preact/hooks';

import { Field, Select } from '../views/Fields';
import {
  all,
  at,
  NUMBERS,
  QUEUES,
  send,
  USERS,
  type Person,
  type Recipient,
  type Thing,
} from './api';
import { Levels } from './dialogs';
import { Form, useAsked, type DialogProps } from './Form';

const SCORES: readonly (readonly [string, string])[] = [
  ['', 'no'],
  ['100', 'first'],
  ['75', 'second'],
  ['50', 'third'],
  ['25', 'fourth'],
];

/** Those that the API gave another score keep it as long as nobody chooses one here. */
function optionsOf(levels: ReadonlyMap<string, string>): typeof SCORES {
  const known = new Set(SCORES.map(([score]) => score));
  const others = [...new Set(levels.values())].filter((score) => !known.has(score));
  return [...SCORES, ...others.map((score): [string, string] => [score, `score ${score}`])];
}

/** Where what comes to a number goes, and who is asked before the others. */
export function NumberDialog({ number, ...props }: DialogProps & { number: Recipient }) {
  const [queue, setQueue] = useState(number.queue?.id ?? '');
  const [seconds, setSeconds] = useState(String(number.preferredAgentsTimeoutSeconds));
  const [scores, setScores] = useState<ReadonlyMap<string, string>>(
    new Map(number.preferredAgents.map(({ agent, score }) => [agent.id, String(score)])),
  );
  const first = useAsked(
    () => Promise.all([all<Thing>(QUEUES), all<Person>(USERS)]),
    props.onSignedOut,
  );
  const [queues, people] = first.found ?? [[], []];
  const agents = people.filter(({ roles }) => roles.includes('agent'));
  const preferredAgents = [...scores]
    .filter(([, score]) => score)
    .map(([id, score]) => ({ agent: { id }, score: Number(score) }));
  const submit = (): Promise<unknown> =>
    send('PUT', at(NUMBERS, number.id), {
      ...(queue ? { queue: { id: queue } } : {}),
      preferredAgents,
      preferredAgentsTimeoutSeconds: Number(seconds),
      version: number.version,
    });
  return (
    <Form title={`Change ${number.name}`} action="Save" onSubmit={submit} first={first} {...props}>
      <Select
        label="New conversations go to"
        value={queue}
        options={[
          ['', `${number.configuredQueue}, as configured`],
          ...queues.map(({ id, name }): [string, string] => [id, name]),
        ]}
        onValue={setQueue}
      />
      <p class="hint">Those that are under way stay where they are.</p>
      <Levels
        label="Asked before the others"
        things={agents}
        levels={scores}
        options={optionsOf(scores)}
        onLevel={(id, score) => setScores(new Map(scores).set(id, score))}
      />
      {preferredAgents.length > 0 && (
        <Field
          label="They alone are asked for, in seconds"
          type="number"
          value={seconds}
          onValue={setSeconds}
          required
        />
      )}
    </Form>
  );
}
