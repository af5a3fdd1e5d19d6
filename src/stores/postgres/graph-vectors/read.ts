import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { GraphImage } from '../../../domain/graph-item.ts';
import { arrayOfTexts } from '../../../domain/json-text.ts';
import { EmptyScopeError } from '../../../domain/store-errors.ts';
import type { ListedVector, VectorTally } from '../../ports/graph-vectors.ts';
import { knownGroup, storedGroups } from '../../stored-group.ts';
import { imagesIn } from '../graph/images.ts';
import { isInGroups } from '../graph/scope.ts';
import { type TallyRow, tallySql, unscopedSql } from '../graph/tallies.ts';
import { asItems, itemsOf, listedColumns, type TableMapping } from './scope.ts';

/** Every page asks the graph what its vectors belong to. */
const pageSize = 5_000;

/** In the order of group and id. */
export async function* listVectors(
  db: Db,
  mapping: TableMapping,
  groups: readonly string[],
): AsyncGenerator<readonly ListedVector[]> {
  const { vectorsBeside: of } = mapping;
  const stored = storedGroups(mapping, groups);
  const [group, id] = [of.group, of.id].map((column) => sql`${columnRef('t', column)}::text collate "C"`);
  for (let last: ListedVector | null = null; ; ) {
    const beyond: RawBuilder<boolean> =
      last === null ? sql`true` : sql`(${group}, ${id}) > (${last.group}, ${last.id})`;
    const { rows }: { rows: ListedVector[] } = await sql<ListedVector>`select ${listedColumns(of)}
      from ${tableRef(of.table)} t where ${isInGroups(sql`${columnRef('t', of.group)}::text`, stored)} and ${beyond}
      order by ${group}, ${id} limit ${sql.lit(pageSize)}`.execute(db);
    if (rows.length > 0) yield rows.map((row) => ({ ...row, group: knownGroup(mapping, row.group) ?? '' }));
    if (rows.length < pageSize) return;
    last = rows.at(-1) ?? null;
  }
}

export async function fetchVectors(
  db: Db,
  mapping: TableMapping,
  group: string,
  ids: readonly string[],
): Promise<GraphImage[]> {
  if (ids.length === 0) throw new EmptyScopeError('the list of vectors');
  return imagesIn(db, asItems(mapping), itemsOf(mapping, group, ids));
}

/** An image is a row: the server reads its dates as it reads those of the table. */
export async function describeVectors(
  db: Db,
  mapping: TableMapping,
  group: string,
  images: readonly GraphImage[],
): Promise<ListedVector[]> {
  const { vectorsBeside: of } = mapping;
  const given = arrayOfTexts(images.map(({ content }) => content));
  const { rows } = await sql<ListedVector>`select ${listedColumns(of)}
    from jsonb_array_elements(${given}::jsonb) with ordinality as g (content, no)
      cross join lateral jsonb_populate_record(null::${tableRef(of.table)}, g.content) t order by g.no`.execute(db);
  return rows.map((row) => ({ ...row, group }));
}

export async function vectorTallies(
  db: Db,
  mapping: TableMapping,
  only: readonly string[] | null,
): Promise<ReadonlyMap<string, VectorTally>> {
  const where = only === null ? sql<boolean>`true` : isInGroups(sql`grp`, storedGroups(mapping, only));
  const { rows } = await sql<TallyRow>`${tallySql([asItems(mapping)], where)}`.execute(db);
  return new Map(
    rows.flatMap(({ grp, vectors, digest }) => {
      const group = knownGroup(mapping, grp);
      return group === null ? [] : [[group, { vectors, digest }] as const];
    }),
  );
}

export async function unscopedVectors(db: Db, mapping: TableMapping): Promise<number> {
  const { rows } = await sql<{ n: number }>`select sum(c.n)::int8 as n
    from (${unscopedSql(mapping, mapping.vectorsBeside)}) c`.execute(db);
  return rows[0]?.n ?? 0;
}
