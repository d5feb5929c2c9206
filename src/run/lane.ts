/** Drives one producer: fills blocks with what is due and submits them, never early, forgiving no debt. Hot. */
import type { MessageBlock, ProducerConnection } from '../drivers/driver.ts';
import { IntervalRecorder } from '../measure/recorder.ts';
import { SecondCounter } from '../measure/timeline.ts';
import { type Clock, hostClock } from '../support/clock.ts';
import { packOrigin } from '../support/origin.ts';
import { type StampColumn, stampColumn } from '../support/stamp.ts';
import { FreeSlots } from './free-slots.ts';
import type { LaneSettings } from './lane-settings.ts';
import { blockCapacity, newBlock } from './message-block.ts';
import type { Outcomes } from './outcomes.ts';

/** As many messages are made at least for a client that is kept full. */
const fewestMade = 8;

export class Lane {
  readonly outcomes: Outcomes;
  /** Due → sent of messages that the client could take when they were due. */
  readonly promptLag = new IntervalRecorder();
  /** Due → sent of messages that had to wait for the client … */
  readonly blockedScheduleLag = new IntervalRecorder();
  /** … of which this much was the generator's own … */
  readonly blockedOwnLag = new IntervalRecorder();
  /** … and this much the client's. */
  readonly blocked = new IntervalRecorder();
  readonly sentPerSecond: SecondCounter;
  /** Messages due in the window, by due second. */
  readonly duePerSecond = new SecondCounter(0);
  sent = 0;
  sentInWindow = 0;
  scheduledInWindow = 0;
  /** The sequence numbers that are due in the window: due times only grow, so they are one range. */
  readonly windowSequences = { from: 0, to: 0 };
  guardTripped = false;
  readonly #settings: LaneSettings;
  readonly #clock: Clock;
  readonly #block: MessageBlock;
  readonly #stamps: StampColumn;
  readonly #slots: FreeSlots | null;
  #connection: ProducerConnection | null = null;
  #blockFrom = 0;
  #startMicros = 0;
  #nextDueMicros = 0;
  /** False between a `submit` that took fewer and the client's `writable`. */
  #clientTakes = true;
  /** What a client that is kept full will probably take: what it does not take was made in vain. */
  #roomExpected = blockCapacity;
  /** When the client last became writable, µs since the start. */
  #writableMicros = 0;
  #stopped = false;
  /** From then on nothing was due any more. */
  #stoppedMicros = Infinity;

  constructor(settings: LaneSettings, outcomes: Outcomes, clock: Clock = hostClock) {
    this.#clock = clock;
    this.#settings = settings;
    this.outcomes = outcomes;
    this.sentPerSecond = new SecondCounter(settings.window.fromMicros);
    this.#stamps = stampColumn(blockCapacity);
    this.#block = newBlock(this.#stamps);
    this.#slots = settings.load.kind === 'closed' ? new FreeSlots(settings.load.outstanding) : null;
    if (settings.load.kind === 'open') this.#nextDueMicros = settings.load.nextDueMicros();
  }

  /** Gives the lane its client. */
  attach(connection: ProducerConnection): void {
    this.#connection = connection;
  }

  /** Sets the trial's common start, on the host's clock. */
  beginAt(startMicros: number): void {
    this.#startMicros = startMicros;
    this.outcomes.beginAt(startMicros);
  }

