/** Small things that depend on the browser that the page runs in. */
import { RequestError } from './wire';

/** A ref nobody else makes. `crypto.randomUUID` would need a secure context. */
export function newRef(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function agentUrl(): string {
  const url = new URL('/agent', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** Whether one pane is shown at a time; the width is that of style.css. */
export function isPhone(): boolean {
  return matchMedia('(max-width: 820px)').matches;
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** A refusal as a sentence for the agent. */
export function explain(error: unknown): string {
  if (!(error instanceof RequestError)) return 'Something went wrong on this page.';
  return error.message || error.code;
}
