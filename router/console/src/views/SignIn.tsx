import { useEffect, useRef, useState } from 'preact/hooks';

import { hasPage, signIn, type User } from '../http';
import { Mark } from './Icons';

interface Props {
  /** Why somebody who is signed in, or was, is asked to sign in. */
  refused: string | null;
  onUser: (user: User) => void;
}

export function SignIn({ refused, onUser }: Props) {
  const [message, setMessage] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [blockedS, setBlockedS] = useState(0);
  const password = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = 'Sign in · Bindery';
  }, []);
  useEffect(() => {
    if (blockedS <= 0) return;
    const timer = setTimeout(() => setBlockedS(blockedS - 1), 1000);
    return () => clearTimeout(timer);
  }, [blockedS]);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    const result = await signIn(String(data.get('name')), String(data.get('password')));
    setBusy(false);
    if (result.ok && hasPage(result.user)) return onUser(result.user);
    setMessage(result.ok ? `${result.user.name} has no page here.` : result.message);
    if (!result.ok && result.retryAfterS !== null) setBlockedS(result.retryAfterS);
    password.current?.select();
    password.current?.focus();
  }

  return (
    <main class="plain">
      <form class="sign-in" onSubmit={(event) => void submit(event)}>
        <h1>
          <Mark /> Bindery
        </h1>
        <label>
          Name
          <input
            name="name"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            autofocus
          />
        </label>
        <label>
          Password
          <input
            ref={password}
            name="password"
            type="password"
            autocomplete="current-password"
            required
          />
        </label>
        <p class="form-error" role="alert">
          {message ?? refused}
          {blockedS > 0 && ` Try again in ${blockedS} s.`}
        </p>
        <button class="primary" disabled={busy || blockedS > 0}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
