/** Shows a run as JSON documents, one a line, for programs; `docs/output.md` says what stands in them. */
import { adviceOf, type RunEvent } from '../../src/index.ts';
import type { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import type { Course } from './course.ts';

/** A trial speaks four times a second, and its figures are those of the last second. */
const progressMillis = 1_000;

export function jsonProgress(course: Course, terminal: Terminal): Progress {
  let progressAtMillis = -Infinity;
  let phase: string | null = null;
  const write = (document: object): void =>
    terminal.command(JSON.stringify({ at: new Date().toISOString(), ...document }));
  return {
    note: text => write({ type: 'note', text }),
    show(event) {
      course.take(event);
      if (event.type === 'trial-progress') {
        if (event.phase === phase && Date.now() - progressAtMillis < progressMillis) return;
        phase = event.phase;
        progressAtMillis = Date.now();
      }
      write(documentOf(event, course));
    },
    end: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}

/** The event as plain data: of what was measured only the figures that say how the trial went, for all of it is stored. */
function documentOf(event: RunEvent, { judged, leftMicros }: Course): object {
  if (event.type === 'trial-progress') return { ...event, runLeftMicros: leftMicros };
  if (event.type === 'trial-done') {
    const { type, trial } = event;
    return { type, trial, ...(judged === null ? {} : figuresOf(judged)), runLeftMicros: leftMicros };
  }
  if (event.type === 'trial-failed') {
    const { type, trial, error } = event;
    return { type, trial, message: adviceOf(error), ...(error.reason === undefined ? {} : { reason: error.reason }) };
  }
  if (event.type === 'trial-aborted') {
    const { type, trial, measurement } = event;
    return { type, trial, hasMeasured: measurement !== null };
  }
  return event;
}

function figuresOf({ stored, validity }: NonNullable<Course['judged']>): object {
  const { findings, counts, rates, ackMicros, serviceMicros, endToEndMicros, scheduleLagMicros, durations } = stored;
  return {
    validity,
    findings,
    counts,
    rates,
    ackMicros,
    serviceMicros,
    endToEndMicros,
    scheduleLagMicros,
    durations,
  };
}
