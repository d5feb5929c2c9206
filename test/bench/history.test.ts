import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { openStore } from '../../src/results/store.ts';
import { aPlan } from '../builders/plan.ts';
import { aMeasurement, latency } from '../builders/trial.ts';
import { openWorkplace } from './program.ts';

const works = await openWorkplace();
after(() => works[Symbol.asyncDispose]());

/** A stored run of one trial; its resolved scenario names the rate. */
async function storeRun(number: number, ackMicros: number, rate = '1000/s'): Promise<void> {
  await using store = await openStore(aPlan({ cells: ['all'], repeat: 1 }), {
    under: join(works.folder, 'reports'),
    runId: `2026-01-${String(number + 1).padStart(2, '0')}T00-00-00Z-test`,
    source: 'name: acks\n',
    resolved: `name: acks\nload:\n  rate: ${rate}\n`,
    overridden: {},
  });
  await store.environment({ commit: `commit${number}`, cpu: 'EPYC', cores: 2 });
  const latencies = { ...aMeasurement().latencies, ack: latency(ackMicros) };
  await store.trialDone(aMeasurement({ cell: 'acks-all', block: 1, attempt: 1, latencies }));
  await store.end([]);
}

suite('history', async () => {
  const levels = [5_000, 5_050, 4_950, 5_020, 4_980, 5_010, 6_000, 6_050, 5_950, 6_020];
  for (const [number, micros] of levels.entries()) await storeRun(number, micros);
  await storeRun(levels.length, 9_000, '2000/s');
  await storeRun(levels.length + 1, 6_010);
  await mkdir(join(works.folder, 'reports/acks/notes'));

  test('tells of the scenario that was run last, and between which commits it changed', async () => {
    const { exitCode, stdout, stderr } = await works.run(['history']);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^acks {3}12 runs/);
    assert.match(stdout, /^ {2}✗ worse \+\d+\.\d %, 10 ms → 12 ms, between commit5 and commit6/m);
    assert.match(stdout, /^ {2}left out: 1 with other settings$/m);
    assert.match(stderr, /⚠ left out: .*notes holds no run/);
  });

  test('prints one document with --json, of the metrics that are asked for', async () => {
    const { stdout } = await works.run(['history', 'acks', '--json', '--metric', 'ack.p50', '--metric', 'service.p99']);
    const { series } = JSON.parse(stdout) as {
      series: { metric: string; points: object[]; changes: { index: number }[] }[];
    };
    assert.deepEqual(
      series.map(({ metric, points, changes }) => [metric, points.length, changes.map(({ index }) => index)]),
      [
        ['ack.p50', 11, [6]],
        ['service.p99', 11, []],
      ],
    );
  });

  test('draws in ASCII with --no-unicode', async () => {
    const { stdout } = await works.run(['history', 'acks', '--no-unicode']);
    assert.match(stdout, /^ +[\d.]+ ms \| +\*+$/m);
    assert.doesNotMatch(stdout, /[•│▲✗→]/);
  });

  for (const [args, ...said] of [
    [['history', 'ackks'], /There is no run of "ackks" under reports/, /Did you mean "acks"\?/],
    [['history', '--out', 'elsewhere'], /There is no run under elsewhere/],
    [['history', 'acks', '--metric', 'ack.p98'], /"ack\.p98" is no metric/, /Did you mean ack\.p9/],
    [['history', 'acks', '--cells', 'acks=7'], /No cell of the newest run is acks=7/, /There are: "acks=all"/],
  ] as const) {
    test(`${args.join(' ')} ends with 2 and says what to do`, async () => {
      const { exitCode, stdout, stderr } = await works.run(args);
      assert.deepEqual([exitCode, stdout], [2, '']);
      for (const pattern of said) assert.match(stderr, pattern);
    });
  }
});
