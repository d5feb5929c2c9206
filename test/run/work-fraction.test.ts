/** Holds the work fraction of a thread that spins, naps or sleeps between its callbacks to work that is known. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Lane } from '../../src/run/lane.ts';
import { Pump, type PumpSettings } from '../../src/run/pump.ts';
import { threadMeter } from '../../src/run/thread-meter.ts';
import { nowMicros } from '../../src/support/clock.ts';

const windowMicros = 400_000;

/** Work of a set length, that knows how long it took in fact. */
class KnownWork {
  spentMicros = 0;

  do(micros: number): void {
    const beganMicros = nowMicros();
    let atMicros = beganMicros;
    while (atMicros < beganMicros + micros) atMicros = nowMicros();
    this.spentMicros += atMicros - beganMicros;
  }
}

/** A lane that is due every `everyMicros`, and then works for so long. */
function workingLane(everyMicros: number, micros: number, work: KnownWork): Lane {
  let startMicros = 0;
  let next = 0;
  const lane = {
    sent: 0,
    beginAt: (atMicros: number) => (startMicros = atMicros),
    turn() {
      const atMicros = nowMicros() - startMicros;
      if (atMicros < next) return next;
      work.do(micros);
      lane.sent++;
      next = Math.max(next + everyMicros, atMicros);
      return next;
    },
    stop: () => undefined,
    isWindowResolved: () => false,
  };
  return lane as unknown as Lane;
}

interface Measured {
  readonly fraction: number;
  readonly known: number;
  /** For so much of the time the thread was kept from its CPU, which may be in a callback and may not. */
  readonly kept: number;
}

/** The work fraction that is measured, and the one that is known, of a window in which that goes on. */
async function measured(begin: (work: KnownWork) => () => void): Promise<Measured> {
  const work = new KnownWork();
  const end = begin(work);
  const meter = threadMeter();
  const fromMicros = nowMicros() + 30_000;
  meter.watch(fromMicros, fromMicros + windowMicros);
  await new Promise(resolve => setTimeout(resolve, 30));
  const before = { spentMicros: work.spentMicros, atMicros: nowMicros() };
  await new Promise(resolve => setTimeout(resolve, windowMicros / 1e3));
  const known = (work.spentMicros - before.spentMicros) / (nowMicros() - before.atMicros);
  end();
  const { workFraction, runQueueShare } = meter.report();
  return { fraction: workFraction ?? assert.fail('nothing was measured'), known, kept: runQueueShare ?? 0 };
}

function pumping(pacing: PumpSettings['pacing'], everyMicros: number, micros: number) {
  return (work: KnownWork) => {
    const pump = new Pump({
      lanes: [workingLane(everyMicros, micros, work)],
      window: { fromMicros: 0, toMicros: Infinity },
      pacing,
      onWindowResolved: () => undefined,
      onFailure: error => assert.ifError(error),
    });
    pump.beginAt(nowMicros());
    return () => pump.stop();
  };
}

/** Callbacks beside a pump that has nothing to do, as a client's are. */
function beside(pacing: PumpSettings['pacing'], micros: number) {
  return (work: KnownWork) => {
    const stop = pumping(pacing, 1_500, 0)(work);
    const timer = setInterval(() => work.do(micros), 1);
    return () => {
      clearInterval(timer);
      stop();
    };
  };
}

function asleep(micros: number) {
  return (work: KnownWork) => {
    const timer = setInterval(() => work.do(micros), 10);
    return () => clearInterval(timer);
  };
}

/** Of the best of three, for a machine may do other things meanwhile. */
const tolerance = 0.1;

suite('the work fraction is what callbacks take, to a tenth', () => {
  for (const [what, begin] of [
    ['of a pump that spins and has nothing to do', pumping('spin', 1_000, 0)],
    ['of a pump that naps and has nothing to do', pumping('nap', 1_000, 0)],
    ['of a pump that spins and works 300 µs of 1,000', pumping('spin', 1_000, 300)],
    ['of a pump that naps and works 300 µs of 1,000', pumping('nap', 1_000, 300)],
    ['of a pump that works 950 µs of 1,000', pumping('spin', 1_000, 950)],
    ['of a pump that sleeps and works 2 ms of 10', pumping('spin', 10_000, 2_000)],
    ['of callbacks beside a pump that spins', beside('spin', 400)],
    ['of callbacks beside a pump that naps', beside('nap', 400)],
    ['of callbacks of a loop that sleeps', asleep(4_000)],
  ] as const) {
    test(what, async () => {
      const seen = [];
      for (let times = 0; times < 3; times++) {
        const { fraction, known, kept } = await measured(begin);
        seen.push(`${fraction.toFixed(3)} instead of ${known.toFixed(3)}, kept from its CPU for ${kept.toFixed(3)}`);
        if (fraction >= known - tolerance && fraction <= known + tolerance + kept) return;
      }
      assert.fail(seen.join(', '));
    });
  }
});
