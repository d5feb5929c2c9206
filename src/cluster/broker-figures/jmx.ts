/** Reads brokers' figures over JMX, by Kafka's own JmxTool: Java's remote objects are Java's alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nowMicros } from '../../support/clock.ts';
import { splitAddress } from '../../support/address.ts';
import type { Guard } from '../guard.ts';
import { shortLivedJavaFlags } from '../storage.ts';
import type { Series } from './exposition.ts';
import { brokerReading } from './kafka-names.ts';
import type { Reading } from './reading.ts';
import type { BrokerFigures } from './source.ts';

/** The tool tells all attributes of these: with a choice of attributes it wants each object to have every one of them, and else says nothing. */
const objects: readonly string[] = [
  'java.lang:type=OperatingSystem',
  ...['BytesIn', 'BytesOut', 'ReplicationBytesIn', 'ReplicationBytesOut', 'MessagesIn'].map(
    name => `kafka.server:type=BrokerTopicMetrics,name=${name}PerSec`,
  ),
  'kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent',
  'kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent',
  'kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions',
  'kafka.server:type=KafkaServer,name=linux-disk-write-bytes',
  'kafka.server:type=KafkaServer,name=linux-disk-read-bytes',
];

const everyMillis = 1_000;
/** A tool that ended is started again, but not at every look. */
const restartAfterMicros = 10e6;
/** So long after its last reading a broker counts as one that does not tell. */
const silentAfterMicros = 2.5e6;

/** `kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec:Count` → the series that an exporter without rules would give. */
export function seriesOf(attribute: string, text: string): Series[] {
  const match = /^([\w.]+):type=(\w+)(?:,name=([\w-]+))?:(\w+)$/.exec(attribute);
  const value = Number(text);
  if (match === null || text === '' || !Number.isFinite(value)) return [];
  const [, domain = '', type, bean, name] = match;
  return [
    {
      name: `${domain.replaceAll('.', '_')}_${type}_${name}`,
      labels: bean === undefined ? {} : { name: bean },
      value,
    },
  ];
}

/** What runs the tool. */
export interface JmxPrograms {
  readonly java: string;
  readonly jarsFolder: string;
  /** Ends the tools should this program be killed. */
  readonly guard: Guard;
}

/** Follows one broker: a tool that writes a line for each attribute once a second, the time first. */
class JmxFollower implements AsyncDisposable {
  readonly address: string;
  readonly #programs: JmxPrograms;
  readonly #onProgress: (text: string) => void;
  #tool: ChildProcess | null = null;
  #startedAtMicros = -Infinity;
  #lastAtMicros = nowMicros();
  #said = '';
  #isTold = false;
  #isOver = false;
  #lives = 0;
  #ready: Reading[] = [];

  constructor(address: string, programs: JmxPrograms, onProgress: (text: string) => void) {
    this.address = address;
    this.#programs = programs;
    this.#onProgress = onProgress;
    this.#start();
  }

  /** What has come since the last time; null where the broker has not told anything for long. */
  take(): readonly Reading[] | null {
    if (this.#tool === null && nowMicros() - this.#startedAtMicros > restartAfterMicros) this.#start();
    const ready = this.#ready;
    this.#ready = [];
    return ready.length === 0 && nowMicros() - this.#lastAtMicros > silentAfterMicros ? null : ready;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    const tool = this.#tool;
    if (tool === null) return;
    tool.ref();
    const ended = once(tool, 'close');
    tool.kill('SIGKILL');
    await ended;
  }

  #start(): void {
    const { java, jarsFolder, guard } = this.#programs;
    const { host, port } = splitAddress(this.address);
    const named = host.includes(':') ? `[${host}]` : host;
    const url = `service:jmx:rmi:///jndi/rmi://${named}:${port}/jmxrmi`;
    // what the environment asks of brokers' Java, such as a port for JMX, is not meant for this one
    const { JAVA_TOOL_OPTIONS: _, JDK_JAVA_OPTIONS: __, ...env } = process.env;
    const javaFlags = [...shortLivedJavaFlags, '-Xmx64m', '-cp', join(jarsFolder, '*')];
    const told = ['--jmx-url', url, '--report-format', 'tsv', '--reporting-interval', String(everyMillis)];
    const asked = objects.flatMap(name => ['--object-name', name]);
    const tool = spawn(java, [...javaFlags, 'org.apache.kafka.tools.JmxTool', ...told, ...asked], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#tool = tool;
    this.#startedAtMicros = nowMicros();
    this.#lives++;
    if (tool.pid !== undefined) guard.watch(tool.pid);
    tool.once('error', error => this.#end(error.message, guard));
    tool.once('close', () => this.#end(this.#said.trim().split('\n').at(-1) ?? '', guard));
    tool.stderr.on('data', (text: Buffer) => {
      this.#said = `${this.#said}${text.toString()}`.slice(-2_000);
    });
    // a program that ends without disposing of it ends; the guard does the rest
    tool.unref();
    for (const pipe of [tool.stdout, tool.stderr]) (pipe as Socket).unref();
    this.#follow(tool);
  }

  #follow(tool: ChildProcess & { readonly stdout: NodeJS.ReadableStream }): void {
    let series: Series[] = [];
    let atMicros = 0;
    createInterface(tool.stdout).on('line', line => {
      const [attribute = '', text = ''] = line.split('\t');
      if (attribute !== 'time') {
        series.push(...seriesOf(attribute, text));
        return;
      }
      // the time of the next block: all of this one is there
      this.#note(series, atMicros);
      series = [];
      atMicros = nowMicros() - (Date.now() - Number(text)) * 1e3;
    });
  }

  #note(series: readonly Series[], atMicros: number): void {
    const { host } = splitAddress(this.address);
    const reading = brokerReading(series, { name: this.address, host, atMicros });
    if (reading === null) return;
    this.#lastAtMicros = nowMicros();
    this.#ready.push({ ...reading, life: String(this.#lives) });
  }

  #end(said: string, guard: Guard): void {
    if (this.#tool?.pid !== undefined) guard.forget(this.#tool.pid);
    this.#tool = null;
    if (this.#isOver || this.#isTold) return;
    this.#isTold = true;
    this.#onProgress(`no figures of the broker at ${this.address} over JMX: ${said}`);
  }
}

/** Follows brokers at their JMX addresses, which ask for no password and speak without TLS. */
export function followJmx(
  addresses: readonly string[],
  programs: JmxPrograms,
  onProgress: (text: string) => void,
): BrokerFigures {
  const followers = addresses.map(address => new JmxFollower(address, programs, onProgress));
  return {
    kind: 'jmx',
    async look() {
      const taken = followers.map(follower => follower.take());
      return {
        readings: taken.flatMap(readings => readings ?? []),
        missed: taken.filter(readings => readings === null).length,
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(followers.map(follower => follower[Symbol.asyncDispose]()));
    },
  };
}
