/** Reads from librdkafka's statistics how often the coordinator has answered a member of a group by the newer protocol. */

/** The part of librdkafka's statistics that is read here. */
interface Statistics {
  readonly brokers?: Readonly<
    Record<string, { readonly rx: number; readonly req: Readonly<Record<string, number>> } | undefined>
  >;
}

/**
 * A member that is given nothing is told nothing by librdkafka. By the third answer the others have had the time to give up
 * what it is to get: one heartbeat in which they hear of it, and one in which it does.
 */
export const enoughAnswers = 3;

/** Answers to heartbeats: librdkafka counts all answers, and by kind all requests but these. */
export function answeredHeartbeats(json: string): number {
  const coordinator = (JSON.parse(json) as Statistics).brokers?.['GroupCoordinator'];
  if (coordinator === undefined) return 0;
  return Object.values(coordinator.req).reduce((left, requests) => left - requests, coordinator.rx);
}
