/** Looks once a second how far each group is behind: what the brokers have, what has been read, what has been committed. */
import { nowMicros } from '../support/clock.ts';
import { messageOf } from '../support/errors.ts';
import type { Ground } from './ground.ts';
import type { GroupWatch, WatchedGroup } from './group-watch.ts';
import type { LagSample, StalledPartition } from './measurement.ts';

const lookEveryMillis = 1_000;

/** A partition that has an owner and messages to read, and is not read on for so long, has stalled. */
const stallMicros = 5e6;

interface Progress {
  position: number;
  sinceMicros: number;
}

export interface LagWatchSettings {
  /** By topic and partition: the end offsets before the trial. */
  readonly before: readonly number[];
  /** Times count from then. */
  readonly windowStartMicros: number;
  /** Whether brokers are broken on purpose: then a look that shows nothing is missing, and who does not read on has a reason. */
  readonly isExcused: () => boolean;
}

export class LagWatch implements AsyncDisposable {
  readonly #ground: Pick<Ground, 'endOffsets' | 'committed' | 'glance'>;
  readonly #watch: GroupWatch;
  readonly #before: readonly number[];
  readonly #startMicros: number;
  readonly #isExcused: () => boolean;
  readonly #timer: NodeJS.Timeout;
  readonly #samples = new Map<string, LagSample[]>();
  readonly #worst = new Map<string, Float64Array>();
  readonly #progress = new Map<string, Progress[]>();
  readonly #stalled = new Map<string, Map<number, number>>();
  #looking: Promise<void> | null = null;
  /** Why the brokers could not be asked, the last time that they could not and nobody had seen to it. */
  trouble: string | null = null;

  constructor(
    ground: Pick<Ground, 'endOffsets' | 'committed' | 'glance'>,
    watch: GroupWatch,
    { before, windowStartMicros, isExcused }: LagWatchSettings,
  ) {
    this.#ground = ground;
    this.#isExcused = isExcused;
    this.#watch = watch;
    this.#before = before;
    this.#startMicros = windowStartMicros;
    this.#timer = setInterval(() => {
      const wasExcused = this.#isExcused();
      this.#looking ??= this.#look()
        .catch((error: unknown) => {
          if (!wasExcused && !this.#isExcused()) this.trouble = messageOf(error);
        })
        .finally(() => {
          this.#looking = null;
        });
    }, lookEveryMillis);
  }

  /** What was seen of a group at the broker. */
  samplesOf(groupId: string): readonly LagSample[] {
    return this.#samples.get(groupId) ?? [];
  }

  /** Of all groups together, at the last look; null before there was one. */
  get unread(): number | null {
    const last = [...this.#samples.values()].flatMap(samples => samples.at(-1) ?? []);
    return last.length === 0 ? null : sum(last.map(({ unread }) => unread));
  }

  /** By the scenario's name for the group, at the last look; of a group whose members each read all, the member furthest behind. */
  get unreadByGroup(): Readonly<Record<string, number>> {
    const byGroup: Record<string, number> = {};
    for (const { group, groupId } of this.#watch.groups.values()) {
      const last = this.#samples.get(groupId)?.at(-1);
      if (last !== undefined) byGroup[group] = Math.max(byGroup[group] ?? 0, last.unread);
    }
    return byGroup;
  }

  /** By topic and partition: the most unread messages that were seen of a group at the broker. */
  worstOf(groupId: string): readonly number[] {
    return [...(this.#worst.get(groupId) ?? [])];
  }

  stalledOf(groupId: string): StalledPartition[] {
    return [...(this.#stalled.get(groupId) ?? [])].map(([place, forMicros]) => ({ place, forMicros }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const groups = [...this.#watch.groups.values()];
    if (groups.length === 0) return;
    const source = (this.#isExcused() ? this.#ground.glance : undefined) ?? this.#ground;
    const [ends, committed] = await Promise.all([
      source.endOffsets(),
      source.committed(groups.map(({ groupId }) => groupId)),
    ]);
    const atMicros = nowMicros();
    for (const group of groups) this.#note(group, ends, committed?.get(group.groupId) ?? null, atMicros);
  }

  #note(group: WatchedGroup, ends: readonly number[], committed: readonly number[] | null, atMicros: number): void {
    const { groupId, positions } = group;
    const from = (offset: number | undefined, place: number): number =>
      Math.max(offset ?? -1, this.#before[place] ?? 0);
    const unread = ends.map((end, place) => Math.max(0, end - from(positions[place], place)));
    const uncommitted =
      committed?.map((offset, place) => Math.max(0, (ends[place] ?? 0) - from(offset, place))) ?? null;
    const samples = this.#samples.get(groupId) ?? [];
    const worst = this.#worst.get(groupId) ?? new Float64Array(ends.length);
    for (const [place, lag] of unread.entries()) worst[place] = Math.max(worst[place] as number, lag);
    samples.push({
      atMicros: atMicros - this.#startMicros,
      unread: sum(unread),
      unreadOfWorstPartition: Math.max(0, ...unread),
      uncommitted: uncommitted === null ? null : sum(uncommitted),
    });
    this.#samples.set(groupId, samples);
    this.#worst.set(groupId, worst);
    this.#noteStalls(group, unread, atMicros);
  }

  #noteStalls({ groupId, owned, positions }: WatchedGroup, unread: readonly number[], atMicros: number): void {
    const progress = this.#progress.get(groupId) ?? [];
    this.#progress.set(groupId, progress);
    const isOwned = new Set([...owned.values()].flat());
    const isExcused = this.#isExcused();
    for (const [place, lag] of unread.entries()) {
      const position = positions[place] as number;
      const last = progress[place];
      if (last === undefined || last.position !== position || lag === 0 || !isOwned.has(place) || isExcused) {
        progress[place] = { position, sinceMicros: atMicros };
        continue;
      }
      const forMicros = atMicros - last.sinceMicros;
      if (forMicros < stallMicros) continue;
      const stalled = this.#stalled.get(groupId) ?? new Map<number, number>();
      stalled.set(place, Math.max(stalled.get(place) ?? 0, forMicros));
      this.#stalled.set(groupId, stalled);
    }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
