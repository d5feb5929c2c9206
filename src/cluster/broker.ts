/** Runs one broker as a process group of its own, with its log in its folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError, messageOf } from '../support/errors.ts';
import type { Guard } from './guard.ts';
import { killGroup } from '../support/processes.ts';
import { untilPaused } from './process-state.ts';
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

/** For a broker that puts its data in order, or records its classes. */
const stopTimeoutMillis = 30_000;
const tailLines = 15;

/** How a broker's process ended. */
export interface BrokerEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was to end: `stop` was called before, or its end was expected. */
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
  /** Whether an end that is not of `stop` is one that was asked for: what it needs was taken from it on purpose. */
  expectEnd(isExpected: boolean): void;
  /** Keeps it from running, without its peers being told. Settles when it does not run any more. */
  pause(): Promise<void>;
  /** Lets it run again. */
  resume(): void;
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

class SpawnedBroker implements BrokerProcess {
  readonly node: BrokerNode;
  readonly pid: number;
  readonly ended: Promise<BrokerEnd>;
  readonly #child: ChildProcess;
  #isToEnd = false;
  #end: BrokerEnd | undefined;

  constructor(node: BrokerNode, child: ChildProcess & { pid: number }, guard: Guard) {
    this.node = node;
    this.pid = child.pid;
    this.#child = child;
    guard.watch(child.pid);
    child.unref(); // a harness that ends without stopping it ends; the guard does the rest
    this.ended = new Promise(resolve => {
      child.once('exit', (exitCode, signal) => {
        guard.forget(child.pid); // its number may soon be another process's
        this.#end = { exitCode, signal, asked: this.#isToEnd };
        resolve(this.#end);
      });
    });
  }

  end(): BrokerEnd | undefined {
    return this.#end;
  }

  expectEnd(isExpected: boolean): void {
    this.#isToEnd = isExpected;
  }

  async stop(how: 'now' | 'inOrder'): Promise<void> {
    if (this.#end !== undefined) return;
    this.#isToEnd = true;
    this.#child.ref();
    killGroup(this.pid, how === 'now' ? 'SIGKILL' : 'SIGTERM');
    if (how === 'inOrder') this.resume(); // one that is paused would not hear of it
    const insist = setTimeout(killGroup, stopTimeoutMillis, this.pid, 'SIGKILL');
    await this.ended;
    clearTimeout(insist);
  }

  async pause(): Promise<void> {
    if (this.#end !== undefined) return;
    if (process.platform === 'win32') {
      throw new HarnessError('environment', `Broker ${this.node.id} cannot be paused: Windows has no signals.`, {
        hint: 'Kill or stop it, or pause it on Linux or macOS.',
      });
    }
    killGroup(this.pid, 'SIGSTOP');
    try {
      await untilPaused(this.pid);
    } catch (error) {
      this.resume(); // nobody would, for nobody knows that it is paused
      throw error;
    }
  }

  resume(): void {
    if (this.#end === undefined && process.platform !== 'win32') killGroup(this.pid, 'SIGCONT');
  }
}

/** Starts a configured and formatted node; the guard kills it should the harness die. */
export async function startBroker(node: BrokerNode, programs: KafkaPrograms, guard: Guard): Promise<BrokerProcess> {
  const broker = new SpawnedBroker(node, await spawnBroker(node, programs), guard);
  return broker;
}
