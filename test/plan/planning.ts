/** Plans scenarios that a test writes down. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainText } from '../../src/drivers/driver.ts';
import type { TrialPlacement } from '../../src/plan/assign.ts';
import { expandPlan, type PlanOptions } from '../../src/plan/expand.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Environment } from '../../src/scenario/environment.ts';
import { readScenario } from '../../src/scenario/read.ts';

/** Reads and plans a scenario's text; `files` stand beside it, by name. */
export async function planOf(
  text: string,
  options: PlanOptions = {},
  files: Readonly<Record<string, string>> = {},
  env: Environment = {},
): Promise<Plan> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-test-'));
  try {
    for (const [name, content] of Object.entries({ ...files, 'scenario.yaml': text })) {
      await writeFile(join(folder, name), content);
    }
    return await expandPlan(await readScenario('scenario.yaml', { env, cwd: folder }), options);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The problems for which the scenario is not planned, as `line:column message → hint`. */
export async function problemsOf(
  text: string,
  files: Readonly<Record<string, string>> = {},
  env: Environment = {},
): Promise<string[]> {
  try {
    await planOf(text, {}, files, env);
  } catch (error) {
    const { problems } = error as { readonly problems?: readonly Problem[] };
    if (!problems) throw error;
    return problems.map(({ line, column, message, hint }) => `${line}:${column} ${message} → ${hint}`);
  }
  return [];
}

interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}

/** Where a trial is placed that meets no broker. */
export const aPlacement = (changes: Partial<TrialPlacement> = {}): TrialPlacement => ({
  runId: 'test-run',
  seed: 7,
  trial: { cell: 'test', block: 1, attempt: 1 },
  topics: ['test'],
  partitionsPerTopic: 1,
  brokers: [],
  security: plainText,
  simulatedBroker: undefined,
  pacing: 'nap',
  tellsSeconds: false,
  groups: { ofTrial: '', lasting: '' },
  positions: new Map(),
  lines: [],
  ...changes,
});
