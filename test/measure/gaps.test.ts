/** Gaps in acknowledgements, against what a reader of the whole list of events would say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Gap, gapsOf } from '../../src/measure/gaps.ts';
import { leastSilenceMicros, SilenceRecorder } from '../../src/measure/silences.ts';

/** A message of a partition that was due and then acknowledged, or failed. */
interface Happening {
  readonly worker: number;
  readonly partition: number;
  readonly atMicros: number;
  readonly dueMicros: number;
  readonly isFailed: boolean;
}

const partitions = 3;
const endMicros = 5_000_000;

/** Things that happen at different instants, in their order. */
const happenings = (workers: number, mayFail: boolean): fc.Arbitrary<Happening[]> =>
  fc.uniqueArray(fc.integer({ min: 1, max: 490 }), { minLength: 1, maxLength: 60 }).chain(instants =>
    fc.tuple(
      ...instants
        .toSorted((a, b) => a - b)
        .map(instant =>
          fc
            .record({
              worker: fc.nat(workers - 1),
              partition: fc.nat(partitions - 1),
              age: fc.nat(100),
              isFailed: mayFail ? fc.boolean() : fc.constant(false),
            })
            .map(({ age, ...rest }) => ({ ...rest, atMicros: instant * 1e4, dueMicros: (instant - age) * 1e4 })),
        ),
    ),
  );

/** Everything of a partition in one list, and between two acknowledgements the earliest that waited. */
function gapsByHand(happened: readonly Happening[]): Gap[] {
  const gaps: Gap[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const all = happened.filter(one => one.partition === partition);
    const acks = all.filter(({ isFailed }) => !isFailed);
    const spans = [-Infinity, ...acks.map(({ atMicros }) => atMicros)].map((from, i) => ({ from, ack: acks[i] }));
    for (const { from, ack } of spans) {
      const to = ack?.atMicros ?? Infinity;
      const failed = all.filter(({ isFailed, atMicros }) => isFailed && atMicros > from && atMicros < to);
      const waiting = [...failed, ...(ack === undefined ? [] : [ack])];
      const due = Math.min(...waiting.map(({ dueMicros }) => dueMicros));
      const toMicros = ack?.atMicros ?? endMicros;
      const fromMicros = Math.max(from, due);
      if (toMicros - fromMicros >= leastSilenceMicros)
        gaps.push({ partition, fromMicros, toMicros, isOver: ack !== undefined });
    }
  }
  return gaps.toSorted((a, b) => a.fromMicros - b.fromMicros || a.partition - b.partition);
}

function gapsAsSeen(happened: readonly Happening[], workers: number): Gap[] {
  const recorders = Array.from({ length: workers }, () => new SilenceRecorder({ partitions, isAlone: workers === 1 }));
  for (const { worker, partition, atMicros, dueMicros, isFailed } of happened) {
    const recorder = recorders[worker] as SilenceRecorder;
    if (isFailed) recorder.failed(partition, dueMicros);
    else recorder.acknowledged(partition, atMicros, dueMicros);
  }
  return gapsOf(
    recorders.map(recorder => recorder.toData()),
    endMicros,
  );
}

test('one worker finds the gaps that its whole list of acknowledgements and failures has', () => {
  fc.assert(
    fc.property(happenings(1, true), happened => {
      assert.deepEqual(gapsAsSeen(happened, 1), gapsByHand(happened));
    }),
  );
});

test('workers that send to the same partitions find together what all their acknowledgements in one list have', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 4 }), fc.gen(), (workers, gen) => {
      const happened = gen(() => happenings(workers, false));
      assert.deepEqual(gapsAsSeen(happened, workers), gapsByHand(happened));
    }),
  );
});

test('a partition to which little is sent is not unavailable: nothing waited', () => {
  const recorder = new SilenceRecorder({ partitions: 1, isAlone: true });
  for (let second = 0; second < 5; second++) recorder.acknowledged(0, second * 1e6 + 3_000, second * 1e6);
  assert.deepEqual(gapsOf([recorder.toData()], 10e6), []);
});

test('what never had an acknowledgement is a gap that is not over', () => {
  const recorder = new SilenceRecorder({ partitions: 2, isAlone: true });
  recorder.acknowledged(1, 1_000_000, 990_000);
  recorder.failed(1, 1_200_000);
  recorder.failed(1, 1_100_000);
  assert.deepEqual(gapsOf([recorder.toData()], 3e6), [
    { partition: 1, fromMicros: 1_100_000, toMicros: 3e6, isOver: false },
  ]);
});
