/** Opens the page on which a run is watched while it goes on, where that is asked for. */
import { readFile } from 'node:fs/promises';
import type { Plan, Result, RunEvent } from '../src/index.ts';
import { shapeOf } from './commands/plan.ts';
import { portOf } from './port.ts';
import type { ProgressMode } from './progress.ts';
import type { Terminal } from './terminal.ts';
import type { RunView } from './watch/view.ts';

export interface WatchFlags {
  readonly quiet: boolean;
  readonly progress: ProgressMode;
  /** As it is written: a port, or nothing for any that is free. */
  readonly watch?: string | boolean | undefined;
}

export interface Watch extends AsyncDisposable {
  /** What is to be told of every event of a run with that plan, which is kept in that folder. */
  follow(plan: Plan, folder: string): (event: RunEvent) => void;
  /** The run that was followed last is over, and its reports are written. */
  over(ended: { readonly result: Result; readonly files: readonly string[] }): void;
}

const off: Watch = {
  follow: () => () => undefined,
  over: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

/** For pages that have to fetch the report yet. */
const mostFarewellMillis = 3_000;

/**
 * Serves the page where `--watch` says so until disposed, and says where.
 * @throws HarnessError `usage` for what is no port, `environment` for one that cannot be had
 */
export async function openWatch({ watch, progress, quiet }: WatchFlags, terminal: Terminal): Promise<Watch> {
  if (watch === undefined || watch === false || watch === 'false') return off;
  const port = watch === true || watch === 'true' || watch === '' ? 0 : portOf('--watch', watch, 8080);
  const opened = await serve(port);
  if (progress === 'json') {
    terminal.command(JSON.stringify({ at: new Date().toISOString(), type: 'watch', url: opened.url }));
  } else if (!quiet || port === 0) terminal.error(`watch       ${opened.url}`);
  return opened;
}

/** Loads what is needed only here, and serves it. */
async function serve(port: number): Promise<Watch & { readonly url: string }> {
  const [{ EventStream }, { livePage }, { ReportSoFar }, { serveWatch }, { RunView: View }] = await Promise.all([
    import('./watch/events.ts'),
    import('./watch/page.ts'),
    import('./watch/report.ts'),
    import('./watch/server.ts'),
    import('./watch/view.ts'),
  ]);
  await using opened = new AsyncDisposableStack();
  let view: RunView | null = null;
  const told = { whole: () => view?.whole() ?? {}, changes: () => view?.changes() ?? {} };
  const reports = opened.use(new ReportSoFar());
  const events = opened.use(new EventStream(told));
  const report = (): Promise<string> | null => {
    if (view === null) return null;
    const kept = view.over?.report ?? null;
    return kept === null ? reports.page(view.folder) : readFile(kept, 'utf8');
  };
  const server = opened.use(await serveWatch({ page: livePage(), events, report }, port));
  opened.defer(() => events.end(mostFarewellMillis));
  const parts = opened.move();
  return {
    url: `${server.origin}/`,
    follow(plan, folder) {
      const followed = new View({ plan, shape: shapeOf(plan), folder });
      view = followed;
      return event => {
        followed.take(event);
        events.changed();
      };
    },
    over({ result: { exitCode, reasons }, files }) {
      const report = files.find(file => file.endsWith('.html')) ?? null;
      view?.end({ verdict: exitCode === 0 ? 'pass' : 'fail', exitCode, reasons, report });
      events.changed();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
