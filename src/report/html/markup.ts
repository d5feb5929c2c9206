/** Builds HTML from templates in which whatever is put in is text, unless it is markup already. */
import { escape } from 'html-escaper';

/** HTML that may be put into other HTML as it is. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template may hold; null is nothing. */
export type Part = Markup | string | number | null | readonly Part[];

/** `` html`<p>${text}</p>` ``: text is escaped, markup is not, lists are put one after the other. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(texts.map((text, i) => text + textOf(parts[i] ?? null)).join(''));

function textOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.toString();
  return Array.isArray(part) ? part.map(textOf).join('') : escape(String(part));
}
