/** Runs one broker as a process group of its own, with its log in its folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError, messageOf } from '../support/errors.ts';
import type { Guard } from './guard.ts';
import { giveWay } from '../support/priority.ts';
import { killGroup } from '../support/processes.ts';
import { type BrokerConfig, type BrokerNode, formatProperties } from './server-properties.ts';
import type { KafkaPrograms } from './storage.ts';

/** A heap that three brokers on one host can afford, and Kafka's own choice of collector. */
const brokerJavaFlags: readonly string[] = [
  '-Xms256m',
  '-Xmx512m',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
];

/** What a broker says from WARN on, on stdout, which is its log file. */
const loggingSettings: BrokerConfig = {
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '%d{ISO8601} %p %c{1}: %m%n',
  'rootLogger.level': 'WARN',
  'rootLogger.appenderRef.out.ref': 'out',
};

/** On cores that they share, the generator comes first: what it is late by would be taken for theirs. */
const brokerNiceness = 10;

/** For a broker that puts its data in order, or records its classes. */
const stopTimeoutMillis = 30_000;
const tailLines = 15;

/** How a broker's process ended. */
export interface BrokerEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether `stop` was called before. */
  readonly asked: boolean;
}

/** A started broker. */
export interface BrokerProcess {
  readonly node: BrokerNode;
  /** Of the process, and of its process group. */
  readonly pid: number;
  /** Settles when the process has ended, whoever ended it; never rejects. */
  readonly ended: Promise<BrokerEnd>;
  /** How it ended; undefined while it runs. */
  end(): BrokerEnd | undefined;
  /**
   * Ends it. `now` kills: its data goes away with it, and controllers that all end in order wait for each other. `inOrder`
   * lets it put its data in order, and insists after a bound.
   */
  stop(how: 'now' | 'inOrder'): Promise<void>;
}

/** The file that holds what a broker wrote. */
export const logFileOf = (node: BrokerNode): string => join(node.folder, 'broker.log');

/** Where in Kafka something was thrown: of use to its makers, and more lines than what was thrown. */
const stackFrame = /^\s+(?:at |\.{3} \d+ more)/;

/** The last lines of a broker's log, without stacks; empty where it logged nothing. */
export async function logTail(node: BrokerNode): Promise<string> {
  const lines = (await readFile(logFileOf(node), 'utf8')).trimEnd().split('\n');
  return lines
    .filter(line => !stackFrame.test(line))
    .slice(-tailLines)
    .join('\n');
}

async function spawnBroker(node: BrokerNode, programs: KafkaPrograms): Promise<ChildProcess & { pid: number }> {
  const logging = join(node.folder, 'log4j2.properties');
  const flags = [
    ...brokerJavaFlags,
    ...programs.javaFlags,
    `-Dlog4j2.configurationFile=${logging}`,
    `-Dkafka.logs.dir=${node.folder}`,
  ];
  const main = ['-cp', join(programs.jarsFolder, '*'), 'kafka.Kafka', join(node.folder, 'server.properties')];
  await using log = await open(logFileOf(node), 'a');
  const child = spawn(programs.java, [...flags, ...main], {
    cwd: node.folder,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new HarnessError('environment', `Broker ${node.id} could not be started: ${messageOf(cause)}.`, {
      hint: `Check that ${programs.java} can be run.`,
      cause,
    });
  }
  return child as ChildProcess & { pid: number };
}

/** Writes a node's configuration into its folder, which is made where it is missing. */
export async function configureBroker(node: BrokerNode, settings: BrokerConfig): Promise<void> {
  await mkdir(node.folder, { recursive: true });
  await writeFile(join(node.folder, 'server.properties'), formatProperties(settings));
  await writeFile(join(node.folder, 'log4j2.properties'), formatProperties(loggingSettings));
}

/** Starts a configured and formatted node; the guard kills it should the harness die. */
export async function startBroker(node: BrokerNode, programs: KafkaPrograms, guard: Guard): Promise<BrokerProcess> {
  const child = await spawnBroker(node, programs);
  const { pid } = child;
  guard.watch(pid);
  child.unref(); // a harness that ends without stopping it ends; the guard does the rest
  let asked = false;
  let end: BrokerEnd | undefined;
  const ended = new Promise<BrokerEnd>(resolve => {
    child.once('exit', (exitCode, signal) => {
      guard.forget(pid); // its number may soon be another process's
      end = { exitCode, signal, asked };
      resolve(end);
    });
  });
  await giveWay(pid, brokerNiceness);
  return {
    node,
    pid,
    ended,
    end: () => end,
    async stop(how) {
      if (end !== undefined) return;
      asked = true;
      child.ref();
      killGroup(pid, how === 'now' ? 'SIGKILL' : 'SIGTERM');
      const insist = setTimeout(killGroup, stopTimeoutMillis, pid, 'SIGKILL');
      await ended;
      clearTimeout(insist);
    },
  };
}
