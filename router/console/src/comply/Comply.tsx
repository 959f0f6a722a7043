import { useEffect, useState } from 'preact/hooks';

import { operates, signOut, type User } from '../http';
import '../operate/operate.css';
import { Leave, Mark } from '../views/Icons';
import { read, reason, SignedOut, type Removal } from './api';
import { BlockedPage } from './BlockedPage';
import { ClassifyPage } from './ClassifyPage';
import './comply.css';
import { EvidencePage } from './EvidencePage';
import { ImportPage } from './ImportPage';
import { RemovalsPage } from './RemovalsPage';
import { ReportsPage } from './ReportsPage';
import { ReviewsPage } from './ReviewsPage';
import { RuleSetPage } from './RuleSetPage';
import { RulesPage } from './RulesPage';
import { SearchPage } from './SearchPage';
import { placeOf } from './words';

interface Props {
  user: User;
  hash: string;
  onSignedOut: () => void;
}

/** What every page of compliance is given. */
export interface PageProps {
  user: User;
  scopes: readonly string[];
  /** Says what went wrong, and leaves where the session has ended. */
  onTrouble: (error: unknown) => void;
  /** Says something to everybody, seen or heard. */
  onNotice: (text: string) => void;
  /** Requests have come or gone. */
  onRequests: () => void;
}

const TABS: readonly (readonly [string, string])[] = [
  ['search', 'Search'],
  ['removals', 'Requests'],
  ['reviews', 'Unclear'],
  ['lists', 'Lists'],
  ['blocked', 'Blocked'],
  ['rules', 'Rules'],
  ['classify', 'Classify'],
  ['reports', 'Reports'],
];

const REQUESTS_MS = 15_000;

/** The pages of who answers for consent. */
export function Comply({ user, hash, onSignedOut }: Props) {
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [notice, setNotice] = useState('');
  const place = placeOf(hash);

  function onTrouble(error: unknown): void {
    if (error instanceof SignedOut) onSignedOut();
    else setTrouble(reason(error));
  }

  function countRequests(): void {
    read<{ entities: Removal[] }>('/removals').then(
      ({ entities }) => setWaiting(entities.length),
      onTrouble,
    );
  }

  useEffect(() => {
    read<{ scopes: string[] }>('/scopes').then(({ scopes: found }) => setScopes(found), onTrouble);
    countRequests();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') countRequests();
    }, REQUESTS_MS);
    return () => clearInterval(timer);
  }, [user]);
  useEffect(() => {
    setTrouble(null);
    setNotice('');
  }, [hash]);
  useEffect(() => {
    document.title = `${waiting ? `(${waiting}) ` : ''}Compliance · Bindery`;
  }, [waiting]);

  async function leave(): Promise<void> {
    await signOut();
    onSignedOut();
  }

  const props: PageProps = {
    user,
    scopes,
    onTrouble,
    onNotice: (text) => {
      setTrouble(null);
      setNotice(text);
    },
    onRequests: countRequests,
  };
  return (
    <div class="operator comply">
      <header class="bar">
        <h1 class="brand">
          <Mark /> <span>Compliance</span>
        </h1>
        <span class="gap" />
        {operates(user) && <a href="#/floor">Floor</a>}
        {operates(user) && <a href="#/carriers">Carriers</a>}
        <a href="#/customers">Customers</a>
        {user.roles.includes('agent') && <a href="#/">Desk</a>}
        <span class="who wide">{user.name}</span>
        <button class="quiet" title="Sign out" aria-label="Sign out" onClick={() => void leave()}>
          <Leave />
        </button>
        <nav class="tabs" aria-label="Compliance">
          {TABS.map(([page, text]) => (
            <a
              key={page}
              href={`#/compliance/${page}`}
              aria-current={page === place.page ? 'page' : undefined}
            >
              {text}
              {page === 'removals' && waiting > 0 && <span class="badge keyword">{waiting}</span>}
            </a>
          ))}
        </nav>
      </header>
      <main>
        <p class="told" role="status">
          {notice}
        </p>
        <p class="form-error trouble" role="alert">
          {trouble}
        </p>
        {place.page === 'search' && <SearchPage {...props} query={place.query} />}
        {place.page === 'entry' && <EvidencePage key={place.about} {...props} id={place.about} />}
        {place.page === 'removals' && <RemovalsPage {...props} />}
        {place.page === 'reviews' && <ReviewsPage {...props} />}
        {place.page === 'lists' && <ImportPage {...props} />}
        {place.page === 'blocked' && <BlockedPage {...props} />}
        {place.page === 'rules' && !place.about && <RulesPage {...props} />}
        {place.page === 'rules' && place.about && (
          <RuleSetPage key={place.about} {...props} id={place.about} />
        )}
        {place.page === 'classify' && <ClassifyPage {...props} />}
        {place.page === 'reports' && <ReportsPage {...props} query={place.query} />}
      </main>
    </div>
  );
}
