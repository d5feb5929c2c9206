/** Follows a run by its events: what is under way, what came of the trials so far, and how long the rest will take. */
import {
  judgeTrial,
  type LiveFigures,
  type Plan,
  type RunEvent,
  type StoredTrial,
  storedTrial,
  type TrialPlace,
} from '../../src/index.ts';

type ProgressEvent = Extract<RunEvent, { type: 'trial-progress' }>;

/** A trial that is over, as it is stored, and what it is worth. */
export interface JudgedTrial {
  readonly stored: StoredTrial;
  readonly validity: 'valid' | 'degraded' | 'invalid';
  /** Why it is worth no more. */
  readonly because: ReturnType<typeof judgeTrial>['findings'];
}

/** The trial or pilot that is under way. */
export interface Current {
  readonly trial: TrialPlace;
  /** What was last said of it; null before the first word. */
  readonly progress: (ProgressEvent & { readonly atMillis: number }) | null;
  /** How many checks it has missed. */
  readonly missed: number;
}

/** What became of the trials so far. */
type Tally = Readonly<Record<'valid' | 'degraded' | 'invalid' | 'failed', number>>;

/** `9 valid · 1 degraded`. */
export function tallyText(tally: Tally): string {
  const counts = (['valid', 'degraded', 'invalid', 'failed'] as const).filter(name => tally[name] > 0);
  return counts.length === 0 ? 'none over yet' : counts.map(name => `${tally[name]} ${name}`).join(' · ');
}

/** A phase of which nothing was heard for so long is over: a trial speaks four times a second while its load runs. */
const silenceMillis = 1_500;

export class Course {
  readonly plan: Plan;
  readonly #labels: ReadonlyMap<string, string>;
  readonly #openedAtMillis = Date.now();
  readonly #time: RemainingTime;
  readonly #tally = { valid: 0, degraded: 0, invalid: 0, failed: 0 };
  #blocks: number;
  current: Current | null = null;
  /** The last trial that was measured to its end. */
  judged: JudgedTrial | null = null;

  constructor(plan: Plan) {
    this.plan = plan;
    this.#blocks = plan.repeat;
    this.#labels = new Map(plan.cells.map(({ id, label }) => [id, label]));
    this.#time = new RemainingTime(plan);
  }

  /** Takes the event in; to be called before anything is said of it. */
  take(event: RunEvent): void {
    switch (event.type) {
      case 'pilot-started':
      case 'trial-started':
        this.current = { trial: event.trial, progress: null, missed: 0 };
        if (event.type === 'trial-started') this.#time.started();
        return;
      case 'trial-progress':
        if (this.current !== null) this.current = { ...this.current, progress: { ...event, atMillis: Date.now() } };
        return;
      case 'check-missed':
        if (this.current !== null) this.current = { ...this.current, missed: this.current.missed + 1 };
        return;
      case 'trial-done':
        this.#judge(event);
        this.#time.done();
        return;
      case 'trial-failed':
        this.current = null;
        if (event.trial.block === 0) return;
        this.#tally.failed++;
        this.#time.done();
        return;
      case 'pilot-done':
      case 'trial-aborted':
        this.current = null;
        return;
      case 'trial-skipped':
        this.#time.skipped();
        return;
      case 'trial-repeated':
        this.#time.again();
        return;
      case 'extended':
        this.#time.extended(event.order.length);
        this.#blocks = Math.max(...event.order.map(({ block }) => block));
        return;
      case 'rehearsal':
      case 'warmup-found':
    }
  }

  /** How many blocks there are. */
  get blocks(): number {
    return this.#blocks;
  }

  get tally(): Tally {
    return this.#tally;
  }

  get elapsedMicros(): number {
    return (Date.now() - this.#openedAtMillis) * 1e3;
  }

  /** Of all trials that are still to be run; null before the first. */
  get leftMicros(): number | null {
    if (this.current === null) return this.#time.leftMicros(null);
    return this.#time.leftMicros(loadLeftMicros(this.current, this.#windowMicros(this.current)) ?? 0);
  }

  labelOf(cell: string): string {
    return this.#labels.get(cell) || cell;
  }

  /** `[2/6] acks=all · block 1/3`. */
  nameOf({ cell, block, attempt, position, of }: TrialPlace): string {
    const again = attempt > 1 ? ` · attempt ${attempt}` : '';
    if (block === 0) return `warm-up     ${position}/${of}: ${this.labelOf(cell)}`;
    return this.#isOfSearch(block)
      ? `[${block}] ${this.labelOf(cell)}${again}`
      : `[${position}/${of}] ${this.labelOf(cell)} · ${this.blockText(block)}${again}`;
  }

  /** `block 2/5`; of a search, `trial 7`. */
  blockText(block: number): string {
    return this.#isOfSearch(block) ? `trial ${block}` : `block ${block}/${this.#blocks}`;
  }

  /** A search does not know how many trials it will have. */
  #isOfSearch(block: number): boolean {
    return block > this.#blocks;
  }

