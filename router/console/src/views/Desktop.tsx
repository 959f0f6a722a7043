import { useEffect, useLayoutEffect } from 'preact/hooks';

import { isMac, isPhone } from '../browser';
import type { Desk } from '../desk';
import { pageTitle } from '../format';
import { commandOf, type Command } from '../keys';
import { firstToWrap, itemOf } from '../state';
import type { Screen, Store } from '../store';
import { unreadCount } from '../thread';
import { Bar } from './Bar';
import { CloseDialog } from './CloseDialog';
import { HelpDialog } from './HelpDialog';
import { List } from './List';
import { ParkDialog } from './ParkDialog';
import { Peek, peekAt } from './Peek';
import { Side } from './Side';
import { StartDialog } from './StartDialog';
import { Thread } from './Thread';
import { TransferDialog } from './TransferDialog';

export interface DeskProps {
  desk: Desk;
  store: Store;
  screen: Screen;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches('textarea, select, input:not([type=radio]):not([type=checkbox])');
}

function focusReply(): void {
  document.getElementById('reply')?.focus();
}

function run(command: Command, { desk, store }: DeskProps): void {
  const { model } = store.screen;
  const offer = model.offers[0];
  const item = itemOf(model, model.selected);
  switch (command) {
    case 'next':
      return desk.move(1);
    case 'previous':
      return desk.move(-1);
    case 'waiting':
      return desk.toWaiting();
    case 'accept':
      return void (offer && desk.accept(offer));
    case 'decline':
      return void (offer && desk.decline(offer));
    case 'close':
      return item && item.conversation.state !== 'parked'
        ? store.set({ dialog: 'close', wrapping: firstToWrap(item) })
        : undefined;
    case 'park':
      if (item?.conversation.state === 'connected') store.set({ dialog: 'park' });
      else if (item?.conversation.state === 'parked') void desk.resume(item.conversation.id);
      return;
    case 'reply':
      if (model.selected) store.set({ pane: 'thread', composing: 'reply' });
      return focusReply();
    case 'note':
      if (model.selected) store.set({ pane: 'thread', composing: 'note' });
      return focusReply();
    case 'transfer':
      return item?.conversation.state === 'connected'
        ? store.set({ dialog: 'transfer' })
        : undefined;
    case 'start':
      return store.set({ dialog: 'start', startTo: null });
    case 'look': {
      const asked = model.offers.find((other) => other.asked_by !== undefined);
      return asked ? peekAt(store, asked.conversation) : undefined;
    }
    case 'queue':
      return void desk.setQueue(model.agent?.routing === 'off_queue');
    case 'help':
      return store.set({ dialog: 'help' });
  }
}

function useKeys(props: DeskProps): void {
  const { store } = props;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (store.screen.dialog !== null || event.isComposing || event.repeat) return;
      if (event.getModifierState('AltGraph')) return;
      const command = commandOf(event, store.screen.keys, isMac, isTyping(event.target));
      if (!command) return;
      event.preventDefault();
      run(command, props);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [props.desk, store]);
}

/** Moves the focus with the choice: to the reply, or on a phone (where that would bring up the
 * keyboard) to the heading. At once: later it would take it from what is being typed by then. */
function useFocus(selected: string | null, { dialog, focus }: Screen): void {
  useLayoutEffect(() => {
    if (selected === null || dialog !== null) return;
    if (isPhone()) document.getElementById('thread-title')?.focus();
    else focusReply();
  }, [selected, focus]);
}

export function Desktop(props: DeskProps) {
  const { desk, store, screen } = props;
  const { model, pane, dialog } = screen;
  const item = itemOf(model, model.selected);
  const asked = model.offers.find((offer) => offer.conversation === screen.peeking);
  const unread = model.items.reduce(
    (sum, { messages, read }) => sum + unreadCount(messages, read),
    0,
  );

  useKeys(props);
  useFocus(item?.conversation.id ?? null, screen);
  useEffect(() => {
    document.title = pageTitle(model.offers.length, unread);
  }, [model.offers.length, unread]);

  return (
    <div class="desk" data-pane={item || asked ? pane : 'list'}>
      <Bar {...props} />
      <main class="panes">
        <List {...props} />
        <section class="thread" aria-label="Conversation">
          {asked ? (
            <Peek key={asked.conversation} {...props} offer={asked} />
          ) : item ? (
            <Thread key={item.conversation.id} {...props} item={item} />
          ) : (
            <p class="empty">
              {model.items.length
                ? 'Choose a conversation.'
                : 'Conversations you accept appear here.'}
            </p>
          )}
        </section>
        {item && !asked && <Side {...props} conversation={item.conversation} />}
      </main>
      {screen.notice !== null && (
        <p class="notice" role="alert">
          {screen.notice}
          <button onClick={() => store.set({ notice: null })}>Dismiss</button>
        </p>
      )}
      {dialog === 'help' && <HelpDialog store={store} keys={screen.keys} />}
      {dialog === 'start' && <StartDialog desk={desk} store={store} />}
      {dialog === 'close' && item && item.conversation.state !== 'parked' && (
        <CloseDialog
          key={`${item.conversation.id} ${screen.wrapping}`}
          desk={desk}
          store={store}
          item={item}
        />
      )}
      {dialog === 'transfer' && item?.conversation.state === 'connected' && (
        <TransferDialog key={item.conversation.id} desk={desk} store={store} item={item} />
      )}
      {dialog === 'park' && item?.conversation.state === 'connected' && (
        <ParkDialog
          key={item.conversation.id}
          desk={desk}
          store={store}
          conversation={item.conversation}
        />
      )}
      <p class="unseen" aria-live="polite">
        {screen.polite}
      </p>
      <p class="unseen" aria-live="assertive">
        {screen.assertive}
      </p>
    </div>
  );
}
