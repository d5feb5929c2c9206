/** Shows that the delivery ledger finds exactly what a simulated broker did to messages, at full rate, and in memory that hardly grows. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bytes, type Result, whole } from '../../src/index.ts';

const warmSeconds = 14;

const child = spawn(
  process.execPath,
  [join(import.meta.dirname, '..', 'highwater.js'), 'run', join(import.meta.dirname, 'exact.yaml'), '--json'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);

/** Resident memory by the second, in bytes. */
const resident: number[] = [];
const sampling = setInterval(() => {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  if (kilobytes !== undefined) resident.push(Number(kilobytes) * 1_024);
}, 1_000);
child.on('exit', () => clearInterval(sampling));
const result = JSON.parse(await text(child.stdout)) as Result;

const trials = result.cells.flatMap(cell => cell.trials);
for (const { block, attempt, counts, injected, rates, groups } of trials) {
  console.log(
    `block ${block}, attempt ${attempt}: ${whole(rates.ackedPerSecond)}/s acknowledged, ${whole(rates.consumedPerSecond)}/s read`,
  );
  for (const kind of ['lost', 'duplicated', 'reordered'] as const) {
    const found = groups.reduce((sum, group) => sum + group.counts[kind], 0);
    const told = injected?.[kind] ?? 0;
    console.log(
      `  ${kind.padEnd(11)} injected ${whole(told).padStart(9)}   found ${whole(found).padStart(9)}   ${found === told ? 'exactly' : 'NOT THE SAME'}`,
    );
  }
  console.log(`  of ${whole(counts.acked)} acknowledged in the window`);
}
// the trial's last seconds, before its reports are made and merged
const trialSeconds = 69;
const begin = resident[warmSeconds] ?? Number.NaN;
const end = resident[Math.min(trialSeconds, resident.length - 1)] ?? Number.NaN;
console.log(
  `resident memory: ${bytes(begin)} after ${warmSeconds} s, ${bytes(end)} after ${trialSeconds} s: grown by ${bytes(Math.abs(end - begin))}${end < begin ? ' less' : ''}`,
);
console.log(
  `by five seconds, MB: ${resident
    .filter((_, i) => i % 5 === 0)
    .map(one => Math.round(one / 1e6))
    .join(' ')}`,
);
