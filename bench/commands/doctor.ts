/** `doctor`: what is wrong with this machine, and what to do about it. */
import { examine, exitCodes, type Health, type NamedDiagnosis } from '../../src/index.ts';
import { defineCommand } from '../command.ts';
import { commonOptions, scenarioOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly brokers?: string | undefined;
  readonly out: string;
  readonly json: boolean;
}

/** Looks at everything, and tells of each. Exit code 3 if anything fails. */
export async function doctorCommand({ brokers, out, json }: Flags, terminal: Terminal): Promise<number> {
  const all: NamedDiagnosis[] = [];
  const note = (one: NamedDiagnosis): void => {
    all.push(one);
    if (!json) terminal.print(lineOf(one, terminal));
  };
  const options = { reports: out, brokers: brokers === undefined ? [] : brokers.split(',') };
  for await (const one of examine(options)) note(one);
  note(lookAtTerminal(terminal));
  const isWell = all.every(({ health }) => health !== 'fail');
  if (json) terminal.print(JSON.stringify({ isWell, checks: all }, null, 2));
  else terminal.print(`\n${tallyOf(all)}`);
  return isWell ? exitCodes.ok : exitCodes.environment;
}

const nameWidth = 20;
const signOf = { ok: 'good', warn: 'warning', fail: 'bad' } as const;

function lineOf({ name, health, found, remedy }: NamedDiagnosis, terminal: Terminal): string {
  const sign = health === 'unknown' ? (terminal.unicode ? '–' : '-') : terminal.sign(signOf[health]);
  const line = `${sign} ${name.padEnd(nameWidth)} ${found}`;
  return remedy === null ? line : `${line}\n  ${' '.repeat(nameWidth)} → ${remedy}`;
}

function tallyOf(all: readonly NamedDiagnosis[]): string {
  const count = (health: Health): number => all.filter(one => one.health === health).length;
  return `${count('ok')} ok, ${count('warn')} to be seen to, ${count('fail')} failed, ${count('unknown')} not told`;
}

/** What the program can show here. */
function lookAtTerminal({ color, unicode, columns, isLive }: Terminal): NamedDiagnosis {
  const found = `${columns} columns, ${color ? 'colours' : 'no colours'}, ${isLive ? 'live progress' : 'progress by lines'}`;
  const locale = process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG'] || '';
  const isNarrow = columns < 80;
  const isMisread = unicode && isLive && process.platform !== 'win32' && !/utf-?8/i.test(locale);
  const remedy = isMisread
    ? 'The locale is not UTF-8: where signs look wrong, use --no-unicode or set LANG=C.UTF-8.'
    : isNarrow
      ? 'Below 80 columns tables are cut: widen the window.'
      : null;
  return { name: 'terminal', health: remedy === null ? 'ok' : 'warn', found, remedy };
}

export const doctor = defineCommand({
  usage: 'doctor',
  describe: 'look at what runs stand on: programs, brokers, clock, cores, disks, limits',
  options: { ...commonOptions, brokers: scenarioOptions.brokers },
  run: doctorCommand,
});
