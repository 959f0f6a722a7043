/** The agent at work: turns commands into requests, and events into what the page shows. */
import { announcement, offersOf, offerText } from './announce';
import { beep, chime, endNotification, isAway, notify, prepareAlarm } from './alarm';
import { Customers, nameOf } from './customers';
import { byName } from './format';
import { currentUser, signOut, type User } from './http';
import { agentUrl, explain, isPhone, newRef } from './browser';
import { Link } from './link';
import { Memory } from './memory';
import { isResendable } from './outbox';
import {
  apply,
  applyLocal,
  EMPTY,
  itemOf,
  listed,
  longestWaiting,
  nextAtHand,
  type Item,
  type LocalEvent,
  type PendingSend,
} from './state';
import { standsAlone, type Composing, type Store } from './store';
import {
  RequestError,
  type Ack,
  type Given,
  type Message,
  type Offer,
  type Past,
  type Plan,
  type Response,
  type ServerEvent,
  type Target,
  type Targets,
} from './wire';

const PAGE = 50;
/** The pause before a request is said again that the server could not do for now. */
const RETRY_MS = 2000;
/** A server's event of one kind. */
type Told<T> = Extract<ServerEvent, { type: T }>;

/** Under which a customer's texts are notified, the newest in place of the one before. */
const textTag = (conversation: string): string => `text:${conversation}`;

/** Behind the id of a conversation in an offer that asks about it. */
const BESIDE = '~c';

export class Desk {
  private readonly link: Link;
  private readonly memory: Memory;
  private readonly customers: Customers;
  /** Conversations whose thread is being asked for. */
  private readonly loading = new Set<string>();
  /** Conversations that this window accepted: it shows them as they connect. */
  private readonly accepting = new Set<string>();

  constructor(
    private readonly store: Store,
    user: User,
  ) {
    this.memory = new Memory(user.name);
    this.link = new Link({
      url: agentUrl(),
      last: () => store.screen.model.last,
      onEvent: (event) => this.receive(event),
      onState: (link, retryAtMs) => {
        store.set({ link, retryAtMs });
        if (link === 'open') this.loadMissing();
      },
      stillSignedIn: async () => (await currentUser()) !== null,
      onSignedOut: () => store.set({ user: null, ended: true, model: EMPTY, dialog: null }),
      newRef,
    });
    this.customers = new Customers(
      async (customer) =>
        (await this.link.request({ type: 'customer', customer }, false)).customer ?? null,
      (customers) => store.set({ customers }),
    );
    const pending = this.memory.outbox();
    const selected = this.memory.selected();
    store.set({
      model: { ...EMPTY, pending, selected },
      customers: new Map(),
      pane: selected ? 'thread' : 'list',
      notice: null,
      busy: new Set(),
    });
    for (const send of pending)
      if (isResendable(send, Date.now())) void this.deliver(send, send.at_ms);
  }

  start(): void {
    this.link.open();
  }

  stop(): void {
    this.link.close();
  }

  hurry(): void {
    this.link.hurry();
  }

  cut(): void {
    this.link.cut();
  }

  async leave(): Promise<void> {
    this.link.close();
    await signOut();
    this.store.set({ user: null, model: EMPTY, dialog: null });
  }

  private receive(event: ServerEvent): void {
    const before = this.store.screen.model;
    const model = apply(before, event);
    if (model === before) return;
    if (event.type === 'snapshot' && event.now !== undefined)
      this.store.set({ skewMs: event.now - Date.now() });
    this.store.set({ model });
    // A dialog about a conversation that went away must not become one about its neighbour.
    if (before.selected !== model.selected) this.afterSelectionLost();
    else this.afterWorkEnded();
    const said = announcement(event, model, this.store.screen.customers);
    if (said) this.say(said);
    if (event.type === 'message' && event.message.direction === 'in') this.announceText(event);
    for (const offer of offersOf(event, before, model)) this.announceOffer(offer);
    if (event.type === 'snapshot') this.afterSnapshot();
    if (event.type === 'connected') this.afterConnected(event.conversation.id);
    for (const offer of before.offers)
      if (!model.offers.some((other) => other.conversation === offer.conversation))
        endNotification(offer.conversation);
    this.loadMissing();
    this.meetCustomers(event);
    this.markRead();
  }

