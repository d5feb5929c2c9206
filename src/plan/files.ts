/** Opens the files that cells name before anything runs: payloads, and partitioners of the user's own. */
import { resolve } from 'node:path';
import { readPayloadFile } from '../load/payload-file.ts';
import type { PayloadLine } from '../load/payloads.ts';
import { importPartitioner } from '../partition/custom.ts';
import type { Issue } from '../scenario/issues.ts';
import { issueAt } from '../scenario/matrix.ts';
import type { Path } from '../scenario/paths.ts';
import type { Scenario } from '../scenario/schema.ts';
import { HarnessError } from '../support/errors.ts';

/** What came of opening a file, by its path. */
export interface OpenedFiles {
  readonly payloads: ReadonlyMap<string, readonly PayloadLine[] | HarnessError>;
  readonly modules: ReadonlyMap<string, HarnessError | null>;
}

/** The scenario with the files that it names by absolute paths, which mean the same in every process. */
export function withAbsolutePaths(scenario: Scenario, folder: string): Scenario {
  const { messages, producers, cluster } = scenario;
  const { content } = messages;
  const { partitioning } = producers;
  const { source } = cluster;
  const module = partitioning.module === null ? null : resolve(folder, partitioning.module);
  return {
    ...scenario,
    messages: {
      ...messages,
      content: content.kind === 'file' ? { ...content, path: resolve(folder, content.path) } : content,
    },
    producers: { ...producers, partitioning: { ...partitioning, module } },
    cluster: {
      ...cluster,
      source: source.kind === 'compose' ? { ...source, file: resolve(folder, source.file) } : source,
    },
  };
}

/** Reads the payload files, and imports the modules, that the scenarios name: each once. */
export async function openFiles(scenarios: readonly Scenario[]): Promise<OpenedFiles> {
  const payloads = new Set(scenarios.flatMap(({ messages }) => payloadPath(messages) ?? []));
  const modules = new Set(scenarios.flatMap(({ producers }) => producers.partitioning.module ?? []));
  return {
    payloads: new Map(await Promise.all([...payloads].map(async path => [path, await payloadsOf(path)] as const))),
    modules: new Map(await Promise.all([...modules].map(async path => [path, await importable(path)] as const))),
  };
}

const payloadPath = ({ content }: Scenario['messages']): string | null =>
  content.kind === 'file' ? content.path : null;

async function payloadsOf(path: string): Promise<readonly PayloadLine[] | HarnessError> {
  try {
    return await readPayloadFile(path);
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
}

async function importable(path: string): Promise<HarnessError | null> {
  try {
    await importPartitioner(path);
    return null;
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
}

/** What is wrong with the files that a cell names. */
export function fileIssues({ messages, producers }: Scenario, files: OpenedFiles): Issue[] {
  const payloads = files.payloads.get(payloadPath(messages) ?? '');
  const module = files.modules.get(producers.partitioning.module ?? '');
  return [
    ...(payloads instanceof HarnessError ? [fileIssue(['messages', 'file'], payloads)] : []),
    ...(module instanceof HarnessError ? [fileIssue(['producers', 'partitioning', 'custom'], module)] : []),
  ];
}

const fileIssue = (path: Path, { message, hint }: HarnessError): Issue =>
  issueAt('E109', path, 'value', message, hint ?? 'check the path');

/** The messages that a cell's payload file prescribes; none for one whose messages are generated. */
export function payloadLines({ messages }: Scenario, files: OpenedFiles): readonly PayloadLine[] {
  const lines = files.payloads.get(payloadPath(messages) ?? '');
  return lines === undefined || lines instanceof HarnessError ? [] : lines;
}
