import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inShort, problemsIn, readText } from './reading.ts';

/** A case: what is wrong, the lines below `name: x`, and the problems that are found, by line. */
type Case = readonly [what: string, below: string, ...expected: (string | RegExp)[]];

const duration = 'write a unit: us, ms, s, m, h, d →';

const cases: readonly Case[] = [
  // keys
  ['a misspelt key', 'load: { mesure: 30s }', '2:9 E102 unknown key "mesure" in load | did you mean "measure"?'],
  ['a misspelt block', 'prodcers: {}', '2:1 E102 unknown key "prodcers" | did you mean "producers"?'],
  [
    "Kafka's name of a key",
    'producers: { linger.ms: 5 }',
    '2:14 E102 unknown key "linger.ms" in producers | did you mean "linger"?',
  ],
  [
    "another client's name of a key",
    'producers: { compression.codec: lz4 }',
    '2:14 E102 unknown key "compression.codec" in producers | did you mean "compression"?',
  ],
  [
    "a consumer's key at a producer",
    'producers: { auto.offset.reset: earliest }',
    '2:14 E102 unknown key "auto.offset.reset" in producers | did you mean "consumers.<group>.start"?',
  ],
  [
    'a key in the wrong block',
    'load: { acks: all }',
    '2:9 E102 unknown key "acks" in load | did you mean "producers.acks"?',
  ],
  [
    "Kafka's setting outside config",
    'producers: { max.block.ms: 5 }',
    '2:14 E102 unknown key "max.block.ms" in producers | Kafka\'s own settings go under producers.config',
  ],
  [
    "Kafka's name of a key in config",
    'producers: { config: { linger.ms: 5 } }',
    '2:24 E107 producers.config: linger.ms has a key of its own | write producers.linger instead',
  ],
  ['a key said twice', 'repeat: 3\nrepeat: 4', '3:1 E111 repeat stands twice in this map | keep one of them'],
  [
    'a key of another form',
    'consumers: { a: { commit: { auto: 5s, batch: {} } } }',
    '2:39 E102 unknown key "batch" in consumers.a.commit | it belongs to another form of this setting: keep one form',
  ],
  [
    'a block inside a block',
    'load: { messages: {} }',
    '2:9 E102 unknown key "messages" in load | move it to the top of the file: messages: …',
  ],
  ['a name that all objects inherit', 'constructor: 1', /^2:1 E102 unknown key "constructor" \| /],
  // values
  [
    'a form without its setting',
    'consumers: { a: { commit: auto } }',
    '2:27 E103 consumers.a.commit: "auto" is not each | write { auto: 5s }',
  ],
  [
    'a misspelt value',
    'producers: { acks: al }',
    '2:20 E103 producers.acks: "al" is not one of 0, 1, all | did you mean "all"?',
  ],
  [
    "Kafka's -1",
    'producers: { acks: -1 }',
    '2:20 E103 producers.acks: -1 is not one of 0, 1, all | did you mean "all"?',
  ],
  [
    'a quoted number',
    'producers: { acks: "1" }',
    '2:20 E103 producers.acks: "1" is not one of 0, 1, all | write 1 without quotes',
  ],
  [
    'a hash without a name',
    'producers: { partitioning: hash }',
    '2:28 E103 producers.partitioning: "hash" is not one of murmur2, fnv1a, crc, round-robin, random, manual, sticky | say which: murmur2, fnv1a or crc',
  ],
  [
    'an unknown driver',
    'driver: kafkjs',
    '2:9 E103 driver: "kafkjs" is not one of kafkajs, confluent, platformatic, wire, simulated | did you mean "kafkajs"?',
  ],
  [
    'a release of an unknown driver',
    'driver: kafkjs@2.2.4',
    '2:9 E103 driver: there is no driver "kafkjs" | did you mean "kafkajs"?',
  ],
  [
    'a release of what has none',
    'producers: { driver: wire@1.0.0 }',
    '2:22 E103 producers.driver: wire is a part of Highwater and has no releases | write wire',
  ],
  [
    'a release of the simulated broker',
    'driver: simulated@1.0.0',
    '2:9 E103 driver: simulated is a part of Highwater and has no releases | write simulated',
  ],
  [
    'a tag in place of a release',
    'driver: confluent@latest',
    '2:9 E103 driver: "latest" is no exact release: what is measured must not change by itself | write all of it, like confluent@1.2.3',
  ],
  [
    'a range in place of a release',
    'matrix: { driver: [kafkajs@2.2.3, kafkajs@^2.2] }',
    '2:35 E103 matrix.driver[1]: "^2.2" is no exact release: what is measured must not change by itself | write all of it, like kafkajs@1.2.3',
  ],
  [
    'an unknown metric',
    'checks: [{ metric: ack.p9, max: 1ms }]',
    /^2:20 E103 checks\[0\]\.metric: "ack\.p9" is not one of .* \| did you mean "ack\.p9/,
  ],
  ['a number with separators', 'repeat: 1_000', '2:9 E105 repeat: "1_000" is not a number | did you mean 1000?'],
  [
    "an older YAML's true",
    'producers: { idempotence: yes }',
    '2:27 E105 producers.idempotence: "yes" is not true or false | did you mean true?',
  ],
  ['a key without a value', 'load:\n  rate:', '3:8 E105 load.rate: it has no value | write a value, or remove the key'],
  ['a number out of range', 'repeat: 0', '2:9 E105 repeat: 0 is below 1 | write 1 or more'],
  [
    'an empty list',
    'cluster: { brokers: [] }',
    '2:21 E105 cluster.brokers: it is empty | name one at least, or remove the key',
  ],
  // units
  [
    'a duration without a unit',
    'producers: { linger: 5 }',
    `2:22 E104 producers.linger: 5 is not a duration | ${duration} 5ms or 5s`,
  ],
  ['a duration in words', 'load: { warmup: 5sec }', '2:17 E104 load.warmup: "5sec" is not a duration | → 5s'],
  [
    'a negative duration',
    'load: { measure: -5s }',
    '2:18 E104 load.measure: "-5s" is not a duration | a duration above zero is never negative',
  ],
  [
    'a size with a wrong unit',
    'messages: { size: 1kb }',
    '2:19 E104 messages.size: "1kb" is not a size | write bytes (1000) or a unit: kB, KiB, MB, MiB → 1kB or 1KiB',
  ],
  [
    'a rate without a time',
    'load: { rate: 5000 }',
    '2:15 E104 load.rate: 5000 is not a rate | write messages or bytes per second → 5000/s',
  ],
  [
    'a percentage without its sign',
    'compare: { delta: { default: 0.05 } }',
    '2:30 E104 compare.delta.default: 0.05 is not a percentage | → 5%',
  ],
  // contradictions
  [
    'two kinds of load',
    'load: { rate: 5/s, outstanding: 3 }',
    '2:20 E107 load: "outstanding" cannot stand beside "rate" | keep one of rate, outstanding, stages',
  ],
  [
    'a check without a limit',
    'checks: [{ metric: lost }]',
    '2:10 E106 checks[0]: one of "min", "max" is missing | add min or max',
  ],
  [
    'a limit in another unit',
    'checks: [{ metric: lost, max: 5ms }]',
    /^2:31 E104 checks\[0\]\.max: "5ms" is not a number of messages/,
  ],
  [
    'an existing topic without a name',
    'topic: { lifetime: existing }',
    '2:20 E106 topic.lifetime: an existing topic needs its "name" | add name: …',
  ],
  [
    'idempotence without acks all',
    'producers: { idempotence: true, acks: 1 }',
    /^2:27 E107 producers\.idempotence: idempotence needs acks all, not 1/,
  ],
  [
    'a check on ack in a closed loop',
    'load: { outstanding: 4 }\nchecks: [{ metric: ack.p99, max: 1s }]',
    /^3:20 E107 checks\[0\]\.metric: ack\.p99 has no data/,
  ],
  [
    'spans of what is not kept by the second',
    'checks: [{ metric: partitionSkew, max: 2, every: 10s }]',
    /^2:50 E107 checks\[0\]\.every: partitionSkew is not kept by the second \| remove every: partitionSkew is judged at the end/,
  ],
  [
    'spans of half seconds',
    'checks: [{ metric: ack.p99, max: 1s, every: 1500ms }]',
    '2:45 E105 checks[0].every: spans are whole seconds, as figures are kept by the second | write it like 10s',
  ],
  [
    'a latency that is to end a trial, over no span',
    'checks: [{ metric: ack.p99, max: 1s, abort: true }]',
    '2:45 E107 checks[0].abort: ack.p99 cannot end a trial without a span to be judged over | add every: 10s',
  ],
  [
    'an end by what only the end can tell',
    'checks: [{ metric: lost, max: 0, abort: true }]',
    '2:41 E107 checks[0].abort: lost is known when the trial is over | remove abort: lost is judged at the end',
  ],
  [
    'an end by the generator’s own lag',
    'checks: [{ metric: scheduleLag.p99, max: 1ms, every: 1s, abort: true }]',
    '2:65 E107 checks[0].abort: scheduleLag.p99 is known when the trial is over | remove abort: its spans are judged at the end',
  ],
  [
    'an end by a count that has not grown enough yet',
    'checks: [{ metric: failed, min: 5, abort: true }]',
    '2:43 E107 checks[0].abort: failed only grows: min may still be reached | write max, or remove abort',
  ],
  [
    'more replicas than brokers',
    'topic: { replicationFactor: 3 }',
    /^2:29 E107 topic\.replicationFactor: 3 replicas need as many brokers/,
  ],
  // matrix
  [
    'a misspelt level',
    'matrix:\n  producers.acks: [0, 1, al]',
    '3:26 E103 matrix["producers.acks"][2]: "al" is not one of 0, 1, all | did you mean "all"?',
  ],
  [
    'a level without a unit',
    'matrix: { producers.linger: [5ms, 6] }',
    `2:35 E104 matrix["producers.linger"][1]: 6 is not a duration | ${duration} 6ms or 6s`,
  ],
  [
    'a misspelt factor',
    'matrix: { producers.ack: [0, 1] }',
    /^2:11 E112 .*"producers\.ack" \| did you mean "producers\.acks"\?/,
  ],
  [
    'a level twice',
    'matrix: { producers.acks: [1, 1] }',
    /^2:31 E107 .*the level 1 stands here twice \| keep one of them/,
  ],
  [
    'a wrong value in a named level',
    'matrix:\n  scale:\n    big: { topic.partitions: many }',
    /^4:30 E105 matrix\.scale\.big\["topic\.partitions"\]: "many" is not a number/,
  ],
  [
    'a selection of no factor',
    'exclude: [{ producers.acks: 1 }]',
    /^2:13 E112 .*"producers\.acks" is no factor of the matrix/,
  ],
  [
    'a selection of no level',
    'matrix: { producers.acks: [0, 1] }\ncompare: { reference: { producers.acks: all } }',
    /^3:41 E113 .*"all" is no level of this factor/,
  ],
  [
    'a check on no group',
    'consumers: { readers: {} }\nchecks: [{ metric: lost, max: 0, group: reader }]',
    '3:41 E113 checks[0].group: there is no group "reader" | did you mean "readers"?',
  ],
  // groups
  [
    'a start that needs what a new topic has not',
    'consumers: { r: { start: { offset: 5 } } }',
    /^2:\d+ E107 consumers\.r\.start: a new topic holds nothing to begin with at offset \| add topic: \{ lifetime: run \}/,
  ],
  [
    'churn by which nobody would be left',
    'consumers: { r: { members: 2, churn: [{ at: 1s, leave: 1 }, { at: 2s, crash: 1 }] } }',
    /^2:\d+ E107 consumers\.r\.churn: of 2 members none would be left to read \| let one stay/,
  ],
  [
    'churn of a broadcast',
    'consumers: { r: { members: 2, delivery: broadcast, churn: [{ at: 1s, leave: 1 }] } }',
    /^2:\d+ E107 consumers\.r\.churn: with broadcast .* \| use unicast/,
  ],
  [
    'churn without a group',
    'consumers: { r: { members: 2, groupProtocol: manual, churn: [{ at: 1s, leave: 1 }] } }',
    /^2:\d+ E107 consumers\.r\.churn: without a group at the broker /,
  ],
  [
    'a commit without a group',
    'consumers: { r: { groupProtocol: manual, commit: each } }',
    /^2:\d+ E107 consumers\.r\.commit: without a group at the broker /,
  ],
  [
    'a backlog at acks 0',
    'producers: { acks: 0 }\nconsumers: { r: { backlog: 10 } }',
    /^3:\d+ E107 consumers\.r\.backlog: at acks 0 nobody knows how many messages wait \| use acks 1 or all/,
  ],
  [
    'a warm-up that finds its length where nothing can be seen',
    'producers: { acks: 0 }\nload: { warmup: auto }',
    '3:17 E107 load.warmup: auto has nothing to watch: at acks 0 nothing is acknowledged, and no group reads | write a duration like 5s, or add consumers',
  ],
  // YAML
  ['an open bracket', 'tags: { a: 1', /^\d:\d+ E101 .* \| /],
  ['a tab', 'load:\n\trate: 5/s', '3:1 E101 Tabs are not allowed as indentation | indent with spaces'],
  ['an alias without an anchor', 'tags: *nowhere', /^2:7 E101 .*nowhere/],
  ['a bare variable in a flow map', 'load: { rate: ${RATE} }', /^2:16 E101 .*"\$\{" must stand in quotes \| write '/],
  ['a missing variable', 'seed: ${NO_SUCH}', /^2:7 E108 the environment has no NO_SUCH \| set NO_SUCH/],
  ['a missing base', 'extends: nope.yaml', '2:10 E109 nope.yaml: there is no such file | check the path'],
  ['a missing cluster file', 'cluster: nope.yaml', '2:10 E109 nope.yaml: there is no such file | check the path'],
  // not built yet
  ['a fleet', 'fleet: { agents: 2 }', /^2:\d+ E120 fleet.*not yet supported/],
];

const matches = (expected: string | RegExp, found: string): boolean =>
  typeof expected === 'string' ? expected === found : expected.test(found);

for (const [what, below, ...expected] of cases) {
  test(`${what} is refused at its place, with a hint`, async t => {
    const found = (await problemsIn(readText(t, `name: x\n${below}\n`))).map(inShort);
    const isAsExpected = found.length === expected.length && expected.every((text, i) => matches(text, found[i] ?? ''));
    if (!isAsExpected) assert.deepEqual(found, expected);
  });
}
