/** Runs a scenario for another program: no terminal, no flags, no signals of the process. */
import {
  conclude,
  expandPlan,
  obtainClients,
  parseDuration,
  publicOverrides,
  readRun,
  readScenario,
  renderReports,
  type Result,
  type RunEvent,
} from '../../src/index.ts';
import { type PerformContext, performRun } from '../perform.ts';
import type { Terminal } from '../terminal.ts';

export interface RunScenarioOptions {
  /** The folder of the results; `reports` unless given. */
  readonly out?: string;
  /** Aborting drains what is in flight and keeps what was measured: the result says `interrupted`. */
  readonly signal?: AbortSignal;
  /** Is told of everything that happens, in order; what it throws ends the run. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Is told in words what is made ready, and what goes wrong without an end to the run. */
  readonly onMessage?: (text: string) => void;
  /** `host:port` of an existing cluster, in place of what the scenario says. */
  readonly brokers?: readonly string[];
  /** Settings in place of the scenario's: dotted path → value, written as in a file. */
  readonly set?: Readonly<Record<string, string>>;
  /** Names of the reports that are written into the run's folder; `json` alone unless given. */
  readonly reports?: readonly string[];
}

/**
 * Runs the scenario, a file's path or the document itself, keeps the run on disk, and returns its result document. Relative paths in
 * a document begin at the working folder.
 * @throws HarnessError `usage` with all that is wrong with the scenario, `environment` where what it needs is not there
 * @throws DOMException `AbortError` where the signal came before the first trial
 */
export async function runScenario(scenario: string | object, options: RunScenarioOptions = {}): Promise<Result> {
  const { out = 'reports', signal = new AbortController().signal, onEvent, onMessage = () => undefined } = options;
  signal.throwIfAborted();
  const planned = await readAndPlan(scenario, options);
  await obtainClients(planned.plan, { onProgress: onMessage, signal });
  const context: PerformContext = {
    flags: { out, quiet: true, verbose: 0, progress: 'none', drainTimeout: '5s', keepTopics: false },
    drainTimeoutMicros: parseDuration('5s') ?? 0,
    terminal: silentTerminal(onMessage),
    stop: {
      signal,
      reason: () => (signal.aborted ? 'interrupted' : null),
      [Symbol.dispose]: () => undefined,
    },
    ...(onEvent === undefined ? {} : { watch: () => onEvent }),
  };
  return await performRun(planned, context, async store => {
    const run = await readRun(store.folder);
    const result = conclude(run);
    await renderReports({ result, run }, (name, content) => store.write(name, content), options.reports ?? ['json']);
    return result;
  });
}

async function readAndPlan(scenario: string | object, { brokers, set }: RunScenarioOptions) {
  const file = await readScenario(typeof scenario === 'string' ? scenario : 'scenario', {
    env: process.env,
    cwd: process.cwd(),
    ...(typeof scenario === 'string' ? {} : { document: scenario }),
    ...(brokers === undefined ? {} : { brokers }),
    ...(set === undefined ? {} : { overrides: set }),
  });
  return { file, plan: await expandPlan(file), overridden: publicOverrides(set ?? {}), other: null };
}

/** Prints nothing; what would go to stderr is told. */
const silentTerminal = (onMessage: (text: string) => void): Terminal => ({
  color: false,
  errorColor: false,
  unicode: true,
  columns: 80,
  errorColumns: 80,
  isLive: false,
  sign: kind => ({ good: '✓', bad: '✗', warning: '⚠' })[kind],
  print: () => undefined,
  error: onMessage,
  command: () => undefined,
  frame: () => undefined,
});
