/** Turns a scenario's faults into a fixed list for each trial, and says what a cluster must be readied for. */
import type { FaultOnLink } from '../support/link-fault.ts';
import { usualPauseMicros, wholeShare } from '../scenario/fault-rules.ts';
import type { Scenario } from '../scenario/schema.ts';
import { HarnessError } from '../support/errors.ts';
import { type Random, seededRandom } from '../support/random.ts';
import type { Cell, Plan } from './plan.ts';

type ScenarioFault = Scenario['faults'][number];
type WrittenFault = Exclude<ScenarioFault, { readonly random: unknown }>;
type RandomFaults = Extract<ScenarioFault, { readonly random: unknown }>['random'];
type WrittenTarget = NonNullable<WrittenFault['kill']>;

/** Whom a fault is to hit; settled when it begins. A share chooses among those that can be hit. */
export type FaultTarget =
  | { readonly kind: 'leader'; readonly partition: number }
  | { readonly kind: 'controller' }
  | { readonly kind: 'random'; readonly share: number }
  | { readonly kind: 'broker'; readonly broker: number }
  | { readonly kind: 'everyone' };

interface Planned {
  /** Whom the scenario names, as the result says it. */
  readonly asked: string;
  readonly target: FaultTarget;
  /** From the start of the measured window. */
  readonly atMicros: number;
}

/** A fault of a trial; `forMicros` null lasts until the load has ended. */
export type PlannedFault =
  | (Planned & { readonly kind: 'kill' | 'pause' | 'restart' | 'fillDisk'; readonly forMicros: number | null })
  | (Planned & { readonly kind: 'network'; readonly network: FaultOnLink; readonly forMicros: number })
  | (Planned & { readonly kind: 'rollingRestart' });

/** What must be readied when a cluster is opened, so that its faults can be injected. */
export interface PlannedNeeds {
  readonly links: readonly ('clients' | 'brokers')[];
  /** By broker: the bytes of a file system of its own. */
  readonly limitedDisks: ReadonlyMap<number, number>;
}

/** What a disk that can be filled holds beyond all that the load writes. */
const spareDiskBytes = 512 * 2 ** 20;
/** Such a disk lies in memory. */
const mostDiskBytes = 4 * 2 ** 30;

/** What a trial with faults waits for beside its load: brokers that start, elect and catch up. */
export const recoveryMicros = 20e6;

/** A trial's faults by their time. The draw is that of the block: all of its cells are hit alike. */
export function faultsOf({ faults, load }: Scenario, seed: number, block: number): PlannedFault[] {
  const { measureMicros } = load;
  return faults
    .flatMap((fault, i) => {
      const random = seededRandom(seed).fork('faults').fork(block).fork(i);
      return 'random' in fault
        ? drawn(fault.random, measureMicros, random)
        : [plannedOf(fault, measureMicros, random.next())];
    })
    .toSorted((a, b) => a.atMicros - b.atMicros);
}

/** Faults that do not overlap: starts are drawn from what the faults themselves leave of the window. */
function drawn({ count, of, for: forMicros }: RandomFaults, measureMicros: number, random: Random): PlannedFault[] {
  const freeMicros = measureMicros * (1 - wholeShare) - count * forMicros;
  const starts = Array.from({ length: count }, () => random.next() * freeMicros).toSorted((a, b) => a - b);
  return starts.map((start, i) => ({
    kind: of[random.below(of.length)] as 'kill' | 'pause' | 'restart',
    asked: 'random',
    target: { kind: 'random', share: random.next() },
    atMicros: Math.round(measureMicros * wholeShare + start + i * forMicros),
    forMicros,
  }));
}

