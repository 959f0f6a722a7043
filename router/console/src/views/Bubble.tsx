import { deliveryProblem, fullTimeOf, KEYWORD_TEXT, timeOf, whenText } from '../format';
import type { PendingSend } from '../state';
import type { Message } from '../wire';
import { Tick } from './Icons';

interface Props {
  message: Message;
  /** Name of the agent who looks. */
  me: string;
  /** The customer opted out: nothing can be sent again. */
  locked: boolean;
  /** Left out where it is only read. */
  onRetry?: () => void;
  /** It is being asked for. */
  retrying?: boolean;
}

function showMessage(id: string): void {
  const bubble = document.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`);
  bubble?.scrollIntoView({ block: 'center' });
  bubble?.focus();
}

export function Bubble({ message, me, locked, onRetry, retrying = false }: Props) {
  const problem = deliveryProblem(message);
  const { again, of } = message;
  const failed = ['failed', 'expired'].includes(message.state ?? '') && !message.automatic;
  const retry = failed && !locked && again === undefined && onRetry !== undefined;
  const kind = message.automatic ? 'out automatic' : message.direction;
  return (
    <li class={`bubble ${kind}`} data-message={message.id} tabIndex={-1}>
      <p class="text" dir="auto">
        <bdi class="unseen">{speaker(message, me)}: </bdi>
        {message.text}
      </p>
      {message.partial && <p class="partial">Incomplete: parts of this message have not come.</p>}
      {problem !== null && (
        <p class="problem">
          {problem}
          {retry && (
            <button disabled={retrying} onClick={onRetry}>
              Send again
            </button>
          )}
          {again !== undefined && (
            <button class="quiet" onClick={() => showMessage(again)}>
              Show what was sent again
            </button>
          )}
        </p>
      )}
      {message.parameters && (
        <details class="parameters">
          <summary>From the carrier</summary>
          <dl>
            {message.parameters.map(({ name, value }, i) => (
              <div key={i}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <p class="meta">
        {waits(message) && (
          <span class="badge">goes out {whenText(message.schedule_ms ?? 0, Date.now())}</span>
        )}
        {message.keyword && <span class="badge keyword">{KEYWORD_TEXT[message.keyword]}</span>}
        {message.automatic && <span class="badge">automatic</span>}
        {of !== undefined && <span class="badge">sent again</span>}
        {message.direction === 'note' && <span class="badge">note</span>}
        {message.direction !== 'in' && !message.automatic && message.author !== me && (
          <span>{message.author}</span>
        )}
        {(message.segments ?? 1) > 1 && <span>{message.segments} SMS</span>}
        {message.at_ms !== undefined && (
          <time title={fullTimeOf(message.at_ms)} dateTime={new Date(message.at_ms).toISOString()}>
            {timeOf(message.at_ms)}
          </time>
        )}
        {message.direction === 'out' && message.state && (
          <Tick state={message.state} reason={message.reason} />
        )}
      </p>
    </li>
  );
}

/** Whether its time has not come, by the state that it has. */
function waits(message: Message): boolean {
  return message.schedule_ms !== undefined && message.state === 'queued';
}

function speaker(message: Message, me: string): string {
  if (message.direction === 'in') return 'Customer';
  if (message.direction === 'note')
    return `Note by ${message.author === me ? 'you' : (message.author ?? 'an agent')}`;
  if (message.automatic) return 'Automatic answer';
  return message.author === me ? 'You' : (message.author ?? 'Agent');
}

interface PendingProps {
  send: PendingSend;
  offline: boolean;
  /** Left out where nothing can be written. */
  onEdit?: (() => void) | undefined;
  onResend: () => void;
  onDiscard: () => void;
}

/** A reply that the server has not taken yet. */
export function PendingBubble({ send, offline, onEdit, onResend, onDiscard }: PendingProps) {
  return (
    <li class="bubble out pending">
      <p class="text" dir="auto">
        <bdi class="unseen">You: </bdi>
        {send.text}
      </p>
      {send.refused === null ? (
        <p class="meta">
          <span>{offline ? 'Waits for the connection' : 'Handing over'}</span>
          <time>{timeOf(send.at_ms)}</time>
          <Tick state="queued" />
        </p>
      ) : (
        <p class="problem">
          Not sent: {send.refused}
          {onEdit && <button onClick={onEdit}>Edit</button>}
          <button onClick={onResend}>Try again</button>
          <button onClick={onDiscard}>Discard</button>
        </p>
      )}
    </li>
  );
}
