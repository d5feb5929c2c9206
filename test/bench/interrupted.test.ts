import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type Ended, openWorkplace, type Running, resultOf } from './program.ts';
import { closedLoop, readBack, scenario } from './scenarios.ts';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Three blocks, of which the first is over when the second begins. */
const threeBlocks = { ...closedLoop, repeat: 3 };

async function untilSecondBlock(running: Running): Promise<void> {
  await running.said(/block 1\/3 done/);
  await running.said(/block 2\/3 started/);
}

async function stoppedInSecondBlock(running: Running, signal: NodeJS.Signals): Promise<Ended> {
  await untilSecondBlock(running);
  running.kill(signal);
  return await running.ended;
}

suite('a signal ends the run in order, and what is finished is kept', () => {
  for (const [signal, exitCode, reason] of [
    ['SIGINT', 130, 'interrupted'],
    ['SIGTERM', 143, 'terminated'],
  ] as const) {
    test(`${signal} gives ${exitCode}`, async () => {
      await using works = await openWorkplace({ 'three.yaml': scenario(threeBlocks) });
      await using running = works.start(['three.yaml', '--json']);
      const ended = await stoppedInSecondBlock(running, signal);
      assert.deepEqual([ended.exitCode, ended.signal], [exitCode, null]);
      assert.match(ended.stderr, /Stopping: draining messages in flight/);
      const { reasons, cells, runId, finishedAt } = resultOf(ended);
      assert.deepEqual(reasons, [reason, 'incomplete']);
      assert.deepEqual(
        cells[0]?.trials.map(({ block }) => block),
        [1],
      );
      assert.deepEqual(
        cells[0]?.failures.map(({ block, aborted }) => [block, aborted]),
        [[2, true]],
      );
      assert.ok(finishedAt);
      for (const report of ['result.json', 'report.md']) {
        assert.ok(await exists(join(works.folder, 'reports/short', runId, report)), `there is no ${report}`);
      }
      const shown = await works.run(['show', 'latest']);
      assert.equal(shown.exitCode, 0);
      assert.match(shown.stdout, new RegExp(`1 of 3 trials[^]*${reason}.*exit ${exitCode}`));
    });
  }

  test('a stopped trial keeps what it has measured, and does not count', async () => {
    await using works = await openWorkplace({ 'long.yaml': scenario({ ...closedLoop, name: 'long' }) });
    await using running = works.start(['long.yaml', '--duration', '60s', '--progress', 'live']);
    await running.said(/measure 1\/60 s/);
    running.kill('SIGINT');
    const { exitCode, stdout } = await running.ended;
    assert.equal(exitCode, 130);
    assert.match(stdout, /0 of 1 trials/);
    assert.ok(await exists(join(works.folder, 'reports/long/latest/trials/long/1.aborted/trial.json')));
  });

  test('an interruption weighs more than messages lost before it', async () => {
    await using works = await openWorkplace({ 'three.yaml': readBack({ lose: 0.5 }, { repeat: 3 }) });
    await using running = works.start(['three.yaml', '--json']);
    const ended = await stoppedInSecondBlock(running, 'SIGINT');
    assert.equal(ended.exitCode, 130);
    assert.deepEqual(resultOf(ended).reasons.toSorted(), ['incomplete', 'integrity', 'interrupted']);
  });

  test('scenarios that had their turn still to come are not run, and the code says so', async () => {
    await using works = await openWorkplace({
      'three.yaml': scenario(threeBlocks),
      'next.yaml': scenario({ ...closedLoop, name: 'next' }),
    });
    await using running = works.start(['three.yaml', 'next.yaml', '--json']);
    const { exitCode, stdout } = await stoppedInSecondBlock(running, 'SIGINT');
    assert.equal(exitCode, 130);
    assert.deepEqual(
      JSON.parse(stdout).map(({ name }: { name: string }) => name),
      ['short'],
    );
    assert.ok(!(await exists(join(works.folder, 'reports/next'))));
  });
});

suite('messages in flight', () => {
  /** Nothing is answered before a minute has passed. */
  const unanswering = scenario({
    load: { outstanding: 10, warmup: '0s', measure: '60s' },
    simulated: { serviceTime: '60s', servers: 'unlimited' },
  });

  test('are waited for no longer than --drain-timeout', async () => {
    await using works = await openWorkplace({ 'slow.yaml': unanswering });
    await using running = works.start(['slow.yaml', '--drain-timeout', '700ms', '--progress', 'live']);
    await running.said(/measure \d/);
    const stoppedAt = performance.now();
    running.kill('SIGINT');
    assert.equal((await running.ended).exitCode, 130);
    const waitedMillis = performance.now() - stoppedAt;
    assert.ok(waitedMillis > 650 && waitedMillis < 4_000, `it took ${waitedMillis} ms`);
  });

  test('are not waited for after a second signal', async () => {
    await using works = await openWorkplace({ 'slow.yaml': unanswering });
    await using running = works.start(['slow.yaml', '--drain-timeout', '60s', '--progress', 'live', '--json']);
    await running.said(/measure \d/);
    running.kill('SIGINT');
    await running.said(/Stopping/);
    const stoppedAt = performance.now();
    running.kill('SIGINT');
    const { exitCode, signal, stdout } = await running.ended;
    // of which a shell makes 130
    assert.deepEqual([exitCode, signal, stdout], [null, 'SIGINT', '']);
    assert.ok(performance.now() - stoppedAt < 2_000, 'it did not end at once');
    const shown = await works.run(['show', 'latest']);
    assert.match(shown.stdout, /not finished: killed, or still going on/);
  });
});

test('a run that is killed outright can be shown with every finished trial', async () => {
  await using works = await openWorkplace({ 'three.yaml': scenario(threeBlocks) });
  await using running = works.start(['three.yaml']);
  const { signal } = await stoppedInSecondBlock(running, 'SIGKILL');
  assert.equal(signal, 'SIGKILL');
  const { exitCode, stdout } = await works.run(['show', 'latest']);
  assert.equal(exitCode, 0);
  assert.match(stdout, /not finished: killed, or still going on/);
  assert.match(stdout, /1 of 3 trials, 1 valid/);
});
