/** What is asked of whoever changes people and things. */
import { useState } from 'preact/hooks';

import { byName } from '../format';
import { Checks, Field, Select } from '../views/Fields';
import { useFind } from '../views/Find';
import {
  all,
  allSeen,
  at,
  QUEUES,
  send,
  sendSeen,
  LIBRARIES,
  RESPONSES,
  SKILLS,
  USERS,
  type Belonging,
  type Canned,
  type Person,
  type Queue,
  type Seen,
  type Thing,
} from './api';
import { Edit, Form, useAsked, type DialogProps } from './Form';

interface ThingProps extends DialogProps {
  path: string;
  /** What one is called. */
  what: string;
  thing: Thing | null;
}

/** Adds, or changes, what has a name and a description. */
export function ThingDialog({ path, what, thing, ...props }: ThingProps) {
  const [name, setName] = useState(thing?.name ?? '');
  const [description, setDescription] = useState(thing?.description ?? '');
  const body = { name, description, ...(thing ? { version: thing.version } : {}) };
  return (
    <Edit path={path} what={what} thing={thing} body={body} {...props}>
      <Field label="Name" value={name} onValue={setName} maxLength={128} required />
      <Field label="Description" value={description} onValue={setDescription} maxLength={1024} />
    </Edit>
  );
}

export function DeleteDialog({
  path,
  thing,
  ...props
}: DialogProps & { path: string; thing: Thing }) {
  return (
    <Form
      title={`Delete ${thing.name}?`}
      action="Delete"
      onSubmit={() => send('DELETE', at(path, thing.id))}
      {...props}
    >
      <p>It cannot be brought back.</p>
    </Form>
  );
}

const ROLES = ['agent', 'supervisor', 'compliance', 'admin'];

/** Adds a user, or changes one. */
export function UserDialog({ person, ...props }: DialogProps & { person: Person | null }) {
  const [name, setName] = useState(person?.name ?? '');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [roles, setRoles] = useState<readonly string[]>(person?.roles ?? ['agent']);
  const [capacity, setCapacity] = useState(String(person?.capacity ?? 3));
  const [state, setState] = useState<Person['state']>(person?.state ?? 'active');
  const common = { name, roles, capacity: Number(capacity), state };
  const change = (to: Person): Promise<unknown> =>
    send('PATCH', at(USERS, to.id), { ...common, version: to.version });
  return (
    <Edit
      path={USERS}
      what="user"
      thing={person}
      body={{ ...common, username, password }}
      {...(person ? { onSubmit: () => change(person) } : {})}
      {...props}
    >
      <Field label="Name" value={name} onValue={setName} maxLength={128} required />
      {!person && (
        <>
          <Field
            label="Signs in as"
            value={username}
            onValue={setUsername}
            maxLength={64}
            required
          />
          <Field
            label="Password, 8 characters at least"
            type="password"
            value={password}
            onValue={setPassword}
            required
          />
        </>
      )}
      <Checks
        label="Roles"
        class="codes"
        options={ROLES.map((role) => [role, role] as const)}
        chosen={roles}
        onChosen={setRoles}
      />
      <Field
        label="Conversations at once, 0 to 25"
        type="number"
        value={capacity}
        onValue={setCapacity}
        required
      />
      {person && (
        <Select
          label="State"
          value={state}
          options={[
            ['active', 'active'],
            ['inactive', 'inactive: cannot sign in'],
          ]}
          onValue={setState}
        />
      )}
    </Edit>
  );
}

export function PasswordDialog({ person, ...props }: DialogProps & { person: Person }) {
  const [newPassword, setPassword] = useState('');
  return (
    <Form
      title={`Another password for ${person.name}`}
      action="Set it"
      onSubmit={() => send('POST', `${at(USERS, person.id)}/password`, { newPassword })}
      {...props}
    >
      <p class="hint">Their sessions end. Tell it to them yourself.</p>
      <Field
        label="New password, 8 characters at least"
        type="password"
        value={newPassword}
        onValue={setPassword}
        required
      />
    </Form>
  );
}

interface LevelsProps {
  label: string;
  things: readonly Thing[];
  levels: ReadonlyMap<string, string>;
  options: readonly (readonly [string, string])[];
  onLevel: (id: string, level: string) => void;
}

