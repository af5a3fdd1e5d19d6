/** A piece of the page that stands by itself. */
export interface WrittenBlock {
  readonly text: string;
  /** A line of a list stands close to the one before. */
  readonly inList: boolean;
  readonly region: number;
  /** Characters that are not white space, and how many of them are in links. */
  readonly visible: number;
  readonly inLinks: number;
}

interface Container {
  readonly kind: 'list' | 'quote';
  first: string;
  rest: string;
}

/** Deeper lists are shown at this depth: nesting must not multiply a page. */
const deepestShown = 8;
/** Text that Markdown would read as a heading or a fence. */
const mistakable = /^(?=#{1,6}(?:\s|$)|```|~~~)/gm;

/** Makes blocks of Markdown from text as it comes. It keeps headings, lists, quotes, code; it makes no links. */
export class MarkdownWriter {
  readonly blocks: WrittenBlock[] = [];
  /** Mark of the blocks that follow. */
  region = 0;
  linkDepth = 0;
  readonly #containers: Container[] = [];
  #parts: string[] = [];
  #visible = 0;
  #inLinks = 0;
  #endsInSpace = true;

  /** Text as HTML has it: any white space is a space. */
  text(data: string): void {
    const joined = data.replace(/[\t\n\f\r ]+/g, ' ');
    this.#add(this.#endsInSpace && joined.startsWith(' ') ? joined.slice(1) : joined);
  }

  raw(data: string): void {
    this.#add(data);
  }

  lineBreak(): void {
    if (this.#parts.length > 0) this.#add('\n');
  }

  /** A place in the block at hand; `since` says what has come from there on, `forget` takes it back. */
  get place(): number {
    return this.#parts.length;
  }

  since(place: number, end = this.#parts.length): string {
    return this.#parts.slice(place, end).join('');
  }

  /** Text of the block that comes before `place`, as far as it matters to what follows. */
  before(place: number): string {
    return this.#parts.slice(Math.max(0, place - 5), place).join('');
  }

  forget(place: number, end = this.#parts.length): void {
    const removed = this.#parts.splice(place, Math.max(0, end - place)).join('');
    const visible = visibleIn(removed);
    this.#visible = Math.max(0, this.#visible - visible);
    if (this.#inLinks > this.#visible) this.#inLinks = this.#visible;
    this.#endsInSpace = this.#parts.length === 0 || /\s$/.test(this.#parts.at(-1)?.slice(-1) ?? '');
  }

  /** Takes the text at hand out, as a cell of a table does. */
  take(): string {
    const text = this.#parts.join('').trim();
    this.#parts = [];
    this.#endsInSpace = true;
    return text;
  }

  paragraph(): void {
    const text = this.take()
      .replace(/ *\n */g, '\n')
      .replace(mistakable, '\\');
    this.#write(text, true);
  }

  heading(level: number): void {
    const text = this.take().replace(/\s+/g, ' ');
    this.#write(text === '' ? '' : `${'#'.repeat(level)} ${text}`, false);
  }

  code(text: string, language: string): void {
    const code = text.replace(/^[\t ]*\n/, '').trimEnd();
    this.#visible += visibleIn(code);
    const longestRun = Math.max(2, ...[...code.matchAll(/`{3,}/g)].slice(0, 1_000).map(([run]) => run.length));
    const fence = '`'.repeat(longestRun + 1);
    if (code === '' || isColumnOfNumbers(code)) this.#write('', true);
    else this.#write(`${fence}${language}\n${code}\n${fence}`, true);
  }

  /** A block that has been put together elsewhere, such as a table. */
  block(text: string): void {
    this.#write(text, true);
  }

  open(kind: Container['kind'], marker: string): void {
    // A list that is all of an item is there to place things.
    const outer = this.#containers.at(-1);
    if (kind === 'list' && outer?.kind === 'list' && outer.first !== outer.rest && this.#parts.join('').trim() === '') {
      outer.first = '';
      outer.rest = '';
    }
    this.#containers.push({ kind, first: marker, rest: kind === 'quote' ? marker : ' '.repeat(marker.length) });
  }

  close(): void {
    this.#containers.pop();
  }

  #add(text: string): void {
    if (text === '') return;
    this.#parts.push(text);
    this.#endsInSpace = /\s$/.test(text.slice(-1));
    const visible = visibleIn(text);
    this.#visible += visible;
    if (this.linkDepth > 0) this.#inLinks += visible;
  }

  #write(text: string, contained: boolean): void {
    const [visible, inLinks] = [this.#visible, this.#inLinks];
    this.#visible = 0;
    this.#inLinks = 0;
    if (text === '') return;
    const shown = contained ? this.#containers.slice(0, deepestShown) : [];
    const inList = shown[0]?.kind === 'list';
    const first = shown.map((one) => one.first).join('');
    const rest = shown.map((one) => one.rest).join('');
    for (const one of shown) one.first = one.rest;
    const lines = text.split('\n').map((line, at) => `${at === 0 ? first : rest}${line}`.trimEnd());
    this.blocks.push({ text: lines.join('\n'), inList, region: this.region, visible, inLinks });
  }
}

function visibleIn(text: string): number {
  return text.replace(/\s+/g, '').length;
}

/** The numbers of lines that some pages have in a column of their own. */
function isColumnOfNumbers(code: string): boolean {
  const lines = code.split('\n').map((line) => line.trim());
  const first = Number(lines[0]);
  return lines.length > 2 && Number.isInteger(first) && lines.every((line, at) => line === String(first + at));
}
