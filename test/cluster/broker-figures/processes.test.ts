/** Linux's own files become readings of processes and of this host. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  busyCpuSeconds,
  deviceOf,
  diskBusySeconds,
  kilobytesIn,
  processCpuSeconds,
  readProcesses,
} from '../../../src/cluster/broker-figures/processes.ts';
import { figuresBetween } from '../../../src/cluster/broker-figures/reading.ts';

test('a process’s CPU time is its user and system time, whatever its name holds, without its children’s', () => {
  const stat = '77 (a) b (c) S 1 77 77 0 -1 4194304 73741 0 1 0 315 41 900 900 30 10 112 0 1422842 3362721792';
  assert.equal(processCpuSeconds(stat), 3.56);
  assert.equal(processCpuSeconds(''), undefined);
});

test('a host is busy in all but idle time, waiting for disks and what the hypervisor took', () => {
  assert.equal(busyCpuSeconds('cpu  100 20 30 5000 400 5 45 77 60 0\ncpu0 1 2 3 4 5 6 7\n'), 2);
  assert.equal(busyCpuSeconds('cpu  100\n'), undefined);
});

test('a disk is found by its numbers, and its busy time is the tenth of its figures', () => {
  const disks = ' 254       0 vda 1 2 3 4 5 6 7 8 9 12500 11 12 13 14\n 254      16 vdb 1 2 3 4 5 6 7 8 9 1 11\n';
  assert.deepEqual(diskBusySeconds(disks, 254, 0), ['vda', 12.5]);
  assert.equal(diskBusySeconds(disks, 0, 45), undefined);
  assert.deepEqual(deviceOf(65_024), [254, 0]);
  assert.deepEqual(deviceOf(0x10_0000 + 0x803), [8, 259]);
  assert.equal(kilobytesIn('VmHWM:\t    9 kB\nVmRSS:\t  10 kB\n', 'VmRSS'), 10_240);
});

test(
  'this process is seen to work, beside its host, and one that is gone is missed',
  { skip: process.platform !== 'linux' },
  async () => {
    const gone = 2 ** 22 + 1;
    await using source = readProcesses(() => [process.pid, gone]);
    const before = await source.look();
    const until = performance.now() + 300;
    while (performance.now() < until) writeFileSync('/dev/null', 'x');
    const after = await source.look();
    assert.deepEqual([before.missed, after.missed], [1, 1]);
    const [[broker, host], [brokerAfter, hostAfter]] = [before.readings, after.readings];
    assert.ok(broker && host && brokerAfter && hostAfter);
    assert.deepEqual([broker.of, host.of], ['broker', 'host']);
    const own = figuresBetween(broker, brokerAfter);
    assert.ok((own.cpuCores ?? 0) > 0, 'CPU');
    assert.ok((own.residentBytes ?? 0) > 10e6, 'memory');
    // from outside a process cannot be told by its share of the loopback device
    assert.equal(own.receivedBytesPerSecond, null);
    assert.ok((figuresBetween(host, hostAfter).cpuCores ?? 0) > 0);
    assert.ok((hostAfter.levels.freeBytes ?? 0) > 0);
  },
);
