/** The frame on a real pseudo-terminal, which `script` of util-linux gives the program. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openWorkplace, root } from './program.ts';
import { closedLoop, scenario } from './scenarios.ts';

/** Of util-linux; that of BSD takes other flags. */
const typescript = 'script';
const version = spawnSync(typescript, ['--version'], { encoding: 'utf8' }).stdout ?? '';
const skip = version.includes('util-linux') ? false : 'there is no script of util-linux';

const works = await openWorkplace({
  'short.yaml': scenario({ ...closedLoop, load: { outstanding: 10, warmup: '50ms', measure: '500ms' } }),
  'long.yaml': scenario({ ...closedLoop, load: { outstanding: 10, warmup: '100ms', measure: '60s' } }),
  'stuck.yaml': scenario({
    load: { outstanding: 10, warmup: '0s', measure: '60s' },
    simulated: { serviceTime: '60s', servers: 'unlimited' },
  }),
});
after(() => works[Symbol.asyncDispose]());

const showCursor = '\u001B[?25h';
const hideCursor = '\u001B[?25l';

interface OnTerminal extends AsyncDisposable {
  /** All that the terminal was sent. */
  readonly shown: () => string;
  readonly ended: Promise<{ readonly exitCode: number | null }>;
  press(keys: string): void;
  /** Resolves when that was shown. */
  showed(pattern: RegExp): Promise<void>;
}

/** Starts the program on a terminal of 100 × 30; disposing ends it. */
function onTerminal(args: readonly string[]): OnTerminal {
  const words = [process.execPath, join(root, 'bench/highwater.js'), ...args].map(word => `'${word}'`).join(' ');
  const command = `stty cols 100 rows 30; exec ${words}`;
  const { CI: _, NO_COLOR: __, ...rest } = process.env;
  const env = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !/^(HIGHWATER_(?!CACHE$)|NODE_TEST_|npm_|GITHUB_|GITLAB_)/.test(name)),
  );
  const child = spawn(typescript, ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: works.folder,
    env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk));
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null }));
  const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;
  return {
    shown: () => shown,
    ended,
    press: keys => void child.stdin.write(keys),
    async showed(pattern) {
      while (!pattern.test(shown)) {
        assert.ok(isRunning(child), `The program ended and never showed ${String(pattern)}:\n${shown}`);
        await pause(10);
      }
    },
    async [Symbol.asyncDispose]() {
      // the program notices that its terminal is gone
      if (isRunning(child)) child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The cursor is visible at the end, and nothing is written over any more. */
function assertLeftClean(shown: string): void {
  assert.ok(shown.includes(hideCursor), 'there was no frame');
  assert.ok(shown.lastIndexOf(showCursor) > shown.lastIndexOf(hideCursor), JSON.stringify(shown.slice(-500)));
}

suite('a frame on a real terminal', { skip }, () => {
  test('is drawn, and removed before the results come', async () => {
    await using running = onTerminal(['short.yaml']);
    const { exitCode } = await running.ended;
    const shown = running.shown();
    // on a machine that is busy the trial may be of no use
    assert.ok(exitCode === 0 || exitCode === 5, shown);
    assert.match(shown, /\d:\d\d elapsed[^]*short.* · block 1\/1 · setup/);
    assertLeftClean(shown);
    const results = shown.slice(shown.indexOf(showCursor, shown.lastIndexOf(hideCursor)));
    assert.match(results, /1 of 1 trials[^]*(PASS|FAIL)/);
    assert.doesNotMatch(results, /elapsed/);
  });

  test('is gone when Ctrl-C has ended the run, and the cursor is back', async () => {
    await using running = onTerminal(['long.yaml']);
    await running.showed(/measure \d+\/60 s[^]*sent\/s[^]*generator/);
    running.press('\u0003');
    const { exitCode } = await running.ended;
    assert.equal(exitCode, 130);
    assert.match(running.shown(), /Stopping: draining messages in flight/);
    assertLeftClean(running.shown());
  });

  test('leaves the cursor visible, too, when a second Ctrl-C ends the program at once', async () => {
    await using running = onTerminal(['stuck.yaml', '--drain-timeout', '60s']);
    await running.showed(/measure \d+\/60 s/);
    running.press('\u0003');
    await running.showed(/Stopping/);
    running.press('\u0003');
    const { exitCode } = await running.ended;
    assert.equal(exitCode, 130);
    assertLeftClean(running.shown());
  });
});
