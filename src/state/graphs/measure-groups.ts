import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

/** Numbers of groups for a monitor. A group is named by its key. */
export interface MeasuredGroups {
  readonly graphs: readonly {
    readonly graph: string;
    /** To be collected or recomputed. */
    readonly stale: number;
    readonly recomputes: number;
    readonly orphans: number;
  }[];
  /** Entities collected from each of the groups that lost most of them, and from all others together. */
  readonly orphans: {
    readonly most: readonly { readonly key: string; readonly count: number }[];
    readonly others: number;
  };
}

/** So many groups have a number of their own, however many there are. */
const mostNamed = 100;

export async function measureGroups(db: Db): Promise<MeasuredGroups> {
  const { rows: graphs } = await sql<MeasuredGroups['graphs'][number]>`
    select graph, count(*) filter (where stale_since is not null or needs_recompute)::int8 as stale,
      sum(recomputes)::int8 as recomputes, sum(orphans_cleaned)::int8 as orphans
    from coppice.graph_groups group by graph order by graph`.execute(db);
  const { rows: most } = await sql<{ key: string; count: number }>`
    select key, orphans_cleaned as count from coppice.graph_groups
    where orphans_cleaned > 0 order by orphans_cleaned desc, key limit ${mostNamed}`.execute(db);
  const total = (counts: readonly number[]) => counts.reduce((sum, one) => sum + one, 0);
  const others = total(graphs.map((one) => one.orphans)) - total(most.map((one) => one.count));
  return { graphs, orphans: { most, others: Math.max(0, others) } };
}
