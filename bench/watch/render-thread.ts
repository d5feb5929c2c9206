/** The entry of a thread that renders the page of a stored run, as `highwater report` does. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { loadFormats, storedSource } from '../../src/index.ts';

// load comes first; on Linux alone a thread has a priority of its own
if (process.platform === 'linux') setPriority(19);
const { folder } = workerData as { readonly folder: string };
const formats = await loadFormats(['html']);
parentPort?.postMessage(formats.get('html')?.render(await storedSource(folder)));
