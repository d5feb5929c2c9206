import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { suite, test } from 'node:test';
import { doctorCommand } from '../../bench/commands/doctor.ts';
import { exitCodes, type NamedDiagnosis } from '../../src/index.ts';
import { judgeClockSource, judgeCores, judgeGovernors, judgeMemory, judgeSwap } from '../../src/run/doctor/host.ts';
import { judgeOpenFiles, judgeSpace, judgeTimers } from '../../src/run/doctor/limits.ts';
import { done } from './in-process.ts';

const doctor = (given: Partial<Parameters<typeof doctorCommand>[0]> = {}) =>
  done(doctorCommand, { out: tmpdir(), json: true, ...given });

interface Document {
  readonly isWell: boolean;
  readonly checks: readonly NamedDiagnosis[];
}

const expected = ['node', 'java', 'kafka', 'driver kafkajs', 'driver confluent', 'cores', 'virtualisation', 'steal'];
const alsoExpected = ['cpu governor', 'clock source', 'timers', 'memory', 'swap', 'open files', 'disk of reports'];

test('every thing that runs stand on is looked at once, and what is not well has a remedy', async () => {
  const { stdout } = await doctor();
  const { checks } = JSON.parse(stdout) as Document;
  const names = checks.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
  assert.deepEqual(
    [...expected, ...alsoExpected, 'disk of brokers', 'terminal'].filter(name => !names.includes(name)),
    [],
  );
  assert.ok(!names.includes('brokers'), 'nobody asked for them');
  for (const { name, health, found, remedy } of checks) {
    assert.notEqual(found, '', name);
    assert.equal(remedy !== null, health === 'warn' || health === 'fail', `${name}: ${health}, ${remedy}`);
  }
});

test('a broker that cannot be reached fails, and the exit code is 3', async () => {
  const { exitCode, stdout } = await doctor({ brokers: '127.0.0.1:1', json: false });
  assert.equal(exitCode, exitCodes.environment);
  assert.match(stdout, /^✗ brokers +No broker at 127\.0\.0\.1:1 \(connection refused .*\n +→ Check the addresses/m);
  assert.match(stdout, /, 1 failed, /);
});

test('so does one that speaks no Kafka', async () => {
  const server = createServer(socket => void socket.on('error', () => undefined).end('hello\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { exitCode, stdout } = await doctor({ brokers: `127.0.0.1:${(server.address() as AddressInfo).port}` });
    const brokers = (JSON.parse(stdout) as Document).checks.find(({ name }) => name === 'brokers');
    assert.deepEqual([exitCode, brokers?.health], [exitCodes.environment, 'fail']);
    assert.match(brokers?.found ?? '', /does not answer as a Kafka broker/);
  } finally {
    server.close();
  }
});

const gibibyte = 2 ** 30;
const meminfo = (total: number, free: number) => `MemTotal: 1 kB\nSwapTotal:   ${total} kB\nSwapFree:  ${free} kB\n`;

suite('what is found is judged', () => {
  for (const [what, { health, found }, wanted, said] of [
    ['tsc', judgeClockSource('tsc'), 'ok', /^tsc$/],
    ['hpet', judgeClockSource('hpet'), 'warn', /call into the kernel/],
    ['no clock source', judgeClockSource(null), 'unknown', /not told/],
    ['performance on all', judgeGovernors(['performance', 'performance']), 'ok', /^performance$/],
    ['one that saves power', judgeGovernors(['performance', 'powersave']), 'warn', /^performance, powersave/],
    ['no governor', judgeGovernors([]), 'unknown', /not told/],
    ['four cores', judgeCores(4), 'ok', /^4$/],
    ['three cores', judgeCores(3), 'warn', /^3: /],
    ['a gibibyte of memory', judgeMemory(gibibyte, 8 * gibibyte), 'ok', /^1\.0 GiB of 8\.0 GiB/],
    ['less memory', judgeMemory(gibibyte - 1, 8 * gibibyte), 'warn', /available$/],
    ['no swap', judgeSwap(meminfo(0, 0)), 'ok', /^none$/],
    ['swap that is not used', judgeSwap(meminfo(4096, 4096)), 'ok', /^0\.0 GiB/],
    ['swap in use', judgeSwap(meminfo(4 * 2 ** 20, 2 ** 20)), 'warn', /^3\.0 GiB of 4\.0 GiB in use/],
    ['no figures of swap', judgeSwap(null), 'unknown', /not told/],
    ['a disk with room', judgeSpace('/x', 5 * gibibyte, 'TMPDIR'), 'ok', /^5\.0 GiB free for \/x$/],
    ['a disk with little', judgeSpace('/x', gibibyte, 'TMPDIR'), 'warn', /^1\.0 GiB/],
    ['a full disk', judgeSpace('/x', 0, 'TMPDIR'), 'fail', /^0\.0 GiB/],
    ['unlimited files', judgeOpenFiles(Infinity), 'ok', /^unlimited$/],
    ['1,024 files', judgeOpenFiles(1024), 'warn', /^1024: /],
    ['64 files', judgeOpenFiles(64), 'fail', /^64$/],
    ['no figure of files', judgeOpenFiles(null), 'unknown', /not told/],
    ['punctual timers', judgeTimers([60, 80, 100], 0.1), 'ok', /0\.08 ms late at p50, 0\.10 ms at p99/],
    ['late timers', judgeTimers([60, 80, 4_000], 0.1), 'warn', /4\.00 ms at p99/],
    ['a coarse clock', judgeTimers([60, 80, 100], 1_000), 'warn', /step is 1000\.00 µs/],
  ] as const) {
    test(`${what}: ${wanted}`, () => {
      assert.equal(health, wanted);
      assert.match(found, said);
    });
  }
});
