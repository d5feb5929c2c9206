/** Benchmarks the generator's own path: one thread schedules, stamps and records messages into a sink that takes them at once. */
import { measureHotPath, whole } from '../src/index.ts';

const windowMicros = 3e6;
const rounds = 5;
/** What the path must reach, and the rates at which an open loop is tried. */
const loads = [
  { rate: 'max', asked: 8e6 },
  { rate: 2e6, asked: 2e6 },
  { rate: 4e6, asked: null },
  { rate: 20_000, asked: 20_000 },
] as const;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

console.log(`Median of ${rounds} rounds of ${windowMicros / 1e6} s, interleaved; messages of 100 bytes.`);
const results = loads.map(() => [] as Awaited<ReturnType<typeof measureHotPath>>[]);
for (let round = 0; round < rounds; round++) {
  for (const [i, { rate }] of loads.entries()) results[i]?.push(await measureHotPath(rate, windowMicros));
}
for (const [i, { rate, asked }] of loads.entries()) {
  const ofLoad = results[i] ?? [];
  const perSecond = median(ofLoad.map(({ messagesPerSecond }) => messagesPerSecond));
  const lag = median(ofLoad.map(({ scheduleLagP99Micros }) => scheduleLagP99Micros));
  const what = rate === 'max' ? 'rate: max' : `open loop, ${whole(rate)}/s`;
  const wanted = asked === null ? '' : `   asked ${whole(asked)}/s`;
  const late = rate === 'max' ? '' : `   schedule lag p99 ${whole(lag)} µs`;
  console.log(`${what.padEnd(26)} ${whole(perSecond).padStart(12)}/s${wanted}${late}`);
}
