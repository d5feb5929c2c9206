/** Says what a calibration of a scenario on this class of hosts has found, where there is one. */
import { calibrationLine, findCalibration, type Likeness } from '../src/index.ts';
import { baselinesFolder } from './comparing.ts';

/** A line, or none. */
export async function calibratedLines(like: Likeness): Promise<string[]> {
  const calibration = await findCalibration(baselinesFolder, like);
  const line = calibration === null ? null : calibrationLine(calibration, new Date());
  return line === null ? [] : [line];
}
