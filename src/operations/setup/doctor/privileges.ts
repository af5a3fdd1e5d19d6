import { sql } from 'kysely';
import type { Parts } from '../../../assemble.ts';
import { quoted } from '../../../database/identifiers.ts';
import { type LiveCatalogue, numberingSequences, readCatalogue, tableExists } from '../grants/catalogue.ts';
import { notHeld } from '../grants/held.ts';
import { type Duty, type Need, needsOf } from '../grants/needs.ts';
import { grantsOf } from '../grants/statements.ts';
import { usesOf } from '../grants/table-uses.ts';

export interface RoleReport {
  readonly name: string;
  /** Duty that the role was judged for. */
  readonly duty: Duty;
  /** Statements that would give it what it lacks. */
  readonly missing: readonly string[];
}

/**
 * Reports the privileges that the role of this connection lacks. A role that may delete rows counts as a worker, any
 * other as a reader.
 */
export async function roleReport(parts: Parts, asked: Duty | null, migrated: boolean): Promise<RoleReport> {
  const { db, config } = parts;
  const live = await readCatalogue(db);
  const duty = asked ?? ((await mayDelete(parts)) ? 'worker' : 'reader');
  const missing: string[] = [];
  const sequences = await numberingSequences(db, config.collections);
  for (const need of needsOf(duty, usesOf(config), sequences)) {
    if (!(await stands(parts, live, need, migrated))) continue;
    const privileges = await notHeld(db, live, live.user, need);
    if (privileges.length === 0) continue;
    const role = { name: live.user, owner: live.schemas.get('coppice') ?? live.user };
    missing.push(...grantsOf({ ...need, privileges }, role, live, () => false));
  }
  return { name: live.user, duty, missing };
}

async function mayDelete({ db, config }: Parts): Promise<boolean> {
  const tables = usesOf(config).flatMap(({ table, part }) =>
    part === 'rows' || part === 'items' ? [quoted(table)] : [],
  );
  const { rows } = await sql<{ may: boolean | null }>`
    select bool_or(has_table_privilege(to_regclass(t), 'DELETE')) as may from unnest(${tables}::text[]) t`.execute(db);
  return rows[0]?.may === true;
}

/** Another check reports objects that do not exist. */
async function stands({ db, config }: Parts, live: LiveCatalogue, need: Need, migrated: boolean): Promise<boolean> {
  switch (need.on) {
    case 'database':
    case 'sequence':
      return true;
    case 'own tables':
      return migrated;
    case 'schema':
      return need.schema === 'coppice' ? migrated : live.schemas.has(need.schema);
    case 'table': {
      const known = usesOf(config).some(({ table }) => quoted(table) === quoted(need.table));
      return known && (await tableExists(db, need.table));
    }
  }
}
