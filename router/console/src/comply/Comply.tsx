import { useEffect, useState } from 'preact/hooks';

import type { User } from '../http';
import '../operate/operate.css';
import type { Asking } from '../views/Loading';
import { PageTop, useMessages } from '../views/PageTop';
import { read, type Leaf, type Removal } from './api';
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
  asking: Asking;
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
  const messages = useMessages(hash, onSignedOut);
  const { onTrouble, onNotice, tries } = messages;
  const place = placeOf(hash);

  function countRequests(): void {
    read<Leaf<Removal>>('/removals', { pageSize: '1' }).then(
      ({ total }) => setWaiting(total),
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
  }, [user, tries]);
  useEffect(() => {
    document.title = `${waiting ? `(${waiting}) ` : ''}Compliance · Bindery`;
  }, [waiting]);

  const onRequests = countRequests;
  const props: PageProps = { user, scopes, onTrouble, asking: messages, onNotice, onRequests };
  return (
    <div class="operator comply">
      <PageTop here="#/compliance" user={user} onSignedOut={onSignedOut} messages={messages}>
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
      </PageTop>
      <main>
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