  private meetCustomers(event: ServerEvent): void {
    const { model } = this.store.screen;
    const changed =
      event.type === 'customer_changed' ? this.itemFor(event.conversation) : undefined;
    if (event.type === 'snapshot') this.customers.renew(model);
    else if (changed) this.customers.renew(model, changed.conversation.customer);
    else this.customers.follow(model);
  }

  private announceOffer(offer: Offer): void {
    const { skewMs, customers } = this.store.screen;
    const text = offerText(offer, Date.now() + skewMs, customers);
    this.store.set({ assertive: `Conversation offered: ${text}.` });
    notify(offer.conversation, 'Conversation offered', text);
    if (!this.store.screen.muted) beep();
  }

  private announceText({ conversation, message }: Told<'message'>): void {
    const { customers, muted } = this.store.screen;
    const customer = this.itemFor(conversation)?.conversation.customer;
    if (customer === undefined || !isAway()) return;
    const open = (): void => this.select(conversation);
    notify(
      textTag(conversation),
      `Message from ${nameOf(customers, customer)}`,
      message.text,
      open,
    );
    if (!muted) chime();
  }

  private itemFor(conversation: string): Item | undefined {
    return itemOf(this.store.screen.model, conversation);
  }

  private say(polite: string): void {
    this.store.set({ polite });
  }

  private local(event: LocalEvent): void {
    const before = this.store.screen.model;
    const model = applyLocal(before, event);
    this.store.set({ model });
    if (model.pending !== before.pending) this.memory.keepOutbox(model.pending);
  }

  private afterSnapshot(): void {
    const reads = this.memory.reads();
    for (const { conversation } of this.store.screen.model.items) {
      const at = reads[conversation.id];
      if (at) this.local({ type: 'read', conversation: conversation.id, at });
    }
  }

  private afterConnected(conversation: string): void {
    const asked = this.accepting.delete(`${conversation}${BESIDE}`);
    if (this.accepting.delete(conversation) || asked) this.show(conversation);
  }

  /** Chooses what came by itself; but not under a dialog that is about what is chosen. */
  private show(conversation: string): void {
    if (standsAlone(this.store.screen.dialog)) this.select(conversation);
  }

  private afterSelectionLost(): void {
    const { model, dialog, pane } = this.store.screen;
    this.memory.keepSelected(model.selected);
    this.store.set({
      dialog: standsAlone(dialog) ? dialog : null,
      pane: isPhone() || model.selected === null ? 'list' : pane,
    });
  }

  /** Nor may one about a leg whose after-call work is over become one about another leg. */
  private afterWorkEnded(): void {
    const { model, dialog, wrapping } = this.store.screen;
    const work = itemOf(model, model.selected)?.work ?? [];
    if (dialog === 'close' && wrapping !== null && !work.some(({ leg }) => leg === wrapping))
      this.store.set({ dialog: null });
  }

  private loadMissing(): void {
    if (this.store.screen.link !== 'open') return;
    for (const item of this.store.screen.model.items)
      if (!item.loaded) void this.loadPage(item.conversation.id);
    this.loadPastMissing();
  }

  private async loadPage(conversation: string, before?: string): Promise<void> {
    if (this.loading.has(conversation)) return;
    this.loading.add(conversation);
    try {
      const ack = await this.link.request(
        { type: 'thread', conversation, limit: PAGE, ...(before === undefined ? {} : { before }) },
        false,
      );
      // A snapshot in between began the item anew; its own page is asked for next.
      if (before !== undefined && this.itemFor(conversation)?.loaded !== true) return;
      this.local({
        type: 'thread_loaded',
        conversation,
        messages: ack.messages ?? [],
        more: ack.more ?? false,
      });
      this.loadPastMissing();
      this.markRead();
    } catch (error) {
      const code = error instanceof RequestError ? error.code : '';
      if (code === 'unavailable') setTimeout(() => this.loadMissing(), RETRY_MS);
      else if (before === undefined && code !== 'offline')
        this.local({ type: 'thread_loaded', conversation, messages: [], more: false });
    } finally {
      this.loading.delete(conversation);
    }
  }

  async loadEarlier(conversation: string): Promise<void> {
    const item = this.itemFor(conversation);
    const earliest = item?.messages[0];
    if (item?.loaded && item.more && earliest) await this.loadPage(conversation, earliest.at);
  }

