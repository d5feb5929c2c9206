/** Finds what a reference means: a stored run or a baseline, and one cell of it where `@cell` says so. */
import { stat } from 'node:fs/promises';
import { HarnessError } from '../support/errors.ts';
import { didYouMean } from '../support/registry.ts';
import { type Baseline, type BaselineListing, listBaselines, readBaseline } from './baseline.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { findRun, readRun, type StoredRun } from './read.ts';

/** What a reference led to. `cell` is as it was written: an id, its beginning, or a label. */
export type Referred = { readonly reference: string; readonly cell: string | null } & (
  | { readonly kind: 'run'; readonly run: StoredRun; readonly fingerprint: Fingerprint }
  | { readonly kind: 'baseline'; readonly baseline: Baseline }
);

/** Where references are looked up. */
export interface ReferencePlaces {
  readonly reports: string;
  readonly baselines: string;
}

/** Of which scenario and host class a baseline should be, where several bear its name. */
export interface Likeness {
  readonly scenario: string;
  readonly hostClassId: string;
}

/** What a baseline for a run, or beside another baseline, should be like. */
export function likenessOf(referred: Referred): Likeness {
  if (referred.kind === 'run') {
    return { scenario: referred.run.header.name, hostClassId: referred.fingerprint.hostClassId };
  }
  const { scenario, fingerprint } = referred.baseline;
  return { scenario, hostClassId: fingerprint.hostClassId };
}

const baselinePrefix = 'baseline:';

export const isBaselineReference = (reference: string): boolean =>
  reference.startsWith(baselinePrefix) || reference.endsWith('.json');

/**
 * Opens a reference: a path, a run id or its unique beginning, a scenario's name, `latest`, `latest~1`, `baseline:NAME`,
 * `baseline:SCENARIO/NAME`, or a baseline's file; each with an optional `@cell`.
 * @throws HarnessError `usage` where nothing, or more than one thing, is meant
 */
export async function openReference(
  reference: string,
  { reports, baselines }: ReferencePlaces,
  like: Likeness | null = null,
): Promise<Referred> {
  const { target, cell } = await splitReference(reference);
  if (isBaselineReference(target)) {
    const path = target.startsWith(baselinePrefix)
      ? (await findBaseline(target.slice(baselinePrefix.length), baselines, like)).path
      : target;
    return { kind: 'baseline', reference, cell, baseline: await readBaseline(path) };
  }
  const run = await readRun(await findRun(target, reports));
  return { kind: 'run', reference, cell, run, fingerprint: await fingerprintOf(run) };
}

/** What stands before and after the last `@`; a path that exists may have one of its own. */
async function splitReference(reference: string): Promise<{ target: string; cell: string | null }> {
  const at = reference.lastIndexOf('@');
  const isPath = await stat(reference).then(
    () => true,
    () => false,
  );
  if (at <= 0 || isPath) return { target: reference, cell: null };
  return { target: reference.slice(0, at), cell: reference.slice(at + 1) };
}

/**
 * The baseline `NAME` or `SCENARIO/NAME`: of the scenario and host class that are wanted, else of that scenario on another host,
 * else the only one of its name.
 * @throws HarnessError `usage` where there is none, or more than one that it could be
 */
export async function findBaseline(written: string, under: string, like: Likeness | null): Promise<BaselineListing> {
  const all = await listBaselines(under);
  const found = candidatesOf(written, all, like);
  const [first] = found;
  if (first === undefined) throw notFound(written, under, all);
  if (found.length > 1) {
    throw new HarnessError('usage', `${found.length} baselines are called "${written}".`, {
      hint: `Name one by its file: ${found.map(({ path }) => path).join(', ')}.`,
    });
  }
  return first;
}

/** The baseline of that name for a scenario; null where there is none, on whatever host. */
export async function findBaselineFor(name: string, under: string, like: Likeness): Promise<BaselineListing | null> {
  const found = candidatesOf(name, await listBaselines(under), like).filter(
    ({ scenario }) => scenario === like.scenario,
  );
  return found[0] ?? null;
}

function candidatesOf(written: string, all: readonly BaselineListing[], like: Likeness | null): BaselineListing[] {
  const slash = written.lastIndexOf('/');
  const scenario = slash === -1 ? null : written.slice(0, slash);
  const name = written.slice(slash + 1);
  const named = all.filter(one => one.name === name && (scenario === null || one.scenario === scenario));
  const ofScenario = named.filter(one => one.scenario === (scenario ?? like?.scenario));
  const ofHost = ofScenario.filter(one => one.hostClassId === like?.hostClassId);
  return [ofHost, ofScenario, named].find(({ length }) => length > 0) ?? [];
}

function notFound(written: string, under: string, all: readonly BaselineListing[]): HarnessError {
  const meant = didYouMean(
    written,
    all.map(({ name }) => name),
  );
  const otherwise =
    all.length === 0
      ? 'Save one with `highwater baseline save RUN`.'
      : '`highwater baseline list` shows what there is.';
  return new HarnessError('usage', `There is no baseline "${written}" under ${under}.`, {
    hint: meant === undefined ? otherwise : `Did you mean "${meant}"?`,
  });
}
