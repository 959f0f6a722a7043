/**
 * The floor as supervisors are shown it, by the WebSocket that router/door/asyncapi.yaml calls
 * `floor`: a snapshot, then each second the rows that differ. No socket, no clock.
 */
import { byName } from '../format';
import type { Conversation, Message, Routing } from '../wire';

export interface FloorQueue {
  id: string;
  /** What people call it. */
  name: string;
  waiting: number;
  /** Since when what has waited longest waits; null for nothing. */
  oldest_ms: number | null;
  /** Of those waiting, for longer than the service level promises. */
  late: number;
  ringing: number;
  /** 0 where every agent serves it. */
  members: number;
  /** Connected agents who serve it. */
  agents: Record<Routing, number>;
  service_level: { seconds: number; percent: number };
}

export interface FloorAgent {
  id: string;
  presence: string;
  presence_since_ms: number;
  routing: Routing;
  routing_since_ms: number;
  load: number;
  capacity: number;
  after_call: number;
  connected: boolean;
}

/** Sums of the day. */
export interface QueueDay {
  id: string;
  offered: number;
  answered: number;
  abandoned: number;
  flow_out: number;
  in_time: number;
  not_answered: number;
  transfers: number;
  legs: number;
  wait_ms: number;
  wait_max_ms: number;
  talk_ms: number;
  acw_ms: number;
  first_responses: number;
  first_response_ms: number;
  responses: number;
  response_ms: number;
}

export interface AgentDay {
  id: string;
  handled: number;
  missed: number;
  declined: number;
  transfers: number;
  talk_ms: number;
  acw_ms: number;
  idle_ms: number;
  interacting_ms: number;
  not_responding_ms: number;
  off_queue_ms: number;
  first_responses: number;
  first_response_ms: number;
  responses: number;
  response_ms: number;
}

export interface Day {
  begins_ms: number;
  queues: ReadonlyMap<string, QueueDay>;
  agents: ReadonlyMap<string, AgentDay>;
}

/** One minute; what is left out is 0. */
export interface FloorPoint {
  at_ms: number;
  offered?: number;
  answered?: number;
  abandoned?: number;
  in_time?: number;
  waiting?: number;
  on_queue?: number;
}

export interface PointsFrame {
  type: 'points';
  /** `*`: the floor */
  queue: string;
  hours: number;
  points: FloorPoint[];
}

export interface FloorFrame {
  type: 'snapshot' | 'changed';
  now: number;
  live: boolean;
  queues: FloorQueue[];
  agents: FloorAgent[];
  /** Ids of what is deleted; not in a snapshot. */
  gone?: { queues: string[]; agents: string[] };
  today?: { begins_ms: number; queues: QueueDay[]; agents: AgentDay[] };
}

/** A conversation as somebody who does not have it is shown it. */
export interface Row {
  conversation: string;
  state: 'waiting' | 'alerting' | 'connected' | 'parked' | 'after_call';
  queue: string;
  /** Masked. */
  customer: string;
  ours: string;
  since_ms: number;
  until_ms?: number;
  leg?: number;
  priority: number;
  ring: number;
  skills: string[];
  kind?: string;
  /** Only those whom it prefers are asked yet. */
  preferring: boolean;
  /** Nobody who is on queue could be given it. */
  no_agent: boolean;
}

export interface WaitingFrame {
  type: 'waiting';
  queue: string;
  total: number;
  rows: Row[];
}

export interface WorkFrame {
  type: 'work';
  agent: string;
  total: number;
  rows: Row[];
}

export interface ThreadFrame {
  type: 'thread';
  messages: Message[];
  more: boolean;
  conversation: Conversation;
}

export interface Target {
  kind: 'queue' | 'agent';
  id: string;
}

