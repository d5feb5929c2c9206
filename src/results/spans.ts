/** Reads what a stored trial's window holds second by second, and from it the values that checks by span judge. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecondHistogram } from '../measure/recorder.ts';
import { type Seconds, spanSourceOf, type SpanValue, spanValues } from '../measure/spans.ts';
import { readHlog } from './hlog.ts';
import type { StoredTrial } from './schema.ts';

/** What of a check decides what its spans are; those of checks that differ only in limits are the same. */
export interface SpanDemand {
  readonly metric: string;
  readonly group: string | null;
  /** µs; null for a check that judges no spans. */
  readonly every: number | null;
}

/** A trial's spans, by `spanKey`; none of a demand for which the trial has no data. */
export type TrialSpans = ReadonlyMap<string, readonly SpanValue[]>;

/** Names the spans of a demand among a trial's. */
export const spanKey = ({ metric, group, every }: SpanDemand): string => JSON.stringify([metric, group, every]);

/** The name of a group's own interval log, beside the trial's `endToEnd`; only trials of several groups have them. */
export const groupTag = (group: string): string => `endToEnd.${group}`;

/** The parts of an interval log; undefined where there is none. */
export async function readSeconds(folder: string, tag: string): Promise<SecondHistogram[] | undefined> {
  const text = await readFile(join(folder, `${tag}.hlog`), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : readHlog(text).seconds;
}

/**
 * The values of the spans that the demands judge. `read` is what has been read of the trial's interval logs, by tag; other logs are read
 * from the trial's folder.
 */
export async function spansOf(
  demands: readonly SpanDemand[],
  trial: StoredTrial,
  folder: string,
  read: ReadonlyMap<string, readonly SecondHistogram[]>,
): Promise<TrialSpans> {
  const spans = new Map<string, readonly SpanValue[]>();
  for (const demand of demands) {
    const { metric, every } = demand;
    const key = spanKey(demand);
    if (every === null || spans.has(key)) continue;
    const seconds = await secondsOf(demand, trial, folder, read);
    if (seconds === null) continue;
    spans.set(key, spanValues(metric, seconds, { windowMicros: trial.windowMicros, everyMicros: every }));
  }
  return spans;
}

async function secondsOf(
  { metric, group }: SpanDemand,
  trial: StoredTrial,
  folder: string,
  read: ReadonlyMap<string, readonly SecondHistogram[]>,
): Promise<Seconds | null> {
  const source = spanSourceOf(metric);
  if (source === null) return null;
  if (group !== null && !trial.groups.some(one => one.group === group)) return null;
  if (source.kind === 'count') {
    const perSecond = countsOf(source.name, trial, group);
    return perSecond === null ? null : { kind: 'count', perSecond };
  }
  const isOneOfSeveral = group !== null && trial.groups.length > 1;
  const parts = isOneOfSeveral ? await readSeconds(folder, groupTag(group)) : read.get(source.name);
  return parts === undefined ? null : { kind: 'distribution', parts };
}

/** A series of the window's seconds; null where it was not kept. */
function countsOf(
  name: 'acked' | 'consumed' | 'failed',
  { timeline, groups }: StoredTrial,
  group: string | null,
): readonly number[] | null {
  if (name === 'consumed' && group !== null && groups.length > 1)
    return groups.find(one => one.group === group)?.consumedBySecond ?? null;
  const inWindow = timeline.filter(({ second }) => second >= 0);
  if (inWindow.length === 0) return null;
  const perSecond: number[] = [];
  for (const one of inWindow) perSecond[one.second] = one[name];
  return perSecond;
}
