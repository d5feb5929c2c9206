/** Shows what consumer groups did: what each read, how far behind it was, when its partitions changed hands, how it read a backlog. */
import { mean } from '../analysis/stats.ts';
import type { Cell, Result } from '../results/schema.ts';
import { duration, millis, threeDigits, whole } from './numbers.ts';
import { countingTrials, type Table } from './table.ts';

type Group = Cell['trials'][number]['groups'][number];

/** A group of a cell: in all trials, from which counts come, and in those that are not invalid, from which figures come. */
interface GroupOfCell {
  readonly cell: Cell;
  readonly name: string;
  readonly trials: readonly Group[];
  readonly counting: readonly Group[];
}

/** Up front, where the run says more of groups than the tables of all cells do. */
export function groupTables(result: Result): Table[] {
  const groups = groupsOf(result);
  const tellsMore =
    new Set(groups.map(({ name }) => name)).size > 1 || groups.some(({ trials }) => trials.some(one => isNotable(one)));
  return [...(tellsMore ? [groupTable(groups)] : []), ...rebalanceTables(result), ...backlogTables(groups)];
}

/** For those who look closer. */
export function groupDetails(result: Result): Table[] {
  const groups = groupsOf(result);
  if (groups.length === 0) return [];
  return [memberTable(groups), ...handlingTables(groups), ...rebalanceList(result)];
}

const isNotable = ({ delivery, rebalances, handling, counts, proof }: Group): boolean =>
  delivery === 'broadcast' ||
  rebalances.length > 0 ||
  handling !== null ||
  counts.expired + counts.unacknowledged + (proof?.readAgain ?? 0) + (proof?.reorderedPerKey ?? 0) > 0;

function groupsOf({ cells }: Result): GroupOfCell[] {
  return cells.flatMap(cell => {
    const all = cell.trials.flatMap(({ groups }) => groups);
    const counting = countingTrials(cell).flatMap(({ groups }) => groups);
    return [...Map.groupBy(all, ({ group }) => group)].map(([name, trials]) => ({
      cell,
      name,
      trials,
      counting: counting.filter(({ group }) => group === name),
    }));
  });
}

const total = (trials: readonly Group[], value: (group: Group) => number): string =>
  whole(trials.reduce((sum, group) => sum + value(group), 0));

const totalOrNone = (trials: readonly Group[], value: (group: Group) => number | null | undefined): string => {
  const known = trials.flatMap(group => value(group) ?? []);
  return known.length < trials.length ? '–' : whole(known.reduce((sum, one) => sum + one, 0));
};

/** Geometric mean of the trials' percentiles. */
function latencyText(trials: readonly Group[], statistic: 'p50' | 'p99'): string {
  const values = trials.flatMap(({ endToEndMicros }) => endToEndMicros?.[statistic] ?? []);
  return values.length === 0 ? '–' : millis(Math.exp(mean(values.map(value => Math.log(Math.max(1, value))))));
}

function groupTable(groups: readonly GroupOfCell[]): Table {
  return {
    title: 'Consumer groups',
    note: 'messages over all trials; read again: from the last commit on; key order broken: messages read after a later one of their key',
    columnsOfWords: 3,
    rows: [
      [
        'cell',
        'group',
        'delivery',
        'members',
        'endToEnd p50 ms',
        'p99 ms',
        'lag max',
        'consumed',
        'lost',
        'expired',
        'dup',
        'read again',
        'not acked',
        'key order broken',
      ],
      ...groups.map(({ cell, name, trials, counting }) => [
        cell.label,
        name,
        trials[0]?.delivery ?? '–',
        String(trials[0]?.members.length ?? 0),
        latencyText(counting, 'p50'),
        latencyText(counting, 'p99'),
        counting.length === 0 ? '–' : whole(Math.max(...counting.map(({ lag }) => lag.max))),
        total(trials, ({ counts }) => counts.consumed),
        total(trials, ({ counts }) => counts.lost),
        total(trials, ({ counts }) => counts.expired),
        total(trials, ({ counts }) => counts.duplicated),
        totalOrNone(trials, ({ proof }) => proof?.readAgain),
        total(trials, ({ counts }) => counts.unacknowledged),
        totalOrNone(trials, ({ proof }) => proof?.reorderedPerKey),
      ]),
    ],
  };
}

