import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { kindOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';

/** Collections of questions with a vector of pgvector in each row. One whose table or column does not exist is left out. */
export async function comparableQuestions(
  db: Db,
  mappings: readonly CollectionMapping[],
): Promise<readonly CollectionMapping[]> {
  const found: CollectionMapping[] = [];
  for (const mapping of mappings) {
    if (kindOf(mapping) !== 'queries' || mapping.vectors.in !== 'row') continue;
    const { rows } = await sql<{ type: string }>`
      select format_type(atttypid, null) as type from pg_attribute
      where attrelid = to_regclass(${quoted(mapping.table)}) and attname = ${mapping.vectors.column} and not attisdropped`.execute(
      db,
    );
    if (/^(\w+\.)?(vector|halfvec)$/.test(rows[0]?.type ?? '')) found.push(mapping);
  }
  return found;
}
