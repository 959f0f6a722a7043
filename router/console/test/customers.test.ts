import { describe, expect, it, vi } from 'vitest';

import { Customers, nameOf, placeholders, type Known } from '../src/customers';
import { EMPTY, EMPTY_ITEM, type State } from '../src/state';
import type { Conversation, Customer } from '../src/wire';

const IDA: Customer = {
  id: '3.a',
  name: 'Ida Berg',
  facts: [
    { field: 'title', label: 'Title', value: 'Buyer' },
    { field: '', label: 'CRM', link: 'https://crm.example/' },
    { field: 'name', value: 'not the name' },
  ],
};

const with_ = (...numbers: string[]): State => ({
  ...EMPTY,
  items: numbers.map((customer) => ({
    ...EMPTY_ITEM,
    conversation: { id: customer, customer } as Conversation,
    loaded: true,
  })),
});

/** Questions, each to be answered by hand. */
function setUp() {
  const asked: { number: string; say: (customer: Customer | null) => void; fail: () => void }[] =
    [];
  let known: Known = new Map();
  const customers = new Customers(
    (number) =>
      new Promise((resolve, reject) => {
        asked.push({ number, say: resolve, fail: () => reject(new Error('away')) });
      }),
    (now) => (known = now),
  );
  const settle = (): Promise<void> => Promise.resolve();
  return { asked, customers, known: () => known, settle };
}

describe('customers', () => {
  it('are asked for once, and forgotten when they are gone', async () => {
    const { asked, customers, known, settle } = setUp();
    customers.follow(with_('+1', '+2'));
    customers.follow(with_('+1', '+2'));
    expect(asked.map(({ number }) => number)).toEqual(['+1', '+2']);
    asked[0]?.say(IDA);
    asked[1]?.say(null);
    await settle();
    expect([...known()]).toEqual([
      ['+1', IDA],
      ['+2', null],
    ]);
    customers.follow(with_('+2'));
    expect([...known().keys()]).toEqual(['+2']);
    customers.follow(with_('+1', '+2'));
    expect(asked.length).toBe(3);
  });

  it('whose answer was overtaken by a change are what they are now', async () => {
    const { asked, customers, known, settle } = setUp();
    customers.follow(with_('+1'));
    customers.renew(with_('+1'), '+1');
    asked[1]?.say(IDA);
    asked[0]?.say(null);
    await settle();
    expect(known().get('+1')).toBe(IDA);
    customers.renew(with_('+1'));
    expect(asked.length).toBe(3);
    expect(known().get('+1')).toBe(IDA); // until the new answer is here
  });

  it('of whom there was no answer are asked for again', async () => {
    vi.useFakeTimers();
    const { asked, customers } = setUp();
    customers.follow(with_('+1'));
    asked[0]?.fail();
    await vi.advanceTimersByTimeAsync(2000);
    expect(asked.length).toBe(2);
    customers.follow(with_());
    asked[1]?.fail();
    await vi.advanceTimersByTimeAsync(4000);
    expect(asked.length).toBe(2);
    vi.useRealTimers();
  });

  it('are called by their name, or by their number', () => {
    const known: Known = new Map([
      ['+1', IDA],
      ['+2', { ...IDA, name: '' }],
      ['+3', null],
    ]);
    expect(['+1', '+2', '+3', '+4'].map((number) => nameOf(known, number))).toEqual([
      'Ida Berg',
      '+2',
      '+3',
      '+4',
    ]);
  });

  it('fill placeholders with every fact, but for links', () => {
    expect(placeholders(IDA)).toEqual({ 'customer.title': 'Buyer', 'customer.name': 'Ida Berg' });
    expect(placeholders(null)).toEqual({});
    expect(placeholders(undefined)).toEqual({});
  });
});
