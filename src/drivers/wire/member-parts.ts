/** What a member is made of, however it comes to its partitions. */
import type { ConsumerEvents, ConsumerOptions } from '../driver.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConsumerSettings } from './config.ts';
import type { Fetcher } from './fetcher.ts';

export interface MemberParts {
  readonly options: ConsumerOptions;
  readonly events: ConsumerEvents;
  readonly view: ClusterView;
  readonly settings: ConsumerSettings;
  readonly fetcher: Fetcher;
}
