/** Writes the reports of a run that are asked for, and opens the one that is for people. */
import { spawn } from 'node:child_process';
import { didYouMean, formatNames, HarnessError } from '../src/index.ts';
import type { Terminal } from './terminal.ts';

/** As people write formats whose files are called otherwise. */
const shortNames: Readonly<Record<string, string>> = { md: 'markdown' };

/**
 * The formats that an option lists; null for those that every run writes.
 * @throws HarnessError `usage` for one that there is not
 */
export async function formatsOf(list: string | undefined, option = '--report'): Promise<readonly string[] | null> {
  if (list === undefined) return null;
  const known = await formatNames();
  return [...new Set(list.split(',').map(word => knownFormat(word.trim(), known, option)))];
}

function knownFormat(word: string, known: readonly string[], option: string): string {
  const name = shortNames[word] ?? word;
  if (known.includes(name)) return name;
  const names = [...known, ...Object.keys(shortNames)];
  const meant = didYouMean(word, names);
  throw new HarnessError('usage', `${option}: there is no format "${word}".`, {
    hint: meant === undefined ? `It takes a list of ${names.join(', ')}.` : `Did you mean "${meant}"?`,
  });
}

/** Where nobody looks at a screen nothing is opened. */
export const mayOpen = (environment: NodeJS.ProcessEnv, isTerminal: boolean): boolean =>
  isTerminal && [undefined, '', '0', 'false'].includes(environment['CI']);

/** What opens a file with the program that its user has for it. */
export function openerOf(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open'];
  return platform === 'win32' ? ['cmd', '/c', 'start', '""'] : ['xdg-open'];
}

/** Opens the HTML report among those files; one that cannot be opened is no failure of the run. */
export function openReport(files: readonly string[], terminal: Terminal): void {
  const page = files.find(file => file.endsWith('.html'));
  if (page === undefined) {
    terminal.error(`${terminal.sign('warning')} --open: there is no HTML report to be opened`);
    return;
  }
  const [program, ...args] = openerOf(process.platform);
  const opener = spawn(program, [...args, page], { stdio: 'ignore', detached: true });
  opener.on('error', ({ message }) =>
    terminal.error(`${terminal.sign('warning')} ${page} could not be opened: ${message}`),
  );
  opener.unref();
}
