import { blockElements, languageOf } from './html-rules.ts';
import type { OpenElement } from './open-elements.ts';
import { raised } from './raised.ts';

/** Classes with which highlighters mark the number of a line. */
const numberClass =
  /(?:^|[\s_-])(?:ln|lnt|lnum|lnos?|linenos?|linenum(?:ber)?s?|line-?n(?:o|um|umber)s?|line_numbers?|gutter|gl|blob-num|rownum|src-line-numbers)(?=$|[\s_-])/i;
/** Classes with which highlighters mark one line. */
const lineClass =
  /(?:^|\s)(?:line|code-?line|token-line|view-line|source-line|ec-line|giallo-l|cm-line|CodeMirror-line|hljs-ln-line|blob-code|react-code-line)(?=$|\s)/;
const boxClass = /(?:^|\s)(?:fragment|container|code|codehilite|highlight|syntaxhighlighter|CodeMirror-code)(?=$|\s)/;
const containers = new Set('table thead tbody tfoot ul ol dl pre'.split(' '));

/**
 * A block of code as a person would copy it: the numbers of lines left out, and lines that are elements of their own put
 * into lines.
 */
export class CodeBlock {
  /** The element whose end is the end of the code. */
  readonly root: OpenElement;
  language: string;
  #parts: string[] = [];
  #lineHasText = false;
  /** A line that has ended without a line end: nothing needs one unless more comes. */
  #pending: 'block' | 'inline' | null = null;
  #numbered = false;
  readonly #starts = new Map<OpenElement, { readonly part: number; readonly lineHadText: boolean }>();

  constructor(root: OpenElement) {
    this.root = root;
    this.language = languageOf(root.attributes);
  }

  opened(element: OpenElement): void {
    const { name, kind, attributes } = element;
    if (name === 'br') this.#add('\n');
    if (name === 'code') this.language ||= languageOf(attributes);
    const way = lineOf(element);
    if (way !== null && (this.#pending !== null || (way === 'block' && this.#lineHasText))) this.#add('\n');
    if (way !== null) this.#pending = null;
    if (way === null && !isLineNumber(element) && kind !== 'sup' && kind !== 'sub') return;
    this.#starts.set(element, { part: this.#parts.length, lineHadText: this.#lineHasText });
  }

  closed(element: OpenElement): void {
    const start = this.#starts.get(element);
    if (start === undefined) return;
    this.#starts.delete(element);
    const { kind } = element;
    const own = this.#parts.slice(start.part).join('');
    if (isLineNumber(element) && /^[\s\d]*$/.test(own)) {
      this.#numbered ||= own.trim() !== '';
      this.#parts.length = start.part;
      this.#lineHasText = start.lineHadText;
      return;
    }
    if (kind === 'sup' || kind === 'sub') {
      const before = this.#parts.slice(Math.max(0, start.part - 5), start.part).join('');
      this.#parts.length = start.part;
      this.#add(raised(own, kind, before));
    }
    const way = lineOf(element);
    if (way !== null) this.#pending = own.endsWith('\n') ? null : way;
  }

  text(data: string): void {
    if (data === '') return;
    if (this.#pending === 'block') {
      if (/^\s*$/.test(data)) {
        if (data.includes('\n')) this.#add('\n');
        return;
      }
      if (!data.startsWith('\n')) this.#add('\n');
    }
    this.#add(data);
  }

  code(): string {
    const code = this.#parts.join('').replaceAll('\u00a0', ' ').replace(/\r\n?/g, '\n');
    const lines = code.split('\n');
    // The space that separates numbers from code.
    if (!this.#numbered || !lines.every((line) => line === '' || line.startsWith(' '))) return code;
    return lines.map((line) => line.slice(1)).join('\n');
  }

  #add(text: string): void {
    this.#parts.push(text);
    this.#pending = null;
    const lastLine = text.slice(text.lastIndexOf('\n') + 1);
    this.#lineHasText = /\S/.test(lastLine) || (this.#lineHasText && !text.includes('\n'));
  }
}

/** The element that holds a listing whose lines are elements outside of any `pre`, as Doxygen writes them. */
export function boxOfLine({ name, attributes, parent }: OpenElement): OpenElement | null {
  if (parent === null || (name !== 'div' && name !== 'pre')) return null;
  if (!lineClass.test(attributes.class ?? '')) return null;
  return boxClass.test(parent.attributes.class ?? '') ? parent : null;
}

export function isLineNumber({ attributes, kind }: OpenElement): boolean {
  if ('data-nosnippet' in attributes || /user-select\s*:\s*none/i.test(attributes.style ?? '')) return true;
  return kind !== 'code' && numberClass.test(attributes.class ?? '');
}

function lineOf({ name, kind, attributes, parent }: OpenElement): 'block' | 'inline' | null {
  if (name === 'td' || name === 'th' || containers.has(name))
    return name === 'pre' && isLineClass(attributes) ? 'block' : null;
  if (blockElements.has(kind)) return 'block';
  const ofItsOwn = isLineClass(attributes) || 'data-line' in attributes || (name === 'code' && parent?.name === 'pre');
  return ofItsOwn ? 'inline' : null;
}

function isLineClass({ class: classes }: OpenElement['attributes']): boolean {
  return lineClass.test(classes ?? '');
}
