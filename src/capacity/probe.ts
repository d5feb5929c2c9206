/** What a search for capacity asks for and gets back: trials at a rate, and what each of them was judged to show. Plain data, so that a search can be taken up again. */
import type { Criterion, Probe as StoredProbe } from '../results/capacity.ts';

export type { Criterion } from '../results/capacity.ts';

/** A trial that was run and judged. */
export type Probe = Readonly<StoredProbe>;

/** The part of the search that a trial belongs to. */
export type SearchStage = Probe['stage'];

/** A trial that the search wants. */
export type ProbeRequest = Pick<Probe, 'stage' | 'ratePerSecond' | 'measureMicros'>;

/**
 * What one trial showed. `sustained` and `exceeded` speak of the cluster. `limited`: the generator or the client was at its end
 * first, so that the rate is beyond what this search can see. `undecided`: the trial shows nothing.
 */
export type ProbeOutcome = Pick<
  Probe,
  | 'verdict'
  | 'missed'
  | 'isDegraded'
  | 'limitedBy'
  | 'ranOut'
  | 'latencyShare'
  | 'latencyShareOfHalves'
  | 'ackedPerSecond'
>;

/** What kept a trial from showing anything about the cluster. */
export type ProbeLimit = NonNullable<Probe['limitedBy']>;

const ofLoad: ReadonlySet<Criterion['code']> = new Set([
  'acknowledged-late',
  'errors',
  'backlog-grows',
  'lag-left',
  'not-drained',
]);

/** Whether more came than was carried, whatever the latency: a backlog grew, or messages failed. */
export const isOverloaded = ({ verdict, missed }: Probe): boolean =>
  verdict === 'exceeded' && missed.some(({ code }) => ofLoad.has(code));

/** Whether nothing speaks against the rate, though the trial may not count: good enough to look above it next. */
export const isPassed = ({ verdict, missed }: Probe): boolean =>
  verdict === 'sustained' || (verdict === 'limited' && missed.length === 0);
