/** `completion`: what a shell must be told to complete this program's commands, flags, scenarios and runs. */
import { basename } from 'node:path';
import yargs from 'yargs';
import { defineCommand } from '../command.ts';
import { commonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

interface Flags {
  readonly shell?: Shell | undefined;
  readonly json: boolean;
}

/** Where the lines go. */
const places: Readonly<Record<Shell, string>> = {
  bash: '~/.bashrc',
  zsh: '~/.zshrc',
  fish: '~/.config/fish/completions/highwater.fish',
};

/** Prints the script for a shell, else for the one that runs. */
export async function completionCommand(flags: Flags, terminal: Terminal): Promise<number> {
  const running = shells.find(shell => shell === basename(process.env['SHELL'] ?? ''));
  const shell = flags.shell ?? running ?? 'bash';
  const script = await scriptFor(shell);
  if (flags.json) terminal.print(JSON.stringify({ shell, into: places[shell], script }, null, 2));
  else terminal.print(`# highwater completion ${shell} >> ${places[shell]}\n${script}`);
  return 0;
}

/** yargs has the scripts, and chooses one by the variable alone. */
async function scriptFor(shell: Shell): Promise<string> {
  const { SHELL: before } = process.env;
  process.env['SHELL'] = `/bin/${shell}`;
  try {
    const program = yargs([]).scriptName('highwater').completion('completion');
    const printed = await new Promise<string>((resolve, reject) => {
      void program.parse(['completion'], (error: Error | undefined, _: unknown, output: string) =>
        error ? reject(error) : resolve(output),
      );
    });
    // its own remark on where the lines go knows no `completion bash`
    return printed
      .split('\n')
      .filter(line => !/^#(?!#)|^# *$/.test(line) || line.startsWith('#compdef'))
      .join('\n')
      .trim();
  } finally {
    if (before === undefined) delete process.env['SHELL'];
    else process.env['SHELL'] = before;
  }
}

export const completion = defineCommand({
  usage: 'completion [shell]',
  describe: 'print what makes a shell complete commands, flags, scenarios and runs',
  positionals: { shell: { choices: shells, describe: 'default: the one that runs' } },
  options: commonOptions,
  run: completionCommand,
});
