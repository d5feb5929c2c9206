/** Could the generator be the limit? Its lag beside the latency that it measured, and how busy it was, trial by trial. */
import * as Plot from '@observablehq/plot';
import { lagThresholds, referenceOf, workThresholds } from '../../analysis/validity/schedule.ts';
import type { Result, Trial } from '../../results/schema.ts';
import { attemptText, orNone } from '../generator.ts';
import { duration, percent, whole } from '../numbers.ts';
import type { Table } from '../table.ts';
import { logDomain, logTicks } from './axes.ts';
import { labelsOf } from './cells.ts';
import { paint } from './colours.ts';
import type { Figure, FigureKind } from './figure.ts';
import { drawFigure, durationAxis, legend, type Panel } from './plot.ts';

interface Row {
  readonly label: string;
  readonly trial: Trial;
  /** From 1, in the order in which trials began. */
  readonly order: number;
  /** The generator's own lag at p99 against the p99 of the latency that it measured; null without a schedule, or a latency. */
  readonly lagShare: number | null;
}

export const resources: FigureKind = {
  isOfSearches: true,
  section: 'resources',
  figures: ({ result }) => {
    const rows = rowsOf(result);
    const panels = [...lagPanel(rows), ...workPanel(rows)];
    const last = panels.at(-1);
    if (last === undefined) return [];
    const caption = {
      id: 'resources',
      title: titleOf(rows),
      help: 'Every trial in the order in which they ran, invalid ones too: ● valid, ◆ degraded, ✗ invalid (for whatever reason). Beyond the upper dashed line a trial is invalid, below the lower one it is valid by this signal; the smallest lags are valid whatever they are compared with.',
    };
    const labelled = {
      ...last,
      x: { ...last.x, label: 'trial, in the order of the run' },
      height: last.height + 16,
      marginBottom: 40,
    };
    return [
      {
        ...caption,
        svg: drawFigure(caption, [...panels.slice(0, -1), labelled]),
        table: tableOf(caption.title, rows),
      } satisfies Figure,
    ];
  },
};

function rowsOf(result: Result): Row[] {
  const labelOf = labelsOf(result);
  return result.cells
    .flatMap(({ id, trials }) => trials.map(trial => ({ label: labelOf(id), trial })))
    .toSorted((a, b) => a.trial.startedAt.localeCompare(b.trial.startedAt))
    .map(({ label, trial }, i) => ({ label, trial, order: i + 1, lagShare: lagShareOf(trial) }));
}

function lagShareOf(trial: Trial): number | null {
  const { isOpenLoop, generatorLagMicros: lag } = trial;
  const latency = referenceOf(trial);
  return !isOpenLoop || lag === null || latency === null || latency.p99 <= 0 ? null : lag.p99 / latency.p99;
}

/** A claim that the generator was not the limit needs every trial valid. */
function titleOf(rows: readonly Row[]): string {
  const most = (values: readonly (number | null | undefined)[]): number | null => {
    const known = values.flatMap(value => value ?? []);
    return known.length === 0 ? null : Math.max(...known);
  };
  const lag = most(rows.map(({ lagShare }) => lagShare));
  const work = most(rows.map(({ trial }) => trial.generator.workFraction));
  const figures = [
    ...(lag === null ? [] : [`its lag at most ${percent(lag)} of the latency at p99`]),
    ...(work === null ? [] : [`its producing workers busy for at most ${percent(work)} of the time`]),
  ].join(', ');
  const unsound = (['invalid', 'degraded'] as const).flatMap(validity => {
    const count = rows.filter(({ trial }) => trial.validity === validity).length;
    return count === 0 ? [] : [`${count} ${validity}`];
  });
  if (unsound.length > 0)
    return `The generator cannot be ruled out as the limit: of ${rows.length} trials ${unsound.join(', ')}; ${figures}`;
  const limits = rows.flatMap(({ trial }) => (trial.isOpenLoop ? [] : [trial.generator.limitedBy ?? 'not known']));
  if (limits.length > 0) {
    const counts = [...Map.groupBy(limits, limit => limit)].map(([limit, { length }]) => `${limit} (${length})`);
    return `What limited loads without a schedule: ${counts.join(', ')}; ${figures}`;
  }
  return `The generator was not the limit: ${figures}`;
}

