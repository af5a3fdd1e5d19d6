import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { EmptyScopeError } from '../../../domain/store-errors.ts';
import type { Named, Standing } from '../../ports/graph-census.ts';
import { slices } from '../../slices.ts';
import { storedGroup } from '../../stored-group.ts';
import { instant } from './item-columns.ts';
import type { PostgresMapping } from './scope.ts';

const namesAtOnce = 5_000;

/** Documents and entities of these names that stand, of however many groups. */
export async function standingRows(db: Db, mapping: PostgresMapping, named: readonly Named[]): Promise<Standing[]> {
  if (named.length === 0) throw new EmptyScopeError('documents and entities');
  const { documents, entities } = mapping.place;
  const found: Standing[] = [];
  for (const some of slices(named, namesAtOnce)) {
    const given = some.map(({ group, kind, id }) => ({ group, stored: storedGroup(mapping, group), kind, id }));
    const { rows } = await sql<Standing>`
      with named as materialized (
        select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as n ("group" text, stored text, kind text, id text)
      )
      select n."group", n.kind, n.id, ${instant('d', documents.deprecatedAt)} as "deprecatedAt"
      from named n join ${tableRef(documents.table)} d
        on ${columnRef('d', documents.group)}::text = n.stored and ${columnRef('d', documents.id)}::text = n.id
      where n.kind = 'document'
      union all
      select n."group", n.kind, n.id, null
      from named n join ${tableRef(entities.table)} e
        on ${columnRef('e', entities.group)}::text = n.stored and ${columnRef('e', entities.id)}::text = n.id
      where n.kind = 'entity'`.execute(db);
    found.push(...rows);
  }
  return found;
}
