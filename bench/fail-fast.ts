/** Watches a run for its first failed cell: a trial that failed, that a check ended, that is invalid, or that broke what its delivery promises. */
import {
  breachesOf,
  isInvalid,
  type Plan,
  promisesOf,
  type RunEvent,
  storedTrial,
  type TrialMeasurement,
  wasEndedByCheck,
} from '../src/index.ts';

/** Says which cell has failed, if this event shows that nothing will mend it; null else. Asked of every event, before it is heeded. */
export type FailFast = (event: RunEvent) => string | null;

/** For `--fail-fast`. A trial that is run again has not failed yet, which the next event tells. */
export function watchForFailure(plan: Plan): FailFast {
  const promises = promisesOf(plan);
  const isBroken = (measurement: TrialMeasurement): boolean => {
    const { cell } = measurement;
    const trial = storedTrial(measurement);
    const promise = promises[cell];
    const breaches = promise === undefined ? [] : breachesOf({ cell, trial, distributions: {} }, promise);
    return isInvalid(trial) || breaches.length > 0 || wasEndedByCheck(trial);
  };
  let failed: string | null = null;
  return event => {
    if (failed !== null && event.type !== 'trial-repeated') return failed;
    const isFailure = event.type === 'trial-failed' || (event.type === 'trial-done' && isBroken(event.measurement));
    failed = isFailure ? event.trial.cell : null;
    return null;
  };
}
