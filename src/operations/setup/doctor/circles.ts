import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { ownTables } from '../../../domain/children.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';

/** Longer circles are rare, and each table more multiplies the ways to look at. */
const mostTables = 4;

/**
 * Names circles of foreign keys through other tables. A batch removes rows of one collection: each row of such a circle
 * waits for one that another batch would have to remove first, and is spared by every run.
 */
export async function circleRemarks(db: Db, mapping: CollectionMapping): Promise<string[]> {
  const [root, ...own] = ownTables(mapping).map(quoted);
  const { rows } = await sql<{ tables: string[] }>`
    with recursive way (last, path) as (
      select to_regclass(${root})::oid, array[to_regclass(${root})::oid]
      union
      select k.conrelid, w.path || k.conrelid from way w join pg_constraint k on k.confrelid = w.last
      where k.contype = 'f' and k.conparentid = 0 and k.conrelid <> k.confrelid
        and (k.conrelid = w.path[1] or not k.conrelid = any(w.path)) and (w.last <> w.path[1] or cardinality(w.path) = 1)
        and cardinality(w.path) <= ${mostTables}
        and not k.conrelid in (select to_regclass(t) from unnest(${own}::text[]) t)
    )
    select (select array_agg(t.oid::regclass::text order by at) from unnest(path[:cardinality(path) - 1])
      with ordinality t (oid, at)) as tables
    from way where last = path[1] and cardinality(path) > 1 order by 1`.execute(db);
  return rows.map(
    ({ tables }) =>
      `${new Intl.ListFormat('en').format(tables)} reference each other: rows that do so in a circle are spared by every ` +
      'run, until one of their references is set to NULL',
  );
}
