/** Keeps a partition's messages in the order in which they came, where several servers may finish a later one first. */

/** One producer's messages by partition, from their arrival until they may be appended. */
export class Line {
  /** By partition: tickets in the order of their arrival, and where the first one that waits stands. */
  readonly #queues: { readonly tickets: number[]; head: number }[];
  readonly #ended = new Set<number>();

  constructor(partitions: number) {
    this.#queues = Array.from({ length: partitions }, () => ({ tickets: [], head: 0 }));
  }

  arrive(partition: number, ticket: number): void {
    this.#queueOf(partition).tickets.push(ticket);
  }

  end(ticket: number): void {
    this.#ended.add(ticket);
  }

  /** Takes the partition's next message whose service and that of all before it has ended; −1 where there is none. */
  takeReady(partition: number): number {
    const queue = this.#queueOf(partition);
    const ticket = queue.tickets[queue.head];
    if (ticket === undefined || !this.#ended.delete(ticket)) return -1;
    queue.head++;
    if (queue.head > 1_024 && queue.head * 2 > queue.tickets.length) {
      queue.tickets.splice(0, queue.head);
      queue.head = 0;
    }
    return ticket;
  }

  #queueOf(partition: number): { readonly tickets: number[]; head: number } {
    return this.#queues[partition] as { readonly tickets: number[]; head: number };
  }
}
