/** Leads the consuming side of a trial: gathers groups, lets members come, leave and die when they are to, and holds groups back for a backlog. */
import type { Assignment, ConsumeAssignment } from '../plan/assignment.ts';
import { nowMicros } from '../support/clock.ts';
import { HarnessError } from '../support/errors.ts';
import { BacklogWatch } from './backlog.ts';
import type { Crew, Hand } from './crew.ts';
import type { Ground } from './ground.ts';
import { GroupWatch } from './group-watch.ts';
import type { BacklogMeasurement } from './measurement.ts';
import type { GroupAct } from './rebalances.ts';

/** A group that has not shared its partitions out by then will not. */
const mostGatheringMicros = 60e6;

export interface ConductSettings {
  readonly assignments: readonly Assignment[];
  readonly ground: Pick<Ground, 'topics' | 'partitionsPerTopic' | 'endOffsets'>;
  readonly warmupMicros: number;
  /** By topic and partition: the end offsets before the trial. */
  readonly before: readonly number[];
}

const isConsume = (assignment: Assignment): assignment is ConsumeAssignment => assignment.role === 'consume';

export class GroupConduct {
  readonly watch: GroupWatch;
  /** What was done to groups while messages flowed. */
  readonly acts: GroupAct[] = [];
  readonly #settings: ConductSettings;
  readonly #crew: Crew;
  readonly #hands = new Map<ConsumeAssignment, Hand>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #backlogs: readonly BacklogWatch[];
  readonly #waitingForBacklog: Set<BacklogWatch>;
  /** What has begun and not ended. */
  readonly #working = new Set<Promise<void>>();
  #failure: unknown = null;
  #windowStartMicros = 0;

  constructor(settings: ConductSettings, crew: Crew) {
    const { ground, assignments } = settings;
    this.#settings = settings;
    this.#crew = crew;
    this.watch = new GroupWatch(ground.topics.length * ground.partitionsPerTopic, nowMicros);
    const held = Map.groupBy(
      assignments.filter(isConsume).filter(({ backlog, joinsAtMicros }) => backlog > 0 && joinsAtMicros === null),
      ({ group }) => group,
    );
    this.#backlogs = [...held].map(
      ([group, ofGroup]) => new BacklogWatch(group, ofGroup, ground, this.watch, settings.before),
    );
    this.#waitingForBacklog = new Set(this.#backlogs);
  }

  /** Opens the members that are there from the beginning; settles when every group has shared its partitions out. @throws HarnessError */
  async gather(signal: AbortSignal): Promise<void> {
    const first = this.#settings.assignments
      .filter(isConsume)
      .filter(({ joinsAtMicros, backlog }) => joinsAtMicros === null && backlog === 0);
    await this.#hire(first, signal);
    await this.#untilShared(signal);
  }

  /** Sets what is to happen while messages flow. */
  begin(startMicros: number): void {
    this.#windowStartMicros = startMicros + this.#settings.warmupMicros;
    for (const assignment of this.#settings.assignments.filter(isConsume)) {
      const { joinsAtMicros, ends } = assignment;
      if (joinsAtMicros !== null) this.#at(joinsAtMicros, () => this.#join(assignment));
      if (ends !== null) this.#at(ends.atMicros, () => this.#end(assignment, ends.kind));
    }
  }

  /** So many messages lie at the brokers, as far as producers know: groups may have been waiting for them. */
  appended(messages: number): void {
    for (const backlog of this.#waitingForBacklog) {
      if (messages < backlog.messages) continue;
      this.#waitingForBacklog.delete(backlog);
      this.#do(() => this.#release(backlog));
    }
  }

  /** Nothing more is begun; settles when what was begun has ended. @throws what failed of it */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#working);
    if (this.#failure !== null) throw this.#failure;
    const [waiting] = this.#waitingForBacklog;
    if (waiting !== undefined) throw backlogNotReached(waiting);
  }

  /** What became of the groups that were held back; complete when they have caught up, or can no more. */
  backlogs(): ReadonlyMap<string, BacklogMeasurement> {
    return new Map(this.#backlogs.map(backlog => [backlog.group, backlog.measurement(this.#windowStartMicros)]));
  }

  /** Stops watching how backlogs are read. */
  close(): void {
    for (const backlog of this.#backlogs) backlog.close();
  }

  async #hire(assignments: readonly ConsumeAssignment[], signal: AbortSignal): Promise<void> {
    for (const assignment of assignments) this.watch.expect(assignment);
    const hands = await this.#crew.hire(assignments, signal);
    for (const hand of hands) if (isConsume(hand.assignment)) this.#hands.set(hand.assignment, hand);
  }

  async #untilShared(signal: AbortSignal): Promise<void> {
    const beganMicros = nowMicros();
    const giveUp = new AbortController();
    const timer = setInterval(() => {
      if (nowMicros() - beganMicros > mostGatheringMicros) giveUp.abort();
    }, 1_000);
    // the passing of time alone may settle a group whose members stay unequal
    const poke = setInterval(() => this.#crew.poke(), 250);
    try {
      await this.#crew.until(() => this.watch.unsettled().length === 0, AbortSignal.any([giveUp.signal, signal]));
    } finally {
      clearInterval(timer);
      clearInterval(poke);
    }
    const [unsettled] = this.watch.unsettled();
    if (unsettled === undefined || signal.aborted) return;
    const shares = [...unsettled.owned].map(([member, { length }]) => `member ${member}: ${length}`).join(', ');
    throw new HarnessError(
      'incomplete',
      `Group "${unsettled.group}" has not shared its partitions out after ${mostGatheringMicros / 1e6} s (${shares || 'no member has any'}).`,
      { hint: 'Check consumers.*.config (sessions, assignor), and whether others are in the group too.' },
    );
  }

  #at(sinceWindowMicros: number, work: () => Promise<void>): void {
    const waitMillis = (this.#windowStartMicros + sinceWindowMicros - nowMicros()) / 1e3;
    this.#timers.push(setTimeout(() => this.#do(work), waitMillis));
  }

  #do(work: () => Promise<void>): void {
    const done = work()
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }

  async #join(assignment: ConsumeAssignment): Promise<void> {
    this.#note(assignment, 'join');
    await this.#hire([assignment], new AbortController().signal);
  }

  async #end(assignment: ConsumeAssignment, kind: 'leave' | 'crash'): Promise<void> {
    const hand = this.#hands.get(assignment);
    if (hand === undefined) return;
    this.#note(assignment, kind);
    for (const { groupId, member } of assignment.members) this.watch.ended(groupId, member);
    await (kind === 'leave' ? this.#crew.dismiss(hand) : this.#crew.kill(hand));
  }

  #note({ members }: ConsumeAssignment, kind: GroupAct['kind']): void {
    for (const { groupId, member } of members) this.acts.push({ groupId, member, kind, atMicros: nowMicros() });
  }

  async #release(backlog: BacklogWatch): Promise<void> {
    await backlog.release();
    await this.#hire(backlog.assignments, new AbortController().signal);
    await this.#untilShared(new AbortController().signal);
    backlog.joined();
  }
}

function backlogNotReached({ group, messages }: BacklogWatch): HarnessError {
  return new HarnessError(
    'incomplete',
    `Group "${group}" was to begin once ${messages.toLocaleString('en')} messages wait, and the load ended before.`,
    { hint: 'Lower consumers.*.backlog, raise the rate, or measure for longer.' },
  );
}
