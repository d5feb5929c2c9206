/** Opens a stored run for reports: what follows from it, and what a gate found when it ran. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conclude } from '../analysis/conclude.ts';
import { gatedAs } from '../analysis/gate.ts';
import { readRun } from '../results/read.ts';
import { type Gate, Result } from '../results/schema.ts';
import { type ReportSource, reportSource } from './render.ts';

/**
 * Everything that formats render, drawn from the stored trials anew.
 * @throws HarnessError `usage` if the folder holds no run
 */
export async function storedSource(folder: string): Promise<ReportSource> {
  const run = await readRun(folder);
  const result = conclude(run);
  const gate = await gateOf(folder);
  return reportSource({ result: gate === null ? result : gatedAs(result, gate), run });
}

/** What it was held against is known to its result alone. */
async function gateOf(folder: string): Promise<Gate | null> {
  const text = await readFile(join(folder, 'result.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = Result.safeParse(parsedJson(text));
  return parsed.data?.gate ?? null;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
