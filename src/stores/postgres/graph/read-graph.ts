import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { GroupEdges, GroupEntities } from '../../ports/graph-compute.ts';
import { knownGroup, storedGroups } from '../../stored-group.ts';
import { columnPages } from './columns.ts';
import type { PostgresMapping } from './scope.ts';

export async function* entityIds(
  db: Db,
  mapping: PostgresMapping,
  groups: readonly string[],
): AsyncGenerator<readonly GroupEntities[]> {
  const { entities } = mapping.place;
  const id = sql`${columnRef('e', entities.id)}::text`;
  const of = { group: sql`${columnRef('e', entities.group)}::text`, groups: storedGroups(mapping, groups) };
  const from = sql`${tableRef(entities.table)} e`;
  for await (const page of columnPages(db, { ...of, from, where: sql`${id} is not null`, id, columns: [id] })) {
    yield page.map(({ group, columns: [entities = []] }) => ({ group: knownGroup(mapping, group) ?? '', entities }));
  }
}

/** Relations that are not deprecated. */
export async function* relationEdges(
  db: Db,
  mapping: PostgresMapping,
  groups: readonly string[],
): AsyncGenerator<readonly GroupEdges[]> {
  const { relations } = mapping.place;
  const text = (column: string) => sql`${columnRef('r', column)}::text`;
  const [id, source, target] = [text(relations.id), text(relations.source), text(relations.target)] as const;
  const of = { group: text(relations.group), groups: storedGroups(mapping, groups) };
  const from = sql`${tableRef(relations.table)} r`;
  const where = sql`${liveRelation(mapping)} and ${source} is not null and ${target} is not null`;
  const columns = [source, target, sql`${relationWeight(mapping)}::text`];
  for await (const page of columnPages(db, { ...of, from, where, id, columns })) {
    yield page.map(({ group, columns: [sources = [], targets = [], weights = []] }) => {
      return { group: knownGroup(mapping, group) ?? '', sources, targets, weights: weights.map(Number) };
    });
  }
}

/** Of row `r`. */
function relationWeight({ place: { relations } }: PostgresMapping): RawBuilder<unknown> {
  return relations.weight === null ? sql`1::float8` : sql`coalesce(${columnRef('r', relations.weight)}::float8, 1)`;
}

function liveRelation({ place: { relations } }: PostgresMapping): RawBuilder<unknown> {
  return relations.deprecatedAt === null ? sql`true` : sql`${columnRef('r', relations.deprecatedAt.column)} is null`;
}
