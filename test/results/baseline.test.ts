/** Specifies how baselines are kept, found and refused, and what of a run makes it comparable. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { baselineOf, blemishesOf } from '../../src/analysis/sides.ts';
import { conclude } from '../../src/analysis/conclude.ts';
import { Baseline, listBaselines, readBaseline, removeBaseline, writeBaseline } from '../../src/results/baseline.ts';
import { fingerprintOf } from '../../src/results/fingerprint.ts';
import { readRun } from '../../src/results/read.ts';
import { findBaseline, findBaselineFor, openReference } from '../../src/results/references.ts';
import { HarnessError } from '../../src/support/errors.ts';
import { aFingerprint } from '../builders/side.ts';
import { anEnvironment, type StoredLike, storeRun } from '../builders/stored.ts';
import { aCell, aRun } from '../builders/trial.ts';

const folder = await mkdtemp(join(tmpdir(), 'highwater-test-baseline-'));
after(() => rm(folder, { recursive: true, force: true }));

const steady = [5_000, 5_050, 4_950, 5_020, 4_980];
const facts = { name: 'main', fingerprint: aFingerprint(), savedAt: new Date(0), forced: [] };
const aBaseline = (over: Partial<Baseline> = {}): Baseline => ({
  ...baselineOf(aRun({ one: aCell('one', steady) }), facts),
  ...over,
});
/** Numbers as far as a baseline keeps them. */
const inTenths = (document: unknown): unknown =>
  JSON.parse(
    JSON.stringify(document, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value)),
  );
const isUsage = (said: RegExp) => (error: unknown) =>
  error instanceof HarnessError && error.reason === 'usage' && said.test(`${error.message} ${error.hint}`);

suite('a baseline', () => {
  test('is read as it was written, to a tenth of a microsecond', async () => {
    const { path } = await writeBaseline(join(folder, 'kept'), aBaseline());
    assert.deepEqual(inTenths(await readBaseline(path)), inTenths(aBaseline()));
    assert.equal(path, join(folder, 'kept', 'acks', 'xeon-2c-24g-linux-x64-vm-local', 'main.json'));
  });

  test('takes the place of an older one of its name, and leaves nothing else behind', async () => {
    const under = join(folder, 'replaced');
    await writeBaseline(under, aBaseline());
    const { path } = await writeBaseline(under, aBaseline({ runId: 'newer' }));
    assert.equal((await readBaseline(path)).runId, 'newer');
    assert.deepEqual(await readdir(join(path, '..')), ['main.json']);
  });

  for (const cells of [6, 40]) {
    test(`of ${cells} cells of five trials ${cells === 6 ? 'is' : 'keeps its figures where it is not'} below 50 kB`, async () => {
      const all = Object.fromEntries(Array.from({ length: cells }, (_, i) => [`c${i}`, aCell(`c${i}`, steady)]));
      const { path, bytes } = await writeBaseline(join(folder, `of-${cells}`), baselineOf(aRun(all), facts));
      const read = await readBaseline(path);
      assert.equal(bytes <= 50_000, cells === 6);
      assert.deepEqual(
        read.cells.map(cell => [cell.trials.length, 'ack' in cell.histograms]),
        Array.from({ length: cells }, () => [5, cells === 6]),
      );
    });
  }

  for (const [sentence, text, said] of [
    ['that is torn', '{"baselineVersion":1,', /is no baseline of this version.*Save it again/],
    ['of a later version', JSON.stringify({ ...aBaseline(), baselineVersion: 2 }), /is no baseline of this version/],
    ['with a key that nobody knows', JSON.stringify({ ...aBaseline(), extra: 1 }), /is no baseline of this version/],
  ] as const) {
    test(`${sentence} is refused`, async () => {
      const path = join(folder, 'broken.json');
      await writeFile(path, text);
      await assert.rejects(readBaseline(path), isUsage(said));
    });
  }

  test('that is missing is refused', () =>
    assert.rejects(readBaseline(join(folder, 'nosuch.json')), isUsage(/cannot be read/)));
});

suite('a baseline’s name', async () => {
  const under = join(folder, 'named');
  const elsewhere = aFingerprint({ hostClassId: 'epyc' });
  for (const one of [
    aBaseline(),
    aBaseline({ fingerprint: elsewhere }),
    aBaseline({ scenario: 'linger' }),
    aBaseline({ scenario: 'linger', name: 'nightly' }),
  ]) {
    await writeBaseline(under, one);
  }
  const here = { scenario: 'acks', hostClassId: aFingerprint().hostClassId };

  test('is listed by scenario and host class', async () =>
    assert.deepEqual(
      (await listBaselines(under)).map(({ scenario, hostClassId, name }) => [scenario, hostClassId, name]),
      [
        ['acks', 'epyc', 'main'],
        ['acks', here.hostClassId, 'main'],
        ['linger', here.hostClassId, 'main'],
        ['linger', here.hostClassId, 'nightly'],
      ],
    ));

  for (const [sentence, written, like, found] of [
    ['means the one of the scenario and host', 'main', here, ['acks', here.hostClassId]],
    [
      '… of the other host where this one has none',
      'main',
      { ...here, scenario: 'linger', hostClassId: 'epyc' },
      ['linger', here.hostClassId],
    ],
    ['may name its scenario', 'linger/main', here, ['linger', here.hostClassId]],
    ['needs no scenario where it is the only one', 'nightly', null, ['linger', here.hostClassId]],
  ] as const) {
    test(sentence, async () => {
      const { scenario, hostClassId } = await findBaseline(written, under, like);
      assert.deepEqual([scenario, hostClassId], found);
    });
  }

  test('that several bear is refused where nothing tells them apart', () =>
    assert.rejects(findBaseline('main', under, null), isUsage(/3 baselines are called "main".*acks.*linger/)));

  test('that is misspelt is refused, with the one that was meant', () =>
    assert.rejects(
      findBaseline('mains', under, here),
      isUsage(/There is no baseline "mains".*Did you mean "main"\?/s),
    ));

  test('of another scenario is no baseline for a run', async () =>
    assert.equal(await findBaselineFor('nightly', under, here), null));

  test('is free again once it is removed', async () => {
    const { path } = await findBaseline('nightly', under, null);
    await removeBaseline(path);
    assert.equal((await listBaselines(under)).length, 3);
  });
});

