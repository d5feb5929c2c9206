/** Shows a run as lines: where trials begin and end, and every now and then that it still goes on. */
import { duration, type RunEvent, type TrialPlace } from '../../src/index.ts';
import type { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { type Course, figuresOf, isLoadOver, phaseText } from './course.ts';
import type { Sections } from './sections.ts';
import { asAscii, figuresText, type Said, wordsOf } from './words.ts';

export interface PlainSettings {
  readonly terminal: Terminal;
  /** A line for every phase, and six times as many in between. */
  readonly isVerbose: boolean;
  /** How trials are set apart from each other; null where they are not. */
  readonly sections: Sections | null;
}

/** How often a log that nobody rewrites says that the run still goes on. */
const heartbeatMillis = 30_000;
const verboseHeartbeatMillis = 5_000;

export const plainProgress = (course: Course, settings: PlainSettings): Progress => new PlainProgress(course, settings);

class PlainProgress implements Progress {
  readonly #course: Course;
  readonly #settings: PlainSettings;
  #heartbeat: NodeJS.Timeout | null = null;
  /** The section that is open. */
  #section: string | null = null;
  #phase: string | null = null;

  constructor(course: Course, settings: PlainSettings) {
    this.#course = course;
    this.#settings = settings;
  }

  note(text: string): void {
    this.#line({ sign: null, text });
  }

  show(event: RunEvent): void {
    const course = this.#course;
    course.take(event);
    if (event.type === 'trial-started' || event.type === 'pilot-started') this.#begin(event.trial);
    if (event.type === 'trial-progress') this.#tellPhase(event.phase);
    const words = wordsOf(event, course);
    // what is good stays in the trial's section; what is not must be seen without unfolding it
    const isOver = course.current === null;
    if (isOver && words?.sign !== 'good') this.#endSection();
    if (words !== null) this.#line(words);
    if (isOver) this.end();
  }

  end(): void {
    this.#endSection();
    this.#stopHeartbeat();
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #begin(trial: TrialPlace): void {
    const { sections, terminal } = this.#settings;
    const name = this.#course.nameOf(trial);
    this.#endSection();
    if (sections !== null) {
      this.#section = `trial_${trial.block}_${trial.position}_${trial.attempt}`;
      terminal.command(this.#written(sections.begin(this.#section, name)));
    }
    const left = this.#course.leftMicros;
    if (trial.block > 0) this.note(`${name} started${left === null ? '' : ` · ${duration(left)} left`}`);
    this.#phase = 'setup';
    this.#beatLater();
  }

  /** Said only where much is to be said: what a phase is called says when it begins. */
  #tellPhase(phase: string): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (this.#settings.isVerbose) this.#tellCurrent();
  }

  #tellCurrent(): void {
    const { current, leftMicros } = this.#course;
    if (current === null) return;
    const left = current.trial.block === 0 || leftMicros === null ? '' : ` · ${duration(leftMicros)} left`;
    this.note(
      `${this.#course.nameOf(current.trial)} · ${phaseText(current)}${isLoadOver(current) ? '' : figuresText(figuresOf(current))}${left}`,
    );
    this.#beatLater();
  }

  #beatLater(): void {
    this.#stopHeartbeat();
    const millis = this.#settings.isVerbose ? verboseHeartbeatMillis : heartbeatMillis;
    this.#heartbeat = setTimeout(() => this.#tellCurrent(), millis).unref();
  }

  #stopHeartbeat(): void {
    if (this.#heartbeat !== null) clearTimeout(this.#heartbeat);
    this.#heartbeat = null;
  }

  #endSection(): void {
    const { sections, terminal } = this.#settings;
    if (sections !== null && this.#section !== null) terminal.command(sections.end(this.#section));
    this.#section = null;
  }

  #line({ sign, text }: Said): void {
    const { terminal } = this.#settings;
    terminal.error(this.#written(sign === null ? text : `${terminal.sign(sign)} ${text}`));
  }

  #written(text: string): string {
    return this.#settings.terminal.unicode ? text : asAscii(text);
  }
}
