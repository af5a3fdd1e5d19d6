import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { Background } from '../../domain/topics/rank-phrases.ts';
import type { Topic } from '../../domain/topics/topic.ts';
import { resultTable } from './tables.ts';

/** Topics of one user, or of the organisation, with their state. */
export interface TopicState {
  readonly subject: string;
  readonly nextNo: number;
  readonly newRows: number;
  readonly groupedRows: number;
  /** In the order of their numbers. */
  readonly topics: readonly Topic[];
}

export interface ScopeName {
  readonly collection: string;
  readonly scope: 'user' | 'organisation';
  readonly subject: string;
}

/** Those of the subjects of which something is known. */
export async function readTopics(
  db: Db,
  { collection, scope }: Omit<ScopeName, 'subject'>,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, TopicState>> {
  const { rows } = await sql<Omit<TopicState, 'topics'> & { topics: Topic[] | null }>`
    select s.subject, s.next_no as "nextNo", s.new_rows as "newRows", s.grouped_rows as "groupedRows",
      (select json_agg(json_build_object('no', t.no, 'id', t.id, 'label', t.label, 'phrases', t.phrases,
          'weights', t.weights, 'rows', t.rows) order by t.no)
        from coppice.topics t
        where t.collection = s.collection and t.scope = s.scope and t.subject = s.subject) as topics
    from coppice.topic_scopes s
    where s.collection = ${collection} and s.scope = ${scope} and s.subject = any(${[...subjects]}::text[])`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.subject, { ...row, topics: row.topics ?? [] }]));
}

/** The background of the organisation; `null` before its topics were grouped. */
export async function readBackground(db: Db, collection: string): Promise<Background | null> {
  const found = await db
    .selectFrom('coppice.topic_scopes')
    .select('background')
    .where('collection', '=', collection)
    .where('scope', '=', 'organisation')
    .executeTakeFirst();
  return found?.background ?? null;
}

export interface WrittenGrouping {
  readonly topics: readonly Topic[];
  readonly nextNo: number;
  readonly background: Background | null;
  /** Ids of the questions that were grouped, each with the number of its topic; -1 for none. */
  readonly questions: readonly { readonly id: string; readonly no: number }[];
}

/** Replaces the topics of a scope, and writes which topic each question belongs to now. */
export async function writeGrouping(
  tx: Tx,
  { collection, scope, subject }: ScopeName,
  { topics, nextNo, background, questions }: WrittenGrouping,
): Promise<void> {
  const kept = topics.map(({ no }) => no);
  await sql`delete from coppice.topics where collection = ${collection} and scope = ${scope} and subject = ${subject}
    and not no = any(${kept}::int[])`.execute(tx);
  await sql`insert into coppice.topics as t (collection, scope, subject, no, id, label, phrases, weights, rows)
    select ${collection}, ${scope}, ${subject}, no, id, label, phrases, weights, rows
    from jsonb_to_recordset(${JSON.stringify(topics)}::jsonb) as g (no int, id text, label text, phrases text[],
      weights jsonb, rows int)
    on conflict (collection, scope, subject, no) do update set label = excluded.label, phrases = excluded.phrases,
      weights = excluded.weights, rows = excluded.rows, updated_at = now()`.execute(tx);
  await sql`insert into coppice.topic_scopes as s (collection, scope, subject, next_no, grouped_rows, new_rows, background,
      grouped_at)
    values (${collection}, ${scope}, ${subject}, ${nextNo}, ${questions.length}, 0,
      ${background === null ? null : JSON.stringify(background)}::jsonb, now())
    on conflict (collection, scope, subject) do update set next_no = excluded.next_no, grouped_rows = excluded.grouped_rows,
      new_rows = 0, background = excluded.background, grouped_at = excluded.grouped_at`.execute(tx);
  const placed = sql`(select q.id, g.id as topic_id, g.label
    from unnest(${questions.map(({ id }) => id)}::text[], ${questions.map(({ no }) => no)}::int[]) as q (id, no)
      left join coppice.topics g on g.collection = ${collection} and g.scope = ${scope} and g.subject = ${subject}
        and g.no = q.no)`;
  const table = resultTable('topic_extractions');
  await (scope === 'user'
    ? sql`update ${table} e set topic_id = p.topic_id, topic = p.label from ${placed} p
        where e.collection = ${collection} and e.query_id = p.id
          and (e.topic_id is distinct from p.topic_id or e.topic is distinct from p.label)`.execute(tx)
    : sql`update ${table} e set organisation_topic_id = p.topic_id from ${placed} p
        where e.collection = ${collection} and e.query_id = p.id
          and e.organisation_topic_id is distinct from p.topic_id`.execute(tx));
}
