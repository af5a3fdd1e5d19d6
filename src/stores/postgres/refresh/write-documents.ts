import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';

/** A row of the default schema's documents. Times are text in ISO 8601 with a zone. */
export interface DocumentRow {
  readonly id: string;
  readonly workspace: string;
  readonly url: string | null;
  readonly title: string | null;
  readonly content: string | null;
  readonly contentHash: string | null;
  readonly quality: number | null;
  readonly fetchedAt: string | null;
  readonly expiresAt: string | null;
}

/**
 * Writes rows, replacing those of the same id, and returns the ids that were written. One whose id stands in another
 * workspace is left alone: the condition is part of the statement, so that nobody can move it in between.
 */
export async function writeDocuments(tx: Tx, table: TableName, rows: readonly DocumentRow[]): Promise<Set<string>> {
  // Everyone locks in the same order, so that two loads side by side wait for each other instead of deadlocking.
  const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const column = <K extends keyof DocumentRow>(key: K) => sorted.map((row) => row[key]);
  const written = await sql<{ id: string }>`
    insert into ${tableRef(table)} as d
      (id, workspace, url, title, content, content_hash, quality, fetched_at, expires_at)
    select * from unnest(${column('id')}::text[], ${column('workspace')}::text[], ${column('url')}::text[],
      ${column('title')}::text[], ${column('content')}::text[], ${column('contentHash')}::text[],
      ${column('quality')}::real[], ${column('fetchedAt')}::timestamptz[], ${column('expiresAt')}::timestamptz[])
    on conflict (id) do update set url = excluded.url, title = excluded.title, content = excluded.content,
      content_hash = excluded.content_hash, quality = excluded.quality, fetched_at = excluded.fetched_at,
      expires_at = excluded.expires_at
    where d.workspace = excluded.workspace
    returning d.id`.execute(tx);
  return new Set(written.rows.map((row) => row.id));
}

/** Those of the rows whose id stands in another workspace, or in none. */
export async function ofOtherWorkspaces(tx: Tx, table: TableName, rows: readonly DocumentRow[]): Promise<Set<string>> {
  const found = await sql<{ id: string }>`
    select d.id from ${tableRef(table)} d
    join unnest(${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.workspace)}::text[]) n(id, workspace)
      on n.id = d.id
    where d.workspace is distinct from n.workspace`.execute(tx);
  return new Set(found.rows.map((row) => row.id));
}

/**
 * Tells the planner how large the tables have become, without which the sweep's plans and estimates are guesses. A
 * server does so in time by itself; the embedded one does not, and who does not own a table is passed over.
 */
export async function analyzeTables(db: Db, tables: readonly TableName[]): Promise<void> {
  await sql`analyze ${sql.join(tables.map(tableRef))}`.execute(db);
}
