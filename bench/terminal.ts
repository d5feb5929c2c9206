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

/** Decides once what the streams can show; flags, their forms in the environment and NO_COLOR have their say. */
export function openTerminal(args: readonly string[]): Terminal {
  const isOut = process.stdout.isTTY === true;
  const isErr = process.stderr.isTTY === true;
  const isDumb = process.env['NO_COLOR'] !== undefined || process.env['TERM'] === 'dumb';
  const wanted = given('color', args);
  const color = wanted === 'always' || (wanted !== 'never' && !isDumb && isOut);
  const unicode = !args.includes('--no-unicode') && !['', '0', 'false'].includes(given('unicode', args) ?? 'true');
  // signs go to both streams, of which one may be a file
  const colors = createColors(wanted === 'always' || (color && isErr));
  // whoever reads our output may stop reading: the run goes on, and its files are written
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    color,
    unicode,
    columns: process.stdout.columns || 80,
    isLive: isErr && process.env['CI'] === undefined && process.env['TERM'] !== 'dumb',
    sign(kind) {
      const signs = unicode ? { good: '✓', bad: '✗', warning: '⚠' } : { good: 'ok', bad: 'FAIL', warning: 'warn' };
      return { good: colors.green, bad: colors.red, warning: colors.yellow }[kind](signs[kind]);
    },
    print: text => void process.stdout.write(`${text}\n`),
    error: text => void process.stderr.write(`${text}\n`),
    status: text => void process.stderr.write(`\r${text}\u001b[K`),
  };
}

/** What a flag says, else its form in the environment: also of arguments that will turn out to be wrong, for that is printed too. */
function given(flag: string, args: readonly string[]): string | undefined {
  const joined = args.find(arg => arg.startsWith(`--${flag}=`));
  const at = args.indexOf(`--${flag}`);
  if (joined !== undefined) return joined.slice(`--${flag}=`.length);
  return at === -1 ? process.env[`HIGHWATER_${flag.toUpperCase()}`] : args[at + 1];
}
