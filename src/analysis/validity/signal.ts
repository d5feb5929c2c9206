/** What a signal of a trial's validity says, and how a value is held against two thresholds. */
import type { Finding, StoredTrial, Validity } from '../../results/schema.ts';

/** One signal's judgement and the finding that goes with it, if it is not valid. */
export interface Judged {
  readonly validity: Validity;
  readonly finding: Finding;
}

/** `unmeasured`: the signal matters to this trial, and nobody could measure it. Null: it says nothing about this trial. */
export type Signal = (trial: StoredTrial) => Judged | { readonly unmeasured: string } | null;

/** Where the conditions for valid and for invalid both hold, valid wins. */
export const judged = (isValid: boolean, isInvalid: boolean): Validity =>
  isValid ? 'valid' : isInvalid ? 'invalid' : 'degraded';

/** A share that is valid up to one threshold and invalid beyond the other; undefined is a result of before it was kept. */
export function judgedShare(
  share: number | null | undefined,
  { validTo, invalidBeyond }: { readonly validTo: number; readonly invalidBeyond: number },
  finding: Finding & { readonly unmeasured: string },
): ReturnType<Signal> {
  if (share === undefined) return null;
  const { unmeasured, ...said } = finding;
  if (share === null) return { unmeasured };
  return { validity: judged(share <= validTo, share > invalidBeyond), finding: { ...said, share } };
}
