import { useEffect, useState } from 'preact/hooks';

import type { User } from '../http';
import { useNow } from '../store';
import { PageTop } from '../views/PageTop';
import { Modal } from '../views/Modal';
import type { Command } from './carriers';
import { CarrierView } from './CarrierView';
import './operate.css';
import { UNSEEN, Watch } from './watch';
import { carrierState } from './words';

interface Props {
  user: User;
  onSignedOut: () => void;
}

interface Asked {
  carrier: string;
  command: Command;
}

const CONSEQUENCES: Record<Command, string> = {
  pause: 'Nothing new is sent to this carrier. Its binds stay and go on hearing.',
  drain: 'Nothing new is sent; once what is under way is over, its binds go down.',
  resume: '',
};

/** The page of who runs the gateway: every carrier, live. */
export function Operator({ user, onSignedOut }: Props) {
  const [seen, setSeen] = useState(UNSEEN);
  const [watch, setWatch] = useState<Watch | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const now = useNow(seen.skewMs);
  const carriers = seen.carriers ?? [];

  useEffect(() => {
    const started = new Watch(setSeen, onSignedOut);
    started.start();
    setWatch(started);
    return () => started.stop();
  }, [user]);
  useEffect(() => {
    const bad = carriers.filter((carrier) => carrierState(carrier).mood === 'danger').length;
    document.title = `${bad ? `(${bad}) ` : ''}Carriers · Bindery`;
  }, [seen.carriers]);

  function tell(carrier: string, command: Command): void {
    if (command === 'resume') void watch?.command(carrier, command);
    else setAsked({ carrier, command });
  }

  return (
    <div class="operator">
      <PageTop
        here="#/carriers"
        user={user}
        onSignedOut={onSignedOut}
        state={<Freshness trouble={seen.trouble} readAt={seen.readAt} />}
      />
      <p class="unseen" role="status">
        {seen.polite}
      </p>
      <main>
        {seen.carriers === null && <p class="empty">Loading…</p>}
        {seen.carriers?.length === 0 && <p class="empty">No carrier is configured.</p>}
        {carriers.length > 1 && (
          <nav aria-label="Carriers" class="overview">
            {carriers.map((carrier) => {
              const { text, mood } = carrierState(carrier);
              return (
                <button
                  key={carrier.name}
                  onClick={() =>
                    document.getElementById(`carrier-${carrier.name}`)?.scrollIntoView()
                  }
                >
                  {carrier.name} <span class={`mood mood-${mood}`}>{text}</span>
                </button>
              );
            })}
          </nav>
        )}
        {carriers.map((carrier) => (
          <CarrierView
            key={carrier.name}
            carrier={carrier}
            samples={seen.samples[carrier.name] ?? []}
            now={now}
            commands={user.roles.includes('admin')}
            busy={seen.busy.has(carrier.name)}
            onCommand={(command) => tell(carrier.name, command)}
          />
        ))}
      </main>
      {asked && (
        <Modal
          title={`${asked.command === 'pause' ? 'Pause' : 'Drain'} ${asked.carrier}?`}
          onClose={() => setAsked(null)}
        >
          <p>{CONSEQUENCES[asked.command]}</p>
          <p>It holds until somebody resumes it, over restarts too.</p>
          <div class="dialog-actions">
            <button onClick={() => setAsked(null)}>Leave it</button>
            <button
              class="primary"
              onClick={() => {
                void watch?.command(asked.carrier, asked.command);
                setAsked(null);
              }}
            >
              {asked.command === 'pause' ? 'Pause it' : 'Drain it'}
            </button>
          </div>
        </Modal>
      )}
    </div>
  );
}

function Freshness({ trouble, readAt }: { trouble: string | null; readAt: number }) {
  const now = useNow(0);
  if (!trouble)
    return (
      <span class="link link-open" role="status">
        Live
      </span>
    );
  const seconds = Math.max(0, Math.round((now - readAt) / 1000));
  return (
    <span class="link link-lost">
      <span role="alert">{trouble}</span>
      {readAt > 0 && <span aria-hidden> · as of {seconds} s ago</span>}
    </span>
  );
}