const symbols = {
  valid: { symbol: 'circle', colour: 'c1' },
  degraded: { symbol: 'diamond', colour: 'c2' },
  invalid: { symbol: 'times', colour: 'fail' },
} as const;

const axis = (rows: readonly Row[]): Plot.ScaleOptions => ({
  domain: [0.5, rows.length + 0.5],
  ticks: rows.map(({ order }) => order).filter(order => order === 1 || order % Math.ceil(rows.length / 15) === 0),
  tickFormat: String,
  label: null,
  labelAnchor: 'center',
  labelArrow: false,
});

function lagPanel(rows: readonly Row[]): Panel[] {
  const known = rows.filter(({ lagShare }) => lagShare !== null && lagShare > 0);
  if (known.length === 0) return [];
  const y = logDomain([...known.map(({ lagShare }) => lagShare as number), ...Object.values(lagThresholds)]);
  return [
    {
      height: 190,
      marginTop: 28,
      x: axis(rows),
      y: { type: 'log', domain: [...y], axis: null },
      marks: [
        durationAxis(logTicks(y), percent),
        ...limitMarks(lagThresholds),
        ...dotsOf(known, ({ lagShare }) => lagShare as number),
        legend([], 'generator’s lag p99, of the latency’s p99'),
      ],
    },
  ];
}

function workPanel(rows: readonly Row[]): Panel[] {
  const of = (row: Row): number | null => {
    const works = [row.trial.generator.workFraction, row.trial.generator.consumerWorkFraction].flatMap(
      one => one ?? [],
    );
    return works.length === 0 ? null : Math.max(...works);
  };
  const known = rows.filter(row => of(row) !== null);
  if (known.length === 0) return [];
  return [
    {
      height: 170,
      marginTop: 28,
      x: axis(rows),
      y: { domain: [0, 1], ticks: 5, tickFormat: percent, label: null, grid: true },
      marks: [
        ...limitMarks(workThresholds),
        ...dotsOf(known, row => of(row) as number),
        legend([], 'work of the busiest worker, producing or consuming'),
      ],
    },
  ];
}

const limitMarks = ({ validTo: valid, invalidBeyond: invalid }: typeof lagThresholds): Plot.Markish[] => [
  Plot.ruleY([valid], { stroke: paint('c2'), strokeDasharray: '5 4' }),
  Plot.ruleY([invalid], { stroke: paint('fail'), strokeDasharray: '5 4' }),
];

/** A mark for each kind of validity, for its shape must not hang on colour. */
const dotsOf = (rows: readonly Row[], valueOf: (row: Row) => number): Plot.Markish[] =>
  Object.entries(symbols).map(([validity, { symbol, colour }]) =>
    Plot.dot(
      rows.filter(({ trial }) => trial.validity === validity),
      {
        x: 'order',
        y: valueOf,
        symbol,
        r: 4,
        stroke: paint(colour),
        strokeWidth: 1.5,
        ...(symbol === 'times' ? {} : { fill: paint(colour), fillOpacity: 0.6 }),
      },
    ),
  );

function tableOf(title: string, rows: readonly Row[]): Table {
  return {
    title,
    note: 'in the order of the run; lag: the generator’s own at p99; –: not measured, or of no meaning there',
    columnsOfWords: 2,
    columnsOfWordsAtEnd: 1,
    rows: [
      [
        'trial',
        'cell',
        'block',
        'lag',
        'of the latency',
        'longest gap',
        'work',
        'of consumers',
        'CPU pressure',
        'validity',
      ],
      ...rows.map(({ label, trial, order, lagShare }) => [
        whole(order),
        label,
        attemptText(trial),
        orNone(trial.generatorLagMicros?.p99, duration),
        orNone(lagShare, percent),
        orNone(trial.generator.turnGapMicros?.max, duration),
        orNone(trial.generator.workFraction, percent),
        orNone(trial.generator.consumerWorkFraction, percent),
        orNone(trial.generator.cpuPressureAvg10, percent),
        trial.validity,
      ]),
    ],
  };
}