  /** Sends what is due; returns when to come again, µs since the start: 0 for at once, Infinity for when something happens. */
  turn(): number {
    if (this.#stopped || (this.#hasRemainder && !this.#submit())) return Infinity;
    while (true) {
      const atMicros = this.#clock.nowMicros() - this.#startMicros;
      this.#fill(atMicros);
      if (this.#block.count === 0) return this.#nextActionMicros(atMicros);
      const full = this.#block.count === blockCapacity;
      if (!this.#submit()) return Infinity;
      if (full) return 0;
    }
  }

  /** The client takes messages again. */
  writable(): void {
    this.#clientTakes = true;
    this.#writableMicros = this.#clock.nowMicros() - this.#startMicros;
  }

  acknowledged(firstTicket: number, count: number, atMicros: number, partition: number, baseOffset: number): void {
    const place = this.#placeOf(this.#topicOf(firstTicket), partition);
    this.outcomes.acknowledged(firstTicket, count, atMicros, place, baseOffset);
    this.#release(count, atMicros);
  }

  failed(firstTicket: number, count: number, atMicros: number): void {
    this.outcomes.failed(firstTicket, count, atMicros);
    this.#release(count, atMicros);
  }

  departed(firstTicket: number, count: number, atMicros: number): void {
    this.outcomes.departed(firstTicket, count);
    this.#release(count, atMicros);
  }

  /** Whether every message due in the window has an outcome, or is past hope. */
  isWindowResolved(): boolean {
    const atMicros = this.#clock.nowMicros() - this.#startMicros;
    const { window, deliveryTimeoutMicros } = this.#settings;
    if (atMicros >= window.toMicros + deliveryTimeoutMicros) return true;
    if (atMicros < window.toMicros || this.outcomes.pendingInWindow > 0) return false;
    return this.#settings.load.kind !== 'open' || this.#nextDueMicros >= window.toMicros;
  }

  /** Every message due before is among those counted by due second; µs from the window's start. */
  get dueUntilMicros(): number {
    const { load, window } = this.#settings;
    if (load.kind === 'open') return this.#nextDueMicros - window.fromMicros;
    const { tickets } = this.outcomes;
    const isEveryTaken = load.kind === 'saturating' || this.#slots?.count === 0;
    const lastDue = tickets.next === 0 ? -Infinity : (tickets.dueMicros[(tickets.next - 1) & tickets.mask] as number);
    return (isEveryTaken ? this.#clock.nowMicros() - this.#startMicros : lastDue) - window.fromMicros;
  }

  /** For how long the next message has been due; null without a schedule. */
  get behindMicros(): number | null {
    if (this.#settings.load.kind !== 'open') return null;
    if (this.#stopped) return 0;
    return Math.max(0, this.#clock.nowMicros() - this.#startMicros - this.#nextDueMicros);
  }

  /** Whether a turn would do nothing until the client calls. */
  get isWaiting(): boolean {
    return !this.#canSubmit() || this.#slots?.count === 0;
  }

  get outstanding(): number {
    return this.#submitted - this.outcomes.tickets.low;
  }

  /** Schedules nothing more. What was due and never submitted stays so. */
  stop(): void {
    if (!this.#stopped) this.#stoppedMicros = this.#clock.nowMicros() - this.#startMicros;
    this.#stopped = true;
  }

  /** Ends all that has no outcome. Returns how many messages were due in the window and never submitted. */
  finish(): number {
    this.stop();
    const { tickets } = this.outcomes;
    this.outcomes.giveUp(this.#submitted);
    let notSent = this.#unscheduledInWindow();
    for (let ticket = this.#submitted; ticket < tickets.next; ticket++) {
      const due = tickets.dueMicros[ticket & tickets.mask] as number;
      if (!this.outcomes.isInWindow(due)) continue;
      this.outcomes.neverSent(due);
      notSent++;
    }
    return notSent;
  }

  get #hasRemainder(): boolean {
    return this.#blockFrom < this.#block.count;
  }

  /** The ticket after the last one that the client took. */
  get #submitted(): number {
    return this.outcomes.tickets.next - (this.#block.count - this.#blockFrom);
  }

  #topicOf(sequence: number): number {
    const { topics } = this.#settings.content;
    return topics === 1 ? 0 : (sequence + this.#settings.producer) % topics;
  }

  /** The partition over all topics; −1 where it is not known. */
  #placeOf(topic: number, partition: number): number {
    const partitions = this.outcomes.ackedByPartition.length / this.#settings.content.topics;
    return partition < 0 ? -1 : topic * partitions + partition;
  }

  #canSubmit(): boolean {
    if (!this.#clientTakes) return false;
    const limit = this.#settings.mode === 'sync' ? 1 : this.#settings.mostOutstanding;
    return this.outstanding < limit;
  }

  /** Counts what the schedule has had due in the window until now and for which there was no room. */
  #unscheduledInWindow(): number {
    const { load, window } = this.#settings;
    if (load.kind !== 'open') return 0;
    const untilMicros = Math.min(window.toMicros, this.#stoppedMicros);
    let count = 0;
    for (; this.#nextDueMicros < untilMicros; this.#nextDueMicros = load.nextDueMicros()) {
      if (this.#nextDueMicros < window.fromMicros) continue;
      this.outcomes.neverSent(this.#nextDueMicros);
      this.scheduledInWindow++;
      count++;
    }
    return count;
  }

  #release(count: number, atHostMicros: number): void {
    const atMicros = atHostMicros - this.#startMicros;
    if (this.#slots) this.#slots.release(count, atMicros);
    if (this.#settings.mode === 'sync') this.#writableMicros = atMicros;
  }

  #fill(atMicros: number): void {
    this.#block.count = 0;
    this.#blockFrom = 0;
    if (!this.#canSubmit()) {
      if (this.#clientTakes && this.#settings.mode === 'async') this.guardTripped = true;
      return;
    }
    this.#block.firstTicket = this.outcomes.tickets.next;
    const { load, mode } = this.#settings;
    const most = mode === 'sync' ? 1 : blockCapacity;
    if (load.kind === 'open') {
      while (this.#nextDueMicros <= atMicros && this.#block.count < most) {
        this.#append(this.#nextDueMicros);
        this.#nextDueMicros = load.nextDueMicros();
      }
    } else if (this.#slots) {
      while (this.#slots.count > 0 && this.#block.count < most) this.#append(this.#slots.take());
    } else {
      const room = Math.min(most, this.#roomExpected);
      while (this.#block.count < room) this.#append(atMicros);
    }
  }

  /** Puts the next message, due at that time, into the block. */
  #append(dueMicros: number): void {
    const { content, producer, runStamp, origins } = this.#settings;
    const sequence = this.outcomes.tickets.next;
    const block = this.#block;
    const i = block.count++;
    const body = (sequence * content.bodyStride + content.bodyStart) % content.bodyOffsets.length;
    const bytes = content.bodyLengths[body] as number;
    const key = content.chooseKey(sequence);
    block.topic[i] = this.#topicOf(sequence);
    block.key[i] = key;
    block.partition[i] = content.choosePartition(key, sequence, bytes);
    block.bodyOffset[i] = content.bodyOffsets[body] as number;
    block.bodyLength[i] = bytes;
    block.headers[i] = content.chooseHeaders(sequence);
    this.#stamps.write(i, runStamp, packOrigin(origins, producer, key), sequence, dueMicros);
    this.outcomes.tickets.issue(dueMicros);
    if (this.outcomes.wantsPlaces)
      this.outcomes.placed(this.#placeOf(block.topic[i] as number, block.partition[i] as number));
    if (!this.outcomes.isInWindow(dueMicros)) return;
    if (this.windowSequences.to === 0) this.windowSequences.from = sequence;
    this.windowSequences.to = sequence + 1;
    this.scheduledInWindow++;
    this.duePerSecond.add(dueMicros - this.#settings.window.fromMicros, 1);
    this.outcomes.pendingInWindow++;
  }

  /** Offers the block's rest to the client; false where it did not take all. */
  #submit(): boolean {
    if (!this.#clientTakes) return false;
    const block = this.#block;
    const { tickets } = this.outcomes;
    const from = this.#blockFrom;
    const offered = block.count;
    const atMicros = this.#clock.nowMicros() - this.#startMicros;
    for (let i = from; i < block.count; i++) tickets.sentMicros[(block.firstTicket + i) & tickets.mask] = atMicros;
    // what the client says from within `submit` (an outcome, writable) must find the lane as it is after it
    this.#clientTakes = false;
    const taken = (this.#connection as ProducerConnection).submit(block, from);
    this.#blockFrom = from + taken;
    this.#recordSent(from, from + taken, atMicros);
    if (this.#settings.load.kind === 'saturating') {
      this.#roomExpected = Math.min(blockCapacity, Math.max(fewestMade, 2 * taken));
      this.#takeBack();
    }
    if (from + taken < offered) return false;
    this.#clientTakes = true;
    return true;
  }

  /** Without a schedule a message is due when the client takes it: what it did not take never was. */
  #takeBack(): void {
    const block = this.#block;
    const { tickets } = this.outcomes;
    const rest = block.count - this.#blockFrom;
    if (rest === 0) return;
    const due = tickets.dueMicros[(tickets.next - 1) & tickets.mask] as number;
    block.count -= rest;
    tickets.next -= rest;
    if (!this.outcomes.isInWindow(due)) return;
    this.windowSequences.to -= rest;
    this.scheduledInWindow -= rest;
    this.duePerSecond.add(due - this.#settings.window.fromMicros, -rest);
    this.outcomes.pendingInWindow -= rest;
  }

  #recordSent(from: number, to: number, atMicros: number): void {
    const { window } = this.#settings;
    const { tickets } = this.outcomes;
    const first = this.#block.firstTicket;
    this.sent += to - from;
    this.sentPerSecond.add(atMicros, to - from);
    for (let i = from; i < to;) {
      const due = tickets.dueMicros[(first + i) & tickets.mask] as number;
      let end = i + 1;
      while (end < to && tickets.dueMicros[(first + end) & tickets.mask] === due) end++;
      if (this.outcomes.isInWindow(due)) this.#recordLag(due - window.fromMicros, due, atMicros, end - i);
      i = end;
    }
  }

  #recordLag(sinceWindow: number, due: number, atMicros: number, count: number): void {
    this.sentInWindow += count;
    const waited = this.#writableMicros - due;
    if (waited <= 0) {
      this.promptLag.record(sinceWindow, atMicros - due, count);
      return;
    }
    this.blocked.record(sinceWindow, waited, count);
    this.blockedScheduleLag.record(sinceWindow, atMicros - due, count);
    this.blockedOwnLag.record(sinceWindow, atMicros - this.#writableMicros, count);
  }

  #nextActionMicros(atMicros: number): number {
    if (!this.#canSubmit()) return Infinity;
    if (this.#settings.load.kind === 'open') return this.#nextDueMicros;
    return this.#slots && this.#slots.count === 0 ? Infinity : atMicros;
  }
}
