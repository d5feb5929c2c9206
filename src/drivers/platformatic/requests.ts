/** A producer of the library's that tells what its requests do: which messages it sends again, and when a request has really left. */
import { type API, type Callback, type Connection, kGetApi, Producer, type ResponseError } from '@platformatic/kafka';

/** The library's call for one request to one leader: the records it is given stay the same array when they are sent again. */
type Produce = (
  ...request: [
    connection: Connection,
    acks: number,
    timeout: number,
    records: readonly unknown[],
    options: object,
    callback: Callback<unknown>,
  ]
) => void;

export class WatchedProducer extends Producer {
  /** Messages in requests that were sent again, whichever part of them the broker had refused. */
  resentMessages = 0;
  readonly #sent = new WeakSet<object>();
  /** The library's versions of a request stay the same: also where it asks itself again, for it knew none. */
  #produce: Produce | null = null;

  override [kGetApi]<Arguments extends unknown[], Response>(
    name: string,
    callback: Callback<API<Arguments, Response>>,
  ): void {
    if (name !== 'Produce') return super[kGetApi](name, callback);
    super[kGetApi]<Arguments, Response>(name, (error, api) => {
      if (error !== null) return callback(error);
      this.#produce ??= this.#watch(api as unknown as Produce);
      callback(null, this.#produce as unknown as API<Arguments, Response>);
    });
  }

  #watch(produce: Produce): Produce {
    return (...[connection, acks, timeout, records, options, callback]) => {
      if (this.#sent.has(records)) this.resentMessages += records.length;
      else this.#sent.add(records);
      produce(connection, acks, timeout, records, options, acks === 0 ? flushed(connection, callback) : callback);
    };
  }
}

/**
 * Calls back when a request's connection has written everything: an empty write is done when those before it are. What is left
 * in this process when the connection breaks is an error, so that it is sent again, as by Java's client.
 */
const flushed =
  ({ socket }: Connection, callback: Callback<unknown>): Callback<unknown> =>
  (failure, written) => {
    if (failure !== null) callback(failure);
    else if (socket.writableLength === 0) callback(null, written);
    else socket.write('', error => callback(error ?? null, written));
  };

/** What brokers have answered within an error: partitions that were refused, and those beside them that were not. */
export function* answersWithin(error: unknown): Generator<ProduceAnswer> {
  if (!(error instanceof AggregateError)) return;
  const { response } = error as ResponseError;
  for (const topic of (response as ProduceResponse | undefined)?.responses ?? []) {
    for (const { index, errorCode, baseOffset } of topic.partitionResponses)
      if (errorCode === 0) yield { topic: topic.name, partition: index, offset: baseOffset };
  }
  for (const cause of error.errors) yield* answersWithin(cause);
}

export interface ProduceAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

interface ProduceResponse {
  readonly responses: readonly {
    readonly name: string;
    readonly partitionResponses: readonly {
      readonly index: number;
      readonly errorCode: number;
      readonly baseOffset: bigint;
    }[];
  }[];
}
