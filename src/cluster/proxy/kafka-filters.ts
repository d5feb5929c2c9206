/** Follows what is asked and answered on a connection to a broker, and puts the proxies' addresses into the answers. */
import { type Addresses, type AnswerKind, changeAnswer, isChanged, newestVersions } from './kafka-answers.ts';
import { frameFilter } from './frame-filter.ts';
import type { Filters } from './route.ts';

/** Length, API key, version, correlation id. */
const requestHeadBytes = 12;
/** Length, correlation id. */
const answerHeadBytes = 8;

/**
 * The filters of one connection. Metadata, FindCoordinator and DescribeCluster tell of the brokers by the addresses given; a broker that is
 * not among them, because it has joined since, keeps its own. ApiVersions tells of no version of Produce above 9 and of Fetch above 15, whose
 * answers may name the address of a new leader (KIP-951), and of no ShareFetch and ShareAcknowledge, so that a client asks for Metadata where
 * its leader has changed: with newer versions it might learn of it a round trip sooner. All else passes as it is, and is never held whole.
 */
export function openAddressFilters(addresses: Addresses): Filters {
  /** The requests whose answers are changed, by correlation id. Those that are not answered, as Produce may be, are not among them. */
  const asked = new Map<number, AnswerKind>();
  return {
    toBroker: frameFilter({
      headBytes: requestHeadBytes,
      onHead(head) {
        if (head.length < requestHeadBytes) return null;
        const [key, version] = [head.readInt16BE(4), head.readInt16BE(6)];
        const newest = newestVersions.get(key) ?? version;
        if (version > newest)
          throw new Error(
            `a client uses version ${version} of API ${key}, of which it was told ${newest} is the newest`,
          );
        if (isChanged(key)) asked.set(head.readInt32BE(8), { key, version });
        return null;
      },
      onNonsense: 'pass',
    }),
    fromBroker: frameFilter({
      headBytes: answerHeadBytes,
      onHead(head) {
        if (head.length < answerHeadBytes) return null;
        const correlationId = head.readInt32BE(4);
        const kind = asked.get(correlationId);
        if (kind === undefined) return null;
        asked.delete(correlationId);
        return frame => changeAnswer(frame, kind, addresses);
      },
      onNonsense: 'throw',
    }),
  };
}
