/** How many tokens a text has, for the limit of a chunk: a model's own tokenizer, or `estimateTokens`. */
export type TokenCounter = (text: string) => number;

/** Characters that tokenizers treat alike form one run. */
const kind = { space: 0, latin: 1, digit: 2, sign: 3, alphabet: 4, dense: 5, other: 6 };

/**
 * About how many tokens today's byte-pair tokenizers make of a text, without their tables of several megabytes. It is
 * meant to be a little too high: a chunk that is cut early does no harm, one that a model cuts off loses text. One pass
 * over the characters, since patterns overflow on runs of millions.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let run = kind.space;
  let length = 0;
  let weight = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const next = kindOf(code);
    if (next !== run) {
      tokens += tokensOfRun(run, length, weight);
      run = next;
      length = 0;
      weight = 0;
    }
    length += 1;
    weight += weightOf(code);
  }
  return tokens + tokensOfRun(run, length, weight);
}

function tokensOfRun(run: number, length: number, weight: number): number {
  switch (run) {
    // One space belongs to the word that follows it.
    case kind.space:
      return weight > 1 ? 1 : 0;
    case kind.latin:
      return latinTokens(length);
    case kind.digit:
      return Math.ceil(length / 3);
    case kind.sign:
      return Math.ceil(weight);
    case kind.alphabet:
      return Math.ceil(length / 2.5);
    case kind.dense:
      return Math.ceil(length * 1.3);
    default:
      return length;
  }
}

/** Common words are one token, long and rare ones several; what is longer than any word is a key or encoded data. */
function latinTokens(length: number): number {
  if (length > 24) return Math.ceil(length / 1.6);
  return length <= 6 ? 1 : Math.ceil(length / 4.5);
}

/**
 * Of white space, where a line end is as much as two spaces; of signs, where pairs of ASCII are often one token, and
 * halves of a surrogate pair (emoji, mostly) make two or three together.
 */
function weightOf(code: number): number {
  if (code === 0x0a) return 2;
  if (code <= 0x20) return 1;
  if (code <= 0x7f) return 0.75;
  return code >= 0xd800 && code <= 0xdfff ? 1.25 : 1;
}

function kindOf(code: number): number {
  if (code <= 0x7f) {
    if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)) return kind.latin;
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) return kind.space;
    return code >= 0x30 && code <= 0x39 ? kind.digit : kind.sign;
  }
  if (code < 0xc0 || (code >= 0x2000 && code <= 0x2bff)) return kind.sign;
  // Latin with marks, Greek, Cyrillic.
  if (code <= 0x52f || (code >= 0x1e00 && code <= 0x1fff)) return kind.alphabet;
  // Chinese, Japanese, Korean, their punctuation, full-width forms.
  if ((code >= 0x1100 && code <= 0x11ff) || (code >= 0x2e80 && code <= 0x9fff)) return kind.dense;
  if ((code >= 0xac00 && code <= 0xd7ff) || (code >= 0xf900 && code <= 0xfaff)) return kind.dense;
  if (code >= 0xff00) return kind.dense;
  return code >= 0xd800 && code <= 0xdfff ? kind.sign : kind.other;
}
