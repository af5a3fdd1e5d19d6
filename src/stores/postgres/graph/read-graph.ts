import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../../state/schema.ts';
import type { GraphEdge } from '../../ports/graph-store.ts';
import { storedGroup } from '../../stored-group.ts';
import { columnRef, tableRef } from '../fields.ts';
import type { PostgresMapping } from './scope.ts';

const pageSize = 20_000;
/** Every page looks at all relations that follow, and at their ends: few large ones read a group sooner. */
const edgesAtOnce = 100_000;

export async function* entityIds(db: Db, mapping: PostgresMapping, group: string): AsyncGenerator<readonly string[]> {
  const { entities } = mapping.place;
  const stored = storedGroup(mapping, group);
  for (let after: string | null = null; ; ) {
    const { rows }: { rows: { id: string }[] } = await sql<{ id: string }>`
      select ${columnRef('e', entities.id)}::text as id from ${tableRef(entities.table)} e
      where ${columnRef('e', entities.group)}::text = ${stored}
        and (${after}::text is null or ${columnRef('e', entities.id)}::text collate "C" > ${after})
      order by ${columnRef('e', entities.id)}::text collate "C" limit ${sql.lit(pageSize)}`.execute(db);
    if (rows.length > 0) yield rows.map((row) => row.id);
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.id ?? null;
  }
}

/** Relations that are not deprecated, between entities that stand. */
export async function* relationEdges(
  db: Db,
  mapping: PostgresMapping,
  group: string,
): AsyncGenerator<readonly GraphEdge[]> {
  const { relations, entities } = mapping.place;
  const stored = storedGroup(mapping, group);
  const id = sql`${columnRef('r', relations.id)}::text`;
  const end = (column: string) => sql`exists (select from ${tableRef(entities.table)} e
    where ${columnRef('e', entities.group)}::text = ${stored}
      and ${columnRef('e', entities.id)}::text = ${columnRef('r', column)}::text)`;
  for (let after: string | null = null; ; ) {
    const { rows }: { rows: (GraphEdge & { id: string })[] } = await sql<GraphEdge & { id: string }>`
      select ${id} as id, ${columnRef('r', relations.source)}::text as source,
        ${columnRef('r', relations.target)}::text as target, ${relationWeight(mapping)} as weight
      from ${tableRef(relations.table)} r
      where ${columnRef('r', relations.group)}::text = ${stored} and ${liveRelation(mapping)}
        and ${end(relations.source)} and ${end(relations.target)}
        and (${after}::text is null or ${id} collate "C" > ${after})
      order by ${id} collate "C" limit ${sql.lit(edgesAtOnce)}`.execute(db);
    if (rows.length > 0) yield rows.map(({ source, target, weight }) => ({ source, target, weight }));
    if (rows.length < edgesAtOnce) return;
    after = rows.at(-1)?.id ?? null;
  }
}

/** Of row `r`. */
export function relationWeight({ place: { relations } }: PostgresMapping): RawBuilder<unknown> {
  return relations.weight === null ? sql`1::float8` : sql`coalesce(${columnRef('r', relations.weight)}::float8, 1)`;
}

export function liveRelation({ place: { relations } }: PostgresMapping): RawBuilder<unknown> {
  return relations.deprecatedAt === null ? sql`true` : sql`${columnRef('r', relations.deprecatedAt.column)} is null`;
}
