/** The entry of a worker process, for a driver whose native addon wants a process of its own. */
import '../support/disposable-stack.ts';
import { warmRecorders } from '../measure/recorder.ts';
import { endBySignal } from '../support/processes.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { serveTrial } from './worker.ts';

// without the orchestrator there is nobody to report to, and nothing may outlive it
process.on('disconnect', () => endBySignal('SIGTERM', 0));
// a Ctrl-C reaches the whole group of processes: the orchestrator decides how it ends
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

/** Settles when the last message has left: a report is larger than what a pipe holds. */
let sent: Promise<void> = Promise.resolve();

warmRecorders();

await serveTrial({
  post(message: FromWorker) {
    sent = new Promise(resolve => process.send?.(message, () => resolve()));
  },
  onMessage: listener => process.on('message', (message: ToWorker) => listener(message)),
});
await sent;
process.disconnect();
