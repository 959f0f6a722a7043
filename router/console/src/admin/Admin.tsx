import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import '../comply/comply.css';
import { Loading } from '../views/Loading';
import type { User } from '../http';
import '../operate/operate.css';
import '../supervise/supervise.css';
import { byName } from '../format';
import { useLatest } from '../latest';
import { Cards } from '../views/Cards';
import { Find } from '../views/Find';
import { PageTop, useMessages } from '../views/PageTop';
import './admin.css';
import {
  all,
  CLIENTS,
  CODES,
  LIBRARIES,
  NUMBERS,
  PRESENCES,
  QUEUES,
  RESPONSES,
  SKILLS,
  USERS,
  type Canned,
  type Client,
  type Definition,
  type Person,
  type Queue,
  type Recipient,
  type Thing,
} from './api';
import {
  DeleteDialog,
  MembersDialog,
  PasswordDialog,
  QueueDialog,
  ResponseDialog,
  SkillsDialog,
  ThingDialog,
  UserDialog,
} from './dialogs';
import { ClientDialog, SecretDialog } from './ClientDialog';
import { NumberDialog } from './NumberDialog';
import { PresenceDialog } from './PresenceDialog';

interface Props {
  user: User;
  hash: string;
  onSignedOut: () => void;
}

/** What is called so, or its id where it is not known. */
type NameOf = (path: string, id: string) => string;

interface Tab {
  id: string;
  title: string;
  path: string;
  what: string;
  /** None is added or deleted here. */
  fixed?: boolean;
  /** Of what else its columns say names. */
  others?: readonly string[];
  /** Beside the name. */
  columns: readonly (readonly [string, (thing: Thing, nameOf: NameOf) => ComponentChildren])[];
}

const DESCRIPTION = ['Description', (thing: Thing) => thing.description ?? ''] as const;

const EVALUATION = { ALL: 'every skill', BEST: 'the best', NONE: 'not looked at' };

const TABS: readonly [Tab, ...Tab[]] = [
  {
    id: 'users',
    title: 'Users',
    path: USERS,
    what: 'user',
    columns: [
      ['Signs in as', (thing) => (thing as Person).username],
      ['Roles', (thing) => (thing as Person).roles.join(', ')],
      [
        'At once',
        (thing) => ((thing as Person).roles.includes('agent') ? (thing as Person).capacity : '–'),
      ],
      ['State', (thing) => (thing as Person).state],
    ],
  },
  {
    id: 'queues',
    title: 'Queues',
    path: QUEUES,
    what: 'queue',
    columns: [
      ['Skills', (thing) => EVALUATION[(thing as Queue).skillEvaluationMethod]],
      [
        'Rings for',
        (thing) => `${(thing as Queue).mediaSettings.message.alertingTimeoutSeconds} s`,
      ],
    ],
  },
  {
    id: 'numbers',
    title: 'Numbers',
    path: NUMBERS,
    what: 'number',
    fixed: true,
    others: [QUEUES, USERS],
    columns: [
      [
        'Conversations go to',
        (thing, nameOf) => {
          const { queue, configuredQueue } = thing as Recipient;
          return nameOf(QUEUES, queue?.id ?? configuredQueue);
        },
      ],
      [
        'Asked first',
        (thing, nameOf) =>
          (thing as Recipient).preferredAgents
            .map(({ agent }) => nameOf(USERS, agent.id))
            .join(', '),
      ],
    ],
  },
  { id: 'skills', title: 'Skills', path: SKILLS, what: 'skill', columns: [DESCRIPTION] },
  {
    id: 'codes',
    title: 'Wrap-up codes',
    path: CODES,
    what: 'wrap-up code',
    columns: [DESCRIPTION],
  },
  {
    id: 'responses',
    title: 'Canned responses',
    path: RESPONSES,
    what: 'canned response',
    columns: [['Text', (thing) => (thing as Canned).texts[0]?.content.slice(0, 60)]],
  },
  {
    id: 'libraries',
    title: 'Libraries',
    path: LIBRARIES,
    what: 'library',
    columns: [DESCRIPTION],
  },
  {
    id: 'presences',
    title: 'Presences',
    path: PRESENCES,
    what: 'presence',
    columns: [
      ['Counts as', (thing) => (thing as Definition).systemPresence],
      ['In use', (thing) => ((thing as Definition).deactivated ? 'no' : 'yes')],
    ],
  },
  {
    id: 'clients',
    title: 'API clients',
    path: CLIENTS,
    what: 'client',
    columns: [
      ['Id', (thing) => thing.id],
      ['It may', (thing) => (thing as Client).scope.join(', ')],
      ['State', (thing) => (thing as Client).state],
    ],
  },
];

type Asked =
  | { what: 'add' }
  | { what: 'edit' | 'delete' | 'members' | 'password' | 'secret' | 'skills'; thing: Thing };

interface Found {
  path: string;
  things: readonly Thing[];
  nameOf: NameOf;
}

async function find({ path, others = [] }: Tab): Promise<Found> {
  const [things = [], ...rest] = await Promise.all([path, ...others].map((one) => all<Thing>(one)));
  const names = new Map(
    others.map((one, i) => [one, new Map(rest[i]?.map(({ id, name }) => [id, name]))]),
  );
  things.sort((a, b) => byName(a.name, b.name));
  return { path, things, nameOf: (from, id) => names.get(from)?.get(id) ?? id };
}

