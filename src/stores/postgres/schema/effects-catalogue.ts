import { type RawBuilder, sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { childMembers } from '../../../domain/children.ts';
import type { CollectionMapping, TableName } from '../../../domain/mapping.ts';

/** One thing that deleting from a table, or inserting into it, sets off, as the catalogue names it. */
export interface CatalogueEffect {
  readonly kind:
    | 'cascade'
    | 'delete_trigger'
    | 'delete_rule'
    | 'inheritance'
    | 'foreign_table'
    | 'row_level_security'
    | 'insert_trigger'
    | 'insert_rule'
    | 'unlogged'
    | 'publication';
  readonly name: string;
  /** The mapped table, or the part of it, that this hangs on. */
  readonly on: string;
  /** The other table, where there is one. */
  readonly other: string | null;
  /** Whether rows of the other table go, rather than change. */
  readonly deletes: boolean;
}

/**
 * Reads the catalogue only. A statement on a table reaches its partitions and children too, so theirs count: their row
 * triggers fire, foreign keys may name them alone. Their statement triggers, rules and policies do not.
 */
export async function effectsOn(
  db: Db,
  table: TableName,
  spared: RawBuilder<boolean> = sql`false`,
): Promise<CatalogueEffect[]> {
  const { rows } = await sql<CatalogueEffect>`
    with recursive tree as (
      select c.oid, c.relkind, c.relispartition, true as root, format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${table.schema} and c.relname = ${table.name}
      union
      select c.oid, c.relkind, c.relispartition, false, format('%I.%I', n.nspname, c.relname)
      from tree t join pg_inherits i on i.inhparent = t.oid join pg_class c on c.oid = i.inhrelid
        join pg_namespace n on n.oid = c.relnamespace
    )
    select 'cascade' as kind, k.conname as name, t.name as on, k.conrelid::regclass::text as other,
      k.confdeltype = 'c' as deletes
    from pg_constraint k join tree t on k.confrelid = t.oid
    where k.contype = 'f' and k.confdeltype in ('c', 'n', 'd') and k.conparentid = 0 and not (${spared})
    union all
    select event.kind, g.tgname, coalesce(min(t.name) filter (where t.root), min(t.name)), null, false
    from pg_trigger g join tree t on g.tgrelid = t.oid
      join (values ('delete_trigger', 8), ('insert_trigger', 4)) event (kind, bit) on g.tgtype & event.bit <> 0
    where not g.tgisinternal and g.tgenabled in ('O', 'A') and (t.root or g.tgtype & 1 <> 0)
    group by 1, 2
    union all
    select case r.ev_type when '4' then 'delete_rule' else 'insert_rule' end, r.rulename, t.name, null, false
    from pg_rewrite r join tree t on r.ev_class = t.oid
    where t.root and r.ev_type in ('3', '4') and r.ev_enabled in ('O', 'A')
    union all
    select 'inheritance', 'inheritance', r.name, t.name, false
    from tree t, tree r where r.root and not t.root and not t.relispartition
    union all
    select 'foreign_table', c.relname, r.name, t.name, true
    from tree t join pg_class c on c.oid = t.oid, tree r where r.root and not t.root and t.relkind = 'f'
    union all
    select 'row_level_security', 'row_level_security', t.name, null, false
    from tree t where t.root and row_security_active(t.oid)
    union all
    select 'unlogged', 'unlogged', t.name, null, false
    from tree t join pg_class c on c.oid = t.oid where c.relpersistence = 'u'
    union all
    select 'publication', p.pubname, t.name, null, false
    from pg_publication p join tree t on true
    where p.pubdelete and t.oid in (select relid from pg_get_publication_tables(p.pubname))
    order by 1, 2`.execute(db);
  return rows;
}

/** Whether a foreign key is one by which rows belong to their parent: what it would delete goes before, into the ledger. */
export function ownReferences(mapping: CollectionMapping): RawBuilder<boolean> {
  const { vectors, table, id } = mapping;
  const members = childMembers(mapping);
  const chunks: Reference[] =
    vectors.in === 'table' && typeof id === 'string'
      ? [{ from: vectors.table, to: table, columns: [vectors.document], referenced: [id] }]
      : [];
  const children = members.flatMap(({ child, parent }): Reference[] => {
    const to = parent === null ? table : members[parent]?.child.table;
    if (to === undefined || child.parent.some(({ field }) => field.keys.length > 0)) return [];
    const columns = child.parent.map(({ field }) => field.column);
    return [{ from: child.table, to, columns, referenced: child.parent.map(({ column }) => column) }];
  });
  const all = [...chunks, ...children].map(isReference);
  return all.length === 0 ? sql`false` : sql`(${sql.join(all, sql` or `)})`;
}

interface Reference {
  readonly from: TableName;
  readonly to: TableName;
  readonly columns: readonly string[];
  readonly referenced: readonly string[];
}

/** The key contains every pair of columns: it reaches no row that is not found by them. */
function isReference({ from, to, columns, referenced }: Reference): RawBuilder<boolean> {
  return sql`(k.conrelid in (${withParts(from)}) and k.confrelid = to_regclass(${quoted(to)})
    and (select count(distinct w.own) from unnest(${columns}::text[], ${referenced}::text[]) w (own, theirs)
      join unnest(k.conkey, k.confkey) as key (own, theirs) on true
      join pg_attribute o on o.attrelid = k.conrelid and o.attnum = key.own and o.attname = w.own
      join pg_attribute f on f.attrelid = k.confrelid and f.attnum = key.theirs and f.attname = w.theirs
    ) = ${columns.length})`;
}

function withParts(table: TableName): RawBuilder<unknown> {
  return sql`select to_regclass(${quoted(table)})::oid union all
    select relid from pg_partition_tree(to_regclass(${quoted(table)}))`;
}
