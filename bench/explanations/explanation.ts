/** What is told of a code. */
export interface Explanation {
  /** In a line, without a full stop. */
  readonly title: string;
  /** What it means, and what it does to the figures. */
  readonly meaning: string;
  readonly remedy: string;
  /** The document that has more of it. */
  readonly more?: string;
}
