/** Adds to a trial's measurement what its load hosts did, and takes from it what their clocks cannot tell. Pure. */
import { Histogram } from '../measure/histogram.ts';
import type { HostFigures } from '../run/host-watch.ts';
import type { AgentMeasurement, TimedHistogram, TrialMeasurement } from '../run/measurement.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { AgentIdentity } from './messages.ts';
import type { AgentTally } from './remote-agent.ts';

/** What is known of an agent at the end of a trial. */
export interface SettledAgent {
  readonly identity: AgentIdentity;
  readonly tally: AgentTally;
  readonly figures: HostFigures | null;
  readonly clock: ClockOffset | null;
  /** Whether one clock has stamped and read all messages. */
  readonly knowsEndToEnd: boolean;
}

const unknownFigures: HostFigures = {
  cpuPressure: null,
  cpuPressureAvg10: null,
  neighbourShare: null,
  throttledShare: null,
  stealShare: null,
};

/** The worst of several hosts, figure by figure; null where one of them does not say. */
export function worstOf(hosts: readonly (HostFigures | null)[]): HostFigures {
  const worst = (name: keyof HostFigures): number | null => {
    const shares = hosts.map(host => host?.[name] ?? null);
    return shares.length === 0 || shares.includes(null) ? null : Math.max(...shares.map(share => share ?? 0));
  };
  return {
    cpuPressure: worst('cpuPressure'),
    cpuPressureAvg10: worst('cpuPressureAvg10'),
    neighbourShare: worst('neighbourShare'),
    throttledShare: worst('throttledShare'),
    stealShare: worst('stealShare'),
  };
}

/**
 * The measurement with its agents. A message may be produced on one host and read on another: its end-to-end latency would be as wrong as
 * the clocks are apart, so that it is kept only where there is one clock. All other latencies begin and end on one host.
 */
export function settleFleet(measurement: TrialMeasurement, agents: readonly SettledAgent[]): TrialMeasurement {
  const withAgents = { ...measurement, agents: agents.map(agentEntry) };
  if (measurement.groups.length === 0 || agents.every(({ knowsEndToEnd }) => knowsEndToEnd)) return withAgents;
  const bounds = agents.map(({ clock }) => clock?.boundMicros ?? null);
  const boundMicros = bounds.includes(null) ? null : Math.max(...bounds.map(bound => bound ?? 0));
  return {
    ...withAgents,
    latencies: { ...measurement.latencies, endToEnd: null },
    groups: measurement.groups.map(group => ({
      ...group,
      endToEnd: nothing(),
      members: group.members.map(member => ({ ...member, endToEnd: new Histogram().toData() })),
      rebalances: group.rebalances.map(rebalance => ({ ...rebalance, endToEndMaxMicros: null })),
    })),
    partitions: measurement.partitions.map(partition => ({ ...partition, endToEnd: null })),
    ...withoutRecovery(measurement),
    findings: [...measurement.findings, { code: 'clocks-apart', hosts: agents.length, boundMicros }],
  };
}

/** Where nothing was acknowledged, when latency was normal again after a fault was judged by end-to-end. */
function withoutRecovery({ faults, latencies }: TrialMeasurement): Pick<TrialMeasurement, 'faults'> {
  if (faults === undefined || latencies.ack !== null) return {};
  return {
    faults: { ...faults, injected: faults.injected.map(fault => ({ ...fault, latencyNormalAfterMicros: null })) },
  };
}

const nothing = (): TimedHistogram => ({ total: new Histogram().toData(), seconds: [] });

const agentEntry = ({ identity, tally, figures, clock }: SettledAgent): AgentMeasurement => ({
  agent: identity.agent,
  host: identity.host,
  cores: identity.cores,
  nodeVersion: identity.nodeVersion,
  acked: tally.acked,
  consumed: tally.consumed,
  ...(figures ?? unknownFigures),
  clockOffsetMicros: clock?.offsetMicros ?? null,
  clockBoundMicros: clock?.boundMicros ?? null,
});
