/** What the command `run` takes where nobody gives a flag, for tests that call it in this process. */
import type { runCommand } from '../../bench/commands/run.ts';

type RunFlags = Parameters<typeof runCommand>[0];

const usual = {
  set: [],
  cells: [],
  skip: [],
  label: [],
  repeat: undefined,
  duration: undefined,
  warmup: undefined,
  rate: undefined,
  driver: undefined,
  seed: undefined,
  brokers: undefined,
  cluster: undefined,
  gate: false,
  extend: false,
  warnOnly: false,
  out: 'reports',
  json: false,
  quiet: true,
  verbose: 0,
  progress: 'none',
  drainTimeout: '5s',
  keepTopics: false,
} as const;

/** The flags of `run FILE` with those given. */
export const runFlags = (file: string, given: Partial<RunFlags> = {}): RunFlags => ({
  ...usual,
  scenario: [file],
  ...given,
});
