import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';

/** The vector of a memory as a value of pgvector's type; of several chunks, that of the first. `null`: it is elsewhere. */
export function vectorOf(alias: string, mapping: CollectionMapping): RawBuilder<unknown> | null {
  const { vectors } = mapping;
  if (vectors.in === 'row') return sql`${columnRef(alias, vectors.column)}::vector`;
  if (vectors.in !== 'table') return null;
  const [id = ''] = idColumns(mapping);
  return sql`(select ${columnRef('c', vectors.vector)}::vector from ${tableRef(vectors.table)} c
    where ${columnRef('c', vectors.document)} = ${columnRef(alias, id)} order by ${columnRef('c', vectors.id)} limit 1)`;
}
