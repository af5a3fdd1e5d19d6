import { sql } from 'kysely';
import type { Parts } from '../../../assemble.ts';

/** Losses with the ledger. */
export interface Losses {
  /** Rows that an undo could still put back. */
  readonly undoable_rows: number;
  readonly undoable_until: string | null;
  /** Documents whose vectors may be gone while their row stands: the ledger alone has them. */
  readonly unsettled_documents: number;
}

export const noLosses: Losses = { undoable_rows: 0, undoable_until: null, unsettled_documents: 0 };

/** After so many days an undo of a job that is no longer configured would be refused. */
const usualRetentionDays = 30;

export async function lossesOf({ db, config }: Parts): Promise<Losses> {
  const days = Object.fromEntries(config.jobs.map(({ job, ledger }) => [job.id, Math.floor(ledger.retentionDays)]));
  const ledgers = await db.selectFrom('coppice.ledger_tables').select('name').where('part', '=', 'rows').execute();
  const parts = [
    ...ledgers.map(({ name }) => ({ name, run: 'coppice_run', part: 'coppice_part', state: 'coppice_state' })),
    { name: 'ledger_graph', run: 'run_no', part: 'part_no', state: 'state' },
  ];
  const sum = { undoable: 0, until: null as Date | null, unsettled: 0 };
  for (const { name, ...columns } of parts) {
    const [run, part, state] = [columns.run, columns.part, columns.state].map((column) => sql.id('l', column));
    const { rows } = await sql<{ undoable: number; until: Date | null; unsettled: number }>`
      select count(*) filter (where held.state is null and held.until > now())::int8 as undoable,
        max(held.until) filter (where held.state is null and held.until > now()) as until,
        count(*) filter (where held.state is not null)::int8 as unsettled
      from (
        select ${state} as state, p.started_at + make_interval(days =>
          coalesce((${JSON.stringify(days)}::jsonb ->> r.job)::int, ${sql.lit(usualRetentionDays)})) as until
        from ${sql.id('coppice', name)} l join coppice.runs r on r.no = ${run}
          left join coppice.run_partitions p on p.run_no = ${run} and p.no = ${part}
      ) held`.execute(db);
    const [found] = rows;
    sum.undoable += found?.undoable ?? 0;
    sum.unsettled += found?.unsettled ?? 0;
    if (found?.until && (sum.until === null || found.until > sum.until)) sum.until = found.until;
  }
  return {
    undoable_rows: sum.undoable,
    undoable_until: sum.until?.toISOString() ?? null,
    unsettled_documents: sum.unsettled,
  };
}
