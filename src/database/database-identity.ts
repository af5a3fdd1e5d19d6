import { sql } from 'kysely';
import type { Db } from './schema.ts';

/**
 * Names a database beyond its address: two that share an address (a container made anew) or a content (a copy, a
 * restored dump) differ in it. A physical replica that took over has it too, and so has a copy of the files.
 */
export interface DatabaseIdentity {
  readonly systemIdentifier: string | null;
  readonly databaseOid: number | null;
}

export async function databaseIdentity(db: Db): Promise<DatabaseIdentity> {
  const { rows } = await sql<{ oid: number; readable: boolean }>`
    select oid::int8 as oid, has_function_privilege('pg_control_system()', 'execute') as readable
    from pg_database where datname = current_database()`.execute(db);
  return {
    systemIdentifier: rows[0]?.readable === true ? await systemIdentifier(db) : null,
    databaseOid: rows[0]?.oid ?? null,
  };
}

/** Managed servers may keep the function to themselves in ways of their own: then the rest has to do. */
async function systemIdentifier(db: Db): Promise<string | null> {
  try {
    const { rows } = await sql<{ id: string }>`select system_identifier::text as id from pg_control_system()`.execute(
      db,
    );
    return rows[0]?.id ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return null;
    throw error;
  }
}

/** A property that is unknown on either side is not compared. */
export function isSameDatabase(recorded: DatabaseIdentity, found: DatabaseIdentity): boolean {
  const differs = (a: unknown, b: unknown) => a !== null && b !== null && a !== b;
  return (
    !differs(recorded.systemIdentifier, found.systemIdentifier) && !differs(recorded.databaseOid, found.databaseOid)
  );
}
