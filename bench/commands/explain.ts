/** `explain`: what a code means, what it does to the figures, and what to do about it. */
import { didYouMean, HarnessError } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { explained, type Explained, kinds } from '../explanations/index.ts';
import { commonOptions, explainedCode } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly code?: string | undefined;
  readonly json: boolean;
}

/** Explains a code; without one, lists all. */
export async function explainCommand({ code, json }: Flags, terminal: Terminal): Promise<number> {
  if (code === undefined) {
    terminal.print(json ? JSON.stringify(explained.map(listed), null, 2) : listText());
    return 0;
  }
  const found = explanationOf(code);
  terminal.print(json ? JSON.stringify(found, null, 2) : textOf(found, terminal));
  return 0;
}

const listed = ({ code, kind, exitCode, title }: Explained) => ({ code, kind, exitCode, title });

/** A finding's code, `E104`, `W-COLO`, `exit 10`, `10`, `notComparable`, `not-comparable`, in letters of either case. */
function explanationOf(written: string): Explained {
  const word = plain(written.replace(/^exit(?:[ -]?code)?[ -]?(?=\d)/i, ''));
  const found = explained.find(({ code, exitCode }) => plain(code) === word || String(exitCode) === word);
  if (found !== undefined) return found;
  const codes = explained.map(({ code }) => code);
  const meant = didYouMean(written, codes) ?? codes.find(code => word.length > 3 && plain(code).includes(word));
  throw new HarnessError('usage', `There is no code "${written}".`, {
    hint: meant === undefined ? '`highwater explain` lists all of them.' : `Did you mean "${meant}"?`,
  });
}

const plain = (code: string): string => code.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

const nameOf = ({ code, exitCode }: Explained): string => (exitCode === undefined ? code : `${exitCode} ${code}`);

function listText(): string {
  const width = Math.max(...explained.map(one => nameOf(one).length));
  return Object.entries(kinds)
    .map(([kind, { plural }]) => {
      const ofKind = explained.filter(one => one.kind === kind);
      return [plural, ...ofKind.map(one => `  ${nameOf(one).padEnd(width)}   ${one.title}`)].join('\n');
    })
    .join('\n\n');
}

function textOf(found: Explained, { columns }: Terminal): string {
  const width = Math.min(columns, 100);
  return [
    `${nameOf(found)}   ${found.kind}`,
    ...wrapped(`${found.title[0]?.toUpperCase()}${found.title.slice(1)}.`, width),
    '',
    ...wrapped(found.meaning, width),
    '',
    ...wrapped(`What to do: ${found.remedy}`, width),
    ...(found.more === undefined ? [] : ['', `More: ${found.more}`]),
  ].join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export const explain = defineCommand({
  usage: 'explain [code]',
  describe: 'say at length what a code means: a finding, a warning, an error, an exit code',
  positionals: { code: explainedCode },
  options: commonOptions,
  run: explainCommand,
});
