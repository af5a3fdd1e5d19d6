import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';

/** A table that holds what runs removed, with the columns that say which run and when. */
export interface LedgerPart {
  readonly name: string;
  readonly run: string;
  readonly day: string;
  /** Rows that an unfinished removal still needs. */
  readonly standing: RawBuilder<boolean>;
}

/** Days that the ledger of each job is kept; `otherwise` for runs of jobs that are not configured. */
export interface Retention {
  readonly days: Readonly<Record<string, number>>;
  readonly otherwise: number;
}

export interface AgedRun {
  readonly runNo: number;
  readonly days: number;
}

/** Every part there is, in the order of their names. Intents are of removals that recovery will finish: they stay. */
export async function ledgerParts(db: Db): Promise<LedgerPart[]> {
  const tables = await db.selectFrom('coppice.ledger_tables').select('name').execute();
  const rows = tables.map(({ name }) => ({
    name,
    run: 'coppice_run',
    day: 'coppice_day',
    standing: sql<boolean>`l.coppice_state is not null`,
  }));
  const fixed = { run: 'run_no', day: 'day' };
  const parts = [
    ...rows,
    { ...fixed, name: 'ledger_graph', standing: sql<boolean>`l.state is not null` },
    { ...fixed, name: 'ledger_vectors', standing: sql<boolean>`false` },
  ];
  return parts.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Runs whose entries in this part have begun to age. Not those that an undo is working on, and not those that an
 * unfinished removal of two stores belongs to: its vectors are needed whole. Walks the index from run to run.
 */
export async function agedRuns(db: Db, part: LedgerPart, retention: Retention): Promise<AgedRun[]> {
  const table = sql.id('coppice', part.name);
  const run = sql.id(part.run);
  const { rows } = await sql<AgedRun>`
    with recursive held (no) as (
      (select min(${run}) from ${table})
      union all
      select (select min(${run}) from ${table} where ${run} > held.no) from held where held.no is not null
    ), aged as (
      select held.no, r.run_id, r.started_at,
        coalesce((${JSON.stringify(retention.days)}::jsonb ->> r.job)::float8, ${retention.otherwise}::float8) as days
      from held left join coppice.runs r on r.no = held.no
      where held.no is not null and coalesce(r.status not in ('pending', 'running'), true)
        and not exists (select from coppice.runs u
          where u.undoes in (r.run_id, r.workflow_id) and u.status in ('pending', 'running'))
    )
    select no as "runNo", floor(days)::int as days from aged
    where started_at is null or started_at < now() - make_interval(days => floor(days)::int)
    order by no`.execute(db);
  const unsettled = await unsettledRuns(db);
  return rows.filter(({ runNo }) => !unsettled.has(runNo));
}

async function unsettledRuns(db: Db): Promise<Set<number>> {
  const found = new Set<number>();
  const tables = await db.selectFrom('coppice.ledger_tables').select('name').where('part', '=', 'rows').execute();
  for (const { name } of tables) {
    const { rows } = await sql<{ no: number }>`
      select distinct coppice_run as no from ${sql.id('coppice', name)} where coppice_state is not null`.execute(db);
    for (const { no } of rows) found.add(no);
  }
  const { rows: graphs } = await sql<{ no: number }>`
    select distinct run_no as no from coppice.ledger_graph where state = 'intent'`.execute(db);
  for (const { no } of graphs) found.add(no);
  return found;
}

/**
 * Deletes up to `limit` entries of a run that are older than its days; how many it was. An undo asks when a partition was
 * begun, and that was never after the day that stands here: what it may still use is not among these.
 */
export async function deleteAged(tx: Tx, part: LedgerPart, { runNo, days }: AgedRun, limit: number): Promise<number> {
  const table = sql.id('coppice', part.name);
  const { numAffectedRows } = await sql`
    delete from ${table} where ctid = any(array(
      select l.ctid from ${table} l
      where l.${sql.id(part.run)} = ${runNo} and l.${sql.id(part.day)} < current_date - ${days}::int
        and not ${part.standing}
      limit ${limit}))`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/**
 * Drops a ledger table that is empty, if this role may. Its lock waits for whoever writes to it: one that is not empty
 * any more stays.
 */
export async function dropIfEmpty(tx: Tx, name: string): Promise<boolean> {
  const table = sql.id('coppice', name);
  const { rows: own } = await sql<{ own: boolean }>`
    select pg_has_role(relowner, 'usage') as own from pg_class
    where oid = to_regclass(${`coppice."${name}"`})`.execute(tx);
  if (own[0]?.own === true) {
    await sql`lock table ${table} in access exclusive mode`.execute(tx);
    const { rows } = await sql<{ empty: boolean }>`select not exists (select from ${table}) as empty`.execute(tx);
    if (rows[0]?.empty !== true) return false;
    await sql`drop table ${table}`.execute(tx);
  } else if (own.length > 0) return false;
  await tx.deleteFrom('coppice.ledger_tables').where('name', '=', name).execute();
  return true;
}
