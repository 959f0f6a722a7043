import { nameOf } from '../customers';
import { useNow } from '../store';
import type { DeskProps } from './Desktop';
import { peekAt } from './Peek';

/** On a phone, where one pane is shown at a time: what rings while another one is open. */
export function OfferStrip({ store, screen }: DeskProps) {
  const offer = screen.model.offers[0];
  const now = useNow(screen.skewMs);
  if (!offer || screen.pane === 'list' || screen.peeking === offer.conversation) return null;
  const left = Math.round(Math.max(0, offer.expires_ms - now) / 1000);
  function show(): void {
    peekAt(store, null);
    store.set({ pane: 'list' });
  }
  return (
    <div class="banner offered phone" role="status" aria-label="Offers">
      <span>
        {offer.asked_by === undefined ? 'Offer from' : `${offer.asked_by} asks about`}{' '}
        {nameOf(screen.customers, offer.customer)}
        <span aria-hidden> ·&nbsp;{left}&nbsp;s</span>
      </span>
      <button onClick={show}>Show</button>
    </div>
  );
}
