import { useState } from 'preact/hooks';

import { isMac } from '../browser';
import { COMMAND_TEXT, commandLetter, DEFAULT_KEYS, remap, strokeText, type KeyMap } from '../keys';
import type { Store } from '../store';
import { Modal } from './Modal';

/** Lists the keys, and lets each be changed: the next combination pressed becomes it. */
export function HelpDialog({ store, keys }: { store: Store; keys: KeyMap }) {
  const [changing, setChanging] = useState<keyof KeyMap | null>(null);
  const names = Object.keys(keys) as (keyof KeyMap)[];

  function keep(changed: KeyMap): void {
    localStorage.setItem('bindery.keys', JSON.stringify(changed));
    store.set({ keys: changed });
  }

  function onKeyDown(event: KeyboardEvent): void {
    const letter = changing && commandLetter(event, isMac);
    if (!changing || !letter) return;
    event.preventDefault();
    keep(remap(keys, changing, letter));
    setChanging(null);
  }

  return (
    <Modal title="Keyboard" onClose={() => store.set({ dialog: null })}>
      <table class="keys" onKeyDown={onKeyDown}>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{COMMAND_TEXT[name]}</th>
              <td>
                <button onClick={() => setChanging(name)} onBlur={() => setChanging(null)}>
                  <span class="unseen">Change the key of {COMMAND_TEXT[name]}: </span>
                  <kbd>
                    {changing === name
                      ? `${isMac ? '⌃⌥' : 'Alt+'}…`
                      : strokeText(keys[name], isMac)}
                  </kbd>
                </button>
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">{COMMAND_TEXT.help}</th>
            <td>
              <kbd>?</kbd>
            </td>
          </tr>
          <tr>
            <th scope="row">Send, new line</th>
            <td>
              <kbd>Enter</kbd> <kbd>Shift+Enter</kbd>
            </td>
          </tr>
        </tbody>
      </table>
      <p class="hint">Choose a key to change it, then press the new combination.</p>
      <div class="dialog-actions">
        <button onClick={() => keep(DEFAULT_KEYS)}>Defaults</button>
        <button class="primary" autofocus onClick={() => store.set({ dialog: null })}>
          Done
        </button>
      </div>
    </Modal>
  );
}
