/** Declares what the package html-escaper holds: it comes without types. */
declare module 'html-escaper' {
  /** Replaces `& < > ' "` by entities. */
  export function escape(text: string): string;
}