export interface Floor {
  queues: ReadonlyMap<string, FloorQueue>;
  agents: ReadonlyMap<string, FloorAgent>;
  /** The server's clock less ours. */
  skewMs: number;
  /** Whether the rows are of now; where not, the last ones stand. */
  live: boolean;
  known: boolean;
  day: Day;
  points: PointsFrame | null;
  /** What is looked at more closely; null until it was told. */
  list: WaitingFrame | WorkFrame | null;
  /** What is read along. */
  thread: ThreadFrame | null;
  /** Why the rows are not of now, for a person; null while all is well. */
  trouble: string | null;
}

export const UNKNOWN: Floor = {
  queues: new Map(),
  agents: new Map(),
  skewMs: 0,
  live: false,
  known: false,
  day: { begins_ms: 0, queues: new Map(), agents: new Map() },
  points: null,
  list: null,
  thread: null,
  trouble: null,
};

function merged<Row extends { id: string }>(
  old: ReadonlyMap<string, Row>,
  rows: readonly Row[],
  gone: readonly string[] = [],
): ReadonlyMap<string, Row> {
  if (!rows.length && !gone.length) return old;
  const all = new Map(old);
  for (const id of gone) all.delete(id);
  for (const row of rows) all.set(row.id, row);
  return all;
}

function foldDay(old: Day, today: FloorFrame['today']): Day {
  if (!today) return old;
  const same = today.begins_ms === old.begins_ms;
  return {
    begins_ms: today.begins_ms,
    queues: merged(same ? old.queues : new Map<string, QueueDay>(), today.queues),
    agents: merged(same ? old.agents : new Map<string, AgentDay>(), today.agents),
  };
}

/** Folds a frame in. */
export function fold(floor: Floor, frame: FloorFrame, nowMs: number): Floor {
  const from = frame.type === 'snapshot' ? UNKNOWN : floor;
  return {
    queues: merged(from.queues, frame.queues, frame.gone?.queues),
    agents: merged(from.agents, frame.agents, frame.gone?.agents),
    skewMs: frame.now - nowMs,
    live: frame.live,
    known: true,
    day: foldDay(from.day, frame.today),
    points: floor.points,
    list: floor.list,
    thread: floor.thread,
    trouble: frame.live ? null : 'The database does not answer. These are the last figures.',
  };
}

/** Of those that wait now, the share within what the queue promises, in percent; null for none. */
export function serviceLevel({ waiting, late }: { waiting: number; late: number }): number | null {
  return waiting ? Math.round(((waiting - late) / waiting) * 100) : null;
}

export interface Totals {
  waiting: number;
  late: number;
  ringing: number;
  oldest_ms: number | null;
  agents: Record<Routing, number>;
}

export function totals(floor: Floor): Totals {
  const sum: Totals = {
    waiting: 0,
    late: 0,
    ringing: 0,
    oldest_ms: null,
    agents: { off_queue: 0, idle: 0, interacting: 0, not_responding: 0 },
  };
  for (const queue of floor.queues.values()) {
    sum.waiting += queue.waiting;
    sum.late += queue.late;
    sum.ringing += queue.ringing;
    if (queue.oldest_ms !== null)
      sum.oldest_ms = Math.min(sum.oldest_ms ?? queue.oldest_ms, queue.oldest_ms);
  }
  for (const agent of floor.agents.values()) if (agent.connected) sum.agents[agent.routing] += 1;
  return sum;
}

export const ROUTING_TEXT: Record<Routing, string> = {
  idle: 'Idle',
  interacting: 'Interacting',
  not_responding: 'Not responding',
  off_queue: 'Off queue',
};

export const MOOD: Record<Routing, string> = {
  idle: 'good',
  interacting: 'good',
  not_responding: 'danger',
  off_queue: 'calm',
};

/** Those in need of somebody's eye first: what has waited longest, then by name. */
export function queueOrder(a: FloorQueue, b: FloorQueue): number {
  const oldest = (queue: FloorQueue): number => queue.oldest_ms ?? Number.MAX_SAFE_INTEGER;
  return oldest(a) - oldest(b) || byName(a.name, b.name);
}

