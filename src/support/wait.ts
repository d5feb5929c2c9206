/** Waits, but not for ever. */

/** Waits for something to end, in whatever way, but no longer than that. */
export async function noLongerThan(millis: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, millis);
  work.then(
    () => resolve(),
    () => resolve(),
  );
  await promise;
  clearTimeout(timer);
}
