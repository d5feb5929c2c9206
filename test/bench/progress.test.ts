import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import stringWidth from 'string-width';
import {
  detours,
  figures,
  inOrder,
  loadOf,
  place,
  type Recorded,
  recording,
  type Shown,
  shownOf,
  terminalOn,
} from './recording.ts';

const golden = (name: string): string => new URL(`../golden/progress-${name}.txt`, import.meta.url).pathname;
const asText = { serializers: [String] };

suite('a recorded run is shown', () => {
  for (const [where, name, shown] of [
    ['on a terminal in colour, as a frame', 'terminal', { columns: 110 }],
    [
      'on a terminal without colour where NO_COLOR says so',
      'no-color',
      { columns: 110, environment: { NO_COLOR: '1' } },
    ],
    ['on 80 columns', '80-columns', { columns: 80, environment: { NO_COLOR: '1' } }],
    [
      'on fewer than 60 columns, without latencies and sparklines',
      '59-columns',
      { columns: 59, environment: { NO_COLOR: '1' } },
    ],
    ['in ASCII alone', 'ascii', { columns: 110, environment: { NO_COLOR: '1' }, args: ['--no-unicode'] }],
    ['in a pipe, as lines', 'pipe', {}],
    ['in a pipe with more lines', 'verbose', { flags: { verbose: 1 } }],
    [
      'on a CI system that gives it a terminal, as lines',
      'ci',
      { columns: 110, environment: { CI: 'true', NO_COLOR: '1' } },
    ],
    [
      'on GitHub in groups, and what is not good outside of them',
      'github',
      { environment: { CI: 'true', GITHUB_ACTIONS: 'true' } },
    ],
    ['on GitLab in sections', 'gitlab', { environment: { CI: 'true', GITLAB_CI: 'true' } }],
    ['to programs, as documents', 'json', { flags: { progress: 'json' as const } }],
  ] as const satisfies readonly (readonly [string, string, Shown])[]) {
    test(where, t => {
      const events: readonly Recorded[] = name === 'json' ? fewer(recording) : recording;
      t.assert.fileSnapshot(shownOf(t, events, shown), golden(name), asText);
    });
  }

  test('with all that is out of the ordinary', t => {
    t.assert.fileSnapshot(shownOf(t, detours, { environment: { GITHUB_ACTIONS: 'true' } }), golden('detours'), asText);
  });

  for (const flags of [{ quiet: true }, { progress: 'none' as const }, { quiet: true, progress: 'json' as const }]) {
    test(`not at all with ${JSON.stringify(flags)}`, t => {
      assert.equal(shownOf(t, recording, { columns: 110, flags }).trim(), '');
    });
  }
});

/** Without most of the long windows. */
const fewer = (recorded: readonly Recorded[]): Recorded[] =>
  recorded.filter(
    one => !('event' in one) || one.event.type !== 'trial-progress' || one.event.elapsedMicros % 20e6 < 1e6,
  );

const wide =
  'a cell whose label is as long as 測試 may be, acks=all, linger=5ms, batch=1MiB, compression=zstd, size=10kB';

for (const columns of [1, 20, 59, 60, 80, 100, 200]) {
  test(`no line of the frame is wider than a terminal of ${columns} columns`, t => {
    const trial = place(1, { cell: wide });
    const recorded = inOrder([
      { atMillis: 0, event: { type: 'trial-started', trial } },
      ...loadOf(trial, 100, () => figures(98_765_432)).filter(({ atMillis }) => atMillis < 12_000),
      { atMillis: 3_000, look: 'early' },
      { atMillis: 9_000, look: 'late' },
    ]);
    const text = shownOf(t, recorded, { columns, environment: { NO_COLOR: '1' } });
    const lines = text.split('\n').filter(line => line.startsWith('│'));
    assert.ok(lines.length >= 6);
    const widest = Math.max(...lines.map(line => stringWidth(line.slice(1))));
    assert.ok(widest < columns || (columns === 1 && widest <= 1), `a line has ${widest} columns`);
  });
}

suite('a terminal', () => {
  for (const [sentence, shown, expected] of [
    ['shows a frame and colours', { columns: 100 }, [true, true, 100]],
    ['without a size has 80 columns', { columns: 0 }, [true, true, 80]],
    ['of a CI system shows no frame', { columns: 100, environment: { CI: 'true' } }, [false, true, 100]],
    ['is none of a CI system’s where CI is false', { columns: 100, environment: { CI: 'false' } }, [true, true, 100]],
    ['has no colours with NO_COLOR', { columns: 100, environment: { NO_COLOR: '1' } }, [true, false, 100]],
    ['has them where NO_COLOR is empty', { columns: 100, environment: { NO_COLOR: '' } }, [true, true, 100]],
    ['that is dumb shows neither', { columns: 100, environment: { TERM: 'dumb' } }, [false, false, 100]],
    ['that is a pipe shows neither, and has 80 columns', {}, [false, false, 80]],
    ['that is a pipe has colours where they are asked for', { args: ['--color=always'] }, [false, true, 80]],
  ] as const satisfies readonly (readonly [string, Shown, readonly [boolean, boolean, number]])[]) {
    test(sentence, () => {
      const { isLive, errorColor, color, errorColumns } = terminalOn(shown);
      assert.deepEqual([isLive, errorColor, errorColumns], expected);
      assert.equal(color, errorColor);
    });
  }
});
