import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { build, decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Result } from '../../src/index.ts';
import { lowestOf, mergeHistograms } from '../../src/measure/histogram.ts';
import { readSeconds } from '../../src/results/spans.ts';
import { openWorkplace, resultOf } from './program.ts';
import { scenario } from './scenarios.ts';

type Trial = Result['cells'][number]['trials'][number];
type Latency = NonNullable<Trial['ackMicros']>;

const windowOf = (measure: string) => ({ warmup: '200ms', measure });
const unlimited = { servers: 'unlimited' };

interface Measured extends Trial {
  /** Of the program. */
  readonly exitCode: number | null;
  /** The trial's ack.hlog; empty without `ack`. */
  readonly ackLog: string;
  /** How many messages of the window were sent more than a millisecond after they were due. */
  readonly sentLate: number;
}

/** Runs a scenario of one trial. */
async function measureOnce(settings: Readonly<Record<string, unknown>>): Promise<Measured> {
  await using works = await openWorkplace({ 'known.yaml': scenario(settings) });
  const ended = await works.run(['known.yaml', '--json', '--quiet', '--drain-timeout', '100ms']);
  const trial = resultOf(ended).cells[0]?.trials[0] ?? assert.fail(ended.stderr);
  const folder = join(works.folder, 'reports/short/latest/trials/short/1');
  const ackLog = await readFile(join(folder, 'ack.hlog'), 'utf8').catch(() => '');
  const lags = (await readSeconds(folder, 'scheduleLag')) ?? [];
  const { buckets, counts } = mergeHistograms(lags.map(({ data }) => data)).toData();
  const sentLate = Array.from(counts).reduce(
    (sum, count, i) => sum + (lowestOf(buckets[i] as number) > 1_000 ? count : 0),
    0,
  );
  return { ...trial, exitCode: ended.exitCode, ackLog, sentLate };
}

/** The histograms of an interval log, one for each second in which messages were due. */
const intervalsOf = (log: string): Histogram[] =>
  log
    .split('\n')
    .filter(line => line.startsWith('Tag='))
    .map(line => decodeFromCompressedBase64(line.split(',').at(-1) as string));

/** A percentile that the result does not give, from the interval log. */
function percentileMicros(log: string, percentile: number): number {
  const whole = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3 });
  for (const interval of intervalsOf(log)) whole.add(interval);
  return whole.getValueAtPercentile(percentile);
}

/** What all answers may be off by: 2 ms or 2 %, the larger. */
const toleranceMicros = (micros: number): number => Math.max(2_000, 0.02 * micros);

/** How often a trial is measured at most. */
const attempts = 5;

/** How late the generator was by its own word: no answer can be held against it beyond that. */
const ownLagMicros = ({ generatorLagMicros }: Trial): number => generatorLagMicros?.p999 ?? 0;

/** Measures again where the machine did something else meanwhile; the time with the least of that counts. */
async function measure(settings: Readonly<Record<string, unknown>>): Promise<Measured> {
  let best = await measureOnce(settings);
  for (let times = 1; times < attempts && ownLagMicros(best) > toleranceMicros(0); times++) {
    const trial = await measureOnce(settings);
    if (ownLagMicros(trial) < ownLagMicros(best)) best = trial;
  }
  return best;
}

/** Asserts figures of a distribution, given in ms, each to the tolerance and what chance may add. */
function assertMillis(
  latency: Latency | null,
  expected: Readonly<Partial<Record<keyof Latency, number>>>,
  chanceMillis: Readonly<Partial<Record<keyof Latency, number>>> = {},
): void {
  assert.ok(latency !== null);
  for (const [name, millis] of Object.entries(expected) as [keyof Latency, number][]) {
    const allowed = toleranceMicros(millis * 1e3) + (chanceMillis[name] ?? 0) * 1e3;
    const off = latency[name] - millis * 1e3;
    assert.ok(Math.abs(off) <= allowed, `${name} is ${latency[name]} µs, not ${millis} ms ± ${allowed} µs`);
  }
}

const stall = { serviceTime: '1ms', ...unlimited, freeze: [{ at: '1s', for: '1s' }] };

