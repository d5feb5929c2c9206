/** Turns Ctrl-C into an orderly stop, and the second one into an immediate end. */
import { endBySignal, exitCodes } from '../src/index.ts';
import type { Terminal } from './terminal.ts';

export interface StopSignals extends Disposable {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Why, once it is. */
  readonly reason: () => 'interrupted' | 'terminated' | null;
}

/** Listens until disposed. The second signal ends the process at once: brokers and workers do not outlive it. */
export function listenForStop(terminal: Terminal): StopSignals {
  const abort = new AbortController();
  let reason: 'interrupted' | 'terminated' | null = null;
  const on = (why: 'interrupted' | 'terminated') => (): void => {
    if (reason !== null) endBySignal(why === 'interrupted' ? 'SIGINT' : 'SIGTERM', exitCodes[why]);
    reason = why;
    terminal.error('\nStopping: draining messages in flight. Press Ctrl-C again to stop at once.');
    abort.abort();
  };
  const interrupted = on('interrupted');
  const terminated = on('terminated');
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', terminated);
  return {
    signal: abort.signal,
    reason: () => reason,
    [Symbol.dispose]() {
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', terminated);
    },
  };
}
