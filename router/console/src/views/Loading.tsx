import type { Messages } from './PageTop';

/** What a page that asks for something says of that, and how it is asked for once more. */
export type Asking = Pick<Messages, 'failed' | 'tries' | 'onRetry' | 'onLost'>;

/** As long as what was asked for is not there: that it may still come, or that it did not. */
export function Loading({
  of,
  failed,
  onRetry,
}: Pick<Asking, 'failed' | 'onRetry'> & { of: unknown }) {
  if (of !== null) return null;
  if (!failed)
    return (
      <p class="empty" role="status">
        Loading…
      </p>
    );
  return (
    <p class="empty again">
      This did not come. <button onClick={onRetry}>Try again</button>
    </p>
  );
}
