/** The entry of a worker thread: piscina calls it once a trial, with the thread's end of the channel. */
import type { MessagePort } from 'node:worker_threads';
import '../support/disposable-stack.ts';
import { warmRecorders } from '../measure/recorder.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { serveTrial } from './worker.ts';

warmRecorders();

export default async function thread({ port }: { readonly port: MessagePort }): Promise<void> {
  await serveTrial({
    post: (message: FromWorker) => port.postMessage(message),
    onMessage: listener => port.on('message', (message: ToWorker) => listener(message)),
  });
  port.close();
}
