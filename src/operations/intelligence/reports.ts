import { createHash } from 'node:crypto';
import { emptyReport, reportPeriod } from '../../activities/weekly-report/write-reports.ts';
import { databaseNow } from '../../database/clock.ts';
import { visiblePartitions } from '../../domain/access.ts';
import type { InsightScope } from '../../domain/insights/insight.ts';
import { toHtml } from '../../domain/reports/html.ts';
import { toMarkdown } from '../../domain/reports/markdown.ts';
import type { Report, ReportType } from '../../domain/reports/report.ts';
import type { RunJson } from '../../domain/run.ts';
import {
  findReport,
  type ReportEntry,
  listReports as readReports,
  type StoredReport,
} from '../../state/intelligence/reports.ts';
import { type Context, type DatabaseContext, jobOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { startRun } from '../runs/start.ts';
import { collectionsOfQuestions, scopeOf } from './scope.ts';

export interface ReportEntryJson {
  readonly id: string;
  readonly report_type: ReportType;
  readonly scope: InsightScope;
  /** `null`: of the organisation. */
  readonly user_id: string | null;
  readonly collection: string;
  readonly period_start: string;
  readonly period_end: string;
  /** `model`: a language model changed the wording. */
  readonly method: 'rules' | 'model';
  readonly created_at: string;
}

export type ReportJson = Report & { readonly id: string | null; readonly created_at: string | null };

export interface ReportRequest {
  readonly reportType: ReportType;
  readonly scope: InsightScope;
  /** `null`: the user that the token is limited to, else every user. */
  readonly user: string | null;
}

export interface ReportQuery {
  readonly scope: InsightScope | null;
  readonly user: string | null;
  readonly reportType: ReportType | null;
  readonly limit: number;
}

const job = 'weekly-report';

/** Starts a run that writes the reports that were asked for, up to today. */
export async function generateReports(context: Context, request: ReportRequest): Promise<RunJson> {
  const user = await userOf(context, request);
  const { job: found } = jobOf(context, job);
  const parameters = {
    ...{ report_type: request.reportType, scope: request.scope, includes_today: true },
    ...(user === null ? {} : { user: userDigest(user) }),
  };
  return startRun(context, {
    job,
    kind: 'task',
    workflowType: found.workflow,
    input: { parameters },
    parameters,
    undoes: null,
    summary: found.title,
  });
}

/** The user that a request is about; `null`: all. */
async function userOf(context: DatabaseContext, { scope, user }: ReportRequest): Promise<string | null> {
  const asked = await scopeOf(context, { user, scope });
  if (asked.collections.length === 0) throw noQuestions();
  if (scope === 'organisation') {
    if (user === null) return null;
    throw new OperationError(
      'usage',
      'InvalidInputError',
      'a report of the organisation has no user',
      'Leave user out.',
    );
  }
  if (asked.users === null) return null;
  const [only, ...others] = asked.users;
  // No user at all must not become every user.
  if (only === undefined) {
    throw new OperationError(
      'forbidden',
      'LimitedTokenError',
      'the token is limited to partitions that are no users, and may see no report',
      'Use a token without such limits, or one for a user.',
    );
  }
  if (others.length === 0) return only;
  throw new OperationError(
    'usage',
    'UserNotNamedError',
    `the token is limited to ${others.length + 1} users`,
    'Name one of them as user.',
  );
}

function noQuestions(): OperationError {
  return new OperationError(
    'conflict',
    'NoQuestionsError',
    'no collection of questions is configured, or its tables do not exist yet',
    'Add one: collections: {queries: {kind: queries}}. A worker that starts makes the tables, or `coppice migrate`.',
  );
}

function userDigest(user: string): string {
  return createHash('sha256').update(user).digest('hex');
}

/** The first of the reports that a request has just made. Without any question there is one that says so. */
export async function generatedReport(context: DatabaseContext, request: ReportRequest): Promise<ReportJson> {
  const user = await userOf(context, request);
  const { start, end } = reportPeriod(request.reportType, true, await databaseNow(context.parts.db));
  const [entry] = (await listReports(context, { ...request, user, limit: 500 })).data.filter(
    (one) => one.period_start === start.toISOString(),
  );
  if (entry !== undefined) return showReport(context, entry.id);
  const [collection = ''] = await collectionsOfQuestions(context);
  const { reportType, scope } = request;
  return { ...emptyReport({ reportType, scope, userId: user, collection, start, end }), id: null, created_at: null };
}

/** The latest period first. A token that is limited to users sees only their reports. */
export async function listReports(
  context: DatabaseContext,
  { scope, user, reportType, limit }: ReportQuery,
): Promise<{ readonly data: readonly ReportEntryJson[] }> {
  const collections = await collectionsOfQuestions(context);
  if (collections.length === 0) return { data: [] };
  const seen = visiblePartitions(context.view, 'user');
  const users = user === null ? seen : [user].filter((one) => seen === null || seen.includes(one));
  const found = await readReports(context.parts.db, { collections, scope, users, reportType, limit });
  return { data: found.map(toEntry) };
}

export async function showReport(context: DatabaseContext, id: string): Promise<ReportJson> {
  const { report, createdAt } = await reportOf(context, id);
  return { id, ...report, created_at: createdAt.toISOString() };
}

export async function reportAsMarkdown(context: DatabaseContext, id: string): Promise<string> {
  return toMarkdown((await reportOf(context, id)).report);
}

export async function reportAsHtml(context: DatabaseContext, id: string): Promise<string> {
  return toHtml((await reportOf(context, id)).report);
}

/** A report that may not be seen does not exist. */
async function reportOf(context: DatabaseContext, id: string): Promise<StoredReport> {
  const collections = await collectionsOfQuestions(context);
  const found = collections.length === 0 ? null : await findReport(context.parts.db, id);
  const seen = visiblePartitions(context.view, 'user');
  const isSeen = found !== null && (seen === null || (found.scope === 'user' && seen.includes(found.userId)));
  if (!isSeen || !collections.includes(found.collection)) {
    throw new OperationError(
      'missing',
      'UnknownReportError',
      `there is no report '${id}'`,
      'See coppice reports list.',
    );
  }
  return found;
}

function toEntry(one: ReportEntry): ReportEntryJson {
  return {
    ...{ id: one.id, report_type: one.reportType, scope: one.scope },
    user_id: one.scope === 'user' ? one.userId : null,
    collection: one.collection,
    period_start: one.start.toISOString(),
    period_end: one.end.toISOString(),
    method: one.method,
    created_at: one.createdAt.toISOString(),
  };
}
