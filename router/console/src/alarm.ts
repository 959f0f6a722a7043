/** What reaches an agent who looks elsewhere: a sound and a desktop notification for offers and for what customers
 * write. */

let audio: AudioContext | null = null;

/** Browsers allow sound only from a gesture; after a reload any first one will do. */
export function prepareSound(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

/** Going on queue is when an agent knows why they are asked for notifications. */
export function prepareAlarm(): void {
  prepareSound();
  if ('Notification' in window && Notification.permission === 'default')
    void Notification.requestPermission().catch(() => undefined);
}

export function beep(): void {
  if (!audio || audio.state !== 'running') return;
  tone(audio, 660, 0);
  tone(audio, 880, 0.18);
}

const CHIME_PAUSE_MS = 2000;
let chimedMs = 0;

/** For what was written while the agent looks elsewhere: lower, and once for several at a time. */
export function chime(): void {
  if (!audio || audio.state !== 'running' || Date.now() - chimedMs < CHIME_PAUSE_MS) return;
  chimedMs = Date.now();
  tone(audio, 520, 0);
}

/** Whether the agent looks elsewhere. */
export function isAway(): boolean {
  return document.visibilityState !== 'visible' || !document.hasFocus();
}

function tone(context: AudioContext, frequency: number, afterS: number): void {
  const start = context.currentTime + afterS;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.15, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.16);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.17);
}

const shown = new Map<string, Notification>();

/** Windows of one agent share the tag, so that an offer is notified once; `open` is done by who chooses it. */
export function notify(tag: string, title: string, body: string, open = (): void => {}): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  if (!isAway()) return;
  try {
    const notification = new Notification(title, { body, tag });
    notification.onclick = () => {
      window.focus();
      open();
      notification.close();
    };
    shown.set(tag, notification);
  } catch {
    // Some phones have the constructor and refuse it; the sound and the page remain.
  }
}

export function endNotification(tag: string): void {
  shown.get(tag)?.close();
  shown.delete(tag);
}
