/**
 * The keyboard: which combination means which command. Alt with a letter takes no letter from a
 * layout, except where Alt (Option) itself types letters, on a Mac: there Control stands with it.
 */

export type Command =
  | 'next'
  | 'previous'
  | 'waiting'
  | 'accept'
  | 'decline'
  | 'close'
  | 'reply'
  | 'note'
  | 'transfer'
  | 'look'
  | 'start'
  | 'park'
  | 'queue'
  | 'help';

export type KeyMap = Record<Exclude<Command, 'help'>, string>;

export const DEFAULT_KEYS: KeyMap = {
  next: 'j',
  previous: 'k',
  waiting: 'u',
  accept: 'a',
  decline: 'd',
  close: 'e',
  reply: 'l',
  note: 'p',
  transfer: 't',
  look: 'r',
  start: 'n',
  park: 'z',
  queue: 'q',
};

export const COMMAND_TEXT: Record<Command, string> = {
  next: 'Next conversation',
  previous: 'Previous conversation',
  waiting: 'Who has waited longest for an answer',
  accept: 'Accept the offer',
  decline: 'Decline the offer',
  close: 'Close the conversation',
  reply: 'Write a reply',
  note: 'Write a note for colleagues',
  transfer: 'Transfer the conversation',
  look: 'Read what a colleague asks about',
  start: 'Begin a conversation',
  park: 'Park the conversation, or take it up again',
  queue: 'Go on or off queue',
  help: 'Show these keys',
};

export interface Stroke {
  key: string;
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
}

/** The letter or digit of a stroke: of the layout if it is a Latin one, else of the key's place. */
function letterOf(stroke: Stroke): string | null {
  const key = stroke.key.toLowerCase();
  if (/^[a-z0-9]$/.test(key)) return key;
  const place = /^(?:Key|Digit)([A-Z0-9])$/.exec(stroke.code);
  return place?.[1]?.toLowerCase() ?? null;
}

/** The letter of a stroke that has the modifiers of a command, or null. AltGr arrives as Control
 * and Alt together on some systems and types letters, so elsewhere Control must be up. */
export function commandLetter(stroke: Stroke, mac: boolean): string | null {
  if (!stroke.altKey || stroke.metaKey || stroke.shiftKey || stroke.ctrlKey !== mac) return null;
  return letterOf(stroke);
}

/** The command of a stroke. `typing` says that a text field has the focus. */
export function commandOf(
  stroke: Stroke,
  keys: KeyMap,
  mac: boolean,
  typing: boolean,
): Command | null {
  if (stroke.key === '?' && !typing && !stroke.altKey && !stroke.ctrlKey && !stroke.metaKey)
    return 'help';
  const letter = commandLetter(stroke, mac);
  if (letter === null) return null;
  const names = Object.keys(keys) as (keyof KeyMap)[];
  return names.find((name) => keys[name] === letter) ?? null;
}

/** Gives `command` another letter; the command that had it takes the old one. */
export function remap(keys: KeyMap, command: keyof KeyMap, letter: string): KeyMap {
  const names = Object.keys(keys) as (keyof KeyMap)[];
  const holder = names.find((name) => keys[name] === letter);
  const changed = { ...keys, [command]: letter };
  if (holder && holder !== command) changed[holder] = keys[command];
  return changed;
}

/** Reads a stored map; what is missing or malformed keeps its default. */
export function parseKeys(text: string | null): KeyMap {
  try {
    const stored = JSON.parse(text ?? '{}') as Record<string, unknown>;
    const names = Object.keys(DEFAULT_KEYS) as (keyof KeyMap)[];
    return names.reduce((keys, name) => {
      const letter = stored[name];
      return typeof letter === 'string' && /^[a-z0-9]$/.test(letter)
        ? remap(keys, name, letter)
        : keys;
    }, DEFAULT_KEYS);
  } catch {
    return DEFAULT_KEYS;
  }
}

export function strokeText(letter: string, mac: boolean): string {
  return `${mac ? '⌃⌥' : 'Alt+'}${letter.toUpperCase()}`;
}
