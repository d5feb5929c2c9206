import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ended, openWorkplace, resultOf, type Workplace } from './program.ts';
import { closedLoop, scenario } from './scenarios.ts';

async function stoppedIn(block: number, signal: NodeJS.Signals, works: Workplace, ...flags: string[]): Promise<Ended> {
  await using running = works.start(['three.yaml', '--progress', 'plain', ...flags]);
  await running.said(new RegExp(`block ${block}/3 started`));
  running.kill(signal);
  return await running.ended;
}

test('a run that was interrupted, resumed, killed outright and resumed again has each trial once', async () => {
  await using works = await openWorkplace({ 'three.yaml': scenario({ ...closedLoop, repeat: 3 }) });
  const interrupted = await stoppedIn(2, 'SIGINT', works, '--json', '--set', 'producers.linger=1ms');
  assert.equal(interrupted.exitCode, 130);
  const { runId, seed } = resultOf(interrupted);
  assert.match(interrupted.stderr, new RegExp(`^Go on with: npx highwater run three\\.yaml --resume ${runId}$`, 'm'));

  const killed = await stoppedIn(3, 'SIGKILL', works, '--resume', runId);
  assert.equal(killed.signal, 'SIGKILL');
  assert.match(killed.stderr, new RegExp(`resumed +${runId}: 2 of 3 trials are left`));
  assert.doesNotMatch(killed.stderr, /block 1\/3 started/);

  const ended = await works.run(['run', '--json', '--resume', 'three.yaml']);
  assert.equal(ended.exitCode, 0, ended.stderr);
  const result = resultOf(ended);
  const [cell] = result.cells;
  assert.deepEqual([result.runId, result.seed, result.overridden], [runId, seed, { 'producers.linger': '1ms' }]);
  assert.deepEqual(
    cell?.trials.map(({ block, attempt }) => [block, attempt]),
    [
      [1, 1],
      [2, 1],
      [3, 1],
    ],
  );
  assert.deepEqual(
    cell?.failures.map(({ block, aborted }) => [block, aborted]),
    [[2, true]],
  );
  assert.deepEqual(
    result.resumed?.map(({ trialsBefore }) => trialsBefore),
    [1, 2],
  );
});
