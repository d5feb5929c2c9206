import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearsals } from '../../src/plan/rehearsal.ts';
import { planOf, problemsOf } from './planning.ts';

const labels = async (text: string): Promise<string[]> => (await planOf(text)).cells.map(({ label }) => label);

test('without a matrix there is one cell, which has the scenario’s name', async () => {
  const { cells, referenceCell } = await planOf('name: quick');
  assert.deepEqual(
    cells.map(({ id, label, factors }) => ({ id, label, factors })),
    [{ id: 'quick', label: 'quick', factors: {} }],
  );
  assert.equal(referenceCell, 'quick');
});

test('a product has every combination, the first factor slowest, with the levels in place', async () => {
  const { cells, referenceCell } = await planOf(`
name: acks
matrix:
  producers.acks: [1, all]
  producers.linger: [0ms, 5ms]
`);
  assert.deepEqual(
    cells.map(({ id, label, factors, scenario: { producers } }) => [
      id,
      label,
      factors,
      producers.acks,
      producers.linger as number,
    ]),
    [
      ['acks-1.linger-0ms', 'acks=1, linger=0ms', { 'producers.acks': 1, 'producers.linger': '0ms' }, 1, 0],
      ['acks-1.linger-5ms', 'acks=1, linger=5ms', { 'producers.acks': 1, 'producers.linger': '5ms' }, 1, 5_000],
      ['acks-all.linger-0ms', 'acks=all, linger=0ms', { 'producers.acks': 'all', 'producers.linger': '0ms' }, 'all', 0],
      [
        'acks-all.linger-5ms',
        'acks=all, linger=5ms',
        { 'producers.acks': 'all', 'producers.linger': '5ms' },
        'all',
        5_000,
      ],
    ],
  );
  assert.equal(referenceCell, 'acks-1.linger-0ms');
});

test('oneAtATime has the reference, and each other level alone', async () => {
  const text = `
name: sweep
combine: oneAtATime
compare: { reference: { producers.acks: all } }
matrix:
  producers.acks: [0, 1, all]
  producers.linger: [5ms, 0ms]
`;
  assert.deepEqual(await labels(text), [
    'acks=all, linger=5ms',
    'acks=0, linger=5ms',
    'acks=1, linger=5ms',
    'acks=all, linger=0ms',
  ]);
  assert.equal((await planOf(text)).referenceCell, 'acks-all.linger-5ms');
});

test('exclude leaves out the cells that match all of an entry, and compare.reference names the reference', async () => {
  const plan = await planOf(`
name: some
matrix:
  producers.acks: [0, 1, all]
  producers.linger: [0ms, 5ms]
exclude: [{ producers.acks: [0, 1], producers.linger: 5ms }]
compare: { reference: { producers.acks: 1 } }
`);
  assert.deepEqual(
    plan.cells.map(({ label }) => label),
    ['acks=0, linger=0ms', 'acks=1, linger=0ms', 'acks=all, linger=0ms', 'acks=all, linger=5ms'],
  );
  assert.equal(plan.referenceCell, 'acks-1.linger-0ms');
});

test('named levels set several values at once', async () => {
  const { cells } = await planOf(`
name: scales
matrix:
  scale:
    small: { topic.partitions: 6, producers.count: 2 }
    large: { topic.partitions: 60, producers.count: 20 }
`);
  assert.deepEqual(
    cells.map(({ id, factors, scenario: { topic, producers } }) => [
      id,
      factors,
      topic.lifetime === 'existing' ? null : topic.partitions,
      producers.count,
    ]),
    [
      ['scale-small', { scale: 'small' }, 6, 2],
      ['scale-large', { scale: 'large' }, 60, 20],
    ],
  );
});

test('below config the rest of a path is one key, and a path may lead where the file has nothing', async () => {
  const { cells } = await planOf(`
name: deep
cluster: { local: { brokers: 3 } }
matrix:
  topic.config.min.insync.replicas: [1, 2]
  messages.size: [1KiB, { median: 1KiB, p99: 20KiB }]
`);
  assert.deepEqual(
    cells.map(({ id, scenario: { topic, messages } }) => [
      id,
      topic.lifetime === 'existing' ? null : topic.config,
      messages.content.kind === 'generated' && messages.content.size.kind,
    ]),
    [
      ['min-insync-replicas-1.size-1KiB', { 'min.insync.replicas': 1 }, 'fixed'],
      ['min-insync-replicas-1.size-median-1KiB-p99-20KiB', { 'min.insync.replicas': 1 }, 'lognormal'],
      ['min-insync-replicas-2.size-1KiB', { 'min.insync.replicas': 2 }, 'fixed'],
      ['min-insync-replicas-2.size-median-1KiB-p99-20KiB', { 'min.insync.replicas': 2 }, 'lognormal'],
    ],
  );
});

test('the number of replicas is the smaller of 3 and the number of local brokers, and open elsewhere', async () => {
  const replicas = async (cluster: string): Promise<unknown> => {
    const [cell] = (await planOf(`name: replicas\ncluster: ${cluster}\n`)).cells;
    return cell?.scenario.topic.lifetime === 'existing' ? 'existing' : cell?.scenario.topic.replicationFactor;
  };
  assert.equal(await replicas('{}'), 1);
  assert.equal(await replicas('{ local: { brokers: 2 } }'), 2);
  assert.equal(await replicas('{ local: { brokers: 5 } }'), 3);
  assert.equal(await replicas('{ brokers: ["kafka:9092"] }'), null);
});

