/** Writes and reads interval logs in HdrHistogram's log format 1.3, which HdrHistogram's own tools read too. */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram as HdrHistogram,
} from 'hdr-histogram-js';
import { bucketOf, type HistogramData, highestOf, lowestOf } from '../measure/histogram.ts';
import type { SecondHistogram } from '../measure/recorder.ts';
import type { TimedHistogram } from '../run/measurement.ts';

/** Log format 1.3 (HdrHistogram's HistogramLogWriter): version, start, legend, then a line per interval. */
export function hlogOf(
  timed: TimedHistogram,
  { tag, startUnixMillis }: { readonly tag: string; readonly startUnixMillis: number },
): string {
  const start = startUnixMillis / 1e3;
  const lines = timed.seconds.map(({ second, data }) => {
    const maxMillis = (Number.isFinite(data.maxMicros) ? data.maxMicros : 0) / 1e3;
    return `Tag=${tag},${(start + second).toFixed(3)},1.000,${maxMillis.toFixed(3)},${encodeIntoCompressedBase64(hdrOf(data))}`;
  });
  return [
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${start.toFixed(3)} (seconds since epoch), ${new Date(startUnixMillis).toISOString()}]`,
    '#[Values are microseconds; Interval_Max is milliseconds]',
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...lines,
    '',
  ].join('\n');
}

/** The intervals of a log, by their tag's name or all of them; seconds count from the first start time in the log. */
export function readHlog(text: string): { readonly startUnixSeconds: number; readonly seconds: SecondHistogram[] } {
  const startTime = /^#\[StartTime: ([\d.]+)/m.exec(text);
  const rows = text.split('\n').filter(line => line !== '' && !line.startsWith('#') && !line.startsWith('"'));
  const parsed = rows.map(row => {
    const fields = row.replace(/^Tag=[^,]*,/, '').split(',');
    return { start: Number(fields[0]), encoded: fields[3] ?? '' };
  });
  const startUnixSeconds = startTime ? Number(startTime[1]) : (parsed[0]?.start ?? 0);
  return {
    startUnixSeconds,
    seconds: parsed.map(({ start, encoded }) => ({
      second: Math.round(start - startUnixSeconds),
      data: decodeHistogram(encoded),
    })),
  };
}

/** A distribution in HdrHistogram's compressed form, base64: its counts, without the exact sum, least and greatest. */
export const encodeHistogram = (data: HistogramData): string => encodeIntoCompressedBase64(hdrOf(data));

/** The same counts in hdr-histogram-js's form. */
function hdrOf(data: HistogramData): HdrHistogram {
  const histogram = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3, highestTrackableValue: 2 ** 32 });
  data.buckets.forEach((bucket, i) => histogram.recordValueWithCount(lowestOf(bucket), data.counts[i] as number));
  return histogram;
}

/** What hdr-histogram-js's own implementation offers beyond its common interface. */
interface IndexedHistogram {
  readonly countsArrayLength: number;
  getCountAtIndex(index: number): number;
  valueFromIndex(index: number): number;
  medianEquivalentValue(value: number): number;
}

/**
 * What `encodeHistogram` made, or a line of a log. hdr-histogram-js's buckets for these settings are ours, one to one.
 * @throws Error for any other text
 */
export function decodeHistogram(encoded: string): HistogramData {
  const histogram = decodeFromCompressedBase64(encoded, 64, false) as unknown as IndexedHistogram;
  const buckets: number[] = [];
  const counts: number[] = [];
  let sumMicros = 0;
  for (let index = 0; index < histogram.countsArrayLength; index++) {
    const count = histogram.getCountAtIndex(index);
    if (count === 0) continue;
    const value = histogram.valueFromIndex(index);
    buckets.push(bucketOf(value));
    counts.push(count);
    sumMicros += histogram.medianEquivalentValue(value) * count;
  }
  return {
    buckets: Uint16Array.from(buckets),
    counts: Float64Array.from(counts),
    censored: 0,
    minMicros: buckets.length === 0 ? Infinity : lowestOf(buckets[0] as number),
    maxMicros: buckets.length === 0 ? -Infinity : highestOf(buckets.at(-1) as number),
    sumMicros,
  };
}
