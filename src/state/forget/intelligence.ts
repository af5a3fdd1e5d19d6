import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import { requireResultTables } from '../intelligence/check-tables.ts';
import { publishKnowledge } from '../intelligence/knowledge.ts';
import { resultTable } from '../intelligence/tables.ts';
import type { Subject } from './subject.ts';

export interface ForgottenIntelligence {
  readonly extractions: number;
  readonly insights: number;
  readonly reports: number;
}

const extractions = resultTable('topic_extractions');
const insights = resultTable('user_insights');
const reports = resultTable('intelligence_reports');

/**
 * Deletes everything that was derived from the questions of the subject: extractions, topics, insights and reports,
 * including former ones. Statements about the organisation that rest on these questions are withdrawn; the next run
 * makes them again where enough other users share them.
 */
export async function forgetIntelligence(tx: Tx, subject: Subject, leastUsers: number): Promise<ForgottenIntelligence> {
  if (!(await requireResultTables(tx))) return { extractions: 0, insights: 0, reports: 0 };
  const of = subject.collection;
  const here = sql`(${of}::text is null or collection = ${of}::text)`;
  const ids = subject.kind === 'rows' ? [...subject.ids] : [];
  const theirs = subject.kind === 'rows' ? sql`query_id = any(${ids}::text[])` : sql`user_id = ${subject.name}`;
  const deleted = await sql<{ collection: string; topic: string | null; user: string }>`
    delete from ${extractions} where ${here} and ${theirs}
    returning collection, organisation_topic_id as topic, user_id as "user"`.execute(tx);
  let [goneInsights, goneReports] = [0, 0];
  if (subject.kind === 'partition') {
    const ofUser = sql`${here} and user_id = ${subject.name}`;
    goneInsights += await countOf(tx, sql`delete from ${insights} where ${ofUser}`);
    goneReports += await countOf(tx, sql`delete from ${reports} where ${ofUser}`);
    await sql`delete from coppice.former_reports where ${ofUser}`.execute(tx);
    await sql`delete from coppice.topics where ${here} and scope = 'user' and subject = ${subject.name}`.execute(tx);
    await sql`delete from coppice.topic_scopes where ${here} and scope = 'user' and subject = ${subject.name}`.execute(
      tx,
    );
  } else if (deleted.rows.length > 0) {
    const users = [...new Set(deleted.rows.map(({ user }) => user))];
    const ofUsers = sql`${here} and user_id = any(${users}::text[])`;
    const named = sql`${ofUsers} and evidence::jsonb -> 'query_ids' ?| ${ids}::text[]`;
    goneInsights += await countOf(tx, sql`delete from ${insights} where ${named}`);
    // A report counts the question, whether or not it names it: it is written anew when asked for.
    goneReports += await countOf(tx, sql`delete from ${reports} where ${ofUsers}`);
    await sql`delete from coppice.former_reports where ${ofUsers}`.execute(tx);
    await forgetPhrases(tx, users);
  }
  for (const [collection, rows] of Map.groupBy(deleted.rows, (row) => row.collection)) {
    const topics = [...new Set(rows.flatMap(({ topic }) => topic ?? []))];
    goneReports += await withdraw(tx, collection, topics);
    await publishKnowledge(tx, collection, leastUsers);
  }
  return { extractions: deleted.rows.length, insights: goneInsights, reports: goneReports };
}

/** Topics of these users are named anew by the next run, from the questions that are left. */
async function forgetPhrases(tx: Tx, users: readonly string[]): Promise<void> {
  await sql`delete from coppice.topics where scope = 'user' and subject = any(${[...users]}::text[])`.execute(tx);
  await sql`update ${extractions} set topic_id = null, topic = null where user_id = any(${[...users]}::text[])`.execute(
    tx,
  );
  await sql`update coppice.topic_scopes set new_rows = greatest(new_rows, grouped_rows, 1)
    where scope = 'user' and subject = any(${[...users]}::text[])`.execute(tx);
}

/** Topics of the organisation that the deleted questions belonged to, what was reported of them, and all its reports. */
async function withdraw(tx: Tx, collection: string, topics: readonly string[]): Promise<number> {
  await sql`delete from coppice.topics where collection = ${collection} and scope = 'organisation'
    and id = any(${[...topics]}::text[])`.execute(tx);
  // The next run groups the questions again, and compares them with a background without the deleted ones.
  await sql`update coppice.topic_scopes set grouped_rows = 0, background = null, grouped_at = '-infinity'
    where collection = ${collection} and scope = 'organisation'`.execute(tx);
  await sql`update ${extractions} set organisation_topic_id = null
    where collection = ${collection} and organisation_topic_id = any(${[...topics]}::text[])`.execute(tx);
  await sql`delete from ${insights} where collection = ${collection} and scope = 'organisation'`.execute(tx);
  await sql`delete from coppice.former_reports where collection = ${collection} and scope = 'organisation'`.execute(tx);
  return countOf(tx, sql`delete from ${reports} where collection = ${collection} and scope = 'organisation'`);
}

async function countOf(tx: Tx, statement: ReturnType<typeof sql>): Promise<number> {
  return Number((await statement.execute(tx)).numAffectedRows ?? 0);
}
