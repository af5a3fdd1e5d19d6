import { type FoundObject, PAGE_OBJECTS } from './query.ts';
import type { Where } from './where.ts';

interface IdRange {
  readonly from: string | null;
  readonly before: string | null;
}

/**
 * Everything that a question finds, however much it is: a full page is split into two ranges of ids, at the middle of those
 * seen.
 *
 * @param ask the question, with more conditions
 * @param first what it finds without any, where that is known
 */
export async function* pagesByIds(
  ask: (bounds: readonly Where[]) => Promise<FoundObject[]>,
  first?: FoundObject[],
  { from, before }: IdRange = { from: null, before: null },
): AsyncGenerator<FoundObject[]> {
  const bounds: Where[] = [];
  if (from) bounds.push({ operator: 'GreaterThanEqual', path: 'id', text: from });
  if (before) bounds.push({ operator: 'LessThan', path: 'id', text: before });
  const found = first ?? (await ask(bounds));
  if (found.length < PAGE_OBJECTS) {
    if (found.length > 0) yield found;
    return;
  }
  const middle = found.map((each) => each.id).sort()[Math.floor(found.length / 2)] ?? null;
  yield* pagesByIds(ask, undefined, { from, before: middle });
  yield* pagesByIds(ask, undefined, { from: middle, before });
}
