/** Keeps what was polled and not yet handed over, in its order. */
import type { Message, TopicPartition } from '@confluentinc/kafka-javascript';
import type { Records } from './records.ts';

const nothing: readonly Message[] = [];

export class Backlog {
  readonly #topics: readonly string[];
  #messages = nothing;
  /** The first one that was not handed over. */
  #next = 0;

  constructor(topics: readonly string[]) {
    this.#topics = topics;
  }

  get size(): number {
    return this.#messages.length - this.#next;
  }

  add(messages: readonly Message[]): void {
    this.#messages = this.size === 0 ? messages : [...this.#left(), ...messages];
    this.#next = 0;
  }

  /** Moves the view over the next run of one partition; false where nothing is left. */
  showNext(view: Records): boolean {
    const messages = this.#messages;
    const from = this.#next;
    if (from === messages.length) return false;
    const { topic, partition } = messages[from] as Message;
    let to = from + 1;
    for (; to < messages.length; to++) {
      const message = messages[to] as Message;
      if (message.partition !== partition || message.topic !== topic) break;
    }
    this.#next = to;
    view.show(this.#topics.indexOf(topic), messages, from, to - from);
    return true;
  }

  /** Forgets what came from these partitions: their next owner reads it. */
  drop(partitions: readonly TopicPartition[]): void {
    const isGone = (message: Message): boolean =>
      partitions.some(({ topic, partition }) => topic === message.topic && partition === message.partition);
    this.#messages = this.#left().filter(message => !isGone(message));
    this.#next = 0;
  }

  #left(): readonly Message[] {
    return this.#messages.slice(this.#next);
  }
}
