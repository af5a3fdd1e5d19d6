import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { LiveCatalogue } from './catalogue.ts';
import type { Need } from './needs.ts';

/** The privileges of a need that a role does not have yet. The role `public` is everybody. */
export async function notHeld(db: Db, live: LiveCatalogue, role: string, need: Need): Promise<string[]> {
  const missing = [];
  for (const privilege of need.privileges) if (!(await holds(db, live, role, need, privilege))) missing.push(privilege);
  return missing;
}

async function holds(db: Db, live: LiveCatalogue, role: string, need: Need, privilege: string): Promise<boolean> {
  const yes = async (query: ReturnType<typeof sql<{ held: boolean | null }>>) =>
    (await query.execute(db)).rows[0]?.held === true;
  switch (need.on) {
    case 'database':
      return yes(sql`select has_database_privilege(${role}, current_database(), ${privilege}) as held`);
    case 'schema':
      if (!live.schemas.has(need.schema)) return false;
      return yes(sql`select has_schema_privilege(${role}, ${need.schema}, ${privilege}) as held`);
    case 'table': {
      const name = quoted(need.table);
      if (need.columns === null)
        return yes(sql`select has_table_privilege(${role}, to_regclass(${name}), ${privilege}) as held`);
      return yes(sql`select bool_and(has_column_privilege(${role}, to_regclass(${name}), c, ${privilege})) as held
        from unnest(${[...need.columns]}::text[]) c`);
    }
    case 'sequence':
      return yes(sql`select has_sequence_privilege(${role}, ${quoted(need.sequence)}::regclass, ${privilege}) as held`);
    case 'own tables': {
      const tables = need.privileges.includes('INSERT') ? live.ownTables : live.readableTables;
      return yes(sql`select bool_and(has_table_privilege(${role}, t::regclass, ${privilege})) as held
        from unnest(${[...tables]}::text[]) t`);
    }
  }
}
