/** Says which resource was at its end: of a trial in a word, of a search in a sentence. */
import type { CapacityResult, ClusterResource, LimitingResource } from '../results/capacity.ts';

/** A resource in a table. */
export const resourceWords: Readonly<Record<LimitingResource, string>> = {
  'broker-cpu': 'CPU of the brokers',
  'host-cpu': 'CPU, shared with the generator',
  disk: 'disk',
  network: 'network',
  'request-handlers': 'request handlers',
  client: 'client',
  generator: 'generator',
};

const sentences: Readonly<Record<ClusterResource, string>> = {
  'broker-cpu': 'the CPUs of the brokers ran out first',
  'host-cpu':
    'the CPUs of this host ran out first, which brokers and generator share: on hosts of their own the brokers may carry more',
  disk: 'a disk of the brokers was busy nearly all the time',
  network: 'a network link of the brokers was nearly full',
  'request-handlers': 'the request handlers of a broker were nearly never idle (num.io.threads)',
};

/** What of the cluster ended a search, as far as that is known; nothing where something else did. */
export function limitLines({ limitedBy, probes }: CapacityResult): string[] {
  switch (limitedBy) {
    case null:
    case 'generator':
    case 'client':
      return [];
    case 'cluster':
      return [
        probes.some(({ ranOut }) => ranOut !== undefined)
          ? 'which resource of the cluster ran out is not told: none that was watched was at its end in most trials'
          : 'which resource of the cluster ran out was not measured',
      ];
    case 'broker-cpu':
    case 'host-cpu':
    case 'disk':
    case 'network':
    case 'request-handlers':
      return [sentences[limitedBy]];
  }
}
