/** A consumer of the library's that tells what it does for its group, and lets its user have a say in it. */
import {
  type API,
  type Callback,
  type CallbackWithPromise,
  Consumer,
  type FetchOptions,
  type GroupAssignment,
  kGetApi,
  kOptions,
  type ListCommitsOptions,
  type Offsets,
} from '@platformatic/kafka';
import { GroupRequests } from './group-requests.ts';

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type Fetch = FetchOptions<Buffer, Buffer, Buffer, Buffer>;
type MemberOptions = Consumer[typeof kOptions] & { heartbeatInterval: number; rebalanceTimeout: number };

export class WatchedConsumer extends Consumer {
  /** Awaited before partitions pass on, for as long as the group waits; heartbeats go on meanwhile. */
  beforeRevoking: (going: readonly GroupAssignment[]) => Promise<void> = async () => undefined;
  /** Called when partitions that were to pass on stay. */
  revokingEnded: () => void = () => undefined;
  /** Called when the member hears that it has no place in its group any more. */
  placeLost: () => void = () => undefined;
  /** Whether a position of this partition may be committed. */
  mayCommit: (topic: string, partition: number) => boolean = () => true;
  /** Awaited before the library asks from where the group goes on. */
  beforeOffsets: () => Promise<void> = async () => undefined;
  /** Called with what the group has committed, before the library goes on there: it may be changed. */
  offsetsTold: (offsets: Offsets) => void = () => undefined;
  /** Called when it was not told. */
  offsetsFailed: (error: Error) => void = () => undefined;
  /** Called when a broker has answered with records, or with none. */
  fetched: () => void = () => undefined;
  readonly #requests = this.#watchGroup();
  readonly #asked = new Set<number>();
  readonly #answered = new Set<number>();
  /** How often the library has learnt where it goes on. */
  #seeks = 0;

  /** Whether every broker that was ever asked for records has answered once. */
  get allHaveAnswered(): boolean {
    return this.#asked.size > 0 && this.#answered.isSupersetOf(this.#asked);
  }

  override [kGetApi]<Arguments extends unknown[], Response>(
    name: string,
    callback: Callback<API<Arguments, Response>>,
  ): void {
    if (!this.#requests.watches(name)) return super[kGetApi](name, callback);
    super[kGetApi]<unknown[], unknown>(name, (error, api) => {
      if (error !== null) callback(error);
      else callback(null, this.#requests.watch(name, api as API<unknown[], unknown>) as API<Arguments, Response>);
    });
  }

  override fetch(options: Fetch, callback: CallbackWithPromise<FetchResponse>): void;
  override fetch(options: Fetch): Promise<FetchResponse>;
  override fetch(options: Fetch, callback?: CallbackWithPromise<FetchResponse>): void | Promise<FetchResponse> {
    if (callback === undefined) return super.fetch(options);
    const seeks = this.#seeks;
    this.#asked.add(options.node);
    super.fetch(options, (error, response) => {
      if (error === null) this.#answered.add(options.node);
      // it was asked for where the partitions went on before: the library would go on behind that
      if (seeks !== this.#seeks && response !== undefined) emptied(response);
      callback(error, response);
      if (error === null) this.fetched();
    });
  }

  override listCommittedOffsets(options: ListCommitsOptions, callback: CallbackWithPromise<Offsets>): void;
  override listCommittedOffsets(options: ListCommitsOptions): Promise<Offsets>;
  override listCommittedOffsets(
    options: ListCommitsOptions,
    callback?: CallbackWithPromise<Offsets>,
  ): void | Promise<Offsets> {
    if (callback === undefined) return super.listCommittedOffsets(options);
    void this.beforeOffsets().then(() =>
      super.listCommittedOffsets(options, (error, offsets) => {
        if (error === null && offsets !== undefined) {
          this.#seeks++;
          this.offsetsTold(offsets);
        }
        callback(error, offsets);
        if (error !== null) this.offsetsFailed(error);
      }),
    );
  }

  #watchGroup(): GroupRequests {
    const { heartbeatInterval, rebalanceTimeout } = this[kOptions] as MemberOptions;
    const assignments = (): readonly GroupAssignment[] => this.assignments ?? [];
    const requests = new GroupRequests({
      isStatic: this.groupInstanceId !== null,
      heartbeatMillis: heartbeatInterval,
      rebalanceMillis: rebalanceTimeout,
      get assignments() {
        return assignments();
      },
      topicOf: id => [...(this.currentMetadata?.topics ?? [])].find(([, topic]) => topic.id === id)?.[0],
      mayCommit: (topic, partition) => this.mayCommit(topic, partition),
      beforeRevoking: going => this.beforeRevoking(going),
      revokingEnded: () => this.revokingEnded(),
      placeLost: () => this.placeLost(),
    });
    this.on('consumer:group:join', () => requests.joined());
    return requests;
  }
}

/** Takes the records out of an answer, as if none had come. */
function emptied({ responses }: FetchResponse): void {
  for (const { partitions } of responses) for (const partition of partitions) delete partition.records;
}
