import type { Languages, LanguageWords } from './languages.ts';

const scripts = {
  han: /\p{Script=Han}/gu,
  kana: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  arabic: /\p{Script=Arabic}/gu,
  cyrillic: /\p{Script=Cyrillic}/gu,
  greek: /\p{Script=Greek}/gu,
  armenian: /\p{Script=Armenian}/gu,
  devanagari: /\p{Script=Devanagari}/gu,
  tamil: /\p{Script=Tamil}/gu,
  latin: /\p{Script=Latin}/gu,
} as const;
type Script = keyof typeof scripts;
const scriptNames = Object.keys(scripts).filter((name): name is Script => name in scripts);

/** An ideograph counts for as much as some letters of an alphabet. */
const weights: Readonly<Partial<Record<Script, number>>> = { han: 3, kana: 2 };
/** Enough of a text to tell its script. */
const sampled = 2_000;
const asciiOnly = /^[\0-\x7f]*$/;

/**
 * The language of a text: by its script, and among languages of one script by their stop words. A Latin text without any
 * stop word counts as English where it has no other letters than English has.
 */
export function languageOf(text: string, words: readonly string[], languages: Languages): LanguageWords | null {
  const sample = text.slice(0, sampled);
  let [script, most]: [Script | null, number] = [null, 0];
  for (const name of scriptNames) {
    const count = (sample.match(scripts[name])?.length ?? 0) * (weights[name] ?? 1);
    if (count > most) [script, most] = [name, count];
  }
  if (script === null) return null;
  // Japanese writes its endings in kana, and much else in Han characters.
  if (script === 'han' && scripts.kana.test(sample)) script = 'kana';
  scripts.kana.lastIndex = 0;
  const found = languages[script];
  if ('name' in found) return found;
  const elected = mostStopWords(found, words);
  if (elected !== null) return elected;
  return script === 'latin' && asciiOnly.test(sample) ? (found[0] ?? null) : null;
}

/** The first of several with as many; `null` where no word is a stop word of any. */
function mostStopWords(languages: readonly LanguageWords[], words: readonly string[]): LanguageWords | null {
  let [best, most]: [LanguageWords | null, number] = [null, 0];
  for (const language of languages) {
    const count = words.reduce((sum, word) => sum + (word.length > 1 && language.stopWords.has(word) ? 1 : 0), 0);
    if (count > most) [best, most] = [language, count];
  }
  return best;
}
