import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import { boundedTransaction } from '../../../database/transaction.ts';
import type { TableName } from '../../../domain/mapping.ts';
import { ownFunctions } from '../../../state/installation/own-tables.ts';
import { openRuns } from '../../../state/runs/runs.ts';
import { OperationError } from '../../errors.ts';

const dependentObjectsStillExist = '2BP01';

export interface Dropped {
  readonly tables: readonly TableName[];
  /** Of Coppice's own making, on those tables. */
  readonly views: readonly TableName[];
}

/**
 * Drops exactly these tables in one transaction, and each of their schemas if nothing else stands in it. Never with
 * `cascade`: what somebody built on them stops it; so does an open run, where runs are this database's own. Returns what
 * keeps a schema.
 */
export async function dropTables(db: Db, dropped: Dropped, ownRuns: boolean): Promise<string[]> {
  return named(() => boundedTransaction(db, (tx) => drop(tx, dropped, ownRuns)));
}

/** Whether it would go well, found out by doing it and taking it back: before anything outside is deleted. */
export async function rehearseDrop(db: Db, dropped: Dropped, ownRuns: boolean): Promise<void> {
  const takenBack = new Error('rehearsed');
  const work = async (tx: Tx) => {
    await drop(tx, dropped, ownRuns);
    throw takenBack;
  };
  await named(() => boundedTransaction(db, work)).catch((error: unknown) => {
    if (error !== takenBack) throw error;
  });
}

async function drop(tx: Tx, dropped: Dropped, ownRuns: boolean): Promise<string[]> {
  const { tables, views } = dropped;
  if (ownRuns) await requireNoRun(tx, tables);
  for (const view of views) await sql`drop view if exists ${tableRef(view)} restrict`.execute(tx);
  if (tables.length > 0) await sql`drop table ${sql.join(tables.map(tableRef))} restrict`.execute(tx);
  if (tables.some(isRuns))
    for (const name of ownFunctions)
      await sql`drop function if exists ${sql.id('coppice', name)} () restrict`.execute(tx);
  const kept: string[] = [];
  for (const schema of new Set(tables.map((table) => table.schema))) kept.push(...(await dropSchema(tx, schema)));
  return kept;
}

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === dependentObjectsStillExist)) throw error;
    const detail = 'detail' in error ? ` (${String(error.detail)})` : '';
    const message = `other objects depend on these tables; nothing was removed${detail}`;
    throw new OperationError('conflict', 'OthersDependError', message, 'Drop those first, if they are yours.');
  }
}

function isRuns({ schema, name }: TableName): boolean {
  return schema === 'coppice' && name === 'runs';
}

/** Under a lock, so that no run begins before its tables are gone. */
async function requireNoRun(tx: Tx, tables: readonly TableName[]): Promise<void> {
  if (!tables.some(isRuns)) return;
  await sql`lock table coppice.runs in access exclusive mode`.execute(tx);
  const [open] = await openRuns(tx);
  if (open !== undefined) throw runIsOpen(open.run_id);
}

export function runIsOpen(runId: string): OperationError {
  const hint = `Wait for it, or cancel it: coppice cancel ${runId}`;
  return new OperationError('conflict', 'RunOpenError', `run ${runId} is open; nothing was removed`, hint);
}

async function dropSchema(tx: Tx, schema: string): Promise<string[]> {
  const { rows } = await sql<{ what: string }>`
    select pg_describe_object(d.classid, d.objid, 0) as what
    from pg_depend d join pg_namespace n on d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid
    where n.nspname = ${schema} and d.deptype = 'n' order by 1`.execute(tx);
  if (rows.length > 0) return rows.map(({ what }) => `schema ${schema}, since it holds ${what}`);
  await sql`drop schema if exists ${sql.id(schema)} restrict`.execute(tx);
  return [];
}
