import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { ProposalState } from '../../domain/profiles/proposal.ts';

/** The job whose proposals name clusters of memories: the first line stays, and the others are merged into it. */
export const consolidationJob = 'memory-consolidation';

/**
 * Members of the clusters that proposals in these states name, each with the row that stays, both texts, and the text that takes
 * their place with its vector, where there is one. A row is a member
 * of one cluster at most, and no row that stays is a member of another: no run removes it under its members.
 */
export function proposedMerges(collection: string, states: readonly string[]): RawBuilder<unknown> {
  const lines = sql`select q.id, q.partition, l.line->>'id' as row_id, l.line->>'value' as row_text,
      q.content->'lines'->0->>'id' as survivor, q.content->'lines'->0->>'value' as survivor_text,
      q.content->'added'->0->>'value' as united, q.content->>'vector' as vector
    from coppice.proposals q cross join lateral jsonb_array_elements(q.content->'lines') with ordinality l (line, place)
    where q.job = ${sql.lit(consolidationJob)} and q.collection = ${sql.lit(collection)}
      and q.state = any(${[...states]}::text[]) and q.content is not null and l.place > 1`;
  return sql`(
    with member as materialized (${lines})
    select distinct on (m.partition, m.row_id) m.* from member m
    where not exists (select from member s where s.partition = m.partition and s.row_id = m.survivor)
    order by m.partition, m.row_id, m.id
  )`;
}

/** Clusters by the rows that stay in them. */
export interface Clusters {
  readonly collection: string;
  readonly states: readonly string[];
  readonly partitions: readonly string[];
  readonly survivors: readonly string[];
}

/** Records what became of clusters. */
export async function markClusters(
  tx: Tx,
  { collection, states, partitions, survivors }: Clusters,
  state: Extract<ProposalState, 'applied' | 'reverted'>,
  runNo: number,
): Promise<number> {
  if (survivors.length === 0) return 0;
  const { numAffectedRows = 0n } = await sql`update coppice.proposals q
    set state = ${state}, asked = true, applied_run_no = case when ${state} = 'applied' then ${runNo}::int8 end
    where q.job = ${consolidationJob} and q.collection = ${collection} and q.state = any(${[...states]}::text[])
      and q.partition = any(${[...partitions]}::text[])
      and q.content->'lines'->0->>'id' = any(${[...survivors]}::text[])`.execute(tx);
  return Number(numAffectedRows);
}

/** Texts that runs have written into memories of a user, by the ids of the memories, as long as the proposals are kept. */
export async function ownTexts(db: Db, collection: string, user: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; text: string }>`
    select q.content->'lines'->0->>'id' as id, q.content->'added'->0->>'value' as text from coppice.proposals q
    where q.job = ${consolidationJob} and q.collection = ${collection} and q.partition = ${user} and q.state = 'applied'
      and q.content->'added'->0 is not null
    order by q.id`.execute(db);
  return new Map(rows.map(({ id, text }) => [id, text]));
}
