/** Takes one producer's messages into the servers that all producers share. */
import { Chance, Share } from './chance.ts';
import type { Control } from './memory.ts';
import { ServiceQueue } from './service-queue.ts';
import type { SimulatedHandle } from './settings.ts';

/** How one producer's messages enter the servers. */
export class Arrivals {
  readonly #control: Control;
  readonly #queue: ServiceQueue;
  readonly #unanswered: Share;
  readonly #service: Chance;
  readonly #serviceTime: SimulatedHandle['settings']['serviceTime'];

  constructor({ settings, servers, seed }: SimulatedHandle, producer: number, control: Control) {
    this.#control = control;
    this.#queue = new ServiceQueue(
      settings.servers === 'unlimited' ? null : new Float64Array(servers),
      settings.freeze,
    );
    this.#unanswered = new Share(new Chance(seed, 'unanswered', producer), settings.unanswered);
    this.#service = new Chance(seed, 'service', producer);
    this.#serviceTime = settings.serviceTime;
  }

  /** Whether the message never reaches the broker; counts it where it is due in the measured window. */
  isUnanswered(sequence: number, dueMicros: number): boolean {
    if (!this.#unanswered.includes(sequence)) return false;
    if (this.#control.isInWindow(dueMicros)) this.#control.countInjected('unanswered');
    return true;
  }

  /** When the service of a message ends that arrives then, on the host's clock. The caller holds the queue lock. */
  serve(sequence: number, arrivalMicros: number): number {
    const { kind, micros } = this.#serviceTime;
    const serviceMicros = kind === 'fixed' ? micros : this.#service.exponential(sequence, micros);
    return this.#queue.serve(arrivalMicros, serviceMicros, this.#control.windowMicros);
  }
}
