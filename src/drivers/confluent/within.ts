/** Puts a bound on how long something is waited for. */

/** Settles when the promise does, or after so long. */
export async function within(millis: number, promise: Promise<void>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, millis);
  await Promise.race([promise, over]).finally(() => clearTimeout(timer));
}
