import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import { type MeasuredGroups, measureGroups } from '../graphs/measure-groups.ts';
import { liveWorkers } from '../installation/workers.ts';
import { ledgerSize } from '../ledger/ledger.ts';
import { readUsage, type UsedModel } from '../proposals/usage.ts';
import { readWatched, type Watched } from './watched.ts';

/** Numbers for a monitor. None of them names a partition, a row or a person. */
export interface Measured {
  readonly runs: readonly {
    readonly job: string;
    readonly kind: string;
    readonly status: string;
    readonly count: number;
  }[];
  /** Totals of the runs on record, by name: `deleted_documents` … */
  readonly totals: readonly { readonly job: string; readonly name: string; readonly sum: number }[];
  readonly lastSuccess: readonly { readonly job: string; readonly at: Date }[];
  readonly deadLetters: readonly { readonly job: string; readonly count: number }[];
  /** Held runs that wait for a person. */
  readonly held: readonly { readonly job: string; readonly count: number }[];
  /** The oldest lease that is held, by job; those of undos together as `undo`. */
  readonly leases: readonly { readonly job: string; readonly ageSeconds: number }[];
  readonly holds: number;
  /** Alerts that stand. */
  readonly alerts: readonly { readonly rule: string; readonly count: number }[];
  /** Workers that live, by the digest of their configuration. */
  readonly workers: readonly { readonly configuration: string; readonly count: number }[];
  readonly ledgerBytes: number;
  readonly groups: MeasuredGroups;
  readonly watched: Watched;
  /** Calls of the language model since the installation began. */
  readonly models: readonly UsedModel[];
}

export async function measureState(db: Db): Promise<Measured> {
  const { rows: runs } = await sql<Measured['runs'][number]>`
    select job, kind, status, runs as count from coppice.run_counts where runs > 0`.execute(db);
  const { rows: totals } = await sql<Measured['totals'][number]>`
    select job, name, total as sum from coppice.run_totals where runs > 0`.execute(db);
  const { rows: lastSuccess } = await sql<Measured['lastSuccess'][number]>`
    select c.job, max(r.at) as at from coppice.run_counts c, lateral (
      select max(finished_at) as at from coppice.runs
      where job = c.job and status = 'success' and kind not in ('preview', 'undo')
    ) r where c.status = 'success' and c.kind not in ('preview', 'undo') and c.runs > 0 group by c.job`.execute(db);
  const { rows: deadLetters } = await sql<Measured['deadLetters'][number]>`
    select job, count(*)::int8 as count from coppice.dead_letters group by job`.execute(db);
  const { rows: held } = await sql<Measured['held'][number]>`
    select job, count(*)::int8 as count from coppice.runs where status = 'held' and approval is null group by job`.execute(
    db,
  );
  const { rows: leases } = await sql<Measured['leases'][number]>`
    select case when name like 'undo:%' then 'undo' when name like 'group:%' then 'group-maintenance' else split_part(name, ':', 1) end as job,
      extract(epoch from now() - min(acquired_at))::float8 as "ageSeconds"
    from coppice.leases where run_id is not null group by 1`.execute(db);
  const { rows: alerts } = await sql<Measured['alerts'][number]>`
    select rule, count(*)::int8 as count from coppice.alerts where resolved_at is null group by rule`.execute(db);
  const workers = Map.groupBy(await liveWorkers(db), ({ configuration }) => configuration ?? 'unknown');
  const holds = await sql<{
    count: number;
  }>`select (select count(*) from coppice.holds) + (select count(*) from coppice.rule_holds) as count`.execute(db);
  const ledgerBytes = await ledgerSize(db);
  const groups = await measureGroups(db);
  return {
    runs,
    totals,
    lastSuccess,
    deadLetters,
    held,
    leases,
    holds: holds.rows[0]?.count ?? 0,
    alerts,
    workers: [...workers].map(([configuration, own]) => ({ configuration, count: own.length })),
    ledgerBytes,
    groups,
    watched: await readWatched(db),
    models: await readUsage(db),
  };
}
