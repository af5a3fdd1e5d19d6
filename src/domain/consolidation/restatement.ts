import { lossOf, mixesPolarity } from '../profiles/survival.ts';
import { isGlue, isProtected, isSameWord, type Word, wordsOf } from '../profiles/words.ts';

/** Rises with every change of the rules that may judge the same pair otherwise: pairs are judged again then. */
export const consolidationRulesVersion = 2;

const articles = new Set(['a', 'an', 'the']);

/** Whether two texts have the same words in the same order, but for case, punctuation and articles. */
export function saysTheSame(one: string, other: string): boolean {
  if (asks(one) !== asks(other)) return false;
  const [left, right] = [statedWords(one), statedWords(other)];
  return (
    left.length > 0 &&
    left.length === right.length &&
    left.every((word, at) => {
      const same = right[at];
      // A capital letter at the start tells nothing; elsewhere it may make a name of a word.
      return same !== undefined && word.text === same.text && (at === 0 || word.isName === same.isName);
    })
  );
}

/**
 * Whether everything that the first text says is also in the second: every word, in the same order, but for articles
 * and words like "is". One verb of liking may stand for another. Further words of the second text may still give it
 * another meaning.
 */
export function isContainedIn(text: string, successor: string): boolean {
  const [line, other] = [asLine(text), asLine(successor)];
  return (
    statedWords(text).length > 0 &&
    asks(text) === asks(successor) &&
    !mixesPolarity([line, other]) &&
    lossOf(line, other) === null &&
    isInOrder(tellingWords(text), tellingWords(successor))
  );
}

function tellingWords(text: string): Word[] {
  return wordsOf(text).filter((word) => !isGlue(word));
}

const liking = new Set(['likes', 'like', 'liked', 'loves', 'love', 'enjoys', 'enjoy', 'enjoying', 'fond']);

function isAlike(word: Word, other: Word): boolean {
  return isSameWord(word, other) || (liking.has(word.text) && liking.has(other.text));
}

/** "tea over coffee" does not say what "coffee over tea" says. */
function isInOrder(words: readonly Word[], others: readonly Word[]): boolean {
  let from = 0;
  for (const word of words) {
    const found = others.findIndex((other, at) => at >= from && isAlike(word, other));
    if (found === -1) return false;
    from = found + 1;
  }
  return true;
}

/**
 * Whether two texts may be worth a person's look: the same numbers, names, addresses and negations, and half of the other words
 * in common.
 */
export function mayRestate(one: string, other: string): boolean {
  const [left, right] = [statedWords(one), statedWords(other)];
  const anchors = (words: readonly Word[]) =>
    words
      .filter(isProtected)
      .map(({ text }) => text)
      .sort()
      .join(' ');
  if (asks(one) !== asks(other) || anchors(left) !== anchors(right)) return false;
  const plain = (words: readonly Word[]) => words.filter((word) => !isProtected(word));
  const [fewer, more] = [plain(left), plain(right)].sort((a, b) => a.length - b.length);
  if (fewer === undefined || more === undefined || more.length === 0) return false;
  const shared = fewer.filter((word) => more.some((another) => isSameWord(word, another)));
  return shared.length * 2 >= more.length;
}

function asLine(value: string) {
  return { key: '', value };
}

function statedWords(text: string) {
  return wordsOf(text).filter((word) => !articles.has(word.text));
}

function asks(text: string): boolean {
  return /[?？؟]\s*$/.test(text);
}
