/** Follows a run by its events, and says what a page shows of it: in parts, each told anew when it has changed. */
import type { Plan, RunEvent, TrialPlace } from '../../src/index.ts';
import { Course, type Current, figuresOf, isLoadOver, phaseText, tallyText } from '../progress/course.ts';
import { clock, figureColumns, generatorFacts, isGeneratorSound } from '../progress/figures.ts';
import { wordsOf } from '../progress/words.ts';
import { type EndedRow, measuredRow, saidRow } from './ended.ts';
import { type Columns, mostSeconds, Seconds } from './seconds.ts';

/** A run that is to be watched. */
export interface WatchedRun {
  readonly plan: Plan;
  /** `2 cells × 3 trials, about 1 m 20 s`. */
  readonly shape: string;
  /** Where its results are kept. */
  readonly folder: string;
}

export interface RunPart {
  readonly scenario: string;
  readonly question: string | null;
  readonly shape: string;
  readonly folder: string;
  readonly tally: string;
  readonly ended: readonly EndedRow[];
}

export interface TrialPart {
  /** `[2/6] acks=all · block 1/3`; null between two trials. */
  readonly name: string | null;
  readonly phase: string;
  readonly elapsed: string;
  /** Of the whole run; null where nobody knows. */
  readonly left: string | null;
  /** How much of the run's time is over, 0 to 1; null where nobody knows. */
  readonly share: number | null;
  readonly latencyOf: string | null;
  readonly rows: readonly { readonly name: string; readonly figures: readonly string[] }[];
  readonly generator: { readonly sign: 'good' | 'warning'; readonly text: string } | null;
  readonly missed: number;
}

export interface SecondsPart {
  /** Of which trial they are; null before the first. */
  readonly name: string | null;
  /** `all`: what the page had is of another trial, or it had nothing. */
  readonly extent: 'all' | 'more';
  /** More are to be forgotten. */
  readonly most: number;
  readonly columns: Columns;
}

/** What came of the run. */
export interface OverPart {
  readonly verdict: 'pass' | 'fail';
  readonly exitCode: number;
  readonly reasons: readonly string[];
  /** Where its page is kept; null where none was asked for. */
  readonly report: string | null;
}

/** What is told; a part that is missing has not changed. */
export interface ViewParts {
  readonly run?: RunPart;
  readonly trial?: TrialPart;
  readonly seconds?: SecondsPart;
  /** Null while it goes on. */
  readonly over?: OverPart | null;
}

export class RunView {
  readonly #run: WatchedRun;
  readonly #course: Course;
  readonly #ended: EndedRow[] = [];
  #seconds = new Seconds([]);
  #told: 'nothing' | number = 'nothing';
  #hasRunChanged = true;
  #over: OverPart | null = null;
  #isOverTold = false;
  #charted: TrialPlace | null = null;

  constructor(run: WatchedRun) {
    this.#run = run;
    this.#course = new Course(run.plan);
  }

  take(event: RunEvent): void {
    this.#course.take(event);
    switch (event.type) {
      case 'pilot-started':
      case 'trial-started':
        this.#seconds = new Seconds(this.#groupsOf(event.trial.cell));
        this.#charted = event.trial;
        this.#told = 'nothing';
        return;
      case 'trial-progress':
        this.#seconds.take(event);
        return;
      case 'rehearsal':
      case 'check-missed':
        return;
      case 'trial-done':
      case 'pilot-done':
      case 'warmup-found':
      case 'trial-failed':
      case 'trial-aborted':
      case 'trial-skipped':
      case 'trial-repeated':
      case 'extended':
        this.#end(event);
    }
  }

  /** Nothing happens any more. */
  end(over: OverPart): void {
    this.#over = over;
    this.#isOverTold = false;
  }

  get over(): OverPart | null {
    return this.#over;
  }

  get folder(): string {
    return this.#run.folder;
  }

  /** Everything, for a page that has nothing yet. */
  whole(): ViewParts {
    return { run: this.#runPart(), trial: this.#trialPart(), seconds: this.#secondsFrom('nothing'), over: this.#over };
  }

  /** What has changed since this was last asked, and how the trial goes now. */
  changes(): ViewParts {
    const run = this.#hasRunChanged ? { run: this.#runPart() } : {};
    const { count } = this.#seconds;
    const seconds = this.#told === count ? {} : { seconds: this.#secondsFrom(this.#told) };
    const over = this.#isOverTold ? {} : { over: this.#over };
    this.#hasRunChanged = false;
    this.#isOverTold = true;
    this.#told = count;
    return { ...run, trial: this.#trialPart(), ...seconds, ...over };
  }

  #end(event: RunEvent): void {
    const said = wordsOf(event, this.#course);
    if (said === null) return;
    this.#hasRunChanged = true;
    const { judged } = this.#course;
    this.#ended.push(
      event.type === 'trial-done' && judged !== null
        ? measuredRow(this.#course.nameOf(event.trial), said, judged)
        : saidRow(said),
    );
  }

  #groupsOf(cell: string): string[] {
    const { plan } = this.#run;
    const { scenario } = plan.cells.find(({ id }) => id === cell) ?? plan;
    return Object.keys(scenario.consumers);
  }

  #runPart(): RunPart {
    const { plan, shape, folder } = this.#run;
    return {
      scenario: plan.scenario.name,
      question: plan.scenario.question ?? null,
      shape,
      folder,
      tally: tallyText(this.#course.tally),
      ended: this.#ended,
    };
  }

  #trialPart(): TrialPart {
    const { current, elapsedMicros, leftMicros } = this.#course;
    const figures = figuresOf(current);
    const isOver = current === null || isLoadOver(current);
    return {
      name: current === null ? null : this.#course.nameOf(current.trial),
      phase: current === null ? '' : phaseText(current),
      elapsed: clock(elapsedMicros),
      left: leftMicros === null ? null : clock(leftMicros),
      share: leftMicros === null ? null : elapsedMicros / Math.max(1, elapsedMicros + leftMicros),
      latencyOf: figures?.latencyOf ?? null,
      rows: rowsOf(current),
      generator:
        figures === null || isOver
          ? null
          : {
              sign: isGeneratorSound(figures) ? 'good' : 'warning',
              text: generatorFacts(figures, 'long').join(' · '),
            },
      missed: current?.missed ?? 0,
    };
  }

  #secondsFrom(told: 'nothing' | number): SecondsPart {
    return {
      name: this.#charted === null ? null : this.#course.nameOf(this.#charted),
      extent: told === 'nothing' ? 'all' : 'more',
      most: mostSeconds,
      columns: this.#seconds.columnsFrom(told === 'nothing' ? 0 : told),
    };
  }
}

/** `now` and `trial`, as the terminal's frame has them. */
function rowsOf(current: Current | null): TrialPart['rows'] {
  const figures = figuresOf(current);
  if (current === null || figures === null) return [];
  return [
    ...(isLoadOver(current) ? [] : [{ name: 'now', span: figures.now }]),
    ...(figures.window === null ? [] : [{ name: 'trial', span: figures.window }]),
  ].map(({ name, span }) => ({ name, figures: figureColumns.map(({ textOf }) => textOf(span)) }));
}
