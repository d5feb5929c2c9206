/** Keeps how noisy a scenario is on a class of hosts: `baselines/<scenario>/<host class>/calibration.json`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../support/files.ts';
import { cannotWrite } from './journal.ts';
import type { Likeness } from './references.ts';

/** The file's name without its ending: no baseline may have it. */
export const calibrationName = 'calibration';

const share = z.number();

const MetricCalibration = z.strictObject({
  metric: z.string(),
  role: z.enum(['primary', 'exploratory']),
  variation: share.describe(
    'coefficient of variation between trials: from the differences within blocks, on logarithms',
  ),
  blocks: z.int().describe('of which both arms have a value'),
  delta: share.describe('the change that matters'),
  foundByScenario: share
    .nullable()
    .describe('the smallest worsening found with 90 % power with the scenario’s own repeat; null below five blocks'),
  foundByTen: share.nullable().describe('the same with ten blocks'),
  blocksToFind: z
    .array(z.strictObject({ effect: share, blocks: z.int().nullable() }))
    .describe('with 90 % power; null where the effect is no larger than delta, or a thousand blocks are too few'),
  lag1Autocorrelation: z.number().nullable().describe('of the values in the order of the run'),
  verdict: z
    .enum(['better', 'worse', 'same', 'inconclusive'])
    .nullable()
    .describe('of the cell against itself; null where the metric was not compared'),
});
export type MetricCalibration = z.infer<typeof MetricCalibration>;

const CellCalibration = z.strictObject({ cell: z.string(), metrics: z.array(MetricCalibration) });
export type CellCalibration = z.infer<typeof CellCalibration>;

/** What came of running cells against themselves. */
const Calibration = z.strictObject({
  calibrationVersion: z.literal(1),
  scenario: z.string(),
  hostClassId: z.string(),
  runId: z.string(),
  commit: z.string().nullable(),
  at: z.iso.datetime(),
  repeat: z.int().describe('the scenario’s own'),
  blocks: z.int().describe('of the calibration'),
  cells: z.array(CellCalibration),
});
export type Calibration = z.infer<typeof Calibration>;

const pathOf = (under: string, { scenario, hostClassId }: Likeness): string =>
  join(under, scenario, hostClassId, `${calibrationName}.json`);

/**
 * Writes a calibration in place of an older one; returns its path.
 * @throws HarnessError `environment` where the disk does not take it
 */
export async function writeCalibration(under: string, calibration: Calibration): Promise<string> {
  const path = pathOf(under, calibration);
  await writeFileAtomic(path, `${JSON.stringify(calibration, null, 2)}\n`).catch(cannotWrite(path));
  return path;
}

/** The calibration of a scenario on a class of hosts; null where there is none that can be read. */
export async function findCalibration(under: string, like: Likeness): Promise<Calibration | null> {
  try {
    const parsed = Calibration.safeParse(JSON.parse(await readFile(pathOf(under, like), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
