import { clock } from '../format';
import type { Item, Work } from '../state';
import { useNow } from '../store';
import type { AfterCall as Kind } from '../wire';
import type { DeskProps } from './Desktop';

const WORK_TEXT: Record<Kind['mode'], string> = {
  mandatory: 'it asks for a wrap-up code',
  optional: 'a wrap-up code may be given',
  timeout: 'a wrap-up code may be given until the time is over',
  forced: 'it goes on until the time is over',
  agent_requested: 'a wrap-up code may be given',
};

/** How a leg is called where there are several. */
export const legName = ({ leg, queue_name }: Work): string => `leg ${leg}, ${queue_name}`;

/** What is left to do of legs that have ended, each by itself: below the thread, where the composer was if there is
 * nothing else. */
export function AfterCall({ store, screen, item }: DeskProps & { item: Item }) {
  const now = useNow(screen.skewMs);
  const { conversation, work } = item;
  const alone = conversation.state === 'after_call' && work.length === 1;
  return (
    <ul class="after-call" aria-label="After-call work">
      {work.map((of) => (
        <li key={of.leg}>
          <p role="status">
            {alone ? 'Disconnected. ' : `${capital(legName(of))}. `}
            After-call work: {WORK_TEXT[of.acw.mode]}.
            {of.acw.until_ms !== undefined && (
              <span class="countdown"> {clock(Math.max(0, of.acw.until_ms - now))} left</span>
            )}
          </p>
          {!alone && (
            <button
              aria-label={`Wrap up ${legName(of)}`}
              onClick={() => store.set({ dialog: 'close', wrapping: of.leg })}
            >
              Wrap up
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
