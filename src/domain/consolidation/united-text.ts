import { inventionOf, type Loss } from '../profiles/survival.ts';
import { oneLine } from '../profiles/text.ts';
import { isGlue, wordsOf } from '../profiles/words.ts';
import { isContainedIn, saysTheSame } from './restatement.ts';

/** Words that a text may have which neither of the two has: they join, and state nothing. */
const joining = new Set(['and', 'also', 'a', 'an', 'the', 'und', 'et', 'y', 'e']);

export type UnionProblem = 'empty' | 'nothing_united' | 'repeats' | 'loses' | 'joins_otherwise' | `invents_${Loss}`;

/** The text in the form in which it is stored, or why it may not take the place of both: everything of both, and nothing else. */
export function unitedText(
  one: string,
  other: string,
  proposed: string,
): { readonly text: string } | { readonly problem: UnionProblem } {
  const text = oneLine(proposed);
  const [left, right, words] = [wordsOf(one), wordsOf(other), wordsOf(text)];
  if (words.length === 0) return { problem: 'empty' };
  if (saysTheSame(text, one) || saysTheSame(text, other)) return { problem: 'nothing_united' };
  if (words.length > left.length + right.length + 2) return { problem: 'repeats' };
  if (!isContainedIn(one, text) || !isContainedIn(other, text)) return { problem: 'loses' };
  const lines = [one, other].map((value) => ({ key: '', value }));
  const invented = inventionOf(lines, { category: '', key: '', value: text });
  if (invented !== null) return { problem: `invents_${invented}` };
  // "or", "if" and "was" state something, although a comparison of texts passes over them.
  const known = new Set([...left, ...right].map((word) => word.text));
  const joins = words.every((word) => !isGlue(word) || known.has(word.text) || joining.has(word.text));
  return joins ? { text } : { problem: 'joins_otherwise' };
}
