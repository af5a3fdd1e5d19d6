import { sql } from 'kysely';
import type { CollectionMapping, TableName } from '../../domain/mapping.ts';
import type { Db } from '../../state/schema.ts';
import { quoted } from './fields.ts';

/**
 * What a delete would do beyond the rows that the ledger sees: cascades, SET NULL, delete triggers, row-level security.
 * Each is refused until a person accepts it by name in the mapping (`accept`).
 */
export async function unseenEffects(db: Db, mapping: CollectionMapping): Promise<string[]> {
  const chunkTable = mapping.vectors.in === 'table' ? mapping.vectors.table : null;
  const tables = chunkTable === null ? [mapping.table] : [mapping.table, chunkTable];
  const found = (await Promise.all(tables.map((table) => effectsOf(db, table, chunkTable)))).flat();
  return found
    .filter((effect) => !mapping.accept.includes(effect.name))
    .map(
      (effect) =>
        `${effect.what}, which the ledger would not see and undo could not put back; ` +
        `if that is meant, accept it: collections.${mapping.name}.accept: [${effect.name}]`,
    );
}

interface Effect {
  readonly name: string;
  readonly what: string;
}

async function effectsOf(db: Db, table: TableName, chunkTable: TableName | null): Promise<Effect[]> {
  const { rows } = await sql<Effect>`
    with target as (
      select c.oid, c.relrowsecurity, format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${table.schema} and c.relname = ${table.name}
    )
    select k.conname as name,
      format('deleting from %s %s rows of %s (foreign key %s)', t.name,
        case k.confdeltype when 'c' then 'deletes' else 'changes' end, k.conrelid::regclass, k.conname) as what
    from pg_constraint k join target t on k.confrelid = t.oid
    where k.contype = 'f' and k.confdeltype in ('c', 'n', 'd')
      and k.conrelid is distinct from to_regclass(${chunkTable === null ? null : quoted(chunkTable)})
    union all
    select g.tgname, format('deleting from %s fires trigger %s', t.name, g.tgname)
    from pg_trigger g join target t on g.tgrelid = t.oid
    where not g.tgisinternal and g.tgenabled <> 'D' and g.tgtype & 8 <> 0
    union all
    select 'row_level_security', format('%s has row-level security, which may hide rows from this role', t.name)
    from target t
    where t.relrowsecurity and not (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)`.execute(
    db,
  );
  return rows;
}
