import { type RawBuilder, sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { childMembers } from '../../../domain/children.ts';
import type { CollectionMapping, TableName } from '../../../domain/mapping.ts';

/** The table of the collection at one end of a foreign key; `null`: another table. */
type OwnTable = 'rows' | 'chunks' | 'children' | null;

export interface ForeignKey {
  readonly name: string;
  readonly from: TableName;
  readonly columns: readonly string[];
  readonly to: TableName;
  readonly referenced: readonly string[];
  readonly fromOwn: OwnTable;
  readonly toOwn: OwnTable;
  /** A delete of a referenced row fails, where `cascade` and the like change the referencing row instead. */
  readonly refuses: boolean;
  /** This role may read both tables. */
  readonly readable: boolean;
}

/** Constraints that the database checks when rows of a collection are deleted and inserted. */
export interface Constraints {
  /** Foreign keys that reference the collection's tables, without the chunks' reference to their document. */
  readonly incoming: readonly ForeignKey[];
  /** Foreign keys of the collection's tables, without the chunks' reference to their document. */
  readonly outgoing: readonly ForeignKey[];
  /** Something may be checked at the end of the transaction only. */
  readonly deferrable: boolean;
  /** An insert with a bare `on conflict` fails: a unique or exclusion constraint is deferrable, or there are rules. */
  readonly noConflictClause: boolean;
  /** A delete may fail for one row alone: because of references, triggers, or a row that changes its partition. */
  readonly mayRefuse: boolean;
  /** An insert may store other values than those it is given: triggers, or columns that are computed. */
  readonly mayChange: boolean;
}

export const noConstraints: Constraints = {
  ...{ incoming: [], outgoing: [], deferrable: false, noConflictClause: false, mayRefuse: false, mayChange: false },
};

interface Flags {
  readonly deferrable: boolean;
  readonly unique: boolean;
  readonly triggers: boolean;
  readonly parts: boolean;
  readonly changes: boolean;
}

/** Reads the catalogue only. */
export async function constraintsOf(db: Db, mapping: CollectionMapping): Promise<Constraints> {
  const chunks = mapping.vectors.in === 'table' ? [mapping.vectors.table] : [];
  const members = childMembers(mapping).map(({ child }) => child.table);
  const parts = [
    partsOf('rows', mapping.table),
    ...chunks.map((table) => partsOf('chunks', table)),
    ...members.map((table) => partsOf('children', table)),
  ];
  const own = sql`own as (${sql.join(parts, sql` union `)})`;
  const { rows: keys } = await sql<ForeignKey & { deferrable: boolean }>`
    with ${own}
    select k.conname as name, jsonb_build_object('schema', fn.nspname, 'name', fc.relname) as from,
      jsonb_build_object('schema', tn.nspname, 'name', tc.relname) as to,
      (select jsonb_agg(a.attname order by key.at) from unnest(k.conkey) with ordinality key (no, at)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.no) as columns,
      (select jsonb_agg(a.attname order by key.at) from unnest(k.confkey) with ordinality key (no, at)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.no) as referenced,
      (select part from own where oid = k.conrelid) as "fromOwn", (select part from own where oid = k.confrelid) as "toOwn",
      k.confdeltype in ('a', 'r') as refuses, k.condeferrable as deferrable,
      has_table_privilege(k.conrelid, 'select') and has_table_privilege(k.confrelid, 'select') as readable
    from pg_constraint k join pg_class fc on fc.oid = k.conrelid join pg_namespace fn on fn.oid = fc.relnamespace
      join pg_class tc on tc.oid = k.confrelid join pg_namespace tn on tn.oid = tc.relnamespace
    where k.contype = 'f' and k.conparentid = 0
      and (k.conrelid in (select oid from own) or k.confrelid in (select oid from own))
    order by k.conname, k.oid`.execute(db);
  const { rows: flags } = await sql<Flags>`
    with ${own}
    select
      exists (select from pg_constraint where conrelid in (select oid from own) and condeferrable) as deferrable,
      exists (select from pg_constraint where conrelid in (select oid from own) and condeferrable
        and contype in ('p', 'u', 'x'))
      or exists (select from pg_rewrite where ev_class in (select oid from own) and ev_type in ('2', '3')
        and ev_enabled in ('O', 'A')) as unique,
      exists (select from pg_trigger where tgrelid in (select oid from own) and not tgisinternal
        and tgenabled in ('O', 'A') and tgtype & 8 <> 0) as triggers,
      exists (select from pg_class where oid in (select oid from own) and relkind = 'p') as parts,
      exists (select from pg_trigger where tgrelid in (select oid from own) and not tgisinternal
        and tgenabled in ('O', 'A') and tgtype & 7 = 7)
      or exists (select from pg_attribute where attrelid in (select oid from own) and attgenerated <> ''
        and not attisdropped) as changes`.execute(db);
  const [flag] = flags;
  // The statements themselves find out about rows of children.
  const others = keys.filter(
    (key) => !isChunkKey(key, mapping) && key.fromOwn !== 'children' && key.toOwn !== 'children',
  );
  const incoming = others.filter((key) => key.toOwn !== null);
  return {
    incoming,
    outgoing: others.filter((key) => key.fromOwn !== null),
    deferrable: flag?.deferrable === true || keys.some((key) => key.deferrable),
    noConflictClause: flag?.unique === true,
    mayChange: flag?.changes === true,
    mayRefuse: incoming.length > 0 || members.length > 0 || flag?.triggers === true || flag?.parts === true,
  };
}

function partsOf(part: string, table: TableName): RawBuilder<unknown> {
  return sql`select ${sql.lit(part)} as part, to_regclass(${quoted(table)})::oid as oid
    union select ${sql.lit(part)}, relid from pg_partition_tree(to_regclass(${quoted(table)}))`;
}

/** A chunk is deleted and restored with its document. */
function isChunkKey({ fromOwn, toOwn, columns, referenced }: ForeignKey, { vectors, id }: CollectionMapping): boolean {
  return (
    vectors.in === 'table' &&
    fromOwn === 'chunks' &&
    toOwn === 'rows' &&
    columns.length === 1 &&
    columns[0] === vectors.document &&
    referenced[0] === id
  );
}
