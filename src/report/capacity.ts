/** Says what a search for capacity found: the answer in a sentence, its steps, what follows for a cluster, and what was assumed. */
import type { CapacityResult, Criterion, Probe } from '../results/capacity.ts';
import type { Result } from '../results/schema.ts';
import type { Line, ReportModel } from './model.ts';
import { bytes, duration, metricText, percent, whole } from './numbers.ts';
import { limitLines } from './limits.ts';
import { scalingTables } from './scaling.ts';
import { sizingAssumptions, sizingTables } from './sizing.ts';
import type { Table } from './table.ts';
import { demandText } from './words.ts';

const rate = (perSecond: number): string => `${whole(perSecond)}/s`;

/** The answer, in a sentence: with what must be known of the trials that it rests on. */
export function capacityLine(capacity: CapacityResult): Line {
  const { sign, text } = answerLine(capacity);
  const doubts = doubtsOf(capacity);
  return { sign: doubts.length > 0 && sign === 'good' ? 'warning' : sign, text: [text, ...doubts].join('; ') };
}

function answerLine(capacity: CapacityResult): Line {
  const { kind, estimate, low, high, limitedBy, because } = capacity;
  const inBytes = (perSecond: number): string => ` (${bytes(perSecond * capacity.bytesPerMessage)}/s)`;
  switch (kind) {
    case 'capacity':
      return {
        sign: capacity.returnsToBase === false ? 'warning' : 'good',
        text: `capacity ${rate(estimate ?? 0)}${inBytes(estimate ?? 0)}, 95 % interval ${rate(low ?? 0)} to ${rate(high ?? 0)}`,
      };
    case 'unconfirmed': {
      const above = high === null ? 'no rate that was tried was too high' : `not ${rate(high)}`;
      return {
        sign: 'open',
        text: `unconfirmed: ${rate(low ?? 0)}${inBytes(low ?? 0)} was sustained in a single trial, ${above}; a larger capacity.budget confirms it`,
      };
    }
    case 'at-least':
      return {
        sign: 'warning',
        text: `capacity is at least ${rate(low ?? 0)}${inBytes(low ?? 0)}: beyond, the ${limitedBy} was the limit, not the cluster`,
      };
    case 'none':
      return { sign: 'bad', text: noneText[because ?? 'undecided'] };
    case 'unfinished':
      return { sign: 'open', text: `the search was stopped after ${capacity.probes.length} trials` };
  }
}

/** What the host or the generator did to the trials behind the answer; nothing where all of them are sound. */
function doubtsOf({ kind, low, high, probes }: CapacityResult): string[] {
  const confirming = probes.filter(({ stage }) => stage === 'confirm');
  if (kind === 'capacity') {
    const of = (count: number): string => `${count} of ${confirming.length} confirming trials`;
    const degraded = confirming.filter(({ isDegraded }) => isDegraded).length;
    const blind = confirming.filter(({ verdict }) => verdict === 'limited' || verdict === 'undecided').length;
    return [
      ...(degraded > 0 ? [`${of(degraded)} were degraded`] : []),
      ...(blind > 0 ? [`${of(blind)} showed nothing of the cluster`] : []),
    ];
  }
  const behind = probes.filter(
    ({ verdict, ratePerSecond }) =>
      (verdict === 'sustained' && ratePerSecond === low) || (verdict === 'exceeded' && ratePerSecond === high),
  );
  const degraded = behind.filter(({ isDegraded }) => isDegraded).length;
  if (degraded === 0) return [];
  return [
    behind.length === 1 ? 'that trial was degraded' : `${degraded} of these ${behind.length} trials were degraded`,
  ];
}

const noneText: Readonly<Record<NonNullable<CapacityResult['because']>, string>> = {
  'nothing-sustained': 'no rate was sustained, down to 1/s',
  undecided: 'no capacity: the trials show nothing of the cluster, for the generator or its host was the limit',
  budget: 'no capacity: capacity.budget was used up before a rate was sustained',
};

