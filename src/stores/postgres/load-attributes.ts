import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { tableRef } from '../../database/identifiers.ts';
import type { Tx } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';

/** An attribute as it is written to the table of the default schema; one without an id gets one. */
export interface LoadedAttribute {
  readonly id?: string | null | undefined;
  readonly entity_id: string;
  readonly entity_type?: string | null | undefined;
  readonly bot_id?: string | null | undefined;
  readonly category?: string | null | undefined;
  readonly key: string;
  readonly value: string;
  readonly confidence?: number | null | undefined;
  readonly source?: string | null | undefined;
  readonly updated_at?: string | null | undefined;
}

/**
 * Writes attributes into a table of the default schema in one statement; one of the same entity with the same id is replaced.
 * Returns the entity of each row that was written, by its id.
 */
export async function loadAttributeRows(
  tx: Tx,
  { table }: CollectionMapping,
  lines: readonly LoadedAttribute[],
): Promise<ReadonlyMap<string, string>> {
  // The last of several lines with one id holds.
  const byId = new Map(lines.map((line) => [line.id ?? randomUUID(), line]));
  const given = [...byId].map(([id, { updated_at, ...line }]) => ({ ...line, id, updated_at: updated_at ?? null }));
  const { rows } = await sql<{ id: string; entity: string }>`insert into ${tableRef(table)} as a
      (id, entity_id, entity_type, bot_id, category, key, value, confidence, source, updated_at)
    select id, entity_id, coalesce(entity_type, 'user'), bot_id, coalesce(category, 'misc'), key, value, confidence, source,
      coalesce(updated_at, now())
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as r (id text, entity_id text, entity_type text, bot_id text,
      category text, key text, value text, confidence float8, source text, updated_at timestamptz)
    on conflict (id) do update set entity_type = excluded.entity_type, bot_id = excluded.bot_id,
      category = excluded.category, key = excluded.key, value = excluded.value, confidence = excluded.confidence,
      source = excluded.source, updated_at = excluded.updated_at
      where a.entity_id = excluded.entity_id
    returning a.id, a.entity_id as entity`.execute(tx);
  return new Map(rows.map(({ id, entity }) => [id, entity]));
}
