/** Turns the events of runs into Prometheus metrics: counters that only grow, and gauges of the trial that is under way. */
import { Counter, Gauge, Registry } from 'prom-client';
import {
  judgeTrial,
  type LiveFigures,
  type LiveTotals,
  type Plan,
  programVersion,
  type RunEvent,
  storedTrial,
  type TrialPlace,
} from '../../src/index.ts';

/** Of what the series are: the whole run, and within it a trial. */
const ofCell = ['scenario', 'cell'] as const;
const ofTrial = [...ofCell, 'block', 'attempt'] as const;
type TrialLabels = Record<(typeof ofTrial)[number], string>;

type Totals = { -readonly [name in keyof LiveTotals]: number };
const none: Readonly<Totals> = { sent: 0, acked: 0, failed: 0, consumed: 0 };

/** In seconds, as Prometheus wants every duration. */
const seconds = (micros: number): number => micros / 1e6;

export class RunMetrics {
  readonly registry = new Registry();
  readonly #counters = countersIn(this.registry);
  readonly #trials = counterIn(this.registry, 'trials_total', 'Trials that are over, by what came of them.', [
    ...ofCell,
    'outcome',
  ]);
  readonly #gauges = gaugesIn(this.registry);
  #counted: Totals = { ...none };

  constructor() {
    const labelNames = ['version'];
    gaugeIn(this.registry, 'build_info', 'Which Highwater this is; always 1.', labelNames).set(
      { version: programVersion() ?? 'unknown' },
      1,
    );
  }

  /** What is to be told of every event of a run with that plan. */
  watch({ scenario, cells }: Plan): (event: RunEvent) => void {
    const labels = new Map(cells.map(({ id, label }) => [id, label]));
    const labelsOf = ({ cell, block, attempt }: TrialPlace): TrialLabels => ({
      scenario: scenario.name,
      cell: labels.get(cell) || cell,
      block: String(block),
      attempt: String(attempt),
    });
    return event => this.#show(event, labelsOf);
  }

  #show(event: RunEvent, labelsOf: (trial: TrialPlace) => TrialLabels): void {
    switch (event.type) {
      case 'rehearsal':
      case 'warmup-found':
      case 'check-missed':
      case 'extended':
      // the attempt before it is over, and was counted
      case 'trial-repeated':
        return;
      case 'pilot-started':
      case 'trial-started':
        this.#leave();
        this.#gauges.position.set(labelsOf(event.trial), event.trial.position);
        this.#gauges.planned.set(labelsOf(event.trial), event.trial.of);
        return;
      case 'trial-progress':
        this.#progress(event, labelsOf(event.trial));
        return;
      case 'trial-done': {
        const { totals } = event.measurement;
        this.#count(totals, labelsOf(event.trial));
        this.#over(labelsOf(event.trial), judgeTrial(storedTrial(event.measurement)).validity);
        return;
      }
      case 'pilot-done':
        this.#over(labelsOf(event.trial), 'pilot');
        return;
      case 'trial-failed':
        this.#over(labelsOf(event.trial), 'failed');
        return;
      case 'trial-aborted':
        this.#over(labelsOf(event.trial), 'aborted');
        return;
      case 'trial-skipped':
        this.#over(labelsOf(event.trial), 'skipped');
    }
  }

  #progress({ phase, figures }: Extract<RunEvent, { type: 'trial-progress' }>, labels: TrialLabels): void {
    this.#gauges.phase.reset();
    this.#gauges.phase.set({ ...labels, phase }, 1);
    if (figures === null) return;
    this.#count(figures.totals, labels);
    this.#showFigures(figures, labels);
  }

  #showFigures(figures: LiveFigures, labels: TrialLabels): void {
    const gauges = this.#gauges;
    const { now, window } = figures;
    for (const [gauge, value] of [
      [gauges.target, now.targetPerSecond],
      [gauges.sent, now.sentPerSecond],
      [gauges.acked, now.ackedPerSecond],
      [gauges.consumed, now.consumedPerSecond],
      [gauges.inFlight, figures.inFlight],
      [gauges.behind, figures.behindMicros === null ? null : seconds(figures.behindMicros)],
      [gauges.work, figures.workFraction],
    ] as const) {
      gauge.reset();
      if (value !== null) gauge.set(labels, value);
    }
    gauges.latency.reset();
    for (const [quantile, micros] of percentilesOf(window?.latency ?? null)) {
      gauges.latency.set({ ...labels, of: figures.latencyOf, quantile }, seconds(micros));
    }
    gauges.lag.reset();
    for (const [group, unread] of Object.entries(figures.unreadByGroup)) gauges.lag.set({ ...labels, group }, unread);
  }

  /** Counts what has been added since the trial was last counted. */
  #count(totals: Partial<LiveTotals>, { scenario, cell }: TrialLabels): void {
    for (const name of ['sent', 'acked', 'failed', 'consumed'] as const) {
      const total = totals[name] ?? null;
      if (total === null) continue;
      this.#counters[name].inc({ scenario, cell }, Math.max(0, total - this.#counted[name]));
      this.#counted[name] = Math.max(this.#counted[name], total);
    }
  }

  #over({ scenario, cell }: TrialLabels, outcome: string): void {
    this.#trials.inc({ scenario, cell, outcome });
    this.#leave();
  }

  /** Nothing is under way: a gauge that stood on would tell of a trial that is over. */
  #leave(): void {
    this.#counted = { ...none };
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
  }
}

