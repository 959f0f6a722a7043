import { clock } from '../format';
import { Plot, type Series } from '../operate/Plot';
import { minutely } from '../operate/plot';
import {
  everyMinute,
  levelToday,
  mean,
  ROUTING_TEXT,
  timeIn,
  type AgentDay,
  type Floor,
  type FloorPoint,
  type PointsFrame,
  type QueueDay,
} from './floor';
import type { Routing } from '../wire';

type Minute = Required<FloorPoint>;

const whole = (value: number): string => String(Math.round(value * 10) / 10);
export const duration = (ms: number | null): string => (ms === null ? '–' : clock(ms));

const CAME: Series<Minute>[] = [
  { name: 'Offered', value: ({ offered }) => offered },
  { name: 'Answered', value: ({ answered }) => answered },
  { name: 'Given up', value: ({ abandoned }) => abandoned },
];
const WAITING: Series<Minute>[] = [{ name: 'Waiting', value: ({ waiting }) => waiting }];
const STAFF: Series<Minute>[] = [{ name: 'On queue', value: ({ on_queue }) => on_queue }];

interface PlotsProps {
  frame: PointsFrame;
  now: number;
  /** Of the floor or of a queue, as a title says it. */
  of: string;
}

/** The last hours, a point a minute. */
export function Plots({ frame, now, of }: PlotsProps) {
  const samples = everyMinute(frame, now);
  const common = { samples, now, format: whole, reach: minutely(frame.hours) };
  if (!samples.length) return <p class="empty">Nothing in these hours.</p>;
  return (
    <div class="plots">
      <Plot title={`Waiting${of}`} unit="most in a minute" series={WAITING} {...common} />
      <Plot title={`Conversations${of}`} unit="each minute" series={CAME} {...common} />
      {frame.queue === '*' && (
        <Plot title="Agents on queue" unit="most in a minute" series={STAFF} {...common} />
      )}
    </div>
  );
}

function Figures({ label, shown }: { label: string; shown: [string, string][] }) {
  return (
    <dl class="figures" aria-label={label}>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A queue's day. */
export function QueueFigures({ day }: { day: QueueDay | undefined }) {
  if (!day) return <p class="hint">Nothing came to it today.</p>;
  const level = levelToday(day);
  return (
    <Figures
      label="Today"
      shown={[
        ['Offered', String(day.offered)],
        ['Answered', String(day.answered)],
        ['Given up', String(day.abandoned)],
        ['To other queues', String(day.flow_out)],
        ['In time', level === null ? '–' : `${level} %`],
        ['Mean wait', duration(mean(day.wait_ms, day.answered))],
        ['Longest wait', duration(day.answered ? day.wait_max_ms : null)],
        ['Mean first response', duration(mean(day.first_response_ms, day.first_responses))],
        ['Mean response', duration(mean(day.response_ms, day.responses))],
        ['Mean handling', duration(mean(day.talk_ms + day.acw_ms, day.legs))],
        ['Transfers', String(day.transfers)],
        ['Offers not taken', String(day.not_answered)],
      ]}
    />
  );
}

interface AgentProps {
  floor: Floor;
  id: string;
  now: number;
}

const STATUSES: Routing[] = ['idle', 'interacting', 'not_responding', 'off_queue'];

/** An agent's day. */
export function AgentFigures({ floor, id, now }: AgentProps) {
  const day: Partial<AgentDay> = floor.day.agents.get(id) ?? {};
  return (
    <Figures
      label="Today"
      shown={[
        ['Handled', String(day.handled ?? 0)],
        ['Not answered', String(day.missed ?? 0)],
        ['Declined', String(day.declined ?? 0)],
        ['Transferred', String(day.transfers ?? 0)],
        ['Mean response', duration(mean(day.response_ms ?? 0, day.responses ?? 0))],
        ...STATUSES.map((routing): [string, string] => [
          ROUTING_TEXT[routing],
          clock(timeIn(floor, id, routing, now)),
        ]),
      ]}
    />
  );
}
