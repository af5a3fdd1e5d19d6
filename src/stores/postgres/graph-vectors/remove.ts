import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { GraphImage } from '../../../domain/graph-item.ts';
import { arrayOfTexts, withContent } from '../../../domain/json-text.ts';
import { EmptyScopeError } from '../../../domain/store-errors.ts';
import { isOneOf } from '../graph/images.ts';
import { asItems, itemsOf, type TableMapping } from './scope.ts';

/** Deletes rows that are to the letter what was read; returns ids of those that stand and are not. */
export async function removeVectors(
  tx: Tx,
  mapping: TableMapping,
  group: string,
  images: readonly GraphImage[],
): Promise<{ changed: string[] }> {
  if (images.length === 0) throw new EmptyScopeError('the list of images');
  const of = asItems(mapping);
  const ids = images.map(({ id }) => id);
  const named = isOneOf(of, itemsOf(mapping, group, ids));
  const given = arrayOfTexts(images.map(({ id, content }) => withContent({ id }, content)));
  const table = tableRef(of.table.table);
  await sql`delete from ${table} t using jsonb_to_recordset(${given}::jsonb) as g (id text, content jsonb)
    where ${named} and ${of.id} = g.id and to_jsonb(t) = g.content`.execute(tx);
  const { rows } = await sql<{ id: string }>`select ${of.id} as id from ${table} t where ${named}`.execute(tx);
  return { changed: rows.map(({ id }) => id) };
}
