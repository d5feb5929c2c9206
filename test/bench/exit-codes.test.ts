import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { openWorkplace, resultOf } from './program.ts';
import { closedLoop, readBack, scenario } from './scenarios.ts';

/** The generator stands still for half of the time. */
const stall = { every: '200ms', for: '100ms' };

/** One cell for every reason not to be content; no cell meets the check. */
const reasons = scenario({
  ...closedLoop,
  consumers: { readers: {} },
  matrix: {
    cell: {
      sound: {},
      lossy: { 'simulated.lose': 0.5 },
      broken: { 'producers.partitioning': { custom: './broken.mjs' } },
      stalled: { load: { rate: '500/s', warmup: '50ms', measure: '400ms' }, 'simulated.generatorStall': stall },
    },
  },
  checks: [{ metric: 'ackedPerSecond', min: '1000000/s' }],
});

const works = await openWorkplace({
  'sound.yaml': scenario(closedLoop),
  'met.yaml': scenario({ ...closedLoop, checks: [{ metric: 'ackedPerSecond', min: '1/s' }] }),
  'missed.yaml': scenario({ ...closedLoop, checks: [{ metric: 'ackedPerSecond', min: '1000000/s' }] }),
  'unread.yaml': scenario({ ...closedLoop, checks: [{ metric: 'lost', max: 0 }] }),
  'reasons.yaml': reasons,
  'ended.yaml': scenario({
    ...closedLoop,
    repeat: 3,
    load: { outstanding: 10, warmup: '50ms', measure: '20s' },
    simulated: { serviceTime: '5ms', servers: 'unlimited', freeze: [{ at: '0s', for: '1500ms' }] },
    checks: [{ metric: 'ackedPerSecond', min: '100/s', every: '1s', abort: true }],
  }),
  'real.yaml': 'name: real\n',
  'broken.mjs': 'export default () => 99;\n',
});
after(() => works[Symbol.asyncDispose]());

const run = (...args: readonly string[]) => works.run([...args, '--quiet', '--json']);

suite('a run whose trials are all finished and valid', () => {
  for (const [sentence, file, exitCode, verdicts] of [
    ['ends with 0 where no check was asked', 'sound.yaml', 0, []],
    ['ends with 0 where every check passed', 'met.yaml', 0, ['pass']],
    ['ends with 10 where a check failed', 'missed.yaml', 10, ['fail']],
    ['ends with 10 where a check found no data: nobody read back what could be lost', 'unread.yaml', 10, ['no-data']],
  ] as const) {
    test(sentence, async () => {
      const ended = await run(file);
      const result = resultOf(ended);
      assert.deepEqual([ended.exitCode, result.exitCode], [exitCode, exitCode]);
      assert.deepEqual(
        result.checks.map(({ verdict }) => verdict),
        verdicts,
      );
    });
  }
});

test('a run whose cell a check has ended exits with 10, not with 4 for the trials that were not run because of it', async () => {
  const ended = await run('ended.yaml');
  const { exitCode, reasons: given, cells, checks } = resultOf(ended);
  assert.deepEqual([ended.exitCode, exitCode, given], [10, 10, ['check']]);
  assert.deepEqual([cells[0]?.trials.length, checks[0]?.verdict], [1, 'fail']);
  const [trial] = cells[0]?.trials ?? [];
  assert.ok(
    trial !== undefined && trial.validity === 'invalid' && trial.windowMicros < 10e6,
    String(trial?.windowMicros),
  );
});

suite(
  'what a simulated broker does to acknowledged messages ends the run with 13, and is counted to the message',
  () => {
    for (const [fault, count] of [
      ['lose', 'lost'],
      ['duplicate', 'duplicated'],
      ['reorder', 'reordered'],
    ] as const) {
      test(fault, async () => {
        await using own = await openWorkplace({ 'fault.yaml': readBack({ [fault]: 0.05 }, { seed: 1 }) });
        const ended = await own.run(['fault.yaml', '--quiet', '--json']);
        const { reasons: given, cells } = resultOf(ended);
        assert.equal(ended.exitCode, 13);
        assert.deepEqual(given, ['integrity']);
        const { counts, injected } = cells[0]?.trials[0] ?? assert.fail('no trial');
        assert.ok(counts[count] !== null && counts[count] > 0, `nothing was ${count}`);
        assert.equal(counts[count], injected?.[count]);
        const others = ['lost', 'duplicated', 'reordered'].filter(other => other !== count) as (typeof count)[];
        for (const other of others) assert.equal(counts[other], 0, `${other}, which nobody asked for`);
      });
    }

    test('but not with acks 0, which promise nothing', async () => {
      await using own = await openWorkplace({ 'fault.yaml': readBack({ lose: 0.05 }, { producers: { acks: 0 } }) });
      assert.equal((await own.run(['fault.yaml', '--quiet', '--json'])).exitCode, 0);
    });
  },
);

suite('where several reasons hold, the gravest gives the code and all are told', () => {
  for (const [cells, exitCode, given] of [
    [['sound', 'lossy', 'broken', 'stalled'], 13, ['check', 'incomplete', 'integrity', 'invalid']],
    [['sound', 'broken', 'stalled'], 5, ['check', 'incomplete', 'invalid']],
    [['sound', 'broken'], 4, ['check', 'incomplete']],
    [['sound'], 10, ['check']],
  ] as const) {
    test(`${given.join(', ')} → ${exitCode}`, async () => {
      const ended = await run('reasons.yaml', ...cells.flatMap(cell => ['--cells', `cell=${cell}`]));
      const result = resultOf(ended);
      assert.deepEqual([ended.exitCode, result.exitCode], [exitCode, exitCode]);
      assert.deepEqual(result.reasons.toSorted(), given);
    });
  }
});

test('a trial that fails is told with its reason, and the other cells are measured', async () => {
  const ended = await run('reasons.yaml', '--cells', 'cell=sound', '--cells', 'cell=broken', '--repeat', '2');
  const { cells } = resultOf(ended);
  const [sound, broken] = cells;
  assert.deepEqual(
    sound?.trials.map(({ block }) => block),
    [1, 2],
  );
  assert.deepEqual(
    broken?.failures.map(({ block, aborted }) => [block, aborted]),
    [
      [1, false],
      [2, false],
    ],
  );
  assert.match(broken?.failures[0]?.message ?? '', /chose partition 99 for message 0 \(no key\); the topic has 1/);
});

suite('exit code 3 says what to do about the environment', () => {
  test('where nothing listens at the brokers’ address', async () => {
    const { exitCode, stdout, stderr } = await works.run(['real.yaml', '--brokers', '127.0.0.1:1']);
    assert.equal(exitCode, 3);
    assert.equal(stdout, '');
    assert.match(stderr, /No broker at 127\.0\.0\.1:1 \(connection refused after 3 tries, \d\.\d s\)/);
    assert.match(stderr, /leave them out to have a local Kafka started/);
  });

  test('where the folder for results cannot be written', async () => {
    const { exitCode, stdout, stderr } = await run('sound.yaml', '--out', 'broken.mjs');
    assert.equal(exitCode, 3);
    assert.equal(stdout, '');
    assert.match(stderr, /broken\.mjs.* cannot be written/);
    assert.match(stderr, /--out/);
  });
});
