/** Runs every test file and prints one summary: those that measure time one after the other, the rest two at once. */
import { availableParallelism } from 'node:os';
import { globSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Their answers depend on when something happens: they need the machine. */
const timed = [
  'test/bench/known-answers.test.ts',
  'test/bench/disturbed.test.ts',
  'test/bench/peers/**',
  'test/drivers/simulated/**',
  'test/drivers/simulated.test.ts',
  'test/run/**',
];
const timeoutMillis = 300_000;
const atOnce = Math.min(2, availableParallelism());

const folder = join(import.meta.dirname, '..');
const patterns = process.argv.slice(2);
const files = globSync(patterns.length > 0 ? patterns : 'test/**/*.test.ts', { cwd: folder }).toSorted();
const isTimed = (file: string): boolean => timed.some(pattern => matchesGlob(file, pattern));
// every test and every program that a test starts would strip the same types again: half of what their start costs
process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'node_modules', '.cache', 'compile');
const groups = [
  { files: files.filter(file => !isTimed(file)), concurrency: atOnce },
  { files: files.filter(isTimed), concurrency: 1 },
].filter(group => group.files.length > 0);

/** What the runner tells of, as its reporters take it. */
interface TestEvent {
  readonly type: string;
  readonly data: { readonly message?: string; readonly nesting?: number; readonly file?: string };
}

/** `tests 12` → its name and number; null for what is no line of a run's own summary. */
function summaryLine({ message = '', nesting, file }: TestEvent['data']): [string, number] | null {
  const match = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(message);
  return match === null || nesting !== 0 || file !== undefined ? null : [match[1] as string, Number(match[2])];
}

/** The events of all groups, one group after the other, with their summaries added up at the end. */
async function* events(): AsyncGenerator<TestEvent> {
  const totals = new Map<string, number>();
  for (const group of groups) {
    for await (const event of run({ ...group, cwd: folder, timeout: timeoutMillis })) {
      // where the reporter lists what has failed: once, for all groups
      if (event.type === 'test:summary' && event.data.file === undefined && group !== groups.at(-1)) continue;
      const line = event.type === 'test:diagnostic' ? summaryLine(event.data) : null;
      if (line !== null) totals.set(line[0], (totals.get(line[0]) ?? 0) + line[1]);
      else yield event;
      if (event.type === 'test:fail') process.exitCode = 1;
    }
  }
  for (const [name, total] of totals) {
    const data = { message: `${name} ${total}`, nesting: 0, level: 'info' };
    yield { type: 'test:diagnostic', data };
  }
  if ((totals.get('tests') ?? 0) === 0) throw new Error(`No test matches ${patterns.join(' ')}.`);
}

Readable.from(events()).compose(new spec()).pipe(process.stdout);
