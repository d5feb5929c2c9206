/** Decides which agents may take part in a run. */
import { HarnessError } from '../support/errors.ts';
import { programVersion } from '../support/version.ts';
import type { AgentIdentity } from './messages.ts';
import type { RemoteAgent } from './remote-agent.ts';
import { isLoopback } from './secrets.ts';

export class Admission {
  readonly #brokersUnderTest: readonly string[];
  readonly #ownBootId: string | null;
  /** By the session of an agent whose place is taken: what had been heard of who has it when the agent first asked. */
  readonly #asked = new Map<string, number>();

  constructor(brokersUnderTest: readonly string[], ownBootId: string | null) {
    this.#brokersUnderTest = brokersUnderTest;
    this.#ownBootId = ownBootId;
  }

  /**
   * Why an agent is refused, in whose place there may be one; null where it is welcome. `later`: it will ask again, and by then it is known
   * whether who has its place lives.
   */
  refusalOf(identity: AgentIdentity, before: RemoteAgent | undefined): HarnessError | 'later' | null {
    const { agent, session, host, highwaterVersion, bootId } = identity;
    const own = programVersion();
    if (highwaterVersion !== own)
      return new HarnessError('environment', `It is Highwater ${highwaterVersion}, and the run is of ${own}.`, {
        hint: 'Install the same release on every host.',
      });
    if (before !== undefined && before.lost === null) {
      const heardBefore = this.#asked.get(session) ?? before.heardRecords;
      this.#asked.set(session, heardBefore);
      if (before.heardRecords === heardBefore) return 'later';
      return new HarnessError('usage', `Agent ${agent} is there already, on ${before.identity.host}.`, {
        hint: 'Give each agent a number of its own with --id.',
      });
    }
    const brokers = this.#brokersUnderTest;
    if (brokers.some(isLoopback) && bootId !== this.#ownBootId)
      return new HarnessError(
        'usage',
        `The cluster under test is at ${brokers.join(', ')}, which ${host} cannot reach.`,
        { hint: 'Name brokers that every load host reaches, under cluster.brokers.' },
      );
    return null;
  }
}

export const anotherRun = (fleet: string): HarnessError =>
  new HarnessError('environment', `Another run of fleet ${fleet} is live on this control cluster.`, {
    hint: 'Wait for its end, or give the scenario another name.',
  });
