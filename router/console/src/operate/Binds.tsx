import { clock } from '../format';
import type { Bind } from './carriers';
import { bindState, errorName, figure } from './words';

interface Props {
  carrier: string;
  binds: readonly Bind[];
  now: number;
}

function remark(bind: Bind): string {
  if (bind.quiet_ms > 0) return `quiet for ${(bind.quiet_ms / 1000).toFixed(1)} s`;
  if (bind.state === 'waiting')
    return `attempt ${bind.attempts + 1} in ${Math.ceil(bind.next_ms / 1000)} s`;
  return '';
}

/** Each bind of a carrier, in a table. */
export function Binds({ carrier, binds, now }: Props) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Binds of ${carrier}`}>
      <table>
        <caption class="unseen">Binds of {carrier}</caption>
        <thead>
          <tr>
            <th scope="col">Bind</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col">Host</th>
            <th scope="col">Window</th>
            <th scope="col">PDUs in</th>
            <th scope="col">PDUs out</th>
            <th scope="col">Throttled</th>
            <th scope="col">Errors</th>
            <th scope="col">Last error</th>
          </tr>
        </thead>
        <tbody>
          {binds.map((bind) => {
            const { text, mood } = bindState(bind);
            return (
              <tr key={bind.bind}>
                <th scope="row">{bind.bind}</th>
                <td>
                  <span class={`mood mood-${mood}`}>{text}</span>{' '}
                  <span class="hint">{remark(bind)}</span>
                </td>
                <td>{bind.since_ms ? clock(now - bind.since_ms) : '–'}</td>
                <td>
                  {bind.host}:{bind.port}
                </td>
                <td>
                  <meter
                    min={0}
                    max={bind.window_max}
                    value={bind.window}
                    aria-label={`Window of bind ${bind.bind}`}
                  />{' '}
                  {bind.window}/{bind.window_limit}
                  {bind.window_limit < bind.window_max && (
                    <span class="hint"> of {bind.window_max}</span>
                  )}
                </td>
                <td>{figure(bind.in)}</td>
                <td>{figure(bind.out)}</td>
                <td>{figure(bind.throttled)}</td>
                <td>{figure(bind.errors)}</td>
                <td>
                  {bind.errors > 0 && (
                    <>
                      {errorName(bind.error)}{' '}
                      <span class="hint">{clock(now - bind.error_ms)} ago</span>
                    </>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
