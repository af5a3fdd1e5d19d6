import { boxOfLine, CodeBlock, isLineNumber } from './code-block.ts';
import { generatorOf, isAroundText, isTitleOf } from './generators.ts';
import { blockElements, headingLevel, isDropped } from './html-rules.ts';
import { isLabel, Label } from './label.ts';
import { Lists } from './lists.ts';
import { mainPart } from './main-part.ts';
import { MarkdownWriter, type WrittenBlock } from './markdown-writer.ts';
import type { ElementHandler, OpenElement } from './open-elements.ts';
import { raised, raisedWay } from './raised.ts';
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
  readonly #lists = new Lists(this.#out);
  readonly #regions = new Regions();
  #title: string | null = null;
  #inTitle = false;
  #generator: ReturnType<typeof generatorOf> = null;
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
    if (this.#regions.hidesChildrenOf(parent) || isAroundText(this.#generator, attributes)) return true;
    return isDropped(name, attributes, this.#regions.inContent);
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
    const level = this.#levelOf(element);
    if (this.#cell && level > 0 && this.#isSection(element)) this.#beginSection();
    else if (this.#cell && (level > 0 || name === 'pre' || name === 'table')) this.#becomeLayout();
    if (this.#button !== null && level > 0) this.#out.forget(this.#button);
    if (this.#heading > 0 && endsHeading.has(kind) && this.#hasText()) this.#endHeading();
    this.#flush();
    this.#regions.opened(element);
    this.#setRegion();
    if (level > 0) this.#heading = level;
    if (this.#label === null && isLabel(element)) this.#label = new Label(element, this.#out);
    if (name === 'pre' || name === 'listing' || name === 'xmp') this.#code = new CodeBlock(element);
    if (name === 'blockquote') this.#out.open('quote', '> ');
    this.#lists.opened(name, attributes);
    if (name === 'table') this.#tables.push(new Table());
    if (name === 'tr') {
      if (this.#table?.inSection === true) this.#table.layout = false;
      this.#table?.row();
    }
    if ((name === 'td' || name === 'th') && this.#table?.layout === false) this.#table.inCell = true;
  }

  #closeBlock(element: OpenElement): void {
    const { name, attributes } = element;
    if (this.#label?.element === element) this.#endLabel();
    if (name === 'td' || name === 'th') {
      if (isLineNumber(element) && /^[\s\d]*$/.test(this.#out.since(0))) this.#out.forget(0);
      if (this.#cell) this.#table?.cell(this.#out.take(), name === 'th', attributes);
      else this.#flush();
      if (this.#table !== undefined) this.#table.inCell = false;
      return;
    }
    if (this.#levelOf(element) > 0) this.#endHeading();
    this.#flush();
    this.#regions.closed(element);
    if (name === 'blockquote') this.#out.close();
    if (name === 'li' || name === 'ul' || name === 'menu' || name === 'ol') this.#endItem();
    this.#lists.closed(name);
    if (name === 'table') for (const block of this.#tables.pop()?.markdown() ?? []) this.#out.block(block);
    this.#setRegion();
  }

  #openInline(element: OpenElement): void {
    const { name, attributes, parent, index } = element;
    this.#generator ??= generatorOf(name, attributes);
    if (name === 'br') this.#out.lineBreak();
    if (name === 'a') {
      this.#out.linkDepth += 1;
      this.#link = this.#out.place;
    }
    if (parent?.name === 'mfrac' && index === 1) this.#out.raw('/');
    if (raisedWay(element) !== null) this.#raised.set(element, this.#out.place);
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
    const way = raisedWay(element);
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

  #levelOf({ name, kind, attributes }: OpenElement): number {
    return isTitleOf(this.#generator, name, attributes) ? 1 : headingLevel(kind);
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

  #endItem(): void {
    if (!this.#lists.inItem) return;
    this.#flush();
    this.#lists.itemEnded();
  }

  get #table(): Table | undefined {
    return this.#tables.at(-1);
  }

  get #cell(): boolean {
    return this.#table?.inCell === true;
  }

  /** A heading that is alone in a row over the whole width parts a table in two. */
  #isSection({ parent }: OpenElement): boolean {
    const spans =
      parent?.kind === 'td' || parent?.kind === 'th' ? Number.parseInt(parent.attributes.colspan ?? '', 10) : 1;
    return spans > 1 && parent?.index === 0 && this.#out.since(0).trim() === '';
  }

  #beginSection(): void {
    const table = this.#table;
    if (table === undefined) return;
    for (const block of table.markdown()) this.#out.block(block);
    table.beginSection();
    this.#label = null;
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

function firstHeading(blocks: readonly WrittenBlock[]): string | null {
  return blocks.find((block) => block.text.startsWith('# '))?.text.slice(2) ?? null;
}
