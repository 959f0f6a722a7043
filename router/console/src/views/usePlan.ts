import { useEffect, useState } from 'preact/hooks';

import { RequestError, type Plan } from '../wire';

const PLAN_AFTER_MS = 120;

interface Known {
  text: string;
  plan: Plan | null;
  refused: string | null;
  /** It is refused whenever it is asked, and not for now. */
  never: boolean;
}

/** What a text would become, by the server; `of` names what else it depends on. An answer for a text that has
 * since changed is not used: `current` says whether it is that of the text. */
export function usePlan(
  of: string,
  text: string,
  online: boolean,
  ask: (text: string) => Promise<Plan | null>,
): (Known & { current: boolean }) | null {
  const [known, setKnown] = useState<Known>();
  useEffect(() => {
    if (!text || !online) return;
    let stale = false;
    const timer = setTimeout(() => {
      ask(text).then(
        (plan) => stale || setKnown({ text, plan, refused: null, never: false }),
        (error: unknown) => {
          if (stale || !(error instanceof RequestError) || error.code === 'offline') return;
          const never = error.code === 'too_long';
          setKnown({ text, plan: null, refused: error.message, never });
        },
      );
    }, PLAN_AFTER_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [of, text, online]);
  return text && known ? { ...known, current: known.text === text } : null;
}
