import type { Db } from '../../database/schema.ts';
import { type Period, periodEnding } from '../../domain/insights/period.ts';
import { kindOf } from '../../domain/mapped-fields.ts';
import { buildReport, type ReportInput } from '../../domain/reports/build-report.ts';
import type { Report, ReportInsight, ReportType } from '../../domain/reports/report.ts';
import { reportData } from '../../domain/reports/report-data.ts';
import type { Parameters } from '../../jobs/job.ts';
import { requireResultTables } from '../../state/intelligence/check-tables.ts';
import { countTopicsOnly } from '../../state/intelligence/counts.ts';
import { countDays } from '../../state/intelligence/day-counts.ts';
import { readInsights } from '../../state/intelligence/insights.ts';
import { publishedTopics } from '../../state/intelligence/knowledge.ts';
import { reworded, storeReport } from '../../state/intelligence/reports.ts';
import { userOfDigest, usersAfter } from '../../state/intelligence/users.ts';
import type { SweepDeps } from '../sweep/deps.ts';
import { resolveParameters } from '../sweep/parameters.ts';
import type { RunContext } from '../sweep/types.ts';
import type { TaskDeps } from '../task-deps.ts';
import { underLease } from '../under-lease.ts';
import type { Rewriter } from './reword.ts';

const daysOf: Readonly<Record<ReportType, number>> = { daily: 1, weekly: 7, monthly: 28 };
const dayMs = 86_400_000;
const usersAtOnce = 50;

export type ReportDeps = SweepDeps & Pick<TaskDeps, 'collections'>;

interface Writing {
  readonly deps: Pick<TaskDeps, 'db'>;
  readonly collection: string;
  readonly reportType: ReportType;
  readonly period: Period;
  /** Of the organisation: how many users must share what it is told. */
  readonly leastUsers: number;
}

/** Returns the period of a run's reports: the last whole days, or those that end with today. */
export function reportPeriod(type: ReportType, includesToday: boolean, now: Date): Period {
  const midnight = Math.floor(now.getTime() / dayMs) * dayMs;
  return periodEnding(new Date(midnight + (includesToday ? dayMs : 0)), daysOf[type]);
}

/** Collection by collection: the organisation first, then its users in the order of their digests. */
export async function* reportsOf(
  deps: ReportDeps,
  run: RunContext,
  now: Date,
  after: string | null,
  rewriter: Rewriter | null,
): AsyncGenerator<string> {
  if (!(await requireResultTables(deps.db))) return;
  const { reportType, scope, user, includesToday } = settingsOf(run.parameters);
  const period = reportPeriod(reportType, includesToday, now);
  const leastUsers = Number(resolveParameters(deps.settings('insight-generation'), {}).minimum_users);
  const [from = '', digest = ''] = after?.split(' ') ?? [];
  const names = deps.collections.flatMap(({ store: { mapping } }) =>
    kindOf(mapping) === 'queries' ? [mapping.name] : [],
  );
  for (const collection of names.sort()) {
    if (collection < from) continue;
    const writing: Writing = { deps, collection, reportType, period, leastUsers };
    const store = async (reports: readonly Report[]) => storeAll(deps, run, await worded(deps.db, reports, rewriter));
    if (user !== null) {
      const name = await userOfDigest(deps.db, collection, user);
      if (name !== null) await store(await userReports(writing, [name]));
      continue;
    }
    if (collection !== from && scope !== 'user') await store([await organisationReport(writing)]);
    if (scope === 'organisation') continue;
    for (let last = collection === from ? digest : ''; ; ) {
      const page = await usersAfter(deps.db, collection, last, usersAtOnce);
      if (page.length > 0)
        await store(
          await userReports(
            writing,
            page.map((one) => one.user),
          ),
        );
      if (page.length < usersAtOnce) break;
      last = page.at(-1)?.digest ?? '';
      yield `${collection} ${last}`;
    }
  }
}

function settingsOf(parameters: Parameters) {
  const { report_type: type, scope, user, includes_today: includesToday } = parameters;
  const reportType: ReportType = type === 'daily' || type === 'monthly' ? type : 'weekly';
  return {
    reportType,
    scope: scope === 'user' || scope === 'organisation' ? scope : 'all',
    user: typeof user === 'string' && user !== '' ? user : null,
    includesToday: includesToday === true,
  };
}

