import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { GraphEdges } from '../../ports/graph-data.ts';
import { storedGroup } from '../../stored-group.ts';
import { columnPages } from './columns.ts';
import type { PostgresMapping } from './scope.ts';

export async function* entityIds(db: Db, mapping: PostgresMapping, group: string): AsyncGenerator<readonly string[]> {
  const { entities } = mapping.place;
  const id = sql`${columnRef('e', entities.id)}::text`;
  const from = sql`${tableRef(entities.table)} e`;
  const where = sql`${columnRef('e', entities.group)}::text = ${storedGroup(mapping, group)} and ${id} is not null`;
  for await (const [ids = []] of columnPages(db, { from, where, id, columns: [id] })) yield ids;
}

/** Relations that are not deprecated. */
export async function* relationEdges(db: Db, mapping: PostgresMapping, group: string): AsyncGenerator<GraphEdges> {
  const { relations } = mapping.place;
  const text = (column: string) => sql`${columnRef('r', column)}::text`;
  const [id, source, target] = [text(relations.id), text(relations.source), text(relations.target)] as const;
  const from = sql`${tableRef(relations.table)} r`;
  const where = sql`${columnRef('r', relations.group)}::text = ${storedGroup(mapping, group)}
    and ${liveRelation(mapping)} and ${source} is not null and ${target} is not null`;
  const columns = [source, target, sql`${relationWeight(mapping)}::text`];
  for await (const page of columnPages(db, { from, where, id, columns })) {
    const [sources = [], targets = [], weights = []] = page;
    yield { sources, targets, weights: weights.map(Number) };
  }
}

/** Of row `r`. */
export function relationWeight({ place: { relations } }: PostgresMapping): RawBuilder<unknown> {
  return relations.weight === null ? sql`1::float8` : sql`coalesce(${columnRef('r', relations.weight)}::float8, 1)`;
}

export function liveRelation({ place: { relations } }: PostgresMapping): RawBuilder<unknown> {
  return relations.deprecatedAt === null ? sql`true` : sql`${columnRef('r', relations.deprecatedAt.column)} is null`;
}
