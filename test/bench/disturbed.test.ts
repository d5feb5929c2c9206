/** Disturbs the generator on purpose, in ways whose effect is known: no such trial may be called valid, and each says what it was. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { judgeTrial } from '../../src/index.ts';
import type { StoredTrial } from '../../src/results/schema.ts';
import { storedTrial } from '../../src/results/trial.ts';
import { measurementsOf } from '../run/running.ts';
import { openWorkplace, resultOf, type Running } from './program.ts';
import { scenario } from './scenarios.ts';

const load = { rate: '1000/s', warmup: '300ms', measure: '3s' };
const healthy = 'serviceTime: 1ms, servers: unlimited';

/** One trial in this process. */
async function trialOf(simulated: string): Promise<StoredTrial> {
  const [measurement] = await measurementsOf(
    `load: { rate: ${load.rate}, warmup: ${load.warmup}, measure: ${load.measure} }\nsimulated: { ${simulated} }\nrepeat: 1\n`,
  );
  return storedTrial(measurement ?? assert.fail('no trial'));
}

/** Stops the program for half of each tenth of a second, as tools do that hold a process to half a core, until it has ended. */
async function throttle({ pid, ended }: Running): Promise<void> {
  let isRunning = true;
  void ended.then(() => (isRunning = false));
  const send = (signal: NodeJS.Signals): void => {
    if (isRunning) process.kill(pid, signal);
  };
  while (isRunning) {
    send('SIGSTOP');
    await pause(50);
    send('SIGCONT');
    await pause(50);
  }
}

/** Somebody on every core who takes what there is, and is nobody's child here: a shell that ends at once started them. Disposing ends them. */
function busyNeighbours(): Disposable {
  const neighbours = Array.from({ length: availableParallelism() }, () => {
    const { stdout } = spawnSync('sh', ['-c', '"$0" -e "for (;;);" > /dev/null 2>&1 & echo $!', process.execPath]);
    return Number(stdout.toString());
  });
  return {
    [Symbol.dispose]() {
      for (const neighbour of neighbours) process.kill(neighbour, 'SIGKILL');
    },
  };
}

const codesOf = (findings: readonly { readonly code: string }[]): string[] => findings.map(({ code }) => code);

/** By its own word the host was disturbed by others too, so that nothing may be expected to be silent. */
const isShared = ({ generator: { neighbourShare } }: StoredTrial): boolean => (neighbourShare ?? 0) > 0.1;

/** How many trials may show that nothing disturbs. */
const quietAttempts = 5;

const ofTheSchedule = ['schedule-not-held', 'event-loop-paused'];

suite('of trials that are disturbed on purpose', { skip: process.platform !== 'linux' }, () => {
  test('none of these disturbances is found where nothing disturbs: in one of some trials, as hosts have moments of their own', async (t: TestContext) => {
    const found: string[] = [];
    for (let times = 0; times < quietAttempts; times++) {
      const trial = await trialOf(healthy);
      const invalid = codesOf(judgeTrial(trial).findings.filter(({ validity }) => validity === 'invalid'));
      if (invalid.length === 0) return;
      if (!isShared(trial)) found.push(invalid.join(', '));
    }
    if (found.length < quietAttempts) t.skip('this host is shared');
    else assert.fail(`every one of ${quietAttempts} trials was found to be disturbed: ${found.join('; ')}`);
  });

  test('one whose generator stalls is not valid: messages are late, and its event loop stood still', async () => {
    const { validity, findings } = judgeTrial(await trialOf(`${healthy}, generatorStall: { every: 500ms, for: 50ms }`));
    assert.equal(validity, 'invalid');
    for (const code of ofTheSchedule) assert.ok(codesOf(findings).includes(code), JSON.stringify(findings));
  });

  test('one whose process is stopped over and over is not valid: messages are late, and its event loop stood still', async () => {
    const simulated = { serviceTime: '1ms', servers: 'unlimited' };
    await using works = await openWorkplace({ 'throttled.yaml': scenario({ load, simulated }) });
    await using running = works.start(['throttled.yaml', '--json', '--quiet']);
    await throttle(running);
    const trials = resultOf(await running.ended).cells.flatMap(cell => cell.trials);
    assert.ok(trials.length > 0);
    for (const { validity, findings } of trials) {
      assert.notEqual(validity, 'valid');
      for (const code of ofTheSchedule) assert.ok(codesOf(findings).includes(code), JSON.stringify(findings));
    }
  });

  test('one with a busy neighbour on every core is not valid: its threads stood in line for a CPU', async () => {
    using _ = busyNeighbours();
    const trial = await trialOf(healthy);
    const { validity, findings } = judgeTrial(trial);
    assert.equal(validity, 'invalid');
    assert.ok(codesOf(findings).includes('waited-for-cpu'), JSON.stringify(findings));
    assert.ok((trial.generator.neighbourShare ?? 0) > 0.2, `neighbours took ${trial.generator.neighbourShare}`);
  });
});