const RANK: Record<Routing, number> = {
  not_responding: 0,
  idle: 1,
  interacting: 2,
  off_queue: 3,
};

export function agentOrder(a: FloorAgent, b: FloorAgent): number {
  const rank = (agent: FloorAgent): number => (agent.connected ? RANK[agent.routing] : 4);
  return rank(a) - rank(b) || byName(a.id, b.id);
}

/** What people call a queue. */
export const queueName = (floor: Floor, id: string): string => floor.queues.get(id)?.name ?? id;

/** Whether the list told of is of what is looked at now. */
export function rowsOf(floor: Floor, { kind, id }: Target): readonly Row[] | null {
  const { list } = floor;
  if (kind === 'queue') return list?.type === 'waiting' && list.queue === id ? list.rows : null;
  return list?.type === 'work' && list.agent === id ? list.rows : null;
}

/** Connected agents who could take one more now come first. */
export function takers(floor: Floor): { agent: FloorAgent; able: boolean }[] {
  const able = (agent: FloorAgent): boolean =>
    agent.connected &&
    (agent.routing === 'idle' || agent.routing === 'interacting') &&
    agent.load < agent.capacity;
  return [...floor.agents.values()]
    .filter(({ connected }) => connected)
    .map((agent) => ({ agent, able: able(agent) }))
    .sort(
      (a, b) =>
        Number(b.able) - Number(a.able) ||
        a.agent.load - b.agent.load ||
        byName(a.agent.id, b.agent.id),
    );
}

/** Of what was answered or given up today, the share that was answered in time, in percent; null for none. */
export function levelToday({ in_time, answered, abandoned }: QueueDay): number | null {
  const all = answered + abandoned;
  return all ? Math.round((in_time / all) * 100) : null;
}

export function dayOfAll(floor: Floor): QueueDay {
  const sum: QueueDay = {
    id: '*',
    offered: 0,
    answered: 0,
    abandoned: 0,
    flow_out: 0,
    in_time: 0,
    not_answered: 0,
    transfers: 0,
    legs: 0,
    wait_ms: 0,
    wait_max_ms: 0,
    talk_ms: 0,
    acw_ms: 0,
    first_responses: 0,
    first_response_ms: 0,
    responses: 0,
    response_ms: 0,
  };
  for (const { id: _, wait_max_ms, ...row } of floor.day.queues.values()) {
    for (const [name, value] of Object.entries(row)) sum[name as keyof typeof row] += value;
    sum.wait_max_ms = Math.max(sum.wait_max_ms, wait_max_ms);
  }
  return sum;
}

/** The sum divided by how many there were; null for none. */
export const mean = (sum: number, count: number): number | null => (count ? sum / count : null);

/** How long the agent was that today, with what they are now. */
export function timeIn(floor: Floor, id: string, routing: Routing, now: number): number {
  const agent = floor.agents.get(id);
  const sum = floor.day.agents.get(id)?.[`${routing}_ms`] ?? 0;
  if (agent?.routing !== routing || agent.routing_since_ms <= 0) return sum;
  return sum + Math.max(0, now - Math.max(agent.routing_since_ms, floor.day.begins_ms));
}

const MINUTE_MS = 60_000;

/** Every minute from the first in which something was to the last that is over. */
export function everyMinute({ points }: PointsFrame, now: number): Required<FloorPoint>[] {
  const first = points[0];
  if (!first) return [];
  const known = new Map(points.map((point) => [point.at_ms, point]));
  const count = Math.max(1, Math.floor((now - first.at_ms) / MINUTE_MS));
  return Array.from({ length: count }, (_, i) => {
    const at_ms = first.at_ms + i * MINUTE_MS;
    const nothing = { offered: 0, answered: 0, abandoned: 0, in_time: 0, waiting: 0, on_queue: 0 };
    return { ...nothing, ...known.get(at_ms), at_ms };
  });
}
