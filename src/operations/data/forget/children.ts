import { type RawBuilder, sql } from 'kysely';
import { columnRef } from '../../../database/identifiers.ts';
import { allOf } from '../../../database/row-ids.ts';
import type { Db } from '../../../database/schema.ts';
import { childMembers } from '../../../domain/children.ts';
import type { CollectionMapping, ParentLink } from '../../../domain/mapping.ts';
import { type Entries, ledgerTablesWith } from '../../../state/forget/ledger.ts';
import { textOf } from '../../../stores/postgres/fields.ts';

/** Entries of a table, by the name that a query gives a row of it. */
export interface EntriesBy {
  readonly table: string;
  readonly theirs: (alias: string) => RawBuilder<boolean>;
}

export function entriesOf({ table, theirs }: EntriesBy): Entries {
  return { table, theirs: theirs('l') };
}

/**
 * Children of the rows in the ledger, the deepest first: each is found by its parent, which must be there still.
 */
export async function childEntries(db: Db, mapping: CollectionMapping, rows: readonly EntriesBy[]): Promise<Entries[]> {
  const found: EntriesBy[][] = [];
  for (const { child, parent } of childMembers(mapping)) {
    const part = `child ${child.table.schema}.${child.table.name}` as const;
    const columns = child.parent.map(({ field }) => field.column);
    const tables = await ledgerTablesWith(db, { collection: mapping.name, part, columns });
    const above = parent === null ? rows : (found[parent] ?? []);
    found.push(tables.map((table) => ({ table, theirs: (alias) => belongsToAny(alias, child.parent, above) })));
  }
  return found.reverse().flat().map(entriesOf);
}

/** As texts: a column may have had another type when its ledger began. */
function belongsToAny(alias: string, links: readonly ParentLink[], above: readonly EntriesBy[]): RawBuilder<boolean> {
  const parent = `${alias}p`;
  const linked = allOf(
    links.map(({ field, column }) => sql`${textOf(alias, field)} = ${columnRef(parent, column)}::text`),
  );
  const terms = above.map(
    ({ table, theirs }) => sql`exists (select from ${sql.id('coppice', table)} ${sql.id(parent)}
      where ${columnRef(parent, 'coppice_run')} = ${columnRef(alias, 'coppice_run')} and ${linked} and ${theirs(parent)})`,
  );
  return terms.length === 0 ? sql`false` : sql`(${sql.join(terms, sql` or `)})`;
}
