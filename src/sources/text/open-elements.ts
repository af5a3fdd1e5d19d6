import { type Attributes, blockElements, headingLevel, kindOf, meaningfulInline, voidElements } from './html-rules.ts';
import type { TagHandler } from './html-tokens.ts';

/**
 * Browsers nest no deeper either. Deeper elements are read as if they were at this depth, so that nesting has a bounded
 * cost.
 */
const deepest = 512;
/** Unclosed inline elements of one name: browsers open no more than three again either. */
const mostAlike = 3;

export interface OpenElement {
  readonly name: string;
  /** The name, or what the role makes of it. */
  readonly kind: string;
  readonly attributes: Attributes;
  readonly parent: OpenElement | null;
  /** Its place among the children of `parent` that are tracked. */
  readonly index: number;
  children: number;
}

/** Is told of the elements that matter, each opened and closed once. */
export interface ElementHandler {
  /** Whether nothing of the element is text of the page. */
  isDropped(element: OpenElement): boolean;
  /** Whether inline elements without a meaning of their own matter too, as in code. */
  readonly tracksAll: boolean;
  opened(element: OpenElement): void;
  closed(element: OpenElement): void;
  /** `parent`: the innermost open element that is tracked. */
  text(data: string, parent: OpenElement | null): void;
}

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const scopeEnds = set('table td th caption object template foreignobject');
const closesParagraph = set(
  'address article aside blockquote center details dialog dir div dl dd dt fieldset figcaption figure footer form h1 h2 ' +
    'h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p pre search section summary table ul xmp',
);
const containers = set(
  'script style noscript noframes svg canvas iframe object audio video map nav footer dialog select',
);
const tableContext = set('table thead tbody tfoot tr');
const cells = set('td th');
const rubyParts = set('rt rp rb rtc');

/**
 * The open elements, by the rules of HTML for tags that are not written (a `<p>` ends the one before it, whatever is
 * open inside of it). Inline elements that change nothing are not kept, so that a page which never ends its `<font>`
 * does not nest.
 */
export class OpenElements implements TagHandler {
  readonly #handler: ElementHandler;
  readonly #open: OpenElement[] = [];
  #dropped: OpenElement | null = null;
  /** How many elements of a name are open that were too deep to be kept: the next end tags of the name are theirs. */
  readonly #tooDeep = new Map<string, number>();
  /** Open elements of SVG and MathML, whose content follows other rules. */
  #drawings = 0;

  constructor(handler: ElementHandler) {
    this.#handler = handler;
  }

