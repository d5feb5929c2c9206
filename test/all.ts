/**
 * Runs every test file and prints one summary: those that measure time one after the other, the rest two at once.
 * A file that fails is run once more, alone, when all others have ended; what only then passes is named at the end.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Their answers depend on when something happens: they need the machine. */
const timed = [
  'test/bench/capacity.test.ts',
  'test/bench/known-answers.test.ts',
  'test/bench/disturbed.test.ts',
  'test/bench/peers/**',
  'test/drivers/simulated/**',
  'test/drivers/simulated.test.ts',
  'test/run/**',
];
const timeoutMillis = 300_000;
/** A process that something keeps alive when its tests are over is ended. */
const fileTimeoutMillis = 400_000;
const atOnce = Math.min(2, availableParallelism());

const folder = join(import.meta.dirname, '..');
const patterns = process.argv.slice(2);
const files = globSync(patterns.length > 0 ? patterns : 'test/**/*.test.ts', { cwd: folder }).toSorted();
const isTimed = (file: string): boolean => timed.some(pattern => matchesGlob(file, pattern));
/**
 * Every test and every program that a test starts would strip the same types again: half of what their start costs. Threads whose code comes from
 * there pause for 4 ms when they collect garbage, though, instead of 0.6: nothing that is timed has it.
 */
const compiled = process.env['NODE_COMPILE_CACHE'] ?? join(folder, 'node_modules', '.cache', 'compile');

/** What the runner tells of, as its reporters take it. */
interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly message?: string;
    readonly name?: string;
    readonly nesting?: number;
    readonly file?: string;
  };
}

/** A file's tests, when all are over. */
interface FileRun {
  readonly file: string;
  readonly events: readonly TestEvent[];
  readonly failed: readonly string[];
  readonly seconds: number;
}

async function runFile(file: string): Promise<FileRun> {
  const began = performance.now();
  const events: TestEvent[] = [];
  if (isTimed(file)) delete process.env['NODE_COMPILE_CACHE'];
  else process.env['NODE_COMPILE_CACHE'] = compiled;
  const signal = AbortSignal.timeout(fileTimeoutMillis);
  for await (const event of run({ files: [file], cwd: folder, timeout: timeoutMillis, signal })) events.push(event);
  const failed = events.flatMap(({ type, data }) => (type === 'test:fail' ? (data.name ?? file) : []));
  return { file, events, failed, seconds: (performance.now() - began) / 1e3 };
}

/** Runs files, so many at once; each as soon as it has ended. */
async function* runFiles(waiting: string[], concurrency: number): AsyncGenerator<FileRun> {
  const running = new Map<string, Promise<FileRun>>();
  while (waiting.length > 0 || running.size > 0) {
    while (running.size < concurrency && waiting.length > 0) {
      const file = waiting.shift() as string;
      running.set(file, runFile(file));
    }
    const ended = await Promise.race(running.values());
    running.delete(ended.file);
    yield ended;
  }
}

/** The files' runs: of those that fail at first, the second one. */
async function* runAll(secondThoughts: string[]): AsyncGenerator<FileRun> {
  const failed: FileRun[] = [];
  for (const [group, concurrency] of [
    [files.filter(file => !isTimed(file)), atOnce],
    [files.filter(isTimed), 1],
  ] as const) {
    for await (const ended of runFiles([...group], concurrency)) {
      if (ended.failed.length === 0) yield ended;
      else failed.push(ended);
    }
  }
  for (const first of failed) {
    const again = await runFile(first.file);
    if (again.failed.length === 0) secondThoughts.push(`${first.file} failed at first: ${first.failed.join('; ')}`);
    yield again;
  }
}

/** `tests 12` → its name and number; null for what is no line of a run's own summary. */
function summaryLine({ message = '', nesting, file }: TestEvent['data']): [string, number] | null {
  const match = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(message);
  return match === null || nesting !== 0 || file !== undefined ? null : [match[1] as string, Number(match[2])];
}

const diagnostic = (message: string): TestEvent => ({
  type: 'test:diagnostic',
  data: { message, nesting: 0, level: 'info' } as TestEvent['data'],
});

/** What the reporter is told: the files' events, and their summaries added up at the end. */
async function* events(): AsyncGenerator<TestEvent> {
  const began = performance.now();
  const totals = new Map<string, number>();
  const secondThoughts: string[] = [];
  const times: { file: string; seconds: number }[] = [];
  let summary: TestEvent | null = null;
  for await (const ended of runAll(secondThoughts)) {
    times.push(ended);
    if (ended.failed.length > 0) process.exitCode = 1;
    for (const event of ended.events) {
      const line = event.type === 'test:diagnostic' ? summaryLine(event.data) : null;
      if (line !== null) totals.set(line[0], (totals.get(line[0]) ?? 0) + line[1]);
      // where the reporter lists what has failed: once, for all files
      else if (event.type === 'test:summary') summary = event.data.file === undefined ? event : summary;
      else yield event;
    }
  }
  if (summary !== null) yield summary;
  const slowest = times.toSorted((a, b) => b.seconds - a.seconds).slice(0, 10);
  yield diagnostic(`slowest: ${slowest.map(({ file, seconds }) => `${file} ${seconds.toFixed(0)} s`).join(', ')}`);
  for (const text of secondThoughts) yield diagnostic(`passed only when it was run again, alone: ${text}`);
  totals.set('duration_ms', performance.now() - began);
  for (const [name, total] of totals) yield diagnostic(`${name} ${total}`);
  if ((totals.get('tests') ?? 0) === 0) throw new Error(`No test matches ${patterns.join(' ')}.`);
}

Readable.from(events()).compose(new spec()).pipe(process.stdout);
