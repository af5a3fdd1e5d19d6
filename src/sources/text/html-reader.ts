import { Refusal } from '../errors.ts';
import { blockElements, headingLevel, isDropped, languageOf } from './html-rules.ts';
import { MarkdownWriter, type WrittenBlock } from './markdown-writer.ts';
import { Table } from './table.ts';

/** Deeper than any page is, and than browsers go. Nesting without end would make parsing take time without end. */
const deepest = 512;
const region = { outside: 0, article: 1, main: 2 };
type Attributes = Readonly<Record<string, string>>;

/** Reads a page as the parser goes through it: one pass, no tree, so that a page costs no more than its text. */
export class HtmlReader {
  readonly #out = new MarkdownWriter();
  readonly #tables: Table[] = [];
  readonly #lists: { count: number | null; inItem: boolean }[] = [];
  #title: string | null = null;
  #inTitle = false;
  #depth = 0;
  /** How many elements are open within one that is dropped, itself included. */
  #skipping = 0;
  #main = 0;
  #article = 0;
  #articles = 0;
  #header = 0;
  #heading = 0;
  #pre: { language: string } | null = null;
  #code: number | null = null;
  #link: number | null = null;

  onopentag(name: string, attributes: Attributes): void {
    this.#depth += 1;
    if (this.#depth > deepest) throw new Refusal('unreadable', `the page nests deeper than ${deepest} elements`);
    if (this.#skipping > 0 || isDropped(name, attributes, this.#main + this.#article > 0)) {
      this.#skipping += 1;
      return;
    }
    if (name === 'title') this.#inTitle = this.#title === null;
    else if (blockElements.has(name)) this.#openBlock(name, attributes);
    else this.#openInline(name, attributes);
  }

  onclosetag(name: string): void {
    this.#depth -= 1;
    if (this.#skipping > 0) {
      this.#skipping -= 1;
      return;
    }
    if (name === 'title') this.#inTitle = false;
    else if (blockElements.has(name)) this.#closeBlock(name);
    else this.#closeInline(name);
  }

  ontext(data: string): void {
    if (this.#skipping > 0) return;
    if (this.#inTitle) this.#title = (this.#title ?? '') + data;
    else if (this.#header > 0 && this.#heading === 0) return;
    else if (this.#pre !== null) this.#out.raw(data);
    else this.#out.text(data);
  }

  /** Title and blocks of the page's main part; of all of it where none is marked. */
  result(): { title: string | null; blocks: readonly WrittenBlock[] } {
    this.#flush();
    const { blocks } = this.#out;
    const main = blocks.filter((block) => block.region === region.main);
    const article = this.#articles === 1 ? blocks.filter((block) => block.region !== region.outside) : [];
    const chosen = [main, article, blocks].find((part) => part.length > 0) ?? [];
    return { title: this.#title?.replace(/\s+/g, ' ').trim() || firstHeading(chosen), blocks: chosen };
  }

  #openBlock(name: string, attributes: Attributes): void {
    const level = headingLevel(name);
    // Paragraphs that nobody ended keep the parser from ending the cell or the item that they are in.
    if (this.#cell && (name === 'td' || name === 'th' || name === 'tr')) this.#endCell();
    if (name === 'li') this.#endItem();
    if (this.#cell && (level > 0 || name === 'pre' || name === 'table')) this.#becomeLayout();
    this.#flush();
    if (name === 'main') this.#main += 1;
    if (name === 'article') {
      if (this.#article === 0) this.#articles += 1;
      this.#article += 1;
    }
    if (name === 'header' && this.#main + this.#article === 0) this.#header += 1;
    this.#out.region = this.#main > 0 ? region.main : this.#article > 0 ? region.article : region.outside;
    if (level > 0) this.#heading = level;
    if (name === 'pre') this.#pre ??= { language: languageOf(attributes) };
    if (name === 'blockquote') this.#out.open('quote', '> ');
    if (name === 'ul' || name === 'menu') this.#lists.push({ count: null, inItem: false });
    if (name === 'ol') this.#lists.push({ count: startOf(attributes), inItem: false });
    if (name === 'li') this.#openItem();
    if (name === 'table') this.#tables.push(new Table());
    if (name === 'tr') this.#table?.row();
    if ((name === 'td' || name === 'th') && this.#table?.layout === false) this.#table.inCell = true;
  }

  #closeBlock(name: string): void {
    if ((name === 'td' || name === 'th') && this.#table?.inCell === true) {
      this.#endCell();
      return;
    }
    this.#flush();
    if (headingLevel(name) > 0) this.#heading = 0;
    if (name === 'pre') this.#pre = null;
    if (name === 'main') this.#main = Math.max(0, this.#main - 1);
    if (name === 'article') this.#article = Math.max(0, this.#article - 1);
    if (name === 'header') this.#header = Math.max(0, this.#header - 1);
    if (name === 'blockquote') this.#out.close();
    if (name === 'li') this.#endItem();
    if (name === 'ul' || name === 'menu' || name === 'ol') {
      this.#endItem();
      this.#lists.pop();
    }
    if (name === 'table') for (const block of this.#tables.pop()?.markdown() ?? []) this.#out.block(block);
    this.#out.region = this.#main > 0 ? region.main : this.#article > 0 ? region.article : region.outside;
  }

  #openInline(name: string, attributes: Attributes): void {
    if (name === 'br') {
      if (this.#pre !== null) this.#out.raw('\n');
      else this.#out.lineBreak();
    }
    if (name === 'a') {
      this.#out.linkDepth += 1;
      this.#link = this.#out.place;
    }
    if (name !== 'code' && name !== 'kbd' && name !== 'samp') return;
    if (this.#pre !== null) this.#pre.language ||= languageOf(attributes);
    else if (this.#code === null && (this.#header === 0 || this.#heading > 0)) {
      this.#code = this.#out.place;
      this.#out.raw('`');
    }
  }

  #closeInline(name: string): void {
    if (name === 'a') {
      this.#out.linkDepth = Math.max(0, this.#out.linkDepth - 1);
      // The mark with which a heading links to itself.
      const mark = this.#heading > 0 && this.#link !== null ? this.#out.since(this.#link).trim() : '';
      if (this.#link !== null && /^(?:[#¶§🔗]|)$/u.test(mark) && this.#heading > 0) this.#out.forget(this.#link);
      this.#link = null;
    }
    if ((name === 'code' || name === 'kbd' || name === 'samp') && this.#code !== null) {
      if (this.#out.since(this.#code) === '`') this.#out.forget(this.#code);
      else this.#out.raw('`');
      this.#code = null;
    }
  }

  /** What has come since the last block ends here. In a cell blocks are only words apart. */
  #flush(): void {
    if (this.#cell) {
      this.#out.text(' ');
      return;
    }
    this.#code = null;
    this.#link = null;
    if (this.#pre !== null) this.#out.code(this.#pre.language);
    else if (this.#heading > 0) this.#out.heading(this.#heading);
    else this.#out.paragraph();
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

  #endCell(): void {
    const table = this.#table;
    if (table === undefined) return;
    table.cell(this.#out.take());
    table.inCell = false;
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
  }
}

function startOf(attributes: Attributes): number {
  return /^\d{1,6}$/.test(attributes.start ?? '') ? Number(attributes.start) : 1;
}

function firstHeading(blocks: readonly WrittenBlock[]): string | null {
  return blocks.find((block) => block.text.startsWith('# '))?.text.slice(2) ?? null;
}
