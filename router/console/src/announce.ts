/** What an event says to somebody who does not look at its place on the screen. */
import { nameOf, type Known } from './customers';
import { clock } from './format';
import { itemOf, type State } from './state';
import type { ConsultEnd, Offer, ServerEvent } from './wire';

/** The sentence for the polite live region, or null. `state` is the one after the event. */
export function announcement(event: ServerEvent, state: State, known: Known): string | null {
  if (!('conversation' in event) || typeof event.conversation !== 'string') return null;
  const number = itemOf(state, event.conversation)?.conversation.customer;
  if (number === undefined) return null;
  const customer = nameOf(known, number);
  switch (event.type) {
    case 'message':
      if (event.message.direction !== 'in') return null;
      return `Message from ${customer}: ${event.message.text}`;
    case 'message_state':
      if (event.state !== 'failed' && event.state !== 'expired') return null;
      return `A reply to ${customer} was not delivered.`;
    case 'inactive':
      return `Nobody writes: the conversation with ${customer} is going to be closed.`;
    case 'resumed':
      return event.reason === 'agent' ? null : `${customer} is back from where it was parked.`;
    case 'opt':
      return `${customer} opted ${event.opted_out ? 'out' : 'back in'}.`;
    case 'consult_ended':
      return consultText(event.reason, event.agent ?? '', customer);
    default:
      return null;
  }
}

/** The offers that an event brought and that stand in the state after it. */
export function offersOf(event: ServerEvent, before: State, after: State): readonly Offer[] {
  if (event.type !== 'offer' && event.type !== 'snapshot') return [];
  const known = new Set(before.offers.map((offer) => `${offer.conversation} ${offer.epoch}`));
  return after.offers.filter((offer) => !known.has(`${offer.conversation} ${offer.epoch}`));
}

export function offerText(offer: Offer, nowMs: number, known: Known): string {
  const customer = nameOf(known, offer.customer);
  const words = offer.text === undefined ? '' : `: ${offer.text}`;
  if (offer.asked_by !== undefined) return `${offer.asked_by} asks about ${customer}${words}`;
  const waited = clock(nowMs - offer.waiting_since_ms);
  return `${customer}, ${offer.queue_name}, has waited ${waited}${words}`;
}

/** What came of asking whether somebody takes it. */
export function consultText(reason: ConsultEnd, agent: string, customer: string): string {
  const who = agent || 'Nobody';
  switch (reason) {
    case 'accepted':
      return `${who} has taken ${customer}.`;
    case 'declined':
      return `${who} declined. ${customer} is still yours.`;
    case 'timeout':
      return `${who} did not answer. ${customer} is still yours.`;
    case 'gone':
      return `${who} is no longer there. ${customer} is still yours.`;
    case 'cancelled':
    case 'over':
      return 'Nobody is asked any more.';
  }
}
