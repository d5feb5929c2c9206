/** What the program prints on: results to stdout, all else to stderr, with or without colour. */
import { createColors } from 'picocolors';

export interface Terminal {
  readonly color: boolean;
  readonly unicode: boolean;
  readonly columns: number;
  /** Whether a line on stderr can be written again. */
  readonly isLive: boolean;
  sign(kind: 'good' | 'bad' | 'warning'): string;
  /** A result, on stdout. */
  print(text: string): void;
  /** Anything else, on stderr. */
  error(text: string): void;
  /** Writes over the current line on stderr; an empty text removes it. */
  status(text: string): void;
}

/** Decides once what the streams can show; flags and NO_COLOR have their say. */
export function openTerminal(args: readonly string[]): Terminal {
  const wantsColor =
    args.includes('--color=always') || args.some((arg, i) => arg === '--color' && args[i + 1] === 'always');
  const refusesColor =
    args.includes('--color=never') || args.some((arg, i) => arg === '--color' && args[i + 1] === 'never');
  const isDumb = process.env['NO_COLOR'] !== undefined || process.env['TERM'] === 'dumb';
  const color = wantsColor || (!refusesColor && !isDumb && process.stdout.isTTY);
  const unicode = !args.includes('--no-unicode');
  const colors = createColors(color);
  // whoever reads our output may stop reading: the run goes on, and its files are written
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    color,
    unicode,
    columns: process.stdout.columns || 80,
    isLive: process.stderr.isTTY && process.env['CI'] === undefined && process.env['TERM'] !== 'dumb',
    sign(kind) {
      const signs = unicode ? { good: '✓', bad: '✗', warning: '⚠' } : { good: 'ok', bad: 'FAIL', warning: 'warn' };
      return { good: colors.green, bad: colors.red, warning: colors.yellow }[kind](signs[kind]);
    },
    print: text => void process.stdout.write(`${text}\n`),
    error: text => void process.stderr.write(`${text}\n`),
    status: text => void process.stderr.write(`\r${text}\u001b[K`),
  };
}
