/** Says which resource of a trial was at its end, as far as it was watched. Pure. */
import type { TrialBrokers } from '../results/broker-figures.ts';
import type { LimitingResource } from '../results/capacity.ts';
import type { StoredTrial } from '../results/schema.ts';

/** Of the cores that there are: beyond it work stands in line. */
const fullCpu = 0.85;
const fullDisk = 0.9;
const fullLink = 0.9;
/** Of the time of a broker's request handlers. */
const tooLittleIdle = 0.1;

type Watched = TrialBrokers['brokers'][number];

/**
 * The first of these that was at its end over the window, on average: the CPUs of a broker, or of a host that brokers share with the generator;
 * a disk; a network link; a broker's request handlers. Else the client or the generator, where a load without a schedule tells. Null where nothing
 * tells: a resource that was not watched, or a lock, may have been the limit.
 */
export function limitingResource(trial: Pick<StoredTrial, 'brokers' | 'generator'>): LimitingResource | null {
  const { brokers = [], hosts = [] } = trial.brokers ?? {};
  const any = (of: readonly Watched[], is: (one: Watched) => boolean): boolean => of.some(is);
  const cpu = fullCpus(brokers, hosts, trial.generator.brokers === 'here');
  if (cpu !== null) return cpu;
  if (any(hosts, ({ means }) => (means.diskBusy ?? 0) >= fullDisk)) return 'disk';
  if (any(hosts, ({ means }) => (means.linkBusy ?? 0) >= fullLink)) return 'network';
  if (any(brokers, ({ means }) => (means.handlersIdle ?? 1) < tooLittleIdle)) return 'request-handlers';
  const { limitedBy = null } = trial.generator;
  return limitedBy === 'broker' ? null : limitedBy;
}

/** Brokers of one host share its cores, here with the generator besides. */
function fullCpus(
  brokers: readonly Watched[],
  hosts: readonly Watched[],
  isShared: boolean,
): 'broker-cpu' | 'host-cpu' | null {
  const isFull = (busy: number | undefined, cores: number | null | undefined): boolean =>
    busy !== undefined && cores !== null && cores !== undefined && busy >= fullCpu * cores;
  for (const [name, ofHost] of Map.groupBy(brokers, ({ host }) => host)) {
    const host = hosts.find(one => one.name === name);
    const together = ofHost.reduce((sum, { means }) => sum + (means.cpuCores ?? 0), 0);
    const cores = Math.min(...ofHost.flatMap(one => one.cores ?? []), host?.cores ?? Infinity);
    if (Number.isFinite(cores) && isFull(name === null ? undefined : together, cores)) return 'broker-cpu';
    if (ofHost.some(({ means, cores: own }) => isFull(means.cpuCores, own))) return 'broker-cpu';
    if (isFull(host?.means.cpuCores, host?.cores)) return isShared ? 'host-cpu' : 'broker-cpu';
  }
  // brokers that do not tell of themselves may still have a host that does
  return hosts.some(({ means, cores }) => isFull(means.cpuCores, cores))
    ? isShared
      ? 'host-cpu'
      : 'broker-cpu'
    : null;
}
