import { type RawBuilder, sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import { fieldOf, requiredField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { textOf } from '../fields.ts';
import { optionalText } from '../rules/memory-fields.ts';

/**
 * Whether text, vector and hash of the row `d` can be written together: the vector is in the row, the role may update the
 * columns, and a hash is one that can be made anew.
 */
export function isRewritable(mapping: CollectionMapping): RawBuilder<boolean> {
  const { vectors } = mapping;
  if (vectors.in !== 'row') return sql`false`;
  const fields = [requiredField(mapping, 'content'), fieldOf(mapping, 'content_hash')];
  const columns = [vectors.column, ...fields.flatMap((field) => (field === null ? [] : [field.column]))];
  const may = columns.map(
    (column) => sql`has_column_privilege(to_regclass(${quoted(mapping.table)}), ${column}, 'UPDATE')`,
  );
  return sql`(${hasKnownHash('d', mapping)} and ${sql.join(may, sql` and `)})`;
}

/** Whether the row has no hash, or the MD5 of its text in hexadecimal. */
export function hasKnownHash(alias: string, mapping: CollectionMapping): RawBuilder<boolean> {
  const hash = optionalText(alias, mapping, 'content_hash');
  return sql`(coalesce(${hash}, '') in ('', md5(${textOf(alias, requiredField(mapping, 'content'))})))`;
}
