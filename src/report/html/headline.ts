/** Chooses the latency that stands first: the one that most cells can be told by. */
import type { Result } from '../../results/schema.ts';

const latencies = ['ack', 'endToEnd', 'service'] as const;

export type HeadlineLatency = (typeof latencies)[number];

/** What each latency is, in words. */
export const latencyWords: Readonly<Record<HeadlineLatency, string>> = {
  ack: 'due to acknowledged',
  endToEnd: 'due to the consumer’s handler',
  service: 'sent to acknowledged',
};

/** `ack`; where more cells have another latency, that one: nothing is acknowledged at acks 0, and closed loops have no due time. */
export function headlineLatency({ cells }: Pick<Result, 'cells'>): HeadlineLatency {
  const count = (name: HeadlineLatency): number =>
    cells.filter(({ trials }) => trials.some(trial => trial[`${name}Micros`] !== null)).length;
  return latencies.reduce((best, name) => (count(name) > count(best) ? name : best));
}
