/** A group's member without a group at the broker: it reads the partitions that fall to its number. */
import type { ConsumerConnection, EffectiveSettings } from '../driver.ts';
import { effectiveOf } from './config.ts';
import type { MemberParts } from './member-parts.ts';
import type { Beginning } from './position.ts';

export class ManualMember implements ConsumerConnection {
  readonly effective: EffectiveSettings;
  readonly ready: Promise<void>;
  readonly #parts: MemberParts;

  constructor(parts: MemberParts) {
    this.#parts = parts;
    this.ready = parts.fetcher.ready;
    this.effective = effectiveOf(parts.options, parts.settings);
  }

  /** Takes its share of the partitions, learns where each begins, and reads. @throws Error where a leader does not say */
  async begin(): Promise<void> {
    const { options, events, view, fetcher } = this.#parts;
    const beginnings: Beginning[] = [];
    let dealt = 0;
    for (const topic of options.topics.keys()) {
      const own: number[] = [];
      for (let partition = 0; partition < view.partitionsOf(topic); partition++) {
        if (dealt++ % options.members === options.member) own.push(partition);
      }
      events.assigned(topic, own);
      for (const partition of own)
        beginnings.push({ topic, partition, offset: options.positions?.[topic]?.[partition] ?? -1 });
    }
    fetcher.add(beginnings);
    await fetcher.locate();
    fetcher.begin();
  }

  async commit(): Promise<void> {
    throw new Error('a member with manual assignment has no group that could take a commit');
  }

  /** The client gave up. */
  fail(error: Error): void {
    this.#parts.events.failed(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.fetcher.close();
    await this.#parts.view[Symbol.asyncDispose]();
  }
}