  /** The past of what is chosen is asked for once its own messages are there, and anew with each leg. */
  private loadPastMissing(): void {
    const { model, link } = this.store.screen;
    const item = itemOf(model, model.selected);
    if (link === 'open' && item?.loaded && item.past?.leg !== item.conversation.leg)
      void this.loadPast(item.conversation.id);
  }

  /** The page before what is there of a conversation's past; the first one, where nothing is. */
  async loadPast(conversation: string): Promise<void> {
    const item = this.itemFor(conversation);
    const key = `${conversation} past`;
    if (!item || this.loading.has(key)) return;
    const { leg } = item.conversation;
    const goesOn = item.past?.leg === leg;
    const oldest = goesOn ? item.past?.talks.at(-1) : undefined;
    const from = oldest && { of: oldest.id, before: oldest.messages[0]?.at ?? '0-1' };
    this.loading.add(key);
    try {
      const asked = { type: 'past', conversation, limit: PAGE, ...from } as const;
      const { past: talks = [], more = false } = await this.link.request(asked, false);
      // What was there was dropped meanwhile, with whatever this would have been joined to.
      if (goesOn && this.itemFor(conversation)?.past !== item.past) return;
      this.local({ type: 'past_loaded', conversation, leg, talks, more, goesOn });
    } catch (error) {
      const code = error instanceof RequestError ? error.code : '';
      if (code === 'unavailable') setTimeout(() => this.loadMissing(), RETRY_MS);
      else if (!goesOn && code !== 'offline')
        this.local({ type: 'past_loaded', conversation, leg, talks: [], more: false, goesOn });
    } finally {
      this.loading.delete(key);
    }
    this.loadPastMissing();
  }

  /** What the agent has in front of them counts as read; called too when the page is seen again. */
  markRead(): void {
    const { model, pane } = this.store.screen;
    const item = itemOf(model, model.selected);
    const last = item?.messages.at(-1);
    const seen = document.visibilityState === 'visible' && (pane === 'thread' || !isPhone());
    if (!item || !last || !seen || item.read === last.at) return;
    this.local({ type: 'read', conversation: item.conversation.id, at: last.at });
    endNotification(textTag(item.conversation.id));
    const marks = this.store.screen.model.items.flatMap(({ conversation, read }) =>
      read === null ? [] : [[conversation.id, read]],
    );
    this.memory.keepReads(Object.fromEntries(marks) as Record<string, string>);
  }

  select(conversation: string | null): void {
    this.local({ type: 'selected', conversation });
    this.memory.keepSelected(conversation);
    const focus = this.store.screen.focus + 1;
    this.store.set({ pane: conversation === null ? 'list' : 'thread', focus });
    this.loadPastMissing();
    this.markRead();
  }

  /** Chooses the conversation `step` places further in the list, around its ends. */
  move(step: 1 | -1): void {
    const { items: all, selected } = this.store.screen.model;
    const items = listed(all).flat();
    if (!items.length) return;
    const at = items.findIndex((item) => item.conversation.id === selected);
    const from = at < 0 ? (step > 0 ? -1 : 0) : at;
    const next = items[(from + step + items.length) % items.length];
    if (next) this.select(next.conversation.id);
  }

  /** Chooses the one whose customer has waited longest, of the others where that is looked at. */
  toWaiting(): void {
    const { items, selected } = this.store.screen.model;
    const others = listed(items)[0].filter(({ conversation: { id } }) => id !== selected);
    const next = longestWaiting(others);
    if (next) this.select(next.conversation.id);
  }

  async setQueue(on: boolean): Promise<void> {
    if (on) prepareAlarm();
    const routing = on ? 'on_queue' : 'off_queue';
    await this.ask('status', () => this.link.request({ type: 'status', routing }, false));
  }

  async setPresence(presence: string): Promise<void> {
    await this.ask('presence', () => this.link.request({ type: 'presence', presence }, false));
  }

  async accept(offer: Offer): Promise<void> {
    const { conversation, epoch } = offer;
    this.accepting.add(conversation);
    const accepted = await this.ask(`offer:${conversation}`, () =>
      this.link.request({ type: 'accept', conversation, epoch }, true),
    );
    const whole = conversation.replace(BESIDE, '');
    if (!accepted) this.accepting.delete(conversation);
    else if (this.itemFor(whole)?.conversation.state === 'connected') this.afterConnected(whole);
  }

