import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { GraphTable } from '../../../domain/graph-mapping.ts';
import type { TimeField } from '../../../domain/mapping.ts';
import { EmptyScopeError, StoreError } from '../../../domain/store-errors.ts';
import type { Deprecated } from '../../ports/graph-loading.ts';
import { storedGroup } from '../../stored-group.ts';
import type { PostgresMapping } from './scope.ts';

/**
 * Marks documents, and the relations and vectors that come from them. An item that is marked already keeps its date.
 */
export async function deprecateDocuments(
  tx: Tx,
  mapping: PostgresMapping,
  group: string,
  ids: readonly string[],
  at: Date,
): Promise<Deprecated> {
  if (ids.length === 0) throw new EmptyScopeError('documents');
  const stored = storedGroup(mapping, group);
  const { documents, relations, vectors } = mapping.place;
  if (documents.deprecatedAt === null) {
    throw new StoreError(
      'StoreRefusedError',
      `graph ${mapping.name} maps no time at which a document was deprecated (documents.deprecated_at): nothing was marked`,
    );
  }
  const { rows } = await sql<{ id: string }>`select ${columnRef('t', documents.id)}::text as id
    from ${tableRef(documents.table)} t where ${of('t', documents.group, stored, documents.id, ids)} for update`.execute(
    tx,
  );
  const found = new Set(rows.map((row) => row.id));
  const mark = (table: Marked | null, column: string | null) =>
    table === null ? 0 : markRows(tx, table, column, stored, [...found], at);
  return {
    documents: await mark(documents, documents.id),
    relations: await mark(relations, relations.document),
    vectors: await mark(vectors, vectors?.document ?? null),
    missing: ids.filter((id) => !found.has(id)),
  };
}

type Marked = Pick<GraphTable, 'table' | 'group' | 'deprecatedAt'>;

/** Rows of these documents; how many it was. `column` is the one that names a document. */
export async function markRows(
  tx: Tx,
  { table, group, deprecatedAt: field }: Marked,
  column: string | null,
  stored: string,
  documents: readonly string[],
  at: Date,
): Promise<number> {
  if (column === null || field === null) return 0;
  const { numAffectedRows = 0n } = await sql`update ${tableRef(table)} t
    set ${sql.id(field.column)} = ${asWritten(field, at)}
    where ${of('t', group, stored, column, documents)} and ${columnRef('t', field.column)} is null`.execute(tx);
  return Number(numAffectedRows);
}

function of(alias: string, group: string, stored: string, column: string, ids: readonly string[]): RawBuilder<boolean> {
  return sql`${columnRef(alias, group)}::text = ${stored} and ${columnRef(alias, column)}::text = any(${ids}::text[])`;
}

/** An instant as a column of that type holds it. */
export function asWritten({ type, zone }: TimeField, at: Date): RawBuilder<unknown> {
  if (type === 'timestamptz') return sql`${at}::timestamptz`;
  if (type === 'naive') return sql`(${at}::timestamptz at time zone ${zone})`;
  if (type === 'epoch_s' || type === 'epoch_ms') {
    return sql`${String(type === 'epoch_s' ? Math.floor(at.getTime() / 1000) : at.getTime())}`;
  }
  return sql`${type === 'date' ? at.toISOString().slice(0, 10) : at.toISOString()}`;
}
