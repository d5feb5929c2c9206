/** Puts a run's numbers into its page, column by column, and takes them out again. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { mergeHistograms } from '../../measure/histogram.ts';
import type { RunTrial } from '../../results/read.ts';
import type { Cell } from '../../results/schema.ts';
import { HarnessError } from '../../support/errors.ts';
import { faultLabel } from '../faults.ts';
import type { FigureSource } from '../figures/figure.ts';
import { html, Markup } from './markup.ts';

/** Beyond that the JSON is compressed: an editor reads the plain one. */
const mostPlainBytes = 400_000;

/** The version of what stands in the page. */
const dataVersion = 1;

const elementId = 'highwater-data';

/** Points of a spectrum per halving of the share of messages beyond it. */
const pointsPerHalving = 4;
const halvings = 18;

/** The numbers of a run: integers, in µs and messages. */
export function pageData({ result, run }: FigureSource) {
  return {
    dataVersion,
    runId: result.runId,
    name: result.name,
    startedAt: result.startedAt,
    cells: result.cells.map(cell => cellData(cell, run.trials)),
    trials: run.trials.map(one => trialData(one, result.cells)),
  };
}

function cellData({ id, label, summary, ...cell }: Cell, trials: readonly RunTrial[]) {
  const counting = new Set(
    cell.trials.filter(({ validity }) => validity !== 'invalid').map(({ block, attempt }) => `${block}.${attempt}`),
  );
  const own = trials.filter(one => one.cell === id && counting.has(`${one.trial.block}.${one.trial.attempt}`));
  const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(6)));
  return {
    id,
    label,
    summary: Object.fromEntries(
      Object.entries(summary).map(([metric, { estimate, low, high }]) => [metric, [estimate, low, high].map(rounded)]),
    ),
    spectra: { ack: spectrumOf(own, 'ack'), endToEnd: spectrumOf(own, 'endToEnd') },
  };
}

/** Latencies of all counting trials together, at shares that come ever closer to one; null without any. */
function spectrumOf(trials: readonly RunTrial[], name: 'ack' | 'endToEnd') {
  const parts = trials.flatMap(({ distributions }) => distributions[name] ?? []);
  if (parts.length === 0) return null;
  const merged = mergeHistograms(parts);
  const shares = Array.from({ length: halvings * pointsPerHalving }, (_, i) => 1 - 2 ** (-i / pointsPerHalving));
  const known = shares.filter(share => merged.count * (1 - share) >= 1);
  return {
    count: merged.count,
    share: known.map(share => Number(share.toFixed(7))),
    micros: known.map(share => merged.percentileMicros(share)),
  };
}

function trialData({ cell, trial, perSecond }: RunTrial, cells: readonly Cell[]) {
  const { block, attempt, timeline } = trial;
  const judged = cells
    .find(({ id }) => id === cell)
    ?.trials.find(one => one.block === block && one.attempt === attempt);
  return {
    cell,
    block,
    attempt,
    validity: judged?.validity ?? 'invalid',
    p99Micros: trial.ackMicros?.p99 ?? trial.endToEndMicros?.p99 ?? null,
    second: timeline.map(({ second }) => second),
    sent: timeline.map(({ sent }) => sent),
    acked: timeline.map(({ acked }) => acked),
    consumed: timeline.map(({ consumed }) => consumed),
    ack: secondsOf(perSecond?.ack),
    endToEnd: secondsOf(perSecond?.endToEnd),
    ...faultsIn(trial),
  };
}

/** What was broken: its name, from when to when, in µs of the window; null: not ended. Nothing for a trial without. */
function faultsIn({ faults }: RunTrial['trial']) {
  if (faults === undefined) return {};
  return {
    faults: faults.injected.map(fault => ({
      label: faultLabel(fault),
      fromMicros: Math.round(fault.atMicros),
      toMicros: fault.endedAtMicros === null ? null : Math.round(fault.endedAtMicros),
    })),
  };
}

function secondsOf(figures: NonNullable<RunTrial['perSecond']>['ack']) {
  if (figures === undefined || figures.length === 0) return null;
  return {
    second: figures.map(({ second }) => second),
    p50Micros: figures.map(({ p50Micros }) => Math.round(p50Micros)),
    p99Micros: figures.map(({ p99Micros }) => Math.round(p99Micros)),
  };
}

/** The data as an element of the page: plain JSON, or above 400 kB gzip in base64. */
export function dataElement(data: unknown): Markup {
  // within a template both would be read as markup
  const json = JSON.stringify(data).replaceAll('<', '\\u003c').replaceAll('&', '\\u0026');
  if (Buffer.byteLength(json) <= mostPlainBytes) {
    return html`<template id="${elementId}" data-encoding="json">${new Markup(json)}</template>`;
  }
  const packed = gzipSync(json, { level: 9 }).toString('base64');
  return html`<template id="${elementId}" data-encoding="gzip-base64">${packed}</template>`;
}

/**
 * The data of a page, as JSON text; of a page of several runs as an array.
 * @throws HarnessError `usage` if the page holds none
 */
export function extractData(page: string): string {
  const element = new RegExp(
    `<template id="(?:run-\\d+-)?${elementId}" data-encoding="([^"]+)">([^<]*)</template>`,
    'g',
  );
  const found = [...page.matchAll(element)].map(([, encoding, text = '']) =>
    encoding === 'json' ? text : gunzipSync(Buffer.from(text, 'base64')).toString('utf8'),
  );
  const [only] = found;
  if (only === undefined) {
    throw new HarnessError('usage', 'The page holds no data of Highwater.', {
      hint: '`highwater report RUN` writes one that does.',
    });
  }
  return found.length === 1 ? only : `[${found.join(',')}]`;
}
