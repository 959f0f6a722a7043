import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { clock } from '../format';
import type { User } from '../http';
import { useNow } from '../store';
import { MANY, useFind } from '../views/Find';
import { PageTop } from '../views/PageTop';
import { duration, Plots } from './Day';
import { Detail } from './Detail';
import {
  agentOrder,
  dayOfAll,
  levelToday,
  mean,
  MOOD,
  queueName,
  queueOrder,
  ROUTING_TEXT,
  serviceLevel,
  totals,
  UNKNOWN,
  type AgentDay,
  type Floor,
  type FloorAgent,
  type FloorQueue,
  type QueueDay,
  type Row,
  type Target,
} from './floor';
import { FloorLink } from './link';
import { AssignDialog, CloseDialog, SignOutDialog, TakeDialog } from './orders';
import { ReadAlong } from './ReadAlong';
import '../operate/operate.css';
import './supervise.css';

interface Props {
  user: User;
  onSignedOut: () => void;
}

const HOURS = [1, 3, 24] as const;

type Asked =
  | { what: 'assign' | 'take' | 'close'; row: Row; holder: string | null }
  | { what: 'sign_out'; agent: string };

/** The page of who runs the floor: queues and agents, live, and what can be done about them. */
export function FloorPage({ user, onSignedOut }: Props) {
  const [floor, setFloor] = useState(UNKNOWN);
  const [link, setLink] = useState<FloorLink | null>(null);
  const [chosen, setChosen] = useState<Target | null>(null);
  const [reading, setReading] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [hours, setHours] = useState<number>(HOURS[1]);
  const now = useNow(floor.skewMs);
  const looked = chosen?.kind === 'queue' ? chosen.id : '*';

  useEffect(() => link?.lookBack(looked, hours), [link, looked, hours]);
  useEffect(() => {
    const started = new FloorLink(setFloor, onSignedOut);
    started.start();
    setLink(started);
    const hurry = (): void => started.hurry();
    const seen = (): void => {
      if (document.visibilityState === 'visible') started.hurry();
    };
    window.addEventListener('online', hurry);
    document.addEventListener('visibilitychange', seen);
    return () => {
      window.removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', seen);
      started.stop();
    };
  }, [user]);
  const { waiting } = totals(floor);
  useEffect(() => {
    document.title = `${waiting ? `(${waiting}) ` : ''}Floor · Bindery`;
  }, [waiting]);

  const give = (type: string, fields: Record<string, unknown>): Promise<void> =>
    link?.order(type, fields) ?? Promise.reject(new Error('There is no connection yet.'));

  function choose(target: Target | null): void {
    link?.look(target);
    if (reading !== null) read(null);
    if (target === null && chosen) document.getElementById(`${chosen.kind}-${chosen.id}`)?.focus();
    setChosen(target);
  }

  function read(conversation: string | null): void {
    link?.read(conversation);
    setReading(conversation);
  }

  const holder = chosen?.kind === 'agent' ? chosen.id : null;
  const holderOf = (row: Row) => (row.state === 'alerting' ? null : holder);
  return (
    <div class="operator floor">
      <PageTop
        here="#/floor"
        user={user}
        onSignedOut={onSignedOut}
        state={
          floor.trouble === null ? (
            <span class="link link-open" role="status">
              {floor.known ? 'Live' : 'Connecting'}
            </span>
          ) : (
            <span class="link link-lost" role="alert">
              {floor.trouble}
            </span>
          )
        }
      />
      <main class={chosen ? 'with-detail' : undefined}>
        <div class="overall">
          <Numbers floor={floor} now={now} />
          <Queues floor={floor} now={now} onChoose={choose} />
          <Agents floor={floor} now={now} onChoose={choose} />
          <section aria-labelledby="past-title">
            <div class="row-line">
              <h2 id="past-title">The last hours</h2>
              <label>
                Show{' '}
                <select
                  value={hours}
                  onChange={(event) => setHours(Number(event.currentTarget.value))}
                >
                  {HOURS.map((count) => (
                    <option key={count} value={count}>
                      {count === 1 ? '1 hour' : `${count} hours`}
                    </option>
                  ))}
                </select>
              </label>
            </div>
            {floor.points?.queue === '*' ? (
              <Plots frame={floor.points} now={now} of="" />
            ) : (
              <p class="hint">
                {looked === '*'
                  ? 'Loading…'
                  : `The hours of ${queueName(floor, looked)} are shown beside.`}
              </p>
            )}
          </section>
        </div>
        {chosen && reading === null && (
          <Detail
            floor={floor}
            now={now}
            target={chosen}
            give={give}
            onClose={() => choose(null)}
            onAssign={(row) => setAsked({ what: 'assign', row, holder })}
            onTake={(row) => setAsked({ what: 'take', row, holder: holderOf(row) })}
            onEnd={(row) => setAsked({ what: 'close', row, holder: holderOf(row) })}
            onRead={(row) => read(row.conversation)}
            onSignOut={(agent) => setAsked({ what: 'sign_out', agent })}
          />
        )}
        {chosen && reading !== null && (
          <ReadAlong floor={floor} conversation={reading} onClose={() => read(null)} />
        )}
      </main>
      {asked && <Dialog asked={asked} floor={floor} give={give} onDone={() => setAsked(null)} />}
    </div>
  );
}

