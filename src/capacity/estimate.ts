/** Turns the confirming trials of a search into a capacity with its interval. Pure. */
import { mean } from '../analysis/stats.ts';
import { latencyLine, type RateInterval } from './latency-line.ts';
import { passCurve } from './pass-curve.ts';
import { isOverloaded, type Probe } from './probe.ts';

/** How a capacity was found. */
export interface CapacityEstimate extends RateInterval {
  /** `latency`: where 1/latency reaches the limit. `passes`: where half of the trials are sustained. */
  readonly method: 'latency' | 'passes';
  /** By the curve of passes: where 95 % of the trials are sustained. */
  readonly mostlyPerSecond: number | null;
  readonly trials: number;
}

/** A limit that is four times as far off at one level and passed at the next is a cliff, not a line. */
const steepestShare = 0.25;

/**
 * The capacity by trials at several rates about it: where the latency reaches its limit, as long as the trials near it carry their load;
 * else where half of them do. Never more than was ever acknowledged. Null where the trials do not enclose it.
 */
export function estimateCapacity(probes: readonly Probe[], mostAckedPerSecond: number): CapacityEstimate | null {
  const decided = probes.filter(({ verdict }) => verdict === 'sustained' || verdict === 'exceeded');
  const byLatency = latencyEstimate(decided);
  const byPasses = byLatency === null ? passesEstimate(decided) : null;
  const found = byLatency ?? byPasses;
  if (found === null) return null;
  const most = Math.min(mostAckedPerSecond, carriedAtMost(decided));
  return {
    ...found,
    perSecond: Math.min(found.perSecond, most),
    low: Math.min(found.low, most),
    trials: decided.length,
  };
}

/**
 * What overloaded trials acknowledged on average, which is all that the cluster can do; no less than a sustained trial did, for an
 * overload may cost throughput. Infinity without an overload.
 */
function carriedAtMost(probes: readonly Probe[]): number {
  const acked = probes.filter(isOverloaded).map(({ ackedPerSecond }) => ackedPerSecond);
  const sustained = probes.filter(({ verdict }) => verdict === 'sustained').map(({ ackedPerSecond }) => ackedPerSecond);
  return acked.length === 0 ? Infinity : Math.max(mean(acked), ...sustained);
}

type Found = Omit<CapacityEstimate, 'trials'>;

function latencyEstimate(probes: readonly Probe[]): Found | null {
  const carried = carriedProbes(probes);
  const points = carried.flatMap(({ ratePerSecond, latencyShare, latencyShareOfHalves }) =>
    latencyShare === null || latencyShare <= 0 ? [] : [{ ratePerSecond, latencyShare, latencyShareOfHalves }],
  );
  const line = points.length === carried.length ? latencyLine(points) : null;
  // between rates that are carried and the first that is not, the line may go on for a step
  if (line === null || !isEnclosed(line.perSecond, carried, probes)) return null;
  const below = nearestBelow(line.perSecond, carried);
  if (below.some(({ latencyShare }) => (latencyShare ?? 0) < steepestShare)) return null;
  return { ...line, method: 'latency', mostlyPerSecond: null };
}

function passesEstimate(probes: readonly Probe[]): Found | null {
  const curve = passCurve(
    probes.map(({ ratePerSecond, verdict }) => ({ ratePerSecond, isSustained: verdict === 'sustained' })),
  );
  return curve === null ? null : { ...curve, method: 'passes' };
}

const isEnclosed = (perSecond: number, below: readonly Probe[], above: readonly Probe[]): boolean =>
  below.some(({ ratePerSecond }) => ratePerSecond <= perSecond) &&
  above.some(({ ratePerSecond }) => ratePerSecond >= perSecond);

/** The trials at the highest rate that does not exceed this one. */
function nearestBelow(perSecond: number, probes: readonly Probe[]): Probe[] {
  const highest = Math.max(...probes.map(({ ratePerSecond }) => ratePerSecond).filter(rate => rate <= perSecond));
  return probes.filter(({ ratePerSecond }) => ratePerSecond === highest);
}

/**
 * Trials below the rates at which most of them are overloaded: beyond, a latency tells how long the trial was, not how fast the
 * server is. Whole rates are left out, never single trials, lest the lucky ones remain.
 */
function carriedProbes(probes: readonly Probe[]): Probe[] {
  const rates = [...new Set(probes.map(({ ratePerSecond }) => ratePerSecond))].toSorted((a, b) => b - a);
  let lowestOverloaded = Infinity;
  for (const rate of rates) {
    const atRate = probes.filter(({ ratePerSecond }) => ratePerSecond === rate);
    if (atRate.filter(isOverloaded).length * 2 <= atRate.length) break;
    lowestOverloaded = rate;
  }
  return probes.filter(({ ratePerSecond }) => ratePerSecond < lowestOverloaded);
}
