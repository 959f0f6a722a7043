import { useEffect, useState } from 'preact/hooks';

import '../admin/admin.css';
import '../comply/comply.css';
import { Loading } from '../views/Loading';
import { moment } from '../comply/words';
import { complies, operates, type User } from '../http';
import { useLatest } from '../latest';
import '../operate/operate.css';
import '../supervise/supervise.css';
import { Cards } from '../views/Cards';
import { PageTop, useMessages, type Messages } from '../views/PageTop';
import { calledBy, find, PAGES_MAX, type Contact, type Page } from './api';
import './contacts.css';
import { ChangesDialog, CustomerDialog, EraseDialog } from './dialogs';
import { ImportCard } from './ImportCard';

const TYPING_MS = 250;

interface Props {
  user: User;
  hash: string;
  onSignedOut: () => void;
}

/** The pages of who knows whom. */
export function CustomersPage({ user, hash, onSignedOut }: Props) {
  const messages = useMessages(hash, onSignedOut);
  const importing = operates(user) && hash.startsWith('#/customers/import');

  useEffect(() => {
    document.title = 'Customers · Bindery';
  }, []);

  return (
    <div class="operator comply floor admin contacts">
      <PageTop here="#/customers" user={user} onSignedOut={onSignedOut} messages={messages}>
        {operates(user) && (
          <nav class="tabs" aria-label="Customers">
            <a href="#/customers" aria-current={importing ? undefined : 'page'}>
              Search
            </a>
            <a href="#/customers/import" aria-current={importing ? 'page' : undefined}>
              Import
            </a>
          </nav>
        )}
      </PageTop>
      <main>
        {importing ? (
          <ImportCard {...messages} />
        ) : (
          <Search user={user} messages={messages} onSignedOut={onSignedOut} />
        )}
      </main>
    </div>
  );
}

type Asked = { what: 'add' } | { what: 'change' | 'changes' | 'erase'; contact: Contact };

interface SearchProps {
  user: User;
  messages: Messages;
  onSignedOut: () => void;
}

function Search({ user, messages, onSignedOut }: SearchProps) {
  const [typed, setTyped] = useState('');
  const [wanted, setWanted] = useState({ q: '', page: 1, turn: 0 });
  const [found, setFound] = useState<Page | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const ask = useLatest();
  const leads = operates(user);

  useEffect(() => {
    const q = typed.trim();
    const timer = setTimeout(
      () => setWanted((now) => (now.q === q ? now : { ...now, q, page: 1 })),
      TYPING_MS,
    );
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    ask(
      find(wanted.q, wanted.page),
      (page) => {
        messages.clear();
        setFound(page);
      },
      messages.onLost,
    );
  }, [wanted, messages.tries]);

  const done = (changed: boolean): void => {
    setAsked(null);
    if (changed) setWanted((now) => ({ ...now, turn: now.turn + 1 }));
  };
  return (
    <>
      <div class="row-line">
        <h2 id="list-title">Customers</h2>
        <input
          type="search"
          aria-label="Find customers"
          placeholder="Name, e-mail or number"
          value={typed}
          maxLength={200}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        {leads && (
          <button class="primary" onClick={() => setAsked({ what: 'add' })}>
            Add a customer
          </button>
        )}
      </div>
      <Loading of={found} {...messages} />
      {found?.entities.length === 0 && <Nobody q={wanted.q} leads={leads} />}
      {found !== null && found.entities.length > 0 && (
        <List user={user} contacts={found.entities} onAsk={setAsked} />
      )}
      {found !== null && (
        <Pager
          found={found}
          onPage={(page) => setWanted((now) => ({ ...now, page }))}
          searching={wanted.q !== ''}
        />
      )}
      {asked?.what === 'add' && (
        <CustomerDialog contact={null} onDone={done} onSignedOut={onSignedOut} />
      )}
      {asked?.what === 'change' && (
        <CustomerDialog contact={asked.contact} onDone={done} onSignedOut={onSignedOut} />
      )}
      {asked?.what === 'erase' && (
        <EraseDialog contact={asked.contact} onDone={done} onSignedOut={onSignedOut} />
      )}
      {asked?.what === 'changes' && (
        <ChangesDialog contact={asked.contact} onDone={done} onSignedOut={onSignedOut} />
      )}
    </>
  );
}

function Nobody({ q, leads }: { q: string; leads: boolean }) {
  if (q !== '')
    return (
      <p class="empty">
        Nobody is found by “{q}”. A name is found by the beginnings of its words, a number by its
        first or last digits, three at least.
      </p>
    );
  return (
    <p class="empty">
      No customers yet.
      {leads && (
        <>
          {' '}
          Add one, or <a href="#/customers/import">import a file</a>.
        </>
      )}
    </p>
  );
}

interface ListProps {
  user: User;
  contacts: readonly Contact[];
  onAsk: (asked: Asked) => void;
}

const COLUMNS: readonly (readonly [string, (contact: Contact) => string | undefined])[] = [
  ['Number', ({ cellPhone }) => cellPhone.e164],
  ['Title', ({ title }) => title],
  ['E-mail', ({ workEmail }) => workEmail],
  ['City', ({ address }) => address.city],
  ['Changed', ({ modifyDate }) => moment(modifyDate)],
];

function List({ user, contacts, onAsk }: ListProps) {
  const button = (what: 'change' | 'changes' | 'erase', text: string, contact: Contact) => (
    <button
      aria-label={`${text.slice(0, -1)} ${calledBy(contact)}`}
      onClick={() => onAsk({ what, contact })}
    >
      {text}
    </button>
  );
  return (
    <Cards
      labelledBy="list-title"
      rows={contacts}
      name={({ name }) => name}
      columns={COLUMNS}
      actions={(contact) => (
        <>
          {operates(user) && button('change', 'Change…', contact)}
          {complies(user) && button('changes', 'History…', contact)}
          {button('erase', 'Erase…', contact)}
        </>
      )}
    />
  );
}

interface PagerProps {
  found: Page;
  searching: boolean;
  onPage: (page: number) => void;
}

function Pager({ found, searching, onPage }: PagerProps) {
  const { total, pageNumber, pageCount, partialResults } = found;
  const last = Math.min(pageCount, PAGES_MAX);
  const count = total.toLocaleString();
  return (
    <div class="row-line pager">
      <p class="hint" role="status">
        {searching ? `${count}${partialResults ? ' or more' : ''} found` : `${count} in all`}
        {pageCount > PAGES_MAX && `, of which the first ${(1000).toLocaleString()} are listed`}
        {partialResults && '; say more of the name to narrow it down'}
      </p>
      {last > 1 && (
        <>
          <span class="gap" />
          <button disabled={pageNumber <= 1} onClick={() => onPage(pageNumber - 1)}>
            Previous
          </button>
          <span>
            {pageNumber} of {last}
          </span>
          <button disabled={pageNumber >= last} onClick={() => onPage(pageNumber + 1)}>
            Next
          </button>
        </>
      )}
    </div>
  );
}
