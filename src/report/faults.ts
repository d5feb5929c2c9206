/** Shows what was broken on purpose: how each fault is called, when it came, and what became of it. */
import { hadCalm, hasLatency } from '../analysis/durability.ts';
import type { FaultKind, InjectedFault } from '../results/faults.ts';
import type { Result, Trial } from '../results/schema.ts';
import { labelsOf } from './figures/cells.ts';
import { bytes, duration, threeDigits, whole } from './numbers.ts';
import type { Table } from './table.ts';

const names: Readonly<Record<FaultKind, readonly [one: string, many: string]>> = {
  kill: ['kill', 'kills'],
  pause: ['pause', 'pauses'],
  restart: ['restart', 'restarts'],
  rollingRestart: ['rolling restart', 'rolling restarts'],
  fillDisk: ['full disk', 'full disks'],
  network: ['network fault', 'network faults'],
};

/** `3 kills`. */
export const faultsText = (kind: FaultKind, count: number): string => `${whole(count)} ${faultNoun(kind, count)}`;

/** `kill`, or `kills` where they are not one. */
export const faultNoun = (kind: FaultKind, count = 1): string => names[kind][count === 1 ? 0 : 1];

/** `kill, broker 2`, in a chart. */
export const faultLabel = ({ kind, brokers }: InjectedFault): string =>
  [faultNoun(kind), ...(kind === 'rollingRestart' || brokers.length === 0 ? [] : [brokersText(brokers)])].join(', ');

const brokersText = (brokers: readonly number[]): string =>
  `${brokers.length === 1 ? 'broker' : 'brokers'} ${brokers.join(', ')}`;

/** `leader: broker 2`; a scenario that names a broker by its number says it all. */
export function whomText({ asked, brokers }: InjectedFault): string {
  const hit = brokersText(brokers);
  if (brokers.length === 0) return asked;
  return brokers.length === 1 && asked === String(brokers[0]) ? hit : `${asked}: ${hit}`;
}

/** `network fault, clients: latency 200 ms ± 20 ms`. */
export function whatText({ kind, network }: InjectedFault): string {
  if (network === null) return faultNoun(kind);
  const { link, direction, latencyMicros, jitterMicros, bandwidthBytesPerSecond, cut, halfOpen, reset } = network;
  const jitter = jitterMicros === 0 ? '' : ` ± ${duration(jitterMicros)}`;
  const effects = [
    ...(latencyMicros + jitterMicros === 0 ? [] : [`latency ${duration(latencyMicros)}${jitter}`]),
    ...(bandwidthBytesPerSecond === null ? [] : [`${bytes(bandwidthBytesPerSecond)}/s`]),
    ...(cut ? ['cut'] : []),
    ...(halfOpen ? ['half open'] : []),
    ...(reset ? ['reset'] : []),
    ...(direction === 'both' ? [] : [direction === 'toBroker' ? 'to the broker only' : 'from the broker only']),
  ];
  return `${faultNoun(kind)}, ${link}: ${effects.join(', ')}`;
}

/** Leader changes from a fault on until the next one. */
function leaderChangesOf(
  { injected, leaderChanges }: NonNullable<Trial['faults']>,
  { atMicros }: InjectedFault,
): number {
  const next = Math.min(Infinity, ...injected.map(other => other.atMicros).filter(at => at > atMicros));
  return leaderChanges.filter(change => change.atMicros >= atMicros && change.atMicros < next).length;
}

const seconds = (micros: number): string => threeDigits(micros / 1e6);
const durationOr = (micros: number | null, none: string): string => (micros === null ? none : duration(micros));

/** `5–10`, in seconds of the window. */
const spanText = ({ atMicros, endedAtMicros }: InjectedFault): string =>
  `${seconds(atMicros)}–${endedAtMicros === null ? 'end' : seconds(endedAtMicros)}`;

function unavailableText({ unavailable }: InjectedFault): string {
  if (unavailable === null) return '–';
  if (unavailable.partitions === 0) return 'none';
  const { partitions, longestMicros, isOver } = unavailable;
  return `${isOver ? '' : '≥ '}${duration(longestMicros)} (${whole(partitions)})`;
}

/** A row for each fault of every trial, in the order in which they came; none where nothing was broken. */
export function faultTables(result: Result): Table[] {
  const labelOf = labelsOf(result);
  const rows = result.cells.flatMap(({ id, trials }) =>
    trials.flatMap(trial => {
      const { faults } = trial;
      if (faults === undefined) return [];
      const place = [labelOf(id), trialText(trial)];
      return faults.injected.map(fault => [
        ...place,
        whatText(fault),
        whomText(fault),
        spanText(fault),
        durationOr(fault.detectedAfterMicros, '–'),
        unavailableText(fault),
        hasLatency(trial) && hadCalm({ faults }) ? durationOr(fault.latencyNormalAfterMicros, 'not seen') : '–',
        trial.groups.length === 0 ? '–' : durationOr(fault.lagNormalAfterMicros, 'not seen'),
        whole(leaderChangesOf(faults, fault)),
      ]);
    }),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: 'Each fault',
      note: 'at: until all was running again, in seconds of the window; new leader: after that time; without acks: the longest that a partition acknowledged nothing (and how many did for 250 ms or more); latency, lag: as before the first fault after that time; leaders moved: until the next fault',
      columnsOfWords: 4,
      rows: [
        ['cell', 'block', 'what', 'whom', 'at s', 'new leader', 'without acks', 'latency', 'lag', 'leaders moved'],
        ...rows,
      ],
    },
  ];
}

/** `2`; of a trial that does not count, that too. */
const trialText = ({ block, attempt, validity }: Trial): string =>
  [String(block), ...(attempt > 1 ? [`attempt ${attempt}`] : []), ...(validity === 'invalid' ? ['invalid'] : [])].join(
    ', ',
  );
