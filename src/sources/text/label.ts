import type { MarkdownWriter } from './markdown-writer.ts';
import type { OpenElement } from './open-elements.ts';

/** Elements whose text may be that of a button, as in the headings of an accordion or of a table that can be sorted. */
const labelKinds = new Set('h1 h2 h3 h4 h5 h6 th dt summary legend caption figcaption'.split(' '));

export function isLabel({ kind }: OpenElement): boolean {
  return labelKinds.has(kind);
}

/** Buttons that act on the label and are no part of its text. */
const control = /copy|clipboard|permalink|anchor|share|edit|link|close|dismiss/i;
const controlWords = /^(?:copy|edit|share|link|sort|filter|show|hide|expand|collapse|toggle)\b/i;

/** A heading or the like while it is read. Its buttons are its text where it has little other; else they are controls. */
export class Label {
  readonly element: OpenElement;
  readonly #out: MarkdownWriter;
  readonly #start: number;
  readonly #buttons: { readonly start: number; end: number; readonly isControl: boolean }[] = [];

  constructor(element: OpenElement, out: MarkdownWriter) {
    this.element = element;
    this.#out = out;
    this.#start = out.place;
  }

  buttonOpened({ attributes }: OpenElement): void {
    const about = [attributes.class, attributes['aria-label'], attributes.title].join(' ');
    this.#buttons.push({ start: this.#out.place, end: Number.POSITIVE_INFINITY, isControl: control.test(about) });
  }

  buttonClosed(): void {
    const last = this.#buttons.at(-1);
    if (last !== undefined) last.end = this.#out.place;
  }

  /** Takes out the text of buttons that are only controls. */
  settle(): void {
    const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '').length;
    const all = letters(this.#out.since(this.#start));
    const own = this.#buttons.reduce((sum, { start, end }) => sum + letters(this.#out.since(start, end)), 0);
    for (const { start, end, isControl } of this.#buttons.toReversed()) {
      const words = this.#out.since(start, end).trim();
      const isOther = isControl || controlWords.test(words) || all - own >= own;
      if (isOther && letters(words) < all) this.#out.forget(start, Math.min(end, this.#out.place));
    }
  }
}