const reasons: Readonly<Record<string, string>> = {
  join: 'a member joined',
  leave: 'a member left',
  crash: 'a member crashed',
  unasked: 'nobody asked for it',
};

/** `join and leave` → `a member joined, a member left`. */
const becauseOf = ({ reason }: { readonly reason: string }): string =>
  reason
    .split(' and ')
    .map(kind => reasons[kind] ?? kind)
    .join(', ');

interface RebalanceOfCell {
  readonly cell: string;
  readonly group: string;
  readonly block: number;
  readonly rebalance: Group['rebalances'][number];
}

const rebalancesOf = ({ cells }: Result): RebalanceOfCell[] =>
  cells.flatMap(cell =>
    cell.trials.flatMap(({ block, groups }) =>
      groups.flatMap(({ group, rebalances }) =>
        rebalances.map(rebalance => ({ cell: cell.label, group, block, rebalance })),
      ),
    ),
  );

const rebalanceNote =
  'took: from the first partition that is given up, or whose member has ended, until every partition has one owner; unowned: the longest that one partition had none; endToEnd: of messages due in the seconds that it touched';

/** The rebalances by what caused them, over all trials. */
function rebalanceTables(result: Result): Table[] {
  const kinds = Map.groupBy(rebalancesOf(result), ({ cell, group, rebalance }) =>
    JSON.stringify([cell, group, rebalance.reason]),
  );
  if (kinds.size === 0) return [];
  const most = (values: readonly (number | null)[]): string => {
    const known = values.flatMap(value => value ?? []);
    return known.length === 0 ? '–' : millis(Math.max(...known));
  };
  return [
    {
      title: 'Rebalances',
      note: rebalanceNote,
      columnsOfWords: 3,
      rows: [
        [
          'cell',
          'group',
          'because',
          'times',
          'took ms',
          'at most',
          'moved',
          'unowned ms at most',
          'endToEnd ms at most',
        ],
        ...[...kinds.values()].map(same => {
          const [{ cell, group, rebalance }] = same as [RebalanceOfCell];
          const all = same.map(one => one.rebalance);
          const lengths = all.flatMap(({ durationMicros }) => durationMicros ?? []);
          const open = all.length - lengths.length;
          return [
            cell,
            group,
            becauseOf(rebalance),
            open === 0 ? whole(all.length) : `${whole(all.length)} (${whole(open)} not over)`,
            lengths.length === 0 ? '–' : millis(mean(lengths)),
            most(lengths),
            threeDigits(mean(all.map(({ moved }) => moved))),
            most(all.map(({ longestUnownedMicros }) => longestUnownedMicros)),
            most(all.map(({ endToEndMaxMicros }) => endToEndMaxMicros)),
          ];
        }),
      ],
    },
  ];
}

/** Each of them. */
function rebalanceList(result: Result): Table[] {
  const all = rebalancesOf(result);
  if (all.length === 0) return [];
  return [
    {
      title: 'Each rebalance',
      note: rebalanceNote,
      columnsOfWords: 3,
      rows: [
        ['cell', 'group', 'because', 'block', 'at s', 'took ms', 'moved', 'unowned ms', 'endToEnd max ms'],
        ...all.map(({ cell, group, block, rebalance }) => [
          cell,
          group,
          becauseOf(rebalance),
          String(block),
          threeDigits(rebalance.atMicros / 1e6),
          rebalance.durationMicros === null ? 'not over' : millis(rebalance.durationMicros),
          whole(rebalance.moved),
          millis(rebalance.longestUnownedMicros),
          rebalance.endToEndMaxMicros === null ? '–' : millis(rebalance.endToEndMaxMicros),
        ]),
      ],
    },
  ];
}

