/** Specifies where the brokers of a compose file are reached, and what of it is not the project's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokersIn, readComposeConfig, sharedResources } from '../../src/cluster/compose-config.ts';

/** As compose 2 writes it, and as compose 1 does. */
const inParts = (published: number, target: number) =>
  `{ mode: ingress, target: ${target}, published: "${published}", protocol: tcp }`;
const inShort = (published: number, target: number) => `127.0.0.1:${published}:${target}/tcp`;

for (const [what, services, expected] of [
  [
    'the listener whose port is published, in parts',
    `kafka: { ports: [${inParts(9092, 9092)}], environment: { KAFKA_ADVERTISED_LISTENERS: 'CLIENT://localhost:9092,INTERNAL://kafka:9094' } }`,
    ['localhost:9092'],
  ],
  [
    'the listener whose port is published, in short, as another one than inside',
    `kafka: { ports: [${inShort(19092, 9092)}], environment: { KAFKA_ADVERTISED_LISTENERS: 'INTERNAL://kafka:9094, CLIENT://localhost:19092' } }`,
    ['localhost:19092'],
  ],
  [
    'the first of several',
    `kafka: { ports: ['9092:9092', '9093:9093'], environment: { KAFKA_CFG_ADVERTISED_LISTENERS: 'A://127.0.0.1:9092,B://127.0.0.1:9093' } }`,
    ['127.0.0.1:9092'],
  ],
  ['the usual port of an image that is told nothing', `kafka: { ports: [${inParts(5092, 9092)}] }`, ['localhost:5092']],
  [
    'nothing for a listener that only containers can look up',
    `kafka: { hostname: broker, ports: ['9092:9092'], environment: { KAFKA_ADVERTISED_LISTENERS: 'A://kafka:9092,B://broker:9092' } }`,
    [],
  ],
  [
    'nothing for a port that is not published, or not always the same',
    `kafka: { ports: ['9101', { target: 9092 }], environment: { KAFKA_ADVERTISED_LISTENERS: 'A://localhost:9092' } }`,
    [],
  ],
  ['nothing for other services', `{ viewer: { ports: ['8080:8080'], environment: { KAFKA: null } }, silent: {} }`, []],
] as const) {
  test(`of a compose file is taken ${what}`, () => {
    const config = readComposeConfig(`services: ${services.startsWith('{') ? services : `{ ${services} }`}`);
    assert.deepEqual(
      brokersIn(config).map(({ address }) => address),
      expected,
    );
  });
}

test('volumes and networks with a name of their own are told from those of the project', () => {
  const config = readComposeConfig(`
volumes: { a: { name: ours_a }, b: null, c: { name: theirs }, d: { name: kept, external: true } }
networks: { default: { name: ours_default }, e: { name: net, external: false } }`);
  assert.deepEqual(sharedResources(config, 'ours'), ['theirs', 'net']);
});
