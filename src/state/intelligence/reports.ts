import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { InsightScope } from '../../domain/insights/insight.ts';
import type { Report, ReportType } from '../../domain/reports/report.ts';
import { resultTable } from './tables.ts';

const table = resultTable('intelligence_reports');

export interface ReportEntry {
  readonly id: string;
  readonly collection: string;
  readonly scope: InsightScope;
  /** Empty for the organisation. */
  readonly userId: string;
  readonly reportType: ReportType;
  readonly start: Date;
  readonly end: Date;
  readonly method: Report['method'];
  readonly createdAt: Date;
}

const entry = sql`id, collection, scope, user_id as "userId", report_type as "reportType", period_start as start, period_end as "end",
  method, created_at as "createdAt"`;

/**
 * Stores the report of a period. A report that differs replaces the former one, which is kept; an equal report changes
 * nothing. Returns which of these happened.
 */
export async function storeReport(
  tx: Tx,
  report: Report,
  runNo: number | null,
): Promise<'added' | 'replaced' | 'unchanged'> {
  const id = reportId(report);
  const user = report.user_id ?? '';
  const json = JSON.stringify(report);
  const former = await sql<{ same: boolean }>`
    select report::jsonb = ${json}::jsonb as same from ${table} where id = ${id} for update`.execute(tx);
  if (former.rows[0]?.same === true) return 'unchanged';
  await sql`insert into coppice.former_reports (report_id, collection, scope, user_id, report, created_at, run_no)
    select id, collection, scope, user_id, report, created_at, ${runNo} from ${table} where id = ${id}`.execute(tx);
  await sql`insert into ${table} (id, collection, scope, user_id, report_type, period_start, period_end, method, report)
    values (${id}, ${report.collection}, ${report.scope}, ${user}, ${report.report_type}, ${report.period.start},
      ${report.period.end}, ${report.method}, ${json}::jsonb)
    on conflict (id) do update set method = excluded.method, report = excluded.report, period_end = excluded.period_end,
      created_at = now()`.execute(tx);
  return former.rows.length > 0 ? 'replaced' : 'added';
}

/** Of these reports, those that are stored in a model's wording and were made from the same data. */
export async function reworded(db: Db, reports: readonly Report[]): Promise<ReadonlyMap<Report, Report>> {
  const byId = new Map(reports.map((report) => [reportId(report), report]));
  const { rows } = await sql<{ id: string; report: Report }>`
    select t.id, t.report from ${table} t
      join unnest(${[...byId.keys()]}::text[], ${[...byId.values()].map(({ data }) => JSON.stringify(data))}::text[]) g (id, data)
        on g.id = t.id
    where t.method = 'model' and t.report::jsonb -> 'data' = g.data::jsonb`.execute(db);
  return new Map(
    rows.flatMap(({ id, report }) => {
      const given = byId.get(id);
      return given === undefined ? [] : [[given, report]];
    }),
  );
}

/** The same report of the same period has the same id. */
function reportId({ collection, scope, user_id: user, report_type: type, period }: Report): string {
  const named = JSON.stringify([collection, scope, user ?? '', type, period.start]);
  return createHash('sha256').update(named).digest('hex').slice(0, 24);
}

export interface ReportFilter {
  readonly collections: readonly string[];
  /** `null`: of both. */
  readonly scope: InsightScope | null;
  /** Users whose reports may be read; `null`: all. The organisation's are read where it is `null`. */
  readonly users: readonly string[] | null;
  readonly reportType: ReportType | null;
  readonly limit: number;
}

/** The latest period first. */
export async function listReports(db: Db, filter: ReportFilter): Promise<readonly ReportEntry[]> {
  const users = filter.users === null ? null : [...filter.users];
  const { rows } = await sql<ReportEntry>`
    select ${entry} from ${table}
    where collection = any(${[...filter.collections]}::text[])
      and (${filter.scope}::text is null or scope = ${filter.scope}::text)
      and (${users}::text[] is null or (scope = 'user' and user_id = any(${users}::text[])))
      and (${filter.reportType}::text is null or report_type = ${filter.reportType}::text)
    order by period_end desc, scope, user_id, report_type, id limit ${filter.limit}`.execute(db);
  return rows;
}

export interface StoredReport extends ReportEntry {
  readonly report: Report;
}

export async function findReport(db: Db, id: string): Promise<StoredReport | null> {
  const { rows } = await sql<StoredReport>`
    select ${entry}, report from ${table} where id = ${id}`.execute(db);
  return rows[0] ?? null;
}
