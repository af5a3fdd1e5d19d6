import type { RawBuilder } from 'kysely';
import type { CollectionMapping, TableName } from '../../domain/mapping.ts';
import type { Db } from '../../state/schema.ts';
import { type CatalogueEffect, effectsOn, ownChunks } from './effects-catalogue.ts';

export interface Effect {
  /** What a mapping accepts it by. */
  readonly name: string;
  /** A clause: "deleting from public.docs fires trigger keep_count". */
  readonly what: string;
  /** Refused until accepted; otherwise good to know and no reason to stop. */
  readonly refused: boolean;
  readonly kind: CatalogueEffect['kind'];
}

/**
 * What a delete would do beyond the rows that the ledger sees: cascades, SET NULL, delete triggers and rules, row-level
 * security. Each is refused until a person accepts it by name in the mapping (`accept`).
 */
export async function unseenEffects(db: Db, mapping: CollectionMapping): Promise<string[]> {
  return unaccepted(await effectsOf(db, mapping), mapping.accept, `collections.${mapping.name}.accept`);
}

/** Those that nobody has accepted, a sentence each; `setting` is where they are. */
export function unaccepted(effects: readonly Effect[], accept: readonly string[], setting: string): string[] {
  return effects
    .filter((effect) => effect.refused && !accept.includes(effect.name))
    .map(
      ({ name, what }) =>
        `${what}, which the ledger would not see and undo could not put back; ` +
        `if that is meant, accept it: ${setting}: [${name}]`,
    );
}

/** Everything that a removal or its undo sets off in the database, refused or not. */
export async function effectsOf(db: Db, mapping: CollectionMapping): Promise<Effect[]> {
  const tables = mapping.vectors.in === 'table' ? [mapping.table, mapping.vectors.table] : [mapping.table];
  return effectsOfTables(db, tables, ownChunks(mapping));
}

/** `spared`: as `effectsOn` takes it. */
export async function effectsOfTables(
  db: Db,
  tables: readonly TableName[],
  spared?: RawBuilder<boolean>,
): Promise<Effect[]> {
  const found: CatalogueEffect[] = [];
  for (const table of tables) found.push(...(await effectsOn(db, table, spared)));
  return found.map((effect) => ({ name: effect.name, kind: effect.kind, ...said(effect) }));
}

/**
 * Insert triggers and rules fire when an undo puts rows back. They do no harm to a removal, and applications are full of
 * them (search vectors, time stamps), so they are told and not refused.
 */
function said({ kind, name, on, other, deletes }: CatalogueEffect): Pick<Effect, 'what' | 'refused'> {
  const deleting = `deleting from ${on}`;
  switch (kind) {
    case 'cascade':
      return refused(`${deleting} ${deletes ? 'deletes' : 'changes'} rows of ${other} (foreign key ${name})`);
    case 'delete_trigger':
      return refused(`${deleting} fires trigger ${name}`);
    case 'delete_rule':
      return refused(`${deleting} is rewritten by rule ${name}`);
    case 'inheritance':
      return refused(`${deleting} deletes rows of ${other}, which inherits from it and would get them back in ${on}`);
    case 'foreign_table':
      return refused(`${deleting} deletes rows of the foreign table ${other}, in a transaction of another server`);
    case 'row_level_security':
      return refused(`${on} has row-level security, which may hide rows from this role`);
    case 'insert_trigger':
      return told(`an undo inserts into ${on}, which fires trigger ${name}: what that changes, the undo does not see`);
    case 'insert_rule':
      return told(`an undo inserts into ${on}, which rule ${name} rewrites`);
    case 'unlogged':
      return told(`${on} is unlogged: a crash of the server empties it, and the ledger does not bring that back`);
    case 'publication':
      return told(`publication ${name} sends what is deleted from ${on} to its subscribers`);
  }
}

function refused(what: string) {
  return { what, refused: true };
}

function told(what: string) {
  return { what, refused: false };
}
