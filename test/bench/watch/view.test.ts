import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Seconds } from '../../../bench/watch/seconds.ts';
import { RunView } from '../../../bench/watch/view.ts';
import { detours, figures, loadOf, place, recordedPlan, recording, type Recorded } from '../recording.ts';

const viewOf = (recorded: readonly Recorded[]): RunView => {
  const view = new RunView({ plan: recordedPlan(), shape: '2 cells', folder: 'reports/x' });
  for (const one of recorded) if ('event' in one) view.take(one.event);
  return view;
};

/** Those of a trial's load. */
const progressOf = (recorded: readonly Recorded[]) =>
  recorded.flatMap(one => ('event' in one && one.event.type === 'trial-progress' ? one.event : []));

suite('what a page shows of a run', () => {
  test('has a row for each trial that is over, with its figures where it was measured', () => {
    const rows = viewOf(recording).whole().run?.ended ?? [];
    assert.deepEqual(
      rows.map(({ sign, validity, figures: of }) => [sign, validity, of.length]),
      [
        ['good', 'valid', 7],
        ['good', 'valid', 7],
        ['bad', null, 0],
        ['warning', null, 0],
      ],
    );
    assert.match(rows[2]?.name ?? '', /failed: The broker closed the connection/);
  });

  test('says why a trial is of no use, and what else happens', () => {
    const rows = viewOf(detours).whole().run?.ended ?? [];
    const invalid = rows.find(({ validity }) => validity === 'invalid');
    assert.ok((invalid?.notes.length ?? 0) > 0);
    assert.ok(rows.some(({ name }) => /is run again/.test(name)));
    assert.ok(rows.some(({ name }) => /is not run/.test(name)));
  });

  test('is told in parts: what has not changed is not told again', () => {
    const view = viewOf(recording.slice(0, 120));
    assert.deepEqual(Object.keys(view.changes()).toSorted(), ['over', 'run', 'seconds', 'trial']);
    assert.deepEqual(Object.keys(view.changes()), ['trial']);
    view.end({ verdict: 'fail', exitCode: 10, reasons: ['check'], report: null });
    assert.equal(view.changes().over?.exitCode, 10);
    assert.deepEqual(Object.keys(view.changes()), ['trial']);
    assert.equal(view.whole().over?.exitCode, 10);
  });

  test('begins anew with every trial', () => {
    const load = loadOf(place(1), 0, () => figures(10_000));
    const view = viewOf([{ atMillis: 0, event: { type: 'trial-started', trial: place(1) } }, ...load]);
    assert.ok((view.changes().seconds?.columns.second.length ?? 0) > 30);
    view.take({ type: 'trial-started', trial: place(2) });
    const { seconds } = view.changes();
    assert.deepEqual([seconds?.extent, seconds?.columns.second], ['all', []]);
  });
});

suite('the seconds of a trial', () => {
  test('are each taken once, those of the warm-up before zero, without a value where there is none', () => {
    const seconds = new Seconds(['readers', 'others']);
    for (const event of progressOf(loadOf(place(1), 0, second => figures(second < 1 ? null : 9_000)))) {
      seconds.take(event);
    }
    const { second, p99Micros, lag, sentPerSecond } = seconds.columnsFrom(0);
    assert.deepEqual(second.slice(0, 3), [-1, 0, 1]);
    assert.equal(second.at(-1), 39);
    assert.deepEqual(p99Micros.slice(0, 3), [null, null, 9_000]);
    assert.deepEqual([lag['readers']?.[0], lag['others']?.[0], sentPerSecond[0]], [22, null, 5_000]);
    assert.deepEqual(seconds.columnsFrom(seconds.count - 1).second, [39]);
  });

  test('are forgotten after twenty minutes, the oldest first', () => {
    const seconds = new Seconds([]);
    for (let second = 0; second < 1_300; second++) {
      const elapsedMicros = second * 1e6;
      seconds.take({
        type: 'trial-progress',
        trial: place(1),
        phase: 'measure',
        elapsedMicros,
        plannedMicros: null,
        figures: figures(1_000),
      });
    }
    const { second } = seconds.columnsFrom(0);
    assert.deepEqual([second[0], second.length, seconds.count], [100, 1_200, 1_300]);
    assert.deepEqual(seconds.columnsFrom(1_298).second, [1_298, 1_299]);
  });
});
