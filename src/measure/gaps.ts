/** Finds, in what several workers noticed, the spans in which messages of a partition were due and none was acknowledged. Pure. */
import { leastSilenceMicros, type SilencesData } from './silences.ts';

/** A span of a partition, on the clock of the silences. */
export interface Gap {
  readonly partition: number;
  /** The due time of the first message that had no acknowledgement, or the acknowledgement before, where that came later. */
  readonly fromMicros: number;
  /** The next acknowledgement, or the end. */
  readonly toMicros: number;
  /** Whether there was a next one. */
  readonly isOver: boolean;
}

interface Silence {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly dueMicros: number;
  readonly failedDueMicros: number;
}

/**
 * The gaps by their beginning. A partition is silent while it is for every worker that sends: their silences are intersected, which is exact,
 * for one of all is one of each. Where a message failed in one worker while others went on, the gap may seem to begin with the silence.
 */
export function gapsOf(byWorker: readonly SilencesData[], endMicros: number): Gap[] {
  const silences = byWorker.map(byPartition);
  const partitions = new Set(silences.flatMap(one => [...one.keys()]));
  return [...partitions]
    .flatMap(partition => {
      const common = silences
        .map(one => one.get(partition) ?? [])
        .reduce((all, ofWorker) => intersection(all, ofWorker));
      return common.flatMap(silence => gapIn(partition, silence, endMicros));
    })
    .toSorted((a, b) => a.fromMicros - b.fromMicros || a.partition - b.partition);
}

function byPartition(data: SilencesData): Map<number, Silence[]> {
  const silences = new Map<number, Silence[]>();
  for (const [i, partition] of data.partition.entries()) {
    const ofPartition = silences.get(partition) ?? [];
    silences.set(partition, ofPartition);
    ofPartition.push({
      fromMicros: data.fromMicros[i] as number,
      toMicros: data.toMicros[i] as number,
      dueMicros: data.dueMicros[i] as number,
      failedDueMicros: data.failedDueMicros[i] as number,
    });
  }
  return silences;
}

/** Both lists are in order and free of overlaps. */
function intersection(some: readonly Silence[], others: readonly Silence[]): Silence[] {
  const common: Silence[] = [];
  for (let i = 0, j = 0; i < some.length && j < others.length;) {
    const [a, b] = [some[i] as Silence, others[j] as Silence];
    const fromMicros = Math.max(a.fromMicros, b.fromMicros);
    const toMicros = Math.min(a.toMicros, b.toMicros);
    if (fromMicros < toMicros) {
      const ending = [a, b].filter(one => one.toMicros === toMicros);
      common.push({
        fromMicros,
        toMicros,
        dueMicros: Math.min(...ending.map(({ dueMicros }) => dueMicros)),
        failedDueMicros: Math.min(a.failedDueMicros, b.failedDueMicros),
      });
    }
    if (a.toMicros === toMicros) i++;
    if (b.toMicros === toMicros) j++;
  }
  return common;
}

function gapIn(partition: number, silence: Silence, endMicros: number): Gap[] {
  const fromMicros = Math.max(silence.fromMicros, Math.min(silence.dueMicros, silence.failedDueMicros));
  const isOver = silence.toMicros !== Infinity;
  const toMicros = isOver ? silence.toMicros : endMicros;
  return toMicros - fromMicros >= leastSilenceMicros ? [{ partition, fromMicros, toMicros, isOver }] : [];
}
