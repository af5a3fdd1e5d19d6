import type { Attributes } from './html-rules.ts';
import type { MarkdownWriter } from './markdown-writer.ts';

/** The lists that are open, and the marks of their items. */
export class Lists {
  readonly #out: MarkdownWriter;
  readonly #open: { count: number | null; inItem: boolean }[] = [];

  constructor(out: MarkdownWriter) {
    this.#out = out;
  }

  /** Whether text now belongs to an item of the innermost list. */
  get inItem(): boolean {
    return this.#open.at(-1)?.inItem === true;
  }

  opened(name: string, attributes: Attributes): void {
    if (name === 'ul' || name === 'menu') this.#open.push({ count: null, inItem: false });
    if (name === 'ol') this.#open.push({ count: startOf(attributes), inItem: false });
    if (name === 'li') this.#openItem();
  }

  itemEnded(): void {
    const list = this.#open.at(-1);
    if (list?.inItem !== true) return;
    list.inItem = false;
    this.#out.close();
  }

  closed(name: string): void {
    if (name === 'ul' || name === 'menu' || name === 'ol') this.#open.pop();
  }

  /** An item outside of any list gets a list of its own. */
  #openItem(): void {
    if (this.#open.length === 0) this.#open.push({ count: null, inItem: false });
    const list = this.#open.at(-1);
    if (list === undefined) return;
    list.inItem = true;
    this.#out.open('list', list.count === null ? '- ' : `${list.count}. `);
    if (list.count !== null) list.count += 1;
  }
}

function startOf(attributes: Attributes): number {
  return /^\d{1,6}$/.test(attributes.start ?? '') ? Number(attributes.start) : 1;
}