export function Levels({ label, things, levels, options, onLevel }: LevelsProps) {
  const { shown, find, none } = useFind(`Find in ${label}`, things, ({ name }) => name);
  return (
    <fieldset class="codes levels">
      <legend>{label}</legend>
      {things.length === 0 && <p class="hint">There are none yet.</p>}
      {find}
      <div class="choices">
        {shown.map(({ id, name }) => (
          <label key={id}>
            {name}
            <select
              value={levels.get(id) ?? ''}
              onChange={(event) => onLevel(id, event.currentTarget.value)}
            >
              {options.map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        ))}
        {none}
      </div>
    </fieldset>
  );
}

/** Which level each of them has. */
type Chosen = ReadonlyMap<string, string>;

/** What somebody else has made of them: who or what it is about, what it is and what it was. */
export function changesBetween(
  before: Chosen,
  now: Chosen,
): readonly (readonly [string, string, string])[] {
  return [...new Set([...before.keys(), ...now.keys()])]
    .map((id) => [id, now.get(id) ?? '', before.get(id) ?? ''] as const)
    .filter(([, is, was]) => is !== was);
}

/** What there is, and what of it belongs to something with which level. */
function useLevels(
  things: string,
  belongings: string,
  level: (row: Belonging) => number | undefined,
  options: readonly (readonly [string, string])[],
  onSignedOut: () => void,
) {
  const [before, setBefore] = useState<Chosen>(new Map());
  const [levels, setLevels] = useState<Chosen>(new Map());
  const [mark, setMark] = useState('');
  const [notice, setNotice] = useState<string | null>(null);
  const mapOf = ({ rows }: Seen<Belonging>): Chosen =>
    new Map(rows.map((row) => [row.id, String(level(row) ?? '')]));
  const first = useAsked(
    () => Promise.all([all<Thing>(things), allSeen<Belonging>(belongings)]),
    onSignedOut,
    ([, own]) => {
      setBefore(mapOf(own));
      setLevels(mapOf(own));
      setMark(own.mark);
    },
  );
  const known = first.found?.[0] ?? [];
  const own = changesBetween(before, levels);
  /** What was chosen here stays chosen, on top of what somebody else has changed. */
  async function again(): Promise<void> {
    const seen = await allSeen<Belonging>(belongings);
    const now = mapOf(seen);
    const said = (value: string): string => options.find(([one]) => one === value)?.[1] ?? value;
    const nameOf = (id: string): string => known.find((thing) => thing.id === id)?.name ?? id;
    const theirs = changesBetween(before, now)
      .map(([id, is, was]) => `${nameOf(id)}: ${said(is)} (was ${said(was)})`)
      .sort(byName);
    setNotice(
      `Changed meanwhile: ${theirs.join('; ') || 'nothing that is still so'}. What you chose is kept, and not saved yet.`,
    );
    setBefore(now);
    setLevels(new Map([...now, ...own.map(([id, is]): [string, string] => [id, is])]));
    setMark(seen.mark);
  }
  const onLevel = (id: string, to: string): void => setLevels(new Map(levels).set(id, to));
  /** Some of what was chosen here is kept by now: nobody else has changed it. */
  function onKept(to: string, kept: Chosen): void {
    setMark(to);
    setBefore(new Map([...before, ...kept]));
  }
  return { first, things: known, own, levels, onLevel, mark, onKept, again, notice };
}

const PROFICIENCIES: readonly (readonly [string, string])[] = [
  ['', 'no'],
  ...['1', '2', '3', '4', '5'].map((level): [string, string] => [level, level]),
];

const Notice = ({ text }: { text: string | null }) => (
  <p class="meanwhile" role="status">
    {text}
  </p>
);

/** What a user is good at. */
export function SkillsDialog({ person, ...props }: DialogProps & { person: Person }) {
  const own = `${at(USERS, person.id)}/routingskills`;
  const { first, things, levels, onLevel, mark, again, notice } = useLevels(
    SKILLS,
    own,
    (row) => row.proficiency,
    PROFICIENCIES,
    props.onSignedOut,
  );
  const submit = (): Promise<unknown> =>
    sendSeen(
      'PUT',
      `${own}/bulk`,
      mark,
      [...levels]
        .filter(([, level]) => level)
        .map(([id, level]) => ({ id, proficiency: Number(level) })),
    );
  return (
    <Form
      title={`Skills of ${person.name}`}
      action="Save"
      onSubmit={submit}
      onAgain={again}
      first={first}
      {...props}
    >
      <Notice text={notice} />
      <Levels
        label="Proficiency, 5 is best"
        things={things}
        levels={levels}
        options={PROFICIENCIES}
        onLevel={onLevel}
      />
    </Form>
  );
}

const RINGS: readonly (readonly [string, string])[] = [
  ['', 'no'],
  ...['1', '2', '3', '4', '5', '6'].map((ring): [string, string] => [ring, `ring ${ring}`]),
];

/** Who serves a queue, and in which ring. */
export function MembersDialog({ queue, ...props }: DialogProps & { queue: Queue }) {
  const own = `${at(QUEUES, queue.id)}/members`;
  const { first, things, levels, onLevel, mark, onKept, again, notice, ...chosen } = useLevels(
    USERS,
    own,
    (row) => row.ringNumber,
    RINGS,
    props.onSignedOut,
  );
  async function submit(): Promise<void> {
    const gone = chosen.own.filter(([, ring]) => !ring).map(([id]) => ({ id }));
    const there = new Map(chosen.own.filter(([, ring]) => ring).map(([id, ring]) => [id, ring]));
    const rings = [...there].map(([id, ring]) => ({ id, ringNumber: Number(ring) }));
    let seen = mark;
    if (rings.length) onKept((seen = await sendSeen('POST', own, seen, rings)), there);
    if (gone.length) await sendSeen('POST', `${own}?delete=true`, seen, gone);
  }
  return (
    <Form
      title={`Members of ${queue.name}`}
      action="Save"
      onSubmit={submit}
      onAgain={again}
      first={first}
      {...props}
    >
      <Notice text={notice} />
      <p class="hint">Everybody serves it for as long as it has no members.</p>
      <Levels label="Users" things={things} levels={levels} options={RINGS} onLevel={onLevel} />
    </Form>
  );
}

const PROMPTS = [
  ['MANDATORY', 'mandatory'],
  ['OPTIONAL', 'optional'],
  ['MANDATORY_TIMEOUT', 'ends by itself'],
  ['MANDATORY_FORCED_TIMEOUT', 'forced until the time is over'],
  ['AGENT_REQUESTED', 'where the agent asks for it'],
] as const;

/** Adds a queue, or changes how one chooses. */
export function QueueDialog({ queue, ...props }: DialogProps & { queue: Queue | null }) {
  const [name, setName] = useState(queue?.name ?? '');
  const [evaluation, setEvaluation] = useState(queue?.skillEvaluationMethod ?? 'ALL');
  const [last, setLast] = useState(queue?.lastAgentRoutingMode ?? 'AnyAgent');
  const message = queue?.mediaSettings.message;
  const [seconds, setSeconds] = useState(String(message?.alertingTimeoutSeconds ?? 30));
  const [prompt, setPrompt] = useState<string>(queue?.acwSettings?.wrapupPrompt ?? 'OPTIONAL');
  const [acwSeconds, setAcwSeconds] = useState(
    String((queue?.acwSettings?.timeoutMs ?? 60_000) / 1000),
  );
  const timed = prompt.includes('TIMEOUT');
  const body = {
    ...queue,
    name,
    skillEvaluationMethod: evaluation,
    lastAgentRoutingMode: last,
    mediaSettings: { message: { ...message, alertingTimeoutSeconds: Number(seconds) } },
    acwSettings: {
      ...queue?.acwSettings,
      wrapupPrompt: prompt,
      ...(timed ? { timeoutMs: Number(acwSeconds) * 1000 } : {}),
    },
  };
  return (
    <Edit path={QUEUES} what="queue" thing={queue} body={body} {...props}>
      <Field label="Name" value={name} onValue={setName} maxLength={128} required />
      <Select
        label="Skills"
        value={evaluation}
        options={[
          ['ALL', 'every skill asked for is needed'],
          ['BEST', 'whoever is best at them'],
          ['NONE', 'not looked at'],
        ]}
        onValue={setEvaluation}
      />
      <Select
        label="Last agent"
        value={last}
        options={[
          ['AnyAgent', 'comes first, a member or not'],
          ['QueueMembersOnly', 'comes first where a member'],
          ['Disabled', 'is not preferred'],
        ]}
        onValue={setLast}
      />
      <Field
        label="An offer rings for, in seconds, 7 to 900"
        type="number"
        value={seconds}
        onValue={setSeconds}
        required
      />
      <Select label="After-call work" value={prompt} options={PROMPTS} onValue={setPrompt} />
      {timed && (
        <Field
          label="It lasts for, in seconds"
          type="number"
          value={acwSeconds}
          onValue={setAcwSeconds}
          required
        />
      )}
    </Edit>
  );
}

/** Adds a canned response, or changes one. */
export function ResponseDialog({ response, ...props }: DialogProps & { response: Canned | null }) {
  const [name, setName] = useState(response?.name ?? '');
  const [text, setText] = useState(response?.texts[0]?.content ?? '');
  const [library, setLibrary] = useState(response?.libraries?.[0]?.id ?? '');
  const first = useAsked(() => all<Thing>(LIBRARIES), props.onSignedOut);
  const body = {
    ...response,
    name,
    libraries: library ? [{ id: library }] : [],
    texts: [{ content: text, contentType: 'text/plain' }],
  };
  return (
    <Edit
      path={RESPONSES}
      what="canned response"
      thing={response}
      body={body}
      first={first}
      {...props}
    >
      <Field label="Name" value={name} onValue={setName} maxLength={128} required />
      <Select
        label="Library"
        value={library}
        options={[
          ['', 'none'],
          ...(first.found ?? []).map((one): [string, string] => [one.id, one.name]),
        ]}
        onValue={setLibrary}
      />
      <label class="field">
        Text
        <textarea
          rows={4}
          required
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p class="hint">{'{{agent.name}} and {{customer.name}} stand for names.'}</p>
    </Edit>
  );
}
