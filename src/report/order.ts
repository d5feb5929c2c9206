/** Says in words in which order messages were read, and what was held against the brokers' offsets. */
import type { Cell, Result } from '../results/schema.ts';
import { whole } from './numbers.ts';
import type { Line } from './model.ts';

/** A line for each cell whose messages were read. */
export const orderLines = ({ cells }: Result): Line[] => cells.flatMap(cell => lineOf(cell, cells.length > 1) ?? []);

function lineOf(cell: Cell, isNamed: boolean): Line | null {
  const groups = cell.trials.flatMap(trial => trial.groups);
  if (groups.length === 0) return null;
  const partitions = Math.max(0, ...cell.trials.map(trial => trial.partitions.length));
  const sum = (value: (group: (typeof groups)[number]) => number): number =>
    groups.reduce((total, group) => total + value(group), 0);
  const reordered = sum(({ counts }) => counts.reordered);
  const late = sum(({ proof }) => proof?.reorderedPerKey ?? 0);
  const shared = Math.max(0, ...groups.map(({ proof }) => proof?.keysOfSeveralPartitions ?? 0));
  const isWatched =
    groups.every(({ proof }) => proof?.reorderedPerKey !== null && proof !== undefined) && hasKeys(cell);
  const parts = [
    reordered > 0
      ? `${whole(reordered)} messages were read after a later one of their partition and producer`
      : partitions === 1
        ? 'the whole topic was read in order, producer by producer'
        : 'every partition was read in order',
    ...(isWatched
      ? [
          keyText(
            cell,
            late,
            shared,
            sum(({ counts }) => counts.consumed),
          ),
        ]
      : []),
    ...proofText(cell),
  ];
  const isGood = reordered === 0 && late === 0 && shared === 0;
  return { sign: isGood ? 'good' : 'warning', text: `${isNamed ? `${cell.label}: ` : ''}${parts.join('; ')}` };
}

const hasKeys = (cell: Cell): boolean => cell.hasKeys === true;

function keyText(cell: Cell, late: number, shared: number, consumed: number): string {
  const strategy = cell.partitioning?.strategy;
  if (late === 0 && shared === 0) return `every key was read in order${strategy === undefined ? '' : ` (${strategy})`}`;
  const broken =
    late === 0
      ? 'no member happened to see a key out of order'
      : `order by key broke: ${whole(late)} of ${whole(consumed)} messages came after a later one of their key`;
  const several =
    shared === 0 ? '' : `, and ${whole(shared)} keys came from several partitions, between which there is no order`;
  const why =
    strategy === undefined
      ? ''
      : ` (${strategy} ${cell.partitioning?.keeps === 'order per key' ? 'should keep it' : 'spreads a key over partitions'})`;
  return `${broken}${several}${why}`;
}

function proofText(cell: Cell): string[] {
  const proofs = cell.trials.flatMap(({ groups }) => groups.flatMap(({ proof }) => proof ?? []));
  const compared = proofs.reduce((total, proof) => total + proof.compared, 0);
  const misplaced = proofs.reduce((total, proof) => total + proof.misplaced, 0);
  if (compared === 0) return [];
  return [
    misplaced === 0
      ? `${whole(compared)} deliveries stood at the very offsets that the brokers had acknowledged`
      : `${whole(misplaced)} of ${whole(compared)} deliveries stood at offsets where others had been acknowledged`,
  ];
}
