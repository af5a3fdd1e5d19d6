import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { PeriodCounts, RepeatedQuestion, TermCounts, TopicCounts } from '../../domain/insights/find-insights.ts';
import type { InsightScope } from '../../domain/insights/insight.ts';
import type { Period } from '../../domain/insights/period.ts';
import { resultTable } from './tables.ts';

export interface CountScope {
  readonly collection: string;
  readonly scope: InsightScope;
  /** Of the scope `user`: whose questions; `organisation`: not looked at. */
  readonly users: readonly string[];
  /** Different users that a term or a question of the organisation needs to be counted at all. */
  readonly leastUsers: number;
  /** Phrases that may be named; `null`: all. */
  readonly phrases: readonly string[] | null;
}

const mostEvidence = 20;
const mostTerms = 500;
const mostRepeated = 100;
const leastTermUnits = 10;

/** Counts of each user, or of the organisation under the empty name. */
export async function countPeriods(
  db: Db,
  scope: CountScope,
  period: Period,
): Promise<ReadonlyMap<string, PeriodCounts>> {
  const [topics, terms, repeated] = await Promise.all([
    countTopics(db, scope, period),
    countTerms(db, scope, period),
    countRepeated(db, scope, period),
  ]);
  const counts = new Map<string, PeriodCounts>();
  for (const [subject, rows] of Map.groupBy(topics, (row) => row.subject)) {
    counts.set(subject, {
      ...byTopic(rows, period),
      terms: terms.filter((row) => row.subject === subject).map(({ subject: _, ...row }) => row),
      repeated: repeated.filter((row) => row.subject === subject).map(({ subject: _, ...row }) => row),
    });
  }
  return counts;
}

/** The topics alone, for those who only look. */
export async function countTopicsOnly(
  db: Db,
  scope: CountScope,
  period: Period,
): Promise<ReadonlyMap<string, Pick<PeriodCounts, 'exposures' | 'topics'>>> {
  const rows = await countTopics(db, scope, period);
  const bySubject = Map.groupBy(rows, (row) => row.subject);
  return new Map([...bySubject].map(([subject, own]) => [subject, byTopic(own, period)]));
}

/**
 * Extractions of the period and of those before it, each with the number of its period (`back`: 0 is the current one) and its
 * unit. All instants are computed in UTC, whatever the time zone of the server.
 */
function extractionsIn({ collection, scope, users }: CountScope, period: Period): RawBuilder<unknown> {
  const seconds = (days: number) => sql.lit(days * 86_400);
  const age = sql`extract(epoch from ${period.end}::timestamptz - e.asked_at)`;
  const back = sql`(ceil(${age} / ${seconds(period.shiftDays)})::int - 1)`;
  const oldest = period.shiftDays * period.before + period.days;
  const ofUser = scope === 'user';
  const mine = ofUser ? sql`and e.user_id = any(${[...users]}::text[])` : sql``;
  return sql`select e.query_id, e.user_id, e.asked_at, e.terms, e.phrases, e.question_key, e.topic,
      ${ofUser ? sql`e.user_id` : sql`''::text`} as subject, ${ofUser ? sql`e.topic_id` : sql`e.organisation_topic_id`} as topic_id,
      ${back} as back, (not e.answered or coalesce(e.answer_score < 0.5, false)) as low,
      ${
        ofUser
          ? sql`extract(epoch from date_trunc('hour', e.asked_at, 'UTC'))::text`
          : sql`extract(epoch from date_trunc('day', e.asked_at, 'UTC'))::text || e.user_id`
      } as unit
    from ${resultTable('topic_extractions')} e
    where e.collection = ${collection} ${mine} and e.asked_at < ${period.end}
      and e.asked_at >= ${period.end}::timestamptz - make_interval(secs => ${seconds(oldest)})
      and ${age} - ${back} * ${seconds(period.shiftDays)} <= ${seconds(period.days)}`;
}

interface TopicRow {
  readonly subject: string;
  readonly id: string | null;
  readonly title: string | null;
  readonly back: number;
  readonly units: number;
  readonly users: number;
  readonly questions: number;
  readonly low: number;
  readonly ids: string[] | null;
}