suite('a fingerprint', () => {
  const of = async ({ resolved = {}, environment = anEnvironment }: Partial<StoredLike>) => {
    const own = await mkdtemp(join(folder, 'resolved-'));
    await writeFile(join(own, 'resolved.yaml'), JSON.stringify(resolved));
    return fingerprintOf({ ...aRun({ one: [] }), folder: own, environment });
  };

  test('names the host class so that it can be a folder', async () => {
    const { hostClassId } = await of({});
    assert.equal(hostClassId, 'xeon-cpu-2.20ghz-2c-24g-linux-x64-vm-local');
  });

  const plain = {
    name: 'acks',
    load: { rate: '5000/s' },
    producers: { driver: 'confluent' },
    cluster: { local: { version: '4.3.1' } },
  };
  for (const [sentence, resolved, isSame] of [
    [
      'does not depend on name, question, seed, repeat and checks',
      { ...plain, name: 'other', question: '?', seed: 1, repeat: 10, checks: [1] },
      true,
    ],
    ['… nor on a driver’s version', { ...plain, producers: { driver: 'confluent@1.9.0' } }, true],
    ['… nor on Kafka’s', { ...plain, cluster: { local: { version: '4.4.0' } } }, true],
    ['… nor on brokers’ addresses', { ...plain, cluster: { local: {}, prefix: 'x.' } }, true],
    [
      '… nor on the levels of the matrix, for cells are matched one by one',
      { ...plain, matrix: { 'producers.acks': [1] } },
      true,
    ],
    [
      '… nor on the simulated broker, which is named like a real one’s settings',
      { ...plain, simulated: { serviceTime: '1ms' } },
      true,
    ],
    ['… nor on the order of keys', Object.fromEntries(Object.entries(plain).toReversed()), true],
    ['depends on the load', { ...plain, load: { rate: '6000/s' } }, false],
    ['depends on the driver', { ...plain, producers: { driver: 'kafkajs' } }, false],
    ['depends on the number of brokers', { ...plain, cluster: { local: { brokers: 3 } } }, false],
  ] as const) {
    test(`of the scenario ${sentence}`, async () => {
      const [one, other] = await Promise.all([of({ resolved: plain }), of({ resolved })]);
      assert.equal(one.scenarioHash === other.scenarioHash, isSame);
    });
  }

  test('tells versions and broker settings', async () => {
    const { versions, brokerConfig } = await of({});
    assert.deepEqual(versions, {
      Highwater: '0.1.0',
      Node: '24.21.0',
      kernel: '6.1.0',
      Kafka: '4.3.1',
      confluent: '1.10.1',
    });
    assert.deepEqual(brokerConfig, anEnvironment.cluster.brokerConfig);
  });

  test('of a run that recorded nothing says so', async () => {
    const { hostClass, scenario } = await fingerprintOf({ ...aRun({ one: [] }), environment: {} });
    assert.deepEqual(new Set([...Object.values(hostClass), scenario]), new Set([null]));
  });
});

suite('a run is no fit baseline', () => {
  for (const [sentence, over, blemishes] of [
    ['when it is partial', { repeat: 6 }, ['partial']],
    ['when it was interrupted', { reasons: ['interrupted'] }, ['partial']],
    ['when its checkout was dirty', { environment: { commit: 'a41c9e0-dirty' } }, ['dirty']],
    ['when it was overridden', { overridden: { 'load.rate': '9/s', repeat: '5' } }, ['overridden (load.rate)']],
    ['but is one when it has more trials than the file says', { overridden: { repeat: '5', seed: '1' } }, []],
    ['but is one outside a checkout', { environment: { commit: null } }, []],
  ] satisfies readonly (readonly [string, Partial<StoredLike>, readonly string[]])[]) {
    test(sentence, async () => {
      const under = await mkdtemp(join(folder, 'blemished-'));
      const run = await readRun(await storeRun({ under, runId: 'r', cells: { all: steady }, ...over }));
      assert.deepEqual(blemishesOf(conclude(run), run), blemishes);
    });
  }
});

test('a reference may be a path that has an @ of its own', async () => {
  const under = await mkdtemp(join(folder, 'at@home-'));
  const path = await storeRun({ under, runId: 'r', cells: { all: steady } });
  const places = { reports: under, baselines: join(under, 'baselines') };
  assert.deepEqual((await openReference(path, places)).cell, null);
  assert.deepEqual((await openReference('latest@acks-all', places)).cell, 'acks-all');
  assert.ok((await readFile(join(path, 'resolved.yaml'), 'utf8')).includes('5000/s'));
});
