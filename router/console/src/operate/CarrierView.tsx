import { Binds } from './Binds';
import type { Carrier, Command, Sample } from './carriers';
import { Plot, type Series } from './Plot';
import { carrierState, figure, rate } from './words';

interface Props {
  carrier: Carrier;
  samples: readonly Sample[];
  now: number;
  /** Whether the person may command. */
  commands: boolean;
  busy: boolean;
  onCommand: (command: Command) => void;
}

const perSecond = (count: number): number => count / 10;
const perMinute = (count: number): number => count * 6;

const TRAFFIC: readonly Series[] = [
  { name: 'Sent', value: ({ submitted }) => perSecond(submitted) },
  { name: 'Heard', value: ({ mo }) => perSecond(mo) },
  { name: 'Receipts', value: ({ receipts }) => perSecond(receipts) },
];
const TROUBLE: readonly Series[] = [
  { name: 'Throttled', value: ({ throttled }) => perMinute(throttled) },
  { name: 'Refused', value: ({ errors }) => perMinute(errors) },
  { name: 'Unknown', value: ({ unknown }) => perMinute(unknown) },
];
const ANSWERS: readonly Series[] = [
  { name: 'Median', value: ({ p50_ms }) => p50_ms },
  { name: '95 %', value: ({ p95_ms }) => p95_ms },
];
const WINDOW: readonly Series[] = [{ name: 'In use', value: ({ window }) => window }];
const BINDS: readonly Series[] = [{ name: 'Bound', value: ({ bound }) => bound }];

const FIGURES: readonly (readonly [string, string])[] = [
  ['Heard', 'mo'],
  ['Receipts', 'receipts'],
  ['Sent', 'submitted'],
  ['Accepted', 'sent'],
  ['Failed', 'failed'],
  ['Unknown', 'unknown'],
  ['Throttled', 'throttled'],
];

const whole = (value: number): string => Math.round(value).toLocaleString();

function Commands({ carrier, busy, onCommand }: Pick<Props, 'carrier' | 'busy' | 'onCommand'>) {
  const { name, hold } = carrier;
  return (
    <span class="commands">
      {(['pause', 'drain'] as const).map((command) => (
        <button
          key={command}
          disabled={busy || hold === command}
          onClick={() => onCommand(command)}
        >
          {command === 'pause' ? 'Pause' : 'Drain'}
          <span class="unseen"> {name}</span>
        </button>
      ))}
      <button
        class={hold ? 'primary' : ''}
        disabled={busy || hold === ''}
        onClick={() => onCommand('resume')}
      >
        Resume<span class="unseen"> {name}</span>
      </button>
    </span>
  );
}

export function CarrierView({ carrier, samples, now, commands, busy, onCommand }: Props) {
  const { name, status, binds } = carrier;
  const { text, mood } = carrierState(carrier);
  const title = `carrier-${name}`;
  const most = Number(status.window_max ?? 0);

  return (
    <section class="carrier" aria-labelledby={title}>
      <header>
        <h2 id={title}>{name}</h2>
        <span class={`mood mood-${mood}`} data-state={status.state}>
          {text}
        </span>
        <span class="hint">
          {figure(status.bound)} of {figure(status.binds)} binds
        </span>
        <span class="gap" />
        {commands && <Commands carrier={carrier} busy={busy} onCommand={onCommand} />}
      </header>
      <dl class="figures">
        {FIGURES.map(([label, field]) => (
          <div key={field}>
            <dt>{label}</dt>
            <dd>{figure(status[field])}</dd>
          </div>
        ))}
      </dl>
      {binds.length > 0 && <Binds carrier={name} binds={binds} now={now} />}
      <h3>The last hour</h3>
      <div class="plots">
        <Plot
          {...{ title: 'Traffic', unit: 'a second', series: TRAFFIC, format: rate, samples, now }}
        />
        <Plot
          {...{ title: 'Trouble', unit: 'a minute', series: TROUBLE, format: rate, samples, now }}
        />
        <Plot
          {...{ title: 'Answers', unit: 'in ms', series: ANSWERS, format: whole, samples, now }}
        />
        <Plot
          {...{ title: 'Window', unit: `of ${most}`, series: WINDOW, format: whole, samples, now }}
          {...(most ? { top: most } : {})}
        />
        <Plot
          {...{ title: 'Binds', unit: 'that stand', series: BINDS, format: whole, samples, now }}
          {...(binds.length ? { top: binds.length } : {})}
        />
      </div>
    </section>
  );
}
