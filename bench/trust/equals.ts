/** Shows how often cells that are the same are called different on a real broker: ten comparisons of acks 1 with itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareCells, findRun, judgeTrial, readRun } from '../../src/index.ts';
import { formatTable } from '../peers/table.ts';

const folder = await mkdtemp(join(tmpdir(), 'highwater-equals-'));
try {
  const program = join(import.meta.dirname, '..', 'highwater.js');
  const args = [program, 'run', join(import.meta.dirname, 'equals.yaml'), '--out', folder, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await once(child, 'close');
  const run = await readRun(await findRun('latest', folder));
  const counting = run.trials.filter(({ trial }) => judgeTrial(trial).validity !== 'invalid');
  const armOf = (id: string) => ({ id, trials: counting.filter(({ cell }) => cell === `arm-${id}`) });
  const percent = (ratio: number | null): string => (ratio === null ? '–' : `${((ratio - 1) * 100).toFixed(1)} %`);
  const rows = Array.from({ length: 10 }, (_, i) => i + 1).map(pair => {
    const found = compareCells(armOf(`a${pair}`), armOf(`b${pair}`), { metric: 'ack.p99', delta: 0.05 });
    if (found === null) throw new Error(`pair ${pair} has no ack.p99`);
    const { ratio, low, high, verdict, blocks, mde } = found;
    const least = mde === null ? '–' : `${(mde * 100).toFixed(1)} %`;
    return [String(pair), String(blocks), percent(ratio), `${percent(low)} to ${percent(high)}`, least, verdict];
  });
  console.log(formatTable(['pair', 'blocks', 'ack.p99 changes by', '95 % interval', 'MDE', 'verdict'], rows));
} finally {
  await rm(folder, { recursive: true, force: true });
}