  async decline(offer: Offer): Promise<void> {
    const { conversation, epoch } = offer;
    await this.ask(`offer:${conversation}`, () =>
      this.link.request({ type: 'decline', conversation, epoch }, true),
    );
  }

  async close(conversation: string, wrapup: string, notes: string): Promise<boolean> {
    return this.ask(`close:${conversation}`, () =>
      this.link.request(
        { type: 'close', conversation, wrapup, ...(notes ? { notes } : {}) },
        false,
      ),
    );
  }

  /** Ends the leg; after-call work follows by the queue's mode. */
  async disconnect(conversation: string): Promise<boolean> {
    return this.ask(`close:${conversation}`, () =>
      this.link.request({ type: 'disconnect', conversation }, false),
    );
  }

  /** Ends the after-call work of a leg; without a code where the queue does not ask for one. */
  async wrapup(conversation: string, leg: number, wrapup: string, notes: string): Promise<boolean> {
    return this.ask(`close:${conversation}`, () =>
      this.link.request(
        {
          type: 'wrapup',
          conversation,
          leg,
          ...(wrapup ? { wrapup } : {}),
          ...(notes ? { notes } : {}),
        },
        false,
      ),
    );
  }

  /** Puts it aside until that time of the server's clock, or until it is taken up again, and goes on with another. */
  async park(conversation: string, untilMs: number | null): Promise<boolean> {
    const next = nextAtHand(this.store.screen.model.items, conversation);
    const until = untilMs === null ? {} : { until_ms: untilMs };
    const taken = await this.ask(`park:${conversation}`, () =>
      this.link.request({ type: 'park', conversation, ...until }, true),
    );
    const { model } = this.store.screen;
    if (!taken || model.selected !== conversation || !itemOf(model, next)) return taken;
    this.store.set({ dialog: null });
    this.select(isPhone() ? null : next);
    return taken;
  }

  /** The customer's conversations, the newest first; those behind `before`. */
  async history(conversation: string, before?: string): Promise<{ past: Past[]; more: boolean }> {
    const asked = { type: 'history', conversation, ...(before ? { before } : {}) } as const;
    const { history = [], more = false } = await this.link.request(asked, false);
    return { past: history, more };
  }

  /** Messages of another conversation of the same customer's, the newest last. */
  async earlier(
    conversation: string,
    of: string,
    before?: string,
  ): Promise<{ messages: Message[]; more: boolean }> {
    const asked = { type: 'earlier', conversation, of, limit: PAGE } as const;
    const ack = await this.link.request({ ...asked, ...(before ? { before } : {}) }, false);
    return { messages: ack.messages ?? [], more: ack.more ?? false };
  }

  async resume(conversation: string): Promise<boolean> {
    return this.ask(`park:${conversation}`, () =>
      this.link.request({ type: 'resume', conversation }, true),
    );
  }

  /** Whom conversations may be given to, and what this one asks for. */
  async targets(conversation?: string): Promise<Targets> {
    const asked = { type: 'targets', ...(conversation && { conversation }) } as const;
    const { queues = [], agents = [], skills, priority } = await this.link.request(asked, false);
    const order = (a: Target, b: Target): number => byName(a.title, b.title);
    const needs = skills && priority !== undefined ? { skills, priority } : null;
    return { queues: [...queues].sort(order), agents: [...agents].sort(order), needs };
  }

  /** Gives it away, or asks first (`consult`): then it stays until somebody accepts. */
  async transfer(type: 'transfer' | 'consult', conversation: string, to: Given): Promise<boolean> {
    return this.ask(`transfer:${conversation}`, () =>
      this.link.request({ type, conversation, ...to }, true),
    );
  }

  async endConsult(conversation: string): Promise<boolean> {
    return this.ask(`transfer:${conversation}`, () =>
      this.link.request({ type: 'consult_end', conversation }, false),
    );
  }

  /** How the asking ended was seen. */
  answerSeen(conversation: string): void {
    this.local({ type: 'answer_seen', conversation });
  }

  /** The thread of what is asked about, while it rings; null once that is over. */
  async peek(offer: Offer): Promise<Message[] | null> {
    try {
      const ask = { type: 'thread', conversation: offer.conversation, limit: PAGE } as const;
      return (await this.link.request(ask, false)).messages ?? [];
    } catch {
      return null;
    }
  }

