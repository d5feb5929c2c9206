/** Holds each signal of the generator and of its host to its thresholds, and to saying so where it is not known. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { judgeTrial } from '../../src/analysis/validity.ts';
import { findingText } from '../../src/report/words.ts';
import type { StoredTrial } from '../../src/results/schema.ts';
import { storedTrial } from '../../src/results/trial.ts';
import type { GeneratorMeasurement, TrialMeasurement } from '../../src/run/measurement.ts';
import { aGroup } from '../builders/group.ts';
import { aMeasurement, latency } from '../builders/trial.ts';

type Generating = Partial<GeneratorMeasurement>;

function aTrial(generator: Generating, over: Partial<TrialMeasurement> = {}): StoredTrial {
  const measurement = aMeasurement(over);
  return storedTrial({ ...measurement, generator: { ...measurement.generator, ...generator } });
}

const reading = { groups: [aGroup()], latencies: { ...aMeasurement().latencies, endToEnd: latency(6_000) } };

/** Signals, and values at their thresholds: the last that is valid, the last that is degraded, and one that is invalid. */
const signals: readonly {
  readonly of: keyof GeneratorMeasurement;
  readonly code: string;
  readonly values: readonly [valid: number, degraded: number, invalid: number];
  readonly beside?: Generating;
  readonly over?: Partial<TrialMeasurement>;
}[] = [
  { of: 'workFraction', code: 'generator-busy', values: [0.6, 0.85, 0.86] },
  { of: 'consumerWorkFraction', code: 'consumers-busy', values: [0.6, 0.85, 0.86], over: reading },
  { of: 'headroom', code: 'little-headroom', values: [2, 1.3, 1.29] },
  { of: 'cpuPressureAvg10', code: 'cpu-pressure', values: [0.05, 0.2, 0.21], beside: { brokers: 'elsewhere' } },
  { of: 'runQueueShare', code: 'waited-for-cpu', values: [0.05, 0.2, 0.21], beside: { brokers: 'here' } },
  { of: 'runQueueShare', code: 'waited-for-cpu', values: [0.05, 0.2, 0.21], beside: { brokers: 'simulated' } },
  { of: 'throttledShare', code: 'throttled', values: [0, 0.01, 0.011] },
  { of: 'stealShare', code: 'cpu-stolen', values: [0.01, 0.05, 0.051] },
];

for (const { of, code, values, beside, over } of signals) {
  suite(`${of}${beside?.brokers ? `, brokers ${beside.brokers}` : ''}`, () => {
    for (const [i, validity] of (['valid', 'degraded', 'invalid'] as const).entries()) {
      test(`of ${values[i]} is ${validity}`, () => {
        const judgement = judgeTrial(aTrial({ ...beside, [of]: values[i] }, over));
        assert.equal(judgement.validity, validity);
        assert.deepEqual(
          judgement.findings.map(finding => [finding.code, finding['validity']]),
          validity === 'valid' ? [] : [[code, validity]],
        );
      });
    }

    test('that nobody could measure makes no trial worse, and is named', () => {
      const { validity, findings } = judgeTrial(aTrial({ ...beside, cpuPressureAvg10: null, [of]: null }, over));
      assert.equal(validity, 'valid');
      const named = findings.find(finding => finding.code === 'not-measured')?.['signals'];
      assert.equal(Array.isArray(named) ? named.length : 0, of === 'cpuPressureAvg10' ? 0 : 1);
    });

    test('says in words what it was and what to do', () => {
      const [finding] = judgeTrial(aTrial({ ...beside, [of]: values[2] }, over)).findings;
      assert.match(findingText(finding ?? assert.fail('no finding')), /^[^:]*\d[^:]*: .*(use|raise|lower|end)/);
    });
  });
}