test('files that a cell names have absolute paths', async () => {
  const plan = await planOf(
    `
name: files
messages: { file: payloads.ndjson }
`,
    {},
    { 'payloads.ndjson': '{"value":"hello"}\n' },
  );
  const { content } = plan.cells[0]?.scenario.messages ?? assert.fail();
  assert.match(content.kind === 'file' ? content.path : '', /^\/.*\/payloads\.ndjson$/);
});

test('seed and repeat come from the command line, else from the scenario; a missing seed is drawn', async () => {
  const text = 'name: seeded\nseed: 42\nrepeat: 7\n';
  const scenario = await planOf(text);
  assert.deepEqual([scenario.seed, scenario.repeat, scenario.order.length], [42, 7, 7]);
  const flags = await planOf(text, { seed: 1, repeat: 2 });
  assert.deepEqual([flags.seed, flags.repeat, flags.order.length], [1, 2, 2]);
  const drawn = await Promise.all([planOf('name: drawn'), planOf('name: drawn')]);
  assert.ok(drawn.every(({ seed }) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32));
  assert.notEqual(drawn[0].seed, drawn[1].seed);
});

for (const [what, text, expected] of [
  [
    'one place set by two factors',
    'matrix:\n  producers.acks: [0, 1]\n  mode:\n    a: { producers.acks: 1 }\n',
    [/^5:\d+ matrix\.mode\.a: "producers\.acks" is set by matrix\["producers\.acks"\] too → let one factor/],
  ],
  [
    'a place within another factor’s',
    'matrix:\n  messages.size: [1KiB]\n  messages: [{ compressibility: 0 }]\n',
    [/^4:\d+ matrix\.messages\[0\]: "messages\.size", which has to do with "messages", is set by/],
  ],
  [
    'no cell left',
    'matrix:\n  producers.acks: [0, 1]\nexclude: [{ producers.acks: [0, 1] }]\n',
    [/^4:\d+ exclude: no cell is left/],
  ],
  [
    'an excluded reference',
    'matrix:\n  producers.acks: [0, 1]\nexclude: [{ producers.acks: 1 }]\ncompare:\n  reference: { producers.acks: 1 }\n',
    [/^6:\d+ compare\.reference: the reference cell \(producers\.acks=1\) is excluded/],
  ],
  [
    'the first cell excluded that oneAtATime compares with',
    'combine: oneAtATime\nmatrix:\n  producers.acks: [0, 1]\nexclude: [{ producers.acks: 0 }]\n',
    [/^5:\d+ exclude: the reference cell \(producers\.acks=0\) is excluded/],
  ],
  [
    'more than 500 cells',
    `matrix:\n  producers.count: [${numbers(30)}]\n  topic.partitions: [${numbers(20)}]\n`,
    [/^\d+:\d+ matrix: it has 600 cells, more than 500 → .*oneAtATime/],
  ],
  [
    'a product beyond going through',
    `matrix:\n  producers.count: [${numbers(400)}]\n  topic.partitions: [${numbers(400)}]\n`,
    [/^\d+:\d+ matrix: it has 160,000 combinations/],
  ],
  [
    'a contradiction of two levels, at the level that the rule is about and with its cell',
    'matrix:\n  producers.acks: [1, all]\n  producers.idempotence: [false, true]\n',
    [
      /^4:\d+ matrix\["producers\.idempotence"\]\[1\]: idempotence needs acks all, not 1, in acks=1, idempotence=true →/,
    ],
  ],
  [
    'a contradiction in several cells once',
    'producers: { idempotence: true }\nmatrix:\n  producers.acks: [0, 1, all]\n  producers.linger: [0ms, 1ms]\n',
    [
      /^2:\d+ producers\.idempotence: idempotence needs acks all, not 0, in acks=0, linger=0ms and 1 other cell →/,
      /^2:\d+ producers\.idempotence: idempotence needs acks all, not 1, in acks=1, linger=0ms and 1 other cell →/,
    ],
  ],
] as const) {
  test(`refused: ${what}`, async () => {
    const problems = await problemsOf(`name: refused\n${text}`);
    assert.equal(problems.length, expected.length, problems.join('\n'));
    expected.forEach((pattern, i) => assert.match(problems[i] as string, pattern));
  });
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, i) => i + 1).join(', ');
}

test('levels whose combinations are impossible can be excluded', async () => {
  assert.deepEqual(
    await labels(`
name: possible
matrix:
  producers.acks: [1, all]
  producers.idempotence: [false, true]
exclude: [{ producers.acks: 1, producers.idempotence: true }]
`),
    ['acks=1, idempotence=false', 'acks=all, idempotence=false', 'acks=all, idempotence=true'],
  );
});

test('rehearsals are shortened trials of the cells that need brokers, in the order of the first block', async () => {
  const plan = await planOf(
    'name: a\nseed: 1\nrepeat: 2\nload: { rate: 100/s, warmup: 5s, measure: 30s }\nmatrix:\n  how:\n    one: { producers.acks: 1 }\n    two: { producers.acks: all }\n    three: { driver: simulated }\n',
  );
  const first = plan.order.filter(({ block, cell }) => block === 1 && cell !== 'how-three').map(({ cell }) => cell);
  const chosen = rehearsals(plan, 3);
  assert.deepEqual(
    chosen.map(({ id }) => id),
    [...first, first[0]],
  );
  for (const { scenario } of chosen) {
    assert.deepEqual([scenario.load.warmupMicros, scenario.load.measureMicros], [2e6, 8e6]);
  }
  assert.deepEqual(rehearsals(plan, 0), []);
});
