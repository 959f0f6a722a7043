/** Who writes: what is known of the customers on the screen, asked for once and again when it changes. */
import type { State } from './state';
import type { Customer } from './wire';

/** By number; null: nobody is known by it. */
export type Known = ReadonlyMap<string, Customer | null>;

const RETRY_MS = 2000;

/** What to call them: the name, or the number where none is known. */
export const nameOf = (known: Known, number: string): string => known.get(number)?.name || number;

/** What stands for `{{customer.…}}` in a canned response. */
export function placeholders(customer: Customer | null | undefined): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { field, value } of customer?.facts ?? [])
    if (field && value !== undefined) values[`customer.${field}`] = value;
  if (customer?.name) values['customer.name'] = customer.name;
  return values;
}

/** The numbers of everything that the screen shows. */
function numbersOf({ items, offers }: State): Set<string> {
  return new Set([
    ...items.map(({ conversation }) => conversation.customer),
    ...offers.map(({ customer }) => customer),
  ]);
}

export class Customers {
  private known = new Map<string, Customer | null>();
  /** Numbers asked about, with how often: what was asked before a change is out of date. */
  private readonly asked = new Map<string, number>();
  private asks = 0;

  constructor(
    /** Rejects where it cannot be had now. */
    private readonly ask: (number: string) => Promise<Customer | null>,
    private readonly onKnown: (known: Known) => void,
  ) {}

  /** Asks about those who are new on the screen, and forgets those who are not there any more. */
  follow(state: State): void {
    const shown = numbersOf(state);
    for (const number of this.asked.keys())
      if (!shown.has(number)) {
        this.asked.delete(number);
        if (this.known.delete(number)) this.tell();
      }
    for (const number of shown) if (!this.asked.has(number)) this.read(number);
  }

  /** Asks about one anew, or about all: something may have been missed. */
  renew(state: State, number?: string): void {
    if (number === undefined) this.asked.clear();
    else this.asked.delete(number);
    this.follow(state);
  }

  private tell(): void {
    this.known = new Map(this.known);
    this.onKnown(this.known);
  }

  private read(number: string): void {
    const ask = (this.asks += 1);
    this.asked.set(number, ask);
    this.ask(number).then(
      (customer) => {
        if (this.asked.get(number) !== ask) return;
        this.known.set(number, customer);
        this.tell();
      },
      () =>
        setTimeout(() => {
          if (this.asked.get(number) === ask) this.read(number);
        }, RETRY_MS),
    );
  }
}
