/** Says what a search for capacity found: the answer in a sentence, its steps, what follows for a cluster, and what was assumed. */
import type { CapacityResult, Criterion, Probe } from '../results/capacity.ts';
import type { Result } from '../results/schema.ts';
import type { Line, ReportModel } from './model.ts';
import { bytes, duration, metricText, percent, threeDigits, whole } from './numbers.ts';
import type { Table } from './table.ts';
import { demandText } from './words.ts';

const rate = (perSecond: number): string => `${whole(perSecond)}/s`;

/** The answer, in a sentence. */
export function capacityLine(capacity: CapacityResult): Line {
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

const noneText: Readonly<Record<NonNullable<CapacityResult['because']>, string>> = {
  'nothing-sustained': 'no rate was sustained, down to 1/s',
  undecided: 'no capacity: the trials show nothing of the cluster, for the generator or its host was the limit',
  budget: 'no capacity: capacity.budget was used up before a rate was sustained',
};

/** What was held for long, and whether the cluster came back from it. */
function soakLines({ kind, sustainedPerSecond, settings, returnsToBase }: CapacityResult): Line[] {
  const isSoaked = (kind === 'capacity' || kind === 'at-least') && settings.soakMicros > 0;
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

function verdictText({ verdict, missed, latencyShare, limitedBy }: Probe): string {
  const share = latencyShare === null ? '' : `, latency ${percent(latencyShare)} of its limit`;
  switch (verdict) {
    case 'sustained':
      return `sustained${share}`;
    case 'exceeded':
      return `exceeded: ${missed.map(criterionText).join('; ')}`;
    case 'limited':
      return `shows nothing: the ${limitedBy} was the limit`;
    case 'undecided':
      return 'shows nothing';
  }
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
    probe.verdict,
    probe.verdict === 'sustained' ? '' : probe.missed.map(criterionText).join('; '),
  ];
  return {
    title: `Steps of the search${ofCell}`,
    note: 'a trial each; latency in parts of the limit that it is nearest to',
    rows: [['trial', 'step', 'rate/s', 'acked/s', 'latency', 'window', 'verdict', 'because'], ...probes.map(row)],
    columnsOfWords: 2,
    columnsOfWordsAtEnd: 2,
  };
}

/** What the target takes; none without `sizing`. */
function sizingTables({ sizing }: CapacityResult): Table[] {
  if (sizing === null) return [];
  const { target, partitions, brokers } = sizing;
  const numbers = ({ point, p50, p95 }: { readonly point: number; readonly p50: number; readonly p95: number }) =>
    [point, p50, p95].map(whole);
  const asked = `${bytes(target.bytesPerSecond)}/s, kept for ${duration(target.retentionSeconds * 1e6)}`;
  const { perBroker } = brokers;
  return [
    {
      title: 'Sizing',
      note: `for ${asked}, replication ${target.replication}, read ${target.readers} times`,
      rows: [
        ['', 'by the medians', '50 %', '95 %'],
        ...(partitions === null ? [] : [['partitions', ...numbers(partitions)]]),
        [`brokers, ${target.spareBrokers} of them spare`, ...numbers(brokers)],
      ],
    },
    {
      title: 'Brokers asked for by',
      note: 'without the spare ones; what is not named in sizing.broker asks for none',
      rows: [['limit', 'brokers'], ...brokers.byLimit.map(({ limit, brokers: count }) => [limit, whole(count)])],
    },
    {
      title: 'Each broker then',
      note: `with ${whole(brokers.p95)} brokers, all of them there`,
      rows: [
        ['writes', 'sends', 'stores'],
        [
          `${bytes(perBroker.writtenBytesPerSecond)}/s`,
          `${bytes(perBroker.sentBytesPerSecond)}/s`,
          bytes(perBroker.storedBytes),
        ],
      ],
      columnsOfWords: 0,
    },
  ];
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
    ...(capacity.limitedBy === 'cluster' ? ['which resource of the cluster ran out was not measured'] : []),
    ...(sizing === null ? [] : sizingAssumptions(capacity, sizing)),
  ];
}

function sizingAssumptions(
  { kind }: CapacityResult,
  { rates, partitions, target }: NonNullable<CapacityResult['sizing']>,
): string[] {
  const { producedBytesPerSecond: produced, consumedBytesPerSecond: consumed, source } = rates;
  const text = (name: string, one: typeof produced): string =>
    one === null
      ? `${name}: not measured`
      : `${name} ${bytes(one.value)}/s ± ${threeDigits(one.spread * 100)} % a partition`;
  const from = source === 'scenario' ? 'named by the scenario' : 'the capacity, spread over the partitions';
  return [
    `${text('produced', produced)}, ${text('consumed', consumed)}: ${from}`,
    ...(source === 'search' && kind !== 'capacity' ? ['the search gave no interval: the rates count as exact'] : []),
    ...(partitions === null
      ? []
      : [
          `${whole(partitions.recommended)} partitions are a multiple of the brokers; ${percent(target.headroom)} of each is left free`,
        ]),
    'sizes as the producer sends them, before compression; disks and network at their full throughput with the spare brokers gone',
  ];
}

/** What the report of any run says, with what a search found in place of what trials of one load would show. */
export function withCapacity(model: ReportModel, result: Result, capacity: CapacityResult): ReportModel {
  const { name, runId, cells } = result;
  const searches = result.searches ?? [capacity];
  const label = (id: string): string => cells.find(cell => cell.id === id)?.label || id;
  const shown = [
    ...(searches.length > 1 ? [cellsTable(searches, label)] : []),
    ...scalingTables(result),
    ...searches.map(one => stepsTable(one, searches.length > 1 ? `, ${label(one.cell)}` : '')),
    ...sizingTables(capacity),
    assumedTable(capacity, `${name}/${runId}`),
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
    findings: searches.length > 1 ? [] : soakLines(capacity),
    conclusion: searches.length > 1 ? severalLine(searches) : capacityLine(capacity),
  };
}

function assumedTable(capacity: CapacityResult, folder: string): Table {
  return {
    title: 'Assumed',
    note: `to repeat the search: highwater capacity ${folder}/resolved.yaml`,
    rows: [[''], ...assumedLines(capacity).map(text => [text])],
  };
}

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

/** How capacity grows with a factor; none where nothing can be said. */
function scalingTables({ scaling }: Result): Table[] {
  if (scaling === undefined) return [];
  const { factor, fit, refused, isConfirmed } = scaling;
  const title = `Scaling with ${factor}`;
  if (fit === null) return [{ title, note: `no fit: ${refused}`, rows: [[factor]] }];
  const known = (perSecond: number | null): string => (perSecond === null ? '–' : rate(perSecond));
  return [
    {
      title,
      note: `Universal Scalability Law${isConfirmed ? '' : ', of unconfirmed capacities'}; nothing is said of levels beyond ${2 * fit.largestN}`,
      rows: [
        ['', 'value'],
        ['at a level of 1', rate(fit.lambdaPerSecond)],
        ['contention σ', threeDigits(fit.sigma)],
        ['coherency κ', threeDigits(fit.kappa)],
        ['greatest', fit.peak === null ? '–' : `${rate(fit.peak.perSecond)} at ${threeDigits(fit.peak.n)}`],
        ['ceiling', known(fit.ceilingPerSecond)],
        [`at ${2 * fit.largestN}`, known(fit.atTwiceLargestPerSecond)],
        ['searched against fitted', `± ${percent(fit.residual)}`],
      ],
    },
  ];
}
