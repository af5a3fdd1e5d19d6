import { createHash } from 'node:crypto';
import { languageOf } from './language-of.ts';
import { type Languages, loadLanguages } from './languages.ts';

/** One to three words that stand next to each other, with no stop word and no punctuation between them. */
export interface Phrase {
  /** As it is written, in lower case. */
  readonly text: string;
  /** The same without endings: phrases of one term are one phrase. */
  readonly term: string;
}

export interface AnalysedText {
  /** `null`: in no language whose words are known. */
  readonly language: string | null;
  /** The most frequent first, then in the order of the text; each term once. */
  readonly phrases: readonly Phrase[];
  /** Digest of the words without their order and endings: questions that differ in nothing else have the same one. */
  readonly key: string;
}

export interface TextAnalyser {
  analyse(text: string): AnalysedText;
}

/** Of a longer text only the beginning is read: the topic of a question is in it, and time stays bounded. */
const mostCharacters = 20_000;
const mostPhrases = 24;
const longestPhrase = 3;
const longestWord = 40;

/** Addresses of people and pages are no topics, and would publish who they belong to. */
const addresses = /\S+@\S+|\b[a-z][a-z0-9+.-]*:\/\/\S+/giu;
const letter = /\p{L}/u;
const ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

export async function createTextAnalyser(): Promise<TextAnalyser> {
  const languages = await loadLanguages();
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
  return { analyse: (text) => analyse(text, languages, segmenter) };
}

function analyse(text: string, languages: Languages, segmenter: Intl.Segmenter): AnalysedText {
  const clean = text.slice(0, mostCharacters).toWellFormed().normalize('NFKC').toLowerCase().replace(addresses, ' . ');
  const runs = runsOf(clean, segmenter);
  const language = languageOf(clean, runs.flat(), languages);
  const counts = new Map<string, { phrase: Phrase; count: number }>();
  const terms = new Set<string>();
  for (const run of runs) {
    for (const words of contentRuns(run, (word) => language?.stopWords.has(word) === true)) {
      const stems = words.map((word) => language?.stem(word) || word);
      for (const stem of stems) terms.add(stem);
      addPhrases(counts, words, stems);
    }
  }
  const phrases = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, mostPhrases);
  const key = terms.size > 0 ? [...terms].sort().join(' ') : clean.replace(/\s+/gu, ' ').trim();
  return {
    language: language?.name ?? null,
    phrases: phrases.map(({ phrase }) => phrase),
    key: createHash('sha256').update(key).digest('hex').slice(0, 32),
  };
}

/** Words that follow each other with nothing but white space, hyphens and apostrophes between them. */
function runsOf(text: string, segmenter: Intl.Segmenter): string[][] {
  const runs: string[][] = [];
  let run: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    if (isWordLike === true) run.push(segment);
    else if (run.length > 0 && !/^[\s\-'’_]+$/u.test(segment)) {
      runs.push(run);
      run = [];
    }
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

function* contentRuns(run: readonly string[], isStopWord: (word: string) => boolean): Generator<string[]> {
  let words: string[] = [];
  for (const word of run) {
    if (isContent(word) && !isStopWord(word)) {
      words.push(word);
      continue;
    }
    if (words.length > 0) yield words;
    words = [];
  }
  if (words.length > 0) yield words;
}

/** Numbers name orders, phones and people more often than topics. */
function isContent(word: string): boolean {
  if (word.length > longestWord || !letter.test(word)) return false;
  return word.length > 1 || ideograph.test(word);
}

/** Languages that are written in ideographs put no space between words. */
function joined(words: readonly string[]): string {
  return words.join(words.every((word) => ideograph.test(word)) ? '' : ' ');
}

function addPhrases(
  counts: Map<string, { phrase: Phrase; count: number }>,
  words: readonly string[],
  stems: readonly string[],
): void {
  for (let from = 0; from < words.length; from++) {
    for (let to = from + 1; to <= Math.min(words.length, from + longestPhrase); to++) {
      const term = stems.slice(from, to).join(' ');
      const known = counts.get(term);
      if (known !== undefined) known.count += 1;
      else counts.set(term, { phrase: { text: joined(words.slice(from, to)), term }, count: 1 });
    }
  }
}
