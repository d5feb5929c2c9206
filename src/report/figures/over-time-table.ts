/** What a figure over time shows of a cell, and the same as a table. Pure. */
import type { SecondFigures } from '../../results/read.ts';
import type { Trial } from '../../results/schema.ts';
import { faultLabel } from '../faults.ts';
import { millis, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import type { Domain } from './axes.ts';
import type { CellTrials, CountedTrial } from './cells.ts';
import type { Heatmap } from './heatmap.ts';

/** What is shown of a cell: one trial. */
export interface Shown {
  readonly cell: CellTrials;
  readonly counted: CountedTrial;
  readonly latency: 'ack' | 'endToEnd' | null;
  readonly seconds: readonly SecondFigures[];
  readonly heatmap: Heatmap | null;
  readonly x: Domain;
}

const mostRows = 20;

/** The numbers of a figure over time, in spans where seconds are too many. */
export function tableOf(title: string, { counted: { trial }, latency, seconds, x: [, end] }: Shown): Table {
  const length = Math.max(1, Math.ceil(end / mostRows));
  const spans = Array.from(
    { length: Math.ceil(end / length) },
    (_, i) => [i * length, Math.min(end, (i + 1) * length)] as const,
  );
  const most = (values: readonly number[], text: (value: number) => string): string =>
    values.length === 0 ? '–' : text(Math.max(...values));
  const meanOf = (values: readonly number[]): string =>
    values.length === 0 ? '–' : whole(values.reduce((sum, value) => sum + value, 0) / values.length);
  const hasFaults = (trial.faults?.injected.length ?? 0) > 0;
  return {
    title,
    columnsOfWordsAtEnd: hasFaults ? 1 : 0,
    note: `block ${trial.block}; of each span the mean rates, and of ${latency ?? 'latency'}, ms, and lag the worst second`,
    rows: [
      ['seconds', 'p50', 'p99', 'sent/s', 'acked/s', 'consumed/s', 'lag', ...(hasFaults ? ['faults'] : [])],
      ...spans.map(([from, to]) => {
        const isIn = (second: number): boolean => second >= from && second < to;
        const figures = seconds.filter(({ second }) => isIn(second));
        const happened = trial.timeline.filter(({ second }) => isIn(second));
        const lags = trial.groups.flatMap(({ lag }) =>
          lag.samples.filter(({ atMicros }) => isIn(atMicros / 1e6)).map(({ unread }) => unread),
        );
        return [
          length === 1 ? String(from) : `${from}–${to}`,
          most(
            figures.map(({ p50Micros }) => p50Micros),
            millis,
          ),
          most(
            figures.map(({ p99Micros }) => p99Micros),
            millis,
          ),
          meanOf(happened.map(({ sent }) => sent)),
          meanOf(happened.map(({ acked }) => acked)),
          trial.groups.length === 0 ? '–' : meanOf(happened.map(({ consumed }) => consumed)),
          most(lags, whole),
          ...(hasFaults ? [faultsIn(trial, from, to)] : []),
        ];
      }),
    ],
  };
}

/** The faults that lasted in a span of seconds. */
function faultsIn({ faults }: Trial, from: number, to: number): string {
  const lasting = (faults?.injected ?? []).filter(
    ({ atMicros, endedAtMicros }) => atMicros < to * 1e6 && (endedAtMicros ?? Infinity) >= from * 1e6,
  );
  return lasting.map(faultLabel).join(', ');
}
