/** What commands that run trials take where nobody gives a flag, for tests that call them in this process. */
import type { runCommand } from '../../bench/commands/run.ts';

type RunFlags = Parameters<typeof runCommand>[0];

/** Of every such command. */
export const usualFlags = {
  set: [],
  cells: [],
  skip: [],
  repeat: undefined,
  duration: undefined,
  warmup: undefined,
  rate: undefined,
  driver: undefined,
  seed: undefined,
  brokers: undefined,
  cluster: undefined,
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
  ...usualFlags,
  label: [],
  gate: false,
  extend: false,
  warnOnly: false,
  scenario: [file],
  ...given,
});