function plannedOf(fault: WrittenFault, measureMicros: number, share: number): PlannedFault {
  const { at: atMicros, for: forMicros = null, kill, pause, restart, fillDisk, network } = fault;
  if (kill !== undefined) return { kind: 'kill', ...targetOf(kill, share), atMicros, forMicros };
  if (pause !== undefined)
    return { kind: 'pause', ...targetOf(pause, share), atMicros, forMicros: forMicros ?? usualPauseMicros };
  if (restart !== undefined)
    return { kind: 'restart', ...targetOf(restart, share), atMicros, forMicros: forMicros ?? 0 };
  if (fillDisk !== undefined) return { kind: 'fillDisk', ...targetOf(fillDisk, share), atMicros, forMicros };
  if (network !== undefined) {
    const planned = networkOf(network);
    const lastsMicros = isInstant(planned) ? 0 : (forMicros ?? measureMicros - atMicros);
    return { kind: 'network', ...targetOf(network.broker, share), atMicros, network: planned, forMicros: lastsMicros };
  }
  return { kind: 'rollingRestart', asked: 'all', target: { kind: 'everyone' }, atMicros };
}

function targetOf(target: WrittenTarget, share: number): Pick<Planned, 'asked' | 'target'> {
  if (typeof target === 'number') return { asked: String(target), target: { kind: 'broker', broker: target } };
  if (typeof target === 'object')
    return { asked: `leaderOf ${target.leaderOf}`, target: { kind: 'leader', partition: target.leaderOf } };
  switch (target) {
    case 'leader':
      return { asked: target, target: { kind: 'leader', partition: 0 } };
    case 'controller':
      return { asked: target, target: { kind: 'controller' } };
    case 'random':
      return { asked: target, target: { kind: 'random', share } };
  }
}

function networkOf(network: NonNullable<WrittenFault['network']>): FaultOnLink {
  return {
    link: network.link,
    direction: network.direction,
    latencyMicros: network.latency ?? 0,
    jitterMicros: network.jitter ?? 0,
    bandwidthBytesPerSecond: network.bandwidth?.perSecond ?? null,
    cut: network.cut ?? false,
    halfOpen: network.halfOpen ?? false,
    reset: network.reset ?? false,
  };
}

/** A reset alone happens once and does not last. */
const isInstant = ({ latencyMicros, jitterMicros, bandwidthBytesPerSecond, cut, halfOpen }: FaultOnLink): boolean =>
  latencyMicros === 0 && jitterMicros === 0 && bandwidthBytesPerSecond === null && !cut && !halfOpen;

/**
 * What the brokers of a plan must be readied for; null where nothing is to break.
 * @throws HarnessError `usage` where a disk that is to be filled would have to be larger than memory allows
 */
export function faultNeedsOf({ cells, estimate }: Pick<Plan, 'cells' | 'estimate'>): PlannedNeeds | null {
  const faults = cells.filter(isReal).flatMap(({ scenario }) => scenario.faults);
  if (faults.length === 0) return null;
  const written = faults.flatMap(fault => ('random' in fault ? [] : [fault]));
  const links = new Set(written.flatMap(({ network }) => network?.link ?? []));
  const filled = new Set(written.flatMap(({ fillDisk }) => fillDisk ?? []));
  const bytes = filled.size === 0 ? 0 : diskBytes(estimate.diskBytes);
  return { links: [...links], limitedDisks: new Map([...filled].map(broker => [broker, bytes])) };
}

const isReal = ({ scenario }: Cell): boolean => scenario.producers.driver.name !== 'simulated';

function diskBytes(loadBytes: number): number {
  const bytes = spareDiskBytes + loadBytes;
  if (bytes <= mostDiskBytes) return bytes;
  const gib = (some: number): string => `${(some / 2 ** 30).toFixed(1)} GiB`;
  throw new HarnessError(
    'usage',
    `fillDisk gives the broker a disk of its own, in memory: the load may write ${gib(loadBytes)}, and the disk holds at most ${gib(mostDiskBytes)}.`,
    { hint: 'Lower the rate, the size of the messages, or the time that is measured.' },
  );
}
