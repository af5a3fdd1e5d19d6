import type { Attribute, NewAttribute } from './attribute.ts';
import { snakeCase } from './text.ts';
import { genericKeyWords, lightWords } from './word-lists.ts';
import { bindsNext, isGlue, isNegation, isProtected, isSameWord, type Word, wordsOf } from './words.ts';

/** Kind of content that a new value loses or adds. */
export type Loss = 'number' | 'name' | 'address' | 'negation' | 'qualifier' | 'words' | 'key';

type Text = Pick<Attribute, 'key' | 'value'>;

/**
 * Returns the kind of content of a line that is missing in the attribute that replaces it. Numbers, names, addresses,
 * negations and qualifiers survive in their order, a number with its unit and a negation with what it denies; so "2
 * cats and 3 dogs" does not become "3 cats and 2 dogs". Other words survive in any order, and words of the key in the
 * key or the value.
 */
export function lossOf(line: Text, successor: Text): Loss | null {
  const own = contentOf(line.value);
  const other = contentOf(successor.value);
  const missing = missingAnchor(own, other);
  if (missing !== null) return lossOfWord(missing);
  const rest = own.filter((word) => !isProtected(word) && !lightWords.has(word.text));
  if (!rest.every((word) => other.some((one) => isSameWord(word, one)))) return 'words';
  const said = [...keyWords(successor.key), ...other];
  const lostKey = keyWords(line.key).find(
    (word) => !genericKeyWords.has(word.text) && !said.some((one) => isSameKeyWord(word, one)),
  );
  return lostKey === undefined ? null : 'key';
}

/** Returns the content of the new attribute that none of the lines contains; `null`: everything derives from them. */
export function inventionOf(lines: readonly Text[], added: NewAttribute): Loss | null {
  const known = lines.flatMap(({ key, value }) => [...wordsOf(value), ...keyWords(key)]);
  for (const word of contentOf(added.value)) {
    if (!known.some((one) => isSameWord(word, one) || isSameKeyWord(one, word))) return lossOfWord(word);
  }
  return null;
}

/** Lines that deny something and lines that do not are never merged: no order of words shows what is denied. */
export function mixesPolarity(lines: readonly Text[]): boolean {
  return new Set(lines.map(denies)).size > 1;
}

export function denies({ key, value }: Text): boolean {
  return [...keyWords(key), ...wordsOf(value)].some(isNegation);
}

function contentOf(value: string): Word[] {
  return wordsOf(value).filter((word) => !isGlue(word));
}

export function keyWords(key: string): Word[] {
  return snakeCase(key)
    .split('_')
    .filter((text) => text !== '')
    .map((text) => ({ text, kind: 'word', isName: false }));
}

/** A key is written in lower case: it may name what a value writes as a name. */
function isSameKeyWord(keyWord: Word, word: Word): boolean {
  return isSameWord(keyWord, { ...word, isName: false });
}

/** The first word that must survive and does not; each is looked for after the one before. */
function missingAnchor(own: readonly Word[], other: readonly Word[]): Word | null {
  let from = 0;
  for (const [at, word] of own.entries()) {
    if (!isProtected(word)) continue;
    const next = bindsNext(word) ? own[at + 1] : undefined;
    const found = other.findIndex((one, place) => {
      if (place < from || one.text !== word.text) return false;
      const follows = other[place + 1];
      return next === undefined || (follows !== undefined && isSameWord(next, follows));
    });
    if (found === -1) return word;
    from = found + 1;
  }
  return null;
}

function lossOfWord(word: Word): Loss {
  if (word.kind === 'literal') return 'address';
  if (isNegation(word)) return 'negation';
  if (word.kind === 'number' || word.kind === 'symbol') return 'number';
  if (word.isName) return 'name';
  return isProtected(word) ? 'qualifier' : 'words';
}
