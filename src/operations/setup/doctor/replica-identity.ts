import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { ownTables } from '../../../domain/children.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';

/** PostgreSQL refuses to delete from a published table whose rows it could not name to the subscribers. */
export async function replicaIdentityProblems(db: Db, mapping: CollectionMapping): Promise<string[]> {
  const tables = ownTables(mapping);
  const { rows } = await sql<{ name: string; publication: string }>`
    with recursive tree as (
      select to_regclass(t)::oid as oid from unnest(${tables.map(quoted)}::text[]) t
      union
      select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid
    )
    select c.oid::regclass::text as name, min(p.pubname) as publication
    from tree join pg_class c on c.oid = tree.oid cross join pg_publication p
    where p.pubdelete and c.relkind = 'r' and c.oid in (select relid from pg_get_publication_tables(p.pubname))
      and (c.relreplident = 'n' or (c.relreplident = 'd'
        and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)))
    group by 1`.execute(db);
  return rows.map(
    ({ name, publication }) =>
      `deleting from ${name} fails: publication ${publication} sends deletes and the table has no replica identity; ` +
      `give it one: ALTER TABLE ${name} REPLICA IDENTITY USING INDEX …`,
  );
}
