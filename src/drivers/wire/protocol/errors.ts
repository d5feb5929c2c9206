/** Kafka's error codes, and what a client does about each (the protocol guide's table; KIP-360 for idempotent producers). */

/**
 * `retry`: ask again after a pause. `refresh`: learn the leaders again first. `sequence`: the broker and an idempotent producer
 * disagree about what came before. `coordinator`: find the group's coordinator again first. `rejoin`: the group does not count on the
 * member any more. `fatal`: asking again gives the same answer.
 */
export type Remedy = 'retry' | 'refresh' | 'sequence' | 'coordinator' | 'rejoin' | 'fatal';

const codes: Readonly<Record<number, readonly [name: string, remedy: Remedy]>> = {
  [-1]: ['UNKNOWN_SERVER_ERROR', 'fatal'],
  1: ['OFFSET_OUT_OF_RANGE', 'fatal'],
  2: ['CORRUPT_MESSAGE', 'retry'],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', 'refresh'],
  4: ['INVALID_FETCH_SIZE', 'fatal'],
  5: ['LEADER_NOT_AVAILABLE', 'refresh'],
  6: ['NOT_LEADER_OR_FOLLOWER', 'refresh'],
  7: ['REQUEST_TIMED_OUT', 'retry'],
  8: ['BROKER_NOT_AVAILABLE', 'refresh'],
  9: ['REPLICA_NOT_AVAILABLE', 'refresh'],
  10: ['MESSAGE_TOO_LARGE', 'fatal'],
  13: ['NETWORK_EXCEPTION', 'refresh'],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', 'retry'],
  15: ['COORDINATOR_NOT_AVAILABLE', 'coordinator'],
  16: ['NOT_COORDINATOR', 'coordinator'],
  17: ['INVALID_TOPIC_EXCEPTION', 'fatal'],
  18: ['RECORD_LIST_TOO_LARGE', 'fatal'],
  19: ['NOT_ENOUGH_REPLICAS', 'retry'],
  20: ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retry'],
  21: ['INVALID_REQUIRED_ACKS', 'fatal'],
  24: ['INVALID_GROUP_ID', 'fatal'],
  25: ['UNKNOWN_MEMBER_ID', 'rejoin'],
  29: ['TOPIC_AUTHORIZATION_FAILED', 'fatal'],
  30: ['GROUP_AUTHORIZATION_FAILED', 'fatal'],
  31: ['CLUSTER_AUTHORIZATION_FAILED', 'fatal'],
  32: ['INVALID_TIMESTAMP', 'fatal'],
  33: ['UNSUPPORTED_SASL_MECHANISM', 'fatal'],
  34: ['ILLEGAL_SASL_STATE', 'fatal'],
  35: ['UNSUPPORTED_VERSION', 'fatal'],
  41: ['NOT_CONTROLLER', 'retry'],
  42: ['INVALID_REQUEST', 'fatal'],
  43: ['UNSUPPORTED_FOR_MESSAGE_FORMAT', 'fatal'],
  44: ['POLICY_VIOLATION', 'fatal'],
  45: ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'sequence'],
  46: ['DUPLICATE_SEQUENCE_NUMBER', 'fatal'],
  47: ['INVALID_PRODUCER_EPOCH', 'sequence'],
  51: ['CONCURRENT_TRANSACTIONS', 'retry'],
  53: ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'fatal'],
  56: ['KAFKA_STORAGE_ERROR', 'refresh'],
  58: ['SASL_AUTHENTICATION_FAILED', 'fatal'],
  59: ['UNKNOWN_PRODUCER_ID', 'sequence'],
  69: ['GROUP_ID_NOT_FOUND', 'rejoin'],
  72: ['LISTENER_NOT_FOUND', 'refresh'],
  74: ['FENCED_LEADER_EPOCH', 'refresh'],
  75: ['UNKNOWN_LEADER_EPOCH', 'retry'],
  76: ['UNSUPPORTED_COMPRESSION_TYPE', 'fatal'],
  78: ['OFFSET_NOT_AVAILABLE', 'retry'],
  81: ['GROUP_MAX_SIZE_REACHED', 'fatal'],
  82: ['FENCED_INSTANCE_ID', 'fatal'],
  87: ['INVALID_RECORD', 'fatal'],
  88: ['UNSTABLE_OFFSET_COMMIT', 'retry'],
  89: ['THROTTLING_QUOTA_EXCEEDED', 'retry'],
  100: ['UNKNOWN_TOPIC_ID', 'refresh'],
  110: ['FENCED_MEMBER_EPOCH', 'rejoin'],
  111: ['UNRELEASED_INSTANCE_ID', 'fatal'],
  112: ['UNSUPPORTED_ASSIGNOR', 'fatal'],
  113: ['STALE_MEMBER_EPOCH', 'retry'],
};

/** No error. */
export const noError = 0;
export const offsetOutOfRange = 1;
/** The broker has this batch already: it is acknowledged. */
export const duplicateSequence = 46;
export const unsupportedVersion = 35;

/** What a client does about the code; codes of later brokers are taken as final. */
export const remedyOf = (code: number): Remedy => codes[code]?.[1] ?? 'fatal';

/** An answer that says no, in the broker's own word. */
export class BrokerError extends Error {
  readonly code: number;

  constructor(code: number, detail?: string | null) {
    const name = codes[code]?.[0] ?? `error ${code}`;
    super(
      detail === undefined || detail === null || detail === ''
        ? `The broker says ${name}`
        : `The broker says ${name}: ${detail}`,
    );
    this.name = 'BrokerError';
    this.code = code;
  }
}

/** @throws BrokerError unless the code says that all is well */
export function requireSuccess(code: number, detail?: string | null): void {
  if (code !== noError) throw new BrokerError(code, detail);
}
