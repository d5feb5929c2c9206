/** Follows what the members of each group at the broker own and have read, while a trial lasts. */
import type { ConsumeAssignment } from '../plan/assignment.ts';
import type { OwnershipChange } from './protocol.ts';

/** One group at the broker, as its members tell of it. */
export interface WatchedGroup {
  readonly group: string;
  readonly groupId: string;
  /** By member: what it owns, by topic and partition. One that has ended owns nothing, and is not here. */
  readonly owned: Map<number, readonly number[]>;
  /** Everything that changed, in the order in which it was heard. */
  readonly changes: OwnershipChange[];
  /** By topic and partition: the furthest that any member has read; −1 where none has. */
  positions: Float64Array;
}

/** A group whose members are unequal for so long will stay so: some assignors give a member nothing. */
const unequalMicros = 10e6;

export class GroupWatch {
  readonly groups = new Map<string, WatchedGroup>();
  readonly #partitions: number;
  #movedAtMicros = 0;
  readonly #clock: () => number;

  constructor(partitions: number, clock: () => number) {
    this.#partitions = partitions;
    this.#clock = clock;
  }

  /** Members of this worker are about to join. */
  expect({ group, members }: ConsumeAssignment): void {
    for (const { groupId } of members) {
      if (this.groups.has(groupId)) continue;
      const positions = new Float64Array(this.#partitions).fill(-1);
      this.groups.set(groupId, { group, groupId, owned: new Map(), changes: [], positions });
    }
  }

  /** A member has told what it owns. */
  owns(change: OwnershipChange): void {
    const group = this.groups.get(change.groupId);
    group?.owned.set(change.member, change.owned);
    group?.changes.push(change);
  }

  /** A member has ended, in whatever way: it reads nothing any more. */
  ended(groupId: string, member: number): void {
    const group = this.groups.get(groupId);
    if (group === undefined) return;
    group.owned.delete(member);
    group.changes.push({ group: group.group, groupId, member, atMicros: this.#clock(), owned: [] });
  }

  /** A worker's members have read on. */
  moved(positions: ReadonlyMap<string, Float64Array>): void {
    for (const [groupId, nextOffsets] of positions) {
      const group = this.groups.get(groupId);
      if (group === undefined) continue;
      for (const [i, next] of nextOffsets.entries()) {
        if (next <= (group.positions[i] as number)) continue;
        group.positions[i] = next;
        this.#movedAtMicros = this.#clock();
      }
    }
  }

  /** When any member last read something, on the host's clock. */
  get movedAtMicros(): number {
    return this.#movedAtMicros;
  }

  /** Groups in which not every partition is exactly one member's, or the members are unequal though there is enough for all and they may yet be made equal. */
  unsettled(): WatchedGroup[] {
    return [...this.groups.values()].filter(group => !this.#isSettled(group));
  }

  #isSettled({ owned, changes }: WatchedGroup): boolean {
    if (!isShared(owned.values(), this.#partitions)) return false;
    const shares = [...owned.values()].map(({ length }) => length);
    const isUnequal = Math.min(...shares) === 0 && Math.max(...shares) > 1;
    return !isUnequal || this.#clock() - (changes.at(-1)?.atMicros ?? 0) > unequalMicros;
  }
}

/** Whether every partition is owned, and by one member alone. */
export function isShared(owned: Iterable<readonly number[]>, partitions: number): boolean {
  const seen = new Set<number>();
  let count = 0;
  for (const ofMember of owned) {
    for (const partition of ofMember) seen.add(partition);
    count += ofMember.length;
  }
  return count === partitions && seen.size === partitions;
}