/** The pages of who sets people and things up. */
export function Admin({ user, hash, onSignedOut }: Props) {
  const tab = TABS.find(({ id }) => hash === `#/admin/${id}`) ?? TABS[0];
  const [found, setFound] = useState<Found | null>(null);
  const [part, setPart] = useState('');
  const [asked, setAsked] = useState<Asked | null>(null);
  const messages = useMessages(hash, onSignedOut);
  const ask = useLatest();
  const things = found?.path === tab.path ? found.things : null;

  function load(): void {
    ask(
      find(tab),
      (every) => {
        messages.clear();
        setFound(every);
      },
      messages.onLost,
    );
  }
  useEffect(() => {
    setPart('');
    load();
  }, [tab, messages.tries]);
  useEffect(() => {
    document.title = `${tab.title} · Bindery`;
  }, [tab]);

  const shown = (things ?? []).filter(({ name }) =>
    name.toLowerCase().includes(part.toLowerCase()),
  );
  return (
    <div class="operator comply floor admin">
      <PageTop here="#/admin" user={user} onSignedOut={onSignedOut} messages={messages}>
        <nav class="tabs" aria-label="Set up">
          {TABS.map(({ id, title }) => (
            <a key={id} href={`#/admin/${id}`} aria-current={id === tab.id ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </PageTop>
      <main>
        <div class="row-line">
          <h2 id="list-title">{tab.title}</h2>
          <Find label={`Find in ${tab.title}`} value={part} onValue={setPart} />
          {!tab.fixed && (
            <button class="primary" onClick={() => setAsked({ what: 'add' })}>
              Add a {tab.what}
            </button>
          )}
        </div>
        <Loading of={things} {...messages} />
        {things !== null && shown.length === 0 && <p class="empty">There are none.</p>}
        {found && shown.length > 0 && (
          <Table
            tab={tab}
            things={shown}
            nameOf={found.nameOf}
            onAsk={(what, thing) => setAsked({ what, thing })}
          />
        )}
      </main>
      {asked && (
        <Dialog
          asked={asked}
          tab={tab}
          onSignedOut={onSignedOut}
          onDone={(changed) => {
            setAsked(null);
            if (changed) load();
          }}
        />
      )}
    </div>
  );
}

type Action = Exclude<Asked['what'], 'add'>;

interface TableProps {
  nameOf: NameOf;
  tab: Tab;
  things: readonly Thing[];
  onAsk: (what: Action, thing: Thing) => void;
}

const ACTIONS: Record<string, readonly (readonly [Action, string])[]> = {
  users: [
    ['edit', 'Change…'],
    ['skills', 'Skills…'],
    ['password', 'Password…'],
    ['delete', 'Delete…'],
  ],
  numbers: [['edit', 'Change…']],
  clients: [
    ['edit', 'Change…'],
    ['secret', 'New secret…'],
    ['delete', 'Delete…'],
  ],
  queues: [
    ['edit', 'Change…'],
    ['members', 'Members…'],
    ['delete', 'Delete…'],
  ],
};
const USUAL = [
  ['edit', 'Change…'],
  ['delete', 'Delete…'],
] as const;

function Table({ tab, things, nameOf, onAsk }: TableProps) {
  return (
    <Cards
      labelledBy="list-title"
      rows={things}
      name={({ name, ofFile }) => (
        <>
          {name} {ofFile && <span class="badge">configured</span>}
        </>
      )}
      columns={tab.columns.map(([title, value]) => [title, (thing: Thing) => value(thing, nameOf)])}
      actions={(thing) =>
        (ACTIONS[tab.id] ?? USUAL).map(([what, text]) => (
          <button
            key={what}
            disabled={what === 'delete' && thing.ofFile === true}
            aria-label={`${text.slice(0, -1)} ${thing.name}`}
            onClick={() => onAsk(what, thing)}
          >
            {text}
          </button>
        ))
      }
    />
  );
}

interface AskedProps {
  asked: Asked;
  tab: Tab;
  onDone: (changed: boolean) => void;
  onSignedOut: () => void;
}

function Dialog({ asked, tab, ...props }: AskedProps) {
  const thing = asked.what === 'add' ? null : asked.thing;
  if (asked.what === 'delete' && thing)
    return <DeleteDialog path={tab.path} thing={thing} {...props} />;
  if (asked.what === 'members') return <MembersDialog queue={thing as Queue} {...props} />;
  if (asked.what === 'skills') return <SkillsDialog person={thing as Person} {...props} />;
  if (asked.what === 'password') return <PasswordDialog person={thing as Person} {...props} />;
  if (tab.id === 'users') return <UserDialog person={thing as Person | null} {...props} />;
  if (tab.id === 'queues') return <QueueDialog queue={thing as Queue | null} {...props} />;
  if (asked.what === 'secret') return <SecretDialog client={thing as Client} {...props} />;
  if (tab.id === 'clients') return <ClientDialog client={thing as Client | null} {...props} />;
  if (tab.id === 'presences')
    return <PresenceDialog definition={thing as Definition | null} {...props} />;
  if (tab.id === 'numbers') return <NumberDialog number={thing as Recipient} {...props} />;
  if (tab.id === 'responses')
    return <ResponseDialog response={thing as Canned | null} {...props} />;
  return <ThingDialog path={tab.path} what={tab.what} thing={thing} {...props} />;
}
