/** Shows how often a comparison is wrong: alarms between equals, and slowdowns that are found, in virtual time with the simulated server. */
import { parseArgs } from 'node:util';
import { compareCells, latencyOf, type RunTrial, runVirtualTrial, seededRandom, whole } from '../../src/index.ts';
import { formatTable } from '../peers/table.ts';

const { values } = parseArgs({
  options: {
    equals: { type: 'string', default: '400' },
    slower: { type: 'string', default: '200' },
    blocks: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
});
const metric = 'ack.p99';
const delta = 0.05;
const ratePerSecond = 2_000;
const windowSeconds = 5;

/** A server, and how much its speed differs by chance from trial to trial and from block to block. */
interface Ground {
  readonly name: string;
  readonly servers: number | 'unlimited';
  readonly serviceMeanMicros: number;
  readonly trialNoise: number;
  readonly blockNoise: number;
}

const queue = { name: 'one server, half busy', servers: 1, serviceMeanMicros: 250 } as const;
const unlimited = { name: 'unlimited servers', servers: 'unlimited', serviceMeanMicros: 1_000 } as const;
const grounds: readonly Ground[] = [
  { ...queue, trialNoise: 0, blockNoise: 0.05 },
  { ...unlimited, trialNoise: 0, blockNoise: 0.1 },
  { ...unlimited, trialNoise: 0.03, blockNoise: 0.1 },
  { ...unlimited, trialNoise: 0.05, blockNoise: 0.1 },
  { ...unlimited, trialNoise: 0.08, blockNoise: 0.1 },
];

const random = seededRandom(Number(values.seed));
/** A standard normal number (Box and Muller 1958). */
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** A trial as the analysis sees it: what a comparison reads, and no more. */
function trialOf(block: number, ground: Ground, speed: number): RunTrial {
  const { ack, scheduled, acked } = runVirtualTrial({
    ratePerSecond,
    serviceMeanMicros: ground.serviceMeanMicros * speed * Math.exp(ground.trialNoise * normal()),
    servers: ground.servers,
    warmupMicros: 1e6,
    measureMicros: windowSeconds * 1e6,
    seed: random.below(2 ** 32),
  });
  if (scheduled !== acked) throw new Error(`${scheduled - acked} messages were not acknowledged`);
  const trial = { block, isOpenLoop: true, ackMicros: latencyOf(ack), groups: [] };
  return { cell: 'cell', trial: trial as unknown as RunTrial['trial'], distributions: { ack } };
}

/** One comparison of a server with one that takes `slowdown` times as long, in randomised blocks. */
function compareOnce(ground: Ground, slowdown: number) {
  const a: RunTrial[] = [];
  const b: RunTrial[] = [];
  for (let block = 1; block <= Number(values.blocks); block++) {
    const speed = Math.exp(ground.blockNoise * normal());
    a.push(trialOf(block, ground, speed));
    b.push(trialOf(block, ground, speed * slowdown));
  }
  const comparison = compareCells({ id: 'a', trials: a }, { id: 'b', trials: b }, { metric, delta });
  if (comparison === null) throw new Error('nothing was compared');
  return comparison;
}

const verdicts = ['worse', 'better', 'same', 'inconclusive'] as const;

function rowOf(ground: Ground, slowdown: number, times: number): string[] {
  const counts = { worse: 0, better: 0, same: 0, inconclusive: 0 };
  let logs = 0;
  let mdes = 0;
  for (let i = 0; i < times; i++) {
    const { verdict, ratio, mde } = compareOnce(ground, slowdown);
    counts[verdict]++;
    logs += Math.log(ratio ?? Number.NaN);
    mdes += mde ?? Number.NaN;
  }
  console.error(`${ground.name}, noise ${ground.trialNoise}, slower by ${slowdown}: ${JSON.stringify(counts)}`);
  return [
    ground.name,
    percent(ground.trialNoise),
    percent(slowdown - 1),
    percent(Math.exp(logs / times) - 1),
    percent(mdes / times),
    whole(times),
    ...verdicts.map(verdict => whole(counts[verdict])),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const headings = ['server', 'noise', 'slower by', `${metric} changes by`, 'mean MDE', 'comparisons', ...verdicts];

for (const [title, slowdown, times] of [
  ['Equals', 1, Number(values.equals)],
  ['A server that takes 10 % longer', 1.1, Number(values.slower)],
] as const) {
  console.log(
    `${title}\n${formatTable(
      headings,
      grounds.map(ground => rowOf(ground, slowdown, times)),
    )}\n`,
  );
}
console.log(
  `${values.blocks} blocks a comparison, trials of ${whole(ratePerSecond * windowSeconds)} messages, ${metric}, delta ${percent(delta)}, seed ${values.seed}.`,
);
console.log(
  'noise: how much the server’s speed differs by chance from trial to trial; blocks differ by 5 % (one server) or 10 %.',
);
