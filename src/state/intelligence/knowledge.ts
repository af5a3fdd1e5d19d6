import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import { resultTable } from './tables.ts';

/** The forms of phrases that at least so many different users wrote. */
export async function sharedForms(db: Db, collection: string, leastUsers: number): Promise<readonly string[]> {
  const { rows } = await sql<{ phrase: string }>`
    select phrase from ${resultTable('topic_extractions')} e, unnest(e.phrases) as phrase
    where e.collection = ${collection} group by phrase having count(distinct e.user_id) >= ${leastUsers}
    order by count(distinct e.user_id) desc, phrase limit ${sql.lit(mostForms)}`.execute(db);
  return rows.map(({ phrase }) => phrase);
}

const mostForms = 20_000;

/**
 * Replaces what is published of a collection by the topics that at least `leastUsers` different users share, with the phrases
 * that as many of them wrote. Numbers are rounded down to multiples of it, and days to months. Insights of the organisation
 * about a topic that is not published any more are deleted, and reports that name one are withdrawn. Returns the number of
 * published topics.
 */
export async function publishKnowledge(tx: Tx, collection: string, leastUsers: number): Promise<number> {
  const table = resultTable('org_knowledge');
  await sql`delete from ${table} where collection = ${collection}`.execute(tx);
  const published = await sql`
    insert into ${table} (collection, topic_id, topic, phrases, users_at_least, questions_at_least, first_asked, last_asked)
    select t.collection, t.id, t.label, t.phrases, floor(e.users / ${leastUsers}::float8) * ${leastUsers},
      floor(e.questions / ${leastUsers}::float8) * ${leastUsers}, date_trunc('month', e.first, 'UTC')::timestamptz at time zone 'UTC',
      date_trunc('month', e.last, 'UTC')::timestamptz at time zone 'UTC'
    from coppice.topics t join (
      select organisation_topic_id as id, count(distinct user_id) as users, count(*) as questions, min(asked_at) as first,
        max(asked_at) as last
      from ${resultTable('topic_extractions')} where collection = ${collection} and organisation_topic_id is not null
      group by 1 having count(distinct user_id) >= ${leastUsers}) e on e.id = t.id
    where t.collection = ${collection} and t.scope = 'organisation' and t.phrases <> '{}'`.execute(tx);
  await withdraw(tx, collection, leastUsers);
  return Number(published.numAffectedRows ?? 0);
}

/** Deletes statements about the organisation that do not hold any more. */
async function withdraw(tx: Tx, collection: string, leastUsers: number): Promise<void> {
  const isPublished = sql`exists (select from ${resultTable('org_knowledge')} k
    where k.collection = ${collection} and k.topic_id = i.subject)`;
  const isShared = sql`(select count(distinct e.user_id) >= ${leastUsers} from ${resultTable('topic_extractions')} e
    where e.collection = ${collection} and case i.subject_type when 'term' then i.subject = any(e.phrases)
      else e.question_key = i.subject end)`;
  await sql`delete from ${resultTable('user_insights')} i where i.collection = ${collection} and i.scope = 'organisation'
    and not (case i.subject_type when 'topic' then ${isPublished} else ${isShared} end)`.execute(tx);
}

/** Names of the topics of the organisation that are published, by their ids. */
export async function publishedTopics(db: Db, collection: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; topic: string }>`
    select topic_id as id, topic from ${resultTable('org_knowledge')} where collection = ${collection}`.execute(db);
  return new Map(rows.map(({ id, topic }) => [id, topic]));
}
