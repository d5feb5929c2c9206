/** Readies the clients of planned scenarios before the first of them runs: one that cannot be had is known at once. */
import { obtainClients } from '../src/index.ts';
import type { ProgressMode } from './progress.ts';
import type { PlannedScenario } from './scenario-options.ts';
import type { StopSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

/** How talkative the command is. */
interface Flags {
  readonly quiet: boolean;
  readonly progress: ProgressMode;
}

/** Fetches and builds what the scenarios name and this host lacks, and says so on stderr. */
export async function readyClients(
  planned: readonly PlannedScenario[],
  { quiet, progress }: Flags,
  { terminal, stop }: { readonly terminal: Terminal; readonly stop: StopSignals },
): Promise<void> {
  const isSilent = quiet || progress === 'none';
  const onProgress = (text: string): void => {
    if (!isSilent) terminal.error(`client      ${text}`);
  };
  for (const { plan } of planned) await obtainClients(plan, { onProgress, signal: stop.signal });
}
