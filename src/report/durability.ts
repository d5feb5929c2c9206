/** Says what messages survived when brokers were broken, and how long it took until all was as before. */
import type { CellDurability, Recovery, Unavailable } from '../results/durability.ts';
import type { Result } from '../results/schema.ts';
import { faultNoun, faultsText } from './faults.ts';
import { labelsOf } from './figures/cells.ts';
import type { Line } from './model.ts';
import { duration, percent, whole } from './numbers.ts';
import type { Table } from './table.ts';

/** A sentence or two for each cell, those that lost most first. */
export const durabilityLines = (result: Result): Line[] =>
  linesOf(result, one => [
    lossSentence(one),
    ...unavailableSentence(one.unavailable),
    ...latencySentence(one),
    ...repeatSentence(one),
  ]);

const linesOf = (result: Result, sentences: (one: CellDurability) => readonly string[]): Line[] =>
  (result.durability ?? [])
    .toSorted((a, b) => lossShare(b) - lossShare(a))
    .map(one => ({ sign: signOf(one), text: `${nameOf(result, one)}: ${sentences(one).join(' ')}` }));

/** The same without what came later: for those who read nothing else. */
export const durabilityAnswers = (result: Result): Line[] =>
  linesOf(result, one => [lossSentence(one), ...unavailableSentence(one.unavailable)]);

/** What was broken in the whole run: `3 kills, 2 pauses in 5 trials`; null where nothing was. */
export function brokenText({ durability = [] }: Pick<Result, 'durability'>): string | null {
  if (durability.length === 0) return null;
  const byKind = Map.groupBy(
    durability.flatMap(({ faults }) => faults),
    ({ kind }) => kind,
  );
  const kinds = [...byKind].map(([kind, same]) =>
    faultsText(
      kind,
      same.reduce((sum, { count }) => sum + count, 0),
    ),
  );
  const trials = durability.reduce((sum, one) => sum + one.trials, 0);
  return `${kinds.join(', ')} in ${trialsText(trials)}`;
}

const trialsText = (count: number): string => `${whole(count)} ${count === 1 ? 'trial' : 'trials'}`;
const lossShare = ({ losses: { lost, messages } }: CellDurability): number => (messages === 0 ? 0 : lost / messages);

function signOf({ losses, trials, isLossPermitted }: CellDurability): Line['sign'] {
  if (losses.withLoss > 0) return isLossPermitted ? 'warning' : 'bad';
  return losses.of < trials ? 'open' : 'good';
}

/** A cell by its label and by those settings that decide about loss and are not in it. */
function nameOf(result: Result, { cell, settings }: CellDurability): string {
  const label = labelsOf(result)(cell);
  return [label, ...settingTexts(settings).filter(text => !label.includes(text))].join(', ');
}

const settingTexts = ({ acks, minInsyncReplicas, uncleanLeaderElection }: CellDurability['settings']): string[] => [
  `acks=${acks}`,
  ...(acks === 'all' ? [`min.insync.replicas=${minInsyncReplicas}`] : []),
  ...(uncleanLeaderElection ? ['unclean leader election'] : []),
];

/** What had the chance to lose something: `kills`, or `trials with 9 kills`. */
function unitNoun({ losses, faults }: CellDurability, count: number): string {
  const [only, ...others] = faults;
  const isOne = count === 1;
  if (losses.unit === 'trial') return isOne ? 'trial with faults' : 'trials with faults';
  if (only === undefined || others.length > 0) return isOne ? 'fault' : 'faults';
  return faultNoun(only.kind, count);
}

function lossSentence(one: CellDurability): string {
  const { losses, settings, trials, isLossPermitted } = one;
  const { of, withLoss, shareAtMost, lost, messages, lostOfWorstTrial } = losses;
  if (of === 0) return 'nothing read the messages back, so that what was lost is not known.';
  const unknown = of < trials ? ` Of ${trialsText(trials - of)} more it is not known.` : '';
  const bound =
    shareAtMost === null || shareAtMost >= 1
      ? ''
      : `at most ${percent(shareAtMost)} of such ${losses.unit === 'trial' ? 'trials' : unitNoun(one, 2)} do, at 95 % confidence`;
  const tally = `${whole(withLoss)} of ${whole(of)} ${unitNoun(one, of)} lost`;
  if (withLoss === 0) return `${tally} anything: ${bound}.${unknown}`;
  const what = settings.acks === 0 ? 'messages' : 'acknowledged messages';
  const worst = of === 1 ? '' : ` (${whole(lostOfWorstTrial)} in the worst trial)`;
  const verdict = `which these settings ${isLossPermitted ? 'permit' : 'do not permit'}`;
  return `${tally} ${what}, ${whole(lost)} of ${whole(messages)}${worst}, ${verdict}${bound === '' ? '' : `; ${bound}`}.${unknown}`;
}

