import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { UnjudgedFact } from '../../domain/alerts.ts';

const mostRuns = 60;

/**
 * The share of rows that the last run of each job could not judge, beside the least of the runs before. Runs that counted
 * some partitions only have no counts of whole collections.
 */
export async function unjudgedRows(db: Db, jobs: readonly string[]): Promise<UnjudgedFact[]> {
  const { rows } = await sql<Omit<UnjudgedFact, 'least'> & { readonly least: number | null }>`
    with recent as (
      select r.no, r.job, r.survey -> 'collections' as collections
      from unnest(${[...jobs]}::text[]) j (job), lateral (
        select no, job, survey from coppice.runs
        where job = j.job and kind = 'sweep' and survey is not null order by no desc limit ${mostRuns}
      ) r
    ), shares as (
      select job, c.collection, least(1, (c.unscoped + c.unreadable) / (c.rows + c.unscoped)::float8) as share,
        row_number() over (partition by job, c.collection order by no desc) as age
      from recent, jsonb_to_recordset(collections)
        as c (collection text, rows int8, unscoped int8, unreadable int8)
      where c.rows + c.unscoped > 0
    )
    select job, collection, max(share) filter (where age = 1) as share, min(share) filter (where age > 1) as least
    from shares group by job, collection order by job, collection`.execute(db);
  // The first run has none before it.
  return rows.map((one) => ({ ...one, least: one.least ?? one.share }));
}
