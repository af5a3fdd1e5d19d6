import type { RawBuilder } from 'kysely';
import type { Db } from '../../../database/schema.ts';
import { ownTables } from '../../../domain/children.ts';
import type { CollectionMapping, TableName } from '../../../domain/mapping.ts';
import { type RestoreHazard, restoreHazards } from '../restore/restore-hazards.ts';
import { type CatalogueEffect, effectsOn, ownReferences } from './effects-catalogue.ts';

export interface Effect {
  /** Name by which a mapping accepts it. */
  readonly name: string;
  /** A clause: "deleting from public.docs fires trigger keep_count". */
  readonly what: string;
  /** Refused until accepted; otherwise good to know and no reason to stop. */
  readonly refused: boolean;
  readonly kind: CatalogueEffect['kind'] | RestoreHazard['kind'];
  /** Why it is refused, after the clause. */
  readonly why: string;
}

/**
 * Returns the effects of a delete beyond the rows that the ledger keeps: cascades, SET NULL, delete triggers and rules,
 * row-level security. Each is refused until a person accepts it by name in the mapping (`accept`).
 */
export async function unseenEffects(db: Db, mapping: CollectionMapping): Promise<string[]> {
  return unaccepted(await effectsOf(db, mapping), mapping.accept, `collections.${mapping.name}.accept`);
}

/** Those that nobody has accepted, a sentence each; `setting` is where they are. */
export function unaccepted(effects: readonly Effect[], accept: readonly string[], setting: string): string[] {
  return effects
    .filter((effect) => effect.refused && !accept.includes(effect.name))
    .map(({ name, what, why }) => `${what}${why}; if that is meant, accept it: ${setting}: [${name}]`);
}

/** Everything that a removal or its undo sets off in the database, refused or not. */
export async function effectsOf(db: Db, mapping: CollectionMapping): Promise<Effect[]> {
  return effectsOfTables(db, ownTables(mapping), ownReferences(mapping));
}

/** `spared`: as `effectsOn` takes it. */
export async function effectsOfTables(
  db: Db,
  tables: readonly TableName[],
  spared?: RawBuilder<boolean>,
): Promise<Effect[]> {
  const found: CatalogueEffect[] = [];
  const hazards: RestoreHazard[] = [];
  for (const table of tables) {
    found.push(...(await effectsOn(db, table, spared)));
    hazards.push(...(await restoreHazards(db, table)));
  }
  return [
    ...found.map((effect) => ({ name: effect.name, kind: effect.kind, why: unseen, ...said(effect) })),
    ...hazards.map((one) => ({ name: one.name, kind: one.kind, refused: true, ...hazard(one) })),
  ];
}

const unseen = ', which the ledger would not see and undo could not put back';

/** Describes an object that keeps an undo from inserting rows again, although nobody has changed anything. */
function hazard({ kind, name, on }: RestoreHazard): Pick<Effect, 'what' | 'why'> {
  switch (kind) {
    case 'not_valid':
      return { what: `rows of ${on} break its constraint ${name}, which is not valid`, why: insertsNot('validate it') };
    case 'invalid_index':
      return { what: `rows of ${on} break its unique index ${name}, which is not valid`, why: insertsNot('drop it') };
    case 'check_reads_rows':
      return {
        what: `constraint ${name} of ${on} calls a function that reads rows`,
        why: ', which may differ while an undo inserts rows one batch after the other',
      };
    case 'insert_filter':
      return {
        what: `an undo inserts into ${on}, which fires trigger ${name}`,
        why: ', whose function may drop the row (`return null`)',
      };
  }
}

function insertsNot(remedy: string): string {
  return `, so that an undo could not insert them again: ${remedy}`;
}

/**
 * Insert triggers fire when an undo puts rows back. They do no harm to a removal, and most applications have some (search
 * vectors, time stamps): they are listed and not refused, and an undo counts the columns that they change. PostgreSQL
 * accepts no statement of an undo on a table with insert rules.
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
      return refused(`an undo inserts into ${on}, which rule ${name} rewrites`);
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