suite('a broker that stands still for the second of two seconds', () => {
  test('makes every message of that second late, by the wait from when it was due (known answer K1′)', async () => {
    const { ackMicros, ackLog, sentLate } = await measure({
      load: { rate: '1000/s', ...windowOf('2s') },
      simulated: stall,
    });
    assert.equal(ackMicros?.count, 2_000);
    // the median lies at the jump, where each message of the first second that was sent late moves it on by one of the second: by 1 ms
    assertMillis(ackMicros, { p50: 1, p90: 800, p99: 980, max: 1_000, mean: 250.75 }, { p50: sentLate });
    const p75 = percentileMicros(ackLog, 75);
    assert.ok(Math.abs(p75 - 500_000) <= toleranceMicros(500_000), `p75 is ${p75} µs, not 500 ms`);
  });

  test('does so too where the client holds 100 messages at most; the rest is blocked, and the generator not to blame', async () => {
    const trial = await measure({
      load: { rate: '1000/s', ...windowOf('2s') },
      simulated: { ...stall, buffer: 100 },
    });
    assertMillis(trial.ackMicros, { min: 1, p90: 800, p99: 980, max: 1_000 });
    assertMillis(trial.scheduleLagMicros, { p90: 705, p99: 882 });
    assertMillis(trial.generatorLagMicros, { p99: 0 });
    const blocked = trial.blockedMicros ?? assert.fail('nothing was blocked');
    assert.ok(Math.abs(blocked.count - 900) <= 18, `${blocked.count} messages were blocked`);
    assert.notEqual(trial.validity, 'invalid');
  });
});

test('a batch is acknowledged when its first message has lingered (known answer K12)', async () => {
  const { ackMicros, batches } = await measure({
    load: { rate: '1000/s', ...windowOf('1s') },
    producers: { linger: '9500us' },
    simulated: { serviceTime: '0us', ...unlimited },
  });
  assertMillis(ackMicros, { p50: 4.5, p90: 8.5, p99: 9.5, mean: 5 });
  const { messagesPerBatch } = batches ?? assert.fail('no batches');
  assert.ok(Math.abs(messagesPerBatch - 10) <= 0.2, `${messagesPerBatch} messages in a batch`);
});

suite('one server', () => {
  test('that is slower than the load makes each message wait a quarter of a millisecond longer than the one before', async () => {
    const { ackMicros, rates } = await measure({
      load: { rate: '1000/s', ...windowOf('1s') },
      simulated: { serviceTime: '1250us' },
    });
    // the warm-up has left 50 ms of work
    assertMillis(ackMicros, { min: 51.25, p50: 176, p90: 276, p99: 298.5, max: 301, mean: 176.1 });
    assert.ok(Math.abs(rates.ackedPerSecond - 800) <= 16, `${rates.ackedPerSecond} acknowledged a second`);
  });

  test('with random arrivals and service times at half its capacity answers as M/M/1 does', async () => {
    const { ackMicros, counts } = await measureOnce({
      seed: 1,
      load: { rate: '100/s', arrivals: 'poisson', warmup: '500ms', measure: '5s' },
      simulated: { serviceTime: { exponential: '5ms' } },
    });
    // response quantile −ln(1 − q)/(mu − r), mean 1/(mu − r); waits follow each other: 8.5 messages tell as much as one (Daley)
    const meanMillis = 10;
    const independent = counts.scheduled / 8.5;
    const chance = (q: number): number => 3 * meanMillis * Math.sqrt(q / (1 - q) / independent);
    assertMillis(
      ackMicros,
      { mean: meanMillis, p50: meanMillis * Math.LN2, p90: meanMillis * Math.LN10 },
      { mean: (3 * meanMillis) / Math.sqrt(independent), p50: chance(0.5), p90: chance(0.9) },
    );
  });
});

test('with as many servers as messages only the service time is seen, whatever its spread', async () => {
  const { ackMicros, counts } = await measureOnce({
    seed: 1,
    load: { rate: '1000/s', arrivals: 'poisson', ...windowOf('2s') },
    simulated: { serviceTime: { exponential: '20ms' }, ...unlimited },
  });
  const chance = (q: number): number => 5 * 20 * Math.sqrt(q / (1 - q) / counts.scheduled);
  const quantile = (q: number): number => -20 * Math.log(1 - q);
  assertMillis(
    ackMicros,
    { mean: 20, p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) },
    { mean: (5 * 20) / Math.sqrt(counts.scheduled), p50: chance(0.5), p90: chance(0.9), p99: chance(0.99) },
  );
});

