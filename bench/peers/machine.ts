/** Says on what machine, and under which settings, the tools were compared. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bytes, describeHost, whole } from '../../src/index.ts';
import { settings } from './settings.ts';

export interface Setting {
  readonly java: string;
  readonly kafkaVersion: string;
  readonly rounds: number;
  readonly seconds: number;
}

/** A list in Markdown. */
export async function describeMachine({ java, kafkaVersion, rounds, seconds }: Setting): Promise<string> {
  const host = await describeHost();
  const { stderr } = await promisify(execFile)(java, ['-version']);
  const memory = bytes(Number(host['memoryBytes']));
  const { valueBytes, acks, batchSizeBytes, lingerMillis, partitions, partitionsOfBoth } = settings;
  return [
    `- machine: ${String(host['cpu'])}, ${String(host['cores'])} cores, ${memory} of memory, ${String(host['os'])}; broker and tools on it together`,
    `- versions: Apache Kafka ${kafkaVersion}, Node ${String(host['node'])}, ${stderr.split('\n')[0]}, Highwater ${String(host['commit'])}`,
    `- settings: values of ${valueBytes} bytes without keys, acks ${acks}, batches of ${whole(batchSizeBytes)} bytes, linger ${lingerMillis} ms; ${partitions} partitions, ${partitionsOfBoth} where both sides run at once`,
    `- medians of ${rounds} rounds of about ${seconds} s in random order, after one that does not count`,
  ].join('\n');
}