  start(tag: string, attributes: Attributes, selfClosing: boolean): void {
    const name = tag === 'image' ? 'img' : tag;
    if (name === 'html' || name === 'head' || name === 'body') return;
    if (this.isInForeignContent() && blockElements.has(name)) this.#leaveForeignContent();
    const foreign = this.isInForeignContent();
    if (!foreign && !this.#endImplied(name)) return;
    const parent = this.#open.at(-1) ?? null;
    const index = parent === null ? 0 : parent.children;
    const element = { name, kind: kindOf(name, attributes), attributes, parent, index, children: 0 };
    const drops = this.#dropped === null && this.#handler.isDropped(element);
    if (voidElements.has(name) || (foreign && selfClosing)) {
      if (this.#dropped === null && !drops) {
        this.#handler.opened(element);
        this.#handler.closed(element);
      }
      return;
    }
    if (!drops && !this.#isTracked(element, foreign)) return;
    if (this.#open.length >= deepest && !drops) {
      this.#tooDeep.set(name, (this.#tooDeep.get(name) ?? 0) + 1);
      this.#partText(element);
      return;
    }
    if (parent !== null) parent.children += 1;
    this.#open.push(element);
    if (isDrawing(name)) this.#drawings += 1;
    if (drops) this.#dropped = element;
    else if (this.#dropped === null) this.#handler.opened(element);
  }

  end(name: string): void {
    if (name === 'br') this.start('br', {}, false);
    const tooDeep = this.#tooDeep.get(name) ?? 0;
    if (tooDeep > 0) {
      this.#tooDeep.set(name, tooDeep - 1);
      this.#partText({ name, kind: name, attributes: {}, parent: null, index: 0, children: 0 });
      return;
    }
    const at = this.#lastInScope(
      (one) => one.name === name || isOtherHeading(name, one.name),
      cells.has(name) ? 'table' : name,
    );
    if (at === -1) {
      if (name === 'p' && this.#dropped === null) this.start('p', {}, false);
      if (name === 'p' && this.#open.at(-1)?.name === 'p') this.#popTo(this.#open.length - 1);
      return;
    }
    const blocksAbove = this.#open.slice(at + 1).some((one) => blockElements.has(one.name) || containers.has(one.name));
    if (!blocksAbove || blockElements.has(name) || containers.has(name) || name.includes('-')) this.#popTo(at);
    // A link or a piece of code around a block that is still open ends without it.
    else if (meaningfulInline.has(name)) this.#remove(at);
  }

  text(data: string): void {
    if (this.#dropped === null) this.#handler.text(data, this.#open.at(-1) ?? null);
  }

  finish(): void {
    this.#popTo(0);
  }

  isInForeignContent(): boolean {
    if (this.#drawings === 0) return false;
    return this.#open.findLast(({ name }) => isDrawing(name) || name === 'foreignobject')?.name !== 'foreignobject';
  }

  /** Blocks that are too deep to be kept still keep texts apart. */
  #partText(element: OpenElement): void {
    if (this.#dropped !== null || !blockElements.has(element.kind)) return;
    const block = { ...element, name: 'div', kind: 'div' };
    this.#handler.opened(block);
    this.#handler.closed(block);
  }

  #isTracked({ name, kind }: OpenElement, foreign: boolean): boolean {
    if (blockElements.has(kind) || containers.has(name) || name.includes('-') || foreign) return true;
    if (this.#dropped !== null) return name === this.#dropped.name || name === 'template';
    if (name === 'title' || rubyParts.has(name)) return true;
    if (!meaningfulInline.has(kind) && !this.#handler.tracksAll) return false;
    return this.#open.filter((one) => one.name === name).length < mostAlike || this.#open.length < deepest / 2;
  }

  /** Ends the elements that this tag ends. False: the tag itself counts for nothing here. */
  #endImplied(name: string): boolean {
    if (closesParagraph.has(name))
      this.#endNearest(
        (one) => one.name === 'p',
        (one) => scopeEnds.has(one.name) || one.name === 'button',
      );
    if (headingLevel(name) > 0 && headingLevel(this.#open.at(-1)?.name ?? '') > 0) this.#popTo(this.#open.length - 1);
    if (name === 'li') this.#endNearest((one) => one.name === 'li', endsItems);
    if (name === 'dd' || name === 'dt') this.#endNearest((one) => one.name === 'dd' || one.name === 'dt', endsItems);
    if (name === 'a' || name === 'button')
      this.#endNearest(
        (one) => one.name === name,
        (one) => scopeEnds.has(one.name),
      );
    if (rubyParts.has(name))
      this.#endNearest(
        (one) => rubyParts.has(one.name),
        (one) => one.name === 'ruby',
      );
    return this.#endInTable(name);
  }

  #endInTable(name: string): boolean {
    const part = cells.has(name) || name === 'caption' || (tableContext.has(name) && name !== 'table');
    const table = this.#open.findLastIndex((one) => one.name === 'table' || one.name === 'template');
    if (name === 'table' && tableContext.has(this.#open.at(-1)?.name ?? '')) this.#popTo(table);
    if (!part) return true;
    if (table === -1 || this.#open[table]?.name !== 'table') return false;
    const ends = cells.has(name) ? isCell : name === 'tr' ? isRow : isSection;
    const at = this.#open.findIndex((one, place) => place > table && ends(one.name));
    if (at !== -1) this.#popTo(at);
    return true;
  }

  #endNearest(isIt: (one: OpenElement) => boolean, isBoundary: (one: OpenElement) => boolean): void {
    const at = this.#open.findLastIndex((one) => isIt(one) || isBoundary(one));
    const found = this.#open[at];
    if (found !== undefined && isIt(found)) this.#popTo(at);
  }

  #lastInScope(isIt: (one: OpenElement) => boolean, name: string): number {
    const at = this.#open.findLastIndex(
      (one) => isIt(one) || (scopeEnds.has(one.name) && !(tableContext.has(name) && one.name !== 'table')),
    );
    const found = this.#open[at];
    return found !== undefined && isIt(found) ? at : -1;
  }

  #leaveForeignContent(): void {
    this.#popTo(this.#open.findIndex(({ name }) => isDrawing(name)));
  }

  #popTo(at: number): void {
    while (this.#open.length > at) this.#closed(this.#open.pop());
  }

  #remove(at: number): void {
    this.#closed(this.#open.splice(at, 1)[0]);
  }

  #closed(element: OpenElement | undefined): void {
    if (element === undefined) return;
    if (isDrawing(element.name)) this.#drawings -= 1;
    if (this.#dropped === null) this.#handler.closed(element);
    else if (this.#dropped === element) this.#dropped = null;
  }
}

function isDrawing(name: string): boolean {
  return name === 'svg' || name === 'math';
}

function isOtherHeading(a: string, b: string): boolean {
  return headingLevel(a) > 0 && headingLevel(b) > 0;
}

/** An item ends the one before it across inline elements and these, and never across a list of its own. */
function endsItems({ name }: OpenElement): boolean {
  return (blockElements.has(name) && name !== 'address' && name !== 'div' && name !== 'p') || containers.has(name);
}

const isCell = (name: string) => cells.has(name) || name === 'caption';
const isRow = (name: string) => name === 'tr' || isCell(name);
const isSection = (name: string) => /^t(?:head|body|foot)$/.test(name) || isRow(name);
