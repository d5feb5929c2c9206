/** Turns what became of a producer's messages into counts and latencies. Hot: runs once a message, allocates nothing. */
import { IntervalRecorder } from '../measure/recorder.ts';
import { SequenceSet } from '../measure/sequences.ts';
import type { SilenceRecorder } from '../measure/silences.ts';
import { SmallHistogram } from '../measure/small-histogram.ts';
import { SecondCounter } from '../measure/timeline.ts';
import type { AcknowledgedAt } from './acknowledged-at.ts';
import { SilenceWatch } from './silence-watch.ts';
import { ended, Tickets } from './tickets.ts';

/** The measured window, in µs since the trial's common start: from inclusive, to exclusive. */
export interface Window {
  readonly fromMicros: number;
  readonly toMicros: number;
}

export interface OutcomeSettings {
  readonly window: Window;
  readonly deliveryTimeoutMicros: number;
  readonly partitions: number;
  /** The producer's index within the trial. */
  readonly producer: number;
  /** What its worker's producers have had acknowledged, where. */
  readonly acknowledgedAt: AcknowledgedAt;
  /** Only where brokers break on purpose. */
  readonly silences?: SilenceRecorder;
  /** The value's size in bytes of the message with this sequence number. */
  bytesOf(sequence: number): number;
}

/** Counts of one producer's messages: due in the window, and of the whole trial. */
export interface OutcomeCounts {
  acked: number;
  failed: number;
  unresolved: number;
}

const noCounts = (): OutcomeCounts => ({ acked: 0, failed: 0, unresolved: 0 });

export class Outcomes {
  readonly tickets = new Tickets();
  readonly ack = new IntervalRecorder();
  readonly service = new IntervalRecorder();
  readonly inWindow = noCounts();
  readonly total = noCounts();
  /** Sequence numbers that the broker has acknowledged. */
  readonly acked = new SequenceSet();
  readonly ackedPerSecond: SecondCounter;
  readonly failedPerSecond: SecondCounter;
  readonly ackByPartition: (SmallHistogram | undefined)[] = [];
  readonly ackedByPartition: Float64Array;
  /** Outcomes reported for messages that had ended already: a defect of the client or of its driver. */
  repeated = 0;
  /** Messages due in the window that have a ticket and no outcome yet. */
  pendingInWindow = 0;
  /** Messages acknowledged while the window lasted, whenever they were due … */
  completedInWindow = 0;
  /** … and the bytes of their values. */
  completedBytesInWindow = 0;
  readonly #settings: OutcomeSettings;
  readonly #silences: SilenceWatch | null;
  #startMicros = 0;

  constructor(settings: OutcomeSettings) {
    this.#settings = settings;
    this.#silences = settings.silences === undefined ? null : new SilenceWatch(settings.silences, this.tickets);
    this.ackedPerSecond = new SecondCounter(settings.window.fromMicros);
    this.failedPerSecond = new SecondCounter(settings.window.fromMicros);
    this.ackedByPartition = new Float64Array(settings.partitions);
  }

  /** Sets the trial's common start, on the host's clock. */
  beginAt(startMicros: number): void {
    this.#startMicros = startMicros;
  }

  isInWindow(dueMicros: number): boolean {
    return dueMicros >= this.#settings.window.fromMicros && dueMicros < this.#settings.window.toMicros;
  }

  /** Whether `placed` is to be told of every message. */
  get wantsPlaces(): boolean {
    return this.#silences !== null;
  }

  /** The message whose ticket was issued last goes to that partition over all topics; −1 where the client chooses it. */
  placed(partition: number): void {
    this.#silences?.placed(partition);
  }

