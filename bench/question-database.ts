import type { Client } from 'pg';
import { openDatabase } from '../src/database/database.ts';
import { ensureResultTables } from '../src/state/intelligence/tables.ts';
import { inOwnDatabase } from './own-database.ts';
import type { Servers } from './servers.ts';

const users = 1_000;
/** One question in so many of each user is new. */
export const newOneIn = 50;

const words = [
  'backup',
  'invoice',
  'password',
  'cluster',
  'report',
  'export',
  'storage',
  'network',
  'licence',
  'mobile',
];
const verbs = [
  'restore',
  'change',
  'reset',
  'configure',
  'download',
  'schedule',
  'delete',
  'compare',
  'monitor',
  'move',
];

/** Does the work on a database of its own, with so many questions of a thousand users, all but the new ones extracted. */
export function inQuestionDatabase<T>(servers: Servers, rows: number, work: (url: string) => Promise<T>): Promise<T> {
  const fill = async (client: Client) => {
    await client.query('create extension if not exists vector');
    await client.query('create schema knowledge');
    await client.query(`create table knowledge.query_history (id text primary key, user_id text, question text, answer text,
      asked_at timestamptz default now(), answer_score double precision, expires_at timestamptz, embedding vector)`);
    await client.query('create index query_history_user_id on knowledge.query_history (user_id)');
    await client.query(
      `insert into knowledge.query_history (id, user_id, question, answer, asked_at)
        select 'q' || n, 'u' || n % $2::int,
          'How can I ' || ($4::text[])[1 + n / 7 % 10] || ' the ' || ($3::text[])[1 + n % 10] || ' of our ' ||
            ($3::text[])[1 + n / 10 % 10] || ' in the new version?', 'See the manual.',
          timestamptz '2026-01-01' + n * interval '1 second'
        from generate_series(1, $1::int) n`,
      [rows, users, words, verbs],
    );
    await client.query('vacuum analyze knowledge.query_history');
  };
  return inOwnDatabase(servers, fill, async (url) => {
    const db = openDatabase({ url });
    await db.transaction().execute((tx) => ensureResultTables(tx));
    await db.destroy();
    return work(url);
  });
}

/** As runs before have left it: all questions but one in fifty have an extraction, and their topics are grouped. */
export async function extractOld(client: Client): Promise<void> {
  await client.query(
    `insert into knowledge.topic_extractions (collection, query_id, user_id, asked_at, method, phrases, terms, question_key,
        answered)
      select 'queries', id, user_id, asked_at, 'keyword', array['backup'], array['backup'], md5(question), true
      from knowledge.query_history where substr(id, 2)::int / $2::int % $1::int <> 0`,
    [newOneIn, users],
  );
  await client.query('vacuum analyze knowledge.topic_extractions');
}

/** The state of the topics, in tables that the worker makes. */
export async function groupOld(client: Client): Promise<void> {
  await client.query(`insert into coppice.topic_scopes (collection, scope, subject, grouped_rows)
    select 'queries', 'user', user_id, count(*) from knowledge.topic_extractions group by user_id`);
}
