import { useEffect, useState } from 'preact/hooks';

import { prepareSound } from '../alarm';
import { Admin } from '../admin/Admin';
import { Desk } from '../desk';
import { Comply } from '../comply/Comply';
import { CustomersPage } from '../contacts/CustomersPage';
import { complies, currentUser, hasPage, operates } from '../http';
import { EMPTY } from '../state';
import { useScreen, type Store } from '../store';
import { Operator } from '../operate/Operator';
import { FloorPage } from '../supervise/FloorPage';
import { Desktop } from './Desktop';
import { SignIn } from './SignIn';

const ASK_AGAIN_MS = 3000;

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return hash;
}

/** Decides between the sign-in page, the desktop, the operators' page and the supervisors', and keeps the desk while
 * somebody works. */
export function App({ store }: { store: Store }) {
  const screen = useScreen(store);
  const [desk, setDesk] = useState<Desk | null>(null);
  const { user } = screen;
  const hash = useHash();

  useEffect(() => {
    if (user !== undefined) return;
    let timer: ReturnType<typeof setTimeout>;
    const ask = (): void => {
      currentUser().then(
        (found) => store.set({ user: found, notice: null }),
        () => {
          store.set({ notice: 'The server cannot be reached. Trying again.' });
          timer = setTimeout(ask, ASK_AGAIN_MS);
        },
      );
    };
    ask();
    return () => clearTimeout(timer);
  }, [user, store]);

  useEffect(() => {
    if (!user?.roles.includes('agent')) return;
    const started = new Desk(store, user);
    started.start();
    setDesk(started);
    const hurry = (): void => started.hurry();
    const cut = (): void => started.cut();
    const seen = (): void => {
      if (document.visibilityState !== 'visible') return;
      started.hurry();
      started.markRead();
    };
    window.addEventListener('online', hurry);
    window.addEventListener('offline', cut);
    window.addEventListener('pointerdown', prepareSound, { once: true });
    window.addEventListener('keydown', prepareSound, { once: true });
    document.addEventListener('visibilitychange', seen);
    return () => {
      window.removeEventListener('online', hurry);
      window.removeEventListener('offline', cut);
      window.removeEventListener('pointerdown', prepareSound);
      window.removeEventListener('keydown', prepareSound);
      document.removeEventListener('visibilitychange', seen);
      started.stop();
      setDesk(null);
    };
  }, [user, store]);

  if (user === undefined)
    return (
      <main class="plain">
        <p role="status">{screen.notice ?? 'Loading…'}</p>
      </main>
    );
  if (user === null || !hasPage(user))
    return (
      <SignIn
        refused={
          user
            ? `${user.name} has no page here.`
            : screen.ended
              ? 'Your session has ended. Sign in to go on.'
              : null
        }
        onUser={(found) => store.set({ user: found, ended: false })}
      />
    );
  const left = (own = false): void => store.set({ user: null, ended: !own, model: EMPTY });
  if ((operates(user) || complies(user)) && hash.startsWith('#/customers'))
    return <CustomersPage user={user} hash={hash} onSignedOut={left} />;
  const onlyComplies = complies(user) && !operates(user) && !user.roles.includes('agent');
  if (complies(user) && (hash.startsWith('#/compliance') || onlyComplies))
    return <Comply user={user} hash={hash} onSignedOut={left} />;
  if (user.roles.includes('admin') && hash.startsWith('#/admin'))
    return <Admin user={user} hash={hash} onSignedOut={left} />;
  // A supervisor's first page; an admin's are the carriers.
  const onlyLeads = user.roles.includes('supervisor') && !user.roles.includes('agent');
  if (operates(user) && (hash === '#/floor' || (onlyLeads && hash !== '#/carriers')))
    return <FloorPage user={user} onSignedOut={left} />;
  if (operates(user) && (hash === '#/carriers' || !user.roles.includes('agent')))
    return <Operator user={user} onSignedOut={left} />;
  return desk ? <Desktop desk={desk} store={store} screen={screen} /> : null;
}
