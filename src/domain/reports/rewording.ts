import { isTrue } from './check-sentence.ts';
import type { ReportData, Sentence } from './report.ts';

/** Words that state nothing: a rewording may add and drop them. */
const freeWords = new Set(
  (
    'a an the this that these those it its they their there in of on at by for from to with within during about over regarding ' +
    'and or but while when which who as than also so is are was were be been being has have had do does did can should please'
  ).split(' '),
);

/** Words that may stand for each other in a report. */
const synonyms: readonly (readonly string[])[] = [
  ['question', 'questions', 'query', 'queries'],
  ['asked', 'raised', 'posed', 'submitted'],
  ['before', 'earlier', 'previous', 'preceding', 'prior'],
  ['rose', 'increased', 'grew', 'climbed'],
  ['fell', 'decreased', 'declined', 'dropped'],
  ['fewer', 'less'],
  ['frequent', 'common'],
  ['topic', 'topics', 'subject', 'subjects'],
  ['period', 'periods'],
  ['time', 'times'],
  ['day', 'days'],
  ['hour', 'hours'],
  ['user', 'users'],
  ['answer', 'answers', 'reply', 'replies', 'response', 'responses'],
  ['document', 'documents', 'documentation'],
  ['check', 'verify'],
  ['cover', 'covers', 'covered', 'describe', 'describes'],
  ['provide', 'give', 'write'],
  ['missing', 'absent'],
  ['poor', 'weak'],
];
const canonical = new Map(synonyms.flatMap((words) => words.map((word) => [word, words[0] ?? word] as const)));

const mostCharacters = 500;
/** A private character in place of a name, with the name's number. */
const nameMark = '\uE000';

/**
 * Whether the text states exactly what the sentence states, in other words. It contains the same names and numbers in the same
 * order, each number before the same word, and no other word than the sentence's own, its synonyms and words that state
 * nothing; and it passes the check of every sentence (`isTrue`).
 */
export function isRewording(sentence: Sentence, text: string, data: ReportData): boolean {
  if (text.length > mostCharacters || /\p{Cc}|\uE000/u.test(text)) return false;
  const { citations } = sentence;
  if (!isTrue({ text, citations }, data)) return false;
  const names = citations.flatMap(({ value }) => (typeof value === 'string' && value !== '' ? [value] : []));
  const [former, given] = [statementOf(sentence.text, names), statementOf(text, names)];
  return former.anchors === given.anchors && former.words === given.words;
}

interface Statement {
  /** Names and numbers in their order, each number with the word that follows. */
  readonly anchors: string;
  /** All other words that state something, without repeats. */
  readonly words: string;
}

function statementOf(text: string, names: readonly string[]): Statement {
  // Longer names first: one may be a part of another.
  const order = [...new Set(names)].toSorted((a, b) => b.length - a.length);
  const marked = order.reduce((rest, name, at) => rest.replaceAll(name, ` ${nameMark}${at} `), text);
  const tokens = (marked.toLowerCase().match(/\uE000\d+|[-−]?\p{N}[\p{N}.,]*%?|[\p{L}\p{M}]+/gu) ?? [])
    .map((token) => token.replace(/[.,]+$/u, ''))
    .filter((token) => !freeWords.has(token))
    .map((token) => canonical.get(token) ?? token);
  const isNumber = (token: string) => /^[-−]?\p{N}/u.test(token);
  const isAnchor = (token: string) => token.startsWith(nameMark) || isNumber(token);
  const anchors = tokens.flatMap((token, at) => {
    if (!isAnchor(token)) return [];
    return isNumber(token) ? [token, tokens[at + 1] ?? ''] : [token];
  });
  const words = new Set(tokens.filter((token) => !isAnchor(token)));
  return { anchors: JSON.stringify(anchors), words: JSON.stringify([...words].sort()) };
}