function backlogTables(groups: readonly GroupOfCell[]): Table[] {
  const held = groups.filter(({ trials }) => trials.some(({ backlog }) => backlog !== null));
  if (held.length === 0) return [];
  const meanOf = (trials: readonly Group[], value: (backlog: NonNullable<Group['backlog']>) => number | null) => {
    const values = trials.flatMap(({ backlog }) => (backlog === null ? [] : [value(backlog)]));
    return values.length === 0 || values.includes(null) ? null : mean(values as number[]);
  };
  return [
    {
      title: 'Backlogs',
      note: 'mean of the trials; caught up: less than a second of messages behind; drained: read per second until then, while producing went on',
      columnsOfWords: 2,
      rows: [
        ['cell', 'group', 'waiting', 'joined after', 'caught up after', 'drained/s'],
        ...held.map(({ cell, name, counting: trials }) => {
          const waiting = meanOf(trials, backlog => backlog.waiting);
          const joined = meanOf(trials, backlog => backlog.joinedAfterMicros);
          const caughtUp = meanOf(trials, backlog => backlog.caughtUpAfterMicros);
          const drained = meanOf(trials, backlog => backlog.drainedPerSecond);
          return [
            cell.label,
            name,
            waiting === null ? '–' : whole(waiting),
            joined === null ? '–' : duration(joined),
            caughtUp === null ? 'not in the trial' : duration(caughtUp),
            drained === null ? '–' : whole(drained),
          ];
        }),
      ],
    },
  ];
}

function memberTable(groups: readonly GroupOfCell[]): Table {
  return {
    title: 'Members',
    note: 'share of what the group read, mean of the trials that count; with broadcast every member reads everything',
    columnsOfWords: 2,
    rows: [
      ['cell', 'group', 'member', 'consumed', 'share', 'endToEnd p50 ms', 'p99 ms'],
      ...groups.flatMap(({ cell, name, counting }) => memberRows(counting).map(row => [cell.label, name, ...row])),
    ],
  };
}

function memberRows(trials: readonly Group[]): string[][] {
  const count = Math.max(0, ...trials.map(({ members }) => members.length));
  return Array.from({ length: count }, (_, member) => {
    const own = trials.flatMap(({ members }) => members[member] ?? []);
    const consumed = mean(own.map(one => one.consumed));
    const all = mean(trials.map(({ counts }) => counts.consumed));
    const statistic = (name: 'p50' | 'p99'): string => {
      const values = own.flatMap(({ endToEndMicros }) => endToEndMicros?.[name] ?? []);
      return values.length === 0 ? '–' : millis(mean(values));
    };
    const share = all === 0 ? '–' : `${((consumed / all) * 100).toFixed(1)} %`;
    return [String(member), whole(consumed), share, statistic('p50'), statistic('p99')];
  });
}

function handlingTables(groups: readonly GroupOfCell[]): Table[] {
  const handled = groups.filter(({ trials }) => trials.some(({ handling }) => handling !== null));
  if (handled.length === 0) return [];
  return [
    {
      title: 'Handling',
      note: 'over all trials; refused: the group was being rebalanced, and whoever had the partition then read again',
      columnsOfWords: 2,
      rows: [
        ['cell', 'group', 'attempts that failed', 'commits', 'messages per commit', 'refused'],
        ...handled.map(({ cell, name, trials }) => {
          const sum = (value: (handling: NonNullable<Group['handling']>) => number): number =>
            trials.reduce((all, { handling }) => all + (handling === null ? 0 : value(handling)), 0);
          const commits = sum(handling => handling.commits);
          const consumed = trials.reduce((all, { counts }) => all + counts.consumed, 0);
          return [
            cell.label,
            name,
            whole(sum(handling => handling.failed)),
            whole(commits),
            commits === 0 ? '–' : threeDigits(consumed / commits),
            whole(sum(handling => handling.refusedCommits)),
          ];
        }),
      ],
    },
  ];
}