interface DialogProps {
  asked: Asked;
  floor: Floor;
  give: (type: string, fields: Record<string, unknown>) => Promise<void>;
  onDone: () => void;
}

function Dialog({ asked, ...props }: DialogProps) {
  if (asked.what === 'sign_out') return <SignOutDialog agent={asked.agent} {...props} />;
  if (asked.what === 'close')
    return <CloseDialog row={asked.row} holder={asked.holder} {...props} />;
  const About = asked.what === 'assign' ? AssignDialog : TakeDialog;
  return <About row={asked.row} holder={asked.holder} {...props} />;
}

function Numbers({ floor, now }: { floor: Floor; now: number }) {
  const sum = totals(floor);
  const level = serviceLevel(sum);
  const day = dayOfAll(floor);
  const today = levelToday(day);
  const shown = [
    { label: 'Waiting', value: String(sum.waiting), bad: sum.late > 0 },
    {
      label: 'Longest wait',
      value: sum.oldest_ms === null ? '–' : clock(now - sum.oldest_ms),
      bad: sum.late > 0,
    },
    { label: 'In time now', value: level === null ? '–' : `${level} %`, bad: sum.late > 0 },
    { label: 'Ringing', value: String(sum.ringing), bad: false },
    { label: 'Idle', value: String(sum.agents.idle), bad: sum.waiting > 0 && !sum.agents.idle },
    { label: 'Interacting', value: String(sum.agents.interacting), bad: false },
    {
      label: 'Not responding',
      value: String(sum.agents.not_responding),
      bad: sum.agents.not_responding > 0,
    },
    { label: 'Answered today', value: `${day.answered}/${day.offered}`, bad: false },
    { label: 'In time today', value: today === null ? '–' : `${today} %`, bad: false },
    { label: 'Mean wait today', value: duration(mean(day.wait_ms, day.answered)), bad: false },
    {
      label: 'Response today',
      value: duration(mean(day.response_ms, day.responses)),
      bad: false,
    },
  ];
  return (
    <dl class="numbers" aria-label="The floor now">
      {shown.map(({ label, value, bad }) => (
        <div key={label} class={bad ? 'bad' : undefined}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface TableProps {
  floor: Floor;
  now: number;
  onChoose: (target: Target) => void;
}

/** Opens what stands beside the tables. */
function Opener({
  kind,
  id,
  name,
  onChoose,
}: Target & { name: string } & Pick<TableProps, 'onChoose'>) {
  return (
    <button id={`${kind}-${id}`} class="opener" onClick={() => onChoose({ kind, id })}>
      {name}
    </button>
  );
}

interface ListProps<T> {
  id: string;
  title: string;
  find: string;
  things: readonly T[];
  nameOf: (thing: T) => string;
  /** What is said where there is none; false while nobody knows. */
  empty: string | false;
  columns: readonly string[];
  row: (thing: T) => ComponentChildren;
}

/** All there are of a kind, a line each; found by their names where they are many. */
function List<T>({ id, title, find: label, things, nameOf, empty, columns, row }: ListProps<T>) {
  const { shown, find, none } = useFind(label, things, nameOf);
  return (
    <section aria-labelledby={`${id}-title`}>
      <div class="row-line">
        <h2 id={`${id}-title`}>{title}</h2>
        {find}
      </div>
      {empty && things.length === 0 && <p class="empty">{empty}</p>}
      {none}
      {shown.length > 0 && (
        <div
          class={things.length > MANY ? 'scroll long' : 'scroll'}
          tabIndex={0}
          role="region"
          aria-labelledby={`${id}-title`}
        >
          <table>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{shown.map(row)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const QUEUE_COLUMNS = [
  'Queue',
  'Waiting',
  'Longest wait',
  'In time now',
  'Ringing',
  'Idle',
  'Interacting',
  'Members',
  'Answered today',
  'Given up',
  'In time',
  'Mean wait',
  'First response',
  'Response',
  'Handling',
];

function Queues({ floor, now, onChoose }: TableProps) {
  return (
    <List
      id="queues"
      title="Queues"
      find="Find a queue"
      things={[...floor.queues.values()].sort(queueOrder)}
      nameOf={({ name }) => name}
      empty={floor.known && 'No queue is configured.'}
      columns={QUEUE_COLUMNS}
      row={(queue) => (
        <QueueRow
          key={queue.id}
          queue={queue}
          day={floor.day.queues.get(queue.id)}
          now={now}
          onChoose={onChoose}
        />
      )}
    />
  );
}

function QueueRow({
  queue,
  day,
  now,
  onChoose,
}: Omit<TableProps, 'floor'> & { queue: FloorQueue; day: QueueDay | undefined }) {
  const level = serviceLevel(queue);
  const { seconds, percent } = queue.service_level;
  const late = level !== null && level < percent;
  const today = day ? levelToday(day) : null;
  const nobody = queue.waiting > 0 && queue.agents.idle + queue.agents.interacting === 0;
  return (
    <tr>
      <th scope="row">
        <Opener kind="queue" id={queue.id} name={queue.name} onChoose={onChoose} />
        {nobody && <span class="badge danger">nobody on queue</span>}
      </th>
      <td class="large">{queue.waiting}</td>
      <td>{queue.oldest_ms === null ? '–' : clock(now - queue.oldest_ms)}</td>
      <td class={late ? 'bad' : undefined} title={`Promised: ${percent} % within ${seconds} s`}>
        {level === null ? '–' : `${level} %`}
      </td>
      <td>{queue.ringing}</td>
      <td>{queue.agents.idle}</td>
      <td>{queue.agents.interacting}</td>
      <td>{queue.members || 'everybody'}</td>
      <td>{day ? `${day.answered}/${day.offered}` : '–'}</td>
      <td>{day?.abandoned ?? '–'}</td>
      <td class={today !== null && today < percent ? 'bad' : undefined}>
        {today === null ? '–' : `${today} %`}
      </td>
      <td>{day ? duration(mean(day.wait_ms, day.answered)) : '–'}</td>
      <td>{day ? duration(mean(day.first_response_ms, day.first_responses)) : '–'}</td>
      <td>{day ? duration(mean(day.response_ms, day.responses)) : '–'}</td>
      <td>{day ? duration(mean(day.talk_ms + day.acw_ms, day.legs)) : '–'}</td>
    </tr>
  );
}

const AGENT_COLUMNS = [
  'Agent',
  'Status',
  'For',
  'Load',
  'After-call work',
  'Presence',
  'Handled today',
  'Not answered',
];

function Agents({ floor, now, onChoose }: TableProps) {
  return (
    <List
      id="agents"
      title="Agents"
      find="Find an agent"
      things={[...floor.agents.values()].sort(agentOrder)}
      nameOf={({ id }) => id}
      empty={floor.known && 'No agent has been here yet.'}
      columns={AGENT_COLUMNS}
      row={(agent) => (
        <AgentRow
          key={agent.id}
          agent={agent}
          day={floor.day.agents.get(agent.id)}
          now={now}
          onChoose={onChoose}
        />
      )}
    />
  );
}

function AgentRow({
  agent,
  day,
  now,
  onChoose,
}: Omit<TableProps, 'floor'> & { agent: FloorAgent; day: AgentDay | undefined }) {
  const since = agent.routing_since_ms;
  return (
    <tr class={agent.connected ? undefined : 'away'}>
      <th scope="row">
        <Opener kind="agent" id={agent.id} name={agent.id} onChoose={onChoose} />
      </th>
      <td>
        <span class={`mood mood-${agent.connected ? MOOD[agent.routing] : 'calm'}`}>
          {ROUTING_TEXT[agent.routing]}
        </span>
        {!agent.connected && <span class="hint"> not connected</span>}
      </td>
      <td>{since > 0 ? clock(now - since) : '–'}</td>
      <td>
        {agent.load}/{agent.capacity}
      </td>
      <td>{agent.after_call || '–'}</td>
      <td>{agent.presence || '–'}</td>
      <td>{day?.handled ?? '–'}</td>
      <td class={day?.missed ? 'bad' : undefined}>{day?.missed ?? '–'}</td>
    </tr>
  );
}
