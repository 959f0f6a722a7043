import { useEffect, useState } from 'preact/hooks';

import '../admin/admin.css';
import { reason, SignedOut } from '../comply/api';
import '../comply/comply.css';
import { Table } from '../comply/Facts';
import { moment } from '../comply/words';
import { complies, operates, signOut, type User } from '../http';
import '../operate/operate.css';
import '../supervise/supervise.css';
import { Leave, Mark } from '../views/Icons';
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
  const [trouble, setTrouble] = useState<string | null>(null);
  const [notice, setNotice] = useState('');
  const importing = operates(user) && hash.startsWith('#/customers/import');

  function onTrouble(error: unknown): void {
    if (error instanceof SignedOut) onSignedOut();
    else setTrouble(error === null ? null : reason(error));
  }

  async function leave(): Promise<void> {
    await signOut();
    onSignedOut();
  }

  useEffect(() => {
    document.title = 'Customers · Bindery';
    setTrouble(null);
    setNotice('');
  }, [hash]);

  return (
    <div class="operator comply floor admin contacts">
      <header class="bar">
        <h1 class="brand">
          <Mark /> <span>Customers</span>
        </h1>
        <span class="gap" />
        {operates(user) && <a href="#/floor">Floor</a>}
        {complies(user) && <a href="#/compliance">Compliance</a>}
        {user.roles.includes('admin') && <a href="#/admin">Set up</a>}
        {user.roles.includes('agent') && <a href="#/">Desk</a>}
        <span class="who wide">{user.name}</span>
        <button class="quiet" title="Sign out" aria-label="Sign out" onClick={() => void leave()}>
          <Leave />
        </button>
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
      </header>
      <main>
        <p class="told" role="status">
          {notice}
        </p>
        {trouble !== null && (
          <p class="form-error trouble" role="alert">
            {trouble}
          </p>
        )}
        {importing ? (
          <ImportCard
            onTrouble={onTrouble}
            onNotice={(text) => {
              setTrouble(null);
              setNotice(text);
            }}
          />
        ) : (
          <Search user={user} onTrouble={onTrouble} onSignedOut={onSignedOut} />
        )}
      </main>
    </div>
  );
}

type Asked = { what: 'add' } | { what: 'change' | 'changes' | 'erase'; contact: Contact };

interface SearchProps {
  user: User;
  onTrouble: (error: unknown) => void;
  onSignedOut: () => void;
}

function Search({ user, onTrouble, onSignedOut }: SearchProps) {
  const [typed, setTyped] = useState('');
  const [wanted, setWanted] = useState({ q: '', page: 1, turn: 0 });
  const [found, setFound] = useState<Page | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
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
    let gone = false;
    find(wanted.q, wanted.page).then(
      (page) => {
        if (gone) return;
        onTrouble(null);
        setFound(page);
      },
      (error: unknown) => gone || onTrouble(error),
    );
    return () => {
      gone = true;
    };
  }, [wanted]);

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
      {found === null && <p class="empty">Loading…</p>}
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
    <Table label="Customers" heads={['Name', 'Number', 'Title', 'E-mail', 'City', 'Changed', '']}>
      {contacts.map((contact) => (
        <tr key={contact.id}>
          <th scope="row">{contact.name}</th>
          <td>{contact.cellPhone.e164}</td>
          <td>{contact.title}</td>
          <td>{contact.workEmail}</td>
          <td>{contact.address.city}</td>
          <td>{moment(contact.modifyDate)}</td>
          <td class="actions">
            {operates(user) && button('change', 'Change…', contact)}
            {complies(user) && button('changes', 'History…', contact)}
            {button('erase', 'Erase…', contact)}
          </td>
        </tr>
      ))}
    </Table>
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
