/** Cuts a stream of bytes into Kafka's frames: a 32-bit length, then so many bytes. */
import { MalformedFrameError } from './reader.ts';

/** A frame without its length: the bytes [start, end) of a buffer that is the caller's only until it returns. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void;

const lengthBytes = 4;
/** The correlation id, which every frame begins with. */
const leastFrameBytes = 4;
const firstCapacity = 65_536;

export class Frames {
  readonly #onFrame: OnFrame;
  readonly #mostFrameBytes: number;
  readonly #length = Buffer.alloc(lengthBytes);
  #lengthHave = 0;
  /** Of the frame that has begun; −1 between frames. */
  #size = -1;
  #have = 0;
  /** Grows with what has come, never with what a length promises. */
  #frame = Buffer.alloc(0);

  constructor(onFrame: OnFrame, mostFrameBytes: number) {
    this.#onFrame = onFrame;
    this.#mostFrameBytes = mostFrameBytes;
  }

  /** Takes the stream's next bytes, and hands on each frame that they complete. @throws MalformedFrameError where a length is nonsense */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#size < 0) {
        at = this.#takeLength(chunk, at);
        if (this.#size < 0) return;
        if (chunk.length - at >= this.#size) {
          const start = at;
          at += this.#size;
          this.#size = -1;
          this.#onFrame(chunk, start, at);
          continue;
        }
      }
      at = this.#take(chunk, at);
    }
  }

  #takeLength(chunk: Buffer, from: number): number {
    const count = Math.min(lengthBytes - this.#lengthHave, chunk.length - from);
    chunk.copy(this.#length, this.#lengthHave, from, from + count);
    this.#lengthHave += count;
    if (this.#lengthHave < lengthBytes) return from + count;
    this.#lengthHave = 0;
    const size = this.#length.readInt32BE(0);
    if (size < leastFrameBytes || size > this.#mostFrameBytes)
      throw new MalformedFrameError(`it claims to have ${size} bytes, at most ${this.#mostFrameBytes} were asked for`);
    this.#size = size;
    this.#have = 0;
    return from + count;
  }

  #take(chunk: Buffer, from: number): number {
    const count = Math.min(this.#size - this.#have, chunk.length - from);
    this.#reserve(this.#have + count);
    chunk.copy(this.#frame, this.#have, from, from + count);
    this.#have += count;
    if (this.#have === this.#size) {
      const size = this.#size;
      this.#size = -1;
      this.#onFrame(this.#frame, 0, size);
    }
    return from + count;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#frame.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(firstCapacity, bytes, this.#frame.length * 2));
    this.#frame.copy(larger, 0, 0, this.#have);
    this.#frame = larger;
  }
}