async function countTopics(db: Db, scope: CountScope, period: Period): Promise<readonly TopicRow[]> {
  const { rows } = await sql<TopicRow>`
    select c.subject, c.topic_id as id, coalesce(t.label, c.label) as title, c.back, c.units, c.users, c.questions, c.low, c.ids
    from (
      select subject, topic_id, back, count(distinct unit)::int as units, count(distinct user_id)::int as users,
        count(*)::int as questions, count(*) filter (where low)::int as low, max(topic) as label,
        case when back = 0 then (array_agg(query_id order by asked_at desc, query_id))[1:${sql.lit(mostEvidence)}] end as ids
      from (${extractionsIn(scope, period)}) e group by subject, topic_id, back
    ) c left join coppice.topics t on t.id = c.topic_id
    order by c.subject, c.topic_id, c.back`.execute(db);
  return rows;
}

function byTopic(rows: readonly TopicRow[], { before }: Period): Pick<PeriodCounts, 'exposures' | 'topics'> {
  const exposures = new Array<number>(before + 1).fill(0);
  for (const { back, units } of rows) exposures[back] = (exposures[back] ?? 0) + units;
  const topics: TopicCounts[] = [];
  for (const [id, own] of Map.groupBy(rows, (row) => row.id)) {
    const current = own.find(({ back }) => back === 0);
    const title = own[0]?.title ?? '';
    // A topic of the organisation without a name is one that too few users share.
    if (id === null || title === '') continue;
    const at = (of: 'units' | 'users' | 'questions') =>
      exposures.map((_, back) => own.find((row) => row.back === back)?.[of] ?? 0);
    topics.push({
      ...{ id, title, units: at('units'), users: at('users'), asked: at('questions') },
      ...{ questions: current?.questions ?? 0, lowAnswers: current?.low ?? 0, queryIds: current?.ids ?? [] },
    });
  }
  return { exposures, topics };
}

async function countTerms(
  db: Db,
  scope: CountScope,
  period: Period,
): Promise<readonly (TermCounts & { readonly subject: string })[]> {
  // The organisation's terms are forms that enough users wrote, and not stems that their forms share.
  const named = scope.phrases === null ? sql`term` : sql`phrase`;
  const { rows } = await sql<TermCounts & { subject: string }>`
    select subject, term, title, units, "previousUnits", users from (
      select subject, ${named} as term, mode() within group (order by phrase) as title,
        count(distinct unit) filter (where back = 0)::int as units,
        count(distinct unit || ' ' || back) filter (where back > 0)::int as "previousUnits",
        count(distinct user_id)::int as users,
        row_number() over (partition by subject order by count(distinct unit) desc, ${named}) as place
      from (${extractionsIn(scope, period)}) e, unnest(e.terms, e.phrases) as p (term, phrase)
      where ${mayBeNamed(scope)} group by subject, ${named}
      having count(distinct unit) >= ${sql.lit(leastTermUnits)} and count(distinct user_id) >= ${scope.leastUsers}
    ) t where place <= ${sql.lit(mostTerms)} order by subject, term`.execute(db);
  return rows;
}

function mayBeNamed({ phrases }: CountScope): RawBuilder<boolean> {
  return phrases === null ? sql`true` : sql`phrase = any(${[...phrases]}::text[])`;
}

async function countRepeated(
  db: Db,
  scope: CountScope,
  period: Period,
): Promise<readonly (RepeatedQuestion & { readonly subject: string })[]> {
  const { rows } = await sql<RepeatedQuestion & { subject: string }>`
    select subject, key, title, units, users, questions, "lowAnswers", "queryIds" from (
      select subject, question_key as key, (array_agg(array_to_string(array(select phrase from unnest(phrases) with ordinality p (phrase, at)
          where ${mayBeNamed(scope)} order by at limit 3), ', ') order by asked_at, query_id))[1] as title,
        count(distinct unit)::int as units, count(distinct user_id)::int as users, count(*)::int as questions,
        count(*) filter (where low)::int as "lowAnswers",
        (array_agg(query_id order by asked_at desc, query_id))[1:${sql.lit(mostEvidence)}] as "queryIds",
        row_number() over (partition by subject order by count(distinct unit) desc, question_key) as place
      from (${extractionsIn(scope, period)}) e where back = 0 and phrases <> '{}'
      group by subject, question_key
      having count(distinct unit) >= 3 and count(distinct user_id) >= ${scope.leastUsers}
    ) q where title <> '' and place <= ${sql.lit(mostRepeated)} order by subject, key`.execute(db);
  return rows;
}
