/** Where a member is in a partition that it reads. */
export interface Position {
  readonly topic: number;
  readonly partition: number;
  /** From where on it is to be fetched; −1 while that is not known. */
  offset: number;
  /** Up to where the host has done with it; −1 while it has not begun. */
  doneOffset: number;
  /** Not asked for before this instant: the last answer asked for patience. */
  notBeforeMicros: number;
  /** A broker has answered a fetch. */
  isReady: boolean;
  /** A broker is being asked where it begins. */
  isLocating: boolean;
  /** The member does not read it any more: what still comes is nobody's. */
  isGone: boolean;
}

/** A partition that begins at an offset; −1 leaves that to the start policy. */
export interface Beginning {
  readonly topic: number;
  readonly partition: number;
  readonly offset: number;
}

export const positionAt = ({ topic, partition, offset }: Beginning): Position => ({
  topic,
  partition,
  offset,
  doneOffset: offset,
  notBeforeMicros: 0,
  isReady: false,
  isLocating: false,
  isGone: false,
});
