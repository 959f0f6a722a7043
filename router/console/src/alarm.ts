/** What reaches an agent who looks elsewhere: a sound and a desktop notification per offer. */

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

/** Windows of one agent share the tag, so that an offer is notified once. */
export function notify(tag: string, title: string, body: string): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  if (document.visibilityState === 'visible' && document.hasFocus()) return;
  try {
    const notification = new Notification(title, { body, tag });
    notification.onclick = () => {
      window.focus();
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
