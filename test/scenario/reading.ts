/** Reads scenario texts from a temporary folder, for the tests of this folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Problem, ScenarioError } from '../../src/scenario/problems.ts';
import { type ReadOptions, readScenario, type ScenarioFile } from '../../src/scenario/read.ts';

/** Texts by file name; a scenario's own is `scenario.yaml`. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder that is removed when the test is over. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'highwater-scenario-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Reads `scenario.yaml` from among the files. */
export async function readFiles(
  t: TestContext,
  files: Files,
  options: Partial<ReadOptions> = {},
): Promise<ScenarioFile> {
  const cwd = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
  return await readScenario('scenario.yaml', { env: {}, cwd, ...options });
}

/** Reads one text as a scenario. */
export const readText = (t: TestContext, text: string, options: Partial<ReadOptions> = {}): Promise<ScenarioFile> =>
  readFiles(t, { 'scenario.yaml': text }, options);

/** The problems for which a scenario is refused; none where it is accepted. Anything else that is thrown is thrown on. */
export async function problemsIn(reading: Promise<ScenarioFile>): Promise<readonly Problem[]> {
  try {
    await reading;
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
}

/** A problem as `line:column code message | hint`. */
export const inShort = ({ line, column, code, message, hint }: Problem): string =>
  `${line}:${column} ${code} ${message} | ${hint}`;
