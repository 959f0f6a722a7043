import { describe, expect, it } from 'vitest';

import { expand, matching, slashAt, unfilled } from '../src/placeholder';

describe('placeholders', () => {
  it('are filled in, or take their default', () => {
    const text = 'Hello {{customer.name|there}}, this is {{ agent.name }} of {{queue.name | us}}.';
    expect(expand(text, { 'agent.name': 'ann' })).toBe('Hello there, this is ann of us.');
    expect(
      expand(text, { 'customer.name': 'Eve', 'agent.name': 'ann', 'queue.name': 'sales' }),
    ).toBe('Hello Eve, this is ann of sales.');
  });

  it('of which nothing is known stay, to be filled in', () => {
    const text = expand('Order {{order}} is here, {{customer.name|}}.', {});
    expect(text).toBe('Order {{order}} is here, .');
    expect(unfilled(text)).toEqual({ text: '{{order}}', at: 6 });
    expect(unfilled('{ {order} } {{}}')).toBeNull();
  });

  it('take nothing from a value that looks like one', () => {
    expect(expand('{{customer.name}}', { 'customer.name': '$& {{agent.name}}' })).toBe(
      '$& {{agent.name}}',
    );
  });
});

describe('a slash', () => {
  it('looks for a response at the beginning of a word', () => {
    expect(slashAt('/thank you', 10)).toEqual({ at: 0, query: 'thank you' });
    expect(slashAt('Hello /gr', 9)).toEqual({ at: 6, query: 'gr' });
    expect(slashAt('Hello /gr', 7)).toEqual({ at: 6, query: '' });
    expect(slashAt('and/or', 6)).toBeNull();
    expect(slashAt('a / b / c', 3)).toEqual({ at: 2, query: '' });
    expect(slashAt('/gr\n', 4)).toBeNull();
  });

  it('finds what has every word, by name first', () => {
    const all = [
      { name: 'Goodbye', text: 'Thank you for writing' },
      { name: 'Thanks', text: 'You are welcome' },
      { name: 'Hours', text: 'We are here till six' },
    ];
    expect(matching(all, 'thank').map(({ name }) => name)).toEqual(['Thanks', 'Goodbye']);
    expect(matching(all, 'YOU wel').map(({ name }) => name)).toEqual(['Thanks']);
    expect(matching(all, '').length).toBe(3);
    expect(matching(all, 'nothing')).toEqual([]);
  });
});
