/** Judges whether the generator, not the broker, was the limit: valid, degraded or invalid, with findings that say why. */
import type { Finding, StoredTrial, Validity } from '../results/schema.ts';
import { cpuContention, steal, throttling } from './validity/host.ts';
import {
  consumerWorkFraction,
  garbageCollection,
  headroom,
  scheduleLag,
  turnGap,
  workFraction,
} from './validity/schedule.ts';
import type { Judged, Signal } from './validity/signal.ts';
import { cutShort, leftBehind, rebalance, sentShare, stall, warmedUp } from './validity/trial.ts';

export interface Judgement {
  readonly validity: Validity;
  readonly findings: readonly Finding[];
}

const order: readonly Validity[] = ['valid', 'degraded', 'invalid'];

/** What a trial is judged by; `docs/validity.md` has their thresholds. */
const signals: readonly Signal[] = [
  cutShort,
  warmedUp,
  sentShare,
  scheduleLag,
  turnGap,
  workFraction,
  consumerWorkFraction,
  headroom,
  cpuContention,
  throttling,
  steal,
  garbageCollection,
  rebalance,
  leftBehind,
  stall,
];

/** Whether the generator was the limit, so that the trial counts for nothing. */
export const isInvalid = (trial: StoredTrial): boolean => judgeTrial(trial).validity === 'invalid';

/**
 * A trial's validity: the worst of its signals. A closed loop is not judged by its schedule, for it has none. A signal that the system does not
 * give makes no trial worse, and is named in a finding of its own: what is not known is not fine.
 */
export function judgeTrial(trial: StoredTrial): Judgement {
  const said = signals.map(signal => signal(trial)).filter(one => one !== null);
  const poor = said.filter((one): one is Judged => 'validity' in one && one.validity !== 'valid');
  const unmeasured = said.flatMap(one => ('unmeasured' in one ? one.unmeasured : []));
  const worst = Math.max(0, ...poor.map(({ validity }) => order.indexOf(validity)));
  return {
    validity: order[worst] as Validity,
    findings: [
      ...poor.map(({ finding, validity }) => ({ ...finding, validity })),
      ...(unmeasured.length === 0 ? [] : [{ code: 'not-measured', signals: unmeasured }]),
    ],
  };
}
