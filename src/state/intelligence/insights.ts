import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { Insight, InsightScope } from '../../domain/insights/insight.ts';
import type { Period } from '../../domain/insights/period.ts';
import { resultTable } from './tables.ts';

export interface InsightOwner {
  readonly collection: string;
  readonly scope: InsightScope;
  /** Empty for the organisation. */
  readonly user: string;
}

export interface StoredInsight extends Insight {
  readonly id: string;
  readonly collection: string;
  readonly scope: InsightScope;
  readonly userId: string;
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly firstSeen: Date;
}

/**
 * Stores the insights of one period. An insight that an overlapping period reported already is the same event: its row
 * moves on with the period. Insights of the same period that do not hold any more are deleted. Returns how many are
 * stored.
 */
export async function storeInsights(
  tx: Tx,
  owner: InsightOwner,
  { start, end }: Period,
  insights: readonly Insight[],
): Promise<{ readonly added: number; readonly kept: number }> {
  const { collection, scope, user } = owner;
  const table = resultTable('user_insights');
  const given = insights.map((one) => ({
    id: insightId(owner, one, start),
    ...{ kind: one.kind, subject_type: one.subjectType, subject: one.subject, title: one.title },
    ...{ statistic: one.statistic, evidence: one.evidence },
  }));
  const shape = sql`jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (id text, kind text, subject_type text, subject text,
    title text, statistic jsonb, evidence jsonb)`;
  const same = sql`i.collection = ${collection} and i.scope = ${scope} and i.user_id = ${user}`;
  await sql`delete from ${table} i where ${same} and i.period_end = ${end} and i.period_start = ${start}
    and not exists (select from ${shape}
      where g.kind = i.kind and g.subject_type = i.subject_type and g.subject = i.subject)`.execute(tx);
  const moved = await sql<{ kind: string }>`
    update ${table} i set title = g.title, statistic = g.statistic, evidence = g.evidence, updated_at = now(),
      period_start = ${start}, period_end = ${end}
    from ${shape}
    where ${same} and g.kind = i.kind and g.subject_type = i.subject_type and g.subject = i.subject
      and i.period_end > ${start} and i.period_end <= ${end} returning i.kind`.execute(tx);
  const added = await sql`
    insert into ${table} (id, collection, scope, user_id, kind, subject_type, subject, title, statistic, evidence,
      period_start, period_end, first_seen)
    select g.id, ${collection}, ${scope}, ${user}, g.kind, g.subject_type, g.subject, g.title, g.statistic, g.evidence,
      ${start}, ${end}, ${end}
    from ${shape}
    where not exists (select from ${table} i where ${same} and g.kind = i.kind and g.subject_type = i.subject_type
      and g.subject = i.subject and i.period_end > ${start} and i.period_start < ${end})
    on conflict (id) do nothing`.execute(tx);
  return { added: Number(added.numAffectedRows ?? 0), kept: moved.rows.length };
}

function insightId({ collection, scope, user }: InsightOwner, one: Insight, start: Date): string {
  const named = [collection, scope, user, one.kind, one.subjectType, one.subject, start.toISOString()];
  return createHash('sha256').update(JSON.stringify(named)).digest('hex').slice(0, 24);
}

export interface InsightFilter {
  readonly scope: InsightScope;
  /** `null`: of all users. */
  readonly users: readonly string[] | null;
  readonly collections: readonly string[];
  /** Insights of a period that overlaps this one. */
  readonly start: Date;
  readonly end: Date;
}

/** In the order of their kinds, those with the strongest evidence first. */
export async function readInsights(
  db: Db,
  { scope, users, collections, start, end }: InsightFilter,
): Promise<readonly StoredInsight[]> {
  const names = users === null ? null : [...users];
  const { rows } = await sql<StoredInsight>`
    select id, collection, scope, user_id as "userId", kind, subject_type as "subjectType", subject, title, statistic, evidence,
      period_start as "periodStart", period_end as "periodEnd", first_seen as "firstSeen"
    from ${resultTable('user_insights')}
    where scope = ${scope} and collection = any(${[...collections]}::text[])
      and (${names}::text[] is null or user_id = any(${names}::text[]))
      and period_end > ${start} and period_end <= ${end}
    order by kind, (statistic ->> 'q_value')::float8 nulls last, (statistic ->> 'count')::float8 desc, id
    limit 500`.execute(db);
  return rows;
}