function unavailableSentence(unavailable: Unavailable): string[] {
  if (unavailable === null) return [];
  const { trials, open, medianMicros, worstMicros } = unavailable;
  if (worstMicros === 0) return ['No partition went without an acknowledgement for 250 ms.'];
  const isOpen = open === 0 ? '' : `; in ${whole(open)} of ${trialsText(trials)} it had not ended`;
  const worst = `${open === 0 ? '' : 'at least '}${duration(worstMicros)}`;
  if (trials === 1 || medianMicros === null) return [`A partition took nothing for ${worst}${isOpen}.`];
  return [
    `A partition took nothing for ${duration(medianMicros)} (median of ${trialsText(trials)}; ${worst} at worst${isOpen}).`,
  ];
}

function latencySentence({ latencyNormal }: CellDurability): string[] {
  if (latencyNormal === null) return [];
  const { faults, within, medianMicros } = latencyNormal;
  const missing = faults - within;
  if (medianMicros === null) {
    return [`Latency was not as before within the window after ${whole(missing)} of ${whole(faults)} faults.`];
  }
  const median = faults === 1 ? '' : ' (median)';
  const rest = missing === 0 ? '' : `, and not within the window after ${whole(missing)} of ${whole(faults)} faults`;
  return [`Latency was as before after ${duration(medianMicros)}${median}${rest}.`];
}

function repeatSentence({ duplicated, reordered }: CellDurability): string[] {
  const parts = [
    ...((duplicated ?? 0) === 0 ? [] : [`${whole(duplicated ?? 0)} messages were read twice`]),
    ...((reordered ?? 0) === 0 ? [] : [`${whole(reordered ?? 0)} out of order`]),
  ];
  return parts.length === 0 ? [] : [`${parts.join(', ')}.`];
}

const countText = (count: number | null): string => (count === null ? '–' : whole(count));

/** The median, and for how many it did not come. */
function recoveryText(recovery: Recovery): string {
  if (recovery === null) return '–';
  const { faults, within, medianMicros } = recovery;
  const missing = within === faults ? '' : ` (${whole(faults - within)} of ${whole(faults)} not)`;
  return `${medianMicros === null ? '–' : duration(medianMicros)}${missing}`;
}

function unavailableTexts(unavailable: Unavailable): [median: string, worst: string] {
  if (unavailable === null) return ['–', '–'];
  const { medianMicros, worstMicros, open } = unavailable;
  return [
    medianMicros === null ? 'not over' : duration(medianMicros),
    `${open === 0 ? '' : '≥ '}${duration(worstMicros)}`,
  ];
}

/** What was lost and how long it took, a row for each cell; none where nothing was broken. */
export function durabilityTables(result: Result): Table[] {
  const { durability = [] } = result;
  if (durability.length === 0) return [];
  const labelOf = labelsOf(result);
  return [lossTable(durability, labelOf), recoveryTable(durability, labelOf)];
}

type Labels = (cell: string) => string;

const lossTable = (durability: readonly CellDurability[], labelOf: Labels): Table => ({
  title: 'Durability',
  note: 'lost: acknowledged (acks=0: sent) and not read, over all trials, invalid ones too; at most: share of such faults that lose anything, one-sided 95 % bound (Clopper and Pearson)',
  columnsOfWords: 3,
  rows: [
    ['cell', 'promise', 'faults', 'lost anything', 'at most', 'messages', 'lost', 'worst trial', 'dup', 'reordered'],
    ...durability.map(one => [
      labelOf(one.cell),
      promiseText(one.settings),
      faultTexts(one),
      ...lossTexts(one),
      countText(one.duplicated),
      countText(one.reordered),
    ]),
  ],
});

const recoveryTable = (durability: readonly CellDurability[], labelOf: Labels): Table => ({
  title: 'Recovery',
  note: 'medians over trials that count, and after how many faults it did not come in time; without acks: the longest that a partition acknowledged nothing; normal: as before the first fault',
  columnsOfWords: 2,
  rows: [
    ['cell', 'faults', 'without acks', 'at worst', 'new leader after', 'latency normal after', 'lag normal after'],
    ...durability.map(one => [
      labelOf(one.cell),
      faultTexts(one),
      ...unavailableTexts(one.unavailable),
      recoveryText(one.detected),
      recoveryText(one.latencyNormal),
      recoveryText(one.lagNormal),
    ]),
  ],
});

const faultTexts = ({ faults }: CellDurability): string =>
  faults.map(({ kind, count }) => faultsText(kind, count)).join(', ');

function promiseText(settings: CellDurability['settings']): string {
  const { idempotence, replicationFactor } = settings;
  return [
    ...settingTexts(settings),
    ...(replicationFactor === null ? [] : [`${replicationFactor} ${replicationFactor === 1 ? 'replica' : 'replicas'}`]),
    ...(idempotence ? ['idempotent'] : []),
  ].join(', ');
}

function lossTexts({ losses }: CellDurability): string[] {
  const { of, withLoss, unit, shareAtMost, messages, lost, lostOfWorstTrial } = losses;
  if (of === 0) return ['–', '–', '–', '–', '–'];
  const ofUnit = unit === 'trial' ? ` ${of === 1 ? 'trial' : 'trials'}` : '';
  return [
    `${whole(withLoss)} of ${whole(of)}${ofUnit}`,
    shareAtMost === null ? '–' : percent(shareAtMost),
    whole(messages),
    whole(lost),
    whole(lostOfWorstTrial),
  ];
}
