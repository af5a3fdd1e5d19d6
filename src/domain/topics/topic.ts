/** A topic of one user or of the organisation, as it is stored. */
export interface Topic {
  readonly no: number;
  readonly id: string;
  readonly label: string;
  readonly phrases: readonly string[];
  /** By term, for the assignment of new questions. */
  readonly weights: Readonly<Record<string, number>>;
  readonly rows: number;
}

/** A question belongs to a topic if what they have in common weighs at least this share of the topic's best phrase. */
const leastShare = 0.5;

/** The topic that shares most of its weight with these terms; `null` where none is close. Ties go to the older topic. */
export function closestTopic(terms: readonly string[], topics: readonly Topic[]): Topic | null {
  let [best, most]: [Topic | null, number] = [null, 0];
  for (const topic of topics) {
    const top = Math.max(0, ...Object.values(topic.weights));
    const shared = terms.reduce((sum, term) => sum + (topic.weights[term] ?? 0), 0);
    if (shared > most && shared >= top * leastShare) [best, most] = [topic, shared];
  }
  return best;
}

/** Whether so many questions are new that topics are grouped again: the work stays proportional to what is new. */
export function needsGrouping(scope: { readonly newRows: number; readonly groupedRows: number }): boolean {
  return scope.newRows > 0 && scope.newRows * 10 >= scope.groupedRows;
}

export interface TopicChanges {
  readonly new_topics: number;
  readonly gone_topics: number;
  readonly grown_topics: number;
  readonly split_topics: number;
  readonly merged_topics: number;
}

const grownBy = 1.5;
const leastPart = 0.25;

/**
 * How topics changed from one grouping to the next, by the questions that both of them saw.
 *
 * @param before by question: the number of its topic in the last grouping; -1 for none
 * @param now the same in this grouping
 * @param known numbers of the topics of the last grouping
 */
export function compareTopics(
  before: ArrayLike<number>,
  now: ArrayLike<number>,
  known: readonly number[],
): TopicChanges {
  const current = countBy(now, now);
  const former = countBy(before, before);
  const numbers = new Set([...current.keys()]);
  const grown = [...current].filter(([no, own]) => {
    const size = former.get(no)?.get(no) ?? 0;
    return size > 0 && (own.get(no) ?? 0) >= size * grownBy;
  });
  const split = [...countBy(before, now)].filter(([, parts]) => hasSeveralParts(parts));
  const merged = [...countBy(now, before)].filter(([, parts]) => hasSeveralParts(parts));
  return {
    new_topics: [...numbers].filter((no) => !known.includes(no)).length,
    gone_topics: known.filter((no) => !numbers.has(no)).length,
    grown_topics: grown.length,
    split_topics: split.length,
    merged_topics: merged.length,
  };
}

/** By number in `by`: how many questions have each number in `of`; questions that lack either do not count. */
function countBy(by: ArrayLike<number>, of: ArrayLike<number>): Map<number, Map<number, number>> {
  const counts = new Map<number, Map<number, number>>();
  for (let row = 0; row < by.length; row++) {
    const [one, other] = [by[row] ?? -1, of[row] ?? -1];
    if (one < 0 || other < 0) continue;
    const own = counts.get(one) ?? new Map<number, number>();
    counts.set(one, own.set(other, (own.get(other) ?? 0) + 1));
  }
  return counts;
}

function hasSeveralParts(parts: ReadonlyMap<number, number>): boolean {
  const sum = [...parts.values()].reduce((total, count) => total + count, 0);
  return [...parts.values()].filter((count) => count >= sum * leastPart && count > 1).length > 1;
}
