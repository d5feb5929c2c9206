/** Leads a trial's faults: injects each when it is due, ends it in time, and sees to it that all is well again before anything is counted. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterFaults, PartitionState } from '../../cluster/faults.ts';
import type { PlannedFault } from '../../plan/faults.ts';
import { nowMicros } from '../../support/clock.ts';
import { HarnessError } from '../../support/errors.ts';
import type { Ground } from '../ground.ts';
import { holdOf, inflict, type LastingFault, nameOf, relieve } from './acts.ts';
import { type LeaderMove, LeaderWatch } from './leader-watch.ts';

/** Brokers that are not well again by then will not be. */
export const mostRecoveryMicros = 120e6;

/** Leaders are watched from so long before the first fault. */
const watchBeforeMicros = 1e6;

/** A fault whose target is not there yet, or under another fault, looks again after so long. */
const retryMillis = 100;

/** What was done; times on the host's clock. */
export interface FaultRecord {
  readonly planned: PlannedFault;
  /** Whom it has hit, in their order. */
  readonly brokers: number[];
  /** `topic-partition` names of those that the brokers led which it hit, with the leader. */
  readonly led: Map<string, number>;
  /** When it was begun … */
  readonly beganMicros: number;
  /** … and when it had come about: at once, but for a disk, which takes its time to fill. */
  atMicros: number;
  /** Null while it lasts. */
  endedAtMicros: number | null;
}

export interface FaultConductSettings {
  readonly ground: Pick<Ground, 'topics' | 'faults'>;
  readonly faults: readonly PlannedFault[];
}

/** Null where nothing is to break. @throws HarnessError `environment` where the cluster was not readied for it */
export function openFaultConduct({ ground, faults }: FaultConductSettings, signal: AbortSignal): FaultConduct | null {
  if (faults.length === 0) return null;
  if (ground.faults === undefined) {
    throw new HarnessError('environment', 'The scenario has faults, and these brokers cannot be broken.', {
      hint: 'Remove faults, or use cluster: { local: { brokers: 3 } }.',
    });
  }
  return new FaultConduct(ground.faults, ground.topics, faults, signal);
}

export class FaultConduct implements AsyncDisposable {
  readonly #cluster: ClusterFaults;
  readonly #planned: readonly PlannedFault[];
  readonly #topics: readonly string[];
  readonly #leaders: LeaderWatch;
  readonly #signal: AbortSignal;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #records: FaultRecord[] = [];
  readonly #working = new Set<Promise<void>>();
  readonly #held = new Set<string>();
  /** What lasts is to end. */
  readonly #ending = new AbortController();
  #failure: unknown = null;
  #isWell = true;
  #isCutShort = false;

  constructor(
    cluster: ClusterFaults,
    topics: readonly string[],
    planned: readonly PlannedFault[],
    signal: AbortSignal,
  ) {
    this.#cluster = cluster;
    this.#topics = topics;
    this.#planned = planned;
    this.#signal = signal;
    this.#leaders = new LeaderWatch(cluster, topics);
  }

  /** Whether brokers may not answer: from the first fault until all is well again. */
  get isDisturbed(): boolean {
    return !this.#isWell;
  }

