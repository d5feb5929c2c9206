/** Specifies that a driver runs on the release that is named: several in one thread, one after the other, each with its own library. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { type Driver, plainText } from '../../../src/drivers/driver.ts';
import { driverNames, loadDriver, packagedDrivers, referenceTo, releaseOf } from '../../../src/drivers/registry.ts';
import { obtainRelease } from '../../../src/drivers/releases/obtain.ts';
import { versionSeenFrom } from '../../../src/drivers/releases/packages.ts';
import { probe } from '../../../src/drivers/releases/probe.ts';
import { assignTrial } from '../../../src/plan/assign.ts';
import type { Assignment } from '../../../src/plan/assignment.ts';
import { clientVersions } from '../../../src/run/clients.ts';
import { openThreads, type ThreadPool } from '../../../src/run/threads.ts';
import { defaultCacheFolder } from '../../../src/support/cache.ts';
import { HarnessError } from '../../../src/support/errors.ts';
import { aPlacement, planOf } from '../../plan/planning.ts';
import { whyMissing } from '../contract/subject.ts';
import { anEmptyCache, folderIn, npmThatInstalls } from './made-up.ts';

const installedVersion = versionSeenFrom('kafkajs', import.meta.url) as string;

type ClientModule = typeof import('../../../src/drivers/kafkajs/client.ts');

/** What the release's own `Kafka` says, which is all that a made-up one can do. */
async function clientOf(driver: Driver): Promise<string> {
  const options = { brokers: [], clientId: 'a', security: plainText, topics: [], config: {}, options: {} };
  const opening = driver.openProducer(options as never, {} as never);
  return await opening.then(
    () => 'opened',
    (error: Error) => error.message,
  );
}

suite('releases of one client', () => {
  let cache: Awaited<ReturnType<typeof anEmptyCache>>;
  const cacheBefore = process.env['HIGHWATER_CACHE'];
  before(async () => {
    cache = await anEmptyCache();
    process.env['HIGHWATER_CACHE'] = cache.cacheFolder;
    for (const version of ['9.9.8', '9.9.9']) {
      await obtainRelease({ driver: 'kafkajs', version }, { ...cache, npm: npmThatInstalls() });
    }
  });
  after(async () => {
    if (cacheBefore === undefined) delete process.env['HIGHWATER_CACHE'];
    else process.env['HIGHWATER_CACHE'] = cacheBefore;
    await cache[Symbol.asyncDispose]();
  });

  test('stand beside each other and the installed one in a thread, whatever is loaded first', async () => {
    const one = await loadDriver('kafkajs@9.9.8');
    const installed = await loadDriver('kafkajs');
    const other = await loadDriver('kafkajs@9.9.9');
    assert.equal(await clientOf(one), 'made by kafkajs 9.9.8');
    assert.equal(await clientOf(other), 'made by kafkajs 9.9.9');
    // its own tries to reach a broker
    assert.match(await clientOf(installed), /^kafkajs cannot open a producer/);
    const versions = await Promise.all([one, other, installed].map(driver => driver.clientVersion()));
    assert.deepEqual(versions, ['9.9.8', '9.9.9', installedVersion]);
  });

  test('are loaded once each, and the installed one is the same with its version as without', async () => {
    assert.equal(await loadDriver('kafkajs@9.9.9'), await loadDriver('kafkajs@9.9.9'));
    assert.equal(await loadDriver(`kafkajs@${installedVersion}`), await loadDriver('kafkajs'));
  });

  test('have modules of their own, and share those that are no client’s, so that their errors are known', async () => {
    await loadDriver('kafkajs@9.9.9');
    const address = new URL('../../../src/drivers/kafkajs/client.ts', import.meta.url);
    const installed = (await import(address.href)) as ClientModule;
    address.searchParams.set('release', folderIn(cache.cacheFolder, '9.9.9'));
    const released = (await import(address.href)) as ClientModule;
    assert.notEqual(released.cannotOpen, installed.cannotOpen);
    const options = { brokers: [], topics: [], security: plainText } as never;
    for (const { cannotOpen } of [installed, released]) {
      assert.ok(cannotOpen('producer', options, new Error('no')) instanceof HarnessError);
    }
  });

  test('that were not fetched are refused with what to do', async () => {
    await assert.rejects(loadDriver('kafkajs@9.9.7'), (error: unknown) => {
      assert.ok(error instanceof HarnessError && error.exitCode === 3 && error.hint !== undefined);
      return true;
    });
  });

  /** What a worker of the pool says when it is to open the assignment's client. */
  async function openedBy(threads: ThreadPool, assignment: Assignment): Promise<string> {
    await using channel = threads.open();
    channel.post({ type: 'prepare', startMicros: null, assignment });
    for await (const message of channel.messages) if (message.type === 'failed') return message.error.message;
    return 'nothing';
  }

  test('take turns in one thread of the pool, as the trials of a matrix do', async () => {
    const plan = await planOf('name: a\nmatrix: { driver: [kafkajs@9.9.8, kafkajs@9.9.9] }\nrepeat: 1\n');
    const assignments = plan.cells.map(({ id, scenario }) => {
      const placement = { ...somewhere, trial: { cell: id, block: 1, attempt: 1 } };
      return assignTrial(scenario, placement).assignments[0] as Assignment;
    });
    await using threads = openThreads(1);
    const said: string[] = [];
    for (const assignment of [...assignments, ...assignments]) said.push(await openedBy(threads, assignment));
    const once = ['made by kafkajs 9.9.8', 'made by kafkajs 9.9.9'];
    assert.deepEqual(said, [...once, ...once]);
    assert.deepEqual(await clientVersions(plan), { 'kafkajs@9.9.8': '9.9.8', 'kafkajs@9.9.9': '9.9.9' });
  });

  test('are told under the driver’s name where a run uses one of it', async () => {
    const plan = await planOf(
      'name: a\ndriver: kafkajs@9.9.8\nconsumers: { r: { driver: wire, groupProtocol: manual } }\n',
    );
    const { wire, ...clients } = await clientVersions(plan);
    assert.ok(wire !== undefined);
    assert.deepEqual(clients, { kafkajs: '9.9.8' });
  });
});

const somewhere = aPlacement({ brokers: ['localhost:1'] });

test('a reference says all of a choice', () => {
  const name = fc.constantFrom(...packagedDrivers);
  const version = fc.tuple(fc.nat(), fc.nat(), fc.nat()).map(parts => parts.join('.'));
  fc.assert(
    fc.property(name, version, (driver, exact) => {
      assert.deepEqual(releaseOf(referenceTo({ name: driver, version: exact })), { driver, version: exact });
    }),
  );
  for (const driver of driverNames) {
    assert.equal(releaseOf(referenceTo({ name: driver, version: null })), null);
  }
});

for (const driver of packagedDrivers) {
  test(`${driver}, as it is installed, has all that its driver needs`, async t => {
    const missing = await loadDriver(driver).then(() => undefined, whyMissing);
    if (missing !== undefined) return t.skip(missing);
    const version = versionSeenFrom(driver, import.meta.url) as string;
    await probe({ driver, version }, 'nowhere', defaultCacheFolder());
  });
}
