/** How many tokens a text has, for the limit of a chunk: a model's own tokenizer, or `estimateTokens`. */
export type TokenCounter = (text: string) => number;

/** Runs of what tokenizers treat alike. A space before a word belongs to the word. */
const runs =
  /(?<latin>[A-Za-z]+)|(?<digits>[0-9]+)|(?<dense>[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+)|(?<alphabets>[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]+)|(?<others>[\p{L}\p{M}\p{N}]+)|(?<lines>[\t ]*\n[\t\n ]*)|(?<spaces>[\t ]{2,})|(?<signs>[^\s\p{L}\p{N}\p{M}]+)/gu;

/**
 * About how many tokens today's byte-pair tokenizers make of a text, without their tables of several megabytes. It is
 * meant to be a little too high: a chunk that is cut early does no harm, one that a model cuts off loses text.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const { groups = {} } of text.matchAll(runs)) {
    if (groups.latin !== undefined) tokens += latinTokens(groups.latin.length);
    else if (groups.digits !== undefined) tokens += Math.ceil(groups.digits.length / 3);
    else if (groups.dense !== undefined) tokens += Math.ceil(groups.dense.length * 1.3);
    else if (groups.alphabets !== undefined) tokens += Math.ceil(groups.alphabets.length / 2.5);
    else if (groups.others !== undefined) tokens += groups.others.length;
    else if (groups.signs !== undefined) tokens += signTokens(groups.signs);
    else tokens += 1;
  }
  return tokens;
}

/** Common words are one token, long and rare ones several; what is longer than any word is a key or encoded data. */
function latinTokens(length: number): number {
  if (length > 24) return Math.ceil(length / 1.6);
  return length <= 6 ? 1 : Math.ceil(length / 4.5);
}

/** Punctuation often stands in pairs that are one token; emoji take two or three for each character. */
function signTokens(signs: string): number {
  let tokens = 0;
  for (const sign of signs) tokens += sign <= '\x7f' ? 0.75 : sign.length === 1 ? 1 : 2.5;
  return Math.ceil(tokens);
}