  /** Whether it was taken; where not, the text is the caller's to keep. */
  async note(conversation: string, text: string): Promise<boolean> {
    return this.ask(`note:${conversation}`, () =>
      this.link.request({ type: 'note', conversation, text }, true),
    );
  }

  /** Runs a request with its name marked busy; a refusal becomes the notice. */
  private async ask(name: string, request: () => Promise<Ack>): Promise<boolean> {
    const { busy } = this.store.screen;
    if (busy.has(name)) return false;
    this.store.set({ busy: new Set([...busy, name]), notice: null });
    try {
      await request();
      return true;
    } catch (error) {
      this.store.set({ notice: explain(error) });
      return false;
    } finally {
      const left = [...this.store.screen.busy].filter((other) => other !== name);
      this.store.set({ busy: new Set(left) });
    }
  }

  async plan(conversation: string, text: string): Promise<Plan | null> {
    const ack = await this.link.request({ type: 'plan', conversation, text }, false);
    return ack.plan ?? null;
  }

  /** How a text would be sent that begins a conversation. */
  async startPlan(queue: string, customer: string, text: string): Promise<Plan | null> {
    const ack = await this.link.request({ type: 'plan', queue, customer, text }, false);
    return ack.plan ?? null;
  }

  /** Begins a conversation and shows it. */
  async begin(queue: string, customer: string, text: string): Promise<boolean> {
    let begun = '';
    const taken = await this.ask('start', async () => {
      const ack = await this.link.request({ type: 'start', queue, customer, text }, true);
      begun = ack.conversation?.id ?? '';
      return ack;
    });
    if (begun && this.itemFor(begun)) this.show(begun);
    else if (begun) this.accepting.add(begun);
    return taken;
  }

  /** What is kept for the agents of a queue; empty where it did not come. */
  async responses(queue: string): Promise<readonly Response[]> {
    try {
      return (await this.link.request({ type: 'responses', queue }, false)).responses ?? [];
    } catch {
      return [];
    }
  }

  send(conversation: string, text: string): void {
    const at_ms = Date.now();
    const send = { ref: newRef(), conversation, text, at_ms, refused: null, shown: null };
    this.local({ type: 'send_started', send });
    void this.deliver(send);
  }

  /** `saidMs`: when it may have been said before. */
  private async deliver(send: PendingSend, saidMs: number | null = null): Promise<void> {
    const { ref, conversation, text } = send;
    try {
      const ack = await this.link.request({ type: 'send', conversation, text }, true, ref, saidMs);
      if (ack.message) this.local({ type: 'send_accepted', ref, message: ack.message });
      else this.local({ type: 'send_discarded', ref });
    } catch (error) {
      const code = error instanceof RequestError ? error.code : '';
      if (code === 'offline') return;
      // Whether it was taken is not known: only the same ref cannot double it.
      if (code === 'unavailable' && isResendable(send, Date.now())) {
        setTimeout(() => void this.deliver(send, send.at_ms), RETRY_MS);
        return;
      }
      const item = this.itemFor(conversation);
      this.local({ type: 'send_refused', ref, reason: explain(error) });
      if (!item) this.store.set({ notice: `A reply was not sent: ${explain(error)}` });
      this.say(`A reply was not sent: ${explain(error)}`);
    }
  }

  /** Says what was not delivered once more. The server does so once, however often it is asked. */
  async retry(conversation: string, message: string): Promise<void> {
    await this.ask(`retry:${message}`, async () => {
      const ack = await this.link.request({ type: 'retry', conversation, message }, true);
      if (ack.message) this.local({ type: 'retried', conversation, message: ack.message });
      return ack;
    });
  }

  /** Sends a refused reply anew. */
  resend(send: PendingSend): void {
    this.local({ type: 'send_discarded', ref: send.ref });
    this.send(send.conversation, send.text);
  }

  discard(send: PendingSend): void {
    this.local({ type: 'send_discarded', ref: send.ref });
  }

  draft(mode: Composing, conversation: string): string {
    return this.memory.draft(mode, conversation);
  }

  /** Whether a reply or a note was begun there and is not sent. */
  hasDraft(conversation: string): boolean {
    return (this.draft('reply', conversation) || this.draft('note', conversation)) !== '';
  }

  keepDraft(mode: Composing, conversation: string, text: string): void {
    this.memory.keepDraft(mode, conversation, text);
  }
}