  /** `partition` over all topics and `baseOffset` are −1 where the client does not tell. */
  acknowledged(firstTicket: number, count: number, atHostMicros: number, partition: number, baseOffset: number): void {
    const atMicros = atHostMicros - this.#startMicros;
    const { dueMicros, sentMicros, mask } = this.tickets;
    if (partition >= 0 && this.#silences !== null)
      this.#silences.acknowledged(partition, atMicros, dueMicros[firstTicket & mask] as number);
    let runDue = 0;
    let runSent = 0;
    let run = 0;
    for (let ticket = firstTicket; ticket < firstTicket + count; ticket++) {
      const slot = ticket & mask;
      const due = dueMicros[slot] as number;
      const sent = sentMicros[slot] as number;
      if (!this.#end(ticket, slot, sent)) continue;
      if (run > 0 && due === runDue && sent === runSent) {
        run++;
        continue;
      }
      if (run > 0) this.#recordRun(runDue, runSent, run, atMicros, partition);
      runDue = due;
      runSent = sent;
      run = 1;
    }
    if (run > 0) this.#recordRun(runDue, runSent, run, atMicros, partition);
    this.acked.addRun(firstTicket, count);
    if (partition >= 0 && baseOffset >= 0)
      this.#settings.acknowledgedAt.addRun(partition, baseOffset, this.#settings.producer, firstTicket, count);
    this.ackedPerSecond.add(atMicros, count);
    if (this.isInWindow(atMicros)) this.#countCompleted(firstTicket, count);
    this.tickets.advance(this.tickets.next);
  }

  failed(firstTicket: number, count: number, atHostMicros: number): void {
    const atMicros = atHostMicros - this.#startMicros;
    for (let ticket = firstTicket; ticket < firstTicket + count; ticket++) {
      const slot = ticket & this.tickets.mask;
      if (!this.#end(ticket, slot, this.tickets.sentMicros[slot] as number)) continue;
      this.#recordWithoutAck(this.tickets.dueMicros[slot] as number, 'failed');
      this.#silences?.failed(slot, this.tickets.dueMicros[slot] as number);
    }
    this.failedPerSecond.add(atMicros, count);
    this.tickets.advance(this.tickets.next);
  }

  /** With acks 0: nothing more is ever learnt of these messages. */
  departed(firstTicket: number, count: number): void {
    for (let ticket = firstTicket; ticket < firstTicket + count; ticket++) {
      const slot = ticket & this.tickets.mask;
      if (!this.#end(ticket, slot, this.tickets.sentMicros[slot] as number)) continue;
      this.total.unresolved++;
      if (!this.isInWindow(this.tickets.dueMicros[slot] as number)) continue;
      this.inWindow.unresolved++;
      this.pendingInWindow--;
    }
    this.tickets.advance(this.tickets.next);
  }

  /** Ends what has no outcome: everything from the lowest outstanding ticket up to `nextSubmitted`, which was never submitted. */
  giveUp(nextSubmitted: number): void {
    for (let ticket = this.tickets.low; ticket < nextSubmitted; ticket++) {
      const slot = ticket & this.tickets.mask;
      const sent = this.tickets.sentMicros[slot] as number;
      if (sent === ended) continue;
      this.tickets.sentMicros[slot] = ended;
      this.#recordWithoutAck(this.tickets.dueMicros[slot] as number, 'unresolved');
      this.#silences?.failed(slot, this.tickets.dueMicros[slot] as number);
    }
    this.tickets.low = nextSubmitted;
  }

  /** A message due in the window that the client was never given: it stays in the distribution of `ack`. */
  neverSent(dueMicros: number): void {
    const { window, deliveryTimeoutMicros } = this.#settings;
    this.ack.recordCensored(dueMicros - window.fromMicros, deliveryTimeoutMicros, 1);
  }

  /** Marks a ticket as ended; false where it was already, or was never issued. */
  #end(ticket: number, slot: number, sentMicros: number): boolean {
    if (sentMicros === ended || ticket < this.tickets.low || ticket >= this.tickets.next) {
      this.repeated++;
      return false;
    }
    this.tickets.sentMicros[slot] = ended;
    return true;
  }

  #recordRun(due: number, sent: number, count: number, atMicros: number, partition: number): void {
    const latency = atMicros - due;
    if (latency > this.#settings.deliveryTimeoutMicros) {
      for (let i = 0; i < count; i++) this.#recordWithoutAck(due, 'unresolved');
      return;
    }
    this.total.acked += count;
    if (!this.isInWindow(due)) return;
    this.inWindow.acked += count;
    this.pendingInWindow -= count;
    const sinceWindow = due - this.#settings.window.fromMicros;
    this.ack.record(sinceWindow, latency, count);
    this.service.record(sinceWindow, atMicros - sent, count);
    if (partition < 0) return;
    this.ackedByPartition[partition] = (this.ackedByPartition[partition] as number) + count;
    (this.ackByPartition[partition] ??= new SmallHistogram()).record(latency, count);
  }

  #recordWithoutAck(due: number, outcome: 'failed' | 'unresolved'): void {
    this.total[outcome]++;
    if (!this.isInWindow(due)) return;
    this.inWindow[outcome]++;
    this.pendingInWindow--;
    const sinceWindow = due - this.#settings.window.fromMicros;
    this.ack.recordCensored(sinceWindow, this.#settings.deliveryTimeoutMicros, 1);
    this.service.recordCensored(sinceWindow, this.#settings.deliveryTimeoutMicros, 1);
  }

  #countCompleted(firstTicket: number, count: number): void {
    this.completedInWindow += count;
    for (let ticket = firstTicket; ticket < firstTicket + count; ticket++) {
      this.completedBytesInWindow += this.#settings.bytesOf(ticket);
    }
  }
}
