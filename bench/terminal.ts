/** What the program prints on: results to stdout, all else to stderr, with or without colour. */
import { createLogUpdate } from 'log-update';
import { createColors } from 'picocolors';

export interface Terminal {
  /** Whether stdout shows colours. */
  readonly color: boolean;
  /** Whether stderr does. */
  readonly errorColor: boolean;
  readonly unicode: boolean;
  readonly columns: number;
  /** Of stderr as it is now: windows are made wider and narrower. */
  readonly errorColumns: number;
  /** Whether what stands on stderr can be written again. */
  readonly isLive: boolean;
  sign(kind: 'good' | 'bad' | 'warning'): string;
  /** A result, on stdout. */
  print(text: string): void;
  /** Anything else, on stderr; above the frame, where one stands there. */
  error(text: string): void;
  /** A command to the CI system, on stderr as it is. */
  command(text: string): void;
  /** Takes the place of the frame that stood last on stderr; an empty text removes it. */
  frame(text: string): void;
}

/** The streams and the environment of a process. */
export type TerminalHost = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>;

/** Decides once what the streams can show; flags, their forms in the environment and NO_COLOR have their say. */
export function openTerminal(args: readonly string[], { stdout, stderr, env }: TerminalHost = process): Terminal {
  const isOut = stdout.isTTY === true;
  const isErr = stderr.isTTY === true;
  const isDumb = env['TERM'] === 'dumb';
  const isPlain = isDumb || (env['NO_COLOR'] ?? '') !== '';
  const given = (flag: string): string | undefined => givenIn(args, env, flag);
  const wanted = given('color');
  const colorOn = (isTerminal: boolean): boolean =>
    wanted === 'always' || (wanted !== 'never' && !isPlain && isTerminal);
  const unicode = !args.includes('--no-unicode') && !isNo(given('unicode') ?? 'true');
  // signs go to both streams, of which one may be a file
  const colors = createColors(colorOn(isOut && isErr));
  // whoever reads our output may stop reading: the run goes on, and its files are written
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const frame = openFrame(stderr);
  const asJson = given('progress') === 'json';
  return {
    color: colorOn(isOut),
    errorColor: colorOn(isErr),
    unicode,
    columns: columnsOf(stdout),
    get errorColumns() {
      return columnsOf(stderr);
    },
    isLive: isErr && isNo(env['CI'] ?? '') && !isDumb,
    sign(kind) {
      const signs = unicode ? { good: '✓', bad: '✗', warning: '⚠' } : { good: 'ok', bad: 'FAIL', warning: 'warn' };
      return { good: colors.green, bad: colors.red, warning: colors.yellow }[kind](signs[kind]);
    },
    print: text => frame.above(() => void stdout.write(`${text}\n`)),
    error: text => frame.above(() => void stderr.write(`${asJson ? messageLine(text) : text}\n`)),
    command: text => frame.above(() => void stderr.write(`${text}\n`)),
    frame: frame.show,
  };
}

const isNo = (text: string): boolean => ['', '0', 'false'].includes(text);

/** A pseudo-terminal without a size says 0, and a pipe nothing. */
const columnsOf = ({ columns }: { readonly columns?: number }): number => columns || 80;

/** With `--progress json` every line of stderr is a JSON document, whoever writes it. */
const messageLine = (text: string): string =>
  JSON.stringify({ at: new Date().toISOString(), type: 'message', text: text.trim() });

/** A few lines that are written over again; the cursor is hidden while they stand there, and comes back however the process ends. */
function openFrame(stream: NodeJS.WriteStream): {
  show: Terminal['frame'];
  above(write: () => void): void;
} {
  const update = createLogUpdate(sized(stream));
  let standing = '';
  const show = (text: string): void => {
    if (text === '' && standing === '') return;
    standing = text;
    if (text !== '') {
      update(text);
      return;
    }
    update.clear();
    update.done();
  };
  return {
    show,
    above(write) {
      if (standing !== '') update.clear();
      write();
      if (standing !== '') update(standing);
    },
  };
}

/** The stream with a size in any case: log-update writes nothing into no columns. */
function sized(stream: NodeJS.WriteStream): NodeJS.WritableStream {
  const { isTTY } = stream;
  const shown: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'> & { write: (text: string) => boolean } = {
    isTTY,
    get columns() {
      return columnsOf(stream);
    },
    get rows() {
      return stream.rows || 24;
    },
    write: text => stream.write(text),
  };
  return shown as unknown as NodeJS.WritableStream;
}

/** What a flag says, else its form in the environment: also of arguments that will turn out to be wrong, for that is printed too. */
export function givenIn(args: readonly string[], env: NodeJS.ProcessEnv, flag: string): string | undefined {
  const joined = args.find(arg => arg.startsWith(`--${flag}=`));
  const at = args.indexOf(`--${flag}`);
  if (joined !== undefined) return joined.slice(`--${flag}=`.length);
  return at === -1 ? env[`HIGHWATER_${flag.toUpperCase()}`] : args[at + 1];
}
