/**
 * Placeholders of canned responses: `{{agent.name}}`, `{{customer.name|there}}`. What stands behind the bar is
 * taken where nothing is known; without one the placeholder stays, for the agent to fill in.
 */

const PLACEHOLDER = /\{\{\s*([\w.-]+)\s*(?:\|([^{}]*))?\}\}/g;

type Values = Readonly<Record<string, string | undefined>>;

export function expand(text: string, values: Values): string {
  return text.replace(PLACEHOLDER, (whole, name: string, otherwise?: string) => {
    const value = values[name]?.trim();
    return value ? value : otherwise === undefined ? whole : otherwise.trim();
  });
}

/** The first placeholder that is still in a text, and where; null where there is none. */
export function unfilled(text: string): { text: string; at: number } | null {
  const match = new RegExp(PLACEHOLDER.source).exec(text);
  return match ? { text: match[0], at: match.index } : null;
}

/** What is looked for with a `/` at the beginning of a word that ends at the caret: its place and the words
 * behind it, or null. */
export function slashAt(text: string, caret: number): { at: number; query: string } | null {
  const line = text.slice(0, caret);
  const match = /(^|\s)\/([^/\n]{0,60})$/.exec(line);
  if (!match) return null;
  const query = match[2] ?? '';
  return { at: caret - query.length - 1, query };
}

/** Those whose name or text has every word, the ones with a name that begins so first. */
export function matching<T extends { name: string; text: string }>(
  all: readonly T[],
  query: string,
): readonly T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = all.filter(({ name, text }) => {
    const whole = `${name} ${text}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
  const first = words[0] ?? '';
  const rank = (one: T): number => (one.name.toLowerCase().startsWith(first) ? 0 : 1);
  return [...fits].sort((a, b) => rank(a) - rank(b));
}