function percentilesOf(latency: NonNullable<LiveFigures['window']>['latency']): [quantile: string, micros: number][] {
  if (latency === null) return [];
  const { p50Micros, p99Micros, p999Micros, maxMicros } = latency;
  const all: [string, number | null][] = [
    ['0.5', p50Micros],
    ['0.99', p99Micros],
    ['0.999', p999Micros],
    ['1', maxMicros],
  ];
  return all.filter((entry): entry is [string, number] => entry[1] !== null);
}

const counterIn = (registry: Registry, name: string, help: string, labelNames: readonly string[]): Counter =>
  new Counter({ name: `highwater_${name}`, help, labelNames: [...labelNames], registers: [registry] });

const gaugeIn = (registry: Registry, name: string, help: string, labelNames: readonly string[]): Gauge =>
  new Gauge({ name: `highwater_${name}`, help, labelNames: [...labelNames], registers: [registry] });

function countersIn(registry: Registry): Readonly<Record<keyof LiveTotals, Counter>> {
  const counter = (name: string, did: string): Counter =>
    counterIn(registry, `${name}_messages_total`, `Messages ${did}, warm-ups included.`, ofCell);
  return {
    sent: counter('sent', 'given to the client'),
    acked: counter('acked', 'acknowledged by the brokers'),
    failed: counter('failed', 'given up by the client'),
    consumed: counter('consumed', 'read, by all groups together'),
  };
}

function gaugesIn(registry: Registry) {
  const gauge = (name: string, help: string, more: readonly string[] = []): Gauge =>
    gaugeIn(registry, name, help, [...ofTrial, ...more]);
  return {
    position: gauge('trial_position', 'Which trial of the plan is under way, from 1.'),
    planned: gauge('trials_planned', 'Trials of the plan.'),
    phase: gauge('trial_phase', '1 for the phase in which the trial is.', ['phase']),
    target: gauge('target_messages_per_second', 'The rate by the schedule, over the last second.'),
    sent: gauge('sent_messages_per_second', 'Messages given to the client, over the last second.'),
    acked: gauge('acked_messages_per_second', 'Messages acknowledged, over the last second.'),
    consumed: gauge('consumed_messages_per_second', 'Messages read by all groups, over the last second.'),
    latency: gauge('latency_seconds', 'Percentiles of the measured window so far; quantile 1 is the maximum.', [
      'of',
      'quantile',
    ]),
    lag: gauge('consumer_lag_messages', 'Messages that a group has not read, at the last look.', ['group']),
    inFlight: gauge('in_flight_messages', 'Messages sent that have no outcome yet.'),
    behind: gauge('generator_behind_seconds', 'By how much the producer that is furthest behind is late.'),
    work: gauge('generator_work_ratio', 'The share of the last second that the busiest worker’s event loop was busy.'),
  };
}
