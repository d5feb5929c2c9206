/** What of a trial was at its end: the first resource that its means show full, and nothing where none does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitingResource } from '../../src/analysis/limiting-resource.ts';
import type { TrialBrokers } from '../../src/results/broker-figures.ts';
import type { StoredTrial } from '../../src/results/schema.ts';
import { storedTrial } from '../../src/results/trial.ts';
import { aMeasurement } from '../builders/trial.ts';

type Watched = TrialBrokers['brokers'][number];

const watched = (name: string, host: string | null, cores: number | null, means: Watched['means']): Watched => ({
  name,
  host,
  cores,
  atMicros: [],
  samples: {},
  means,
});
const broker = (
  means: Watched['means'],
  { name = 'a:1', host = 'a' as string | null, cores = 4 as number | null } = {},
) => watched(name, host, cores, means);
const host = (means: Watched['means'], cores: number | null = 4) => watched('a', 'a', cores, means);

/** Of a trial with these figures; its brokers stand beside the generator, or elsewhere. */
function limitOf(
  brokers: readonly Watched[],
  hosts: readonly Watched[] = [],
  generator: Partial<StoredTrial['generator']> = {},
) {
  const trial = storedTrial(aMeasurement());
  return limitingResource({
    generator: { ...trial.generator, brokers: 'elsewhere', ...generator },
    brokers: { source: 'prometheus', looks: 20, missed: 0, brokers: [...brokers], hosts: [...hosts] },
  });
}

const here = { brokers: 'here' } as const;

for (const [sentence, found, expected] of [
  ['a broker that uses 85 % of its cores', limitOf([broker({ cpuCores: 3.4 })]), 'broker-cpu'],
  ['a broker that uses less', limitOf([broker({ cpuCores: 3.3 })]), null],
  [
    'brokers of one host that fill it together',
    limitOf([broker({ cpuCores: 1.8 }), broker({ cpuCores: 1.8 }, { name: 'a:2' })]),
    'broker-cpu',
  ],
  [
    'brokers of two hosts, neither of which is full',
    limitOf([broker({ cpuCores: 1.8 }), broker({ cpuCores: 1.8 }, { name: 'b:1', host: 'b' })]),
    null,
  ],
  [
    'a host that brokers and generator fill together',
    limitOf([broker({ cpuCores: 2 })], [host({ cpuCores: 3.6 })], here),
    'host-cpu',
  ],
  [
    'a host beside the generator that the brokers fill alone',
    limitOf([broker({ cpuCores: 3.5 })], [host({ cpuCores: 3.9 })], here),
    'broker-cpu',
  ],
  ['a full host of brokers elsewhere', limitOf([broker({ cpuCores: 2 })], [host({ cpuCores: 3.6 })]), 'broker-cpu'],
  ['a full host whose brokers tell nothing', limitOf([], [host({ cpuCores: 3.6 })]), 'broker-cpu'],
  ['cores that nobody counted', limitOf([broker({ cpuCores: 40 }, { cores: null })]), null],
  ['a disk that is busy for 90 % of the time', limitOf([broker({})], [host({ diskBusy: 0.9 })]), 'disk'],
  ['a network device at 90 %', limitOf([broker({})], [host({ linkBusy: 0.92, diskBusy: 0.5 })]), 'network'],
  ['request handlers that are idle for 5 %', limitOf([broker({ handlersIdle: 0.05 })]), 'request-handlers'],
  ['request handlers that are idle for 10 %', limitOf([broker({ handlersIdle: 0.1 })]), null],
  ['CPUs before all that waits for them', limitOf([broker({ cpuCores: 4, handlersIdle: 0 })]), 'broker-cpu'],
  ['a client without time left', limitOf([broker({ cpuCores: 1 })], [], { limitedBy: 'client' }), 'client'],
  ['a load that waits for a broker which is not full', limitOf([broker({})], [], { limitedBy: 'broker' }), null],
  ['nothing that was told', limitOf([]), null],
] as const) {
  test(`${sentence}: ${expected ?? 'not told'}`, () => assert.equal(found, expected));
}

test('a trial whose brokers were not watched is limited by nothing that is known but client or generator', () => {
  const { brokers: _, ...trial } = storedTrial(aMeasurement());
  assert.equal(limitingResource(trial), null);
  assert.equal(limitingResource({ generator: { ...trial.generator, limitedBy: 'generator' } }), 'generator');
});