/** What was held for long, and whether the cluster came back from it. */
export function soakLines({ capacity, searches = [] }: Pick<Result, 'capacity' | 'searches'>): Line[] {
  if (capacity === null || searches.length > 1) return [];
  const { probes, sustainedPerSecond, settings, returnsToBase } = capacity;
  const isSoaked = probes.some(({ stage }) => stage === 'soak');
  const soak = duration(settings.soakMicros);
  return [
    ...(!isSoaked
      ? []
      : sustainedPerSecond === null
        ? [{ sign: 'bad', text: `no rate was sustained for ${soak}` } as const]
        : [{ sign: 'good', text: `sustainable: ${rate(sustainedPerSecond)}, held for ${soak}` } as const]),
    ...(returnsToBase === false
      ? [
          {
            sign: 'bad',
            text: `${rate(settings.fromPerSecond)}, which was sustained first, was not sustained at the end`,
          } as const,
        ]
      : []),
  ];
}

const stageText: Readonly<Record<Probe['stage'], string>> = {
  bracket: 'bracket',
  bisect: 'bisect',
  confirm: 'confirm',
  soak: 'soak',
  base: 'first rate again',
};

/** `bisect      2,828/s   sustained, 43 % of the limit`. */
export const probeLine = (probe: Probe): string =>
  `${stageText[probe.stage].padEnd(11)} ${rate(probe.ratePerSecond)}   ${verdictText(probe)}`;

function verdictText({ verdict, missed, latencyShare, limitedBy, isDegraded }: Probe): string {
  const degraded = isDegraded === true ? ' (degraded)' : '';
  const share = latencyShare === null ? '' : `, latency ${percent(latencyShare)} of its limit`;
  switch (verdict) {
    case 'sustained':
      return `sustained${share}${degraded}`;
    case 'exceeded':
      return `exceeded: ${missed.map(criterionText).join('; ')}${degraded}`;
    case 'limited':
      return `shows nothing: the ${limitedBy} was the limit`;
    case 'undecided':
      return 'shows nothing';
  }
}

/** Why a rate was not sustained, or why nothing is known of it. */
function becauseText({ verdict, missed, limitedBy }: Probe): string {
  const why = missed.map(criterionText).join('; ');
  if (verdict === 'limited') return [`the ${limitedBy} was the limit`, ...(why === '' ? [] : [why])].join('; ');
  return verdict === 'sustained' ? '' : why;
}

function criterionText(criterion: Criterion): string {
  switch (criterion.code) {
    case 'acknowledged-late':
      return `${percent(criterion.share)} acknowledged in time`;
    case 'errors':
      return `${percent(criterion.share)} without an acknowledgement`;
    case 'backlog-grows':
      return `the backlog of ${criterion.of} may grow by ${percent(criterion.sharePerSecond)} of the rate`;
    case 'lag-left':
      return `${criterion.of} ended ${whole(criterion.messages)} messages further behind`;
    case 'not-drained':
      return `${criterion.of} did not catch up`;
    case 'not-steady':
      return 'it did not keep its level';
    case 'check':
      return `${criterion.metric} ${metricText(criterion.metric, criterion.value)}`;
  }
}

/** Every trial of the search, in order. */
function stepsTable({ probes }: CapacityResult, ofCell: string): Table {
  const row = (probe: Probe, i: number): string[] => [
    String(i + 1),
    stageText[probe.stage],
    whole(probe.ratePerSecond),
    whole(probe.ackedPerSecond),
    probe.latencyShare === null ? '–' : percent(probe.latencyShare),
    duration(probe.measureMicros),
    probe.isDegraded === true ? `${probe.verdict}, degraded` : probe.verdict,
    becauseText(probe),
  ];
  return {
    title: `Steps of the search${ofCell}`,
    note: 'a trial each; latency in parts of the limit that it is nearest to',
    rows: [['trial', 'step', 'rate/s', 'acked/s', 'latency', 'window', 'verdict', 'because'], ...probes.map(row)],
    columnsOfWords: 2,
    columnsOfWordsAtEnd: 2,
  };
}

