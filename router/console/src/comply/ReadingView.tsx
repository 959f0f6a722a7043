import type { Reading } from './api';
import { Facts, Said } from './Facts';
import { spanOf, verdictSaid } from './words';

/** A text with what decided marked in it, and why. */
export function ReadingView({
  text,
  reading,
  withAnswer = false,
}: {
  text: string;
  reading: Reading;
  /** Say what it would be answered: of a text that was answered the answer stands elsewhere. */
  withAnswer?: boolean;
}) {
  const [before, matched, behind] = spanOf(text, reading.from, reading.to);
  const { text: verdict, mood, does } = verdictSaid(reading.verdict);
  const { plain, collapsed, lookAlikes } = reading.variants;
  const differs = (words: readonly string[]): string =>
    words.join(' ') === plain.join(' ') ? '' : words.join(' ');
  return (
    <div class="reading">
      <blockquote dir="auto">
        {before}
        {matched && <mark>{matched}</mark>}
        {behind}
      </blockquote>
      <p>
        <Said text={verdict} mood={mood} /> {does}
      </p>
      <Facts
        facts={[
          ['Answered with', withAnswer ? reading.answer : ''],
          ['Rule', String(reading.rule)],
          ['Language', reading.language],
          ['Written in the rules as', reading.pattern && <code>{reading.pattern}</code>],
          ['Read as', reading.variant],
          ['Words compared', plain.join(' ')],
          ['Repeated letters as one', differs(collapsed)],
          ['Look-alikes as Latin', differs(lookAlikes)],
          ['Rule set', reading.ruleSet],
        ]}
      />
    </div>
  );
}
