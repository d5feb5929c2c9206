/** Makes judged trials of a search. */
import type { Probe } from '../../src/capacity/probe.ts';

/** A confirming trial that was sustained, but for what is given. */
export const aProbe = (changed: Partial<Probe> = {}): Probe => ({
  stage: 'confirm',
  ratePerSecond: 1_000,
  measureMicros: 20e6,
  tookMicros: 25e6,
  verdict: 'sustained',
  missed: [],
  limitedBy: changed.verdict === 'limited' ? 'generator' : null,
  latencyShare: 0.5,
  latencyShareOfHalves: null,
  ackedPerSecond: changed.ratePerSecond ?? 1_000,
  ...changed,
});
