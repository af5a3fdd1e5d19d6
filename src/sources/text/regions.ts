import { region } from './main-part.ts';
import type { OpenElement } from './open-elements.ts';

/** In which part of the page the reader is: its main part, an article, a shadow tree. */
export class Regions {
  /** Articles that are in no other. */
  articles = 0;
  #main = 0;
  #article = 0;
  #header = 0;
  /** Elements with a shadow tree, by the region of its slot; before the tree has one, `open` or `closed`. */
  readonly #hosts = new Map<OpenElement, number | 'open' | 'closed'>();

  get inContent(): boolean {
    return this.#main + this.#article > 0;
  }

  /** In the head of the site: of that only headings count. */
  get inHeader(): boolean {
    return this.#header > 0;
  }

  /** An element's own children are shown in the slot of its shadow tree, and not at all where that has none. */
  hidesChildrenOf(parent: OpenElement | null): boolean {
    return parent !== null && this.#hosts.size > 0 && this.#hosts.get(parent) === 'closed';
  }

  get here(): number {
    const own = this.#main > 0 ? region.main : this.#article > 0 ? region.article : region.outside;
    let found: number = own;
    for (const slot of this.#hosts.values()) if (typeof slot === 'number') found = Math.max(found, slot);
    return found;
  }

  opened({ kind }: OpenElement): void {
    if (kind === 'main') this.#main += 1;
    if (kind === 'header' && !this.inContent) this.#header += 1;
    if (kind !== 'article') return;
    if (this.#article === 0) this.articles += 1;
    this.#article += 1;
  }

  closed({ kind }: OpenElement): void {
    if (kind === 'main') this.#main = Math.max(0, this.#main - 1);
    if (kind === 'article') this.#article = Math.max(0, this.#article - 1);
    if (kind === 'header') this.#header = Math.max(0, this.#header - 1);
  }

  shadowOpened(host: OpenElement | null): void {
    if (host !== null) this.#hosts.set(host, 'open');
  }

  slotOpened(parent: OpenElement | null): void {
    for (let one = parent; one !== null; one = one.parent) {
      if (one.name !== 'template' || one.parent === null) continue;
      this.#hosts.set(one.parent, this.here);
      return;
    }
  }

  shadowClosed(host: OpenElement | null): void {
    if (host !== null && this.#hosts.get(host) === 'open') this.#hosts.set(host, 'closed');
  }

  /** True: the element had a shadow tree. */
  hostClosed(element: OpenElement): boolean {
    return this.#hosts.size > 0 && this.#hosts.delete(element);
  }
}