suite('where CPUs are fought for', () => {
  test('brokers on the same cores may wait for them, if the generator does not', () => {
    const crowded = { cpuPressureAvg10: 0.9, runQueueShare: 0.04 };
    assert.equal(judgeTrial(aTrial({ ...crowded, brokers: 'here' })).validity, 'valid');
    assert.equal(judgeTrial(aTrial({ ...crowded, brokers: 'elsewhere' })).validity, 'invalid');
  });

  test('what the generator had to wait stands in for a pressure that the system does not know', () => {
    const { findings } = judgeTrial(aTrial({ brokers: 'elsewhere', cpuPressureAvg10: null, runQueueShare: 0.3 }));
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['waited-for-cpu'],
    );
  });

  test('a load without a schedule may fight with its own brokers, and not with others', () => {
    const closed = { isOpenLoop: false };
    const fought = { brokers: 'here', runQueueShare: 0.5 } as const;
    assert.equal(judgeTrial(aTrial({ ...fought, neighbourShare: 0.02 }, closed)).validity, 'valid');
    assert.equal(judgeTrial(aTrial({ ...fought, neighbourShare: 0.4 }, closed)).validity, 'invalid');
    assert.equal(judgeTrial(aTrial({ ...fought, neighbourShare: null }, closed)).validity, 'invalid');
    assert.equal(judgeTrial(aTrial({ ...fought, neighbourShare: 0.02 })).validity, 'invalid');
  });

  test('a window below a second is too short to say', () => {
    const short = { windowMicros: 999_999, latencies: aMeasurement().latencies };
    const { validity, findings } = judgeTrial(
      aTrial({ brokers: 'here', runQueueShare: 0.9, gcPauseTotalMicros: 0, gcPauseMaxMicros: 0 }, short),
    );
    assert.equal(validity, 'valid');
    assert.deepEqual(findings[0]?.['signals'], [
      'waiting for a CPU',
      'throttling by a CPU quota',
      'CPU time stolen by a hypervisor',
    ]);
  });
});

test('a closed loop is judged by what others took from it, and by nothing that a schedule would ask', () => {
  const strained = { workFraction: 1, consumerWorkFraction: 1, headroom: null, gcPauseTotalMicros: 5e6 };
  const closed = { ...reading, isOpenLoop: false };
  assert.deepEqual(judgeTrial(aTrial(strained, closed)), { validity: 'valid', findings: [] });
  assert.equal(judgeTrial(aTrial({ ...strained, stealShare: 0.2 }, closed)).validity, 'invalid');
});

test('without ack, endToEnd is what a lag is held against', () => {
  const lag = { generatorLag: latency(90, 900) };
  const { latencies } = aMeasurement();
  const without = { latencies: { ...latencies, ...lag, ack: null, endToEnd: latency(10_000, 20_000) } };
  assert.equal(judgeTrial(aTrial({}, without)).validity, 'valid');
});

test('without any latency nothing can be invalid by a lag, nor valid with one', () => {
  const { latencies } = aMeasurement();
  const late = { latencies: { ...latencies, ack: null, endToEnd: null, generatorLag: latency(90, 900) } };
  const { validity, findings } = judgeTrial(aTrial({ gcPauseMaxMicros: 0 }, late));
  assert.equal(validity, 'degraded');
  assert.match(findingText(findings[0] ?? assert.fail('no finding')), /no latency to hold that against/);
});

test('a result of before these signals were kept is judged by those that it has', () => {
  const kept = ['pacing', 'cpuSeconds', 'turnGapMicros', 'burstMessages', 'gcPauseTotalMicros', 'gcPauseMaxMicros'];
  const { generator, ...trial } = aTrial({});
  const old = Object.fromEntries(Object.entries(generator).filter(([name]) => kept.includes(name)));
  const judgement = judgeTrial({ ...trial, generator: { ...old, cpuPressure: 0.9 } as StoredTrial['generator'] });
  assert.deepEqual(judgement, { validity: 'valid', findings: [] });
});

test('a trial is as good as its worst signal, whatever the others are', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const generating = fc.record({
    workFraction: share,
    runQueueShare: share,
    throttledShare: share,
    stealShare: share,
    headroom: fc.double({ min: 0, max: 9, noNaN: true }),
  });
  fc.assert(
    fc.property(generating, generator => {
      const { workFraction, runQueueShare, throttledShare, stealShare, headroom } = generator;
      const { validity, findings } = judgeTrial(aTrial({ ...generator, brokers: 'here' }));
      const isInvalid =
        workFraction > 0.85 || runQueueShare > 0.2 || throttledShare > 0.01 || stealShare > 0.05 || headroom < 1.3;
      const isValid =
        workFraction <= 0.6 && runQueueShare <= 0.05 && throttledShare === 0 && stealShare <= 0.01 && headroom >= 2;
      assert.equal(validity, isInvalid ? 'invalid' : isValid ? 'valid' : 'degraded');
      assert.equal(
        findings.some(finding => finding['validity'] === 'invalid'),
        isInvalid,
      );
    }),
  );
});
