import { sql } from 'kysely';
import type { Parts } from '../../assemble.ts';
import { quoted, quotedName } from '../../database/identifiers.ts';
import type { TableName } from '../../domain/mapping.ts';
import { effectsOf, effectsOfTables } from '../../stores/postgres/schema/unseen-effects.ts';
import { OperationError } from '../errors.ts';
import { type LiveCatalogue, numberingSequences, readCatalogue, tableExists } from './grants/catalogue.ts';
import { notHeld } from './grants/held.ts';
import { type Duty, duties, type Need, needsOf } from './grants/needs.ts';
import { grantsOf } from './grants/statements.ts';
import { usesOf } from './grants/table-uses.ts';

export interface GrantsJson {
  readonly database: string;
  readonly roles: Readonly<Record<Duty, string>>;
  /** In the order in which they are to be run, by somebody who may grant all of it. */
  readonly statements: readonly GrantStatement[];
  /** Remarks that the statements cannot express. */
  readonly notes: readonly string[];
}

export interface GrantStatement {
  /** `null`: what has to stand before. */
  readonly role: Duty | null;
  readonly sql: string;
  readonly why: string;
}

export type RoleNames = Readonly<Partial<Record<Duty, string>>>;

/**
 * The least that three roles need for the configured collections, as SQL that is printed and never run. Privileges that
 * everybody has in this database are left out. Reads the catalogue only.
 */
export async function grants(parts: Parts, names: RoleNames): Promise<GrantsJson> {
  const { db, config } = parts;
  const live = await readCatalogue(db);
  const roles = {
    owner: names.owner ?? live.schemas.get('coppice') ?? 'coppice_owner',
    worker: names.worker ?? 'coppice_worker',
    reader: names.reader ?? 'coppice_reader',
  };
  const missing = await missingTables(parts);
  const statements: GrantStatement[] = prepared(parts, live, roles.owner);
  const sequences = await numberingSequences(db, config.collections);
  for (const duty of duties) {
    for (const need of together(needsOf(duty, usesOf(config), sequences), missing)) {
      const privileges = await notHeld(db, live, 'public', need);
      if (privileges.length === 0) continue;
      const role = { name: roles[duty], owner: roles.owner };
      for (const text of grantsOf({ ...need, privileges }, role, live, missing)) {
        const same = statements.some((one) => one.sql === text);
        if (!same) statements.push({ role: duty, sql: text, why: need.why });
      }
    }
  }
  return { database: live.database, roles, statements, notes: await notesOf(parts, live, roles) };
}

/** Tables that are yet to be made get their privileges by default, which count for all of their schema: one need each. */
function together(needs: readonly Need[], missing: (table: TableName) => boolean): Need[] {
  const later = needs.filter((need) => need.on === 'table').filter((need) => need.coppiceMakes && missing(need.table));
  const joined = new Map<string, (typeof later)[number]>();
  for (const need of later) {
    const { schema } = need.table;
    const before = joined.get(schema)?.privileges ?? [];
    const privileges = inOrder.filter((one) => before.includes(one) || need.privileges.includes(one));
    joined.set(schema, { ...need, columns: null, privileges, why: 'tables that `coppice migrate` makes here' });
  }
  return [...needs.filter((need) => !later.some((one) => one === need)), ...joined.values()];
}

const inOrder = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** Returns the tables of the default schema that do not exist yet. A mapped table that does not exist is a mistake. */
async function missingTables({ db, config }: Parts): Promise<(table: TableName) => boolean> {
  const missing = new Set<string>();
  for (const { table, coppiceMakes } of usesOf(config)) {
    if (await tableExists(db, table)) continue;
    if (!coppiceMakes) {
      const message = `table ${table.schema}.${table.name} does not exist in this database: nothing can be granted on it`;
      throw new OperationError('conflict', 'MappingError', message, 'Check the mapping with coppice doctor.');
    }
    missing.add(quoted(table));
  }
  return (table) => missing.has(quoted(table));
}

/** The owner makes tables in schemas of its own: the right to make schemas in the database is not given away. */
function prepared({ config }: Parts, live: LiveCatalogue, owner: string): GrantStatement[] {
  const made = usesOf(config).filter((use) => use.coppiceMakes);
  const wanted = ['coppice', ...new Set(made.map(({ table }) => table.schema))];
  const schemas = wanted
    .filter((schema) => !live.schemas.has(schema))
    .map((schema) => ({
      role: null,
      sql: `CREATE SCHEMA ${quotedName(schema)} AUTHORIZATION ${quotedName(owner)};`,
      why: schema === 'coppice' ? "for Coppice's own tables" : 'for documents that no table of yours holds',
    }));
  const vector = made.some(({ part }) => part === 'chunks' || part === 'items') && !live.extension;
  const extension = { role: null, sql: 'CREATE EXTENSION vector;', why: 'chunks, entities and relations have vectors' };
  return vector ? [...schemas, extension] : schemas;
}

async function notesOf({ db, config }: Parts, live: LiveCatalogue, roles: GrantsJson['roles']): Promise<string[]> {
  const notes = duties
    .map((duty) => roles[duty])
    .filter((name) => !live.roles.has(name))
    .map((name) => `role ${name} is yet to be made: CREATE ROLE ${quotedName(name)} LOGIN;`);
  const standing = live.schemas.get('coppice');
  if (standing !== undefined && standing !== roles.owner) {
    notes.push(`schema coppice belongs to ${standing}, who has to be the one that runs coppice migrate`);
  }
  const effects = await Promise.all(config.collections.map((mapping) => effectsOf(db, mapping)));
  const ofGraphs = usesOf({ collections: [], graphs: config.graphs }).map(({ table }) => table);
  for (const { kind, what } of [...effects.flat(), ...(await effectsOfTables(db, ofGraphs))]) {
    if (/trigger|rule/.test(kind))
      notes.push(`${what}. It runs with the rights of ${roles.worker}: grant what it needs`);
  }
  const tables = usesOf(config).map(({ table }) => quoted(table));
  const { rows } = await sql<{ name: string }>`
    select distinct c.oid::regclass::text as name from unnest(${tables}::text[]) t join pg_class c on c.oid = to_regclass(t)
    where c.relrowsecurity`.execute(db);
  for (const { name } of rows) {
    notes.push(`${name} has row-level security: a policy has to show ${roles.worker} and ${roles.reader} its rows`);
  }
  return notes;
}
