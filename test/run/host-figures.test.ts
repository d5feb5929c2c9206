/** Holds the readers of Linux's own figures to texts as kernels write them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cgroupFolders, parseCpuStat, throttledBetween } from '../../src/run/cgroup.ts';
import { neighboursBetween, parseProcess, ticksOfTree } from '../../src/run/neighbours.ts';
import { parseCpuStallMicros, parseCpuTimes, stealBetween } from '../../src/run/pressure.ts';
import { parseSchedstat, type ScheduleAccounts, worstShare } from '../../src/run/schedstat.ts';

suite('pressure', () => {
  test('is the total of the line "some"', () => {
    const text =
      'some avg10=19.28 avg60=18.60 avg300=19.97 total=207832542\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n';
    assert.equal(parseCpuStallMicros(text), 207_832_542);
  });

  test('is not known where the kernel keeps none', () => {
    assert.equal(parseCpuStallMicros(''), null);
  });
});

suite('steal', () => {
  const cpuLine = (user: number, idle: number, steal: number): string =>
    `cpu  ${user} 0 100 ${idle} 20 0 5 ${steal} 30 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n`;

  test('is a share of all ticks, of which those of guests are no part: they stand under user', () => {
    const before = parseCpuTimes(cpuLine(1_000, 5_000, 10));
    const after = parseCpuTimes(cpuLine(1_050, 5_030, 30));
    assert.deepEqual(before, { total: 6_135, busy: 1_105, stolen: 10 });
    assert.equal(stealBetween(before, after), 20 / 100);
  });

  for (const [what, text] of [
    ['there is no such file', ''],
    ['the kernel is older than steal', 'cpu  1 2 3 4 5 6 7\n'],
  ] as const) {
    test(`is not known where ${what}`, () => assert.equal(parseCpuTimes(text), null));
  }

  test('is not known where no tick passes: such a kernel does not count', () => {
    const frozen = parseCpuTimes(cpuLine(0, 0, 0));
    assert.equal(stealBetween(frozen, frozen), null);
  });
});

suite('throttling', () => {
  const v2 = 'usage_usec 51\nuser_usec 30\nsystem_usec 21\nnr_periods 200\nnr_throttled 7\nthrottled_usec 70000\n';
  const v1 = 'nr_periods 40\nnr_throttled 3\nthrottled_time 1200\n';
  for (const [what, text, expected] of [
    ['of version 2', v2, { periods: 200, throttled: 7 }],
    ['of version 1', v1, { periods: 40, throttled: 3 }],
    ['of the outermost group of version 2, which has no quota', 'usage_usec 51\n', { periods: 0, throttled: 0 }],
    ['that is missing', '', null],
  ] as const) {
    test(`is read from a cpu.stat ${what}`, () => assert.deepEqual(parseCpuStat(text), expected));
  }

  test('of a group binds those within it: its folder and all around it are looked at', () => {
    assert.deepEqual(cgroupFolders('0::/kubepods/pod1/app\n'), [
      '/sys/fs/cgroup/kubepods/pod1/app',
      '/sys/fs/cgroup/kubepods/pod1',
      '/sys/fs/cgroup/kubepods',
      '/sys/fs/cgroup',
    ]);
  });

  test('in version 1 is kept by the hierarchy that has the controller cpu', () => {
    const text = '9:name=systemd:/init\n4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n2:cpuset:/\n';
    assert.deepEqual(cgroupFolders(text), [
      '/sys/fs/cgroup/cpu,cpuacct/docker/1',
      '/sys/fs/cgroup/cpu,cpuacct/docker',
      '/sys/fs/cgroup/cpu,cpuacct',
      '/sys/fs/cgroup/cpu/docker/1',
      '/sys/fs/cgroup/cpu/docker',
      '/sys/fs/cgroup/cpu',
    ]);
  });

  test('is the worst group’s share of its periods', () => {
    const before = new Map([
      ['inner', { periods: 100, throttled: 5 }],
      ['outer', { periods: 1_000, throttled: 0 }],
    ]);
    const after = new Map([
      ['inner', { periods: 200, throttled: 7 }],
      ['outer', { periods: 1_100, throttled: 0 }],
    ]);
    assert.equal(throttledBetween(before, after), 2 / 100);
    assert.equal(throttledBetween(before, before), 0);
    assert.equal(throttledBetween(before, null), null);
    assert.equal(throttledBetween(null, after), null);
  });
});

suite('waiting in a run queue', () => {
  const accounts = (waits: Readonly<Record<string, number>>): ScheduleAccounts =>
    new Map(Object.entries(waits).map(([thread, waitedMicros]) => [thread, { ranMicros: 0, waitedMicros }]));

  test('is the second of three numbers, in ns', () => {
    assert.deepEqual(parseSchedstat('5000000 45625000 12\n'), { ranMicros: 5_000, waitedMicros: 45_625 });
  });

  test('is not known where the kernel counts nothing: a thread that reads this has had its turn', () => {
    assert.equal(parseSchedstat('0 0 0\n'), null);
    assert.equal(parseSchedstat(''), null);
  });

  test('is the worst thread’s, of those that were there from the beginning to the end', () => {
    const before = accounts({ a: 0, b: 500, ended: 0 });
    const after = accounts({ a: 100, b: 700, begun: 900 });
    assert.equal(worstShare(before, after, 'waitedMicros', 1_000), 0.2);
    assert.equal(worstShare(before, null, 'waitedMicros', 1_000), null);
  });
});

suite('neighbours', () => {
  test('a process’s time is its own and that of children that have ended; its name may hold anything', () => {
    const text = '42 (a) b (c) S 7 42 42 0 -1 4194304 100 0 0 0 11 12 13 14 20 0 9 0 100 1000 200';
    assert.deepEqual(parseProcess(text), { id: 42, parent: 7, ticks: 50 });
    assert.equal(parseProcess(''), null);
  });

  test('are all but Highwater and what it has started, however far down', () => {
    const tree = [
      { id: 10, parent: 1, ticks: 5 },
      { id: 11, parent: 10, ticks: 30 },
      { id: 12, parent: 11, ticks: 400 },
      { id: 20, parent: 1, ticks: 9_000 },
    ];
    assert.equal(ticksOfTree(10, tree), 435);
  });

  test('used what was busy and not our own', () => {
    const usage = (busy: number, ownTicks: number | null) => ({
      times: { total: 2 * busy, busy, stolen: 0 },
      ownTicks,
    });
    assert.equal(neighboursBetween(usage(100, 50), usage(200, 90)), 0.3);
    assert.equal(neighboursBetween(usage(100, 50), usage(200, null)), null);
  });
});
