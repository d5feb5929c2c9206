/** Looks in a client library for what a driver needs of it: another release may not have it. */

/** Those of the paths (`Producer.prototype.send`) at which there is nothing. */
export const absentFrom = (library: object, paths: readonly string[]): string[] =>
  paths.filter(
    path =>
      path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], library) === undefined,
  );
