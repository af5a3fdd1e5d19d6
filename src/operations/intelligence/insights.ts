import { databaseNow } from '../../database/clock.ts';
import type { InsightKind, InsightScope, InsightStatistic } from '../../domain/insights/insight.ts';
import { type Period, periodEnding } from '../../domain/insights/period.ts';
import { countTopicsOnly } from '../../state/intelligence/counts.ts';
import { readInsights, type StoredInsight } from '../../state/intelligence/insights.ts';
import { publishedTopics } from '../../state/intelligence/knowledge.ts';
import { usersAfter } from '../../state/intelligence/users.ts';
import type { DatabaseContext } from '../context.ts';
import { type AskedScope, leastUsersOf, scopeOf } from './scope.ts';

export interface InsightJson {
  readonly id: string;
  readonly kind: InsightKind;
  readonly scope: InsightScope;
  /** `null`: of the organisation. */
  readonly user_id: string | null;
  readonly collection: string;
  readonly subject_type: 'topic' | 'term' | 'question';
  /** The name of the topic, the term, or the phrases of the question. */
  readonly topic: string;
  readonly topic_id: string | null;
  readonly statistic: InsightStatistic;
  readonly evidence: { readonly query_ids: readonly string[] };
  readonly period_start: string;
  readonly period_end: string;
  readonly first_seen: string;
}

export interface TopTopicJson {
  readonly topic: string;
  readonly topic_id: string;
  /** Questions of the period; of the organisation rounded down. */
  readonly count: number;
  /** Compared with the period before; `null`: nothing was asked then. */
  readonly change: number | null;
}

export interface InsightSummaryJson {
  readonly data: {
    readonly period: { readonly start: string; readonly end: string; readonly days: number };
    readonly scope: InsightScope;
    readonly top_topics: readonly TopTopicJson[];
    readonly emerging: readonly InsightJson[];
    readonly fading: readonly InsightJson[];
    readonly recurring: readonly InsightJson[];
    readonly unanswered: readonly InsightJson[];
  };
}

export interface SummaryRequest {
  readonly periodDays: number;
  readonly user: string | null;
}

const mostTopics = 20;
/** A token may be limited to many users, and all of them are counted. */
const mostUsers = 1_000;

/** The topics of the last days, up to now, and the insights that were found about them. */
export async function insightSummary(context: DatabaseContext, request: SummaryRequest): Promise<InsightSummaryJson> {
  const asked = await scopeOf(context, { user: request.user });
  const { db } = context.parts;
  const period = periodEnding(await databaseNow(db), request.periodDays);
  const { start, end } = period;
  const found = asked.collections.length === 0 ? [] : await readInsights(db, { ...asked, start, end });
  const insights = found.map(toInsightJson);
  const of = (kind: InsightKind) => insights.filter((one) => one.kind === kind);
  return {
    data: {
      period: { start: start.toISOString(), end: end.toISOString(), days: request.periodDays },
      scope: asked.scope,
      top_topics: await topTopics(context, asked, period),
      emerging: of('emerging'),
      fading: of('fading'),
      recurring: of('recurring'),
      unanswered: of('unanswered'),
    },
  };
}

async function topTopics(context: DatabaseContext, asked: AskedScope, period: Period): Promise<TopTopicJson[]> {
  const { db } = context.parts;
  const isShared = asked.scope === 'organisation';
  const leastUsers = isShared ? leastUsersOf(context) : 1;
  const found: TopTopicJson[] = [];
  for (const collection of asked.collections) {
    const users = asked.users ?? (isShared ? [] : await someUsers(context, collection));
    const scope = { collection, scope: asked.scope, users, leastUsers, phrases: null };
    const published = isShared ? await publishedTopics(db, collection) : null;
    for (const { topics } of (await countTopicsOnly(db, scope, period)).values()) {
      for (const { id, title, asked: questions, users: distinct } of topics) {
        const [count = 0, before = 0] = questions.map((one) => Math.floor(one / leastUsers) * leastUsers);
        const name = published === null ? title : published.get(id);
        if (count === 0 || name === undefined || (distinct[0] ?? 0) < leastUsers) continue;
        const change = before === 0 ? null : Number((count / before - 1).toFixed(2));
        found.push({ topic: name, topic_id: id, count, change });
      }
    }
  }
  return found.sort((a, b) => b.count - a.count || (a.topic_id < b.topic_id ? -1 : 1)).slice(0, mostTopics);
}

async function someUsers({ parts }: DatabaseContext, collection: string): Promise<readonly string[]> {
  return (await usersAfter(parts.db, collection, '', mostUsers)).map(({ user }) => user);
}

function toInsightJson(one: StoredInsight): InsightJson {
  return {
    ...{ id: one.id, kind: one.kind, scope: one.scope, user_id: one.scope === 'user' ? one.userId : null },
    ...{ collection: one.collection, subject_type: one.subjectType, topic: one.title },
    topic_id: one.subjectType === 'topic' ? one.subject : null,
    ...{ statistic: one.statistic, evidence: one.evidence },
    period_start: one.periodStart.toISOString(),
    period_end: one.periodEnd.toISOString(),
    first_seen: one.firstSeen.toISOString(),
  };
}