/** What the answer rests on. */
function assumedLines(capacity: CapacityResult): string[] {
  const { demands, sizing, settings } = capacity;
  const held = demands.map(demand => demandText({ ...demand, where: {}, every: null }));
  return [
    `sustained: 99 % acknowledged within the window, at most 0.1 % without an acknowledgement, no backlog growing by 0.5 % of the rate${held.map(text => `, ${text}`).join('')}`,
    `each rate on fresh topics and clients, windows of ${duration(settings.measureMicros)}`,
    ...(capacity.method === 'latency'
      ? ['1/latency falls along a line near the capacity, as it does for a single server in heavy traffic']
      : []),
    ...limitLines(capacity),
    ...(sizing === null ? [] : sizingAssumptions(capacity, sizing)),
  ];
}

/** What the report of any run says, with what a search found in place of what trials of one load would show. */
export function withCapacity(model: ReportModel, result: Result, capacity: CapacityResult): ReportModel {
  const { cells } = result;
  const searches = result.searches ?? [capacity];
  const label = (id: string): string => cells.find(cell => cell.id === id)?.label || id;
  const shown = [
    ...(searches.length > 1 ? [cellsTable(searches, label)] : []),
    ...scalingTables(result),
    ...searches.map(one => stepsTable(one, searches.length > 1 ? `, ${label(one.cell)}` : '')),
    ...sizingTables(capacity),
    assumedTable(capacity),
  ];
  const trials = cells.flatMap(cell => cell.trials);
  const counts = (['valid', 'degraded', 'invalid'] as const)
    .map(validity => [validity, trials.filter(trial => trial.validity === validity).length] as const)
    .filter(([, count]) => count > 0);
  const isSound = counts.every(([validity]) => validity === 'valid');
  return {
    ...model,
    validity: {
      sign: isSound ? 'good' : 'warning',
      text: `${trials.length} trials: ${counts.map(([validity, count]) => `${count} ${validity}`).join(', ')}`,
    },
    placed: shown.map(table => ({ section: 'capacity', rank: 'shown', table })),
    tables: shown,
    details: [],
    order: [],
    checks: [],
    findings: soakLines(result),
    conclusion: searchesLine(result, capacity),
  };
}

const assumedTable = (capacity: CapacityResult): Table => ({
  title: 'Assumed',
  note: 'to repeat the search: highwater capacity with the resolved.yaml of this run',
  rows: [['what the answer rests on'], ...assumedLines(capacity).map(text => [text])],
});

/** The answer of a run that searched; of several searches the table has the answers. */
export const searchesLine = ({ searches = [] }: Pick<Result, 'searches'>, capacity: CapacityResult): Line =>
  searches.length > 1 ? severalLine(searches) : capacityLine(capacity);

/** The answers of several searches, in a line: they stand in a table. */
function severalLine(searches: readonly CapacityResult[]): Line {
  const confirmed = searches.filter(({ kind }) => kind === 'capacity').length;
  const sign = confirmed === searches.length ? 'good' : 'open';
  return { sign, text: `${searches.length} searches: ${confirmed} with a confirmed capacity` };
}

function cellsTable(searches: readonly CapacityResult[], label: (cell: string) => string): Table {
  const shown = (perSecond: number | null): string => (perSecond === null ? '–' : whole(perSecond));
  return {
    title: 'Capacity by cell',
    note: 'messages/s; without an estimate low and high are of single trials, or low is a lower bound',
    rows: [
      ['cell', 'capacity', 'low', 'high', 'sustained', 'answer'],
      ...searches.map(one => [
        label(one.cell),
        shown(one.estimate),
        shown(one.low),
        shown(one.high),
        shown(one.sustainedPerSecond),
        capacityLine(one).text,
      ]),
    ],
    columnsOfWordsAtEnd: 1,
  };
}
