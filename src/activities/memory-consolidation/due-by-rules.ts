import { createHash } from 'node:crypto';
import type { Db } from '../../database/schema.ts';
import { clustersOf } from '../../domain/consolidation/clusters.ts';
import { judgePairs, verdictsOn } from '../../domain/consolidation/judge-pairs.ts';
import type { SimilaritySearch } from '../../similarity/similarity-search.ts';
import type { MemoryTable } from '../../stores/ports/memory-table.ts';
import type { PartitionCount } from '../../stores/ports/row-survey.ts';
import { mutualNeighbours } from './candidates.ts';

export interface Comparing {
  readonly db: Db;
  readonly memories: MemoryTable;
  readonly search: SimilaritySearch;
  /** `null`: memories of all bots. */
  readonly bot: string | null;
  /** A user with more is left out. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/** Ids of the memories that rules alone would merge into others, by their users. Nothing is stored. */
export async function dueByRules({ db, memories: table, search, bot, most, signal }: Comparing) {
  const due = new Map<string, readonly string[]>();
  for (const { user, memories: count } of await table.users(db, bot)) {
    signal.throwIfAborted();
    if (count > most) continue;
    const memories = await table.read(db, user, { bot }, most, signal);
    const pairs = judgePairs(memories, await mutualNeighbours(memories, search, signal));
    const clusters = clustersOf(memories, pairs, verdictsOn(memories, pairs, new Map()));
    const ids = clusters.flatMap(({ members }) => members.map(({ id }) => id));
    if (ids.length > 0) due.set(user, ids.sort());
  }
  return due;
}

/** Counts of rows, of which these are due and no others. */
export async function* withDue(
  counts: AsyncGenerator<readonly PartitionCount[]>,
  due: ReadonlyMap<string, readonly string[]>,
): AsyncGenerator<readonly PartitionCount[]> {
  for await (const page of counts) {
    yield page.map((one): PartitionCount => {
      const ids = due.get(one.partition ?? '') ?? [];
      const digest = createHash('md5').update(JSON.stringify(ids)).digest('hex');
      return { ...one, due: ids.length, reasons: { restatement: ids.length }, digest };
    });
  }
}
