/** Looks at what runs need to have installed: Node, Java, Kafka, client libraries, and brokers that answer. */
import { defaultKafkaVersion } from '../../scenario/blocks/cluster.ts';
import { openCluster } from '../../cluster/cluster.ts';
import { hasJars } from '../../cluster/jars.ts';
import { installedJava } from '../../cluster/java.ts';
import { type DriverName, driverNames, loadDriver } from '../../drivers/registry.ts';
import { serializeError } from '../../support/errors.ts';
import { type Check, type Diagnosis, fail, ok, warn } from './diagnosis.ts';

/** The release line that is pinned, and that figures of this repository were made with. */
const pinnedNode = 24;

export const node: Check = {
  name: 'node',
  look: async () => {
    const { version } = process;
    const major = Number(/^v(\d+)/.exec(version)?.[1]);
    // one that is too old does not come to this
    return major === pinnedNode
      ? ok(version)
      : warn(
          `${version}: figures are made with Node ${pinnedNode}, and others may be faster or slower`,
          `Use Node ${pinnedNode} LTS.`,
        );
  },
};

export const java: Check = {
  name: 'java',
  look: async () => {
    const found = await installedJava();
    if (found !== null) return ok(`${found.version ?? 'of unknown version'}, ${found.path}`);
    const what = 'none: one will be fetched when local brokers are first started, which takes Python 3 with pip';
    return warn(what, 'Install Java 17 or newer, or let it be fetched; --brokers needs none.');
  },
};

export const kafka: Check = {
  name: 'kafka',
  look: async () =>
    (await hasJars(defaultKafkaVersion))
      ? ok(`${defaultKafkaVersion}, in the cache`)
      : warn(
          `${defaultKafkaVersion} is not in the cache: it will be downloaded when local brokers are first started`,
          'Let it, or do it now: highwater cluster up, highwater cluster down.',
        ),
};

/** Loads all of a client library, its native part too. */
async function lookAtDriver(name: DriverName): Promise<Diagnosis> {
  try {
    const driver = await loadDriver(name);
    const absent = (await driver.absent?.()) ?? [];
    const version = await driver.clientVersion();
    if (absent.length === 0) return ok(version);
    return fail(`${version} lacks ${absent.join(', ')}`, 'Install the release that package-lock.json pins: npm ci.');
  } catch (error) {
    const { message, hint } = serializeError(error);
    // one driver less is no reason not to run the others
    return warn(
      `cannot be loaded: ${message}`,
      `${hint ?? 'Install its package: npm ci.'} Scenarios with other drivers run.`,
    );
  }
}

export const drivers: readonly Check[] = driverNames.map(name => ({
  name: `driver ${name}`,
  look: () => lookAtDriver(name),
}));

export const brokers: Check = {
  name: 'brokers',
  look: async options => {
    if (options.brokers.length === 0) return null;
    await using cluster = await openCluster({ kind: 'external', brokers: [...options.brokers] });
    const { brokerCount, kafkaVersion, clusterId } = cluster;
    return ok(`${brokerCount} of Apache Kafka ${kafkaVersion}, cluster ${clusterId}, all reached`);
  },
};