interface Worded {
  readonly report: Report;
  /** Whether a model was to word the report, and none did. */
  readonly fellBack: boolean;
}

/** The reports in a model's words. A report of unchanged data keeps its wording, and nothing is asked about it. */
async function worded(db: Db, reports: readonly Report[], rewriter: Rewriter | null): Promise<Worded[]> {
  if (rewriter === null) return reports.map((report) => ({ report, fellBack: false }));
  const known = await reworded(db, reports);
  const all: Worded[] = [];
  for (const report of reports) {
    const found = known.get(report) ?? (await rewriter.reword(report));
    all.push({ report: found ?? report, fellBack: found === null });
  }
  return all;
}

async function storeAll(deps: ReportDeps, run: RunContext, reports: readonly Worded[]): Promise<void> {
  await underLease(deps, run, async (tx) => {
    const did: Record<string, number> = { written_reports: 0, unchanged_reports: 0 };
    const fallbacks = reports.filter(({ fellBack }) => fellBack).length;
    if (fallbacks > 0) did.wording_fallbacks = fallbacks;
    for (const { report } of reports) {
      const outcome = await storeReport(tx, report, run.runNo);
      const name = outcome === 'unchanged' ? 'unchanged_reports' : 'written_reports';
      did[name] = (did[name] ?? 0) + 1;
    }
    return { did, result: null };
  });
}

async function userReports(writing: Writing, users: readonly string[]): Promise<Report[]> {
  const { deps, collection, reportType, period } = writing;
  const { start, end, days } = period;
  const scope = { collection, scope: 'user', users, leastUsers: 1, phrases: null } as const;
  const [topics, perDay, insights] = await Promise.all([
    countTopicsOnly(deps.db, scope, { ...period, shiftDays: days, before: 1 }),
    countDays(deps.db, { collection, users, start: before(period), end }),
    readInsights(deps.db, { scope: 'user', users, collections: [collection], start, end }),
  ]);
  return users.map((user) => {
    const ofDays = perDay.filter(({ subject }) => subject === user);
    const own = insights.filter(({ userId }) => userId === user).map(toReportInsight);
    const data = reportData({
      ...{ start, days, insights: own, leastUsers: null, topics: topics.get(user)?.topics ?? [] },
      perDay: new Map(ofDays.map((one) => [one.date, one])),
    });
    return buildReport({ reportType, scope: 'user', userId: user, collection, start, end, data });
  });
}

async function organisationReport(writing: Writing): Promise<Report> {
  const { deps, collection, reportType, period, leastUsers } = writing;
  const { start, end, days } = period;
  const scope = { collection, scope: 'organisation', users: [], leastUsers, phrases: null } as const;
  const [topics, perDay, insights, published] = await Promise.all([
    countTopicsOnly(deps.db, scope, { ...period, shiftDays: days, before: 1 }),
    countDays(deps.db, { collection, users: null, start: before(period), end }),
    readInsights(deps.db, { scope: 'organisation', users: null, collections: [collection], start, end }),
    publishedTopics(deps.db, collection),
  ]);
  const named = (topics.get('')?.topics ?? []).flatMap((topic) => {
    const title = published.get(topic.id);
    return title === undefined ? [] : [{ ...topic, title }];
  });
  const data = reportData({
    ...{ start, days, topics: named, insights: insights.map(toReportInsight), leastUsers },
    perDay: new Map(perDay.map((one) => [one.date, one])),
  });
  return buildReport({ reportType, scope: 'organisation', userId: null, collection, start, end, data });
}

/** A report of a period without a question. */
export function emptyReport(of: Omit<ReportInput, 'data'>): Report {
  const days = Math.round((of.end.getTime() - of.start.getTime()) / dayMs);
  const counts = { start: of.start, days, perDay: new Map(), topics: [], insights: [], leastUsers: null };
  return buildReport({ ...of, data: reportData(counts) });
}

function before({ start, days }: Period): Date {
  return new Date(start.getTime() - days * dayMs);
}

function toReportInsight(one: Awaited<ReturnType<typeof readInsights>>[number]): ReportInsight {
  const { id, kind, subjectType, title, statistic, evidence } = one;
  return { id, kind, subject_type: subjectType, title, statistic, query_ids: evidence.query_ids };
}