suite('closed loops', () => {
  test('100 in flight with linger 10 ms and 2 ms of service go round in 12 ms, 8,333 a second, and claim no `ack` (K12)', async () => {
    const { ackMicros, serviceMicros, rates } = await measure({
      load: { outstanding: 100, ...windowOf('1s') },
      messages: { size: 100 },
      producers: { linger: '10ms' },
      simulated: { serviceTime: '2ms', ...unlimited },
    });
    assert.equal(ackMicros, null);
    assertMillis(serviceMicros, { min: 12, p50: 12, p90: 12, mean: 12 });
    assertRoundTrip(rates.ackedPerSecond, 100, 12);
    assertLittle(rates.ackedPerSecond, serviceMicros, 100);
  });

  test('`rate: max` keeps a server busy all the time, with five requests of 16 KiB in flight', async () => {
    const { ackMicros, serviceMicros, rates } = await measure({
      load: { rate: 'max', ...windowOf('1s') },
      simulated: { serviceTime: '1ms' },
    });
    assert.equal(ackMicros, null);
    assert.ok(Math.abs(rates.ackedPerSecond - 1_000) <= 20, `${rates.ackedPerSecond} a second`);
    assertLittle(rates.ackedPerSecond, serviceMicros, 80);
  });

  /** Throughput follows from the time of a round, to the tolerance of that time. */
  function assertRoundTrip(perSecond: number, outstanding: number, millis: number): void {
    const least = (outstanding * 1e6) / (millis * 1e3 + toleranceMicros(millis * 1e3));
    const most = (outstanding * 1e3) / millis;
    assert.ok(perSecond >= least && perSecond <= 1.02 * most, `${perSecond} a second, not ${least} to ${most}`);
  }

  /** Little's law: what is in flight is the rate times the time in flight. */
  function assertLittle(perSecond: number, latency: Latency | null, outstanding: number): void {
    const inFlight = (perSecond * (latency?.mean ?? 0)) / 1e6;
    assert.ok(Math.abs(inFlight - outstanding) <= 0.03 * outstanding, `${inFlight} in flight, not ${outstanding}`);
  }
});

test('messages that are never answered stay in the distribution, at the time-out', async () => {
  const { ackMicros, counts, injected } = await measure({
    load: { rate: '1000/s', ...windowOf('1s') },
    producers: { deliveryTimeout: '500ms', requestTimeout: '400ms' },
    simulated: { serviceTime: '10ms', ...unlimited, unanswered: 0.02 },
  });
  const unanswered = injected?.unanswered ?? 0;
  assert.ok(unanswered >= 10, `${unanswered} were to be unanswered, which p99 would not show`);
  assert.deepEqual([counts.unresolved, ackMicros?.censored, ackMicros?.count], [unanswered, unanswered, 1_000]);
  assertMillis(ackMicros, { p50: 10, p90: 10, p99: 500, max: 500 });
});

suite('the schedule', () => {
  test('of stages offers the integral of the rate: 200 + 600 on the way up + 250 on the way down to nothing', async () => {
    const stages = [
      { for: '1s', rate: '200/s' },
      { for: '1s', rampTo: '1000/s' },
      { for: '500ms', rampTo: '0/s' },
    ];
    const { ackLog } = await measureOnce({
      load: { warmup: '200ms', stages },
      simulated: { serviceTime: '1ms', ...unlimited },
    });
    assert.deepEqual(
      intervalsOf(ackLog).map(({ totalCount }) => totalCount),
      [200, 600, 250],
    );
  });

  test('of Poisson arrivals has their mean and their spread', async () => {
    const count = async (seed: number): Promise<number> => {
      const load = { rate: '2000/s', arrivals: 'poisson', warmup: '0s', measure: '500ms' };
      return (await measureOnce({ seed, load, simulated: unlimited })).counts.scheduled;
    };
    const counts = await Promise.all([1, 2, 3].map(count));
    for (const one of counts) assert.ok(Math.abs(one - 1_000) <= 5 * Math.sqrt(1_000), `${one} were scheduled`);
    assert.ok(new Set(counts).size > 1, `${counts.join(', ')}: chance gives other counts with other seeds`);
  });
});

test('a generator that stands still itself makes its messages late, and the trial invalid', async () => {
  const { ackMicros, serviceMicros, validity, findings, exitCode } = await measureOnce({
    load: { rate: '1000/s', ...windowOf('1s') },
    simulated: { serviceTime: '5ms', ...unlimited, generatorStall: { every: '200ms', for: '60ms' } },
  });
  assertMillis(serviceMicros, { p50: 5 });
  assert.ok((ackMicros?.max ?? 0) >= 63_000, `no message was late by the stall: ${ackMicros?.max} µs`);
  assert.equal(validity, 'invalid');
  assert.ok(findings.some(({ code, validity: judged }) => code === 'schedule-not-held' && judged === 'invalid'));
  assert.equal(exitCode, 5);
});
