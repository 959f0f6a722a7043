import { isMac } from '../browser';
import { ROUTING_TEXT } from '../format';
import { strokeText } from '../keys';
import { useNow } from '../store';
import type { DeskProps } from './Desktop';
import { OfferStrip } from './OfferStrip';
import { Bell, Keyboard, Leave, Mark } from './Icons';
import { Ways } from './PageTop';
import { PresenceSelect } from './Presence';

/** The bar on top: on or off queue, load, connection, and what belongs to the person. */
export function Bar({ desk, store, screen }: DeskProps) {
  const { agent } = screen.model;
  const onQueue = agent !== null && agent.routing !== 'off_queue';
  const usable = screen.link === 'open' && agent !== null && !screen.busy.has('status');

  function toggleSound(): void {
    localStorage.setItem('bindery.muted', screen.muted ? 'no' : 'yes');
    store.set({ muted: !screen.muted });
  }

  return (
    <header class="bar">
      <h1 class="brand">
        <Mark /> <span>Bindery</span>
      </h1>
      <button
        class="switch"
        role="switch"
        aria-checked={onQueue}
        disabled={!usable}
        title={strokeText(screen.keys.queue, isMac)}
        onClick={() => void desk.setQueue(!onQueue)}
      >
        <span class="knob" aria-hidden />
        On queue
      </button>
      {agent && (
        <>
          <span class={`routing routing-${agent.routing}`} data-routing={agent.routing}>
            {ROUTING_TEXT[agent.routing]}
          </span>
          <PresenceSelect
            value={agent.presence ?? ''}
            disabled={screen.link !== 'open' || screen.busy.has('presence')}
            onChoose={(presence) => void desk.setPresence(presence)}
          />
          <span class="load" title="Conversations now / at once">
            <span class="unseen">Load </span>
            {agent.load}/{agent.capacity}
          </span>
        </>
      )}
      <Connection screen={screen} />
      <span class="gap" />
      {screen.user && <Ways here="#/" user={screen.user} />}
      <button
        class="quiet"
        aria-pressed={!screen.muted}
        title={screen.muted ? 'Sound is off' : 'Sound is on'}
        aria-label="Sound on offers"
        onClick={toggleSound}
      >
        <Bell off={screen.muted} />
      </button>
      <button
        class="quiet wide"
        title="Keys (?)"
        aria-label="Keyboard shortcuts"
        onClick={() => store.set({ dialog: 'help' })}
      >
        <Keyboard />
      </button>
      <span class="who wide">{screen.user?.name}</span>
      <button
        class="quiet"
        title="Sign out"
        aria-label="Sign out"
        onClick={() => void desk.leave()}
      >
        <Leave />
      </button>
      {agent?.routing === 'not_responding' && (
        <div class="banner warn" role="alert">
          <span>You did not take an offer. No new ones come until you are back.</span>
          <button class="primary" disabled={!usable} onClick={() => void desk.setQueue(true)}>
            Back on queue
          </button>
        </div>
      )}
      <OfferStrip desk={desk} store={store} screen={screen} />
    </header>
  );
}

function Connection({ screen }: Pick<DeskProps, 'screen'>) {
  const now = useNow(0);
  if (screen.link === 'open')
    return (
      <span class="link link-open wide" role="status">
        Connected
      </span>
    );
  const seconds = Math.max(0, Math.ceil(((screen.retryAtMs ?? now) - now) / 1000));
  const pause = screen.link === 'waiting' && seconds > 0;
  return (
    <span class="link link-lost">
      <span role="status">{screen.link === 'waiting' ? 'Connection lost' : 'Connecting…'}</span>
      {pause && <span aria-hidden> · again in {seconds} s</span>}
    </span>
  );
}
