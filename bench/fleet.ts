/** Opens the load hosts of a run whose scenario has a fleet. */
import {
  type Cluster,
  defaultKafkaVersion,
  HarnessError,
  type LoadHosts,
  openCluster,
  openFleet,
  type Plan,
} from '../src/index.ts';

/** What opening may say, and what ends it. */
export interface FleetContext {
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The fleet, and where the scenario names none, the cluster that carries what it says; null for a scenario without a fleet.
 * @throws HarnessError `usage` for a fleet with idle hosts, `environment` where the control cluster cannot be had
 */
export async function openLoadHosts(
  opened: AsyncDisposableStack,
  plan: Plan,
  underTest: Cluster | null,
  { note, signal }: FleetContext,
): Promise<LoadHosts | null> {
  const { fleet, name, cluster } = plan.scenario;
  if (fleet === undefined || underTest === null) return null;
  refuseIdleHosts(plan, fleet.agents);
  const onProgress = (text: string): void => note(`fleet       ${text}`);
  const brokers = fleet.control?.brokers;
  const control = opened.use(
    await openCluster(
      brokers === undefined
        ? { kind: 'local', brokers: 1, version: defaultKafkaVersion, config: {} }
        : { kind: 'external', brokers },
      { onProgress, signal },
    ),
  );
  return opened.use(
    await openFleet({ fleet: name, agents: fleet.agents, prefix: cluster.prefix, control, underTest, onProgress }),
  );
}

/** Workers of each kind are dealt out to the agents in turn. */
function refuseIdleHosts({ cells }: Plan, agents: number): void {
  for (const { scenario } of cells) {
    const { producers, consumers } = scenario;
    const most = Math.max(
      Math.min(producers.workers, producers.count),
      ...Object.values(consumers).map(({ workers, members }) => Math.min(workers, members)),
    );
    if (most >= agents) continue;
    throw new HarnessError('usage', `The fleet has ${agents} agents, and no more than ${most} workers of a kind.`, {
      hint: `Raise producers.count and producers.workers to ${agents} at least, or lower fleet.agents to ${most}.`,
    });
  }
}
