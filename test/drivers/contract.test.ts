/** Holds every driver of the registry to the contract: the simulated one on its simulated broker, the others on a real one. */
import { after, before, describe, test } from 'node:test';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import { driverNames, loadDriver } from '../../src/drivers/registry.ts';
import { specifyDriver } from './contract.ts';
import { openSimulatedTopics } from './contract/simulated-ground.ts';
import { type Subject, whyMissing } from './contract/subject.ts';
import { openBroker, openTopics } from './real-broker.ts';

let cluster: Cluster | undefined;
before(async () => void (cluster = await openBroker()));
after(() => cluster?.[Symbol.asyncDispose]());

function subjectOf(name: string, driver: Driver): Subject {
  if (name !== 'simulated')
    return { name, driver, lacks: {}, openGround: spec => openTopics(cluster as Cluster, spec) };
  const subject: Subject = {
    name,
    driver,
    lacks: {
      content: 'its broker keeps stamps alone',
      commits: 'its broker keeps no offsets of groups',
      transactions: 'its broker has no transactions',
    },
    openGround: spec => openSimulatedTopics(subject, spec),
  };
  return subject;
}

for (const name of driverNames) {
  const driver = await loadDriver(name).catch(whyMissing);
  if (typeof driver === 'string') {
    test(`the driver ${name}`, { skip: driver }, () => undefined);
    continue;
  }
  describe(`the driver ${name}`, () => specifyDriver(subjectOf(name, driver)));
}
