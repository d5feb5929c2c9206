/** Holds the drivers of real clients to the contract of failures, on a broker that is killed, paused and started again. */
import { after, before, describe, test } from 'node:test';
import type { Driver } from '../../src/drivers/driver.ts';
import { driverNames, loadDriver } from '../../src/drivers/registry.ts';
import { specifyFaults } from './contract/faults.ts';
import { type Ground, type GroundSpec, whyMissing } from './contract/subject.ts';
import { type FragileBroker, openFragileBroker } from './fragile-broker.ts';
import { openTopics } from './real-broker.ts';

let broker: FragileBroker | undefined;
before(async () => void (broker = await openFragileBroker()));
after(() => broker?.[Symbol.asyncDispose]());

/** A broker that was paused takes no new topics until it has told the controller that it is back. */
async function openGround(spec?: GroundSpec): Promise<Ground> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    try {
      return await openTopics((broker as FragileBroker).cluster, spec);
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

for (const name of driverNames.filter(driver => driver !== 'simulated')) {
  const driver: Driver | string = await loadDriver(name).catch(whyMissing);
  if (typeof driver === 'string') {
    test(`the driver ${name}`, { skip: driver }, () => undefined);
    continue;
  }
  describe(`the driver ${name}`, () =>
    specifyFaults({ name, driver, lacks: {}, openGround }, () => broker as FragileBroker));
}
