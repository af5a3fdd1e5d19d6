import { commonStarts, countWords, glue, negatingSigns, negations, qualifiers } from './word-lists.ts';

/** The words of a value, and which of them must survive. */
export interface Word {
  /** Lower case, without compatibility forms. */
  readonly text: string;
  readonly kind: 'literal' | 'number' | 'symbol' | 'word';
  /** It is capitalised where that makes a name of it, or of a script that has no capital letters. */
  readonly isName: boolean;
}

/** Addresses, numbers with their separators, words and signs (a picture such as 👍 is one), in this order of preference. */
const pattern =
  /(?<literal>[^\s<>"']+@[^\s<>"',;]+|(?:https?:\/\/|www\.)[^\s<>"']+)|(?<number>(?<![\p{L}\p{N}])[+-]?\p{N}+(?:[.,:/-]\p{N}+)*)|(?<word>[\p{L}\p{M}\p{N}]+(?:['’.-][\p{L}\p{M}\p{N}]+)*)|(?<symbol>[\p{So}\p{Sc}\p{Sm}%#&@]\p{M}*)/gu;

export function wordsOf(value: string): Word[] {
  const text = value.normalize('NFKC');
  const words: Word[] = [];
  for (const { groups } of text.matchAll(pattern)) {
    const { literal, number, word, symbol } = groups ?? {};
    if (literal !== undefined) {
      words.push({ text: literal.replace(/[.,;:!?)]+$/, '').toLowerCase(), kind: 'literal', isName: false });
    } else if (number !== undefined) words.push({ text: number, kind: 'number', isName: false });
    else if (word !== undefined) words.push(toWord(word, words.length === 0));
    else if (symbol !== undefined) words.push({ text: symbol.replace(/\p{M}+/gu, ''), kind: 'symbol', isName: false });
  }
  return words;
}

function toWord(raw: string, isFirst: boolean): Word {
  const text = raw.toLowerCase().replaceAll('’', "'");
  return { text, kind: /\p{N}/u.test(raw) ? 'number' : 'word', isName: isName(raw, text, isFirst) };
}

function isName(raw: string, text: string, isFirst: boolean): boolean {
  // Scripts without capital letters do not tell names apart: there every word counts as one.
  if (/\p{Lo}/u.test(raw)) return true;
  if (!/^\p{Lu}|\p{Lt}/u.test(raw) && !/\p{Ll}\p{Lu}/u.test(raw)) return false;
  if (/^\p{Lu}[\p{Lu}\p{N}.-]+$/u.test(raw)) return true;
  return !(isFirst && (commonStarts.has(text) || glue.has(text)));
}

export function isNegation({ text, kind }: Word): boolean {
  if (kind === 'symbol') return negatingSigns.has(text);
  if (kind !== 'word') return false;
  return negations.has(text) || /n't$/.test(text) || /-(free|less)$/.test(text) || /^(non|anti|ex)-/.test(text);
}

/** Whether the word must survive, with its place among the others that must. */
export function isProtected(word: Word): boolean {
  if (word.kind !== 'word' || word.isName || isNegation(word)) return true;
  return qualifiers.has(word.text) || countWords.has(word.text);
}

/** Whether what follows the word belongs to it: the unit of a number, what a negation denies. */
export function bindsNext(word: Word): boolean {
  return word.kind === 'number' || word.kind === 'symbol' || isNegation(word) || countWords.has(word.text);
}

export function isGlue({ text, kind, isName: named }: Word): boolean {
  return kind === 'word' && !named && glue.has(text) && !negations.has(text);
}

/**
 * Whether two words are the same, whatever their plural or `-ing`. Past forms are others: "worked" is not "works". Names,
 * numbers and addresses are compared as they are.
 */
export function isSameWord(one: Word, other: Word): boolean {
  if (one.text === other.text) return true;
  if (one.kind !== 'word' || other.kind !== 'word' || one.isName || other.isName) return false;
  return stem(one.text) === stem(other.text);
}

function stem(text: string): string {
  if (text.length < 4 || !/^[a-z'-]+$/.test(text)) return text;
  const plain = text.replace(/'s$/, '');
  if (/ies$/.test(plain) && plain.length > 4) return `${plain.slice(0, -3)}y`;
  const cut = plain.length > 5 && /ing$/.test(plain) ? plain.slice(0, -3) : plain.replace(/(?<=[^s])s$/, '');
  return cut.replace(/(.)\1$/, '$1').replace(/e$/, '');
}
