import type { Attribute, NewAttribute, ProfileChange } from './attribute.ts';
import { AnswerRefusedError } from './check-answer.ts';
import { passingReason } from './passing.ts';

/** The changes of one profile, within the limits of the whole. */
export interface ProfilePlan {
  readonly changes: readonly ProfileChange[];
  /** Lines that disappear, by their ids. */
  readonly removed: readonly string[];
  /** Each with the id of a line in whose place it is: columns that no rule knows are taken over from it. */
  readonly added: readonly (NewAttribute & { readonly inPlaceOf: string })[];
  /** Categories that lose or gain a line, in alphabetical order. */
  readonly categories: readonly string[];
}

/**
 * Joins changes to a plan. Throws `AnswerRefusedError` where more than `maxShare` of the lines would disappear without a
 * successor, or a category or the whole profile would be empty. Lines that were merged elsewhere, and those in the code's own
 * list of passing states and greetings, do not count.
 */
export function planOf(lines: readonly Attribute[], changes: readonly ProfileChange[], maxShare: number): ProfilePlan {
  const removed = new Map(changes.flatMap((change) => change.lines.map((line) => [line, change] as const)));
  const lost = lines.filter((line, at) => isLost(line, removed.get(at + 1)));
  if (lost.length > lines.length * maxShare) {
    throw new AnswerRefusedError(
      `${lost.length} of ${lines.length} lines would disappear, more than max_share ${maxShare}`,
    );
  }
  const added = changes.flatMap(({ added: one, lines: [line = 0] }) => {
    const source = lines[line - 1];
    return one === null || source === undefined ? [] : [{ ...one, inPlaceOf: latestOf(lines, removed, one, source) }];
  });
  const left = [...lines.filter((_, at) => !removed.has(at + 1)), ...added];
  if (left.length === 0 && lost.length > 0) throw new AnswerRefusedError('no line would be left');
  const categoriesLeft = new Set(left.map(({ category }) => category));
  for (const { category } of lost) {
    if (!categoriesLeft.has(category)) throw new AnswerRefusedError('a category would be left without a line');
  }
  const gone = lines.filter((_, at) => removed.has(at + 1));
  const categories = [...new Set([...gone, ...added].map(({ category }) => category))].sort();
  return { changes, removed: gone.map(({ id }) => id), added, categories };
}

function isLost(line: Attribute, change: ProfileChange | undefined): boolean {
  if (change === undefined || change.added !== null || change.reason === 'duplicate') return false;
  return passingReason(line) === null;
}

/** The latest of the lines that the attribute replaces. */
function latestOf(
  lines: readonly Attribute[],
  removed: ReadonlyMap<number, ProfileChange>,
  added: NewAttribute,
  first: Attribute,
): string {
  const own = lines.filter((_, at) => removed.get(at + 1)?.added === added);
  return own.reduce((a, b) => ((b.updatedAt?.getTime() ?? 0) > (a.updatedAt?.getTime() ?? 0) ? b : a), first).id;
}
