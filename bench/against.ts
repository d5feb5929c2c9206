/** Reads the setting that `--against` names, a scenario file or a git ref, and joins it to a planned scenario. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import {
  chooseCells,
  type ClusterIdentity,
  HarnessError,
  needsBrokers,
  otherReleases,
  type Plan,
  refuseOtherCluster,
  type ScenarioFile,
  withAgainst,
} from '../src/index.ts';
import { checkOut, type CheckedOut } from './git-ref.ts';
import { type PlannedScenario, planScenario, type ScenarioFlags } from './scenario-options.ts';
import type { Terminal } from './terminal.ts';

/** The setting that a run's own is held against. */
export interface OtherSide {
  readonly file: ScenarioFile;
  readonly name: string;
  /** Null for a file. */
  readonly commit: string | null;
}

/** What the other side is read with. */
interface Reading {
  readonly flags: ScenarioFlags & { readonly against?: string | undefined };
  readonly terminal: Terminal;
  /** Takes what must last as long as the run. */
  readonly opened: AsyncDisposableStack;
}

/**
 * The scenario with the cells of the other setting beside its own; as it is where none is named.
 * @throws HarnessError `usage` with what is wrong with the other setting, or where the two cannot be run together
 */
export async function joinOther(
  planned: PlannedScenario,
  path: string,
  { flags, terminal, opened }: Reading,
): Promise<PlannedScenario & { readonly other: OtherSide | null }> {
  const { against } = flags;
  if (against === undefined) return { ...planned, other: null };
  const place = await placeOf(against, path);
  if (place.checkedOut !== null) opened.use(place.checkedOut);
  // narrowed below, to the cells that this side has
  const found = await planScenario(place.path, { ...flags, cells: [], skip: [] }).catch(inWordsOf(place));
  const isNarrowed = flags.cells.length + flags.skip.length > 0;
  const other = isNarrowed ? cellsLike(found.plan, planned.plan) : found.plan;
  const plan = withAgainst(planned.plan, other, place.name);
  if (needsBrokers(plan)) {
    const own = await clusterOf(planned, place.checkedOut?.repository ?? null);
    refuseOtherCluster(own, await clusterOf(found, place.checkedOut?.tree ?? null), place.name);
  }
  if (place.checkedOut !== null) await tellOfReleases(plan, place.name, place.checkedOut, terminal);
  return { ...planned, plan, other: { file: found.file, name: place.name, commit: place.checkedOut?.commit ?? null } };
}

interface Place {
  readonly path: string;
  /** As reports call it. */
  readonly name: string;
  readonly checkedOut: CheckedOut | null;
}

async function placeOf(against: string, path: string): Promise<Place> {
  const isFile = await stat(against).then(
    found => found.isFile(),
    () => false,
  );
  if (isFile || /\.ya?ml$/.test(against)) return { path: against, name: basename(against), checkedOut: null };
  const folder = await realpath(dirname(resolve(path)));
  const checkedOut = await checkOut(against, folder);
  const within = join(relative(checkedOut.repository, folder), basename(path));
  const there = join(checkedOut.tree, within);
  const isThere = await stat(there).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await checkedOut[Symbol.asyncDispose]();
    throw new HarnessError('usage', `--against ${against}: ${within} does not exist there.`, {
      hint: 'Name a ref that has the scenario, or another scenario file.',
    });
  }
  return { path: there, name: against, checkedOut };
}

/** A problem in a file of a ref is told by the ref, not by the temporary folder. */
const inWordsOf =
  ({ name, checkedOut }: Place) =>
  (error: unknown): never => {
    if (!(error instanceof HarnessError) || checkedOut === null) throw error;
    const message = error.message.replaceAll(join(checkedOut.tree, '/'), `${name}:`);
    throw new HarnessError(
      error.reason,
      message,
      error.hint === undefined ? { cause: error } : { hint: error.hint, cause: error },
    );
  };

/** Where this side was narrowed, the other's cells without a counterpart say nothing. */
function cellsLike(other: Plan, { cells }: Plan): Plan {
  const ids = new Set(other.cells.map(({ id }) => id));
  const only = cells.map(({ id }) => id).filter(id => ids.has(id));
  return only.length === 0 ? other : chooseCells(other, { only, skip: [] });
}

/** `root` is the folder that stands for the repository; null where files mean themselves. */
async function clusterOf({ file, plan }: PlannedScenario, root: string | null): Promise<ClusterIdentity> {
  const { source } = plan.scenario.cluster;
  const { security } = file;
  if (source.kind !== 'compose') return { source, composeText: null, security };
  const composeText = await readFile(source.file, 'utf8').catch(() => null);
  const path = root === null ? source.file : relative(root, await realpath(source.file).catch(() => source.file));
  return { source: { ...source, file: path.startsWith('..') ? source.file : path }, composeText, security };
}

/** A ref brings its files, not its packages: where that matters it is said. */
async function tellOfReleases(plan: Plan, name: string, { tree }: CheckedOut, terminal: Terminal): Promise<void> {
  const lockFile = await readFile(join(tree, 'package-lock.json'), 'utf8').catch(() => '');
  const choices = plan.cells.flatMap(({ scenario: { producers, consumers } }) => [
    producers.driver,
    ...Object.values(consumers).map(({ driver }) => driver),
  ]);
  const installed = new Set(choices.filter(({ version }) => version === null).map(choice => choice.name));
  for (const release of otherReleases(lockFile, [...installed])) {
    const pins = `package-lock.json of ${name} pins ${release.package} ${release.pinned}`;
    terminal.error(
      `${terminal.sign('warning')} ${pins}: both sides are run with ${release.installed}, which is installed`,
    );
  }
}
