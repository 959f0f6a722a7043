/** As long as what was asked for may still come. */
export function Loading({ of, failed }: { of: unknown; failed: boolean }) {
  if (of !== null || failed) return null;
  return (
    <p class="empty" role="status">
      Loading…
    </p>
  );
}
