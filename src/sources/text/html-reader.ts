import { boxOfLine, CodeBlock, isLineNumber } from './code-block.ts';
import { type Attributes, blockElements, headingLevel, isDropped } from './html-rules.ts';
import { isLabel, Label } from './label.ts';
import { mainPart } from './main-part.ts';
import { MarkdownWriter, type WrittenBlock } from './markdown-writer.ts';
import type { ElementHandler, OpenElement } from './open-elements.ts';
import { raised } from './raised.ts';
import { Regions } from './regions.ts';
import { Table } from './table.ts';

/** Discretionary hyphens and spaces without width are advice on where to break a line, and no text. */
const invisible = /[\u00ad\u200b\u2060\ufeff]/g;
/** The whole text of a link with which a heading points to itself. */
const ownLink = /^[#¶§🔗\p{Co}]?$/u;
/** Blocks that a heading which nobody ended does not go on into. */
const endsHeading = new Set('p ul ol dl table pre blockquote section article main'.split(' '));
const quotedNames = new Set(['code', 'kbd', 'samp', 'tt']);

/** Reads a page as its tags come: one pass, no tree, so that a page costs no more than its text. */
export class HtmlReader implements ElementHandler {
  readonly #out = new MarkdownWriter();
  readonly #tables: Table[] = [];
  readonly #lists: { count: number | null; inItem: boolean }[] = [];
  readonly #regions = new Regions();
  #title: string | null = null;
  #inTitle = false;
  #heading = 0;
  #label: Label | null = null;
  /** Where the text of a button outside of any label begins: none of it counts but headings. */
  #button: number | null = null;
  #code: CodeBlock | null = null;
  #quoted: number | null = null;
  #link: number | null = null;
  readonly #raised = new Map<OpenElement, number>();

  get tracksAll(): boolean {
    return this.#code !== null;
  }

  isDropped({ name, attributes, parent }: OpenElement): boolean {
    return this.#regions.hidesChildrenOf(parent) || isDropped(name, attributes, this.#regions.inContent);
  }

  opened(element: OpenElement): void {
    const { name, kind } = element;
    const box = this.#code === null ? boxOfLine(element) : null;
    if (box !== null) this.#openCode(box);
    if (this.#code !== null) this.#code.opened(element);
    else if (name === 'title') this.#inTitle = this.#title === null;
    else if (blockElements.has(kind)) this.#openBlock(element);
    else if (name === 'button') this.#openButton(element);
    else this.#openInline(element);
  }

  closed(element: OpenElement): void {
    const { name, kind } = element;
    if (this.#code !== null) {
      this.#closeInCode(element, this.#code);
      return;
    }
    if (this.#regions.hostClosed(element)) this.#setRegion();
    if (name === 'title') this.#inTitle = false;
    else if (name === 'template') this.#closeShadow(element);
    else if (blockElements.has(kind)) this.#closeBlock(element);
    else if (name === 'button') this.#closeButton();
    else this.#closeInline(name, element);
  }

  text(data: string, parent: OpenElement | null): void {
    if (this.#regions.hidesChildrenOf(parent)) return;
    const text = data.replace(invisible, '');
    if (this.#inTitle) this.#title = (this.#title ?? '') + text;
    else if (this.#regions.inHeader && this.#heading === 0) return;
    else if (this.#code !== null) this.#code.text(text);
    else this.#out.text(text);
  }

  /** Title and blocks of the page's main part; of all of it where none is marked. */
  result(): { title: string | null; blocks: readonly WrittenBlock[] } {
    this.#flush();
    const blocks = mainPart(this.#out.blocks, this.#regions.articles);
    return { title: this.#title?.replace(/\s+/g, ' ').trim() || firstHeading(blocks), blocks };
  }

  #openBlock(element: OpenElement): void {
    const { name, kind, attributes } = element;
    const level = headingLevel(kind);
    if (this.#cell && (level > 0 || name === 'pre' || name === 'table')) this.#becomeLayout();
    if (this.#button !== null && level > 0) this.#out.forget(this.#button);
    if (this.#heading > 0 && endsHeading.has(kind) && this.#hasText()) this.#endHeading();
    this.#flush();
    this.#regions.opened(element);
    this.#setRegion();
    if (level > 0) this.#heading = level;
    if (this.#label === null && isLabel(element)) this.#label = new Label(element, this.#out);
    if (name === 'pre' || name === 'listing' || name === 'xmp') this.#code = new CodeBlock(element);
    if (name === 'blockquote') this.#out.open('quote', '> ');
    if (name === 'ul' || name === 'menu') this.#lists.push({ count: null, inItem: false });
    if (name === 'ol') this.#lists.push({ count: startOf(attributes), inItem: false });
    if (name === 'li') this.#openItem();
    if (name === 'table') this.#tables.push(new Table());
    if (name === 'tr') this.#table?.row();
    if ((name === 'td' || name === 'th') && this.#table?.layout === false) this.#table.inCell = true;
  }

  #closeBlock(element: OpenElement): void {
    const { name, kind, attributes } = element;
    if (this.#label?.element === element) this.#endLabel();
    if (name === 'td' || name === 'th') {
      if (isLineNumber(element) && /^[\s\d]*$/.test(this.#out.since(0))) this.#out.forget(0);
      if (this.#cell) this.#table?.cell(this.#out.take(), name === 'th', attributes);
      else this.#flush();
      if (this.#table !== undefined) this.#table.inCell = false;
      return;
    }
    if (headingLevel(kind) > 0) this.#endHeading();
    this.#flush();
    this.#regions.closed(element);
    if (name === 'blockquote') this.#out.close();
    if (name === 'li') this.#endItem();
    if (name === 'ul' || name === 'menu' || name === 'ol') {
      this.#endItem();
      this.#lists.pop();
    }
    if (name === 'table') for (const block of this.#tables.pop()?.markdown() ?? []) this.#out.block(block);
    this.#setRegion();
  }

  #openInline(element: OpenElement): void {
    const { name, kind, parent, index } = element;
    if (name === 'br') this.#out.lineBreak();
    if (name === 'a') {
      this.#out.linkDepth += 1;
      this.#link = this.#out.place;
    }
    const way = raisedWay(kind, parent, index);
    if (way !== null) this.#raised.set(element, this.#out.place);
    if (parent?.name === 'mfrac' && index === 1) this.#out.raw('/');
    if (name === 'template') this.#regions.shadowOpened(parent);
    if (name === 'slot') this.#regions.slotOpened(parent);
    if (quotedNames.has(name) && this.#quoted === null && (!this.#regions.inHeader || this.#heading > 0)) {
      this.#quoted = this.#out.place;
      this.#out.raw('`');
    }
  }

  #closeInline(name: string, element: OpenElement): void {
    const raisedAt = this.#raised.get(element);
    if (raisedAt !== undefined) this.#closeRaised(element, raisedAt);
    if (name === 'a') {
      this.#out.linkDepth = Math.max(0, this.#out.linkDepth - 1);
      const text = this.#link === null ? null : this.#out.since(this.#link).trim();
      const marks = this.#label !== null || text === '¶' || text === '';
      if (this.#link !== null && text !== null && marks && ownLink.test(text)) this.#out.forget(this.#link);
      this.#link = null;
    }
    if (quotedNames.has(name) && this.#quoted !== null) {
      if (this.#out.since(this.#quoted) === '`') this.#out.forget(this.#quoted);
      else this.#out.raw('`');
      this.#quoted = null;
    }
  }

  #closeRaised(element: OpenElement, at: number): void {
    this.#raised.delete(element);
    const way = raisedWay(element.kind, element.parent, element.index);
    // A block has ended since: there is nothing left to be raised above.
    if (way === null || at > this.#out.place) return;
    const text = raised(this.#out.since(at), way, this.#out.before(at));
    this.#out.forget(at);
    this.#out.raw(text);
  }

  #openButton(element: OpenElement): void {
    this.#out.text(' ');
    if (this.#label !== null) this.#label.buttonOpened(element);
    else this.#button ??= this.#out.place;
  }

  #closeButton(): void {
    if (this.#button === null) this.#label?.buttonClosed();
    else this.#out.forget(this.#button);
    this.#button = null;
  }

  #openCode(root: OpenElement): void {
    if (this.#cell) this.#becomeLayout();
    this.#flush();
    this.#code = new CodeBlock(root);
  }

  #closeInCode(element: OpenElement, code: CodeBlock): void {
    if (element !== code.root) {
      code.closed(element);
      return;
    }
    this.#code = null;
    this.#out.code(code.code(), code.language);
    if (element.name !== 'pre') this.closed(element);
  }

  #closeShadow({ parent }: OpenElement): void {
    this.#flush();
    this.#regions.shadowClosed(parent);
    this.#setRegion();
  }

  #setRegion(): void {
    this.#out.region = this.#regions.here;
  }

  /** Text since the last block ends here. In a cell, a heading or a button blocks only keep words apart. */
  #flush(): void {
    if (this.#cell || this.#heading > 0 || this.#button !== null) {
      this.#out.text(' ');
      return;
    }
    this.#quoted = null;
    this.#link = null;
    this.#out.paragraph();
  }

  #hasText(): boolean {
    return this.#out.since(this.#button ?? 0).trim() !== '';
  }

  #endLabel(): void {
    this.#label?.settle();
    this.#label = null;
  }

  #endHeading(): void {
    if (this.#heading === 0) return;
    if (this.#label !== null && headingLevel(this.#label.element.kind) > 0) this.#endLabel();
    if (!this.#cell) this.#out.heading(this.#heading);
    this.#heading = 0;
    if (this.#button !== null) this.#button = this.#out.place;
    this.#quoted = null;
    this.#link = null;
  }

  /** An item outside of any list gets a list of its own. */
  #openItem(): void {
    if (this.#lists.length === 0) this.#lists.push({ count: null, inItem: false });
    const list = this.#lists.at(-1);
    if (list === undefined) return;
    list.inItem = true;
    this.#out.open('list', list.count === null ? '- ' : `${list.count}. `);
    if (list.count !== null) list.count += 1;
  }

  #endItem(): void {
    const list = this.#lists.at(-1);
    if (list?.inItem !== true) return;
    this.#flush();
    list.inItem = false;
    this.#out.close();
  }

  get #table(): Table | undefined {
    return this.#tables.at(-1);
  }

  get #cell(): boolean {
    return this.#table?.inCell === true;
  }

  #becomeLayout(): void {
    const table = this.#table;
    if (table === undefined) return;
    const begun = this.#out.take();
    for (const text of [...table.takeCells(), begun]) this.#out.block(text);
    table.layout = true;
    table.inCell = false;
    this.#label = null;
  }
}

/** Formulas name what is raised by its place. */
function raisedWay(kind: string, parent: OpenElement | null, index: number): 'sup' | 'sub' | null {
  if (kind === 'sup' || kind === 'sub') return kind;
  if (parent?.name === 'msup' && index === 1) return 'sup';
  if (parent?.name === 'msub' && index === 1) return 'sub';
  if (parent?.name !== 'msubsup') return null;
  return index === 1 ? 'sub' : index === 2 ? 'sup' : null;
}

function startOf(attributes: Attributes): number {
  return /^\d{1,6}$/.test(attributes.start ?? '') ? Number(attributes.start) : 1;
}

function firstHeading(blocks: readonly WrittenBlock[]): string | null {
  return blocks.find((block) => block.text.startsWith('# '))?.text.slice(2) ?? null;
}
