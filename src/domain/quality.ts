/** Inputs of the score of a document. */
export interface QualityInput {
  readonly title: string | null;
  /** Markdown or plain text. */
  readonly text: string;
  /** Share of the text that is links, 0 to 1. */
  readonly linkShare: number;
}

/** The parts of a score, each 0 to 1. docs/sources.md explains them. */
export interface QualityParts {
  readonly length: number;
  readonly prose: number;
  readonly links: number;
  readonly variety: number;
  readonly structure: number;
  readonly title: number;
}

const weights: QualityParts = { length: 0.3, prose: 0.2, links: 0.2, variety: 0.15, structure: 0.1, title: 0.05 };

/** From so many letters and digits on a longer text is no better: about 250 English words, or 400 Chinese characters. */
const enoughLetters = 1_200;
/** A character of a script without spaces says as much as about three letters. */
const denseWeight = 3;
const notDense = /[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+/gu;
/** Of a text no more is looked at: the score of a huge page is that of its beginning. */
const longestSample = 200_000;

/**
 * How much a text is worth keeping for retrieval, 0 to 1. It goes by form, not by meaning or language: is there enough of
 * it, is it text rather than signs, is it more than links and repeated lines, has it headings and a title. Nothing to
 * read is 0. The same input always has the same score.
 */
export function quality(input: QualityInput): number {
  const parts = qualityParts(input);
  if (parts.length === 0) return 0;
  const sum =
    weights.length * parts.length +
    weights.prose * parts.prose +
    weights.links * parts.links +
    weights.variety * parts.variety +
    weights.structure * parts.structure +
    weights.title * parts.title;
  // A text of a few words is poor however well formed, and so is a page that is nothing but links.
  const bound = Math.min(1, 0.1 + 2 * parts.length, 0.1 + 2 * parts.links);
  return Math.round(Math.min(sum, bound) * 1000) / 1000;
}

function qualityParts({ title, text, linkShare }: QualityInput): QualityParts {
  const sample = text.slice(0, longestSample);
  const letters = charactersBut(/[^\p{L}\p{N}]+/gu, sample) + charactersBut(notDense, sample) * (denseWeight - 1);
  const visible = charactersBut(/\s+/gu, sample);
  const headings = countOf(sample, /^ {0,3}#{1,6}[ \t]+\S/gmu);
  return {
    length: Math.min(1, letters / enoughLetters),
    // Prose in any script is some nine tenths letters; tables, code and logs have fewer, binary rubbish hardly any.
    prose: visible === 0 ? 0 : clamp((lettersOf(sample) / visible - 0.3) / 0.5),
    links: 1 - clamp((linkShare - 0.2) / 0.6),
    variety: variety(sample),
    structure: structure(headings, letters),
    title: title !== null && /\p{L}/u.test(title) ? 1 : 0,
  };
}

function lettersOf(text: string): number {
  return charactersBut(/[^\p{L}\p{M}\p{N}]+/gu, text);
}

/** Share of the lines that are not said before: menus, placeholders and broken templates repeat themselves. */
function variety(text: string): number {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[|:`~\s-]+$/.test(line));
  return lines.length === 0 ? 0 : new Set(lines).size / lines.length;
}

/** A heading for each 4,000 letters will do; a short text needs none. More headings than sentences are a menu. */
function structure(headings: number, letters: number): number {
  if (headings === 0) return letters <= enoughLetters ? 0.5 : 0;
  const wanted = Math.min(1, (headings * 4_000) / Math.max(letters, 1));
  return letters / headings < 40 ? wanted / 2 : wanted;
}

/** Characters that are none of `others`: taking those out by the run costs a tenth of a match for each that is left. */
function charactersBut(others: RegExp, text: string): number {
  const left = text.replace(others, '');
  // A character that takes two units of UTF-16 is one.
  return surrogate.test(left) ? Array.from(left).length : left.length;
}

const surrogate = /[\ud800-\udbff]/;

function countOf(text: string, pattern: RegExp): number {
  let count = 0;
  for (const _ of text.matchAll(pattern)) count += 1;
  return count;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
