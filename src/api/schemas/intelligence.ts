import { z } from 'zod';
import { insightKinds } from '../../domain/insights/insight.ts';
import { reportTypes } from '../../domain/reports/report.ts';
import type { InsightSummaryJson } from '../../operations/intelligence/insights.ts';
import type { ReportEntryJson, ReportJson } from '../../operations/intelligence/reports.ts';
import type { Mutable } from '../wire.ts';
import { count, instant } from './common.ts';

export const reportType = z.enum(reportTypes).describe('`daily`: 1 day, `weekly`: 7 days, `monthly`: 28 days.');
export const insightScope = z.enum(['user', 'organisation']);
const kind = z.enum(insightKinds);
const subjectType = z.enum(['topic', 'term', 'question']);
const amount = z.number().min(0);

const statistic = z
  .object({
    test: z.enum(['poisson', 'g2', 'count']).describe('`count`: nothing was tested.'),
    count: amount.describe('Hours in which it was asked, of a user; days of users, of the organisation.'),
    exposure: amount.describe('The same of all questions.'),
    previous_count: amount.describe('The same of the periods before, all together.'),
    previous_exposure: amount,
    ratio: z.number().nullable().describe('The rate of the period, in rates of the periods before.'),
    q_value: z.number().nullable().describe('Adjusted by Benjamini and Hochberg.'),
    periods: count.optional().describe('Periods in a row in which it was asked.'),
    low_answers: count.optional().describe('Questions without an answer, or with a score below 0.5.'),
  })
  .meta({ id: 'InsightStatistic' });

const insight = z
  .object({
    id: z.string(),
    kind,
    scope: insightScope,
    user_id: z.string().nullable().describe('`null`: of the organisation.'),
    collection: z.string(),
    subject_type: subjectType,
    topic: z.string().describe('The name of the topic, the term, or the phrases of the question.'),
    topic_id: z.string().nullable(),
    statistic,
    evidence: z.object({ query_ids: z.array(z.string()).describe('None where the scope is organisation.') }),
    period_start: instant,
    period_end: instant,
    first_seen: instant,
  })
  .meta({ id: 'Insight' });

export const insightSummary = z
  .object({
    data: z.object({
      period: z.object({ start: instant, end: instant, days: count }),
      scope: insightScope,
      top_topics: z.array(
        z.object({
          topic: z.string(),
          topic_id: z.string(),
          count: count.describe('Questions of the period; of the organisation rounded down.'),
          change: z.number().nullable().describe('Compared with the period before; `null`: nothing was asked then.'),
        }),
      ),
      emerging: z.array(insight),
      fading: z.array(insight),
      recurring: z.array(insight),
      unanswered: z.array(insight),
    }),
  })
  .meta({ id: 'InsightSummary' }) satisfies z.ZodType<unknown, Mutable<InsightSummaryJson>>;

const sentence = z
  .object({
    text: z.string(),
    citations: z.array(
      z.object({
        path: z.string().describe('Of a value in `data`, such as `topics.0.count`.'),
        value: z.union([z.string(), z.number()]).nullable(),
      }),
    ),
  })
  .meta({ id: 'ReportSentence' });

const reportData = z
  .object({
    questions: count,
    previous_questions: count,
    difference: z.int(),
    least_users: count.nullable().describe('Numbers are rounded down to multiples of it; `null`: they are exact.'),
    topics: z.array(
      z.object({
        ...{ id: z.string(), title: z.string(), rank: count, count, previous: count },
        difference: z.int(),
      }),
    ),
    days: z.array(z.object({ date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/), count })),
    insights: z.array(
      z.object({
        ...{ id: z.string(), kind, subject_type: subjectType, title: z.string(), statistic },
        query_ids: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'ReportData' });

const method = z.enum(['rules', 'model']).describe('`model`: a language model changed the wording.');

export const report = z
  .object({
    id: z.string().nullable().describe('`null`: nothing was asked, and no report was stored.'),
    report_type: reportType,
    scope: insightScope,
    user_id: z.string().nullable(),
    collection: z.string(),
    period: z.object({ start: instant, end: instant, days: count }),
    executive_summary: z.array(sentence),
    insights: z.array(sentence),
    trends: z.array(sentence),
    recommendations: z.array(sentence),
    data: reportData,
    method,
    notes: z.array(z.string()),
    created_at: instant.nullable(),
  })
  .meta({ id: 'Report' }) satisfies z.ZodType<unknown, Mutable<ReportJson>>;

export const reportEntry = z
  .object({
    id: z.string(),
    report_type: reportType,
    scope: insightScope,
    user_id: z.string().nullable(),
    collection: z.string(),
    period_start: instant,
    period_end: instant,
    method,
    created_at: instant,
  })
  .meta({ id: 'ReportEntry' }) satisfies z.ZodType<unknown, Mutable<ReportEntryJson>>;
