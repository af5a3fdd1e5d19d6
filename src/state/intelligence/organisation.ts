import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import { resultTable } from './tables.ts';

const extractions = resultTable('topic_extractions');
/** An extraction that was under way when topics were grouped is younger than the grouping and carries an older time. */
const sinceGrouping = sql`coalesce((select s.grouped_at - interval '1 hour' from coppice.topic_scopes s
  where s.collection = e.collection and s.scope = 'organisation' and s.subject = ''), '-infinity')`;

/** How many extractions no grouping of the organisation has looked at. */
export async function countNewExtractions(db: Db, collection: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from ${extractions} e
    where e.collection = ${collection} and e.organisation_topic_id is null and e.extracted_at > ${sinceGrouping}`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** New extractions without a topic of the organisation, in the order of their ids. */
export async function unassigned(
  db: Db,
  collection: string,
  after: string,
  limit: number,
): Promise<readonly { readonly id: string; readonly terms: readonly string[] }[]> {
  const { rows } = await sql<{ id: string; terms: string[] }>`
    select e.query_id as id, e.terms from ${extractions} e
    where e.collection = ${collection} and e.organisation_topic_id is null and e.extracted_at > ${sinceGrouping}
      and e.query_id collate "C" > ${after} order by e.query_id collate "C" limit ${limit}`.execute(db);
  return rows;
}

export async function assignOrganisation(
  tx: Tx,
  collection: string,
  assigned: readonly { readonly id: string; readonly topicId: string }[],
): Promise<void> {
  await sql`update ${extractions} e set organisation_topic_id = a.topic_id
    from unnest(${assigned.map(({ id }) => id)}::text[], ${assigned.map(({ topicId }) => topicId)}::text[]) as a (id, topic_id)
    where e.collection = ${collection} and e.query_id = a.id`.execute(tx);
}
