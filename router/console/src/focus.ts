/**
 * Where the focus goes when what had it is gone: a row that was deleted, an offer that timed out, a dialog whose button
 * is no more. A browser lets it fall to the page, from where whoever works by keyboard or by ear begins anew.
 */
import { isPhone } from './browser';

const REPLY = '#reply';

/** Where work goes on: the first of these that is shown. */
const PLACES = [
  '#peek-title',
  REPLY,
  '.after-call:not(.parked) button',
  '.thread-actions button',
  '#thread-title',
  '.list .row',
  'main h2',
  'h1',
];

const OPERABLE = 'a[href], button, input, select, textarea';

/** What had the focus last, and where it stood. */
interface Held {
  element: Element;
  row: Element | null;
  /** Of the row's elements that can have it. */
  place: number;
  neighbours: readonly (Element | null)[];
}

const isShown = (element: Element): boolean =>
  element.isConnected && element.getClientRects().length > 0;

const isOperable = (element: Element): boolean => isShown(element) && !element.matches(':disabled');

const operable = (row: Element): Element[] =>
  [...row.querySelectorAll(OPERABLE)].filter(isOperable);

function hold(element: Element): Held {
  const row = element.closest('tr, li');
  return {
    element,
    row,
    place: row ? operable(row).indexOf(element) : -1,
    neighbours: [row?.nextElementSibling ?? null, row?.previousElementSibling ?? null],
  };
}

/** In the row, else in the next one, else in the one before it. */
function besides({ row, place, neighbours }: Held): Element | null {
  for (const other of [row, ...neighbours]) {
    const all = other && isShown(other) ? operable(other) : [];
    const found = all[place] ?? all[0];
    if (found) return found;
  }
  return null;
}

function placeFor(held: Held): Element | null {
  const dialog = document.querySelector('dialog[open]');
  if (dialog && !dialog.contains(held.row)) return dialog.querySelector('h2');
  const found = besides(held);
  if (found) return found;
  // On a phone a text field would bring up its keyboard.
  const wanted = PLACES.filter((place) => place !== REPLY || !isPhone());
  const places = wanted.flatMap((place) => [...document.querySelectorAll(place)]);
  return places.find(isOperable) ?? null;
}

function give(element: Element | null): void {
  if (!(element instanceof HTMLElement)) return;
  if (!element.matches(OPERABLE) && !element.hasAttribute('tabindex')) element.tabIndex = -1;
  element.focus();
}

/** Watches the page for good. Whoever leaves what is still there, for nothing, has meant to. */
export function keepFocus(): void {
  let held: Held | null = null;

  function settle(): void {
    if (!held || document.activeElement !== document.body) return;
    const { element } = held;
    if (isOperable(element)) return give(element); // it could not be pressed for a moment
    if (isShown(element)) return;
    const place = placeFor(held);
    held = null;
    give(place);
  }

  document.addEventListener('focusin', ({ target }) => {
    if (target instanceof Element) held = hold(target);
  });
  document.addEventListener('focusout', ({ target }) => {
    if (!(target instanceof Element) || !isOperable(target)) return;
    setTimeout(() => {
      const left = held?.element === target && document.activeElement === document.body;
      if (left && isOperable(target) && document.hasFocus()) held = null;
    });
  });
  const watch = new MutationObserver(() => {
    if (!held || document.activeElement !== document.body) return;
    requestAnimationFrame(settle);
  });
  watch.observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['disabled', 'hidden', 'data-pane', 'open'],
  });
}
