/** Opens the source of the brokers' own figures that a cluster and its scenario have. */
import { access } from 'node:fs/promises';
import { defaultKafkaVersion } from '../../scenario/blocks/cluster.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { openGuard } from '../guard.ts';
import { fetchJars } from '../jars.ts';
import { findJava } from '../java.ts';
import { followJmx } from './jmx.ts';
import { readProcesses } from './processes.ts';
import { scrape } from './prometheus.ts';
import type { BrokerFigures } from './source.ts';

/**
 * What `cluster.metrics` names, else the processes of brokers that were started here; null where there is neither.
 * @throws HarnessError 'environment' where JMX is asked for and no Java, or no Kafka, can be had
 */
export async function openBrokerFigures(
  cluster: { readonly processIds?: readonly number[] },
  metrics: Scenario['cluster']['metrics'],
  onProgress: (text: string) => void,
): Promise<BrokerFigures | null> {
  if (metrics?.prometheus !== undefined) return scrape(metrics.prometheus, onProgress);
  if (metrics?.jmx !== undefined) return openJmx(metrics.jmx, onProgress);
  if (cluster.processIds === undefined) return null;
  const hasProc = await access('/proc/self/stat').then(
    () => true,
    () => false,
  );
  if (hasProc) return readProcesses(() => cluster.processIds ?? []);
  onProgress("the brokers' own figures are not measured: this system has no /proc");
  return null;
}

async function openJmx(addresses: readonly string[], onProgress: (text: string) => void): Promise<BrokerFigures> {
  const [java, jarsFolder] = await Promise.all([
    findJava({ onProgress }),
    fetchJars(defaultKafkaVersion, { onProgress }),
  ]);
  const guard = await openGuard();
  const source = followJmx(addresses, { java, jarsFolder, guard }, onProgress);
  return {
    ...source,
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await guard[Symbol.asyncDispose]();
    },
  };
}
