/** Specifies what a store keeps of how a run was laid out: pairs, sides, and the second look. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { withAgainst } from '../../src/plan/against.ts';
import { withSecondLook } from '../../src/plan/looks.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Calibration, findCalibration, writeCalibration } from '../../src/results/calibration.ts';
import { readRun } from '../../src/results/read.ts';
import { openStore, type Store } from '../../src/results/store.ts';
import { aPlan } from '../builders/plan.ts';

const under = await mkdtemp(join(tmpdir(), 'highwater-test-looks-'));
after(() => rm(under, { recursive: true }));

let runs = 0;
const aStore = (plan: Plan): Promise<Store> =>
  openStore(plan, { under, runId: `run-${runs++}`, source: '', resolved: '', overridden: {} });

const headerOf = async ({ folder }: Store) => (await readRun(folder)).header;

test('a plan of one look and one setting says nothing of either', async () => {
  await using store = await aStore(aPlan());
  const { looks, pairs, against, cells } = await headerOf(store);
  assert.deepEqual([looks, pairs, against, cells[0]?.side], [undefined, undefined, undefined, undefined]);
});

test('sides and pairs are there from the start', async () => {
  await using store = await aStore(withAgainst(aPlan({ cells: ['1'] }), aPlan({ cells: ['1'] }), 'main'));
  const { pairs, against, cells } = await headerOf(store);
  assert.deepEqual(pairs, [{ a: 'against.acks-1', b: 'acks-1' }]);
  assert.deepEqual(against, { name: 'main', newCells: [], goneCells: [] });
  assert.deepEqual(
    cells.map(({ side }) => side),
    ['this', 'against'],
  );
});

test('two looks are declared from the start, and a run that was extended is one of twice the blocks', async () => {
  const plan = withSecondLook(aPlan({ repeat: 3 }));
  await using store = await aStore(plan);
  const before = await headerOf(store);
  assert.deepEqual([before.looks, before.repeat], [{ planned: 2, taken: 1, level: 0.0294 }, 3]);
  await store.extended(plan.extension ?? []);
  const { looks, repeat, order } = await headerOf(store);
  assert.deepEqual([looks, repeat], [{ planned: 2, taken: 2, level: 0.0294 }, 6]);
  assert.deepEqual(order, [...plan.order, ...(plan.extension ?? [])]);
});

test('a calibration is found for its scenario and host class alone, and a damaged one is none', async () => {
  const calibration: Calibration = {
    calibrationVersion: 1,
    scenario: 'acks',
    hostClassId: 'xeon-2c',
    runId: 'run',
    commit: null,
    at: '2026-01-01T00:00:00.000Z',
    repeat: 5,
    blocks: 20,
    cells: [],
  };
  assert.equal(await writeCalibration(under, calibration), join(under, 'acks', 'xeon-2c', 'calibration.json'));
  assert.deepEqual(await findCalibration(under, calibration), calibration);
  assert.equal(await findCalibration(under, { ...calibration, hostClassId: 'epyc-64c' }), null);
  await writeCalibration(under, { ...calibration, blocks: 0.5 });
  assert.equal(await findCalibration(under, calibration), null);
});
