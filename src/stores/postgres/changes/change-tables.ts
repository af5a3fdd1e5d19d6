import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../../database/schema.ts';

/**
 * Former values of what one run changed in a collection: a table of the run's own, so that a night's values are dropped at
 * once and not deleted row by row.
 */
export function changesTable(runNo: number, collection: string): RawBuilder<unknown> {
  return sql`${sql.id('coppice', changesName(runNo, collection))}`;
}

function changesName(runNo: number, collection: string): string {
  return `changes_${runNo}_${collection}`;
}

export async function createChangesTable(tx: Tx, runNo: number, collection: string): Promise<void> {
  const table = changesTable(runNo, collection);
  await sql`create table ${table} (
    part integer not null,
    row_id text not null,
    former text not null,
    stored text not null,
    base_score double precision,
    base_from timestamptz,
    base_accessed timestamptz,
    base_stored text,
    refused bigint
  )`.execute(tx);
  await sql`create index on ${table} (part)`.execute(tx);
}

/** The same of a run that writes several fields, one record for each; `added`: how much a count was raised. */
export async function createMergesTable(tx: Tx, runNo: number, collection: string): Promise<void> {
  const table = changesTable(runNo, collection);
  await sql`create table ${table} (
    part integer not null,
    row_id text not null,
    field text not null,
    former text,
    stored text,
    added double precision,
    survivor boolean not null default false,
    refused bigint,
    primary key (row_id, field)
  )`.execute(tx);
  await sql`create index on ${table} (part)`.execute(tx);
}

export async function hasChangesTable(db: Db, runNo: number, collection: string): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass(${`coppice."${changesName(runNo, collection)}"`}) is not null as exists`.execute(db);
  return rows[0]?.exists === true;
}
