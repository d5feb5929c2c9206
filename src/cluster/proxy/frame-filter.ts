/** Looks at the head of every frame of a stream as it passes, and holds back whole only those that are to be changed. */
import { MalformedFrameError } from '../../drivers/wire/protocol/reader.ts';
import type { Filter } from './pipe.ts';

export interface FrameRules {
  /** How many bytes of a frame are looked at, with the length that it begins with. A shorter frame is looked at whole. */
  readonly headBytes: number;
  /** What becomes of a frame with that head: null lets it pass as it is, else what is given for the whole frame goes on. */
  readonly onHead: (head: Buffer) => ((frame: Buffer) => Buffer) | null;
  /** What becomes of a stream that cannot be frames: `pass` leaves it to the receiver to say so. */
  readonly onNonsense: 'pass' | 'throw';
}

const lengthBytes = 4;
const none = Buffer.alloc(0);
/** A frame that is held back is no larger. */
const mostHeldBytes = 64 << 20;

/** A frame that is held back, as far as it has come. */
interface Held {
  readonly pieces: Buffer[];
  readonly change: (frame: Buffer) => Buffer;
}

/** A filter of a stream of frames. @throws MalformedFrameError, when it is called, where a frame is nonsense, and what the rules throw */
export function frameFilter({ headBytes, onHead, onNonsense }: FrameRules): Filter {
  let head: Buffer = none;
  /** Of the frame behind its head. */
  let leftBytes = 0;
  let held: Held | null = null;

  /** Takes bytes of a head; returns it once it is complete. */
  function takeHead(bytes: Buffer): Buffer | undefined {
    head = head.length === 0 ? bytes : (together(head, bytes) ?? Buffer.concat([head, bytes]));
    if (head.length < lengthBytes) return undefined;
    const size = head.readInt32BE(0);
    if (size < 0 && onNonsense === 'throw') throw new MalformedFrameError(`it claims to have ${size} bytes`);
    leftBytes = size < 0 ? Infinity : lengthBytes + size - head.length;
    if (leftBytes > 0 && head.length < headBytes && size >= 0) return undefined;
    const whole = head;
    head = none;
    return whole;
  }

  /** How many bytes of the frame's head are wanting, as far as that is known. */
  const wantedBytes = (): number =>
    head.length < lengthBytes ? lengthBytes - head.length : Math.min(leftBytes, headBytes - head.length);

  function begin(whole: Buffer, out: Buffer[]): void {
    const change = leftBytes === Infinity ? null : onHead(whole);
    if (change === null) return pass(out, whole);
    const bytes = whole.length + leftBytes;
    if (bytes > mostHeldBytes) throw new MalformedFrameError(`it has ${bytes} bytes, ${mostHeldBytes} can be held`);
    held = { pieces: [whole], change };
    finishHeld(out);
  }

  function finishHeld(out: Buffer[]): void {
    if (held === null || leftBytes > 0) return;
    const { pieces, change } = held;
    held = null;
    out.push(change(Buffer.concat(pieces)));
  }

  return chunk => {
    const out: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      const isInBody = leftBytes > 0 && head.length === 0;
      const bytes = chunk.subarray(at, at + (isInBody ? leftBytes : wantedBytes()));
      at += bytes.length;
      if (!isInBody) {
        const whole = takeHead(bytes);
        if (whole !== undefined) begin(whole, out);
        continue;
      }
      leftBytes -= bytes.length;
      if (held === null) {
        pass(out, bytes);
      } else {
        held.pieces.push(bytes);
        finishHeld(out);
      }
    }
    return out;
  };
}

/** Neighbours in memory are passed on as one: many small frames come in one piece, and are to go in one. */
function pass(out: Buffer[], bytes: Buffer): void {
  const last = out.at(-1);
  const both = last === undefined ? undefined : together(last, bytes);
  if (both === undefined) out.push(bytes);
  else out[out.length - 1] = both;
}

/** Two pieces as one, where the second follows the first in memory. */
const together = (first: Buffer, second: Buffer): Buffer | undefined =>
  first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset
    ? Buffer.from(first.buffer, first.byteOffset, first.length + second.length)
    : undefined;
