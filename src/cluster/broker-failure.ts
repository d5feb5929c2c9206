/** Says why a broker ended that nobody stopped, and keeps its log. */
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HarnessError } from '../support/errors.ts';
import { type BrokerEnd, type BrokerProcess, logFileOf, logTail } from './broker.ts';
import type { BrokerNode } from './server-properties.ts';

/** Copies a broker's log to where the removal of its data does not reach; undefined where that cannot be written to. */
async function keepLog(node: BrokerNode): Promise<string | undefined> {
  try {
    const kept = join(await mkdtemp(join(tmpdir(), 'highwater-kafka-log-')), `broker-${node.id}.log`);
    await copyFile(logFileOf(node), kept);
    return kept;
  } catch {
    return undefined; // a full disk is a reason for brokers to end: it must not hide itself
  }
}

/** Keeps a broker's log, and says what happened. */
async function brokerFailed(node: BrokerNode, { exitCode, signal }: BrokerEnd): Promise<HarnessError> {
  const [kept, tail] = await Promise.all([keepLog(node), logTail(node)]);
  const said = tail === '' ? 'It logged nothing.' : `The end of its log:\n${tail}`;
  const log = kept === undefined ? 'Its log could not be kept' : `Its whole log is ${kept}`;
  return new HarnessError(
    'environment',
    `Broker ${node.id} ended by itself (${signal ?? `exit code ${exitCode}`}). ${said}`,
    { hint: `${log}; check cluster.local.config, the free memory and the free disk space.` },
  );
}

/** What happened to a broker that was not asked to end; its log is kept once, however often that is asked. */
const failures = new WeakMap<BrokerProcess, Promise<HarnessError>>();
export function failureOf(broker: BrokerProcess, end: BrokerEnd): Promise<HarnessError> {
  const failure = failures.get(broker) ?? brokerFailed(broker.node, end);
  failures.set(broker, failure);
  return failure;
}
