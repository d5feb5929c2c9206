/** Reads the port that a flag names. Apart from what listens there: that brings node:http, which most starts do without. */
import { HarnessError } from '../src/index.ts';

/**
 * The port that a flag names.
 * @throws HarnessError `usage` for what is none
 */
export function portOf(flag: string, text: string, example: number): number {
  const port = Number(text);
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new HarnessError('usage', `${flag} ${text} is no port.`, {
    hint: `Write it like ${flag} ${example}, or 0 for any that is free.`,
  });
}
