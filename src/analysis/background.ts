/** Counts the brokers' background cycles that a trial's window covered: what lasts longer than the window is not in its figures. Pure. */
import type { StoredTrial } from '../results/schema.ts';

/** Of one partition, on average, within the window. */
export interface BackgroundCycles {
  readonly segmentRolls: number;
  readonly retentionDeletes: number;
}

/** Kafka's defaults (broker configuration reference: log.segment.bytes, log.roll.hours, log.retention.hours). */
const defaults = { segmentBytes: 2 ** 30, rollMillis: 168 * 3_600e3, retentionMillis: 168 * 3_600e3 } as const;

type Settings = Readonly<Record<string, unknown>>;

/** The first of these settings that is a number. */
function numberIn(settings: readonly (readonly [Settings, string])[], otherwise: number): number {
  for (const [of, name] of settings) {
    const value = Number(of[name] ?? Number.NaN);
    if (Number.isFinite(value)) return value;
  }
  return otherwise;
}

/**
 * A segment is rolled when it is full or old enough; whole segments are deleted when they are older than the retention time, or when those
 * behind them hold the retention's bytes. Bytes are those of values: keys, headers and framing make rolls sooner, compression later.
 */
export function backgroundOf(
  { effective, partitions, counts, rates, windowMicros }: StoredTrial,
  broker: Settings,
): BackgroundCycles {
  const { topic } = effective;
  const windowMillis = windowMicros / 1e3;
  const segmentBytes = numberIn(
    [
      [topic, 'segment.bytes'],
      [broker, 'log.segment.bytes'],
    ],
    defaults.segmentBytes,
  );
  const rollMillis = numberIn(
    [
      [topic, 'segment.ms'],
      [broker, 'log.roll.ms'],
    ],
    defaults.rollMillis,
  );
  const retentionMillis = numberIn(
    [
      [topic, 'retention.ms'],
      [broker, 'log.retention.ms'],
    ],
    defaults.retentionMillis,
  );
  const retentionBytes = numberIn(
    [
      [topic, 'retention.bytes'],
      [broker, 'log.retention.bytes'],
    ],
    -1,
  );
  const perPartition = Math.max(1, partitions.length);
  // at acks 0 nothing is acknowledged, and what was sent was appended
  const share = counts.acked > 0 ? 1 : counts.sent / Math.max(1, counts.scheduled);
  const bytes = (rates.ackedBytesPerSecond * share * windowMicros) / 1e6 / perPartition;
  const segmentRolls = Math.floor(Math.max(bytes / segmentBytes, bytes > 0 ? windowMillis / rollMillis : 0));
  const isBounded = (limit: number): boolean => limit >= 0;
  const kept = Math.min(
    isBounded(retentionMillis) ? (segmentRolls * retentionMillis) / windowMillis : Infinity,
    isBounded(retentionBytes) ? retentionBytes / segmentBytes : Infinity,
  );
  return { segmentRolls, retentionDeletes: Math.max(0, Math.floor(segmentRolls - kept)) };
}
