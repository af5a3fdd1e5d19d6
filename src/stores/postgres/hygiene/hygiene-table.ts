import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { CollectionMapping, Field, TimeField } from '../../../domain/mapping.ts';
import { textOf } from '../fields.ts';
import { hasReadableJson, inCollection } from '../scope.ts';

/** A table whose state is measured. Everything is read, nothing is written, and no temporary table is made. */
export interface HygieneTable {
  readonly mapping: CollectionMapping;
  /** Whether `mapping.partition` is known; otherwise the table is one partition. */
  readonly isScoped: boolean;
  /** The text of a row; `null`: unknown. */
  readonly text: Field | null;
  /** A column of pgvector in each row; `null`: there is none. */
  readonly vector: string | null;
  /** When a row came; `null`: unknown. */
  readonly since: TimeField | null;
  /** As of the last ANALYZE. */
  readonly rowsEstimate: number | null;
}

/** Rows of the collection that can be read, as `d`. */
export function readableRows({ mapping }: HygieneTable): RawBuilder<unknown> {
  return sql`${tableRef(mapping.table)} d where ${inCollection('d', mapping)} and ${hasReadableJson('d', mapping)}`;
}

/** The scope within which a row is compared. */
export function scopeOf({ mapping, isScoped }: HygieneTable, alias = 'd'): RawBuilder<string | null> {
  return isScoped ? textOf(alias, mapping.partition) : sql`''`;
}
