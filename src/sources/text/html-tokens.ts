import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import type { Attributes } from './html-rules.ts';

export interface TagHandler {
  start(name: string, attributes: Attributes, selfClosing: boolean): void;
  end(name: string): void;
  text(data: string): void;
  isInForeignContent(): boolean;
}

/** Cuts a page into tags and text. `OpenElements` decides which elements a tag ends. */
export class HtmlTokens {
  readonly #html: string;
  readonly #tokenizer: Tokenizer;

  constructor(html: string, handler: TagHandler) {
    this.#html = html;
    this.#tokenizer = new Tokenizer({ decodeEntities: true }, callbacks(html, handler));
  }

  /** Reads on from `from`, which must be where the last call ended. */
  read(from: number, to: number): void {
    this.#tokenizer.write(this.#html.slice(from, to));
  }

  end(): void {
    this.#tokenizer.end();
  }
}

/** The tokenizer counts positions over all that was written, so that names and values are cut from the page itself. */
function callbacks(html: string, handler: TagHandler): TokenizerCallbacks {
  let tag = '';
  let attributes: Record<string, string> = {};
  let [name, value] = ['', ''];
  const opened = (selfClosing: boolean) => {
    const own = attributes;
    attributes = {};
    handler.start(tag, own, selfClosing);
  };
  return {
    onopentagname: (start, end) => {
      tag = html.slice(start, end).toLowerCase();
      attributes = {};
    },
    onattribname: (start, end) => {
      name = html.slice(start, end).toLowerCase();
      value = '';
    },
    onattribdata: (start, end) => {
      value += html.slice(start, end);
    },
    onattribentity: (codePoint) => {
      value += String.fromCodePoint(codePoint);
    },
    onattribend: () => {
      if (!Object.hasOwn(attributes, name)) attributes[name] = value;
    },
    onopentagend: () => opened(false),
    onselfclosingtag: () => opened(true),
    onclosetag: (start, end) => handler.end(html.slice(start, end).toLowerCase()),
    ontext: (start, end) => handler.text(html.slice(start, end)),
    ontextentity: (codePoint) => handler.text(String.fromCodePoint(codePoint)),
    oncdata: (start, end, offset) => handler.text(html.slice(start, end - offset)),
    isInForeignContext: () => handler.isInForeignContent(),
    oncomment: () => {},
    ondeclaration: () => {},
    onprocessinginstruction: () => {},
    onend: () => {},
  };
}
