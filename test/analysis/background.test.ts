/** Holds how many of the brokers' background cycles a window is said to cover. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backgroundOf } from '../../src/analysis/background.ts';
import { aRunTrial } from '../builders/trial.ts';

/** A trial of ten minutes on two partitions, with so many bytes a second over both. */
function aTrial(ackedBytesPerSecond: number, topic: Record<string, string> = {}) {
  const { trial } = aRunTrial({ block: 1, windowMicros: 600e6 });
  const partition = { topic: 'topic', acked: 1, consumed: 1, ackMicros: null, endToEndMicros: null };
  return {
    ...trial,
    rates: { ...trial.rates, ackedBytesPerSecond },
    partitions: [0, 1].map(number => ({ ...partition, partition: number })),
    effective: { ...trial.effective, topic },
  };
}

const megabytes = (number: number): number => number * 1e6;

for (const [name, trial, broker, expected] of [
  ['a gigabyte a segment is far away at a megabyte a second', aTrial(megabytes(1)), {}, [0, 0]],
  ['10 MB/s on two partitions roll a gigabyte twice in ten minutes', aTrial(megabytes(10)), {}, [2, 0]],
  ['the topic’s own segments count', aTrial(megabytes(1), { 'segment.bytes': '100000000' }), {}, [3, 0]],
  ['the brokers’ do where the topic says nothing', aTrial(megabytes(1)), { 'log.segment.bytes': '30000000' }, [10, 0]],
  ['segments roll by age too', aTrial(megabytes(1), { 'segment.ms': '60000' }), {}, [10, 0]],
  [
    'what is older than the retention time is deleted: of ten segments the last fifth of the window stays',
    aTrial(megabytes(1), { 'segment.bytes': '30000000', 'retention.ms': '120000' }),
    {},
    [10, 8],
  ],
  [
    'what lies beyond the retention’s bytes is deleted',
    aTrial(megabytes(1), { 'segment.bytes': '30000000', 'retention.bytes': '60000000' }),
    {},
    [10, 8],
  ],
  ['−1 keeps everything', aTrial(megabytes(1), { 'segment.bytes': '30000000', 'retention.ms': '-1' }), {}, [10, 0]],
  ['without messages nothing rolls', aTrial(0, { 'segment.ms': '60000' }), {}, [0, 0]],
] as const)
  test(name, () => {
    const { segmentRolls, retentionDeletes } = backgroundOf(trial, broker);
    assert.deepEqual([segmentRolls, retentionDeletes], expected);
  });
