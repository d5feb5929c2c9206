/** Puts events of a run into a line each, for people. */
import {
  adviceOf,
  duration,
  findingText,
  type LiveFigures,
  type RunEvent,
  wasEndedByCheck,
  whole,
} from '../../src/index.ts';
import type { Course, JudgedTrial } from './course.ts';

/** A line, and with which sign it begins. */
export interface Said {
  readonly sign: 'good' | 'warning' | 'bad' | null;
  readonly text: string;
}

const said = (sign: Said['sign'], text: string): Said => ({ sign, text });

/** What is said of the event where every line stays; null where nothing is. Beginnings of trials are `startText`. */
export function wordsOf(event: RunEvent, course: Course): Said | null {
  switch (event.type) {
    case 'rehearsal':
      return said(null, `warm-up     ${event.position}/${event.of}: ${course.labelOf(event.cell)}, thrown away`);
    case 'pilot-started':
      return said(
        null,
        `${course.nameOf(event.trial)}, until it is steady: ${event.leastSeconds} s to ${event.mostSeconds} s`,
      );
    case 'pilot-done': {
      const { isSteady, seconds } = event.outcome;
      const found = isSteady ? `steady after ${seconds} s` : `no steady state within ${seconds} s`;
      return said(isSteady ? 'good' : 'warning', `${course.nameOf(event.trial)}, ${found}`);
    }
    case 'warmup-found':
      return said(null, `warm-up     ${duration(event.warmup.micros)} for every trial`);
    case 'check-missed':
      return said(
        'warning',
        `${course.nameOf(event.trial)} · ${findingText({ code: 'aborted-by-check', ...event.miss })}`,
      );
    case 'extended':
      return said('warning', `first look   a primary comparison is inconclusive: on to ${course.blocks} blocks`);
    case 'trial-skipped':
    case 'trial-repeated':
    case 'trial-done':
    case 'trial-failed':
    case 'trial-aborted':
      return endOf(event, course);
    case 'trial-started':
    case 'trial-progress':
      return null;
  }
}

type EndEvent = Extract<
  RunEvent,
  { type: 'trial-skipped' | 'trial-repeated' | 'trial-done' | 'trial-failed' | 'trial-aborted' }
>;

function endOf(event: EndEvent, course: Course): Said {
  const name = course.nameOf(event.trial);
  switch (event.type) {
    case 'trial-skipped':
      return said(
        'warning',
        `${name} is not run: ${event.because === 'check' ? 'a check has ended an earlier trial of this cell' : "the cell's pilot has failed"}`,
      );
    case 'trial-repeated':
      return said(
        'warning',
        event.because === 'failed'
          ? `${name} is run again`
          : `${name} is invalid: the generator, not the broker, was the limit; once more`,
      );
    case 'trial-done':
      return doneWords(name, course.judged);
    case 'trial-failed':
      return said('bad', `${name} failed: ${adviceOf(event.error)}`);
    case 'trial-aborted':
      return said('warning', `${name} stopped`);
  }
}

function doneWords(name: string, judged: JudgedTrial | null): Said {
  if (judged === null) return said('good', `${name} done`);
  const { stored, validity } = judged;
  const wasEnded = wasEndedByCheck(stored);
  const worth = validity === 'valid' ? '' : ` · ${validity}`;
  return said(
    wasEnded || validity !== 'valid' ? 'warning' : 'good',
    `${name} ${wasEnded ? 'ended by a check' : 'done'}${worth} · ${measuredText(judged)}`,
  );
}

function measuredText({ stored }: JudgedTrial): string {
  const { counts, rates, serviceMicros } = stored;
  const lost = counts.lost === null ? '' : ` · ${whole(counts.lost)} lost`;
  // at acks 0 nothing is acknowledged
  const acked =
    serviceMicros === null
      ? `${whole(counts.sent)} sent`
      : `${whole(counts.acked)} of ${whole(counts.scheduled)} acked (${whole(rates.ackedPerSecond)}/s)`;
  return `${acked}${lost}${latencyText(stored)}`;
}

/** What reports look at first: `endToEnd`, else `ack`, else `service`. */
export function firstLatency({ endToEndMicros, ackMicros, serviceMicros }: JudgedTrial['stored']) {
  if (endToEndMicros !== null) return { name: 'endToEnd', latency: endToEndMicros };
  if (ackMicros !== null) return { name: 'ack', latency: ackMicros };
  return { name: 'service', latency: serviceMicros };
}

function latencyText(stored: JudgedTrial['stored']): string {
  const { name, latency } = firstLatency(stored);
  return latency === null ? '' : ` · ${name} p50 ${duration(latency.p50)} p99 ${duration(latency.p99)}`;
}

/** Figures of the last second, where a line is all there is room for. */
export function figuresText(figures: LiveFigures | null): string {
  if (figures === null) return '';
  const { now, latencyOf } = figures;
  const rate = (name: string, perSecond: number | null): string[] =>
    perSecond === null ? [] : [`${name} ${whole(perSecond)}/s`];
  const rates = [
    ...rate('sent', now.sentPerSecond),
    ...rate('acked', now.ackedPerSecond),
    ...rate('consumed', now.consumedPerSecond),
  ].join(' ');
  const percentile = (name: string, micros: number | null | undefined): string[] =>
    micros === null || micros === undefined ? [] : [`${name} ${duration(micros)}`];
  const latency = [...percentile('p50', now.latency?.p50Micros), ...percentile('p99', now.latency?.p99Micros)];
  const parts = [
    rates,
    ...(latency.length === 0 ? [] : [`${latencyOf} ${latency.join(' ')}`]),
    ...(now.unread === null ? [] : [`lag ${whole(now.unread)}`]),
    ...(now.failed === 0 ? [] : [`${whole(now.failed)} failed`]),
  ];
  return parts.map(part => ` · ${part}`).join('');
}

/** Signs that lines are made of, for whoever wants ASCII alone; those of the frame are as wide as what takes their place. */
const asciiOf: Readonly<Record<string, string>> = {
  '·': '-',
  '–': '-',
  '…': '~',
  µ: 'u',
  '×': 'x',
  '’': "'",
  '−': '-',
  '≤': '<=',
  '≥': '>=',
};

export const asAscii = (text: string): string => text.replaceAll(/[·–…µ×’−≤≥]/g, sign => asciiOf[sign] ?? sign);
