/** Keeps what a run was planned from, so that a resumption can tell whether it would go on with the same thing. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Plan } from '../plan/plan.ts';
import { differencesOf } from './differences.ts';
import { sorted } from './resolved.ts';

/** All that decides which trials are run, and what each of them measures; values as JSON writes them. */
export const PlanRecord = z.strictObject({
  hash: z.string().describe('of the facts'),
  facts: z.record(z.string(), z.unknown()),
});
export type PlanRecord = z.infer<typeof PlanRecord>;

/** What a plan was made from. */
export interface PlanSources {
  readonly plan: Plan;
  /** The text of resolved.yaml, … */
  readonly resolved: string;
  /** … and of the setting that it is held against; null where there is none. */
  readonly against: string | null;
  /** Of the program and the clients. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The record of a plan. Files that the cells name count by what they hold. */
export async function recordPlan({ plan, resolved, against, versions }: PlanSources): Promise<PlanRecord> {
  const facts = {
    scenario: parse(resolved) as unknown,
    ...(against === null ? {} : { against: parse(against) as unknown }),
    seed: plan.seed,
    blocks: plan.repeat,
    cells: plan.cells.map(({ id }) => id),
    order: digest(JSON.stringify(plan.order)),
    looks: plan.extension === undefined ? 1 : 2,
    files: await fileFacts(plan),
    versions,
  };
  return { hash: digest(JSON.stringify(sorted(facts))), facts };
}

const digest = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 16);

/** By name, for the other setting's files lie in a folder of their own each time. */
async function fileFacts({ cells }: Plan): Promise<string[]> {
  const paths = cells.flatMap(({ scenario: { messages, producers, cluster } }) => [
    ...(messages.content.kind === 'file' ? [messages.content.path] : []),
    ...(producers.partitioning.module === null ? [] : [producers.partitioning.module]),
    ...(cluster.source.kind === 'compose' ? [cluster.source.file] : []),
  ]);
  const found = await Promise.all(
    [...new Set(paths)].map(
      async path => `${basename(path)} ${await readFile(path).then(digest, () => 'not readable')}`,
    ),
  );
  return [...new Set(found)].toSorted();
}

/** In what two records differ: `scenario.load.rate: 5000/s, now 6000/s`, a line each. */
export function planDifferences(before: PlanRecord, now: PlanRecord): string[] {
  const textOf = (value: string | null | undefined): string => (value === undefined ? 'not set' : String(value));
  return differencesOf(before.facts, now.facts).map(
    one => `${one.path}: ${textOf(one.before)}, now ${textOf(one.after)}`,
  );
}
