import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { Facts } from '../../domain/alerts.ts';

/** Facts about groups for the alert rules: counts, never names. */

/**
 * Counts groups that no run has worked on for so long. A group that is collected and stays stale waits for a grace
 * period and is not counted. A group that is collected and only waits for a recompute is counted.
 */
export async function staleGroups(db: Db, hours: number): Promise<Facts['staleGroups']> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from coppice.graph_groups
    where greatest(stale_since, collected_at) < now() - ${hours} * interval '1 hour' and stale_since is not null
      or needs_recompute and recompute_since < now() - ${hours} * interval '1 hour'`.execute(db);
  return { count: rows[0]?.count ?? 0, hours };
}

export async function groupFailures(db: Db): Promise<Facts['groupFailures']> {
  const { rows } = await sql<Facts['groupFailures'][number]>`
    select graph, failures, count(*)::int8 as groups from coppice.graph_groups
    where failures > 0 group by graph, failures order by graph, failures`.execute(db);
  return rows;
}

/** From the runs on record. Where none is older than the two weeks, what there is of the first is not the whole week. */
export async function orphans(db: Db, least: number): Promise<Facts['orphans']> {
  const { rows } = await sql<{ lastWeek: number; weekBefore: number; whole: boolean }>`
    select
      coalesce(sum(found) filter (where started_at > now() - interval '7 days'), 0)::int8 as "lastWeek",
      coalesce(sum(found) filter (where started_at <= now() - interval '7 days'
        and started_at > now() - interval '14 days'), 0)::int8 as "weekBefore",
      coalesce(bool_or(started_at <= now() - interval '14 days'), false) as whole
    from (
      select started_at, coalesce((totals->>'deleted_entities')::int8, 0) as found from coppice.runs
      where job = 'group-maintenance' and kind = 'sweep' and started_at > now() - interval '21 days'
    ) runs`.execute(db);
  const [row] = rows;
  return row?.whole === true ? { lastWeek: row.lastWeek, weekBefore: row.weekBefore, least } : null;
}
