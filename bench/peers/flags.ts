/** Writes settings as the flags of a program: `{ topic: 't', n: 5 }` with `--` → `--topic t --n 5`. */
export const flagsOf = (dashes: '-' | '--', values: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => [`${dashes}${name}`, String(value)]);
