/** The entry of a load host in a trial of the result document. */
import { z } from 'zod';

const share = z.number().nullable();

export const TrialAgent = z.strictObject({
  agent: z.int().min(0).describe('its number in the fleet'),
  host: z.string(),
  cores: z.int().min(1),
  nodeVersion: z.string(),
  acked: z.int().min(0).describe('of messages due in the window'),
  consumed: z.int().min(0),
  cpuPressure: share,
  cpuPressureAvg10: share,
  neighbourShare: share,
  throttledShare: share,
  stealShare: share,
  clockOffsetMicros: z.number().nullable().describe('to be added to the orchestrator’s time to have this host’s'),
  clockBoundMicros: z.number().nullable().describe('how far that may be off; 0 where both have one clock'),
});
