import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { clock, whenText } from '../format';
import { Back } from '../views/Icons';
import { PresenceSelect } from '../views/Presence';
import { AgentFigures, Plots, QueueFigures } from './Day';
import {
  MOOD,
  queueName,
  ROUTING_TEXT,
  rowsOf,
  type Floor,
  type FloorAgent,
  type Row,
  type Target,
} from './floor';
import type { Give } from './orders';

const STATE_TEXT: Record<Row['state'], string> = {
  waiting: 'Waiting',
  alerting: 'Ringing',
  connected: 'Connected',
  parked: 'Parked',
  after_call: 'After-call work',
};

interface RowActions {
  onAssign: (row: Row) => void;
  onTake: (row: Row) => void;
  onEnd: (row: Row) => void;
  onRead: (row: Row) => void;
}

interface Props extends RowActions {
  floor: Floor;
  now: number;
  target: Target;
  give: Give;
  onClose: () => void;
  onSignOut: (agent: string) => void;
}

interface PaneProps {
  title: string;
  /** What the focus goes to once it is another. */
  subject: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** What stands beside the tables, on a phone over them. Escape closes it. */
export function Pane({ title, subject, onClose, children }: PaneProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), [subject]);
  return (
    <aside
      class="detail"
      aria-labelledby={`detail-${subject}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose();
      }}
    >
      <header>
        <button class="quiet" aria-label="Close" title="Close (Esc)" onClick={onClose}>
          <Back />
        </button>
        <h2 id={`detail-${subject}`} ref={heading} tabIndex={-1}>
          {title}
        </h2>
      </header>
      {children}
    </aside>
  );
}

/** A queue with what waits in it, or an agent with what they have. */
export function Detail(props: Props) {
  const { floor, target, onClose } = props;
  const title = target.kind === 'queue' ? queueName(floor, target.id) : target.id;
  const agent = target.kind === 'agent' ? floor.agents.get(target.id) : undefined;
  const isThere = target.kind === 'queue' ? floor.queues.has(target.id) : agent !== undefined;
  return (
    <Pane title={title} subject={`${target.kind}-${target.id}`} onClose={onClose}>
      {floor.known && !isThere && (
        <p class="hint" role="status">
          This {target.kind} is deleted.
        </p>
      )}
      {agent && <AgentOrders {...props} agent={agent} />}
      <Rows {...props} />
      <section aria-labelledby="day-title">
        <h3 id="day-title">Today</h3>
        {target.kind === 'queue' ? (
          <QueueFigures day={floor.day.queues.get(target.id)} />
        ) : (
          <AgentFigures floor={floor} id={target.id} now={props.now} />
        )}
      </section>
      {target.kind === 'queue' && floor.points?.queue === target.id && (
        <Plots frame={floor.points} now={props.now} of={` in ${title}`} />
      )}
    </Pane>
  );
}

function AgentOrders({ agent, give, onSignOut, now }: Props & { agent: FloorAgent }) {
  const [problem, setProblem] = useState<string | null>(null);
  const { id, connected, presence } = agent;
  const on = agent.routing === 'idle' || agent.routing === 'interacting';
  const order = (type: string, fields: Record<string, unknown>): void => {
    setProblem(null);
    give(type, { agent: id, ...fields }).catch((error: Error) => setProblem(error.message));
  };
  return (
    <section aria-label={`Orders for ${id}`} class="orders">
      <p class="row-line">
        <span class={`mood mood-${connected ? MOOD[agent.routing] : 'calm'}`}>
          {ROUTING_TEXT[agent.routing]}
        </span>
        {!connected && <span class="hint">not connected</span>}
        {agent.routing_since_ms > 0 && <span>{clock(now - agent.routing_since_ms)}</span>}
        <span class="hint">
          load {agent.load}/{agent.capacity}
        </span>
        {presence && agent.presence_since_ms > 0 && (
          <span class="hint">
            {presence} for {clock(now - agent.presence_since_ms)}
          </span>
        )}
      </p>
      <div class="commands">
        <button
          disabled={!on && !connected}
          onClick={() => order('status', { routing: on ? 'off_queue' : 'on_queue' })}
        >
          {on ? 'Take off queue' : 'Put on queue'}
        </button>
        <PresenceSelect
          value={presence}
          onChoose={(name) => order('presence', { presence: name })}
        />
        <button class="danger" onClick={() => onSignOut(id)}>
          Sign out…
        </button>
      </div>
      <p class="form-error" role="alert">
        {problem}
      </p>
    </section>
  );
}

function Rows(props: Props) {
  const { floor, target } = props;
  const rows = rowsOf(floor, target);
  const queue = target.kind === 'queue';
  const title = queue ? 'Waiting' : 'Conversations';
  if (rows === null) return <p class="empty">Loading…</p>;
  return (
    <section aria-labelledby="rows-title">
      <h3 id="rows-title">
        {title} <span class="count">{floor.list?.total ?? 0}</span>
      </h3>
      {rows.length === 0 && <p class="empty">{queue ? 'Nothing waits.' : 'None.'}</p>}
      <ol class="rows" aria-labelledby="rows-title">
        {rows.map((row) => (
          <RowView key={`${row.conversation} ${row.leg ?? ''}`} row={row} {...props} />
        ))}
      </ol>
      {floor.list !== null && floor.list.total > rows.length && (
        <p class="hint">
          The first {rows.length} of {floor.list.total}.
        </p>
      )}
    </section>
  );
}

/** How it came to wait, where it is not new in its queue. */
const KIND_TEXT: Record<string, string> = {
  transfer: 'transferred',
  reclaimed: 'taken back, its agent went away',
  consult: 'a colleague is asked for',
};

/** What a row says beside who and how long. */
function facts(row: Row, now: number, skewMs: number): string[] {
  const until = row.state === 'parked' || row.state === 'after_call' ? row.until_ms : undefined;
  return [
    ...(until ? [`until ${whenText(until - skewMs, now)}`] : []),
    ...(row.priority ? [`priority ${row.priority > 0 ? '+' : ''}${row.priority}`] : []),
    ...(row.ring ? [`ring ${row.ring + 1}`] : []),
    ...(row.skills.length ? [`needs ${row.skills.join(', ')}`] : []),
    ...(row.preferring ? ['only preferred agents are asked yet'] : []),
    ...(row.kind && row.state === 'waiting' ? [KIND_TEXT[row.kind] ?? row.kind] : []),
  ];
}

function RowView({
  row,
  floor,
  now,
  target,
  onAssign,
  onTake,
  onEnd,
  onRead,
}: Props & { row: Row }) {
  const over = row.state === 'after_call';
  const name = row.customer || row.conversation.slice(0, 8);
  const given = row.state === 'waiting' || row.state === 'alerting';
  return (
    <li>
      <div class="row-line">
        <strong>{name}</strong>
        {target.kind === 'agent' && (
          <span class={`mood mood-${row.state === 'connected' ? 'good' : 'calm'}`}>
            {STATE_TEXT[row.state]}
          </span>
        )}
        {row.no_agent && <span class="badge danger">no eligible agent</span>}
        {!over && row.since_ms > 0 && (
          <span class="for" title={target.kind === 'agent' ? 'Since it began to wait' : 'Waiting'}>
            {clock(now - row.since_ms)}
          </span>
        )}
      </div>
      <p class="hint">
        {[
          ...(target.kind === 'agent' && row.queue ? [queueName(floor, row.queue)] : []),
          ...facts(row, now, floor.skewMs),
        ].join(' · ')}
      </p>
      <div class="commands">
        {given && (
          <button aria-label={`Assign ${name}`} onClick={() => onAssign(row)}>
            Assign…
          </button>
        )}
        {!over && (
          <button aria-label={`Transfer ${name}`} onClick={() => onTake(row)}>
            Transfer…
          </button>
        )}
        {!over && (
          <button aria-label={`Close ${name}`} onClick={() => onEnd(row)}>
            Close…
          </button>
        )}
        <button aria-label={`Read along with ${name}`} onClick={() => onRead(row)}>
          Read along
        </button>
      </div>
    </li>
  );
}