  /** What the load of the trial that is under way still takes; null where nobody knows. */
  get loadLeftMicros(): number | null {
    const { current } = this;
    return current === null || current.trial.block === 0 ? null : loadLeftMicros(current, this.#windowMicros(current));
  }

  #windowMicros({ trial }: Current): number {
    return this.plan.cells.find(({ id }) => id === trial.cell)?.scenario.load.measureMicros ?? 0;
  }

  #judge({ measurement }: Extract<RunEvent, { type: 'trial-done' }>): void {
    const stored = storedTrial(measurement);
    const { validity, findings } = judgeTrial(stored);
    this.judged = { stored, validity, because: findings };
    this.#tally[validity]++;
    this.current = null;
  }
}

/** For how long nothing was heard of a load that is over; null while it lasts, and before it begins. */
function silentMillis({ progress }: Current): number | null {
  if (progress === null || progress.phase === 'setup') return null;
  const millis = Date.now() - progress.atMillis;
  return millis > silenceMillis ? millis : null;
}

/** Whether the load is over, so that its last figures are no longer those of now. */
export const isLoadOver = (current: Current): boolean => silentMillis(current) !== null;

/** `measure 3/10 s`; what is done after the load, or before it, takes as long as it takes. */
export function phaseText(current: Current): string {
  const { progress } = current;
  if (progress === null) return 'setup';
  const seconds = (millis: number): string => `${Math.floor(millis / 1e3)}`;
  if (progress.phase === 'setup') return `setup ${seconds(Date.now() - progress.atMillis)} s`;
  const silent = silentMillis(current);
  if (silent !== null) return `drain ${seconds(silent)} s`;
  const planned = progress.plannedMicros === null ? '' : `/${Math.round(progress.plannedMicros / 1e6)}`;
  return `${progress.phase} ${seconds(progress.elapsedMicros / 1e3)}${planned} s`;
}

/** What a trial's load still has of its warm-up and window; null where nobody knows, and when it is over. */
function loadLeftMicros(current: Current, windowMicros: number): number | null {
  const { progress } = current;
  if (progress === null || progress.plannedMicros === null || silentMillis(current) !== null) return null;
  const ofPhase = Math.max(0, progress.plannedMicros - progress.elapsedMicros);
  return progress.phase === 'warmup' ? ofPhase + windowMicros : ofPhase;
}

/** The last figures; null where there are none. */
export const figuresOf = (current: Current | null): LiveFigures | null => current?.progress?.figures ?? null;

/** Time left: by the plan at first, then by the trials that are over. */
class RemainingTime {
  readonly #trialMicros: number;
  #startedAtMillis: number | null = null;
  #firstAtMillis = 0;
  #done = 0;
  /** Trials of the plan that are run or will be. */
  #trials: number;

  constructor({ order, estimate }: Plan) {
    this.#trials = order.length;
    this.#trialMicros = estimate.trialMicros;
  }

  started(): void {
    this.#startedAtMillis = Date.now();
    this.#firstAtMillis ||= this.#startedAtMillis;
  }

  done(): void {
    this.#done++;
  }

  again(): void {
    this.#done--;
  }

  extended(by: number): void {
    this.#trials += by;
  }

  skipped(): void {
    this.#trials--;
  }

  /** Null before the first trial. `ofLoadMicros`: what the trial that is under way takes at least; null between two trials. */
  leftMicros(ofLoadMicros: number | null): number | null {
    if (this.#startedAtMillis === null) return null;
    const spentMicros = (this.#startedAtMillis - this.#firstAtMillis) * 1e3;
    const perTrial = this.#done > 0 ? spentMicros / this.#done || this.#trialMicros : this.#trialMicros;
    const left = Math.max(0, this.#trials - this.#done);
    if (ofLoadMicros === null || left === 0) return perTrial * left;
    const ofThis = perTrial - (Date.now() - this.#startedAtMillis) * 1e3;
    return Math.max(ofThis, ofLoadMicros, 0) + perTrial * (left - 1);
  }
}
