import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type DatabaseIdentity, databaseIdentity, isSameDatabase } from '../../database/database-identity.ts';
import type { Db } from '../../database/schema.ts';

/**
 * The tables say that they are an installation which was made in another database: this one is a copy, or was restored
 * from a dump. The original may still be at work, on the same task queue and on the same vectors.
 */
export class CopiedDatabaseError extends Error {
  override readonly name = 'CopiedDatabaseError';
  readonly hint =
    'If the original is gone and this is to take its place: `coppice adopt`. If both are to go on: ' +
    '`coppice adopt --new-installation` here, and give it Weaviate classes of its own.';
  constructor(id: string) {
    super(`this database is a copy of the one that installation ${id} lives in; no worker runs on it`);
  }
}

/**
 * The installation's id, made at the first call. It stands in the task queue, in memos and in workflow ids. Where it
 * was made before databases were told apart, this one is taken for its own.
 */
export async function ensureInstallation(db: Db): Promise<string> {
  const found = await readInstallation(db);
  if (found !== null && found.database.databaseOid !== null) return found.id;
  const { systemIdentifier, databaseOid } = await databaseIdentity(db);
  const columns = { system_identifier: systemIdentifier, database_oid: databaseOid };
  if (found !== null) {
    await db.updateTable('coppice.installation').set(columns).where('database_oid', 'is', null).execute();
    return found.id;
  }
  await db
    .insertInto('coppice.installation')
    .values({ id: newId(), ...columns })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await db.selectFrom('coppice.installation').select('id').executeTakeFirstOrThrow()).id;
}

/** Throws `CopiedDatabaseError` where the installation was made in another database. */
export async function checkOriginal(db: Db): Promise<void> {
  const found = await readInstallation(db);
  if (found === null || isSameDatabase(found.database, await databaseIdentity(db))) return;
  throw new CopiedDatabaseError(found.id);
}

/** This database is the installation's own from now on. Returns the installation's id. */
export function adoptDatabase(db: Db): Promise<string> {
  return adoptWith(db, {});
}

/** The same for an installation of its own: name and prefix of schedules are no longer those of the original. */
export function adoptAsNew(db: Db, name: string | null): Promise<string> {
  return adoptWith(db, { id: newId(), name, schedule_prefix: null });
}

async function adoptWith(
  db: Db,
  changes: { readonly id?: string; readonly name?: string | null; readonly schedule_prefix?: null },
): Promise<string> {
  const { systemIdentifier, databaseOid } = await databaseIdentity(db);
  const row = await db
    .updateTable('coppice.installation')
    .set({
      system_identifier: systemIdentifier,
      database_oid: databaseOid,
      adopted_at: sql<Date>`now()`,
      ...changes,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function wasAdopted(db: Db): Promise<boolean> {
  const row = await db.selectFrom('coppice.installation').select('adopted_at').executeTakeFirst();
  return row !== undefined && row.adopted_at !== null;
}

async function readInstallation(db: Db): Promise<{ id: string; database: DatabaseIdentity } | null> {
  const row = await db.selectFrom('coppice.installation').selectAll().executeTakeFirst();
  if (row === undefined) return null;
  return { id: row.id, database: { systemIdentifier: row.system_identifier, databaseOid: row.database_oid } };
}

function newId(): string {
  return randomUUID().slice(0, 8);
}