  /** What was done until now, and what was seen of leaders. */
  seen(): { readonly records: readonly FaultRecord[]; readonly moves: readonly LeaderMove[] } {
    return { records: this.#records, moves: this.#leaders.moves };
  }

  /** Sets what is to happen from the start of the measured window on. */
  begin(windowStartMicros: number): void {
    const at = (micros: number, work: () => void): void =>
      void this.#timers.push(setTimeout(work, wholeMillisUntil(windowStartMicros + micros)));
    const [first] = this.#planned;
    if (first !== undefined) at(first.atMicros - watchBeforeMicros, () => this.#leaders.begin());
    for (const planned of this.#planned) at(planned.atMicros, () => this.#do(planned));
  }

  /**
   * Begins nothing more, and resolves when what lasted has ended and every broker serves. Rolling restarts are carried through unless the
   * run is to stop. A trial that was cut short may have faults that did not come about.
   * @throws what went wrong with a fault; HarnessError `incomplete` for one that did not come about though its time had come
   */
  async end({ isCutShort }: { readonly isCutShort: boolean }): Promise<void> {
    this.#isCutShort = isCutShort;
    await this.#stop();
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Waits until replicas have caught up and every partition has its preferred leader: once no load is left that this would disturb. A run
   * that is to stop does not wait.
   * @throws HarnessError `environment` for brokers that do not recover
   */
  async untilWell(): Promise<void> {
    await this.#leaders[Symbol.asyncDispose]();
    await this.#cluster.untilHealthy(mostRecoveryMicros, this.#signal).catch(unlessAborted(this.#signal));
    this.#isWell = !this.#signal.aborted;
  }

  /** Undoes what lasts. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#beginNoMore();
    await this.#leaders[Symbol.asyncDispose]();
    if (!this.#isWell) await this.#stop();
  }

  /** A trial may fail before its first fault is due: it must not come later, to others. */
  #beginNoMore(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#ending.abort();
  }

  async #stop(): Promise<void> {
    this.#beginNoMore();
    await Promise.all(this.#working);
    await this.#cluster.undo();
  }

  #do(planned: PlannedFault): void {
    this.#isWell = false;
    const done = (planned.kind === 'rollingRestart' ? this.#roll(planned) : this.#hit(planned))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }

  async #hit(planned: LastingFault): Promise<void> {
    const [hit] = await this.#whenFree(planned, async () => [await this.#target(planned)].flatMap(one => one ?? []));
    if (hit === undefined) return;
    const led = await this.#ledBy(hit);
    const record = this.#record(planned);
    enter(record, hit, led);
    await inflict(this.#cluster, planned, hit);
    if (planned.kind === 'fillDisk') record.atMicros = nowMicros();
    await this.#last(planned.forMicros === null ? null : record.atMicros + planned.forMicros);
    await relieve(this.#cluster, planned, hit);
    record.endedAtMicros = nowMicros();
    this.#held.delete(holdOf(planned, hit));
  }

  async #roll(planned: PlannedFault): Promise<void> {
    const { brokers } = this.#cluster;
    const hit = await this.#whenFree(planned, async () => brokers);
    if (hit.length === 0) return;
    const record = this.#record(planned);
    for (const broker of hit) {
      if (this.#signal.aborted) break;
      enter(record, broker, await this.#ledBy(broker));
      await this.#cluster.stop(broker);
      await this.#cluster.start(broker);
      await this.#cluster.untilHealthy(mostRecoveryMicros, this.#signal).catch(unlessAborted(this.#signal));
    }
    record.endedAtMicros = nowMicros();
    for (const broker of hit) this.#held.delete(holdOf(planned, broker));
  }

  #record(planned: PlannedFault): FaultRecord {
    const beganMicros = nowMicros();
    const record = { planned, brokers: [], led: new Map(), beganMicros, atMicros: beganMicros, endedAtMicros: null };
    this.#records.push(record);
    return record;
  }

  /** The partitions that a broker leads just now. */
  async #ledBy(broker: number): Promise<string[]> {
    const states = await this.#look();
    return states.flatMap(({ topic, partition, leader }) => (leader === broker ? `${topic}-${partition}` : []));
  }

  /** As the cluster tells it, now or a moment ago; nothing where nobody answers. */
  #look(): Promise<readonly PartitionState[]> {
    return this.#leaders.recent().catch(() => []);
  }

  /** Takes hold of the brokers that `choose` names, once none of them is under another fault; of none where the trial ends before. */
  async #whenFree(planned: PlannedFault, choose: () => Promise<readonly number[]>): Promise<readonly number[]> {
    // what would come about once the load has ended would hit nothing that is measured
    while (!this.#ending.signal.aborted) {
      const brokers = await choose();
      const holds = brokers.map(broker => holdOf(planned, broker));
      if (holds.length > 0 && !holds.some(hold => this.#held.has(hold))) {
        for (const hold of holds) this.#held.add(hold);
        return brokers;
      }
      await pause(retryMillis, undefined, { signal: this.#ending.signal }).catch(() => undefined);
    }
    if (this.#signal.aborted || this.#isCutShort) return [];
    throw new HarnessError('incomplete', `The fault ${nameOf(planned)} did not come about before the load had ended.`, {
      hint: 'Its broker was under another fault, or the partition had no leader: leave more time between faults.',
    });
  }

  /** Whom a fault is to hit; null where there is nobody now. */
  async #target(planned: LastingFault): Promise<number | null> {
    const { target } = planned;
    switch (target.kind) {
      case 'broker':
        return target.broker;
      case 'leader': {
        const [topic] = this.#topics;
        const states = await this.#look();
        return states.find(one => one.topic === topic && one.partition === target.partition)?.leader ?? null;
      }
      case 'controller':
        return this.#controller();
      case 'random': {
        const free = this.#cluster.brokers.filter(broker => !this.#held.has(holdOf(planned, broker)));
        return free[Math.floor(target.share * free.length)] ?? null;
      }
      case 'everyone':
        return null;
    }
  }

  /** The active controller; null while there is none. @throws HarnessError 'environment' where it is no broker */
  async #controller(): Promise<number | null> {
    const controller = await this.#cluster.controller(this.#ending.signal).catch(() => null);
    if (controller === null || this.#cluster.brokers.includes(controller)) return controller;
    throw new HarnessError(
      'environment',
      `The active controller, ${controller}, is no broker: clients have no link to it.`,
      { hint: 'Have the fault hit a broker by its number, or leader.' },
    );
  }

  /** Until then, or for null until the load has ended, which also cuts short what would last longer. */
  async #last(untilMicros: number | null): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    const waitMillis = untilMicros === null ? 2 ** 31 - 1 : wholeMillisUntil(untilMicros);
    await pause(waitMillis, undefined, { signal }).catch(() => undefined);
  }
}

/** Timers cut fractions off: without them they would fire before the time. */
const wholeMillisUntil = (micros: number): number => Math.max(0, Math.ceil((micros - nowMicros()) / 1e3));

/** Enters whom a fault hits now, and what that one leads. */
function enter(record: FaultRecord, broker: number, led: readonly string[]): void {
  record.brokers.push(broker);
  for (const partition of led) record.led.set(partition, broker);
}

const unlessAborted =
  (signal: AbortSignal) =>
  (error: unknown): void => {
    if (!signal.aborted) throw error;
  };
