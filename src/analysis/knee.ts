/** Finds the knee of a latency curve: up to it more load costs little latency, beyond it much. Pure. */
import type { Probe } from '../results/capacity.ts';

/** A rate, and what its decided trials had for latency on (geometric) average, as a share of the limit. */
export interface CurvePoint {
  readonly ratePerSecond: number;
  readonly latencyShare: number;
}

/** Latency by rate, lowest rate first, over trials that say something of the cluster. */
export function latencyCurve(probes: readonly Probe[]): CurvePoint[] {
  const decided = probes.flatMap(({ verdict, ratePerSecond, latencyShare }) =>
    (verdict === 'sustained' || verdict === 'exceeded') && latencyShare !== null && latencyShare > 0
      ? [{ ratePerSecond, latencyShare }]
      : [],
  );
  return [...Map.groupBy(decided, ({ ratePerSecond }) => ratePerSecond)]
    .map(([ratePerSecond, points]) => ({
      ratePerSecond,
      latencyShare: Math.exp(points.reduce((sum, point) => sum + Math.log(point.latencyShare), 0) / points.length),
    }))
    .toSorted((a, b) => a.ratePerSecond - b.ratePerSecond);
}

/**
 * The rate that was tried at which rate/latency is greatest (Kleinrock 1979, "power"). Null where that is the lowest or the highest rate that
 * was tried: the knee may lie beyond.
 */
export function kneeOf(curve: readonly CurvePoint[]): CurvePoint | null {
  const power = curve.map(({ ratePerSecond, latencyShare }) => ratePerSecond / latencyShare);
  const at = power.indexOf(Math.max(...power));
  return at <= 0 || at === curve.length - 1 ? null : (curve[at] ?? null);
}
